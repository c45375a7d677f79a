"""
What the page says in figures: the balance sheet, and whether it balances.

The map adds one check of its own. The grids it draws carry figures too, and they must be the ones
the balance sheet was made from; a map whose numbers differ from the sheet beside it says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from gridmap.layers.balance import BINS

if TYPE_CHECKING:
    from gridmap.layers.balance import BalanceSheet
    from gridmap.plan.model import Draft

Size = Literal["below", "in", "above", "persons", "load", "dedicated", "empty"]

_SIZE_OF_STATUS: dict[str, Size] = {
    "under_band": "below",
    "over_band": "above",
    "over_persons": "persons",
    "over_load": "load",
    "under_load": "load",
}


@dataclass(frozen=True, slots=True)
class Check:
    """Two sums that must be equal and are not; `key` names the sentence of `map.toml`."""

    key: str
    left: int
    right: int


def size_class(kind: str, status: str) -> Size:
    """
    Say how a grid is coloured.

    Parameters
    ----------
    kind
        `general`, `dedicated` or `empty`.
    status
        `ok` or the rule that is broken, as the planner judged it. The map does not judge again:
        an isolated settlement may be small and still in order.

    Returns
    -------
    size
        The class of the legend.
    """
    if kind == "dedicated":
        return "dedicated"
    if kind == "empty":
        return "empty"
    return _SIZE_OF_STATUS.get(status, "in")


def tally(draft: Draft) -> dict[str, Any]:
    """
    Give the figures of the panel.

    Parameters
    ----------
    draft
        A plan; where its sheet does not yet say what the grids hold, that is counted here.

    Returns
    -------
    figures
        JSON: the sheet by bin, the sums beside it, and every check that fails.
    """
    sheet = draft.balance if draft.balance.grid_households is not None else draft.counted().balance
    drawn = (int(draft.grids["households"].sum()), int(draft.grids["persons"].sum()))
    failed = failed_checks(sheet, drawn)
    return {
        "source": sheet.source,
        "estimated": sheet.estimated_households,
        "bins": [
            {"bin": name, "households": sheet.households[name], "persons": sheet.persons[name]}
            for name in BINS
        ],
        "ledger": {"households": sheet.ledger_households, "persons": sheet.ledger_persons},
        "grids": {"households": sheet.grid_households, "persons": sheet.grid_persons},
        "missing": sheet.ledger_households - sheet.households["placed"],
        "balanced": sheet.is_balanced and not failed,
        "checks": [asdict(check) for check in failed],
        "withoutHouseholds": list(sheet.residential_without_households),
    }


def failed_checks(sheet: BalanceSheet, drawn: tuple[int, int]) -> list[Check]:
    """
    List the sums that do not agree.

    Parameters
    ----------
    sheet
        A sheet that knows what the grids hold.
    drawn
        Households and persons that the drawn grids say they hold.

    Returns
    -------
    checks
        Empty when everything agrees.
    """
    placed = (sheet.households["placed"], sheet.persons["placed"])
    held = (sheet.grid_households or 0, sheet.grid_persons or 0)
    pairs = (
        Check("bins_households", sum(sheet.households.values()), sheet.ledger_households),
        Check("bins_persons", sum(sheet.persons.values()), sheet.ledger_persons),
        Check("grids_households", held[0], placed[0]),
        Check("grids_persons", held[1], placed[1]),
        Check("drawn_households", drawn[0], held[0]),
        Check("drawn_persons", drawn[1], held[1]),
    )
    return [check for check in pairs if check.left != check.right]
