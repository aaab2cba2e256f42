"""
The whole network to and from OSMnx's graph conventions, as GeoPackage and GraphML.

Conventions: a ``MultiDiGraph`` with ``crs``, nodes with ``x`` and ``y``, edges with ``length`` in metres and
``geometry``. An unknown value is an absent attribute, as a missing tag is in OpenStreetMap; it comes back as null.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import osmnx as ox
import pandas as pd

from geo.errors import BadInputError, ContractError
from layers.writing import replacing

NODE_COLUMNS = ("lon", "lat", "kind")
EDGE_COLUMNS = ("u", "v", "key", "mode", "length_km", "geometry")
_EDGE_ID = ["u", "v", "key"]
_TYPES = "attribute_types"  # GraphML keeps text only: the graph says what its columns were
_CASTS: dict[str, Callable[[str], Any]] = {"float": float, "int": int, "bool": lambda text: text == "True", "str": str}


def to_osmnx(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> nx.MultiDiGraph:
    """
    Turn node and edge frames into a graph that OSMnx and NetworkX work on.

    Parameters
    ----------
    nodes
        Indexed by node id (whole numbers or text). Columns: ``lon``, ``lat`` (degrees, WGS 84), ``kind``; others go
        along.
    edges
        One row per directed edge. Columns: ``u``, ``v`` (node ids), ``key``, ``mode``, ``length_km`` (null where
        unknown), ``geometry`` (lines, WGS 84); others go along. Tuples, lists and sets become text joined by ``;``.

    Returns
    -------
    graph
        Edge ``length`` is ``1000 * length_km``; the frames are not changed.

    Raises
    ------
    ContractError
        If a column is missing, an id is double, an edge ends in no node or has no geometry, or a CRS is not WGS 84.

    References
    ----------
    OSMnx, `osmnx.convert.graph_from_gdfs`.
    """
    _check(nodes, edges)
    points = _flat(pd.DataFrame(nodes)).drop(columns="geometry", errors="ignore")
    points = points.rename(columns={"lon": "x", "lat": "y"})
    lines = _flat(edges).set_index(_EDGE_ID)
    lines.insert(0, "length", lines.pop("length_km") * 1000)
    types = {
        "node_id": "int" if pd.api.types.is_integer_dtype(points.index) else "str",
        "nodes": {name: _type_name(column) for name, column in points.items()},
        "edges": {name: _type_name(lines[name]) for name in lines.columns.drop("geometry")},
    }
    attributes = {"crs": edges.crs.to_string(), _TYPES: json.dumps(types)}
    return ox.convert.graph_from_gdfs(gpd.GeoDataFrame(points), lines, graph_attrs=attributes)


def from_osmnx(graph: nx.MultiDiGraph) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Turn a graph in OSMnx's conventions into node and edge frames.

    Parameters
    ----------
    graph
        From `to_osmnx`, `read_graph` or OSMnx itself; an edge without geometry is a straight line, as OSMnx has it.

    Returns
    -------
    nodes, edges
        As `to_osmnx` takes them; ``kind`` and ``mode`` are null where the graph has none. Text that was joined by
        ``;`` stays text.
    """
    points, lines = ox.graph_to_gdfs(graph)
    points = points.rename(columns={"x": "lon", "y": "lat"})
    lines = lines.reset_index()
    lines["length_km"] = lines.pop("length") / 1000
    nodes = points.reindex(columns=[*NODE_COLUMNS, *points.columns.difference(NODE_COLUMNS, sort=False)])
    edges = lines.reindex(columns=[*EDGE_COLUMNS, *lines.columns.difference(EDGE_COLUMNS, sort=False)])
    return nodes.rename_axis(index="node_id"), gpd.GeoDataFrame(edges, geometry="geometry", crs=lines.crs)


def write_graph(graph: nx.MultiDiGraph, path: Path) -> None:
    """
    Write a graph as GeoPackage (``.gpkg``, layers ``nodes`` and ``edges``) or GraphML (``.graphml``).

    An existing file is replaced once the new one is whole.

    Raises
    ------
    BadInputError
        If the suffix names neither format, or GDAL cannot write the file.
    """
    write = partial(ox.save_graph_geopackage, directed=True) if _suffix(path) == ".gpkg" else ox.save_graphml
    with replacing(path) as fresh:
        write(graph, fresh)


