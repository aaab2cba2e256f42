"""Which edges of the network an area covers: a strait, a sea or a province that someone draws on the map."""

import numpy as np
import shapely

from geo.distance import Ints
from geo.network import Network, pieces

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
    ends = np.column_stack((lon[tail], lat[tail], lon[head], lat[head]))
    piece_edge, lines = pieces(ends, network.bends, np.diff(network.bend_start))
    start, stop = lines[:, :2], lines[:, 2:]
    shapely.prepare(area)
    west, south, east, north = area.bounds
    hit = np.zeros(len(piece_edge), dtype=bool)
    for turn in _TURNS:
        shift = np.array([turn, 0.0])
        low, high = np.minimum(start, stop) + shift, np.maximum(start, stop) + shift
        near = (high[:, 0] >= west) & (low[:, 0] <= east) & (high[:, 1] >= south) & (low[:, 1] <= north) & ~hit
        rows = np.flatnonzero(near)
        drawn = shapely.linestrings(np.stack([start[rows] + shift, stop[rows] + shift], axis=1))
        hit[rows] = shapely.intersects(area, drawn)
    return np.unique(piece_edge[hit])
