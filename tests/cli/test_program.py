"""The installed program itself, started from nothing as a user does."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("gridmap")
COMMANDS = (
    "demo",
    "sample",
    "check",
    "plan",
    "import",
    "audit",
    "compare",
    "publish",
    "map",
    "serve",
    "db",
)


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GRIDMAP_LANG": "en"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # it makes every start four times as slow
    return subprocess.run(  # noqa: S603 (our own program)
        [PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_plan_from_the_installed_program(tmp_path: Path, village: Path) -> None:
    done = run("plan", village, "--out", "plan.gpkg", "--json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ledger"]["balanced"] is True
    assert [file.name for file in tmp_path.iterdir()] == ["plan.gpkg"]


def test_a_refusal_from_the_installed_program(tmp_path: Path) -> None:
    done = run("plan", "nowhere", "--out", "plan.gpkg", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    listed = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert listed >= set(COMMANDS)


def test_what_nobody_foresaw_is_one_sentence_and_a_file() -> None:
    script = (
        "import sys; from gridmap.cli import files, main\n"
        "def fail(*_): raise KeyError('unforeseen')\n"
        "files.audit = fail; sys.argv = ['gridmap', 'audit', 'plan.gpkg', '--lang=en']\n"
        "main()"
    )
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert found.returncode == 2
    assert "Traceback" not in found.stderr
    (sentence,) = found.stderr.splitlines()
    log = Path(sentence.split("details are in ")[1].split(",")[0])
    assert "unforeseen" in log.read_text()
    log.unlink()


def test_what_a_library_prints_does_not_get_among_the_answers() -> None:
    script = (
        "import os, sys; from gridmap.cli import files, main\n"
        "def stray(terminal, file):\n"
        "    os.write(1, b'a line of a solver\\n')\n"
        "    terminal.answer({'passes': True})\n"
        "    return True\n"
        "files.audit = stray; sys.argv = ['gridmap', 'audit', 'plan.gpkg', '--json']\n"
        "main()"
    )
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert found.returncode == 0
    assert json.loads(found.stdout) == {"passes": True}
    assert "a line of a solver" in found.stderr
