"""
A whole town, written community by community.

**Read this first**: `write_town` lays out the main roads, then surveys, builds, counts and
writes one community at a time, and forgets it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from gis_data.census import compound_id, take_census
from gis_data.ground import survey
from gis_data.lattice import make_lattice
from gis_data.ledger import LEDGER, keep_ledger
from gis_data.names import RAILWAY_NAME, RIVER_NAME, Names, community_code
from gis_data.quarters import build_quarters
from gis_data.today import appoint_workers, draw_old_grids
from gis_data.writer import CRS_CODE, GROUP_ROWS, LayerWriter, LedgerWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis_data.census import Census
    from gis_data.ground import Ground
    from gis_data.lattice import Lattice
    from gis_data.quarters import Parcel

SMALL_TOWN: Final = Path(__file__).parent / "town"
"""The committed town, as `write_town` makes it from the two numbers below."""

SMALL_BUILDINGS: Final = 1300
SMALL_SEED: Final = 11

BUILDINGS_A_COMMUNITY: Final = 217
FEWEST_COMMUNITIES: Final = 6
"""So few that every kind of quarter is there once."""

MAPPING: Final = f"""\
# A table cannot say what CRS its coordinates are in, so it is said here.
[households]
crs = "{CRS_CODE}"
"""
"""What is written to `layers.toml`."""

_TEXT, _FLAG, _COUNT = pa.string(), pa.bool_(), pa.int16()
LAYERS: Final[Mapping[str, Mapping[str, pa.DataType]]] = {
    "buildings": {
        "building_id": _TEXT,
        "floors": _COUNT,
        "units_per_floor": _COUNT,
        "use": _TEXT,
        "name": _TEXT,
        "address": _TEXT,
        "compound_id": _TEXT,
    },
    "communities": {"code": _TEXT, "name": _TEXT},
    "roads": {"class": _TEXT, "name": _TEXT, "bridge": _FLAG, "tunnel": _FLAG, "oneway": _FLAG},
    "railways": {"kind": _TEXT, "name": _TEXT},
    "water": {"kind": _TEXT, "name": _TEXT},
    "walls": {"kind": _TEXT, "name": _TEXT},
    "compounds": {"compound_id": _TEXT, "name": _TEXT},
    "dedicated": {"name": _TEXT, "owner": _TEXT},
    "grids": {"code": _TEXT, "name": _TEXT, "locked": _FLAG},
    "workers": {"worker_id": _TEXT, "grids": _TEXT, "on_duty": _FLAG, "skills": _TEXT},
}
"""Every layer with a geometry, and its other columns, in the order they are written."""


@dataclass(frozen=True, slots=True)
class TownFacts:
    """
    What is in a town that was written, and how much of it is wrong on purpose.

    Names in `_rows` count rows of the ledger. A contested household has two rows: one of them
    is in `contested_rows`; a repeated one likewise in `repeated_rows`.
    """

    buildings: int
    communities: int
    residential: int
    households: int  # rows of the ledger
    persons: int
    compounds: int
    grids: int
    workers: int
    roads: int
    bridges: int
    great_towers: int
    unplaced_rows: int
    outside_rows: int
    repeated_rows: int
    contested_rows: int
    by_address_rows: int
    by_point_rows: int
    astride_line: int
    duplicate_footprints: int
    bow_ties: int
    on_road: int
    empty_homes: int

    def to_dict(self) -> dict[str, int]:
        """Give the facts by name."""
        return asdict(self)


@dataclass(slots=True)
class _Town:
    """The open files, and what was counted on the way."""

    layers: Mapping[str, LayerWriter]
    ledger: LedgerWriter
    seen: Counter[str]

    def add(self, layer: str, rows: list[tuple[Any, ...]]) -> None:
        """Append rows that end with their geometry."""
        if rows:
            *columns, geometry = (list(column) for column in zip(*rows, strict=True))
            self.layers[layer].add(dict(zip(LAYERS[layer], columns, strict=True)), geometry)


def write_town(
    out: Path,
    *,
    buildings: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> TownFacts:
    """
    Write a town that never was, as a folder of layers.

    The same numbers give the same bytes. Memory grows with one community, not with the town.

    Parameters
    ----------
    out
        The folder; it is made when it is not there, and files in it are replaced.
    buildings
        About how many; a town has six communities or more, and is finished once begun.
    seed
        Another seed, another town.
    progress
        Is told how many communities are done, and of how many.

    Returns
    -------
    facts
        What was written, and how many faults of each kind were put in.
    """
    out.mkdir(parents=True, exist_ok=True)
    communities = max(FEWEST_COMMUNITIES, round(buildings / BUILDINGS_A_COMMUNITY))
    lattice, names = make_lattice(communities, seed), Names(seed)
    with ExitStack() as files:
        layers = {
            name: files.enter_context(
                LayerWriter(out / f"{name}.parquet", columns, rows=GROUP_ROWS)
            )
            for name, columns in LAYERS.items()
        }
        ledger = files.enter_context(LedgerWriter(out / "households.csv", LEDGER))
        town = _Town(layers, ledger, Counter())
        for cell in lattice:
            rng = np.random.default_rng([seed, 5, cell.number])
            _write_community(town, survey(lattice, cell, names), rng)
            if progress is not None:
                progress(cell.number + 1, communities)
    (out / "layers.toml").write_text(MAPPING, encoding="utf-8")
    return _facts(town, lattice)


def _write_community(town: _Town, ground: Ground, rng: np.random.Generator) -> None:
    code = community_code(ground.cell.number)
    parcels = build_quarters(ground, rng)
    census = take_census(ground, parcels, rng)
    entries = keep_ledger(ground, census, rng)
    town.ledger.add(entries.table)
    town.seen.update(census.faults + entries.faults)
    town.seen.update(persons=entries.persons, residential=int((census.use == "residential").sum()))
    _write_buildings(town, census)
    name = f"{ground.names.place(ground.cell.number)}社区"
    town.add("communities", [(code, name, ground.outline)])
    _write_lines(town, ground)
    _write_quarters(town, ground, parcels)
    grids = draw_old_grids(ground, rng)
    town.add("grids", [(g.code, g.name, g.locked, g.geometry) for g in grids])
    workers = appoint_workers(ground, grids, rng)
    town.add("workers", [(w.worker_id, w.grids, w.on_duty, w.skills, w.geometry) for w in workers])


def _write_buildings(town: _Town, census: Census) -> None:
    columns = {
        "building_id": census.ids,
        "floors": census.floors,
        "units_per_floor": census.units_per_floor,
        "use": census.use,
        "name": census.name,
        "address": census.address,
        "compound_id": census.compound,
    }
    town.layers["buildings"].add(columns, census.geometry)


def _write_lines(town: _Town, ground: Ground) -> None:
    roads = list(ground.roads())
    shapes = ground.lines([road.points for road in roads])
    town.seen.update(bridges=sum(road.bridge for road in roads))
    town.add(
        "roads",
        [
            (road.kind, road.name, road.bridge, road.tunnel, False, shape)
            for road, shape in zip(roads, shapes, strict=True)
        ],
    )
    if ground.lattice.has_rail(ground.cell):
        town.add("railways", [("rail", RAILWAY_NAME, ground.rail)])
    if ground.lattice.has_river(ground.cell):
        town.add("water", [("river", RIVER_NAME, ground.river)])


def _write_quarters(town: _Town, ground: Ground, parcels: list[Parcel]) -> None:
    for k, parcel in enumerate(parcels):
        name = parcel.compound_name or parcel.place_name
        if parcel.pond is not None:
            town.add("water", [("pond", name, parcel.pond)])
        if parcel.wall is not None:
            town.add("walls", [("wall", name, parcel.wall)])
        if parcel.compound is not None:
            town.add("compounds", [(compound_id(ground, k), name, parcel.compound)])
        if parcel.dedicated is not None:
            town.add("dedicated", [(name, parcel.owner, parcel.dedicated)])


def _facts(town: _Town, lattice: Lattice) -> TownFacts:
    counted = {name: town.layers[name].count for name in TownFacts.__slots__ if name in LAYERS}
    seen = {name: town.seen[name] for name in TownFacts.__slots__ if name not in LAYERS}
    seen |= {"communities": lattice.communities, "households": town.ledger.count}
    return TownFacts(**{**seen, **counted})
