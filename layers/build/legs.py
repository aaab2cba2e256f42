"""
Finds straight legs over the open sea where the lanes zigzag: geodesics between nodes that MARNET has.

A leg is a shortcut, never a new passage. It crosses no gate, nor does the shortest way by the lanes between its ends,
and it is at most a fifth shorter. So wherever legs lead, whatever is closed, the lanes lead too, past the same gates,
in at most 1.25 times the distance: no closure leaks. Of the legs on a least way between two ports or gates those are
kept, some hundred, that shorten such ways most.
"""

from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.distance import Floats, Ints, NearestNodes, along_geodesic, chord_of, geodesic_km, unit_vectors
from geo.gates import gate_bits
from geo.network import pieces

from .open_sea import OpenSea
from .topology import Lines

END_GAP_KM: Final = 150.0  # legs end at junctions of lanes at least this far apart
LEAST_KM: Final = 200.0
LEAST_RATIO, MOST_RATIO = 1.01, 1.25  # how much longer the lanes are than a leg
BEND_KM: Final = 200.0  # a leg is drawn as chords of at most this: within 1.4 km of the geodesic
MOST_LEGS: Final = 600  # a closure is a tenth slower with them; with all 2,400 that help at all, half
PORT_CAP_KM: Final = 150.0
_CHUNK, _LEG_CHUNK = 100, 20_000  # rows at once: what fits in memory with ease


class Legs(NamedTuple):
    """Legs between points of some lanes: their rows, the length of the geodesic and its inner vertices."""

    tail: Ints
    head: Ints
    length_km: Floats
    bends: Floats
    bend_count: Ints


def open_sea_legs(lanes: Lines, polygons: Path, *, gates: pd.DataFrame, ports: pd.DataFrame) -> Legs:
    """
    Find the legs that straighten the ways between ports, and between ports and gates.

    Parameters
    ----------
    lanes
        The lanes, cut as ways are found on them.
    polygons
        Path of `countries.parquet`.
    gates
        As `data/gates.csv`.
    ports
        `lon`, `lat` of the ports between which ways shall be straight.

    Returns
    -------
    Legs
        Ordered by their ends.
    """
    gated = np.flatnonzero(gate_bits(_ends(lanes, lanes.tail, lanes.head), gates, _names(gates)))
    sea, places = OpenSea(polygons), _places(lanes, gated, ports)
    joints = _joints(lanes, sea)
    points = np.union1d(joints, places)  # from here on ends are counted among these
    lane_km, free = _lane_ways(lanes, gated, points)
    pair = np.searchsorted(points, joints)[np.column_stack(np.triu_indices(len(joints), 1))]
    length_km = geodesic_km(*_ends(lanes, *points[pair].T).T)
    ratio = np.divide(lane_km[*pair.T], length_km, out=np.zeros(len(pair)), where=length_km >= LEAST_KM)
    rows = np.flatnonzero((ratio > LEAST_RATIO) & (ratio < MOST_RATIO) & free[*pair.T])
    rows = rows[sea.clear(*_ends(lanes, *points[pair[rows]].T).T)]
    rows = rows[~_crossing(_ends(lanes, *points[pair[rows]].T), length_km[rows], gates)]
    at = np.searchsorted(points, places)
    wanted = free[np.ix_(at, at)]
    rows = rows[_used(lanes, points[pair[rows]], length_km[rows], places, wanted)]
    rows = np.sort(rows[_best(lane_km, pair[rows], length_km[rows], at, wanted)])
    (tail, head), length_km = points[pair[rows]].T, length_km[rows]
    bends, bend_count = geodesic_bends(_ends(lanes, tail, head), length_km)
    return Legs(tail, head, length_km, bends, bend_count)


