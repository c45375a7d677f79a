"""The partition's whole world: nodes with weights, edges with the price of cutting them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True, slots=True)
class Graph:
    """
    Ground as nodes and edges.

    Nodes are numbered from 0. An edge joins `first` to `second` and is listed once; cutting it,
    which is to put its ends into different parts, costs `cut_cost` points.
    """

    households: np.ndarray  # (n,) whole numbers
    persons: np.ndarray  # (n,)
    first: np.ndarray  # (m,)
    second: np.ndarray  # (m,)
    cut_cost: np.ndarray  # (m,) not negative

    def __len__(self) -> int:
        return len(self.households)

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
            k nodes; parallel edges are added up, edges inside a node are gone.
        """
        count = int(labels.max()) + 1 if len(labels) else 0
        ends = np.sort(np.column_stack([labels[self.first], labels[self.second]]), axis=1)
        apart = ends[:, 0] != ends[:, 1]
        pairs, at = np.unique(ends[apart], axis=0, return_inverse=True)
        cost = np.bincount(at, self.cut_cost[apart], len(pairs))
        return Graph(
            households=np.bincount(labels, self.households, count).astype(np.int64),
            persons=np.bincount(labels, self.persons, count).astype(np.int64),
            first=pairs[:, 0],
            second=pairs[:, 1],
            cut_cost=cost,
        )

    def part(self, nodes: np.ndarray) -> Graph:
        """Give the graph on some `nodes`, numbered in the order they are given."""
        place = np.full(len(self), -1)
        place[nodes] = np.arange(len(nodes))
        first, second = place[self.first], place[self.second]
        inside = (first >= 0) & (second >= 0)
        return Graph(
            self.households[nodes],
            self.persons[nodes],
            first[inside],
            second[inside],
            self.cut_cost[inside],
        )

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
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
