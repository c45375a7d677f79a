"""
Each connected set of a small graph exactly once, in compiled loops over bits.

From its lowest node on, every node that touches the set is either taken in or shut out for good
[1]_. A branch is left as soon as nothing it leads to can be wanted: its loads are beyond a limit or
cannot come up to one, or its price cannot come down to what it may be. What the nodes still to come
could bring is bounded by the fractional knapsack of their gains, through its dual. The shape of a
part is convex in its perimeter P and area A, as P²/A >= 2tP - t²A, which adds up over edges and
nodes as the border does.

References
----------
.. [1] S. Wernicke (2006). "Efficient detection of network motifs." IEEE/ACM Transactions on
   Computational Biology and Bioinformatics, 3(4), 347-359. doi:10.1109/TCBB.2006.51
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.compiled import compiled
from gridmap.plan.partition.objective import SNAKE, Rule, size_points
from gridmap.plan.proof.field import (
    NOISE,
    Field,
    Mask,
    fits_some_number,
    flood,
    lowest,
    price_set,
    total,
)

USUAL = 1.6
"""Perimeter² by 4π · area of a usual part: where the line under the shape's cost touches it."""

Triple = tuple[float, float, float]
Limits = tuple[int, int, int, bool, int]
Stack = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Sets = tuple[np.ndarray, np.ndarray, np.ndarray, bool, int]


class World(NamedTuple):
    """
    What the loops look up besides the graph.

    `bent` and `gains` are the price of edges and the earnings of nodes with what a shape costs at
    least put on them, but for `offset` points a part.
    """

    rule: Rule
    earnings: np.ndarray  # (n,)
    everything: np.uint64
    bent: np.ndarray  # (n, n)
    gains: np.ndarray  # (n,)
    offset: float
    border: np.ndarray  # (n,) the price of all edges of a node, bent
    density: float  # points a household earns
    wish: Triple
    may_strand: bool


@compiled
def enumerate_sets(
    field: Field, rule: Rule, earnings: np.ndarray, wish: Triple, limits: Limits
) -> Sets:
    """
    List connected sets; what is asked for is told at `Wanted`.

    Parameters
    ----------
    field
        The graph.
    rule
        The bounds of every load, and the weights of what a part costs beside its border.
    earnings
        (n,) points by node.
    wish
        The most a set may cost above its earnings, the most excess, points for each of it.
    limits
        The most sets, the most with one lowest node, the most steps; may sets strand the rest;
        how many nodes a set may have as its lowest.

    Returns
    -------
    masks, cost, excess, is_complete, steps
        The sets in the order they are met.
    """
    limit, a_root, most_steps, _, roots = limits
    world = _prepare(field, rule, earnings, wish, limits)
    stack = _stack(len(field.loads), field.loads.shape[1])
    masks, cost, excess = np.empty(1024, np.uint64), np.empty(1024), np.empty(1024)
    found, steps, is_complete = 0, 0, True
    for root in range(roots):
        top, enough = _plant(root, stack, world), found + a_root
        while top >= 0:
            steps += 1
            top, has_grown = _grow(top, stack, field, world)
            beyond, points = -1.0, 0.0
            if has_grown:
                beyond, points = _weigh(top, stack, field, world)
            if beyond < 0.0 and steps <= most_steps:
                continue
            if found >= min(limit, enough) or steps > most_steps:
                is_complete = False
                break
            if found == len(masks):
                masks, cost, excess = _doubled(masks), _doubled(cost), _doubled(excess)
            masks[found], cost[found], excess[found] = stack[0][top], points, beyond
            found += 1
        if found >= limit or steps > most_steps:
            is_complete = is_complete and root == roots - 1
            break
    return masks[:found], cost[:found], excess[:found], is_complete, steps


