"""
The street plan of one community, drawn on its net in whole steps.

A plan is a pure function of the lattice, the cell and the names, so that a neighbour can ask
where streets reach the shared side without anything being kept. Every street starts and ends on
another one: the net has no loose ends except the drives into compounds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from gis_data.lattice import RAIL, RIVER, UNITS
from gis_data.names import RAILWAY_NAME, RIVER_NAME, ordinal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gis_data.lattice import Cell, Lattice
    from gis_data.names import Names

Point = tuple[int, int]

HALF_M: Final = {
    "primary": 12.0,
    "secondary": 9.0,
    "tertiary": 5.5,
    "residential": 3.5,
    "living_street": 1.5,
    "service": 2.5,
}
"""Half the width of a street's ground, by its class, in metres."""

WALLED: Final = ("slab", "tower", "school", "factory")
"""Uses that stand behind a wall, with a gate and a drive."""

JOG_SHARE: Final = 0.1
"""Share of communities whose western line leaves the road for a step and runs through a house."""

_LONG: Final = 6  # steps of a side that need not be cut in its very middle

_TOWER_WIDE: Final = 3  # steps that towers on both sides of a drive need

NAMES_A_CELL: Final = 8
"""Numbers of road names kept for the inner streets of each community."""


@dataclass(frozen=True, slots=True)
class Run:
    """A straight run of street on the net, from one point to another east or north of it."""

    start: Point
    end: Point
    kind: str
    name: str
    bridge: bool = False

    @property
    def across(self) -> bool:
        """Say whether it runs from west to east."""
        return self.start[1] == self.end[1]

    @property
    def points(self) -> list[Point]:
        """Every point of the net on it."""
        (a, c), (b, d) = self.start, self.end
        return [(s, t) for s in range(a, b + 1) for t in range(c, d + 1)]


@dataclass(frozen=True, slots=True)
class Block:
    """Ground between streets: columns `west` to `east` and rows `south` to `north` of the net."""

    west: int
    east: int
    south: int
    north: int
    use: str = ""
    street: str = ""  # the name addresses go by
    quarter: int = 0  # blocks cut from one piece share it
    gate: Point | None = None

    @property
    def wide(self) -> int:
        """Steps from west to east."""
        return self.east - self.west

    @property
    def deep(self) -> int:
        """Steps from south to north."""
        return self.north - self.south

    @property
    def units(self) -> int:
        """Area in squares of the net."""
        return self.wide * self.deep

    def ring(self) -> list[Point]:
        """Walk round it, counter-clockwise, back to the start."""
        west, east, south, north = self.west, self.east, self.south, self.north
        return [
            *((s, south) for s in range(west, east)),
            *((east, t) for t in range(south, north)),
            *((s, north) for s in range(east, west, -1)),
            *((west, t) for t in range(north, south - 1, -1)),
        ]


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """The inner streets and the blocks of one community."""

    runs: tuple[Run, ...]
    blocks: tuple[Block, ...]
    jog: int | None  # the step of the western side at which the outline leaves the road

    def joints(self) -> set[Point]:
        """Every point at which a run starts or ends."""
        return {point for run in self.runs for point in (run.start, run.end)}


@dataclass(frozen=True, slots=True)
class Programme:
    """What a community is made of: mostly `main`, some `second`, and single `places`."""

    main: str
    second: str
    share: float  # of the homes' ground that is `second`
    places: tuple[str, ...]


PROGRAMMES: Final = (
    Programme("slab", "walkup", 0.25, ("school", "shops")),
    Programme("slab", "village", 0.3, ("factory", "factory")),
    Programme("walkup", "slab", 0.3, ("market", "shops")),
    Programme("tower", "slab", 0.25, ("park", "hall")),
    Programme("village", "walkup", 0.2, ("hall",)),
    Programme("village", "tower", 0.45, ("school", "park")),
)
"""The first six communities of a town are one each; later ones are these, shuffled by sixes."""


def programme_of(lattice: Lattice, cell: Cell) -> Programme:
    """Say what the community in `cell` is made of."""
    group, place = divmod(cell.number, len(PROGRAMMES))
    if group == 0:
        return PROGRAMMES[place]
    order = np.random.default_rng([lattice.seed, 2, group]).permutation(len(PROGRAMMES))
    return PROGRAMMES[order[place]]


