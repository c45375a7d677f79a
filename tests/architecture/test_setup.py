"""Setting up says in both languages what it cannot do, and leaves with exit code 2."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

TOOLS = (
    "cat",
    "cksum",
    "cp",
    "dirname",
    "env",
    "flock",
    "grep",
    "head",
    "id",
    "mkdir",
    "rm",
    "sed",
    "tail",
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a checkout on a machine that has a shell, small tools, and nothing else."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        install(tmp_path, tool, f'exec {shutil.which(tool)} "$@"')
    for file in ("setup.sh", "requirements.lock", "requirements-bench.lock", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def install(machine: Path, name: str, script: str) -> None:
    """Put a program on the machine; never a link, which a later one would be written through."""
    program = machine / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def set_up(machine: Path, target: str = "demo") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "setup.sh", target],
        cwd=machine,
        env={
            "PATH": str(machine / "bin"),
            "HOME": str(machine),
            "GRIDMAP_DATABASE_URL": "postgresql:///somewhere",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_without_python_is_told_which_one_to_install(machine: Path) -> None:
    done = set_up(machine)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "需要 Python 3.11 或更新版本" in done.stderr


def test_an_old_python_is_passed_over(machine: Path) -> None:
    install(machine, "python3", "exit 1")
    assert "Python 3.11 or newer is needed" in set_up(machine).stderr


def test_a_python_without_venv_names_the_missing_package(machine: Path) -> None:
    install(machine, "python3.12", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.12;; esac')
    done = set_up(machine)
    assert done.returncode == 2
    assert "install python3.12-venv" in done.stderr
    assert "请安装 python3.12-venv" in done.stderr


def test_a_machine_without_a_way_to_be_root_is_told_what_to_ask_for(machine: Path) -> None:
    if os.geteuid() == 0:
        install(machine, "id", "echo 1000")
    install(machine, "apt-get", "exit 0")
    install(machine, "python3.11", 'case "$2" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    done = set_up(machine)
    assert done.returncode == 2
    assert "apt-get install python3.11-venv" in done.stderr
    assert "需要管理员权限" in done.stderr


def test_without_a_network_the_packages_are_named_as_what_is_missing(machine: Path) -> None:
    makes_itself = "mkdir -p .venv/bin; cp $0 .venv/bin/python"
    install(
        machine, "python3", f'case "$*" in *install*) exit 1;; "-m venv"*) {makes_itself};; esac'
    )
    done = set_up(machine)
    assert done.returncode == 2
    assert "the Python packages could not be downloaded" in done.stderr
    assert "无法下载 Python 软件包" in done.stderr
