"""What things on the ground are called when a plan speaks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gridmap.ground.barriers import KIND_NAMES, PARTING
from gridmap.messages import Message

if TYPE_CHECKING:
    from gridmap.ground.adjacency import Ground
    from gridmap.schema import Community


def name_barrier(name: str, kind: str) -> Message:
    """
    Call a barrier by its name, or by its kind where it has none.

    Parameters
    ----------
    name
        "" where nameless.
    kind
        One of `KINDS`.

    Returns
    -------
    message
        To be put into a sentence.
    """
    return Message("plan.bound_named", {"name": name}) if name else Message(f"plan.kind_{kind}")


@dataclass(frozen=True, slots=True)
class Names:
    """Names the buildings, compounds and barriers of one community; `households` are by cell."""

    community: Community
    ground: Ground
    households: np.ndarray

    def whole_community(self) -> Message:
        """Name the community, by its code where it has no name."""
        return Message("plan.community", {"name": self.community.name or self.community.code})

    def chief(self, cells: np.ndarray) -> Message:
        """Name the building with most households among the cells that are true."""
        return self.building_in(int(np.argmax(np.where(cells, self.households, -1))))

    def building_in(self, cell: int) -> Message:
        """Name the building with most households in one cell: by address, name or id."""
        rows = np.flatnonzero(self.ground.cell_of == cell)
        if not len(rows):
            return Message("plan.bound_nothing")
        chief = int(np.argmax(self.community.buildings["households"].to_numpy()[rows]))
        return self.building(int(rows[chief]))

    def building(self, place: int) -> Message:
        """Name the building at a place of the community's buildings."""
        row = self.community.buildings.iloc[place]
        name = row["address"] or row["name"] or str(self.community.buildings.index[place])
        return Message("plan.building", {"name": str(name)})

    def compound(self, compound: int, cell: int) -> Message:
        """Name a compound by its position; one without outline is known from a cell in it."""
        if compound < len(self.community.compounds):
            named = str(self.community.compounds["name"].iloc[compound])
            name = named or str(self.community.compounds.index[compound])
        else:
            there = self.community.buildings["compound_id"][self.ground.cell_of == cell]
            name = next((str(told) for told in there if told), "")
        return Message("plan.compound", {"name": name})

    def barrier_around(self, cells: np.ndarray) -> Message:
        """Name what lies longest between the cells that are true and others; what parts, first."""
        sides, work = self.ground.sides, self.ground.linework
        inner = sides.right >= 0
        edge = np.zeros(len(inner), bool)
        edge[inner] = cells[sides.left[inner]] != cells[sides.right[inner]]
        edge &= self.ground.lines >= 0
        if not edge.any():
            return Message("plan.bound_outline")
        metres = np.bincount(self.ground.lines[edge], sides.length_m[edge], len(work.lines))
        there = np.flatnonzero(metres)
        order = np.lexsort((there, -metres[there], ~PARTING[work.kinds[there]]))
        line = there[order[0]]
        return name_barrier(str(work.names[line]), KIND_NAMES[work.kinds[line]])
