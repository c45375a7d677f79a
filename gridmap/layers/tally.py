"""Adding up: what was put into which bin, and into which building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridmap.layers.balance import BINS, BalanceSheet, Source

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame, Series


@dataclass(frozen=True, slots=True)
class Tally:
    """
    Rows that stand for households, each in one bin.

    `rows` has `households`, `persons`, `bin` and `building_id`; `estimated` names the buildings
    whose households nobody counted.
    """

    source: Source
    rows: DataFrame
    estimated: pd.Index

    @property
    def placed_households(self) -> Series:
        """Households placed, by building."""
        return self._placed("households")

    @property
    def placed_persons(self) -> Series:
        """Persons placed, by building."""
        return self._placed("persons")

    def balance(self, *, residential_without_households: tuple[str, ...]) -> BalanceSheet:
        """
        Write the balance sheet.

        Parameters
        ----------
        residential_without_households
            Homes nobody is registered in.

        Returns
        -------
        balance
            With every bin, empty ones too.
        """
        sums = self.rows.groupby("bin")[["households", "persons"]].sum()
        sums = sums.reindex(list(BINS)).fillna(0).astype("int64")
        households, persons = sums["households"], sums["persons"]
        marked = self.rows["building_id"].isin(self.estimated)
        return BalanceSheet(
            source=self.source,
            ledger_households=int(self.rows["households"].sum()),
            ledger_persons=int(self.rows["persons"].sum()),
            households={name: int(households[name]) for name in BINS},
            persons={name: int(persons[name]) for name in BINS},
            residential_without_households=residential_without_households,
            estimated_households=int(self.rows.loc[marked, "households"].sum()),
        )

    def _placed(self, column: str) -> Series:
        placed = self.rows[self.rows["bin"] == "placed"]
        return placed.groupby("building_id")[column].sum()
