"""Codes over time: which grid is a child of which, and how counts are restated on either base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from gridmap.comparison.sides import NOWHERE
from gridmap.errors import InputError
from gridmap.schema import Count, Fault, Number, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pandas import DataFrame, Series

    from gridmap.comparison.kinds import Descent

LINEAGE: Final = Table(
    "lineage",
    "link",
    {
        "parent": Text,
        "child": Text,
        "kind": Text,  # same, renamed, split, merge, redrawn, moved_line
        "households_before": Count,
        "households_after": Count,
        "share_of_parent": Number,  # of its households; of its ground where it has none
        "share_of_child": Number,
    },
)
WEIGHTS: Final = Table(
    "weights",
    "weight",
    {
        "from_code": Text,
        "to_code": Text,  # "" is no grid
        "measure": Text,  # households, or ground in whole m² where nobody lives
        "part": Count,
        "whole": Count,
        "share": Number,  # part by whole
    },
)


BILLION: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Crosswalk:
    """
    How codes of two plans translate into each other, both ways, as `WEIGHTS`.

    The parts of a code add up to its whole, in integers, and so its shares to 1. `forward` is from
    old to new, by households as the old plan counts them; `backward` by those of the new one.
    """

    forward: DataFrame
    backward: DataFrame


def trace_lineage(descent: Descent) -> DataFrame:
    """
    Name the links by which new grids are children of old ones.

    Parameters
    ----------
    descent
        Of the grids.

    Returns
    -------
    lineage
        `LINEAGE`, in the order of parents, then children.
    """
    links, heirs = descent.links, descent.heirs
    parent, child = links["old_code"], links["new_code"]
    is_heir = parent.map(heirs) == child
    ends, begins = ~parent.isin(list(heirs)), ~child.isin(list(heirs.values()))
    kind = np.select(
        [is_heir & (parent == child), is_heir, ends & begins, begins, ends],
        ["same", "renamed", "redrawn", "split", "merge"],
        "moved_line",
    )
    lineage = pd.DataFrame(
        {
            "parent": parent,
            "child": child,
            "kind": kind,
            "households_before": links["households_before"],
            "households_after": links["households_after"],
            "share_of_parent": _share(links, "old", "before"),
            "share_of_child": _share(links, "new", "after"),
        }
    )
    lineage = lineage.sort_values(["parent", "child"], ignore_index=True)
    return lineage.rename_axis(index=LINEAGE.index).astype(dict(LINEAGE.columns))


def make_crosswalk(
    buildings: DataFrame, pairs: DataFrame, old_codes: pd.Index, new_codes: pd.Index
) -> Crosswalk:
    """
    Make the crosswalk between two plans.

    Parameters
    ----------
    buildings
        `BUILDING_MOVES`. One that only one plan has counts for the grid on whose ground it is in
        the other.
    pairs
        `PAIRS`.
    old_codes, new_codes
        Of all grids.

    Returns
    -------
    crosswalk
        Every code of either plan is translated; what comes to lie in no grid goes to "".
    """
    return Crosswalk(
        _weights(buildings, pairs, old_codes, ("old", "new", "before")),
        _weights(buildings, pairs, new_codes, ("new", "old", "after")),
    )


def restate_counts(counts: DataFrame, weights: DataFrame) -> DataFrame:
    """
    Restate counts by grid on the grids of the other plan.

    Parameters
    ----------
    counts
        Numbers, indexed by code.
    weights
        `WEIGHTS` from the codes that the counts are by.

    Returns
    -------
    restated
        The same columns by the other plan's codes, in their order; "" holds what lies in no grid
        there. Totals stay: whole numbers are shared out whole, by the largest remainder; others
        in proportion.

    Raises
    ------
    InputError
        If a code has no weights.
    """
    strangers = counts.index[~counts.index.isin(weights["from_code"])]
    if len(strangers):
        fields = {"codes": ", ".join(map(str, strangers[:5]))}
        raise InputError(Fault("grids", None, "crosswalk_stranger", "refused", fields))
    used = weights[weights["from_code"].isin(counts.index)]
    shared = {}
    for name in counts.columns:
        values = counts[name].reindex(used["from_code"]).to_numpy()
        if np.issubdtype(values.dtype, np.integer):
            shared[name] = _shared_out(values.astype(np.int64), used)
        else:
            shared[name] = values * used["share"].to_numpy()
    restated = pd.DataFrame(shared).groupby(used["to_code"].to_numpy()).sum()
    restated.index.name = counts.index.name
    return restated


def compose_weights(chain: Sequence[DataFrame]) -> DataFrame:
    """
    Compose crosswalks that follow each other into one.

    Parameters
    ----------
    chain
        `WEIGHTS`, one step at least; each from the codes that the one before leads to.

    Returns
    -------
    weights
        `WEIGHTS` from the codes of the first step to those of the last: what is in a grid is taken
        to be spread over it evenly. The parts of a code still add up to its whole, in integers;
        of several steps they are billionths.
    """
    composed = chain[0]
    for step in chain[1:]:
        nowhere = pd.DataFrame({"from_code": [NOWHERE], "to_code": [NOWHERE], "share": [1.0]})
        onward = pd.concat([step[["from_code", "to_code", "share"]], nowhere])
        both = composed.merge(
            onward, left_on="to_code", right_on="from_code", suffixes=("", "_of_step")
        )
        both = both.assign(share=both["share"] * both["share_of_step"])
        ends = ["from_code", "measure", "to_code_of_step"]
        composed = both.groupby(ends)["share"].sum().reset_index()
        composed = composed.rename(columns={"to_code_of_step": "to_code"})
    return composed if len(chain) == 1 else _in_billionths(composed)


def _in_billionths(shares: DataFrame) -> DataFrame:
    """Round shares so that those of a code add up to 1, the rest to the largest remainders."""
    rows = shares.sort_values(["from_code", "to_code"], ignore_index=True)
    exact = rows["share"] / rows.groupby("from_code")["share"].transform("sum") * BILLION
    part = exact.astype("int64")
    left = BILLION - part.groupby(rows["from_code"]).transform("sum")
    order = rows.assign(rest=part - exact).sort_values(["from_code", "rest"], kind="stable")
    rank = order.groupby("from_code").cumcount().reindex(rows.index)
    part += (rank < left).astype("int64")
    rows = rows.assign(part=part, whole=BILLION, share=part / BILLION)[part > 0]
    rows = rows.reset_index(drop=True).rename_axis(index=WEIGHTS.index)
    return rows[list(WEIGHTS.columns)].astype(dict(WEIGHTS.columns))


def _shared_out(values: np.ndarray, weights: DataFrame) -> np.ndarray:
    """Share whole numbers out by weight, the rest one by one to the largest remainders."""
    scaled, whole = values * weights["part"].to_numpy(), weights["whole"].to_numpy()
    given = pd.DataFrame({"from": weights["from_code"].to_numpy(), "sure": scaled // whole})
    given["rest"] = -(scaled % whole) / whole
    left = values - given.groupby("from")["sure"].transform("sum")
    order = given.sort_values(["from", "rest"], kind="stable")
    rank = order.groupby("from").cumcount().reindex(given.index)
    shared = given["sure"] + (rank < left)
    return shared.to_numpy(np.int64)


def _share(links: DataFrame, end: str, when: str) -> Series:
    code = links[f"{end}_code"]
    held = links.groupby(code)[f"households_{when}"].transform("sum")
    return links[f"homes_of_{end}"].where(held > 0, links[f"ground_of_{end}"])


def _weights(
    buildings: DataFrame, pairs: DataFrame, codes: pd.Index, way: tuple[str, str, str]
) -> DataFrame:
    start, end, when = way
    held = buildings.groupby([f"{start}_code", f"{end}_ground"])[f"households_{when}"].sum()
    homes = held[held > 0].rename_axis(["from_code", "to_code"]).rename("part").reset_index()
    homes = homes[homes["from_code"] != NOWHERE].assign(measure="households")
    names = {f"{start}_code": "from_code", f"{end}_code": "to_code"}
    ground = pd.DataFrame(pairs[[*names, "area_m2"]]).rename(columns=names)
    ground["part"] = ground["area_m2"].round().clip(lower=1).astype("int64")
    is_bare = ~ground["from_code"].isin([*homes["from_code"], NOWHERE]) & (ground["area_m2"] > 0)
    ground = ground[is_bare].drop(columns="area_m2").assign(measure="ground")
    left = codes[~codes.isin([*homes["from_code"], *ground["from_code"]])]
    lost = pd.DataFrame({"from_code": left, "to_code": NOWHERE, "part": 1, "measure": "ground"})
    rows = pd.concat([each for each in (homes, ground, lost) if len(each)] or [lost])
    rows = rows.sort_values(["from_code", "to_code"], ignore_index=True)
    rows["whole"] = rows.groupby("from_code")["part"].transform("sum")
    rows["share"] = rows["part"] / rows["whole"]
    rows = rows.rename_axis(index=WEIGHTS.index)
    return rows[list(WEIGHTS.columns)].astype(dict(WEIGHTS.columns))
