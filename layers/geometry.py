"""
Lines and polygons on a round earth drawn on a flat map: unwrap, cut, recentre, bound.

Inside the product a line is *continuous*: its longitudes may leave ±180, so a Pacific crossing is one line.
It is cut only where it leaves, for GeoJSON at the antimeridian; a map draws it whole, once a turn of the world.

The cut works on segments, not on vertices. Each segment that spans an edge meridian (centre + 180 + 360 k)
gets a vertex there; each piece then belongs to the cell its midpoint lies in; runs of pieces in one cell
are the parts, moved back by 360 k. So a line that only touches the meridian is not cut, and one that runs
along it stays with the part before it.
"""

import math
import warnings
from collections.abc import Callable, Iterable

import antimeridian
import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

_TURN = 360.0
_HALF = 180.0
_POLE = 90.0


def unwrap(line: shapely.LineString) -> shapely.LineString:
    """
    Make the longitudes of a line continuous, starting in [-180, 180).

    A step of more than 180 degrees is read as a crossing of the antimeridian.

    Parameters
    ----------
    line
        Longitude and latitude in degrees; heights are dropped.

    Examples
    --------
    >>> unwrap(shapely.LineString([(179, 0), (-179, 1)]))
    <LINESTRING (179 0, 181 1)>
    """
    xy = np.asarray(line.coords, dtype=float)[:, :2].copy()
    if len(xy) == 0:
        return line
    xy[1:, 0] -= _TURN * np.cumsum(np.round(np.diff(xy[:, 0]) / _TURN))
    xy[:, 0] -= _TURN * math.floor((xy[0, 0] + _HALF) / _TURN)
    return shapely.LineString(xy)


def split_line(line: shapely.LineString, *, centre_lon: float = 0.0) -> shapely.LineString | shapely.MultiLineString:
    """
    Cut a line at the edges of a map centred on a meridian.

    Parameters
    ----------
    line
        Continuous or wrapped longitudes, degrees.
    centre_lon
        The meridian in the middle of the map; every part lies within 180 degrees of it.

    Returns
    -------
    line
        The parts in order of travel; a single part as a LineString.

    Examples
    --------
    >>> split_line(shapely.LineString([(170, 0), (190, 2)]))
    <MULTILINESTRING ((170 0, 180 1), (-180 1, -170 2))>
    >>> split_line(shapely.LineString([(170, 0), (190, 2)]), centre_lon=150)
    <LINESTRING (170 0, 190 2)>
    """
    xy = np.asarray(unwrap(line).coords, dtype=float)
    if len(xy) == 0:
        return line
    west = centre_lon - _HALF
    xy = _with_edge_vertices(xy, west)
    cell = _cells(xy, west)
    starts = np.flatnonzero(np.diff(cell)) + 1
    parts = [
        xy[first : last + 1] - (_TURN * cell[first], 0.0)
        for first, last in zip([0, *starts], [*starts, len(cell)], strict=True)
    ]
    return shapely.LineString(parts[0]) if len(parts) == 1 else shapely.MultiLineString(parts)


def _with_edge_vertices(xy: np.ndarray, west: float) -> np.ndarray:
    """Put a vertex wherever a segment passes a meridian west + 360 k: cuts fall on vertices only."""
    turns = (xy[:, 0] - west) / _TURN
    first = np.floor(np.minimum(turns[:-1], turns[1:])) + 1
    last = np.ceil(np.maximum(turns[:-1], turns[1:]))
    at, vertices = [], []
    for i in np.flatnonzero(first < last):
        (x0, y0), (x1, y1) = xy[i : i + 2]
        edges = west + _TURN * np.arange(first[i], last[i])
        edges = edges if x1 > x0 else edges[::-1]
        at += [i + 1] * len(edges)
        vertices.append(np.column_stack([edges, y0 + (edges - x0) / (x1 - x0) * (y1 - y0)]))
    return np.insert(xy, at, np.vstack(vertices), axis=0) if at else xy


