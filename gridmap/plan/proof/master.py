"""
Choosing columns that hold each node once, at the least cost.

The linear relaxation says what each node earns; columns that cost less than their nodes earn are
searched for and added, until there are none [1]_: then the earnings add up to a lower bound. Every
column of a division better than the one at hand costs at most the gap more than its nodes earn, and
among those few the best choice is found by branch and bound.

References
----------
.. [1] C. Barnhart, E. L. Johnson, G. L. Nemhauser, M. W. P. Savelsbergh, P. H. Vance (1998).
   "Branch-and-price: column generation for solving huge integer programs." Operations Research,
   46(3), 316-329. doi:10.1287/opre.46.3.316
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack

from gridmap.plan.partition.graph import renumber
from gridmap.plan.proof.columns import Columns, Wanted, list_columns, members_of

if TYPE_CHECKING:
    from gridmap.plan.partition.objective import Rule
    from gridmap.plan.proof.field import Field

INFEASIBLE: Final = 2
"""What the solver calls a choice that cannot be made."""

NOISE: Final = 1e-7
"""What the solver may be wrong by in an earning, against the dearest column."""

BOX: Final = 0.1
"""How far earnings may leave those that gave the best bound for nothing, as a share."""

HOLD: Final = 0.8
"""What they lose of each point beyond, as a share, at first."""

LEAST_HOLD: Final = 0.01
"""Less than this is nothing."""

LOOSER: Final = (0.002, 0.01, 0.05)
"""What a search that was too long gives up of the bound, as shares of it, until it ends."""


@dataclass(frozen=True, slots=True)
class Limit:
    """
    How much work a proof may be: columns to choose among, branches looked at, nodes of the solver.

    All of it is counted, not timed, so that the same graph has the same proof on every machine. A
    single search may take a quarter of the branches.
    """

    columns: int = 60_000
    steps: int = 16_000_000
    batch: int = 10_000
    rounds: int = 60
    nodes: int = 5_000


@dataclass(frozen=True, slots=True)
class Problem:
    """
    A graph to be divided, the rule with the weights, and how much work it may be.

    At `deadline_s`, on the monotonic clock, the work ends wherever it is.
    """

    field: Field
    rule: Rule
    limit: Limit
    deadline_s: float = float("inf")

    @property
    def seconds_left(self) -> float:
        """Give the time until the deadline, at least 0."""
        return max(0.0, self.deadline_s - time.monotonic())

    def excess(self, masks: np.ndarray) -> np.ndarray:
        """Count the households of each part outside the window."""
        held = members_of(masks, len(self.field.loads)) @ self.field.loads
        return (
            np.maximum(np.maximum(self.rule.low - held, held - self.rule.high), 0) @ self.rule.unit
        )

    def most_parts(self, budget: float) -> float:
        """Say how many parts a division can have."""
        most, held = float(len(self.field.loads)), self.field.loads.sum(axis=0)
        for kind in np.flatnonzero(self.rule.low > 0).tolist():
            reach = held[kind] + budget / self.rule.unit[kind]
            most = min(most, float(reach / self.rule.low[kind]))
        return most


@dataclass(frozen=True, slots=True)
class Answer:
    """A division, its cost, and what every division costs at least."""

    labels: np.ndarray
    value: float
    bound: float


@dataclass(slots=True)
class Master:
    """
    The columns at hand, the linear programme over them, and what it says nodes earn.

    `budget` is the excess that may be spent, `fine` the price of it. With a fine from the start
    the excess is all that counts. Below `slack` nothing is worth being found.
    """

    problem: Problem
    budget: float
    masks: np.ndarray
    costs: np.ndarray
    excesses: np.ndarray
    slack: float
    fine: float = 0.0
    bound: float = 0.0
    steps: int = 0
    earnings: np.ndarray = field(init=False)
    centre: np.ndarray = field(init=False)
    hold: float = HOLD
    is_boxed: bool = True
    has_budget: bool = field(init=False)
    counts_excess: bool = field(init=False)

    def __post_init__(self) -> None:
        share = np.maximum(self.problem.field.loads[:, 0], 1e-3)
        self.earnings = float(self.costs.sum()) * share / share.sum()
        self.centre = self.earnings
        self.counts_excess = self.fine > 0
        self.has_budget = self.budget > 0 and not self.counts_excess

    def solve(self, labels: np.ndarray) -> Answer:
        """
        Raise the bound until no column is left that would lower it, then choose.

        Parameters
        ----------
        labels
            (n,) the division the columns came from.

        Returns
        -------
        answer
            Its bound equals its value where it was proven best, up to the slack.
        """
        best = Answer(labels, float(self.costs.sum()), 0.0)
        for _ in range(self.problem.limit.rounds):
            has_more = self._add_columns()
            if self._is_closed(best) or not (has_more or self.is_boxed):
                break
            if not has_more:
                self.centre = self.earnings
                self.hold = self.hold / 4 if self.hold > LEAST_HOLD else 0.0
            if self.steps > self.problem.limit.steps or not self.problem.seconds_left:
                self._loosen()
                break
            self._price()
        if not self._is_closed(best):
            best = self._choose(self._near(best.value), best)
        if not self._is_closed(best) and self.problem.seconds_left:
            columns = self._list(best.value - self.bound + self.slack, self.problem.limit.columns)
            if columns.is_complete:
                best = self._choose(replace(columns, cost=self._costs_of(columns)), best)
        bound = max(self.bound, best.bound)
        return replace(best, bound=best.value if bound >= best.value - self.slack else bound)

    def _is_closed(self, best: Answer) -> bool:
        return best.value - max(self.bound, best.bound) <= self.slack

    def _list(self, worth: float, limit: int, a_root: int = 2**62) -> Columns:
        wanted = Wanted(
            self.earnings,
            worth=worth,
            excess=self.budget,
            fine=self.fine,
            limit=limit,
            a_root=a_root,
            steps=self.problem.limit.steps // 4,
            may_strand=self.budget > 0,
        )
        columns = list_columns(self.problem.field, self.problem.rule, wanted)
        self.steps += columns.steps
        return columns

    def _costs_of(self, columns: Columns) -> np.ndarray:
        return columns.excess if self.counts_excess else columns.cost

    def _reduced(self, columns: Columns, costs: np.ndarray) -> np.ndarray:
        earned = columns.members(len(self.earnings)) @ self.earnings
        return costs + (self.fine * columns.excess if self.has_budget else 0.0) - earned

    def _add_columns(self) -> bool:
        """Search for columns that cost less than they earn; False if there are none."""
        limit, count = self.problem.limit, len(self.earnings)
        noise = NOISE * max(float(self.costs.max()), 1.0)
        columns = self._list(-noise, limit.columns, limit.batch // count + 1)
        costs = self._costs_of(columns)
        reduced = self._reduced(columns, costs)
        useful = reduced < -noise
        if columns.is_complete:
            self._raise_bound(min(float(reduced.min(initial=0.0)), -noise))
        elif not useful.any():
            self._loosen()
        self.masks = np.concatenate([self.masks, columns.masks[useful]])
        self.costs = np.concatenate([self.costs, costs[useful]])
        self.excesses = np.concatenate([self.excesses, columns.excess[useful]])
        return bool(useful.any())

    def _raise_bound(self, least: float) -> None:
        """Note the bound that earnings give when no column costs less than `least` above them."""
        earned = float(self.earnings.sum()) - (self.fine * self.budget if self.has_budget else 0.0)
        found = earned + self.problem.most_parts(self.budget) * least
        if found > self.bound:
            self.bound, self.centre = found, self.earnings

    def _loosen(self) -> None:
        """Get what bound can be had where the search for the last columns is too long."""
        for share in LOOSER:
            least = -share * float(self.earnings.sum()) / self.problem.most_parts(self.budget)
            columns = self._list(least, 1)
            if columns.is_complete and not len(columns):
                self._raise_bound(least)
                return

    def _price(self) -> None:
        """
        Solve the linear programme for what nodes earn, near to what gave the best bound.

        Two columns a node hold its earnings in a box around the centre: without it they leap from
        one end to the other where few columns are at hand, and the search for more gets long.
        """
        count = len(self.earnings)
        members = csr_array(members_of(self.masks, count).T.astype(float))
        reach = BOX * np.maximum(np.abs(self.centre), self.centre.sum() / count)
        more = eye_array(count)
        spent = np.concatenate([self.excesses, np.zeros(2 * count)])
        solved = linprog(
            np.concatenate([self.costs, self.centre + reach, reach - self.centre]),
            A_eq=hstack([members, more, -more]).tocsr(),
            b_eq=np.ones(count),
            A_ub=csr_array(spent[None, :]) if self.has_budget else None,
            b_ub=np.array([self.budget]) if self.has_budget else None,
            bounds=[(0, None)] * len(self.costs) + [(0, self.hold)] * (2 * count),
            method="highs",
        )
        self.earnings = np.asarray(solved.eqlin.marginals)
        self.is_boxed = bool(solved.x[len(self.masks) :].max() > NOISE)
        if self.has_budget:
            self.fine = max(0.0, -float(solved.ineqlin.marginals[0]))

    def _near(self, value: float) -> Columns:
        """Give the columns at hand that a division better than `value` could hold."""
        columns = Columns(self.masks, self.costs, self.excesses, is_complete=False, steps=0)
        near = self._reduced(columns, self.costs) <= value - self.bound + self.slack
        return replace(
            columns,
            masks=self.masks[near],
            cost=self.costs[near],
            excess=self.excesses[near],
        )

    def _choose(self, columns: Columns, best: Answer) -> Answer:
        """Choose columns at their cost; a complete list gives a bound."""
        members = columns.members(len(self.earnings))
        if not members.any(axis=0).all():
            return replace(best, bound=best.value) if columns.is_complete else best
        solved = self._solve_choice(columns, members)
        bound = best.bound
        if columns.is_complete:
            told = best.value if solved.status == INFEASIBLE else solved.mip_dual_bound or 0.0
            bound = min(best.value, float(told))
        if solved.x is None or solved.fun >= best.value - self.slack:
            return replace(best, bound=bound)
        chosen = members[np.round(solved.x) == 1]
        return Answer(renumber(np.argmax(chosen, axis=0)), float(solved.fun), bound)

    def _solve_choice(self, columns: Columns, members: np.ndarray) -> Any:  # noqa: ANN401 (scipy's)
        rules = [LinearConstraint(csr_array(members.T.astype(float)), 1, 1)]
        if self.has_budget:
            spent = csr_array(columns.excess[None, :])
            rules.append(LinearConstraint(spent, -np.inf, self.budget + 1e-7))
        return milp(
            columns.cost,
            constraints=rules,
            integrality=np.ones(len(columns)),
            bounds=Bounds(0, 1),
            options={
                "mip_rel_gap": 0.0,
                "node_limit": self.problem.limit.nodes,
                "time_limit": self.problem.seconds_left,
            },
        )
