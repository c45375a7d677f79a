"""A town to plan: its communities, how they are read, and the draft that comes of it."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gridmap.errors import InputError
from gridmap.jobs.city import fill_spool
from gridmap.jobs.kit import own_kit
from gridmap.jobs.parcels import open_parcel
from gridmap.jobs.spool import Spool, open_spool
from gridmap.pipeline import assemble_draft
from gridmap.schema import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from geopandas import GeoDataFrame
    from pyproj import CRS

    from gridmap.jobs.city import Keeper
    from gridmap.jobs.order import Order
    from gridmap.layers.balance import BalanceSheet
    from gridmap.plan.model import Draft
    from gridmap.schema import Community


@dataclass(frozen=True, slots=True)
class Town:
    """
    The communities to plan, in their order, with how to `read` some of them.

    `buildings` is how many they have in all; balance, faults and `crs` are the draft's.
    """

    codes: Sequence[str]
    read: Callable[[Sequence[str]], Iterable[Community]]
    buildings: int
    balance: BalanceSheet
    faults: tuple[Fault, ...]
    crs: CRS


def spool_for(folder: Path, codes: Sequence[str], key: str) -> AbstractContextManager[Spool]:
    """
    Open a spool for a town; a single community leaves nothing to go on with.

    Parameters
    ----------
    folder
        Where it is, or shall be.
    codes
        Of the communities.
    key
        Of :func:`key_of`.

    Returns
    -------
    spool
        To be entered; in memory only for a single community.
    """
    return open_spool(folder, key) if len(codes) > 1 else nullcontext(Spool())


def key_of(**what: Any) -> str:  # noqa: ANN401 (anything that JSON can say)
    """
    Say in one word what is planned and how, so that only the very same is gone on with.

    Parameters
    ----------
    **what
        Whatever the plan depends on, beside gridmap itself.

    Returns
    -------
    key
        64 hexadecimal digits.
    """
    told = json.dumps({"kit": own_kit(), **what}, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def require_present(todays: GeoDataFrame) -> GeoDataFrame:
    """
    Return today's grids if there are any to plan on from.

    Parameters
    ----------
    todays
        `GRIDS` layer.

    Returns
    -------
    grids
        The same.

    Raises
    ------
    InputError
        If it is empty.
    """
    if todays.empty:
        raise InputError(Fault("grids", None, "no_present_grids", "refused"))
    return todays


def plan_town(
    town: Town,
    order: Order,
    keeper: Keeper,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> Draft:
    """
    Plan the communities that are not kept yet, and lay all side by side.

    Parameters
    ----------
    town
        What to plan.
    order
        How and where.
    keeper
        Holds what is done already, and is filled.
    progress
        Told how many buildings each community that is done has.

    Returns
    -------
    draft
        Of all communities, the same wherever and however often it was gone on with.

    Raises
    ------
    CodesExhaustedError
        If a community has more grids than its code has numbers.
    ClusterError
        If there is nobody to plan, or nobody survives it.
    """
    left = [code for code in town.codes if code not in keeper.sizes]
    if left:
        order = replace(order, buildings=town.buildings - sum(keeper.sizes.values()))
        fill_spool(keeper, town.read(left), order, progress=progress)
    return assemble_draft(
        [open_parcel(keeper.take(code)) for code in town.codes],
        balance=town.balance,
        faults=town.faults,
        rules=order.rules,
        seed=order.seed,
        crs=town.crs,
    )