def _cells(xy: np.ndarray, west: float) -> np.ndarray:
    """Say in which 360-degree cell each segment lies; along an edge, the cell of the segment before."""
    turns = ((xy[:-1, 0] + xy[1:, 0]) / 2 - west) / _TURN
    cell = np.floor(turns)
    on_edge = turns == cell
    known = np.where(on_edge, -1, np.arange(len(cell)))
    last_known = np.maximum.accumulate(known)
    first_known = int(np.argmax(~on_edge))
    segment: np.ndarray = np.where(last_known < 0, first_known, last_known)
    return np.asarray(cell[segment])


def join_line(geometry: BaseGeometry) -> BaseGeometry:
    """
    Undo `split_line`: join parts that meet at the edge of a map into continuous lines.

    Parameters
    ----------
    geometry
        LineString or MultiLineString, degrees. Parts that do not meet stay apart.

    Examples
    --------
    >>> join_line(split_line(shapely.LineString([(170, 0), (190, 2)])))
    <LINESTRING (170 0, 180 1, 190 2)>
    """
    joined: list[np.ndarray] = []
    for part in _lines(geometry):
        xy = np.asarray(part.coords, dtype=float)[:, :2]
        if joined and _meet(joined[-1][-1], xy[0]):
            shift = joined[-1][-1][0] - xy[0][0]
            joined[-1] = np.vstack([joined[-1], xy[1:] + np.array([shift, 0.0])])
        else:
            joined.append(xy)
    lines = [unwrap(shapely.LineString(xy)) for xy in joined]
    return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)


def _meet(end: np.ndarray, start: np.ndarray) -> bool:
    """Tell whether two vertices are one point of the globe (within 0.1 mm: JSON may have rounded them)."""
    lon_gap = (end[0] - start[0] + _HALF) % _TURN - _HALF
    return bool(abs(lon_gap) < 1e-9 and abs(end[1] - start[1]) < 1e-9)  # noqa: PLR2004 degrees


def _lines(geometry: BaseGeometry) -> list[shapely.LineString]:
    """List the lines of a LineString or MultiLineString that have a length or at least two vertices."""
    return [part for part in shapely.get_parts(geometry) if not part.is_empty]


def recentre(geometry: BaseGeometry, centre_lon: float) -> BaseGeometry:
    """
    Move a geometry onto a map centred on a meridian: cut at its edges, shifted, whole inside.

    Parameters
    ----------
    geometry
        Any geometry, degrees. Polygons must not be stitched across the antimeridian (see `rfc7946`).
    centre_lon
        The meridian in the middle of the map.

    Returns
    -------
    geometry
        All longitudes within [centre - 180, centre + 180]; polygon halves that meet are merged.

    Examples
    --------
    >>> recentre(shapely.Point(-170, 5), 150)
    <POINT (190 5)>
    >>> halves = shapely.MultiPolygon([shapely.box(170, 0, 180, 1), shapely.box(-180, 0, -170, 1)])
    >>> recentre(halves, 150).bounds
    (170.0, 0.0, 190.0, 1.0)
    """
    kind = geometry.geom_type
    if geometry.is_empty:
        return geometry
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([recentre(part, centre_lon) for part in shapely.get_parts(geometry)])
    if kind.endswith("Point"):
        return shapely.transform(geometry, lambda xy: _shift_into(xy, centre_lon))
    if "Line" in kind:
        return _split_all(geometry, centre_lon)
    return _recentre_polygons(geometry, centre_lon)


def _shift_into(xy: np.ndarray, centre_lon: float) -> np.ndarray:
    """Move longitudes by whole turns into the map; those already inside keep their value to the last bit."""
    lon = xy[:, 0]
    outside = np.abs(lon - centre_lon) > _HALF
    moved = (lon - centre_lon + _HALF) % _TURN - _HALF + centre_lon
    return np.column_stack([np.where(outside, moved, lon), xy[:, 1]])


def _split_all(geometry: BaseGeometry, centre_lon: float) -> BaseGeometry:
    """Cut every part of a (multi)line and gather the pieces in order of travel."""
    pieces = [p for part in _lines(geometry) for p in _lines(split_line(part, centre_lon=centre_lon))]
    return pieces[0] if len(pieces) == 1 else shapely.MultiLineString(pieces)


