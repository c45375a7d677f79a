"""Faults as workbooks, so that they can be corrected where the data is kept and read again."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zipfile import BadZipFile

from openpyxl import Workbook
from openpyxl.utils.exceptions import InvalidFileException

from gridmap.errors import InputError
from gridmap.layers.formats.archives import require_own_format, survey_workbook
from gridmap.layers.formats.separated import read_separated
from gridmap.layers.formats.sheets import WORKBOOK_ENDINGS
from gridmap.layers.mapping import MAPPING_FILE, LayerMapping, read_mapping
from gridmap.layers.read import find_tables
from gridmap.layers.review import read_answers
from gridmap.layers.workbook.lists import add_balance, add_faults, add_matches
from gridmap.layers.workbook.notes import note_rows
from gridmap.layers.workbook.sheets import mark_table, mark_workbook
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pandas import DataFrame

    from gridmap.layers.balance import BalanceSheet
    from gridmap.layers.workbook.notes import Notes
    from gridmap.messages import Language

LEDGER: Final = "households"
UNREADABLE: Final = (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Home:
    """
    Where faults go home to: the user's own tables, and what else a planner decides by.

    `tables` names the file of every layer that is read from a table; `balance` and `offers` are
    missing where the layers could not be used.
    """

    tables: Mapping[str, Path] = field(default_factory=dict)
    mappings: Mapping[str, LayerMapping] = field(default_factory=dict)
    balance: BalanceSheet | None = None
    offers: DataFrame | None = None


NO_HOME: Final = Home()


def find_home(
    source: Path,
    *,
    mapping: Path | None = None,
    balance: BalanceSheet | None = None,
    offers: DataFrame | None = None,
) -> Home:
    """
    Find the user's own tables, as far as they can be found.

    Parameters
    ----------
    source
        A folder, or one file, as for :func:`gridmap.layers.read_layers`.
    mapping
        A mapping file; by default `layers.toml` beside the files, if there is one.
    balance
        Where there is one.
    offers
        Near matches, as :func:`gridmap.layers.drill.offered_rows` gives them.

    Returns
    -------
    home
        Without tables where the folder or the mapping cannot be used: a fault says so.
    """
    beside = (source if source.is_dir() else source.parent) / MAPPING_FILE
    try:
        tables = find_tables(source, mapping)
        declared = mapping or (beside if beside.is_file() else None)
        mappings, _ = read_mapping(declared) if declared else ({}, [])
    except InputError:
        tables, mappings = {}, {}
    return Home(tables, mappings, balance, offers)


def write_faults(
    faults: Sequence[Fault], path: Path, language: Language, *, home: Home = NO_HOME
) -> list[Path]:
    """
    Write faults beside the rows they are about, and all of them as a list.

    Texts from the input that look like formulas are written as texts and stay texts.

    Parameters
    ----------
    faults
        In the order to write them.
    path
        The workbook, with the ledger if that is a table; an existing one is replaced. Each
        further table goes to a workbook of its own beside it, so that it can be read again.
    language
        To say them in.
    home
        The user's own tables.

    Returns
    -------
    written
        All files, `path` first.

    Raises
    ------
    InputError
        If a file to be written is one of the user's own.
    """
    layers = sorted(home.tables, key=lambda name: (name != LEDGER, name))
    paths = {
        layer: path if n == 0 else path.with_name(f"{path.stem}-{layer}{path.suffix}")
        for n, layer in enumerate(layers)
    }
    _require_others(home, paths, path)
    for layer in layers[1:]:
        _save(_book(layer, faults, home, language), paths[layer])
    book = _book(layers[0], faults, home, language) if layers else Workbook(write_only=True)
    add_faults(book, faults, language)
    if home.offers is not None:
        earlier = [file for file in (path, *home.tables.values()) if file.is_file()]
        said = {key: answer for file in earlier for key, answer in read_answers(file).items()}
        add_matches(book, home.offers, language, said=said)
    if home is not NO_HOME:
        add_balance(book, home.balance, language)
    _save(book, path)
    return [path, *(paths[layer] for layer in layers[1:])]


def _book(layer: str, faults: Sequence[Fault], home: Home, language: Language) -> Workbook:
    """Copy the table of a layer; a workbook without it where it cannot be read."""
    file, mapping = home.tables[layer], home.mappings.get(layer, LayerMapping())
    columns = mapping.columns.values()
    notes = note_rows(layer, faults, home.offers, language, columns=columns)
    try:
        return _marked(file, layer, mapping, notes)
    except (InputError, *UNREADABLE):  # the list says so
        return Workbook(write_only=True)


def _marked(file: Path, layer: str, mapping: LayerMapping, notes: Notes) -> Workbook:
    if file.suffix.lower() in WORKBOOK_ENDINGS:
        require_own_format(file, layer)
        survey_workbook(file, layer)
        return mark_workbook(file, notes)
    raw, _ = read_separated(file, layer, encoding=mapping.encoding)
    return mark_table(raw, file.stem, notes)


def _require_others(home: Home, paths: Mapping[str, Path], path: Path) -> None:
    """Refuse to write over a table of the user's own, and what no spreadsheet would open."""
    if path.suffix.lower() != ".xlsx":
        raise InputError(Fault("faults", None, "faults_ending", "refused", {"file": path.name}))
    own = {file.resolve() for file in home.tables.values()}
    taken = [file for file in (path, *paths.values()) if file.resolve() in own]
    if taken:
        fields = {"file": str(taken[0])}
        raise InputError(Fault("faults", None, "faults_over_own", "refused", fields))


def _save(book: Workbook, path: Path) -> None:
    """Save a workbook as a whole or not at all."""
    if not book.worksheets:
        book.create_sheet()
    with tempfile.NamedTemporaryFile(
        dir=path.resolve().parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            book.save(file)
        except BaseException:
            Path(file.name).unlink()
            raise
    mask = os.umask(0)
    os.umask(mask)
    Path(file.name).chmod(0o666 & ~mask)
    Path(file.name).replace(path)
