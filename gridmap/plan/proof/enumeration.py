"""
Each connected set of a small graph exactly once, in compiled loops over bits.

From its lowest node on, every node that touches the set is either taken in or shut out for good
[1]_. A branch is left as soon as nothing it leads to can be wanted: its households are beyond the
limit or cannot come up to it, or its price cannot come down to what it may be. What the nodes still
to come could bring is bounded by the fractional knapsack of their gains, through its dual.

References
----------
.. [1] S. Wernicke (2006). "Efficient detection of network motifs." IEEE/ACM Transactions on
   Computational Biology and Bioinformatics, 3(4), 347-359. doi:10.1109/TCBB.2006.51
"""

from __future__ import annotations

import numpy as np
from numba import njit

PERSONS_A_HOUSEHOLD = 2.6  # as the window counts persons above the cap
NOISE = 1e-9

Mask = np.uint64
Triple = tuple[float, float, float]
Limits = tuple[int, int, int, bool, int]
Nodes = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Mask]
World = tuple[np.ndarray, Mask, np.ndarray, float, np.ndarray, bool]
Stack = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Sets = tuple[np.ndarray, np.ndarray, np.ndarray, bool, int]


@njit(cache=True)
def _lowest(mask: np.uint64) -> int:
    """Give the number of the lowest bit that is set."""
    bit = mask & (~mask + np.uint64(1))
    place = 0
    for width in (32, 16, 8, 4, 2, 1):
        if bit >> np.uint64(width):
            bit >>= np.uint64(width)
            place += width
    return place


@njit(cache=True)
def _flood(start: np.uint64, allowed: np.uint64, neighbours: np.ndarray) -> np.uint64:
    """Give `start` and all of `allowed` that hangs together with it."""
    found, fresh = start, start
    while fresh:
        node = _lowest(fresh)
        fresh &= fresh - np.uint64(1)
        more = neighbours[node] & allowed & ~found
        found |= more
        fresh |= more
    return found


@njit(cache=True)
def _total(mask: np.uint64, weights: np.ndarray) -> float:
    """Add up the weights of a set."""
    total = 0.0
    while mask:
        total += weights[_lowest(mask)]
        mask &= mask - np.uint64(1)
    return total


@njit(cache=True)
def enumerate_sets(
    graph: Nodes, rule: Triple, earnings: np.ndarray, wish: Triple, limits: Limits
) -> Sets:
    """
    List connected sets; what is asked for is told at `Field` and `Wanted`.

    Parameters
    ----------
    graph
        Neighbours as masks, half prices, households, persons, the mask of open nodes.
    rule
        Lower and upper limit of households, upper limit of persons.
    earnings
        (n,) points by node.
    wish
        The most a set may cost above its earnings, the most excess, points for each of it.
    limits
        The most sets, the most with one lowest node, the most steps; may sets strand the rest;
        how many nodes a set may have as its lowest.

    Returns
    -------
    masks, border, excess, is_complete, steps
        The sets in the order they are met.
    """
    count = len(graph[2])
    limit, a_root, most_steps, _, roots = limits
    world = _prepare(graph, rule, earnings, limits)
    stack = _stack(count)
    masks, border, excess = np.empty(1024, np.uint64), np.empty(1024), np.empty(1024)
    found, steps, is_complete = 0, 0, True
    for root in range(roots):
        top, enough = _plant(root, stack, graph, world), found + a_root
        while top >= 0:
            steps += 1
            top, has_grown = _grow(top, stack, graph, rule, wish, world)
            beyond = -1.0
            if has_grown:
                beyond = _is_wanted(top, stack, graph, rule, wish, world)
            if beyond < 0.0 and steps <= most_steps:
                continue
            if found >= min(limit, enough) or steps > most_steps:
                is_complete = False
                break
            if found == len(masks):
                masks, border, excess = _doubled(masks), _doubled(border), _doubled(excess)
            masks[found], border[found], excess[found] = stack[0][top], stack[5][top], beyond
            found += 1
        if found >= limit or steps > most_steps:
            is_complete = is_complete and root == roots - 1
            break
    return masks[:found], border[:found], excess[:found], is_complete, steps


@njit(cache=True)
def _prepare(graph: Nodes, rule: Triple, earnings: np.ndarray, limits: Limits) -> World:
    """Make what the loops need: sizes for the knapsack, all nodes, borders of single nodes."""
    count = len(graph[2])
    everything = np.uint64(0)
    clipped = np.empty(count)
    for node in range(count):
        everything |= np.uint64(1) << np.uint64(node)
        clipped[node] = min(float(graph[2][node]), rule[1])
    density = max(earnings.sum(), 0.0) / max(clipped.sum(), 1.0)
    return clipped, everything, graph[1].sum(axis=1), density, earnings, limits[3]


@njit(cache=True)
def _stack(count: int) -> Stack:
    """Make room for one branch a level: sets, loads, price, border, gains of nodes to come."""
    deep = count + 1
    return (
        np.zeros(deep, np.uint64),
        np.zeros(deep, np.uint64),
        np.zeros(deep, np.uint64),
        np.zeros((deep, 4)),
        np.zeros(deep),
        np.zeros(deep),
        np.zeros((deep, count)),
    )


@njit(cache=True)
def _plant(root: int, stack: Stack, graph: Nodes, world: World) -> int:
    """Begin with sets whose lowest node is `root`."""
    inside, shut, near, load, price, border, gain = stack
    bit = np.uint64(1) << np.uint64(root)
    inside[0], shut[0], near[0] = np.uint64(0), bit - np.uint64(1), bit
    load[0] = 0.0
    price[0], border[0] = 0.0, 0.0
    gain[0] = world[4]
    for node in range(root):
        gain[0] -= graph[1][node]
    return 0


