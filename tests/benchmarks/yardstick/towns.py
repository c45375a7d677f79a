"""Towns to measure the partition on, each as one graph: its whole ground as a single community."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import shapely

import gis_data
from gridmap.ground.adjacency import Ground, build_ground
from gridmap.ground.communities import split_communities
from gridmap.layers import read_layers
from gridmap.layers.ledger import settle_households
from gridmap.plan.partition import Window
from gridmap.plan.zoning import Zoning, zone_ground
from gridmap.rules import Rules
from tests.benchmarks.yardstick.scores import add_outlines

if TYPE_CHECKING:
    from gridmap.schema import Community

NO_COMPOUND: Final = Window(0, -1, -1)
"""A window that no compound is small enough for: none of them stays whole."""

GENERATOR: Final = Path(__file__).parents[4] / "shared" / "bench"
"""Where the city generator is, where there is one: beside the project, not in it."""


@dataclass(frozen=True, slots=True)
class Town:
    """A whole town as one community, and its ground."""

    name: str
    community: Community
    ground: Ground


@dataclass(frozen=True, slots=True)
class Net:
    """
    A town's graph, with all that its parts are judged by.

    Arrays by node: `households`, `persons`, `area_m2`, `outline_m` (what of its outline is not
    shared with a neighbour one can walk to), `x`, `y`, `compound` (-1 outside). By edge: `first`,
    `second`, `cut_cost`, `length_m`, `clear_m`. By cell of the ground: its node in `node_of`.
    """

    households: np.ndarray
    persons: np.ndarray
    area_m2: np.ndarray
    outline_m: np.ndarray
    x: np.ndarray
    y: np.ndarray
    compound: np.ndarray
    first: np.ndarray
    second: np.ndarray
    cut_cost: np.ndarray
    length_m: np.ndarray
    clear_m: np.ndarray
    node_of: np.ndarray
    compound_of_cell: np.ndarray

    def __len__(self) -> int:
        return len(self.households)


def generate_town(folder: Path, *, buildings: int, seed: int) -> Path:
    """Write the layers of a town: by the city generator where there is one, else by our own."""
    layers = folder / f"layers-{buildings}-{seed}"
    if layers.exists():
        return layers
    if not (GENERATOR / "citygen.py").exists():
        gis_data.write_town(layers, buildings=buildings, seed=seed)
        return layers
    city = folder / f"city-{buildings}-{seed}"
    size = ["--buildings", str(buildings), "--seed", str(seed), "--out", str(city)]
    for script in (["citygen.py", *size], ["as_layers.py", str(city), str(layers)]):
        subprocess.run(  # noqa: S603 (scripts that were given to us for this)
            [sys.executable, str(GENERATOR / script[0]), *script[1:]],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return layers


def read_town(folder: Path) -> Town:
    """Read a layer folder as a single community that covers all of it."""
    layers = read_layers(folder)
    ledger = settle_households(layers, rules=Rules())
    outline = shapely.union_all(layers.communities.geometry.to_numpy())
    one = layers.communities.iloc[:1].set_geometry([outline], crs=layers.metric_crs)
    ledger.buildings["community_code"] = one.index[0]
    whole = type(layers)(
        **{name: getattr(layers, name) for name in layers.__slots__} | {"communities": one}
    )
    (community,) = split_communities(whole, ledger)
    return Town(folder.name, community, build_ground(community))


def town_net(town: Town, window: Window = NO_COMPOUND) -> Net:
    """
    Make a town's graph: a node a cell, or where a window is given a node an atom.

    Water goes with one bank either way. An atom is a compound that fits the window, or a cell.
    """
    zoning = zone_ground(town.ground, town.community, window)
    return _net(town.ground, zoning)


def _net(ground: Ground, zoning: Zoning) -> Net:
    node_of, touch, sides = zoning.atom, ground.touch, ground.sides
    count = len(zoning.graph)
    used = touch.is_passable & (node_of[touch.first] != node_of[touch.second])
    used &= (node_of[touch.first] >= 0) & (node_of[touch.second] >= 0)
    ends = np.sort(np.column_stack([node_of[touch.first], node_of[touch.second]])[used], axis=1)
    pairs, at = np.unique(ends, axis=0, return_inverse=True)
    length_m, clear_m, cut_cost = (
        np.bincount(at, weights[used], len(pairs))
        for weights in (touch.length_m, touch.clear_m, touch.cut_cost)
    )
    outline_m = add_outlines(sides.left, sides.right, sides.length_m, node_of, count)
    for end in (0, 1):
        outline_m -= np.bincount(pairs[:, end], length_m, count)
    cells = pd.DataFrame(
        {
            "node": node_of,
            "compound": zoning.compound,
            "x": ground.cells["x"].to_numpy(),
            "y": ground.cells["y"].to_numpy(),
            "area_m2": ground.cells.area.to_numpy(),
        }
    )
    nodes = cells[cells["node"] >= 0].groupby("node")
    middles = nodes[["x", "y"]].mean()
    return Net(
        households=zoning.graph.households,
        persons=zoning.graph.persons,
        area_m2=nodes["area_m2"].sum().to_numpy(),
        outline_m=np.maximum(outline_m, 0.0),
        x=middles["x"].to_numpy(),
        y=middles["y"].to_numpy(),
        compound=nodes["compound"].max().to_numpy(),
        first=pairs[:, 0],
        second=pairs[:, 1],
        cut_cost=cut_cost,
        length_m=length_m,
        clear_m=clear_m,
        node_of=node_of,
        compound_of_cell=zoning.compound,
    )
