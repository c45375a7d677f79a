"""What a module is called, what it offers, and what nobody does anywhere."""

import ast
from importlib import import_module

import pytest

from tests.architecture.sources import LIBRARY, imported_modules, nodes, python_files, tree

EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "process"}
NETWORK = {"aiohttp", "ftplib", "http.client", "httpx", "requests", "urllib.request", "urllib3"}


def test_no_module_is_called_by_an_empty_word() -> None:
    called = {
        file: {word for part in file.with_suffix("").parts for word in part.split("_")}
        for file in python_files()
        if "gis_data" not in file.parts
    }
    assert {file for file, words in called.items() if words & EMPTY_WORDS} == set()


@pytest.mark.parametrize(
    "module",
    [
        ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        for file in python_files(*LIBRARY)
        if any(
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            for node in tree(file).body
        )
    ],
)
def test_all_names_what_a_module_offers(module: str) -> None:
    offered = import_module(module)
    missing = [name for name in offered.__all__ if not hasattr(offered, name)]
    assert missing == []


def test_nobody_commits() -> None:
    commits = [
        f"{file}:{node.lineno}"
        for file, node in nodes(*LIBRARY)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert commits == []


def test_errors_raised_on_purpose_live_in_one_place() -> None:
    elsewhere = [
        f"{file}: {node.name}"
        for file, node in nodes(*LIBRARY)
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Error", "Exception"))
        if str(file) != "gridmap/errors.py"
    ]
    assert elsewhere == []


def test_neither_the_library_nor_its_tests_go_to_the_network() -> None:
    found = {file: imported_modules(file) & NETWORK for file in python_files()}
    assert {file: modules for file, modules in found.items() if modules} == {}