@dataclass(slots=True)
class _Drawing:
    """A plan while it is drawn."""

    rng: np.random.Generator
    names: Names
    number: int  # of the community
    roads: int  # the first number of its road names
    place: str
    runs: list[Run] = field(default_factory=list)
    named: int = 0
    lanes: int = 0

    def name(self, *, across: bool, lane: bool = False) -> str:
        """Give the next street its name; lanes and late ones are numbered."""
        if lane or self.named >= NAMES_A_CELL:
            self.lanes += 1
            return f"{self.place}{ordinal(self.lanes)}{'巷' if lane else '弄'}"
        self.named += 1
        return self.names.road(self.roads + self.named - 1, across=across)

    def _tosses(self) -> bool:
        return bool(self.rng.integers(2))

    def cut(self, block: Block, kind: str, *, at: int | None = None) -> tuple[Block, Block]:
        """Cut a block in two by a street across its longer side."""
        is_square = block.wide == block.deep
        wide = at is not None or block.wide > block.deep or (is_square and self._tosses())
        if at is None:
            low, long = (block.west, block.wide) if wide else (block.south, block.deep)
            swing = int(long >= _LONG)
            at = low + long // 2 + int(self.rng.integers(-swing, swing + 1))
            at += int(long % 2 and not swing and self._tosses())
        name = self.name(across=not wide, lane=kind == "living_street")
        start = (at, block.south) if wide else (block.west, at)
        end = (at, block.north) if wide else (block.east, at)
        self.runs.append(Run(start, end, kind, name))
        named = replace(block, street=name)
        if wide:
            return replace(named, east=at), replace(named, west=at)
        return replace(named, north=at), replace(named, south=at)

    def divide(self, block: Block, kind: str, *, units: int, side: int) -> Iterator[Block]:
        """Cut a block until no piece is larger than `units` or longer than `side` steps."""
        waiting = [block]
        while waiting:
            piece = waiting.pop()
            if piece.units <= units and max(piece.wide, piece.deep) <= side:
                yield piece
            else:
                waiting.extend(self.cut(piece, kind))


def plan_streets(lattice: Lattice, cell: Cell, names: Names) -> StreetPlan:
    """
    Draw the street plan of one community.

    Parameters
    ----------
    lattice
        The main roads.
    cell
        Which community.
    names
        Of the town.

    Returns
    -------
    plan
        Runs that meet only at net points, and blocks that fill the cell but for the strips of
        the river and the railway.
    """
    rng = np.random.default_rng([lattice.seed, 3, cell.number])
    roads = lattice.columns + lattice.rows + 2 + cell.number * NAMES_A_CELL
    drawing = _Drawing(rng, names, cell.number, roads, names.place(cell.number))
    bridge = RAIL[0] if lattice.has_rail(cell) else int(rng.integers(5, 8))
    large: list[Block] = []
    for region in _regions(lattice, cell, drawing, bridge):
        is_cut = lattice.has_river(cell) and region.west < bridge < region.east
        pieces = drawing.cut(region, "tertiary", at=bridge) if is_cut else (region,)
        for piece in pieces:
            large.extend(drawing.divide(piece, "tertiary", units=30, side=7))
    programme = programme_of(lattice, cell)
    large = _make_room(large, len(programme.places), drawing)
    settled = _settle(large, programme, rng)
    blocks = [part for block in settled for part in _part(drawing, block)]
    gated = [_open_gate(block, drawing) for block in blocks]
    return StreetPlan(tuple(drawing.runs), tuple(gated), _jog(lattice, cell, gated))


