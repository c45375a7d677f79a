"""Small files, small functions: what does not fit on a screen is two things."""

import ast

import pytest

from tests.architecture.sources import ROOT, nodes, python_files

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_BODY = 45

Function = ast.FunctionDef | ast.AsyncFunctionDef


def body_lines(function: Function) -> int:
    """Count from the first statement after the docstring to the last line."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0  # type: ignore[operator]


def test_no_file_is_too_long() -> None:
    lengths = {file: len((ROOT / file).read_text("utf-8").splitlines()) for file in python_files()}
    assert {file: n for file, n in lengths.items() if n > MOST_LINES_OF_A_FILE} == {}


def test_no_function_body_is_too_long() -> None:
    bodies = {
        f"{file}:{node.lineno} {node.name}": body_lines(node)
        for file, node in nodes()
        if isinstance(node, Function)
    }
    assert {name: n for name, n in bodies.items() if n > MOST_LINES_OF_A_BODY} == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f():\n    '''Say.'''\n", 0),
        ("def f():\n    '''Say.'''\n    return 1\n", 1),
        ("def f():\n    x = (\n        1\n    )\n\n    return x\n", 5),
    ],
)
def test_a_docstring_is_not_counted_and_blank_lines_are(source: str, lines: int) -> None:
    function = ast.parse(source).body[0]
    assert isinstance(function, Function)
    assert body_lines(function) == lines
