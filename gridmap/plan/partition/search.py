"""
The search: many quick divisions, and then what they have in common.

A quick division comes of halving and of cycles. Each cycle melts the graph inside the parts there
are, cuts touching parts anew on the melted graph, and moves single nodes on it and on the graph
itself; what it makes worse on the way, now and then, is cooled out of the last ones. Several such
divisions agree on most of the graph. What no two of them part is melted, and on the little that is
left the search is long and cheap: that is where the good borders of all of them come together.

References
----------
.. [1] P. Sanders, C. Schulz (2012). "Distributed Evolutionary Graph Partitioning." ALENEX 2012.
   https://doi.org/10.1137/1.9781611972924.2 (combining divisions by what they agree on)
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from gridmap.plan.partition.coarsen import melt
from gridmap.plan.partition.dice import new_dice, shuffled
from gridmap.plan.partition.graph import renumber
from gridmap.plan.partition.neighbours import list_groups
from gridmap.plan.partition.net import Board, Net, board_of, contracted, net_of, rank_board
from gridmap.plan.partition.objective import Rule, Weights, excess_of, rule_of
from gridmap.plan.partition.recombine import cut_nodes, recombine
from gridmap.plan.partition.refine import border_nodes, refine

if TYPE_CHECKING:
    from gridmap.plan.partition.graph import Graph
    from gridmap.plan.partition.window import Window

CAP_SHARE: Final = 0.12
"""A melted node holds at most this share of a part: enough of them that sizes can be met."""

CHUNK: Final = 512
"""Groups or border nodes between two looks at the clock."""

HEAT: Final = 80.0
"""Points by which a quick division may get worse in one cut, at first."""

LATE_HEAT: Final = 30.0
"""The same where the agreed parts are melted."""

MENDING: Final = 6
"""How often what is out of the window is looked at once more, with all its neighbours."""

SHIFTS: Final = 8
"""How often all borders are gone along in search of single moves."""

Ranked = tuple[tuple[float, float], np.ndarray]
"""A division with its rank: excess first, objective second."""


@dataclass(frozen=True, slots=True)
class Effort:
    """
    How hard to search.

    In each of `rounds`, `divisions` are drawn afresh with so many `cycles` each, and brought
    together in so many `sweeps`. `trees` are drawn for every cut; single moves go on for
    `patience` steps that do not pay.
    """

    rounds: int = 2
    divisions: int = 4
    cycles: int = 3
    sweeps: int = 40
    trees: int = 3
    patience: int = 8


@dataclass(frozen=True, slots=True)
class Search:
    """What a search carries along: the rule, the dice, and when to stop (monotonic seconds)."""

    window: Window
    rng: np.random.Generator
    deadline_s: float = float("inf")
    weights: Weights = field(default_factory=Weights)
    effort: Effort = field(default_factory=Effort)

    @property
    def is_over(self) -> bool:
        """Is the time up."""
        return time.monotonic() >= self.deadline_s


def search_division(graph: Graph, search: Search) -> np.ndarray:
    """
    Divide a connected graph into parts inside the window, at a low price.

    Parameters
    ----------
    graph
        Connected, at least one node.
    search
        The rule, the dice and the deadline. The first division is always finished; the search
        for better ones stops at the deadline.

    Returns
    -------
    labels
        (n,) part of each node; every part is connected. With more rounds, or more time, never of
        a higher rank than with less.
    """
    run = _Run.of(graph, search)
    if excess_of(run.rule, run.net.loads.sum(axis=0)) <= 0:
        return np.zeros(len(graph), np.int64)
    best: Ranked | None = None
    for _ in range(search.effort.rounds):
        pool = [] if best is None else [best]
        for _ in range(search.effort.divisions):
            if pool and search.is_over:
                break
            pool.append(run.quick_division())
        found = min(pool, key=lambda each: each[0])
        if not search.is_over:
            found = min(found, run.agree(found, pool), key=lambda each: each[0])
        if best is not None and found[0] >= best[0]:
            break
        best = found
    assert best is not None  # noqa: S101 (there is a round)
    return best[1]


def shift_nodes(graph: Graph, labels: np.ndarray, search: Search) -> np.ndarray:
    """
    Move single nodes to a neighbouring part while that helps.

    Parameters
    ----------
    graph, labels, search
        As of :func:`search_division`.

    Returns
    -------
    labels
        (n,) every part still connected.
    """
    run = _Run.of(graph, search)
    board = board_of(run.net, run.rule, labels)
    for _ in range(SHIFTS):
        before = rank_board(run.net, run.rule, board)
        run.refine(run.net, board, 0)
        if rank_board(run.net, run.rule, board) >= before:
            break
    return board.label


@dataclass(frozen=True, slots=True)
class _Run:
    """One search on one connected graph."""

    net: Net
    rule: Rule
    dice: np.ndarray
    search: Search

    @classmethod
    def of(cls, graph: Graph, search: Search) -> _Run:
        rule = rule_of(search.window, search.weights)
        net = net_of(graph, rule.high, search.weights.cut)
        return cls(net, rule, new_dice(search.rng), search)

    def ranked(self, labels: np.ndarray) -> Ranked:
        """Rank a division of the whole graph; rounded, so that noise decides nothing."""
        excess, points = rank_board(self.net, self.rule, board_of(self.net, self.rule, labels))
        return (round(excess, 6), round(points, 6)), labels

    def was_cut_short(self) -> bool:
        """Tell whether what was just done may have been left half done."""
        return self.search.is_over

    def quick_division(self) -> Ranked:
        """Draw a division and improve it in a few cycles."""
        cycles = self.search.effort.cycles
        board = board_of(self.net, self.rule, self._halved())
        self.refine(self.net, board, 0)
        best = self.ranked(renumber(board.label))
        for cycle in range(cycles):
            if self.search.is_over:
                break
            board = self._cycle(board, HEAT * max(0.0, 1.0 - cycle / (0.7 * cycles)))
            if self.was_cut_short():  # half a cycle may look better than the whole of it
                break
            best = min(best, self.ranked(renumber(board.label)), key=lambda each: each[0])
        return best

    def agree(self, start: Ranked, pool: list[Ranked]) -> Ranked:
        """Go on from one of several divisions where they differ."""
        common = np.zeros(len(self.net.area), np.int64)
        for _, labels in pool:
            common = renumber(common * (labels.max() + 1) + labels)
        net, melted, board = self._melted(common, start[1], 2.0, 0.0)
        best, found = rank_board(net, self.rule, board), board.label.copy()
        sweeps = self.search.effort.sweeps
        for sweep in range(sweeps):
            if self.search.is_over:
                break
            self._recombine(net, board, LATE_HEAT * max(0.0, 1.0 - sweep / (0.8 * sweeps)))
            self.refine(net, board, 3)
            if self.was_cut_short():
                break
            rank = rank_board(net, self.rule, board)
            if rank < best:
                best, found = rank, board.label.copy()
        fine = board_of(self.net, self.rule, found[melted])
        for _ in range(2):
            self.refine(self.net, fine, self.search.effort.patience)
        self._mend(fine, MENDING)
        return self.ranked(renumber(fine.label))

    def _halved(self) -> np.ndarray:
        """Halve the graph, melted, until no part is better off cut."""
        whole = np.zeros(len(self.net.area), np.int64)
        net, melted, _ = self._melted(whole, whole, CAP_SHARE, 0.3)
        count, trees = len(net.area), self.search.effort.trees
        labels, place = np.zeros(count, np.int64), np.full(count, -1)
        heap, parts = [np.arange(count)], 0
        while heap:
            nodes = heap.pop()
            side = cut_nodes(net, self.rule, nodes, place, trees, self.dice)
            if len(side):
                heap += [nodes[side], nodes[~side]]
            else:
                labels[nodes] = parts
                parts += 1
        return labels[melted]

    def _melted(
        self, inside: np.ndarray, labels: np.ndarray, share: float, noise: float
    ) -> tuple[Net, np.ndarray, Board]:
        """Melt nodes inside some parts to a share of what a part may hold; divide as before."""
        parts = max(float((self.net.loads.sum(axis=0) / self.rule.high).max()), 1.0)
        most = max(2.0, 3.0 * share * len(labels) / parts) if share < 1 else float(len(labels))
        melted, count = melt(self.net, inside, share * self.rule.high, most, noise, self.dice)
        net, coarse = contracted(self.net, melted, count), np.zeros(count, np.int64)
        coarse[melted] = labels
        return net, melted, board_of(net, self.rule, renumber(coarse))

    def _cycle(self, board: Board, heat: float) -> Board:
        """Cut groups of parts anew on the melted graph, and refine."""
        labels = renumber(board.label)
        share = CAP_SHARE * (0.2 + 0.6 * float(self.dice[0] % np.uint64(1000)) / 1000)
        net, melted, coarse = self._melted(labels, labels, share, 0.5)
        self._recombine(net, coarse, heat)
        self.refine(net, coarse, 0)
        fine = board_of(self.net, self.rule, coarse.label[melted])
        self.refine(self.net, fine, 0)
        self._mend(fine, 1)
        return fine

    def _mend(self, board: Board, times: int) -> None:
        """Cut wider groups anew around parts out of the window."""
        for _ in range(times):
            before = rank_board(self.net, self.rule, board)[0]
            if before <= 0 or self.search.is_over:
                break
            self._recombine(self.net, board, 0.0, is_repair=True)
            self.refine(self.net, board, 0)

    def _recombine(self, net: Net, board: Board, heat: float, *, is_repair: bool = False) -> None:
        groups = list_groups(net, self.rule, board, is_repair, self.dice)
        trees = self.search.effort.trees + 2 * is_repair
        for at in range(0, len(groups), CHUNK):
            if self.search.is_over:
                break
            recombine(net, self.rule, board, groups[at : at + CHUNK], trees, heat, self.dice)

    def refine(self, net: Net, board: Board, patience: int) -> None:
        seeds = border_nodes(net, board)
        seeds = seeds[shuffled(len(seeds), self.dice)]
        for at in range(0, len(seeds), CHUNK):
            if self.search.is_over:
                break
            refine(net, self.rule, board, seeds[at : at + CHUNK], patience, self.dice)