@njit(cache=True)
def _grow(
    top: int, stack: Stack, graph: Nodes, rule: Triple, wish: Triple, world: World
) -> tuple[int, bool]:
    """Branch on one more node: go up with it, and stay without it; go down at a dead end."""
    inside, shut, near, load, price, border, gain = stack
    free = near[top] & ~inside[top] & ~shut[top]
    if not free or (top > 0 and _is_hopeless(top, stack, graph, rule, wish, world)):
        return top - 1, False
    node, up = _choose(free, gain[top]), top + 1
    bit = np.uint64(1) << np.uint64(node)
    inside[up], shut[up] = inside[top] | bit, shut[top]
    near[up] = near[top] | graph[0][node]
    homes, people = float(graph[2][node]), float(graph[3][node])
    load[up, 0], load[up, 1] = load[top, 0] + homes, load[top, 1] + people
    load[up, 2], load[up, 3] = max(load[top, 2], homes), max(load[top, 3], people)
    more = world[2][node] - 2.0 * _total(inside[top] & graph[0][node], graph[1][node])
    border[up] = border[top] + more
    price[up] = price[top] + more - world[4][node]
    gain[up] = gain[top] + graph[1][node]
    shut[top] |= bit
    gain[top] -= graph[1][node]
    fits = _over(load[up], rule) <= wish[1] + NOISE
    return (up if fits else top), fits


@njit(cache=True)
def _over(load: np.ndarray, rule: Triple) -> float:
    """Count the households of (households, persons, biggest, most) above the window."""
    over = max(0.0, load[0] - max(rule[1], load[2]))
    crowd = max(0.0, load[1] - max(rule[2], load[3])) / PERSONS_A_HOUSEHOLD
    return max(over, crowd)


@njit(cache=True)
def _is_hopeless(
    top: int, stack: Stack, graph: Nodes, rule: Triple, wish: Triple, world: World
) -> bool:
    """Can no set that grows from here, without the nodes that are shut out, be wanted."""
    inside, shut, _, load, price, _, gain = stack
    clipped, everything = world[0], world[1]
    reach = _flood(inside[top], everything & ~shut[top], graph[0])
    free = reach & ~inside[top]
    if not reach & graph[4] and load[top, 0] + _total(free, graph[2]) < rule[0] - wish[1] - NOISE:
        return True
    if wish[0] == np.inf:
        return False
    room = max(0.0, rule[1] + wish[1] - _total(inside[top], clipped))
    least = price[top] + wish[2] * _over(load[top], rule)
    return least - _most_gain(free, gain[top], clipped, room, world[3]) > wish[0]


@njit(cache=True)
def _most_gain(
    free: Mask, gain: np.ndarray, clipped: np.ndarray, room: float, density: float
) -> float:
    """Bound from above what nodes of limited size together can gain."""
    most0, most1, most2, most3 = 0.0, 0.0, 0.0, 0.0
    while free:
        node = _lowest(free)
        free &= free - np.uint64(1)
        rent = density * clipped[node]
        most0 += max(0.0, gain[node])
        most1 += max(0.0, gain[node] - 0.5 * rent)
        most2 += max(0.0, gain[node] - rent)
        most3 += max(0.0, gain[node] - 2.0 * rent)
    step = density * room
    return min(most0, most1 + 0.5 * step, most2 + step, most3 + 2.0 * step)


@njit(cache=True)
def _choose(free: Mask, gain: np.ndarray) -> int:
    """Give the node that gains most, the lowest of equals."""
    best, most = -1, -np.inf
    while free:
        node = _lowest(free)
        free &= free - np.uint64(1)
        if gain[node] > most:
            best, most = node, gain[node]
    return best


@njit(cache=True)
def _is_wanted(
    top: int, stack: Stack, graph: Nodes, rule: Triple, wish: Triple, world: World
) -> float:
    """Give the excess of the set that has grown, or -1 if it is not wanted."""
    inside, _, _, load, price, _, _ = stack
    beyond = _over(load[top], rule)
    if not inside[top] & graph[4]:
        beyond += max(0.0, rule[0] - load[top, 0])
    if beyond > wish[1] + NOISE or price[top] + wish[2] * beyond > wish[0]:
        return -1.0
    if not world[5] and _strands(inside[top], world[1], graph, rule):
        return -1.0
    return beyond


@njit(cache=True)
def _strands(mask: Mask, everything: Mask, graph: Nodes, rule: Triple) -> bool:
    """Is a piece left beside the set that no number of parts could share."""
    rest = everything & ~mask
    while rest:
        piece = _flood(rest & (~rest + np.uint64(1)), rest, graph[0])
        rest &= ~piece
        homes, people = 0.0, 0.0
        while piece:
            node = _lowest(piece)
            piece &= piece - np.uint64(1)
            homes += min(float(graph[2][node]), rule[1])
            people += min(float(graph[3][node]), rule[2])
        fewest = max(1.0, np.ceil(homes / max(rule[1], 1.0)), np.ceil(people / max(rule[2], 1.0)))
        if fewest * rule[0] > homes:
            return True
    return False


@njit(cache=True)
def _doubled(array: np.ndarray) -> np.ndarray:
    bigger = np.empty(2 * len(array), array.dtype)
    bigger[: len(array)] = array
    return bigger
