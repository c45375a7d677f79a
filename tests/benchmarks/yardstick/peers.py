"""
The peers of the partition: METIS and KaHIP, given the graph our own engine is given.

They divide a connected graph into a number of parts that is fixed beforehand, around the mean.
"""

from __future__ import annotations

import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import kahip
import numpy as np
import pymetis

from gridmap.plan.partition import Graph, Search, Window, partition, renumber

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KAFFPA: Final = Path(kahip.__file__).parents[1] / "bin" / "kaffpa"
"""The program that comes with the wheel: only it, not the module, can keep blocks connected."""

TOTAL_WEIGHT: Final = 5e8
"""Peers count in whole numbers of 32 bits: prices are scaled so that they add up to this."""

METIS_RUNS: Final = 5
"""METIS is quick: it may try as many seeds on each town, and the best of them counts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of each node, and the processor time it took to find: others may use the machine."""

    labels: np.ndarray
    seconds: float


@dataclass(frozen=True, slots=True)
class Method:
    """One way of dividing; `divide` takes a graph, the window and a seed."""

    name: str
    divide: Callable[[Graph, Window, int], Answer]
    runs: int = 1  # how many tries a town
    is_ours: bool = False


def methods() -> Sequence[Method]:
    """List what is compared: ours first, then the peers from the quickest to the slowest."""
    found = [Method("gridmap", divide_ourselves, is_ours=True)]
    found += [metis(ufactor) for ufactor in (30, 100, 250)]
    found += [kaffpa(percent, is_connected=True) for percent in (5, 10, 20)]
    return [*found, kaffpa(20, is_connected=False)]


def divide_ourselves(graph: Graph, window: Window, seed: int) -> Answer:
    """Divide by our own engine."""
    search = Search(window, np.random.default_rng(seed))
    began = time.process_time()
    labels = partition(graph, search)
    return Answer(labels, time.process_time() - began)


def metis(ufactor: int) -> Method:
    """Divide by METIS, k-way and contiguous; parts may be `ufactor` thousandths too heavy."""

    def divide(graph: Graph, count: int, seed: int) -> Answer:
        xadj, adjncy, weights = _rows(graph)
        options = pymetis.Options(ufactor=ufactor, seed=seed, contig=1)
        began = time.process_time()
        _, found = pymetis.part_graph(
            count,
            xadj=xadj,
            adjncy=adjncy,
            vweights=graph.households,
            eweights=weights,
            recursive=False,
            options=options,
        )
        return Answer(np.asarray(found), time.process_time() - began)

    return Method(f"METIS, contiguous, ufactor {ufactor}", _by_component(divide), runs=METIS_RUNS)


def kaffpa(percent: int, *, is_connected: bool) -> Method:
    """Divide by KaHIP's strong preconfiguration; parts may be `percent` too heavy."""

    def divide(graph: Graph, count: int, seed: int) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "graph", Path(folder) / "parts"
            source.write_text(_as_metis_file(graph), "ascii")
            words = [str(KAFFPA), str(source), "--preconfiguration=strong", f"--k={count}"]
            words += [f"--seed={seed}", f"--imbalance={percent}", f"--output_filename={target}"]
            words += ["--connected_blocks"] if is_connected else []
            before = _time_of_children()
            subprocess.run(words, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
            seconds = _time_of_children() - before
            return Answer(np.loadtxt(target, dtype=np.int64), seconds)

    name = f"KaHIP strong, {'connected, ' if is_connected else ''}{percent} %"
    return Method(name, _by_component(divide))


def _time_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _by_component(
    divide: Callable[[Graph, int, int], Answer],
) -> Callable[[Graph, Window, int], Answer]:
    """Let a peer that wants connected graphs divide each component."""

    def divide_all(graph: Graph, window: Window, seed: int) -> Answer:
        labels, seconds, used = np.zeros(len(graph), np.int64), 0.0, 0
        components = graph.components()
        for component in range(int(components.max(initial=-1)) + 1):
            nodes = np.flatnonzero(components == component)
            region = graph.part(nodes)
            count = round(region.households.sum() / ((window.low + window.high) / 2))
            if count > 1:
                answer = divide(region, count, seed)
                labels[nodes] = answer.labels + used
                seconds += answer.seconds
            else:
                labels[nodes] = used
            used = int(labels.max()) + 1
        return Answer(renumber(labels), seconds)

    return divide_all


def _rows(graph: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the graph row by row: where rows start, neighbours, prices as whole numbers."""
    scale = TOTAL_WEIGHT / graph.cut_cost.sum()
    weights = np.maximum(np.round(graph.cut_cost * scale), 1).astype(np.int64)
    matrix = graph.matrix(weights)
    return matrix.indptr, matrix.indices, matrix.data


def _as_metis_file(graph: Graph) -> str:
    xadj, adjncy, weights = _rows(graph)
    lines = [f"{len(graph)} {len(graph.first)} 11"]
    pairs = np.column_stack([adjncy + 1, weights]).ravel().tolist()
    for node, households in enumerate(graph.households.tolist()):
        row = pairs[2 * xadj[node] : 2 * xadj[node + 1]]
        lines.append(" ".join(map(str, [households, *row])))
    return "\n".join(lines) + "\n"
