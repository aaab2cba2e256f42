"""Shapes from strangers: WKB, WKT and GeoJSON geometries, checked before GEOS sees them; systems of reference."""

import re
import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
import shapely.geometry

from geo.errors import BadInputError
from layers.uploads.raw import MAX_VERTICES

Shapes = npt.NDArray[np.object_]
"""One shape or None a row."""

WGS84: Final = 4326
_TYPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_WKT = re.compile(r"\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)", re.IGNORECASE)
_POINT, _LINE, _POLYGON, _MULTI = 1, 2, 3, 3
_Z, _M, _SRID = 0x80000000, 0x40000000, 0x20000000
_MAX_DEFINITION: Final = 10_000


def from_wkb(blob: bytes | None) -> Any:
    """
    Read WKB, or return None for no shape and `BadInputError`'s text for a bad one.

    Collections are refused: nested ones would exhaust the stack of any parser.

    Examples
    --------
    >>> from_wkb(shapely.Point(1, 2).wkb)
    <POINT (1 2)>
    """
    if not blob:
        return None
    try:
        if _walk(blob, 0, None) != len(blob):
            return "the shape's bytes do not add up"
        return shapely.force_2d(shapely.from_wkb(blob))
    except (struct.error, IndexError, shapely.errors.ShapelyError, ValueError):
        return "the shape's bytes are broken"


def _walk(blob: bytes, at: int, wanted: int | None) -> int:
    """Follow the counts of a WKB without building anything; return where it ends."""
    order = "<" if blob[at] else ">"
    (code,) = struct.unpack_from(f"{order}I", blob, at + 1)
    at += 9 if code & _SRID else 5
    base = code & ~(_Z | _M | _SRID)
    size = 8 * (2 + bool(code & _Z) + bool(code & _M) + (0, 1, 1, 2)[min(base // 1000, 3)])
    base %= 1000
    if (wanted is not None and base != wanted) or not _POINT <= base <= len(_TYPES):
        msg = "not a simple feature"
        raise ValueError(msg)
    if base == _POINT:
        return at + size
    (count,) = struct.unpack_from(f"{order}I", blob, at)
    at += 4
    for _ in range(count if base > _LINE else 0):
        if base == _POLYGON:
            (vertices,) = struct.unpack_from(f"{order}I", blob, at)
            at += 4 + vertices * size
        else:
            at = _walk(blob, at, base - _MULTI)
    return at + count * size if base == _LINE else at


def from_wkt(text: str) -> Any:
    """Read WKT of a point, line or area, or return what is wrong with it."""
    if not _WKT.match(text):
        return "not the WKT of a point, line or area"
    try:
        return shapely.force_2d(shapely.from_wkt(text))
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return "the WKT is broken"


def from_geojson(geometry: Any) -> Any:
    """Read a GeoJSON geometry (parsed), None for null, or return what is wrong with it."""
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in _TYPES:
        return "not a point, line or area"
    try:
        return shapely.force_2d(shapely.geometry.shape(geometry))
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return "the coordinates are broken"


def check_vertices(geometry: Shapes) -> None:
    """Refuse more vertices than memory and patience allow."""
    if shapely.get_num_coordinates(geometry).sum() > MAX_VERTICES:
        msg = f"the shapes have more than {MAX_VERTICES:,} vertices: simplify them"
        raise BadInputError(msg)


def epsg_of(definition: str | int | None) -> int:
    """
    Find the EPSG code of a system of reference given as code or WKT.

    Only systems that EPSG knows are used: a free definition could name grid files on this machine.

    Raises
    ------
    BadInputError
        If there is none, or EPSG does not know it.

    Examples
    --------
    >>> epsg_of(pyproj.CRS.from_epsg(32735).to_wkt("WKT1_ESRI"))
    32735
    """
    try:
        if isinstance(definition, int) and definition > 0:
            return int(pyproj.CRS.from_epsg(definition).to_epsg() or definition)
        if isinstance(definition, str) and 0 < len(definition) < _MAX_DEFINITION:
            code = pyproj.CRS.from_wkt(definition).to_epsg(min_confidence=25)
            if code is not None:
                return int(code)
    except (pyproj.exceptions.CRSError, ValueError, OverflowError):
        pass
    msg = "the file does not say which coordinate system it uses, or EPSG does not know it: save it in EPSG:4326"
    raise BadInputError(msg)


def to_wgs84(geometry: Shapes, epsg: int) -> tuple[Shapes, list[str]]:
    """Turn shapes into degrees; what cannot be turned gets infinite coordinates, which the checks then name."""
    check_vertices(geometry)
    if epsg == WGS84:
        return geometry, []
    turn = pyproj.Transformer.from_crs(epsg, WGS84, always_xy=True)

    def turned(points: Any) -> Any:
        lon, lat = turn.transform(points[:, 0], points[:, 1])
        return np.c_[lon, lat]

    return shapely.transform(geometry, turned), [f"coordinates turned from EPSG:{epsg} into degrees (EPSG:4326)"]


def settle(found: Sequence[Any]) -> tuple[Shapes, list[tuple[int, str]]]:
    """Split what the readers above return into shapes and (row, fault)."""
    shapes = np.empty(len(found), dtype=object)
    faults = []
    for row, item in enumerate(found):
        if isinstance(item, str):
            faults.append((row, item))
        else:
            shapes[row] = item
    return shapes, faults


def without(shapes: Shapes, drop: Any) -> Shapes:
    """Blank the marked rows in a copy."""
    kept = shapes.copy()
    kept[np.asarray(drop, dtype=bool)] = None
    return kept
