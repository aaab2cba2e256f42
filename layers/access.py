"""The last mile of a site along roads of OpenStreetMap, in place of the straight stretches that join it."""

from pathlib import Path
from typing import Final

import networkx as nx
import numpy as np
import platformdirs

from geo.distance import Floats
from geo.network import Network
from geo.sites import access_edges, with_roads
from layers.ends import RoadsFor, RoutedAccess
from layers.last_mile import last_mile
from layers.osm import download_roads, read_roads

NODE_SNAP_KM: Final = 0.5  # our nodes lie on OpenStreetMap's roads, rounded to 0.1 km: farther off, none is there
MARGIN_KM: Final = 5.0  # a road bends out of the box of its ends
MOST_RADIUS_KM: Final = 60.0  # what Overpass answers in a minute or two


def with_routed_access(network: Network, site_id: str, graph: nx.MultiDiGraph) -> RoutedAccess:
    """
    Route the stretches that join a site to the graph along roads, each in its direction.

    Where the roads do not reach, the straight stretch stays, with its circuity. A siding stays: it is no road. The
    straight ends between a place and its road count as they are drawn.

    Parameters
    ----------
    network
        Holds the site.
    site_id
        The site.
    graph
        Roads, as from `layers.osm.read_roads` or `layers.osm.download_roads`.

    Returns
    -------
    routed
        The network, the source of the roads, and why a stretch stays straight.
    """
    roads: dict[int, Floats] = {}
    reasons: dict[int, str] = {}
    columns, leave = network.columns, network.sites.loc[site_id, "leave"]
    for edge in access_edges(network, site_id).tolist():
        nodes = (columns.tail[edge], columns.head[edge])
        ends = [(float(columns.lon[node]), float(columns.lat[node])) for node in nodes]
        way = last_mile(graph, ends[0], ends[1])
        gap_km = way.target_snap_km if nodes[0] == leave else way.origin_snap_km
        if way.geometry is None:
            reasons[edge] = way.reason
        elif gap_km > NODE_SNAP_KM:
            reasons[edge] = f"the network's node lies {gap_km:.1f} km outside these roads"
        else:
            roads[edge] = np.array([ends[0], *way.geometry.coords, ends[1]])
    source, sha256 = str(graph.graph.get("source", "unknown")), graph.graph.get("source_sha256")
    return RoutedAccess(with_roads(network, roads), source, sha256, reasons)


def roads_in_file(path: Path) -> RoadsFor:
    """
    Route last miles along the roads of a file, read once (OSM XML, GraphML or PBF).

    Raises
    ------
    BadInputError
        As `layers.osm.read_roads`.
    """
    graph = read_roads(path)
    return lambda network, site_id: with_routed_access(network, site_id, graph)


def roads_from_overpass(network: Network, site_id: str) -> RoutedAccess:
    """
    Route the last mile of a site along roads asked from Overpass: only when the user says so.

    The box reaches a little past the nearest node that the site joins by road, 60 km at most; answers are kept.

    Raises
    ------
    BadInputError, CorridorError
        As `layers.osm.download_roads`.
    """
    edges = access_edges(network, site_id)
    if not len(edges):
        return RoutedAccess(network, "OpenStreetMap, Overpass", None, {})
    node = network.columns.tail[edges[0]]
    radius_km = min(float(network.columns.length_km[edges].min()) + MARGIN_KM, MOST_RADIUS_KM)
    cache = platformdirs.user_cache_path("corridor-mapper") / "overpass"
    place = (float(network.columns.lon[node]), float(network.columns.lat[node]))
    return with_routed_access(network, site_id, download_roads(place, radius_km=radius_km, cache_folder=cache))
