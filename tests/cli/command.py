"""
The real command in a process of its own, with its own output, exit code and folder to work in.

Python needs seconds to import all of gridmap; so a server does it once and every run is forked
from it. `test_program.py` starts the installed program from nothing.
"""

import json
import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
LIMIT_S = 300
PRELOADED = ["gridmap.cli", "pytest", "typer._adapters"]  # the last is what typer imports late


@dataclass(frozen=True)
class Answer:
    """What a run printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:  # noqa: ANN401 (whatever the command prints)
        """The one JSON document on standard output; it is an error if there is more."""
        return json.loads(self.out)

    @property
    def sentences(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


@dataclass(frozen=True)
class Command:
    """Runs gridmap in a folder, with an environment that is no test's own."""

    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: object, **environment: str) -> Answer:
        """Run to the end."""
        process = self.start(*arguments, **environment)
        process.join(LIMIT_S)
        if process.exitcode is None:
            process.kill()
        out, err = (self._said(name).read_text("utf-8") for name in ("out", "err"))
        assert process.exitcode is not None, (arguments, out, err)
        return Answer(process.exitcode, out, err)

    def start(self, *arguments: object, **environment: str) -> BaseProcess:
        """Start a run and leave it alone."""
        CONTEXT.set_forkserver_preload(PRELOADED)
        words = [str(argument) for argument in arguments]
        where = {name: str(self._said(name)) for name in ("in", "out", "err")}
        process = CONTEXT.Process(
            target=_run, args=(words, self.folder, {**self.environment, **environment}, where)
        )
        process.start()
        return process

    def refuse(self, *arguments: object, **environment: str) -> list[str]:
        """Run what must be refused: exit code 2 and a sentence a fault, which are given."""
        before = sorted(self.folder.rglob("*"))
        answer = self(*arguments, **environment)
        assert answer.code == 2, answer
        assert answer.out == "" or arguments[0] == "check", answer.out
        assert answer.sentences
        assert "Traceback" not in answer.err
        assert "fault of its own" not in answer.err, answer.err
        assert sorted(self.folder.rglob("*")) == before
        return answer.sentences

    def type(self, text: str) -> None:
        """Hand every later run these lines on standard input, as a script would."""
        self._said("in").write_text(text, "utf-8")

    def said(self) -> str:
        """Give what the run that was started last said on standard error."""
        return self._said("err").read_text("utf-8")

    def _said(self, name: str) -> Path:
        return self.folder.with_name(f"{self.folder.name}.{name}")


def _run(
    words: list[str], folder: Path, environment: Mapping[str, str], where: Mapping[str, str]
) -> None:
    if os.path.exists(where["in"]):  # noqa: PTH110 (a word, as all of them)
        os.dup2(os.open(where["in"], os.O_RDONLY), 0)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(where[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["gridmap", *words]
    from gridmap.cli import main  # noqa: PLC0415 (the tests themselves need none of it)

    try:
        main()
    except Exception:  # noqa: BLE001 (what Python does with what nobody caught)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
