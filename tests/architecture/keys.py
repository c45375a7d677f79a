"""
Which sentences of the catalogue the code asks for.

A key reaches `Message` and a kind reaches `Fault` as a literal, or through functions that hand a
parameter on (`_fault(kind)`); those are found by following the parameter until nothing is new.
What is put together from parts (`f"status_{size}"`) counts when the parts are literals somewhere.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.sources import ROOT, committed_files, nodes, python_files, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Sink:
    """A call whose argument (by place or name) becomes a key, as `form` says."""

    place: int
    name: str
    form: str
    file: Path | None = None  # a private function is a sink in its own file only


@dataclass(frozen=True)
class Asked:
    """One place that asks for a sentence; `fields` where they are plain to see."""

    where: str
    key: str
    fields: frozenset[str] | None


@cache
def sinks() -> dict[str, set[Sink]]:
    """Find every function that ends in `Message` or `Fault` with one of its parameters."""
    found: dict[str, set[Sink]] = {
        "Message": {Sink(0, "key", "{}")},
        "Fault": {Sink(2, "kind", "faults.{}")},
    }
    size = 0
    while size != (size := sum(map(len, found.values()))):
        for file in python_files("gridmap", "api"):
            for function in ast.walk(tree(file)):
                if isinstance(function, Function):
                    _hand_on(file, function, found)
    return found


def _hand_on(file: Path, function: Function, found: dict[str, set[Sink]]) -> None:
    parameters = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    parameters += [argument.arg for argument in function.args.kwonlyargs]
    if parameters[:1] in (["self"], ["cls"]):
        del parameters[0]
    for call in ast.walk(function):
        for form, argument in _keys_of(file, call, found):
            name, form_here = _parameter(argument, form)
            if name in parameters:
                at_home = file if function.name.startswith("_") else None
                sink = Sink(parameters.index(name), name, form_here, at_home)
                found.setdefault(function.name, set()).add(sink)


def _parameter(argument: ast.expr, form: str) -> tuple[str, str]:
    """Read `name` and `f"chapter.{name}"`; what else there is has no name."""
    if isinstance(argument, ast.Name):
        return argument.id, form
    if isinstance(argument, ast.JoinedStr) and len(argument.values) == 2:
        start, end = argument.values
        if isinstance(start, ast.Constant) and isinstance(end, ast.FormattedValue):
            return ast.unparse(end.value), form.replace("{}", f"{start.value!s}{{}}")
    return "", form


def _keys_of(file: Path, call: ast.AST, found: dict[str, set[Sink]]) -> list[tuple[str, ast.expr]]:
    """Give the arguments of a call that become keys, with the form they take."""
    if not isinstance(call, ast.Call):
        return []
    called = ast.unparse(call.func).rpartition(".")[2]
    keys = []
    for sink in found.get(called, set()):
        if sink.file in (None, file):
            by_name = [word.value for word in call.keywords if word.arg == sink.name]
            keys += [(sink.form, value) for value in (*call.args[sink.place :][:1], *by_name)]
    return keys


@cache
def asked() -> tuple[Asked, ...]:
    """List every place where the code asks for a sentence by a literal."""
    return tuple(
        Asked(f"{file}:{argument.lineno}", form.format(literal), _fields(node))
        for file, node in nodes("gridmap", "api")
        for form, argument in _keys_of(file, node, sinks())
        for literal in _literals(argument)
    )


def _literals(argument: ast.expr) -> list[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return [*_literals(argument.body), *_literals(argument.orelse)]
    return []


def _fields(call: ast.AST) -> frozenset[str] | None:
    """Name the fields that `Message` or `Fault` is given, if it is given a literal of them."""
    place = {"Message": 1, "Fault": 4}
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in place:
        return None
    given = [word.value for word in call.keywords if word.arg == "fields"]
    given += call.args[place[ast.unparse(call.func)] :][:1]
    if not given:
        return frozenset()
    names = given[0].keys if isinstance(given[0], ast.Dict) else [None]
    plain = [name.value for name in names if isinstance(name, ast.Constant)]
    return frozenset(map(str, plain)) if len(plain) == len(names) else None


@cache
def words() -> frozenset[str]:
    """Collect every literal of the library and every word of the maps' scripts."""
    strings = {
        node.value
        for _, node in nodes("gridmap", "api")
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(strings | {word for text in _scripts() for word in re.findall(r"\w+", text)})


@cache
def patterns() -> frozenset[re.Pattern[str]]:
    """Collect the forms of keys that are put together from parts."""
    forms = {
        "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "(.+)"
            for part in node.values
        )
        for _, node in nodes("gridmap", "api")
        if isinstance(node, ast.JoinedStr)
    }
    for text in _scripts():
        for start, end in re.findall(r"`([\w.]*)\$\{[^{}`]*\}([\w.]*)`", text):
            forms.add(f"{re.escape(start)}(.+){re.escape(end)}")
        forms |= {f"{re.escape(start)}(.+)" for start in re.findall(r"[\"'](\w+_)[\"'] \+", text)}
    return frozenset(re.compile(form) for form in forms if re.search(r"\w", form))


def _scripts() -> list[str]:
    return [
        (ROOT / file).read_text("utf-8")
        for file in committed_files()
        if "assets" in file.parts and file.suffix in {".js", ".html"} and file.name != "leaflet.js"
    ]


def is_asked_for(key: str) -> bool:
    """Is `key` a literal somewhere, or put together from literals."""
    chapter, _, name = key.partition(".")
    if key in words():
        return True
    wholesale = f"{chapter}." in words()  # a chapter that is handed to a page as it is
    if name in words() and (wholesale or any(one.fullmatch(key) for one in patterns())):
        return True
    return any(
        set(match.groups()) <= words()
        for pattern in patterns()
        for match in (pattern.fullmatch(key), pattern.fullmatch(name) if wholesale else None)
        if match
    )
