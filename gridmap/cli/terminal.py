"""What a user sees: sentences, tables, progress, and never a stack trace."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from gridmap.errors import GridmapError
from gridmap.layers.balance import BINS, BalanceSheet
from gridmap.messages import Language, Message, chosen_language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from pandas import DataFrame

    from gridmap.layers.ledger import Ledger
    from gridmap.schema import Fault

SHOWN_OF_A_KIND: Final = 5
INTERRUPTED: Final = 130
STDOUT: Final = 1
STDERR: Final = 2
PACE_S: Final = 3600.0


@dataclass(slots=True)
class Terminal:
    """
    One user at one terminal.

    Answers go to standard output, everything said on the way to standard error; with `as_json`
    standard output holds one JSON document and nothing else.
    """

    language: Language
    as_json: bool = False

    def say(self, key: str, **fields: str | float | Message) -> None:
        """Say one sentence of the catalogue's `cli` chapter as (part of) the answer."""
        if not self.as_json:
            self._print(Message(f"cli.{key}", fields).text(self.language))

    def tell(self, sentence: str) -> None:
        """Print one sentence as (part of) the answer."""
        if not self.as_json:
            self._print(sentence)

    def answer(self, document: dict[str, Any]) -> None:
        """Print the JSON document, when JSON was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")

    def show_balance(self, sheet: BalanceSheet) -> None:
        """Print the balance sheet as a table and say whether it balances."""
        if self.as_json:
            return
        table = Table(*(self._word(name) for name in ("bin", "households", "persons")))
        rows = [("ledger", sheet.ledger_households, sheet.ledger_persons)]
        rows += [(name, sheet.households[name], sheet.persons[name]) for name in BINS]
        if sheet.grid_households is not None and sheet.grid_persons is not None:
            rows.append(("grids", sheet.grid_households, sheet.grid_persons))
        for name, households, persons in rows:
            table.add_row(self._word(name), f"{households:,}", f"{persons:,}")
        for column in table.columns[1:]:
            column.justify = "right"
        self._console().print(table)
        self.say("balances" if sheet.is_balanced else "does_not_balance")
        if sheet.estimated_households:
            self.say("estimated", count=sheet.estimated_households)
        if sheet.residential_without_households:
            self.say("homes_without_households", count=len(sheet.residential_without_households))
        self._show_checks(sheet)

    def _show_checks(self, sheet: BalanceSheet) -> None:
        for name, count in sheet.checks.items():
            if count and name != "home_empty":  # the sheet has said so by its own list
                self.say(f"check_{name}", count=count)

    def show_offers(self, ledger: Ledger, source: Path) -> None:
        """Say that near matches wait for somebody to decide, and how to see them."""
        if waiting := ledger.offers["seq"].nunique():
            self.say("offers_wait", count=waiting, source=str(source))

    def show_table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, whole: Sequence[str] = ()
    ) -> None:
        """Print a table; its heads are words of the catalogue, and `whole` columns stay so."""
        if self.as_json or not rows:
            return
        table = Table()
        for head in heads:
            table.add_column(self._word(head), no_wrap=head in whole)
        for row in rows:
            table.add_row(*map(escape, row))
        self._console().print(table)

    def show_rows(self, heads: list[str], rows: DataFrame) -> None:
        """Print rows one a line, tabs between, without the columns that say nothing."""
        texts = rows.set_axis(heads, axis="columns").astype("str")
        texts = texts.loc[:, (texts != "").any()]
        for line in ([*texts.columns], *texts.to_numpy().tolist()):
            self.tell("\t".join(line))

    def show_faults(self, faults: Sequence[Fault], *, most: int = SHOWN_OF_A_KIND) -> None:
        """Print faults by kind, the first few of each in full."""
        if self.as_json:
            return
        kinds: dict[tuple[str, str], list[Fault]] = {}
        for fault in faults:
            kinds.setdefault((fault.layer, fault.kind), []).append(fault)
        for alike in kinds.values():
            for fault in alike[:most]:
                self._print(fault.text(self.language))
            if len(alike) > most:
                self._print("  … ", end="")
                self.say("more_faults", count=len(alike) - most)

    @contextmanager
    def progress(
        self, key: str, *, total: int | None, done: int = 0, **fields: str
    ) -> Iterator[Callable[..., None]]:
        """
        Show a bar on standard error, if that is a terminal; yields what moves it on by one.

        The time left is told by the pace since the start, in which what was `done` before has no
        part: steps may be large and far between.
        """
        counted = (MofNCompleteColumn(), TimeRemainingColumn())
        measures = (TimeElapsedColumn(),) if total is None else counted
        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *measures,
            console=console,
            transient=True,
            disable=not console.is_terminal,
            speed_estimate_period=PACE_S,
        ) as bar:
            text = Message(f"cli.{key}", fields).text(self.language)
            task = bar.add_task(text, total=total, completed=done)
            yield lambda steps=1: bar.advance(task, steps)

    def _word(self, name: str) -> str:
        return Message(f"cli.{name}").text(self.language)

    def _print(self, text: str, end: str = "\n") -> None:
        self._console().print(text, end=end, markup=False, highlight=False, soft_wrap=True)

    def _console(self) -> Console:
        return Console(file=sys.stdout)


def keep_output_clean() -> None:
    """
    Keep standard output for answers: what libraries in C print there goes to standard error.

    A solver that prints a line of its own would break the one JSON document that a script reads.
    """
    out = sys.stdout
    try:
        is_first = out.fileno() == STDOUT
    except (OSError, ValueError):  # no output at all, or one that is no file
        return
    if is_first:
        out.flush()
        answers = os.dup(STDOUT)
        os.dup2(STDERR, STDOUT)
        line = 1 if out.isatty() else -1
        sys.stdout = os.fdopen(answers, "w", line, encoding=out.encoding, errors=out.errors)


def catch_everything(language: Language) -> None:
    """
    Let no stack trace reach a user: what was not foreseen goes to a file, in one sentence.

    Parameters
    ----------
    language
        Of the sentence.
    """

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            os._exit(INTERRUPTED)
        if isinstance(error, GridmapError):
            complain(error.sentences(language))
            sys.stderr.flush()
            os._exit(error.exit_code)
        if isinstance(error, OSError) and error.strerror:
            name = f"{error.filename}: " if error.filename else ""
            message = Message("cli.system", {"error": f"{name}{error.strerror}"})
        else:
            with tempfile.NamedTemporaryFile(
                "w", prefix="gridmap-", suffix=".log", delete=False, encoding="utf-8"
            ) as file:
                traceback.print_exception(kind, error, trace, file=file)
            message = Message("cli.unexpected", {"error": kind.__name__, "file": file.name})
        complain([message.text(language)])
        sys.stderr.flush()
        os._exit(2)

    logging.captureWarnings(capture=True)  # a library's warning is no sentence for a user
    logging.getLogger("py.warnings").addHandler(logging.NullHandler())
    sys.excepthook = tell


def complain(sentences: Sequence[str]) -> None:
    """
    Print sentences on standard error, one a line.

    Parameters
    ----------
    sentences
        Already in the user's language.
    """
    for sentence in sentences:
        sys.stderr.write(sentence + "\n")


def is_language(argument: str) -> bool:
    """
    Say whether an argument chooses the language; it may stand anywhere.

    Parameters
    ----------
    argument
        One word of the command line.
    """
    return argument in ("--lang=zh", "--lang=en")


def open_terminal(*, as_json: bool = False) -> Terminal:
    """
    Give the terminal of this command line, in the language that it asks for.

    Parameters
    ----------
    as_json
        As of :class:`Terminal`.

    Returns
    -------
    terminal
        For one command.
    """
    return Terminal(chosen_language(asked_language(sys.argv)), as_json)


def asked_language(arguments: Sequence[str]) -> str | None:
    """
    Find the language that the command line asks for.

    Parameters
    ----------
    arguments
        Its words.

    Returns
    -------
    language
        The last one; None where none is asked for.
    """
    asked = [argument.removeprefix("--lang=") for argument in arguments if is_language(argument)]
    return asked[-1] if asked else None