def _recentre_polygons(geometry: BaseGeometry, centre_lon: float) -> BaseGeometry:
    """Clip copies one turn apart to the map and merge what touches, so that no seam is drawn."""
    west, east = centre_lon - _HALF, centre_lon + _HALF
    x_min, _, x_max, _ = geometry.bounds
    turns = range(math.floor((west - x_max) / _TURN), math.ceil((east - x_min) / _TURN) + 1)
    copies = [shapely.clip_by_rect(translate(geometry, _TURN * k), west, -_POLE, east, _POLE) for k in turns]
    merged = shapely.union_all([copy for copy in copies if not copy.is_empty])
    polygons = [part for part in shapely.get_parts(merged) if part.geom_type == "Polygon"]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def rfc7946(geometry: BaseGeometry) -> BaseGeometry:
    """
    Bring a geometry to the letter of RFC 7946: cut at the antimeridian, right-hand rings.

    Parameters
    ----------
    geometry
        Any geometry, degrees; lines may be continuous beyond ±180.

    Returns
    -------
    geometry
        Longitudes within ±180, exterior rings counter-clockwise.

    Notes
    -----
    Lines are cut by `split_line`; polygons by the *antimeridian* package, which also closes rings round a
    pole.

    References
    ----------
    RFC 7946, sections 3.1.6 (right-hand rule) and 3.1.9 (antimeridian cutting).

    Examples
    --------
    >>> rfc7946(shapely.box(170, 0, 190, 1)).geom_type
    'MultiPolygon'
    """
    kind = geometry.geom_type
    if geometry.is_empty:
        return geometry
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([rfc7946(part) for part in shapely.get_parts(geometry)])
    if "Polygon" not in kind:
        return recentre(geometry, 0.0)
    fix: Callable[..., BaseGeometry] = antimeridian.fix_polygon if kind == "Polygon" else antimeridian.fix_multi_polygon
    with warnings.catch_warnings():  # turning a clockwise ring round is the point, not a surprise
        warnings.simplefilter("ignore", antimeridian.FixWindingWarning)
        fixed = fix(geometry, fix_winding=True, great_circle=False)  # RFC 7946: edges are straight in lon-lat
    return shapely.orient_polygons(fixed)


def rfc_bbox(geometries: Iterable[BaseGeometry]) -> list[float] | None:
    """
    Find the smallest box round geometries on the globe: west, south, east, north.

    West is greater than east when the box crosses the antimeridian (RFC 7946, 5.2): the box leaves out the
    widest empty gap of longitude. Nothing to bound gives None.

    Examples
    --------
    >>> rfc_bbox([shapely.LineString([(170, 0), (190, 2)])])
    [170.0, 0.0, -170.0, 2.0]
    >>> rfc_bbox([]) is None
    True
    """
    parts = [part for g in geometries if not g.is_empty for part in shapely.get_parts(rfc7946(g))]
    if not parts:
        return None
    bounds = shapely.bounds(np.array(parts, dtype=object))
    west, east = narrowest(bounds[:, 0], bounds[:, 2])
    return [west, float(bounds[:, 1].min()), east, float(bounds[:, 3].max())]


def narrowest(west: np.ndarray, east: np.ndarray) -> tuple[float, float]:
    """
    Find the box edges either side of the widest stretch of longitude that no part covers.

    West is greater than east where the box crosses the antimeridian; ±180 where nothing is left bare.

    Examples
    --------
    >>> narrowest(np.array([100.0, -180.0]), np.array([180.0, -70.0]))
    (100.0, -70.0)
    """
    order = np.argsort(west, kind="stable")
    starts, ends = west[order], np.maximum.accumulate(east[order])
    gaps = np.append(starts[1:], starts[0] + _TURN) - ends
    widest = len(gaps) - 1 - int(np.argmax(gaps[::-1]))
    if gaps[widest] <= 0:
        return -_HALF, _HALF
    following = (widest + 1) % len(starts)
    return float(starts[following]), float(ends[widest])