@compiled
def _prepare(field: Field, rule: Rule, earnings: np.ndarray, wish: Triple, limits: Limits) -> World:
    """Make what the loops need: all nodes, borders of single nodes, what a household earns."""
    everything = np.uint64(0)
    for node in range(len(field.loads)):
        everything |= np.uint64(1) << np.uint64(node)
    bent, gains, offset = field.weights, earnings, 0.0
    if rule.shape > 0.0 and field.area.sum() > 0.0:
        slope = _slope(field, rule)
        bent = field.weights + rule.shape * slope / (2 * np.pi) * field.length
        toll = field.outline - slope / 2 * field.area
        gains = earnings - rule.shape * slope / (2 * np.pi) * toll
        offset = rule.shape
    density = max(gains.sum(), 0.0) / max(field.loads[:, 0].sum(), 1.0)
    border = bent.sum(axis=1)
    return World(rule, earnings, everything, bent, gains, offset, border, density, wish, limits[3])


@compiled
def _slope(field: Field, rule: Rule) -> float:
    """Choose t: perimeter by area of a usual part, but never so much that a snake costs more."""
    area = field.area.sum()
    parts = max(1.0, field.loads[:, 0].sum() / max(rule.target, 1.0))
    usual = np.sqrt(4 * np.pi * USUAL * parts / area)
    longest = field.outline.sum() + field.length.sum()
    return min(usual, 2 * np.pi * (SNAKE + 1.0) / max(longest, NOISE))


@compiled
def _stack(count: int, kinds: int) -> Stack:
    """Make room for one branch a level: sets, loads, price, compounds, gains of nodes to come."""
    deep = count + 1
    return (
        np.zeros(deep, np.uint64),
        np.zeros(deep, np.uint64),
        np.zeros(deep, np.uint64),
        np.zeros((deep, kinds)),
        np.zeros(deep),
        np.zeros(deep, np.uint64),
        np.zeros((deep, count)),
    )


@compiled
def _plant(root: int, stack: Stack, world: World) -> int:
    """Begin with sets whose lowest node is `root`."""
    inside, shut, near, load, price, groups, gain = stack
    bit = np.uint64(1) << np.uint64(root)
    inside[0], shut[0], near[0] = np.uint64(0), bit - np.uint64(1), bit
    load[0] = 0.0
    price[0], groups[0] = -world.offset, np.uint64(0)
    gain[0] = world.gains
    for node in range(root):
        gain[0] -= world.bent[node]
    return 0


@compiled
def _grow(top: int, stack: Stack, field: Field, world: World) -> tuple[int, bool]:
    """Branch on one more node: go up with it, and stay without it; go down at a dead end."""
    inside, shut, near, load, price, groups, gain = stack
    free = near[top] & ~inside[top] & ~shut[top]
    if not free or (top > 0 and _is_hopeless(top, stack, field, world)):
        return top - 1, False
    node, up = _choose(free, gain[top]), top + 1
    bit = np.uint64(1) << np.uint64(node)
    inside[up], shut[up] = inside[top] | bit, shut[top]
    near[up] = near[top] | field.neighbours[node]
    load[up] = load[top] + field.loads[node]
    more = world.border[node]
    more -= 2.0 * total(inside[top] & field.neighbours[node], world.bent[node])
    groups[up] = groups[top]
    if field.group[node] >= 0:
        groups[up] |= np.uint64(1) << np.uint64(field.group[node])
        more += world.rule.split * (groups[up] != groups[top])
    price[up] = price[top] + more - world.gains[node]
    gain[up] = gain[top] + world.bent[node]
    shut[top] |= bit
    gain[top] -= world.bent[node]
    fits = _over(load[up], world.rule) <= world.wish[1] + NOISE
    return (up if fits else top), fits


@compiled
def _over(load: np.ndarray, rule: Rule) -> float:
    """Count how far loads are above the window, in households."""
    out = 0.0
    for kind in range(len(load)):
        out += rule.unit[kind] * max(0.0, load[kind] - rule.high[kind])
    return out


