"""The partition's whole world: nodes with weights, edges with the price of cutting them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True, slots=True)
class Shape:
    """
    Where nodes lie, as far as the shape of a part hangs on it.

    `outline_m` is what a node's border shares with no neighbour in the graph. A graph of shapes
    has all three; one that is only numbers has none.
    """

    area_m2: np.ndarray  # (n,)
    outline_m: np.ndarray  # (n,)
    length_m: np.ndarray  # (m,) metres of border along each edge


@dataclass(frozen=True, slots=True)
class Graph:
    """
    Ground as nodes and edges.

    Nodes are numbered from 0. An edge joins `first` to `second` and is listed once; cutting it,
    which is to put its ends into different parts, costs `cut_cost` points. `others` are further
    loads, a column each. `group` is the compound a node is a piece of where that compound is too
    big to stay whole, else -1.
    """

    households: np.ndarray  # (n,) whole numbers
    persons: np.ndarray  # (n,)
    first: np.ndarray  # (m,)
    second: np.ndarray  # (m,)
    cut_cost: np.ndarray  # (m,) not negative
    shape: Shape | None = None
    others: np.ndarray | None = None  # (n, L - 2)
    group: np.ndarray | None = None  # (n,)

    def __len__(self) -> int:
        return len(self.households)

    def loads(self) -> np.ndarray:
        """Give all loads, (n, L): households, persons, then the others."""
        columns = [self.households[:, None], self.persons[:, None]]
        if self.others is not None:
            columns.append(self.others)
        return np.ascontiguousarray(np.hstack(columns), float)

    def matrix(self, weights: np.ndarray) -> csr_array:
        """Give the graph as a symmetric sparse matrix of edge `weights`."""
        rows = np.concatenate([self.first, self.second])
        columns = np.concatenate([self.second, self.first])
        both = np.concatenate([weights, weights])
        return coo_array((both, (rows, columns)), shape=(len(self), len(self))).tocsr()

    def components(self) -> np.ndarray:
        """Give each node the number of its connected component, in the order they appear."""
        _, found = connected_components(self.matrix(np.ones(len(self.first))), directed=False)
        return renumber(found)

    def contract(self, labels: np.ndarray) -> Graph:
        """
        Melt the nodes of each label into one.

        Parameters
        ----------
        labels
            (n,) the new node of each node, 0 … k-1.

        Returns
        -------
        graph
            k nodes; parallel edges are added up, edges inside a node are gone. A node is in a
            group if all it was made of are in that one.
        """
        count = int(labels.max()) + 1 if len(labels) else 0
        first, second = labels[self.first], labels[self.second]
        apart = first != second
        low, high = np.minimum(first, second)[apart], np.maximum(first, second)[apart]
        keys, at = np.unique(low * count + high, return_inverse=True)
        shape = self.shape
        if shape is not None:
            shape = Shape(
                np.bincount(labels, shape.area_m2, count),
                np.bincount(labels, shape.outline_m, count),
                np.bincount(at, shape.length_m[apart], len(keys)),
            )
        return Graph(
            households=np.bincount(labels, self.households, count).astype(np.int64),
            persons=np.bincount(labels, self.persons, count).astype(np.int64),
            first=keys // max(count, 1),
            second=keys % max(count, 1),
            cut_cost=np.bincount(at, self.cut_cost[apart], len(keys)),
            shape=shape,
            others=_sums(labels, self.others, count),
            group=_common(labels, self.group, count),
        )

    def part(self, nodes: np.ndarray) -> Graph:
        """
        Give the graph on some nodes.

        Parameters
        ----------
        nodes
            Numbered anew in the order they are given.

        Returns
        -------
        graph
            The border to nodes left out is outline now.
        """
        place = np.full(len(self), -1)
        place[nodes] = np.arange(len(nodes))
        first, second = place[self.first], place[self.second]
        inside = (first >= 0) & (second >= 0)
        shape = self.shape
        if shape is not None:
            lost = np.zeros(len(nodes))
            for end, other in ((first, second), (second, first)):
                torn = (end >= 0) & (other < 0)
                lost += np.bincount(end[torn], shape.length_m[torn], len(nodes))
            shape = Shape(
                shape.area_m2[nodes], shape.outline_m[nodes] + lost, shape.length_m[inside]
            )
        return Graph(
            self.households[nodes],
            self.persons[nodes],
            first[inside],
            second[inside],
            self.cut_cost[inside],
            shape=shape,
            others=None if self.others is None else self.others[nodes],
            group=None if self.group is None else self.group[nodes],
        )

    def parts_beside(self, labels: np.ndarray, part: int) -> list[int]:
        """Give the parts that touch one, in order; `labels` is (n,) the part of each node."""
        first, second = labels[self.first], labels[self.second]
        beside = np.concatenate([second[first == part], first[second == part]])
        return [other for other in np.unique(beside).tolist() if other != part]

    def unpriced(self) -> Graph:
        """Give the same graph with borders that cost nothing."""
        return replace(self, cut_cost=np.zeros(len(self.first)))

    def cost_of(self, labels: np.ndarray) -> float:
        """Add up the price of every edge that `labels` cut."""
        return float(self.cut_cost[labels[self.first] != labels[self.second]].sum())


def renumber(labels: np.ndarray) -> np.ndarray:
    """
    Give labels the numbers 0 … k-1 in the order they first appear.

    Parameters
    ----------
    labels
        (n,) any whole numbers.

    Returns
    -------
    numbers
        (n,) equal where the labels are.
    """
    return pd.factorize(labels)[0].astype(np.int64, copy=False)


def _sums(labels: np.ndarray, columns: np.ndarray | None, count: int) -> np.ndarray | None:
    if columns is None:
        return None
    sums = [np.bincount(labels, column, count) for column in columns.T]
    return np.column_stack(sums) if sums else np.zeros((count, 0))


def _common(labels: np.ndarray, group: np.ndarray | None, count: int) -> np.ndarray | None:
    if group is None:
        return None
    low, high = np.full(count, group.max(initial=-1)), np.full(count, -1)
    np.minimum.at(low, labels, group)
    np.maximum.at(high, labels, group)
    return np.where(low == high, low, -1)
