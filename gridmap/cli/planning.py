"""Planning communities for a command: shown as it goes, kept as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridmap.jobs import town as towns

if TYPE_CHECKING:
    from gridmap.cli.terminal import Terminal
    from gridmap.jobs.order import Order
    from gridmap.jobs.spool import Spool
    from gridmap.jobs.town import Town
    from gridmap.plan.model import Draft


def plan_town(terminal: Terminal, town: Town, order: Order, spool: Spool) -> Draft:
    """Plan the communities that the spool does not hold yet, and lay all side by side."""
    show_resumption(terminal, spool, communities=len(town.codes))
    known = sum(spool.sizes.values())
    with terminal.progress("planning", total=town.buildings, done=known) as advance:
        return towns.plan_town(town, order, spool, progress=advance)


def show_resumption(terminal: Terminal, spool: Spool, *, communities: int) -> None:
    """Say that an earlier run is gone on with, or that it was of something else."""
    if spool.sizes:
        terminal.say("going_on", done=len(spool.sizes), communities=communities)
    elif spool.replaced:
        terminal.say("beginning_anew", count=spool.replaced)
