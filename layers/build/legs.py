"""
Finds straight legs over the open sea where the lanes zigzag: geodesics between nodes that MARNET has.

A leg is a shortcut, never a new passage. It crosses no gate, nor does the shortest way by the lanes between its ends,
and it is at most a fifth shorter. So wherever legs lead, whatever is closed, the lanes lead too, past the same gates,
in at most 1.25 times the distance: no closure leaks. Legs are kept only where a least way between two ports or gates
uses them.
"""

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
    sea = OpenSea(polygons)
    joints = _joints(lanes, sea)
    distance_km, free = _lane_ways(lanes, gated, joints)
    tail, head = np.triu_indices(len(joints), 1)
    straight_km = geodesic_km(*_ends(lanes, joints[tail], joints[head]).T)
    ratio = np.divide(distance_km[tail, head], straight_km, out=np.zeros(len(tail)), where=straight_km >= LEAST_KM)
    rows = np.flatnonzero((ratio > LEAST_RATIO) & (ratio < MOST_RATIO) & free[tail, head])
    rows = rows[sea.clear(*_ends(lanes, joints[tail[rows]], joints[head[rows]]).T)]
    tail, head, straight_km = joints[tail[rows]], joints[head[rows]], straight_km[rows]
    kept = ~_crossing(_ends(lanes, tail, head), straight_km, gates)
    tail, head, straight_km = tail[kept], head[kept], straight_km[kept]
    used = _used(lanes, gated, tail, head, straight_km, _places(lanes, gated, ports))
    tail, head, straight_km = tail[used], head[used], straight_km[used]
    bends, bend_count = geodesic_bends(_ends(lanes, tail, head), straight_km)
    return Legs(tail, head, straight_km, bends, bend_count)


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
    lanes: Lines, gated: Ints, tail: Ints, head: Ints, straight_km: Floats, places: Ints
) -> npt.NDArray[np.bool_]:
    """
    Mark the legs on a least way between two places whose way by the lanes passes no gate.

    A way past gates, whatever is closed, is made of such ways from gate to gate.
    """
    count, key = len(lanes.lon), tail * len(lanes.lon) + head  # sorted: the legs are ordered by their ends
    matrix = lanes.with_edges(tail, head, straight_km).adjacency()
    wanted = _lane_ways(lanes, gated, places)[1]
    used = np.zeros(len(tail), dtype=bool)
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