def geodesic_bends(ends: Floats, length_km: Floats) -> tuple[Floats, Ints]:
    """Give inner vertices of geodesics, (lon, lat), at most `BEND_KM` apart, and how many each has."""
    count = np.ceil(length_km / BEND_KM).astype(np.int64)
    leg = np.repeat(np.arange(len(ends)), count - 1)
    rank = np.arange(len(leg)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    return np.column_stack(along_geodesic(*ends[leg].T, share=rank / count[leg])), count - 1


def _names(gates: pd.DataFrame) -> tuple[str, ...]:
    """List the chokepoints that have gates, in the order of the table."""
    return tuple(dict.fromkeys(gates["chokepoint_id"]))


def _ends(lanes: Lines, tail: Ints, head: Ints) -> Floats:
    """Give the ends of lines between points of the lanes: `lon1, lat1, lon2, lat2`."""
    return np.column_stack((lanes.lon[tail], lanes.lat[tail], lanes.lon[head], lanes.lat[head]))


def _lane_ways(lanes: Lines, gated: Ints, rows: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Measure the least ways by the lanes between some points, and tell which pass none of the lanes `gated`."""
    matrix, here = lanes.adjacency(), np.arange(len(lanes.lon))
    tail, head = np.r_[lanes.tail[gated], lanes.head[gated]], np.r_[lanes.head[gated], lanes.tail[gated]]
    lengths, free = [], []
    for chunk in np.array_split(rows, max(1, len(rows) // _CHUNK)):
        length, before = dijkstra(matrix, indices=chunk, return_predecessors=True)
        before = np.where(before < 0, here, before)
        passed = np.zeros(before.shape, dtype=bool)
        for start, stop in zip(tail, head, strict=True):
            passed[:, stop] |= before[:, stop] == start
        while True:  # each point looks twice as far back along its way every turn
            passed |= np.take_along_axis(passed, before, axis=1)
            further = np.take_along_axis(before, before, axis=1)
            if np.array_equal(further, before):
                break
            before = further
        lengths.append(length[:, rows])
        free.append(~passed[:, rows])
    return np.concatenate(lengths), np.concatenate(free)


def _joints(lanes: Lines, sea: OpenSea) -> Ints:
    """Choose where legs may end: where lanes meet in the open sea, the busiest first, none near one chosen before."""
    degree = np.bincount(np.r_[lanes.tail, lanes.head], minlength=len(lanes.lon))
    rows = np.flatnonzero((degree != 2) & sea.holds(lanes.lon, lanes.lat))  # noqa: PLR2004
    rows = rows[np.argsort(-degree[rows], kind="stable")]
    vectors = unit_vectors(lanes.lon[rows], lanes.lat[rows])
    near = cKDTree(vectors).query_ball_point(vectors, float(chord_of(END_GAP_KM)))
    free, chosen = np.ones(len(rows), dtype=bool), []
    for place in range(len(rows)):
        if free[place]:
            chosen.append(rows[place])
            free[near[place]] = False
    return np.sort(np.array(chosen, dtype=np.int64))


def _places(lanes: Lines, gated: Ints, ports: pd.DataFrame) -> Ints:
    """List the points between which ways shall be straight: nearest to a port, or at the end of a lane past a gate."""
    found = NearestNodes(lanes.lon, lanes.lat).query(ports["lon"], ports["lat"], k=1, within_km=PORT_CAP_KM)[1]
    return np.unique(np.r_[found, lanes.tail[gated], lanes.head[gated]])


def _crossing(ends: Floats, length_km: Floats, gates: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the legs that cross a gate, drawn as they will be."""
    crossing = np.zeros(len(ends), dtype=bool)
    for rows in np.array_split(np.arange(len(ends)), max(1, len(ends) // _LEG_CHUNK)):
        leg, lines = pieces(ends[rows], *geodesic_bends(ends[rows], length_km[rows]))
        crossing[rows[leg[gate_bits(lines, gates, _names(gates)) != 0]]] = True
    return crossing


def _used(
    lanes: Lines, pair: Ints, length_km: Floats, places: Ints, wanted: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """
    Mark the legs on a least way between two places whose way by the lanes passes no gate (`wanted`).

    A way past gates, whatever is closed, is made of such ways from gate to gate.
    """
    count, (tail, head) = len(lanes.lon), pair.T
    matrix, key = lanes.with_edges(tail, head, length_km).adjacency(), tail * count + head
    used = np.zeros(len(pair), dtype=bool)
    for chunk in np.array_split(np.arange(len(places)), max(1, len(places) // _CHUNK)):
        before = dijkstra(matrix, indices=places[chunk], return_predecessors=True)[1]
        start, end = np.nonzero(wanted[chunk])
        here = np.column_stack((start, places[end]))
        while len(here):  # all ways back at once, step by step; where two meet they go on as one
            back = before[here[:, 0], here[:, 1]]
            here, back = here[back >= 0], back[back >= 0].astype(np.int64)
            step = np.minimum(here[:, 1], back) * count + np.maximum(here[:, 1], back)
            used[np.isin(key, step)] = True
            here = np.unique(np.column_stack((here[:, 0], back)), axis=0)
    return used


def _best(lane_km: Floats, pair: Ints, length_km: Floats, places: Ints, wanted: npt.NDArray[np.bool_]) -> Ints:
    """
    Choose at most `MOST_LEGS`, each time the leg that shortens the wanted ways most, all shares of them added up.

    What a leg gains only falls as others are chosen, or nearly so: one is measured again when it comes up, no sooner.
    """
    now_km, whole_km = lane_km.copy(), np.where(wanted, lane_km[np.ix_(places, places)], np.inf)
    heap = [
        (-_gain(now_km, whole_km, pair[row, 0], pair[row, 1], length_km[row], places), row) for row in range(len(pair))
    ]
    heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < MOST_LEGS:
        _, row = heappop(heap)
        (tail, head), leg_km = pair[row], length_km[row]
        gain = _gain(now_km, whole_km, tail, head, leg_km, places)
        if heap and gain < -heap[0][0]:
            heappush(heap, (-gain, row))
        elif gain > 0:
            chosen.append(row)
            nearer = np.flatnonzero(now_km[tail] + leg_km < now_km[head])  # of these the head is nearer by the leg
            beyond = np.flatnonzero(now_km[head] + leg_km < now_km[tail])
            way_km = now_km[nearer, tail][:, None] + leg_km + now_km[head, beyond]
            shorter = np.minimum(now_km[np.ix_(nearer, beyond)], way_km)
            now_km[np.ix_(nearer, beyond)], now_km[np.ix_(beyond, nearer)] = shorter, shorter.T
        else:
            break
    return np.array(chosen, dtype=np.int64)


def _gain(now_km: Floats, whole_km: Floats, tail: int, head: int, leg_km: float, places: Ints) -> float:
    """Add up by what share of its lanes a leg would shorten each way between places."""
    to_tail, to_head = now_km[places, tail], now_km[places, head]
    first, last = np.flatnonzero(to_tail + leg_km < to_head), np.flatnonzero(to_head + leg_km < to_tail)
    saved = now_km[np.ix_(places[first], places[last])] - to_tail[first][:, None] - leg_km - to_head[last]
    return float((np.maximum(saved, 0.0) / whole_km[np.ix_(first, last)]).sum().round(9))
