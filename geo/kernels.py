"""
Inner loops compiled by numba: the chordal graph of an elimination order, and its weights.

Nodes are known by their rank in the order. Weights are whole numbers up to `CLOSED`, so the sum of two fits 32 unsigned
bits and answers are exact. It is a customizable contraction hierarchy (Dibbelt et al. 2016) whose edges all run both
ways: one weight an arc.

Importing this compiles it, some seconds, or loads what an earlier start compiled: see :mod:`geo.shortcuts`.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Whole32 = npt.NDArray[np.int32]
Whole64 = npt.NDArray[np.int64]
Weights = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
F = TypeVar("F", bound=Callable[..., Any])

CLOSED: Final = np.uint32(2_147_483_647)


def compiled(signature: str) -> Callable[[F], F]:
    """Compile at once, kept on disk; a RuntimeError where no folder can keep it."""
    decorate: Any = numba.njit(signature, cache=True, nogil=True)
    return decorate


@compiled("Tuple((int64[::1], int32[::1]))(int64, int32[::1], int32[::1])")
def eliminated(count: int, low: Whole32, high: Whole32) -> tuple[Whole64, Whole32]:
    """
    Eliminate nodes in order of rank: the upper neighbours of each become neighbours of one another.

    Parameters
    ----------
    count
        How many nodes there are.
    low, high
        Ends of the edges, the lower rank first; ordered by `low`.

    Returns
    -------
    first, up
        The arcs that go up from node v are ``up[first[v]:first[v + 1]]``, heads ascending.
    """
    child, sibling, seen = np.full(count, -1, np.int32), np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    first, up = np.zeros(count + 1, np.int64), np.empty(4 * len(low) + 16, np.int32)
    found = edge = 0
    for node in range(count):
        first[node] = found
        if found + count - node > len(up):
            up = np.append(up, np.empty(len(up) + count, np.int32))
        while edge < len(low) and low[edge] == node:
            if seen[high[edge]] != node:
                seen[high[edge]] = node
                up[found] = high[edge]
                found += 1
            edge += 1
        below = child[node]
        while below >= 0:
            for arc in range(first[below] + 1, first[below + 1]):  # the first is this node
                if seen[up[arc]] != node:
                    seen[up[arc]] = node
                    up[found] = up[arc]
                    found += 1
            below = sibling[below]
        if found > first[node]:
            up[first[node] : found].sort()
            parent = up[first[node]]
            sibling[node], child[parent] = child[parent], node
    first[count] = found
    return first, up[:found].copy()


@compiled("int64(int32[::1], int64, int64, int32)")
def _place(up: Whole32, start: int, stop: int, head: int) -> int:
    """Give the arc with a head among those from `start` to `stop`; it is there."""
    while stop - start > 1:
        middle = (start + stop) >> 1
        if up[middle] <= head:
            start = middle
        else:
            stop = middle
    return start


@compiled("int64[::1](int64[::1], int32[::1], int32[::1], int32[::1])")
def placed(first: Whole64, up: Whole32, low: Whole32, high: Whole32) -> Whole64:
    """Give the arc that each edge became."""
    arcs = np.empty(len(low), np.int64)
    for edge in range(len(low)):
        arcs[edge] = _place(up, first[low[edge]], first[low[edge] + 1], high[edge])
    return arcs


@compiled("uint32(int64, int32[::1], int64[::1], uint32[::1], boolean[::1])")
def _given(arc: int, given_first: Whole32, given_edge: Whole64, weights: Weights, shut: Flags) -> np.uint32:
    """Give the least weight of the open edges that an arc stands for."""
    least = CLOSED
    for place in range(given_first[arc], given_first[arc + 1]):
        edge = given_edge[place]
        if not shut[edge]:
            least = min(least, weights[edge])
    return least


@compiled("void(int64[::1], int32[::1], int32[::1], int64[::1], uint32[::1], boolean[::1], uint32[::1])")
def weigh(  # noqa: PLR0913, PLR0917 - compiled code takes arrays, not objects
    first: Whole64, up: Whole32, given_first: Whole32, given_edge: Whole64, weights: Weights, shut: Flags, out: Weights
) -> None:
    """Weigh every arc: its own edges, or two arcs from a node below both ends, whichever is less."""
    for arc in range(len(up)):
        out[arc] = _given(arc, given_first, given_edge, weights, shut)
    for node in range(len(first) - 1):
        stop = first[node + 1]
        for one in range(first[node], stop - 1):
            if out[one] == CLOSED:
                continue
            across, weight = first[up[one]], out[one]
            for two in range(one + 1, stop):
                while up[across] != up[two]:
                    across += 1
                through = np.uint32(weight + out[two])
                out[across] = min(out[across], through)


@compiled(
    "uint32(int64, int64[::1], int32[::1], int32[::1], int64[::1], int32[::1], uint32[::1], uint32)",
)
def _through(  # noqa: PLR0913, PLR0917
    arc: int,
    first: Whole64,
    up: Whole32,
    tail: Whole32,
    low_first: Whole64,
    low_arc: Whole32,
    out: Weights,
    least: np.uint32,
) -> np.uint32:
    """Give the least of a weight and of two arcs from a node below both ends of an arc."""
    low, high = tail[arc], up[arc]
    if low_first[low + 1] - low_first[low] <= low_first[high + 1] - low_first[high]:
        for place in range(low_first[low], low_first[low + 1]):
            one = low_arc[place]
            stop = first[tail[one] + 1]
            two = _place(up, one, stop, high)
            if up[two] == high:
                least = min(least, out[one] + out[two])
        return least
    for place in range(low_first[high], low_first[high + 1]):
        two = low_arc[place]
        if tail[two] >= low:
            break
        one = _place(up, first[tail[two]], two + 1, low)
        if up[one] == low:
            least = min(least, out[one] + out[two])
    return least


_ARRAYS = "int64[::1], int32[::1], int32[::1], int64[::1], int32[::1], int32[::1], int64[::1]"


@compiled(f"void({_ARRAYS}, uint32[::1], boolean[::1], int64[::1], uint32[::1])")
def reweigh(  # noqa: PLR0913, PLR0917, C901
    first: Whole64,
    up: Whole32,
    tail: Whole32,
    low_first: Whole64,
    low_arc: Whole32,
    given_first: Whole32,
    given_edge: Whole64,
    weights: Weights,
    shut: Flags,
    changed: Whole64,
    out: Weights,
) -> None:
    """Weigh anew the arcs of `changed`, whose edges opened or shut, and those above that rest on them."""
    stale, waiting = np.zeros(len(up), np.bool_), np.zeros(len(first), np.bool_)
    was = np.empty(len(first), np.uint32)
    for arc in changed:
        stale[arc], waiting[tail[arc]] = True, True
    for node in range(len(first) - 1):
        if not waiting[node]:
            continue
        begin, stop = first[node], first[node + 1]
        last = begin  # beyond the last arc that changed
        for arc in range(begin, stop):
            was[arc - begin] = out[arc]
            if stale[arc]:
                least = _given(arc, given_first, given_edge, weights, shut)
                out[arc] = _through(arc, first, up, tail, low_first, low_arc, out, least)
                last = arc + 1 if out[arc] != was[arc - begin] else last
        for one in range(begin, last):
            across, still = first[up[one]], out[one] == was[one - begin]
            for two in range(one + 1, last if still else stop):
                if still and out[two] == was[two - begin]:
                    continue
                while up[across] != up[two]:
                    across += 1
                before = was[one - begin] + was[two - begin]
                if before == out[across] or out[one] + out[two] < out[across]:  # it rested on them, or will
                    stale[across], waiting[up[one]] = True, True
