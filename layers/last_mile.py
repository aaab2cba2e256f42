"""
The routed last mile: a way along roads in place of the straight access leg.

Both ends are cut into the nearest road (not its nearest junction, which in a sparse country is tens of km off), then
Dijkstra's algorithm runs in the roads' directions over geodesic lengths.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import osmnx as ox
from shapely import LineString, Point
from shapely.ops import substring

from geo.distance import geodesic_km, polyline_km
from geo.errors import BadInputError

MAX_SNAP_KM = 5.0  # beyond it the extract does not reach the place: a straight line would pose as a road
_AT_JUNCTION_M = 0.001  # a millimetre: what projecting there and back may shift

LonLat = tuple[float, float]


@dataclass(frozen=True)
class LastMile:
    """
    A routed way between two places, or the reason why there is none.

    Attributes
    ----------
    length_km
        Along the roads, geodesic on WGS 84; None where no way was found, never 0.
    geometry
        The way along the roads, longitude and latitude; None as above.
    origin_snap_km, target_snap_km
        From each place to the point where it was snapped to a road.
    reason
        Why there is no way; empty where there is one.
    source, source_sha256
        The file (or service) of the roads and its checksum, None for a download.
    """

    length_km: float | None
    geometry: LineString | None
    origin_snap_km: float
    target_snap_km: float
    reason: str
    source: str
    source_sha256: str | None

    def __post_init__(self) -> None:
        if {self.length_km is None, self.geometry is None, bool(self.reason)} not in ({True}, {False}):
            message = "a last mile has either a length and a geometry, or a reason"
            raise ValueError(message)

    @property
    def total_km(self) -> float | None:
        """Road length plus both straight ends, in km; None where no way was found."""
        return None if self.length_km is None else self.origin_snap_km + self.length_km + self.target_snap_km


class _Snap(NamedTuple):
    """A place on a road: the edge, the point on it (in the graph's projection), the straight way to it."""

    edge: tuple[int, int, int]
    point: Point
    snap_km: float


def last_mile(graph: nx.MultiDiGraph, origin: LonLat, target: LonLat, *, max_snap_km: float = MAX_SNAP_KM) -> LastMile:
    """
    Route between two places along the roads.

    Parameters
    ----------
    graph
        Roads as from `layers.osm.read_roads`; not changed.
    origin, target
        Longitude and latitude in degrees, in the direction of travel.
    max_snap_km
        A place farther from every road than this is not on this graph.

    Returns
    -------
    way
        With ``length_km=None`` and a reason where a place is off the roads, or no road leads there in its direction.

    Raises
    ------
    BadInputError
        If a place is no place on Earth, or `max_snap_km` is not positive.

    Examples
    --------
    >>> import networkx as nx
    >>> road = nx.MultiDiGraph(crs="EPSG:4326", source="drawn")
    >>> road.add_nodes_from([(1, {"x": 0.0, "y": 0.0}), (2, {"x": 0.1, "y": 0.0})])
    >>> _ = road.add_edge(1, 2, key=0)
    >>> round(last_mile(road, (0.0, 0.01), (0.05, 0.0)).length_km, 2)
    5.57
    >>> last_mile(road, (0.05, 0.0), (0.0, 0.01)).reason
    'no road leads from origin to target in the direction of travel'
    """
    places = [_checked(origin), _checked(target)]
    if not max_snap_km > 0:
        message = f"max_snap_km must be positive, not {max_snap_km}"
        raise BadInputError(message)
    roads = _projected(graph)
    snaps = _snap(roads, places)
    far = [
        f"{name} is {snap.snap_km:.1f} km from the nearest road of this graph (limit {max_snap_km:g} km)"
        for name, snap in zip(("origin", "target"), snaps, strict=True)
        if snap.snap_km > max_snap_km
    ]
    line = None if far else _route(roads, snaps)
    reason = "; ".join(far) if far else "no road leads from origin to target in the direction of travel"
    return LastMile(
        length_km=None if line is None else polyline_km(np.asarray(line.coords)),
        geometry=line,
        origin_snap_km=snaps[0].snap_km,
        target_snap_km=snaps[1].snap_km,
        reason=reason if line is None else "",
        source=graph.graph.get("source", "unknown"),
        source_sha256=graph.graph.get("source_sha256"),
    )


def _checked(lonlat: LonLat) -> LonLat:
    lon, lat = lonlat
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):  # noqa: PLR2004
        message = f"{lon},{lat} is no longitude and latitude"
        raise BadInputError(message)
    return lon, lat


