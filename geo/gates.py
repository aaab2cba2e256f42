"""
Chokepoints on the graph: which edges pass which gate.

At sea a chokepoint is one or more segments drawn across the strait, and an edge that crosses one of them passes it.
On land it is the border between two countries near a point, or the ferry or port that bears its name.
"""

import numpy as np
import pandas as pd
import shapely

from geo.distance import Floats, Ints, geodesic_km, lon_step
from geo.network import Kind, Mode

BORDER_RADIUS_KM = 60.0  # how far along the border from its named post a crossing still belongs to it
PORT_RADIUS_KM = 15.0

_LAND_MODES = {"road": {Mode.ROAD}, "rail": {Mode.RAIL}}


def gate_bits(lines: Floats, gates: pd.DataFrame, chokepoints: tuple[str, ...]) -> np.ndarray:
    """
    Mark the straight edges that cross a gate.

    Parameters
    ----------
    lines
        One row an edge: `lon1, lat1, lon2, lat2`, degrees; the shorter way round is meant.
    gates
        One row a segment: `chokepoint_id, lon1, lat1, lon2, lat2`.
    chokepoints
        Ids in bit order.

    Returns
    -------
    bits
        One unsigned 64-bit set an edge.

    Examples
    --------
    >>> columns = ["chokepoint_id", "lon1", "lat1", "lon2", "lat2"]
    >>> gates = pd.DataFrame([("suez", 32.0, 30.5, 33.0, 30.5)], columns=columns)
    >>> gate_bits(np.array([[32.5, 31.0, 32.5, 30.0], [34.0, 31.0, 34.0, 30.0]]), gates, ("suez",)).tolist()
    [1, 0]
    """
    lon1, lat1, lon2, lat2 = lines.T
    lon2 = lon1 + lon_step(lon1, lon2)
    bits = np.zeros(len(lines), dtype=np.uint64)
    segments = gates[["lon1", "lat1", "lon2", "lat2"]].to_numpy(float).reshape(-1, 2, 2)
    drawn, low, high = shapely.linestrings(segments), segments.min(axis=1), segments.max(axis=1)
    place = np.array([chokepoints.index(item) for item in gates["chokepoint_id"]], dtype=np.uint64)
    west, east, south, north = *_ordered(lon1, lon2), *_ordered(lat1, lat2)
    for turn in (-360.0, 0.0, 360.0):  # an edge that runs past 180 degrees meets gates on the far side
        near = np.flatnonzero(
            (west + turn <= high[:, 0].max(initial=-np.inf)) & (east + turn >= low[:, 0].min(initial=np.inf))
        )
        for gate, line in enumerate(drawn):  # few edges come near a gate: no line is drawn for the others
            edge = near[(west[near] + turn <= high[gate, 0]) & (east[near] + turn >= low[gate, 0])]
            edge = edge[(south[edge] <= high[gate, 1]) & (north[edge] >= low[gate, 1])]
            ends = np.stack([np.c_[lon1[edge] + turn, lat1[edge]], np.c_[lon2[edge] + turn, lat2[edge]]], axis=1)
            bits[edge[shapely.intersects(shapely.linestrings(ends), line)]] |= np.uint64(1) << place[gate]
    return bits


def _ordered(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Give the lower and the upper of each pair."""
    return np.minimum(one, other), np.maximum(one, other)


def land_bits(nodes: pd.DataFrame, edges: pd.DataFrame, posts: pd.DataFrame, iso3: tuple[str, ...]) -> np.ndarray:
    """
    Mark the land edges that cross a named border post, ride a named ferry or enter a named port.

    Parameters
    ----------
    nodes, edges
        As in :class:`geo.network.Network`.
    posts
        Chokepoints not drawn as gates: `bit`, `kind` (`land_border, ferry, port`), `mode` (`road, rail`, or both),
        `lon`, `lat`,
        `controlling_countries` (`;`-list).
    iso3
        Country codes by position.
    """
    bits = np.zeros(len(edges), dtype=np.uint64)
    tail, head = edges["tail"].to_numpy(), edges["head"].to_numpy()
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    country, mode = nodes["country"].to_numpy(), edges["mode"].to_numpy()
    at_port = nodes["kind"].to_numpy() == Kind.PORT
    abroad = np.flatnonzero(country[tail] != country[head])  # one edge in a hundred: looked at once a post
    ports = np.flatnonzero(at_port[tail] | at_port[head])
    for post in posts.itertuples(index=False):
        if post.kind == "land_border":
            pair = sorted(_pair(post.controlling_countries, iso3))
            wanted = np.isin(country[tail[abroad]], pair) & np.isin(country[head[abroad]], pair)
            rows, reach = abroad[wanted], BORDER_RADIUS_KM
            rows = rows[np.isin(mode[rows], sorted(_modes(post.mode)))]
        elif post.kind == "ferry":
            rows, reach = _ferry_edges(nodes, edges, _pair(post.controlling_countries, iso3)), np.inf
        else:
            rows, reach = ports, PORT_RADIUS_KM
        middle_lon = lon[tail[rows]] + lon_step(lon[tail[rows]], lon[head[rows]]) / 2
        gap = geodesic_km(middle_lon, (lat[tail[rows]] + lat[head[rows]]) / 2, post.lon, post.lat)
        bits[rows[gap <= reach]] |= np.uint64(1) << np.uint64(post.bit)
    return bits


def _pair(countries: object, iso3: tuple[str, ...]) -> set[int]:
    """Give the positions of the countries in a `;`-list."""
    return {iso3.index(code) for code in str(countries).split(";") if code in iso3}


def _ferry_edges(nodes: pd.DataFrame, edges: pd.DataFrame, pair: set[int]) -> Ints:
    """List the edges of the ferries that touch no other country than the two."""
    ferry = np.flatnonzero(edges["mode"].to_numpy() == Mode.FERRY)
    country, link = nodes["country"].to_numpy(), edges["link"].to_numpy()[ferry]
    foreign = [~np.isin(country[edges[end].to_numpy()[ferry]], [*pair, -1]) for end in ("tail", "head")]
    return ferry[~np.isin(link, link[foreign[0] | foreign[1]])]


def _modes(named: object) -> set[Mode]:
    """Give the modes that a post serves: those it names, else both."""
    chosen = [modes for word, modes in _LAND_MODES.items() if word in str(named)]
    return set().union(*chosen) if chosen else {Mode.RAIL, Mode.ROAD}
