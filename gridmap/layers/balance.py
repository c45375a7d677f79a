"""
The balance sheet: every household of the ledger is in exactly one bin, and nothing is lost.

A sheet is only figures. It is made by :mod:`gridmap.layers.ledger` from files and by the store
from PostGIS, and the two must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Bin = Literal["placed", "no_place", "outside", "duplicate", "conflict", "waived"]
BINS: Final[tuple[Bin, ...]] = get_args(Bin)

Source = Literal["ledger", "counts", "estimated"]
"""Where households come from: a ledger, counts on the buildings, or floor area."""


@dataclass(frozen=True, slots=True)
class BalanceSheet:
    """
    Households and persons of one ledger by bin, beside what the grids say they hold.

    `grids` is None before there is a plan. `residential_without_households` lists the
    `building_id` of homes nobody is registered in. `checks` counts what else was pointed out, by
    kind of fault; it adds to no bin, and two sheets are equal without it.
    """

    source: Source
    ledger_households: int
    ledger_persons: int
    households: Mapping[Bin, int]
    persons: Mapping[Bin, int]
    residential_without_households: tuple[str, ...] = ()
    estimated_households: int = 0
    grid_households: int | None = None
    grid_persons: int | None = None
    checks: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def is_balanced(self) -> bool:
        """Do the bins add up to the ledger, and the grids to what was placed."""
        return (
            sum(self.households.values()) == self.ledger_households
            and sum(self.persons.values()) == self.ledger_persons
            and self.grid_households in (None, self.households["placed"])
            and self.grid_persons in (None, self.persons["placed"])
        )

    def to_dict(self) -> dict[str, Any]:
        """Give the sheet as the `ledger` of `gridmap plan --json`."""
        return {
            "source": self.source,
            "ledger": self.ledger_households,
            **{name: self.households[name] for name in BINS},
            "grids": self.grid_households,
            "persons": {
                "ledger": self.ledger_persons,
                **{name: self.persons[name] for name in BINS},
                "grids": self.grid_persons,
            },
            "residential_without_households": len(self.residential_without_households),
            "estimated": self.estimated_households,
            "checks": dict(self.checks),
            "balanced": self.is_balanced,
        }
