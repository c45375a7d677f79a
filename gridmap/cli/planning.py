"""Planning communities for a command: shown as it goes, kept as it goes, laid side by side."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gridmap.jobs.city import fill_spool
from gridmap.jobs.kit import own_kit
from gridmap.jobs.parcels import open_parcel
from gridmap.jobs.spool import Spool, open_spool
from gridmap.pipeline import assemble_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pyproj import CRS

    from gridmap.cli.terminal import Terminal
    from gridmap.jobs.order import Order
    from gridmap.layers.balance import BalanceSheet
    from gridmap.plan.model import Draft
    from gridmap.schema import Community, Fault


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
    """Open a spool for a town; a single community leaves nothing to go on with."""
    return open_spool(folder, key) if len(codes) > 1 else nullcontext(Spool())


def key_of(**what: Any) -> str:  # noqa: ANN401 (anything that JSON can say)
    """Say in one word what is planned and how, so that only the very same is gone on with."""
    told = json.dumps({"kit": own_kit(), **what}, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def plan_town(terminal: Terminal, town: Town, order: Order, spool: Spool) -> Draft:
    """Plan the communities that the spool does not hold yet, and lay all side by side."""
    left = [code for code in town.codes if code not in spool.sizes]
    show_resumption(terminal, spool, communities=len(town.codes))
    known = sum(spool.sizes.values())
    with terminal.progress("planning", total=town.buildings, done=known) as advance:
        if left:
            order = replace(order, buildings=town.buildings - known)
            fill_spool(spool, town.read(left), order, progress=advance)
    plans = [open_parcel(spool.take(code)) for code in town.codes]
    return assemble_draft(
        plans,
        balance=town.balance,
        faults=town.faults,
        rules=order.rules,
        seed=order.seed,
        crs=town.crs,
    )


def show_resumption(terminal: Terminal, spool: Spool, *, communities: int) -> None:
    """Say that an earlier run is gone on with, or that it was of something else."""
    if spool.sizes:
        terminal.say("going_on", done=len(spool.sizes), communities=communities)
    elif spool.replaced:
        terminal.say("beginning_anew", count=spool.replaced)