def read_graph(path: Path) -> nx.MultiDiGraph:
    """
    Read a graph that `write_graph` wrote.

    Raises
    ------
    BadInputError
        If the suffix names neither format, or the file cannot be read as a graph.
    """
    read = _read_geopackage if _suffix(path) == ".gpkg" else _read_graphml
    try:
        return read(path)
    except Exception as error:  # two parsers, each with errors of its own: all mean an unusable file
        message = f"{path.name}: cannot be read as a network ({type(error).__name__}: {error})"
        raise BadInputError(message) from error


def _check(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> None:
    """Gather every breach, then raise once."""
    missing = [f"nodes: no column {c}" for c in NODE_COLUMNS if c not in nodes]
    missing += [f"edges: no column {c}" for c in EDGE_COLUMNS if c not in edges]
    if missing:
        raise ContractError("; ".join(missing))
    ends = pd.concat([edges["u"], edges["v"]])
    no_line = edges.geometry.isna() | edges.geometry.is_empty
    bad = {
        "nodes: id held twice": nodes.index[nodes.index.duplicated()],
        "nodes: no lon or lat": nodes.index[nodes[["lon", "lat"]].isna().any(axis=1)],
        "edges: (u, v, key) held twice": edges.index[edges.duplicated(_EDGE_ID)],
        "edges: end in no node": pd.Index(ends[~ends.isin(nodes.index)].unique()),
        "edges: no geometry": edges.index[no_line],
    }
    breaches = [f"{what} ({len(ids)} rows, first {list(ids[:5])})" for what, ids in bad.items() if len(ids)]
    if edges.crs is None or not edges.crs.equals("EPSG:4326"):
        breaches.append(f"edges: CRS is {edges.crs}, not EPSG:4326")
    if breaches:
        raise ContractError("; ".join(breaches))


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Copy, with collections as ``;``-joined text, as in our tables: GraphML and GeoPackage hold no lists."""
    flat = frame.copy()
    for name in flat.columns:
        if pd.api.types.is_object_dtype(flat[name]):
            flat[name] = flat[name].map(_joined)
    return flat


def _joined(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        value = sorted(value)
    return ";".join(map(str, value)) if isinstance(value, tuple | list) else value


def _type_name(column: pd.Series) -> str:
    kinds = {"b": "bool", "i": "int", "u": "int", "f": "float"}
    return kinds.get(getattr(column.dtype, "kind", "O"), "str")


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in {".gpkg", ".graphml"}:
        message = f"{path.name}: a network is written as GeoPackage (.gpkg) or GraphML (.graphml)"
        raise BadInputError(message)
    return suffix


def _read_graphml(path: Path) -> nx.MultiDiGraph:
    """Read ids and attributes as text first, then cast them to what the graph says they were."""
    graph = ox.load_graphml(path, node_dtypes={"osmid": str})
    types = json.loads(graph.graph[_TYPES])
    for table, rows in (("nodes", graph.nodes(data=True)), ("edges", graph.edges(data=True))):
        for *_, data in rows:
            data |= {name: _CASTS[types[table][name]](text) for name, text in data.items() if name in types[table]}
    cast = _CASTS[types["node_id"]]
    return nx.relabel_nodes(graph, {node: cast(node) for node in graph}, copy=False)


def _read_geopackage(path: Path) -> nx.MultiDiGraph:
    """Read the layers; OSMnx writes an absent text as an empty one."""
    points = gpd.read_file(path, layer="nodes").set_index("osmid")
    lines = gpd.read_file(path, layer="edges").set_index(_EDGE_ID)
    for frame in (points, lines):
        for name in frame.columns.drop("geometry"):
            frame[name] = frame[name].where(frame[name] != "", None)
    points = gpd.GeoDataFrame(pd.DataFrame(points).drop(columns="geometry"))  # x and y hold the place
    return ox.convert.graph_from_gdfs(points, lines, graph_attrs={"crs": lines.crs.to_string()})
