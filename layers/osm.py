"""
Roads around a facility from OpenStreetMap: from a file or, only when the user asks, from Overpass.

A file is OSM XML, GraphML or PBF. Whatever the source, the result is a graph in OSMnx's conventions.
"""

import hashlib
import importlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import networkx as nx
import osmnx as ox

from geo.errors import BadInputError, CorridorError

# OSM's values of `highway` that a lorry can use; tracks and service roads, because a mine's own road is often one.
_MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
LORRY_ROADS = (*_MAIN, *(f"{road}_link" for road in _MAIN))
LORRY_ROADS += ("unclassified", "residential", "living_street", "road", "service", "track")
_SETTINGS_LOCK = Lock()  # OSMnx keeps its settings in one module for all threads


def read_roads(path: Path) -> nx.MultiDiGraph:
    """
    Build the road graph that a file holds.

    OSM XML (``.osm``, ``.xml``) and PBF (``.pbf``, needs the optional package pyrosm) are cut down to roads that a
    lorry can use and to their largest connected part. GraphML must be a graph that OSMnx wrote; it is taken as it is.

    Parameters
    ----------
    path
        The file; its suffix tells the format.

    Returns
    -------
    graph
        In OSMnx's conventions (``x``, ``y``, ``length`` in metres, EPSG:4326), its file name and SHA-256 in
        ``graph.graph["source"]`` and ``graph.graph["source_sha256"]``.

    Raises
    ------
    BadInputError
        If the file is missing, of another format, unreadable, or holds no road; if it is PBF without pyrosm.

    References
    ----------
    Boeing, G. (2025), Modeling and analyzing urban networks and amenities with OSMnx, *Geographical Analysis*.
    """
    readers: dict[str, Callable[[Path], nx.MultiDiGraph]]
    readers = {".osm": _read_xml, ".xml": _read_xml, ".graphml": _read_graphml, ".pbf": _read_pbf}
    if path.suffix.lower() not in readers:
        message = f"{path.name}: roads come as OSM XML (.osm, .xml), GraphML (.graphml) or PBF (.pbf)"
        raise BadInputError(message)
    try:
        content = path.read_bytes()
        graph = readers[path.suffix.lower()](path)
    except CorridorError:
        raise
    except OSError as error:
        message = f"{path}: {(error.strerror or 'cannot be read').lower()}"
        raise BadInputError(message) from error
    except Exception as error:  # three parsers, each with errors of its own: all mean an unusable file
        message = f"{path.name}: cannot be read as roads ({type(error).__name__}: {error})"
        raise BadInputError(message) from error
    return _sourced(graph, path.name, hashlib.sha256(content).hexdigest())


def download_roads(lonlat: tuple[float, float], *, radius_km: float, cache_folder: Path) -> nx.MultiDiGraph:
    """
    Ask Overpass for the roads around a place: only when the user says so.

    Parameters
    ----------
    lonlat
        Centre, degrees on WGS 84.
    radius_km
        Half the side of the box around it.
    cache_folder
        Where OSMnx keeps answers; a second call for the same box asks nobody.

    Returns
    -------
    graph
        As from `read_roads`; its checksum is None.

    Raises
    ------
    BadInputError
        If there is no road in the box.
    CorridorError
        If Overpass cannot be reached: said after a minute, because OSMnx waits for its turn first.
    """
    lon, lat = lonlat
    roads = f'["highway"~"^({"|".join(LORRY_ROADS)})$"]["access"!~"^no$"]'
    with _own_settings(cache_folder):
        try:
            graph = ox.graph.graph_from_point((lat, lon), dist=radius_km * 1000, custom_filter=roads)
        except OSError as error:  # requests' errors are OSErrors
            message = "OpenStreetMap's Overpass service cannot be reached; hand in a file instead"
            raise CorridorError(message) from error
        except ValueError as error:  # OSMnx: no data in the box
            message = f"no road within {radius_km:g} km of {lon:g},{lat:g}"
            raise BadInputError(message) from error
    return _sourced(graph, "OpenStreetMap, Overpass", None)


def _read_xml(path: Path) -> nx.MultiDiGraph:
    """Filter before simplifying: OSMnx takes every way of the file, and simplifying mixes their tags."""
    graph = ox.graph.graph_from_xml(path, simplify=False, retain_all=True)
    closed = [
        (u, v, key)
        for u, v, key, way in graph.edges(keys=True, data=True)
        if way.get("highway") not in LORRY_ROADS or way.get("access") == "no"
    ]
    graph.remove_edges_from(closed)
    return ox.simplify_graph(ox.truncate.largest_component(graph))


def _read_graphml(path: Path) -> nx.MultiDiGraph:
    graph = ox.load_graphml(path)
    return ox.project_graph(graph, to_latlong=True) if ox.projection.is_projected(graph.graph["crs"]) else graph


def _read_pbf(path: Path) -> nx.MultiDiGraph:
    """Read with pyrosm, whose network type gives the direction rules and whose filter gives the roads."""
    try:
        pyrosm = importlib.import_module("pyrosm")
    except ImportError as error:
        message = f"{path.name}: PBF needs the package pyrosm (pip install pyrosm); OSM XML and GraphML do not"
        raise BadInputError(message) from error
    reader = pyrosm.OSM(str(path))
    roads = {"highway": list(LORRY_ROADS)}
    nodes, edges = reader.get_network("driving", nodes=True, custom_filter=roads, filter_type="keep")
    if "access" in edges:
        edges = edges[edges["access"] != "no"]
    return reader.to_graph(nodes, edges, graph_type="networkx", network_type="driving", progress=False)


def _sourced(graph: nx.MultiDiGraph, source: str, sha256: str | None) -> nx.MultiDiGraph:
    if graph.number_of_edges() == 0:
        message = f"{source}: holds no road that a lorry can use"
        raise BadInputError(message)
    graph.graph |= {"source": source, "source_sha256": sha256}
    return graph


@contextmanager
def _own_settings(cache_folder: Path) -> Iterator[None]:
    """
    Give OSMnx our cache, and put everything it changes in this process back afterwards.

    It keeps settings in a module, and on each download replaces `socket.getaddrinfo` for good. Google's name
    service, which it would ask, stays out: the user asked for Overpass only.
    """
    own = {"use_cache": True, "cache_folder": cache_folder, "doh_url_template": None}
    with _SETTINGS_LOCK:
        before = {name: getattr(ox.settings, name) for name in own}
        look_up = socket.getaddrinfo
        try:
            vars(ox.settings).update(own)
            yield
        finally:
            vars(ox.settings).update(before)
            socket.getaddrinfo = look_up