def _regions(lattice: Lattice, cell: Cell, drawing: _Drawing, bridge: int) -> Iterator[Block]:
    river, rail = lattice.has_river(cell), lattice.has_rail(cell)
    rows = [(0, UNITS, "")]
    if river:
        banks = (f"{RIVER_NAME}南路", f"{RIVER_NAME}北路")
        rows = [(0, RIVER[0], banks[0]), (RIVER[1], UNITS, banks[1])]
        for at, bank in zip(RIVER, banks, strict=True):
            drawing.runs.append(Run((0, at), (UNITS, at), "tertiary", bank))
        name = drawing.name(across=False)
        start, end = (bridge, RIVER[0]), (bridge, RIVER[1])
        drawing.runs.append(Run(start, end, "secondary", name, bridge=True))
        if rail:  # the way to the bridge keeps to the railway
            drawing.runs.append(Run((bridge, 0), start, "tertiary", name))
            drawing.runs.append(Run(end, (bridge, UNITS), "tertiary", name))
    elif rail:
        at = int(drawing.rng.integers(5, 8))
        name = drawing.name(across=True)
        drawing.runs.append(Run((0, at), (UNITS, at), "tertiary", name))
        rows = [(0, at, name), (at, UNITS, name)]
    columns = [(0, RAIL[0]), (RAIL[1], UNITS)] if rail else [(0, UNITS)]
    for south, north, street in rows:
        if rail:
            drawing.runs.extend(_beside_rail(south, north, bridged=river))
        for west, east in columns:
            yield Block(west, east, south, north, street=street)


def _beside_rail(south: int, north: int, *, bridged: bool) -> Iterator[Run]:
    """Lead a street along both sides of the railway, but where the way to the bridge runs."""
    for at, side in zip(RAIL, "西东", strict=True):
        if not (bridged and at == RAIL[0]):
            yield Run((at, south), (at, north), "residential", f"{RAILWAY_NAME}{side}路")


def _make_room(large: list[Block], places: int, drawing: _Drawing) -> list[Block]:
    """Cut blocks until there are enough that a school or a market fills one."""
    blocks = sorted(large, key=lambda block: (block.units, block.south, block.west))
    room = [block for block in blocks if block.units <= 20][:places]  # noqa: PLR2004
    rest = [block for block in blocks if block not in room]
    for _ in range(places - len(room)):
        room.extend(drawing.cut(rest.pop(), "tertiary"))
    return room + rest


def _settle(large: list[Block], programme: Programme, rng: np.random.Generator) -> list[Block]:
    """Give every block its use: the single places first, in blocks of middling size."""
    order = sorted(range(len(large)), key=lambda i: (abs(large[i].units - 13), i))
    uses = dict(zip(order, programme.places, strict=False))
    homes = [int(i) for i in rng.permutation(len(large)) if i not in uses]
    wanted = programme.share * sum(large[i].units for i in homes)
    for i in homes:
        uses[i] = programme.second if wanted >= large[i].units / 2 else programme.main
        wanted -= large[i].units if uses[i] == programme.second else 0
        if uses[i] == "tower" and large[i].wide < _TOWER_WIDE:
            uses[i] = "slab"
    return [replace(block, use=uses[i], quarter=i) for i, block in enumerate(large)]


def _part(drawing: _Drawing, block: Block) -> Iterator[Block]:
    if block.use == "walkup":
        yield from drawing.divide(block, "residential", units=9, side=3)
    elif block.use == "village":
        yield from drawing.divide(block, "living_street", units=2, side=2)
    else:
        yield block


def _open_gate(block: Block, drawing: _Drawing) -> Block:
    """Put a gate in the southern or northern side of a walled block, and a drive behind it."""
    if block.use not in WALLED:
        return block
    middle = block.west + block.wide // 2
    inner = [t for t in (block.south, block.north) if t not in (0, UNITS)]
    row = int(drawing.rng.choice(inner or [block.south, block.north]))
    depth = max(1, block.deep // 2)
    ends = sorted([(middle, row), (middle, row + (depth if row == block.south else -depth))])
    drawing.runs.append(Run(ends[0], ends[1], "service", ""))
    return replace(block, gate=(middle, row))


def _jog(lattice: Lattice, cell: Cell, blocks: list[Block]) -> int | None:
    """Find where a house of this community may stand astride its western line."""
    rng = np.random.default_rng([lattice.seed, 4, cell.number])
    if cell.column == 0 or (cell.number >= len(PROGRAMMES) and rng.random() > JOG_SHARE):
        return None
    fit = [b.south for b in blocks if b.west == 0 and b.use not in WALLED]
    return fit[len(fit) // 2] if fit else None