@compiled
def _under(load: np.ndarray, rule: Rule) -> float:
    """Count how far loads are below the window, in households."""
    out = 0.0
    for kind in range(len(load)):
        out += rule.unit[kind] * max(0.0, rule.low[kind] - load[kind])
    return out


@compiled
def _is_hopeless(top: int, stack: Stack, field: Field, world: World) -> bool:
    """Can no set that grows from here, without the nodes that are shut out, be wanted."""
    inside, shut, _, load, price, _, gain = stack
    rule, (worth, budget, fine) = world.rule, world.wish
    reach = flood(inside[top], world.everything & ~shut[top], field.neighbours)
    if not reach & field.open_nodes:
        lack = 0.0
        for kind in range(len(rule.low)):
            if rule.low[kind] > 0.0:
                most = total(reach, field.loads[:, kind])
                lack += rule.unit[kind] * max(0.0, rule.low[kind] - most)
        if lack > budget + NOISE:
            return True
    if worth == np.inf:
        return False
    room = max(0.0, rule.high[0] + budget - load[top, 0])
    least = price[top] + fine * _over(load[top], rule)
    if load[top, 0] > rule.target:
        least += size_points(rule, load[top, 0])
    free = reach & ~inside[top]
    return least - _most_gain(free, gain[top], field.loads, room, world.density) > worth


@compiled
def _most_gain(
    free: Mask, gain: np.ndarray, loads: np.ndarray, room: float, density: float
) -> float:
    """Bound from above what nodes of limited size together can gain."""
    most0, most1, most2, most3 = 0.0, 0.0, 0.0, 0.0
    while free:
        node = lowest(free)
        free &= free - np.uint64(1)
        rent = density * loads[node, 0]
        most0 += max(0.0, gain[node])
        most1 += max(0.0, gain[node] - 0.5 * rent)
        most2 += max(0.0, gain[node] - rent)
        most3 += max(0.0, gain[node] - 2.0 * rent)
    step = density * room
    return min(most0, most1 + 0.5 * step, most2 + step, most3 + 2.0 * step)


@compiled
def _choose(free: Mask, gain: np.ndarray) -> int:
    """Give the node that gains most, the lowest of equals."""
    best, most = -1, -np.inf
    while free:
        node = lowest(free)
        free &= free - np.uint64(1)
        if gain[node] > most:
            best, most = node, gain[node]
    return best


@compiled
def _weigh(top: int, stack: Stack, field: Field, world: World) -> tuple[float, float]:
    """Give the excess and the cost of the set that has grown; excess -1 if it is not wanted."""
    inside, _, _, load, price, _, _ = stack
    worth, budget, fine = world.wish
    beyond = _over(load[top], world.rule)
    if not inside[top] & field.open_nodes:
        beyond += _under(load[top], world.rule)
    if beyond > budget + NOISE or price[top] + fine * beyond > worth + NOISE:
        return -1.0, 0.0
    cost = price_set(inside[top], field, world.rule, load[top, 0])
    if cost + fine * beyond - total(inside[top], world.earnings) > worth:
        return -1.0, 0.0
    if not world.may_strand and _strands(inside[top], field, world):
        return -1.0, 0.0
    return beyond, cost


@compiled
def _strands(mask: Mask, field: Field, world: World) -> bool:
    """Is a piece left beside the set that no number of parts could share."""
    rest, rule = world.everything & ~mask, world.rule
    load = np.empty(len(rule.low))
    while rest:
        piece = flood(rest & (~rest + np.uint64(1)), rest, field.neighbours)
        rest &= ~piece
        load[:] = 0.0
        while piece:
            node = lowest(piece)
            piece &= piece - np.uint64(1)
            load += field.loads[node]
        if not fits_some_number(load, load, rule):
            return True
    return False


@compiled
def _doubled(array: np.ndarray) -> np.ndarray:
    bigger = np.empty(2 * len(array), array.dtype)
    bigger[: len(array)] = array
    return bigger
