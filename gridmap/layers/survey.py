"""What was recognised in every layer, to be shown and confirmed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gridmap.layers.columns import texts
from gridmap.layers.parts import Parts
from gridmap.layers.personal import hide_identities, personal_columns
from gridmap.layers.places import split_parts
from gridmap.layers.recognition import recognise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from pandas import Series

    from gridmap.layers.opened import OpenedLayer
    from gridmap.layers.recognition import Guess

SAMPLES: Final = 3
LOOKED_AT: Final = 200
SAMPLE_CHARACTERS: Final = 30


@dataclass(frozen=True, slots=True)
class Surveyed:
    """
    What was recognised in one layer.

    `samples` has a few values of every column that is or may be used, and of no other one.
    """

    layer: str
    file: str
    guesses: tuple[Guess, ...]
    used: Mapping[str, str]  # schema column to column of the file
    samples: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, str] = field(default_factory=dict)  # of addresses, to column of the file
    personal: tuple[str, ...] = ()

    @property
    def unsure(self) -> tuple[Guess, ...]:
        """Name what is not used before somebody confirms it."""
        used = self.used.values()
        return tuple(
            one
            for one in self.guesses
            if not one.is_sure and one.name not in self.used and one.column not in used
        )


def survey_columns(opened: Iterable[OpenedLayer]) -> tuple[Surveyed, ...]:
    """
    Recognise the columns of every layer.

    Parameters
    ----------
    opened
        Layers as they were found, buildings first.

    Returns
    -------
    surveyed
        One a layer, in the same order.
    """
    known: AbstractSet[str] = frozenset()
    surveyed = []
    for one in opened:
        surveyed.append(_survey(one, known))
        column = surveyed[-1].used.get("building_id")
        if one.layer == "buildings" and column:
            known = frozenset(texts(one.frame[column], one.frame.index))
    return tuple(surveyed)


def _survey(opened: OpenedLayer, known: AbstractSet[str]) -> Surveyed:
    guesses = recognise(opened, known_ids=known)
    used = {one.name: one.column for one in guesses if one.is_sure and one.column}
    parts = Parts({})
    if opened.layer == "households":
        used, parts = split_parts(opened, used, known)
    personal = personal_columns(opened)
    shown = {one.column for one in guesses if one.column} | set(parts.columns.values())
    samples = {column: _sample(opened.frame[column]) for column in shown if column not in personal}
    kept = tuple(one for one in guesses if one.is_sure <= (one.name in used or not one.column))
    unused = tuple(name for name in personal if name not in used.values())
    return Surveyed(opened.layer, opened.file, kept, used, samples, parts.columns, unused)


def _sample(told: Series) -> tuple[str, ...]:
    values = texts(told.head(LOOKED_AT), told.head(LOOKED_AT).index)
    clean, _ = hide_identities(values[values != ""].drop_duplicates().head(SAMPLES))
    return tuple(value[:SAMPLE_CHARACTERS] for value in clean)
