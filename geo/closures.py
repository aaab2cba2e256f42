"""Which edges of the network an area covers: a strait, a sea or a province that someone draws on the map."""

import numpy as np
import shapely

from geo.distance import Ints, lon_step
from geo.network import Network

_TURNS = (-360.0, 0.0, 360.0)  # an area or an edge may run on past 180 degrees


def covered_edges(network: Network, area: shapely.Geometry) -> Ints:
    """
    Find the edges that pass through an area.

    Parameters
    ----------
    network
        Its `nodes`, `edges` and `bends` are read: an edge runs straight, the shorter way round, from its tail over its
        bends to its head.
    area
        Polygon or MultiPolygon, degrees (WGS 84); longitudes may be continuous beyond ±180.

    Returns
    -------
    edges
        Rows of ``network.edges``, sorted: what :meth:`geo.router.Router.closing` takes.
    """
    tail, head = network.edges["tail"].to_numpy(), network.edges["head"].to_numpy()
    lon, lat = network.nodes["lon"].to_numpy(float), network.nodes["lat"].to_numpy(float)
    bend_count = np.diff(network.bend_start)
    bend_edge = np.repeat(np.arange(len(tail)), bend_count)
    edge = np.r_[np.arange(len(tail)), bend_edge, np.arange(len(tail))]
    place = np.r_[np.full(len(tail), -1), np.arange(len(bend_edge)), np.full(len(tail), len(bend_edge))]
    points = np.c_[np.r_[lon[tail], network.bends[:, 0], lon[head]], np.r_[lat[tail], network.bends[:, 1], lat[head]]]
    order = np.lexsort((place, edge))
    edge, points = edge[order], points[order]
    start, stop = points[:-1], points[1:]
    inner = edge[:-1] == edge[1:]
    piece_edge, start, stop = edge[:-1][inner], start[inner], stop[inner]
    stop = np.c_[start[:, 0] + lon_step(start[:, 0], stop[:, 0]), stop[:, 1]]
    shapely.prepare(area)
    west, south, east, north = area.bounds
    hit = np.zeros(len(piece_edge), dtype=bool)
    for turn in _TURNS:
        shift = np.array([turn, 0.0])
        low, high = np.minimum(start, stop) + shift, np.maximum(start, stop) + shift
        near = (high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north) & ~hit
        rows = np.flatnonzero(near)
        pieces = shapely.linestrings(np.stack([start[rows] + shift, stop[rows] + shift], axis=1))
        hit[rows] = shapely.intersects(area, pieces)
    return np.unique(piece_edge[hit]).astype(np.int64)
