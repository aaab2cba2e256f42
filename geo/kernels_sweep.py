"""
Inner loops compiled by numba: sweeps of many starts at once over a weighed graph, and pairs that pass an arc.

As in RPHAST (Delling et al. 2011) all starts pass each arc together, over the nodes above the places asked for and no
others: the loop over starts is one that compiles to many at a time.
"""

import numpy as np

from geo.kernels import (
    CLOSED,
    Bits,
    Floats,
    Weights,
    Whole32,
    Whole64,
    compiled,
    eliminated,
    placed,
    reweigh,
    weigh,
)

__all__ = ["eliminated", "passes", "placed", "reweigh", "sweep", "weigh"]


@compiled("void(uint32[::1], uint32[::1], uint32)")
def _relax(held: Weights, other: Weights, weight: np.uint32) -> None:
    """Lower each of some sums to another and a weight; written so that it compiles to many at a time."""
    for place in range(len(held)):
        through = np.uint32(other[place] + weight)
        held[place] = min(held[place], through)


@compiled("int64[::1](int64[::1], int32[::1], int64[::1])")
def _above(first: Whole64, up: Whole32, nodes: Whole64) -> Whole64:
    """List some nodes and all above them, by rank."""
    seen = np.zeros(len(first) - 1, np.bool_)
    for start in nodes:
        node = start
        while not seen[node]:
            seen[node] = True
            if first[node] == first[node + 1]:
                break
            node = np.int64(up[first[node]])
    return np.flatnonzero(seen)


@compiled(
    "void(int32, int64, int64, boolean, int32[::1], uint32[::1], int32[::1], uint32[:, ::1], int64[::1], int64[::1])"
)
def _pass_on(  # noqa: PLR0913, PLR0917
    here: int,
    arc_begin: int,
    arc_stop: int,
    upwards: bool,  # noqa: FBT001
    up: Whole32,
    weights: Weights,
    row: Whole32,
    held: Weights,
    begin: Whole64,
    stop: Whole64,
) -> None:
    """Relax the arcs that go up from a node, from it or towards it, in the columns that hold a weight."""
    for arc in range(arc_begin, arc_stop):
        if weights[arc] == CLOSED:
            continue
        there = row[up[arc]]
        source, target = (here, there) if upwards else (there, here)
        left, right = begin[source], stop[source]
        if left < right:
            begin[target], stop[target] = min(begin[target], left), max(stop[target], right)
            _relax(held[target, left:right], held[source, left:right], weights[arc])


@compiled(
    "void(int64[::1], int32[::1], uint32[::1], int64[::1], int64[::1], uint32[::1], int64[::1], int64[::1], "
    "int64[::1], float64[:, ::1])"
)
def sweep(  # noqa: PLR0913, PLR0917, C901
    first: Whole64,
    up: Whole32,
    weights: Weights,
    start_node: Whole64,
    start_column: Whole64,
    start_weight: Weights,
    end_first: Whole64,
    end_node: Whole64,
    end_weight: Whole64,
    out: Floats,
) -> None:
    """
    Give the least weight from every end to every start.

    Parameters
    ----------
    first, up, weights
        The weighed graph.
    start_node, start_column, start_weight
        The nodes that starts (columns of `out`) join, with the weight of each joint.
    end_first, end_node, end_weight
        The nodes that ends (rows of `out`) join, as first positions and lists.
    out
        Whole weights; infinite where nothing joins the two.
    """
    climbs, falls = _above(first, up, start_node), _above(first, up, end_node)
    row, count = np.full(len(first) - 1, -1, np.int32), 0
    for nodes in (climbs, falls):
        for node in nodes:
            if row[node] < 0:
                row[node] = count
                count += 1
    held = np.full((count, out.shape[1]), CLOSED, np.uint32)
    begin, stop = np.full(count, out.shape[1]), np.zeros(count, np.int64)  # the columns that hold a weight
    for place in range(len(start_node)):
        here, column = row[start_node[place]], start_column[place]
        held[here, column] = min(held[here, column], start_weight[place])
        begin[here], stop[here] = min(begin[here], column), max(stop[here], column + 1)
    upwards = True
    for node in climbs:
        _pass_on(row[node], first[node], first[node + 1], upwards, up, weights, row, held, begin, stop)
    for node in falls[::-1]:
        _pass_on(row[node], first[node], first[node + 1], not upwards, up, weights, row, held, begin, stop)
    out[:] = np.inf
    for end in range(len(out)):
        for place in range(end_first[end], end_first[end + 1]):
            reached = held[row[end_node[place]]]
            for column in range(len(reached)):
                if reached[column] < CLOSED:
                    out[end, column] = min(out[end, column], np.float64(reached[column] + end_weight[place]))


@compiled("void(uint64[::1], float64[::1], float64[::1], float64, uint64)")
def _mark(out: Bits, least: Floats, after: Floats, reached: float, bits: np.uint64) -> None:
    """Mark the targets for which what is reached and what is left add up to the least."""
    for target in range(len(out)):
        out[target] |= bits if reached + after[target] == least[target] else np.uint64(0)


@compiled(
    "void(float64[:, ::1], float64[:, ::1], float64[:, ::1], int64[::1], int64[::1], float64[::1], uint64[::1], "
    "uint64[:, ::1])"
)
def passes(  # noqa: PLR0913, PLR0917
    before: Floats, after: Floats, least: Floats, tail: Whole64, head: Whole64, weight: Floats, bits: Bits, out: Bits
) -> None:
    """
    Mark the pairs whose least weight is that of a way along an arc; all weights are whole.

    Parameters
    ----------
    before
        From each source to each node.
    after
        From each node to each target.
    least
        From each source to each target; null where there is no way, which equals nothing.
    tail, head, weight, bits
        The arcs, each with what it marks pairs by.
    out
        The marks of each pair.
    """
    for source in range(len(before)):
        for arc in range(len(tail)):
            reached = before[source, head[arc]]
            if reached == np.inf or before[source, tail[arc]] + weight[arc] != reached:
                continue  # no least way from here comes along this arc
            _mark(out[source], least[source], after[head[arc]], reached, bits[arc])
