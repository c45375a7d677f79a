"""`gridmap columns`: which column holds what and how surely; confirmed once, and written down."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from gridmap.errors import InputError
from gridmap.layers.doubts import not_there
from gridmap.layers.mapping import MAPPING_FILE
from gridmap.layers.read import open_layers
from gridmap.layers.remembered import write_columns
from gridmap.layers.survey import survey_columns
from gridmap.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridmap.cli.terminal import Terminal
    from gridmap.layers.recognition import Guess
    from gridmap.layers.survey import Surveyed

TAKEN: Final = 0.7
"""What a run without a person at the terminal confirms."""

HEADS: Final = ("layer", "holds", "column", "percent", "source", "samples")

Answers = dict[str, dict[str, str]]


def show_columns(terminal: Terminal, source: Path, *, mapping: Path | None, confirm: bool) -> None:
    """Show what was recognised; with `confirm` write what is confirmed into the mapping file."""
    opened, faults = open_layers(source, mapping=mapping)
    faults += [fault for one in opened for fault in not_there(one)]
    surveyed = survey_columns(opened)
    _show(terminal, surveyed)
    terminal.show_faults([fault for fault in faults if fault.level != "refused"])
    folder = source if source.is_dir() else source.parent
    target = mapping or folder / MAPPING_FILE
    answers = _asked(terminal, surveyed) if confirm else {}
    if any(answers.values()):
        _write(target, answers)
    terminal.answer(_document(surveyed, answers, target))
    _tell_answers(terminal, surveyed, answers, target, confirm=confirm)
    refused = [fault for fault in faults if fault.level == "refused"]
    if refused:
        raise InputError(*refused)


def _asked(terminal: Terminal, surveyed: Iterable[Surveyed]) -> Answers:
    """Ask a person about each unsure column; with nobody there, take the likely ones."""
    is_somebody_there = sys.stdin.isatty() and not terminal.as_json
    answers: Answers = {}
    for one in surveyed:
        told = answers.setdefault(one.layer, {})
        for guess in one.unsure:
            if is_somebody_there:
                told[guess.name] = guess.column if _is_right(terminal, one, guess) else ""
            elif guess.confidence >= TAKEN:
                told[guess.name] = guess.column
    return answers


def _is_right(terminal: Terminal, one: Surveyed, guess: Guess) -> bool:
    fields = {"layer": one.layer, "name": guess.name, "column": guess.column}
    fields["samples"] = ", ".join(one.samples.get(guess.column, ()))
    question = Message("cli.column_question", fields).text(terminal.language)
    return typer.confirm(question, default=guess.confidence >= TAKEN)


def _write(target: Path, answers: Answers) -> None:
    """Write beside the old file first, so that a stopped run leaves one of the two whole."""
    old = target.read_text("utf-8-sig") if target.is_file() else ""
    beside = target.with_name(f".{target.name}.new")
    told = {layer: columns for layer, columns in answers.items() if columns}
    beside.write_text(write_columns(old, told), "utf-8")
    os.replace(beside, target)  # noqa: PTH105 (one step on every system)


def _show(terminal: Terminal, surveyed: Iterable[Surveyed]) -> None:
    rows = [
        (
            one.layer,
            guess.name,
            guess.column or "–",
            f"{guess.confidence:.0%}",
            Message(f"cli.source_{_source(one, guess)}").text(terminal.language),
            ", ".join(one.samples.get(guess.column, ())),
        )
        for one in surveyed
        for guess in one.guesses
    ]
    terminal.show_table(HEADS, rows)
    for one in surveyed:
        if one.parts:
            terminal.say("columns_parts", layer=one.layer, columns=", ".join(one.parts.values()))
        if one.personal:
            terminal.say("columns_personal", layer=one.layer, columns=", ".join(one.personal))


def _source(one: Surveyed, guess: Guess) -> str:
    return "unsure" if guess in one.unsure else guess.source


def _tell_answers(
    terminal: Terminal,
    surveyed: Iterable[Surveyed],
    answers: Answers,
    target: Path,
    *,
    confirm: bool,
) -> None:
    open_ones = [
        guess
        for one in surveyed
        for guess in one.unsure
        if guess.name not in answers.get(one.layer, {})
    ]
    for layer, told in answers.items():
        for name, column in told.items():
            key = "column_confirmed" if column else "column_denied"
            terminal.say(key, layer=layer, name=name, column=column)
    if any(answers.values()):
        terminal.say("columns_written", file=str(target))
    if open_ones and confirm:
        names = ", ".join(f"{guess.name} = {guess.column}" for guess in open_ones)
        terminal.say("columns_left", count=len(open_ones), names=names, percent=f"{TAKEN:.0%}")
    elif open_ones:
        terminal.say("columns_unsure", count=len(open_ones))
    else:
        terminal.say("columns_sure")


def _document(
    surveyed: Iterable[Surveyed], answers: Mapping[str, Mapping[str, str]], target: Path
) -> dict[str, Any]:
    layers = {
        one.layer: {
            "file": one.file,
            "columns": [
                {
                    "name": guess.name,
                    "column": guess.column,
                    "confidence": guess.confidence,
                    "source": guess.source,
                    "sure": guess not in one.unsure,
                    "samples": list(one.samples.get(guess.column, ())),
                }
                for guess in one.guesses
            ],
            "address_parts": dict(one.parts),
            "personal": list(one.personal),
        }
        for one in surveyed
    }
    written = str(target) if any(answers.values()) else None
    confirmed = {layer: dict(told) for layer, told in answers.items() if told}
    return {"layers": layers, "confirmed": confirmed, "written": written}
