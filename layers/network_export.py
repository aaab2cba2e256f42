"""The world network, or the part in a box, as node and edge frames for `layers.osm_network`, and so as a file."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.distance import Ints, lon_step
from geo.errors import BadInputError
from geo.network import Kind, Mode, Network
from layers.osm_network import to_osmnx, write_graph

Box = tuple[float, float, float, float]
MODES_OF: Final = {
    "sea": {Mode.SEA, Mode.PORT_SEA, Mode.FERRY},
    "rail": {Mode.RAIL, Mode.PORT_RAIL},
    "road": {Mode.ROAD, Mode.PORT_ROAD},
}


def network_frames(
    network: Network, *, box: Box | None = None, modes: Collection[str] = ("sea", "rail", "road")
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Give the nodes and directed edges of a network that lie in a box, as `layers.osm_network.to_osmnx` takes them.

    An edge counts where both its ends lie in the box; one that runs both ways is two edges, as OSMnx has it. Lines
    keep continuous longitudes, so one over the antimeridian leaves ±180.

    Parameters
    ----------
    network
        The network; not changed.
    box
        West, south, east, north in degrees; west above east crosses the antimeridian. None is the whole world.
    modes
        Of `sea, rail, road`; transfers between rail and road come with both.

    Returns
    -------
    nodes
        Index `node_id`: `lon, lat, kind, country`.
    edges
        `u, v, key, mode, length_km, chokepoints, link, geometry`.
    """
    wanted = set().union(*(MODES_OF[mode] for mode in modes))
    wanted |= {Mode.TRANSFER} if {"rail", "road"} <= set(modes) else set()
    columns = network.columns
    inside = _inside(network, box)
    rows = np.flatnonzero(np.isin(columns.mode, sorted(wanted)) & inside[columns.tail] & inside[columns.head])
    there = _edges(network, rows, _lines(network, rows))
    back = there[~network.edges["oneway"].to_numpy(bool)[rows]]
    turned = back.assign(u=back["v"], v=back["u"], geometry=shapely.reverse(back.geometry))
    edges = pd.concat([there, turned], ignore_index=True)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return _nodes(network, np.unique(edges[["u", "v"]])), edges


def export_network(
    network: Network, path: Path, *, box: Box | None = None, modes: Collection[str] = ("sea", "rail", "road")
) -> tuple[int, int]:
    """
    Write a network, or the part in a box, in OSMnx's conventions as GeoPackage or GraphML.

    Returns
    -------
    nodes, edges
        How many were written.

    Raises
    ------
    BadInputError
        If the suffix names neither format, or nothing lies in the box.
    """
    nodes, edges = network_frames(network, box=box, modes=modes)
    if edges.empty:
        message = f"no edge of the network by {', '.join(sorted(modes))} lies in this box"
        raise BadInputError(message)
    write_graph(to_osmnx(nodes, edges), path)
    return len(nodes), len(edges)


def read_box(text: str) -> Box:
    """
    Read `W,S,E,N`.

    Raises
    ------
    BadInputError
        If these are not four degrees on the globe, south below north.

    Examples
    --------
    >>> read_box("19,59,32,71")
    (19.0, 59.0, 32.0, 71.0)
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = np.nan
    if not (max(abs(west), abs(east)) <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004
        message = f"cannot read {text.strip()!r} as a box: west,south,east,north in degrees, such as 19,59,32,71"
        raise BadInputError(message)
    return west, south, east, north


def _inside(network: Network, box: Box | None) -> np.ndarray:
    """Mark the nodes in a box, sites aside."""
    columns = network.columns
    inside: np.ndarray = columns.kind != Kind.SITE
    if box is None:
        return inside
    west, south, east, north = box
    after, before = columns.lon >= west, columns.lon <= east
    across = after & before if west <= east else after | before
    return inside & across & (columns.lat >= south) & (columns.lat <= north)


def _lines(network: Network, rows: Ints) -> np.ndarray:
    """Draw edges with their bends, all at once: first the tail, then the bends, then the head."""
    columns = network.columns
    count = network.bend_start[rows + 1] - network.bend_start[rows] + 2
    start = np.cumsum(count) - count
    line = np.repeat(np.arange(len(rows)), count)
    rank = np.arange(len(line)) - start[line]
    coords = np.empty((len(line), 2))
    inner = (rank > 0) & (rank < count[line] - 1)
    coords[inner] = network.bends[(network.bend_start[rows][line] + rank - 1)[inner]]
    for ends, place in ((columns.tail[rows], start), (columns.head[rows], start + count - 1)):
        coords[place] = np.column_stack((columns.lon[ends], columns.lat[ends]))
    step = np.r_[0.0, lon_step(coords[:-1, 0], coords[1:, 0])]
    step[start] = 0.0
    walked = np.cumsum(step)
    coords[:, 0] = coords[start, 0][line] + walked - walked[start][line]
    lines: np.ndarray = shapely.linestrings(coords, indices=line)
    return lines


def _edges(network: Network, rows: Ints, lines: np.ndarray) -> gpd.GeoDataFrame:
    """Describe edges in words."""
    columns = network.columns
    links = np.array([*network.links.index, None], dtype=object)
    table = {
        "u": columns.tail[rows],
        "v": columns.head[rows],
        "key": 0,
        "mode": [Mode(code).name.lower() for code in columns.mode[rows].tolist()],
        "length_km": columns.length_km[rows],
        "chokepoints": [";".join(network.names(bits)) or None for bits in columns.chokepoints[rows].tolist()],
        "link": links[columns.link[rows]],
    }
    return gpd.GeoDataFrame(table, geometry=lines, crs="EPSG:4326")


def _nodes(network: Network, rows: Ints) -> gpd.GeoDataFrame:
    """Describe nodes in words."""
    columns = network.columns
    codes = np.array([*network.iso3, None], dtype=object)
    table = {
        "lon": columns.lon[rows],
        "lat": columns.lat[rows],
        "kind": [Kind(code).name.lower() for code in columns.kind[rows].tolist()],
        "country": codes[columns.country[rows]],
    }
    return gpd.GeoDataFrame(table, index=pd.Index(rows, name="node_id"))
