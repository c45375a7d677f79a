"""
Census areas to divide into districts of equal population, and GerryChain's way of doing it.

Units touch where they share a stretch of border (rook), and every such pair costs one to cut.
Islands are joined to what is nearest, so that the graph is connected; so are the pieces of a real
district, which a bridge or a ferry holds together, so that the real districts are connected too:
the same for everybody.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import gerrychain
import networkx as nx
import numpy as np
import shapely
from gerrychain.constraints import contiguous
from gerrychain.partition import recursive_tree_part
from gerrychain.proposals import recom
from gerrychain.proposals.tree_proposals import MetagraphError
from gerrychain.tree import BalanceError, bipartition_tree
from gerrychain.updaters import Tally

from gridmap.plan.partition import Graph, renumber
from gridmap.plan.zoning import components

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS: Final = Path(__file__).parents[4] / "shared" / "data" / "partition-benchmark"
"""Where the units are, where they are: beside the project, not in it."""

ATTEMPTS: Final = 200
"""Trees drawn before a pair of districts, or a plan to start from, is given up."""

STARTS: Final = 10
WIDER: Final = 1.5
"""After so many plans given up, districts may be farther from equal by this factor."""


@dataclass(frozen=True, slots=True)
class Task:
    """Units, which of them touch, and the districts they really are in."""

    name: str
    population: np.ndarray
    first: np.ndarray
    second: np.ndarray
    real: np.ndarray

    @property
    def count(self) -> int:
        """How many districts there are to be."""
        return int(self.real.max()) + 1

    @property
    def graph(self) -> Graph:
        """The units as the partition wants them: persons stand for households."""
        persons = np.round(self.population).astype(np.int64)
        return Graph(persons, persons, self.first, self.second, np.ones(len(self.first)))

    def result(self, labels: np.ndarray, seconds: float) -> Result:
        """Measure how far a division is from equal, and what it cuts."""
        people = np.bincount(labels, self.population)
        off = np.abs(people / people.mean() - 1)
        cut = int((labels[self.first] != labels[self.second]).sum())
        return Result(len(people), float(off.max()), float(off.mean()), cut, seconds)


@dataclass(frozen=True, slots=True)
class Result:
    """Districts, their greatest and mean share of deviation from equal, cut edges, seconds."""

    districts: int
    worst_off: float
    mean_off: float
    cut_edges: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Sample:
    """The best of a walk, and how far from equal its plans could be."""

    best: Result
    within: float


def read_tasks() -> Iterator[Task]:
    """Read what there is to divide: a city into wards, a state into three kinds of districts."""
    wanted = {
        "providence_blocks": {"ward": "Providence, wards"},
        "ri_precincts": {
            "senate": "Rhode Island, senate",
            "house": "Rhode Island, house",
            "cd": "Rhode Island, congress",
        },
    }
    for file, columns in wanted.items():
        units = gpd.read_parquet(UNITS / f"{file}.parquet")
        first, second = _touching(units.geometry.to_numpy())
        population = units["population"].to_numpy(np.float64)
        for column, name in columns.items():
            _, real = np.unique(units[column].astype(str), return_inverse=True)
            joined = _joined_inside(units.geometry.to_numpy(), first, second, real)
            yield Task(name, population, *joined, renumber(real))


def sample_districts(task: Task, *, steps: int, within: float, seed: int) -> Sample:
    """
    Walk ReCom for so many steps and give the plan that cuts the fewest edges.

    Where no plan to start from is found `within` that share of equal, it is widened by and by.
    """
    began = time.process_time()
    dice = random.Random(seed)  # noqa: S311 (a benchmark is no secret)
    start, within = _start(task, within, dice)
    mean = sum(start["population"].values()) / task.count
    cut_tree = partial(bipartition_tree, max_attempts=ATTEMPTS, allow_pair_reselection=True)

    def propose(plan: gerrychain.Partition, **_: object) -> gerrychain.Partition:
        return recom(plan, "population", mean, within, bipartition_tree_fn=cut_tree, rng=dice)

    chain = gerrychain.MarkovChain(
        propose, [contiguous], initial_partition=start, total_steps=steps, rng=dice
    )
    best = start
    with suppress(MetagraphError):  # where no pair of districts can be cut anew, the walk ends
        for plan in chain:
            best = min(best, plan, key=lambda each: len(each["cut_edges"]))
    return Sample(task.result(_labels(best), time.process_time() - began), within)


def _start(task: Task, within: float, dice: random.Random) -> tuple[gerrychain.Partition, float]:
    web = nx.Graph()
    persons = enumerate(task.population.tolist())
    web.add_nodes_from((node, {"population": number}) for node, number in persons)
    web.add_edges_from(zip(task.first.tolist(), task.second.tolist(), strict=True))
    graph = gerrychain.Graph.from_networkx(web)
    draw = partial(
        recursive_tree_part, bipartition_tree_fn=partial(bipartition_tree, max_attempts=ATTEMPTS)
    )
    for attempt in count(1):
        try:
            plan = gerrychain.Partition.from_random_assignment(
                graph,
                task.count,
                within,
                "population",
                {"population": Tally("population")},
                partition_fn=draw,
                rng=dice,
            )
        except (RuntimeError, BalanceError):
            within *= WIDER if attempt % STARTS == 0 else 1.0
        else:
            break
    return plan, within


def _touching(units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = shapely.STRtree(units).query(units, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    outlines = shapely.boundary(units)
    is_side = shapely.length(shapely.intersection(outlines[first], outlines[second])) > 0
    first, second = first[is_side], second[is_side]
    first, second = _joined(units, first, second)
    return np.minimum(first, second), np.maximum(first, second)


def _joined_inside(
    units: np.ndarray, first: np.ndarray, second: np.ndarray, real: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Join the pieces of real districts."""
    inside = real[first] == real[second]
    links = [(first, second)]
    for district in range(int(real.max()) + 1):
        nodes = np.flatnonzero(real == district)
        own = inside & (real[first] == district)
        ends = np.searchsorted(nodes, first[own]), np.searchsorted(nodes, second[own])
        one, other = _joined(units[nodes], *ends)
        new = slice(int(own.sum()), None)
        links.append((nodes[one[new]], nodes[other[new]]))
    first, second = (np.concatenate(ends) for ends in zip(*links, strict=True))
    return np.minimum(first, second), np.maximum(first, second)


def _joined(
    units: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Join what does not hang together where it is nearest, behind the pairs there are."""
    piece = components(len(units), first, second)
    while piece.any():
        inner, outer = np.flatnonzero(piece == piece[-1]), np.flatnonzero(piece != piece[-1])
        near, gap = shapely.STRtree(units[outer]).query_nearest(
            units[inner], return_distance=True, all_matches=False
        )
        best = int(np.argmin(gap))
        first = np.append(first, inner[near[0][best]])
        second = np.append(second, outer[near[1][best]])
        piece = components(len(units), first, second)
    return first, second


def _labels(plan: gerrychain.Partition) -> np.ndarray:
    original = plan.graph.original_nx_node_id_for_internal_node_id
    given = {original(node): part for node, part in plan.assignment.to_dict().items()}
    return renumber(np.array([given[node] for node in range(len(given))]))