def _projected(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Copy into the local UTM zone, every edge with a geometry and its geodesic length; nodes numbered from 0."""
    roads = nx.convert_node_labels_to_integers(graph)
    place = {node: (data["x"], data["y"]) for node, data in roads.nodes(data=True)}
    for u, v, data in roads.edges(data=True):
        line = data.get("geometry") or LineString([place[u], place[v]])
        data.clear()  # tags are not needed, and odd ones trip the projection
        data |= {"geometry": line, "length_km": polyline_km(np.asarray(line.coords))}
    for _, data in roads.nodes(data=True):
        data.pop("geometry", None)
    return ox.project_graph(roads)


def _snap(roads: nx.MultiDiGraph, places: list[LonLat]) -> list[_Snap]:
    """Put each place on its nearest edge: nearest in UTM, the distance measured on the ellipsoid."""
    snaps = []
    points: list[Any] = [ox.projection.project_geometry(Point(p), to_crs=roads.graph["crs"])[0] for p in places]
    edges = ox.nearest_edges(roads, [p.x for p in points], [p.y for p in points])
    for place, point, edge in zip(places, points, edges, strict=True):
        line = roads.edges[edge]["geometry"]
        on_road = line.interpolate(line.project(point))
        lonlat = _to_lonlat(on_road, roads)
        snap_km = float(geodesic_km(*place, lonlat.x, lonlat.y))
        snaps.append(_Snap(tuple(edge), on_road, snap_km))
    return snaps


def _route(roads: nx.MultiDiGraph, snaps: list[_Snap]) -> LineString | None:
    """Cut the two places into their roads, both directions, and find the shortest way; None where there is none."""
    origin, target = len(roads), len(roads) + 1
    stops: dict[tuple[int, int, int], list[tuple[int, Point]]] = {}
    for node, snap in ((origin, snaps[0]), (target, snaps[1])):
        for edge in _both_directions(roads, snap.edge):
            stops.setdefault(edge, []).append((node, snap.point))
    for edge, places in stops.items():
        _cut(roads, edge, places)
    try:
        nodes = nx.shortest_path(roads, origin, target, weight="length_km")
    except nx.NetworkXNoPath:
        return None
    coords = [snaps[0].point.coords[0]]
    for u, v in pairwise(nodes):
        shortest = min(roads[u][v].values(), key=lambda edge: edge["length_km"])
        coords += [c for c in shortest["geometry"].coords if c != coords[-1]]
    way: LineString = _to_lonlat(LineString(coords if len(coords) > 1 else coords * 2), roads)
    return way


def _both_directions(roads: nx.MultiDiGraph, edge: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """Name the edge and, on a two-way road, its twin: the edge back along the same line."""
    u, v, _key = edge
    line = roads.edges[edge]["geometry"]
    back = roads.get_edge_data(v, u, default={})
    twins = [(v, u, k) for k, data in back.items() if (v, u, k) != edge and data["geometry"].equals(line)]
    return [edge, *twins]


def _cut(roads: nx.MultiDiGraph, edge: tuple[int, int, int], places: list[tuple[int, Point]]) -> None:
    """Replace an edge by its pieces between the places on it, in its direction."""
    u, v, _ = edge
    line, length_km = roads.edges[edge]["geometry"], roads.edges[edge]["length_km"]
    roads.remove_edge(*edge)
    on_way = sorted((line.project(point), node) for node, point in places)
    chain: list[tuple[float, Any]] = [(0.0, u), *on_way, (line.length, v)]
    for (start, tail), (end, head) in pairwise(chain):
        share = (end - start) / line.length if line.length else 0.0
        roads.add_edge(tail, head, geometry=substring(line, start, end), length_km=length_km * share)
    for position, node in on_way:  # a place on a junction may take any road there
        for junction, end in ((u, 0.0), (v, line.length)):
            if abs(position - end) < _AT_JUNCTION_M:
                for tail, head in ((junction, node), (node, junction)):
                    roads.add_edge(tail, head, geometry=line.interpolate(end), length_km=0.0)


def _to_lonlat(shape: Any, roads: nx.MultiDiGraph) -> Any:
    return ox.projection.project_geometry(shape, crs=roads.graph["crs"], to_latlong=True)[0]
