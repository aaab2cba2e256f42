"""
A zipped Shapefile from bytes, read here and not by GDAL: points and areas with their attributes.

References
----------
ESRI (1998), *ESRI Shapefile Technical Description*; dBASE III header and record layout.
"""

import posixpath
import struct
import zipfile
from typing import Any

import numpy as np
import shapely

from geo.errors import BadInputError
from layers.uploads.archive import opened, unpack
from layers.uploads.raw import MAX_COLUMNS, MIB, Problem, RawTable, check_rows, raw_table
from layers.uploads.shapes import epsg_of, settle, to_wgs84

_CODE, _HEADER = 9994, 100
_NULL, _POINTS, _AREAS = 0, (1, 11, 21), (5, 15, 25)
_FIELD_BYTES, _SMALL = 32, MIB
_NUMERIC = "NF"


def read_shapefile_zip(raw: bytes) -> RawTable:
    """
    Read the one Shapefile in a zip; the line is the number of the record.

    Raises
    ------
    BadInputError
        If there is none or more than one, a part is missing or broken, or its coordinate system is unknown.
    """
    with opened(raw) as archive:
        parts = _parts(archive)
        shp = unpack(archive, parts[".shp"])
        dbf = unpack(archive, parts[".dbf"]) if ".dbf" in parts else b""
        prj = unpack(archive, parts[".prj"], limit=_SMALL) if ".prj" in parts else b""
        cpg = unpack(archive, parts[".cpg"], limit=_SMALL) if ".cpg" in parts else b""
    epsg = epsg_of(prj.decode("utf-8", "replace").strip())
    try:
        shapes, faults = settle(_shapes(shp))
        names, rows = _records(dbf, _encoding(dbf, cpg)) if dbf else ([], [()] * len(shapes))
    except (struct.error, IndexError, ValueError, UnicodeError, shapely.errors.ShapelyError):
        msg = "the Shapefile is broken or cut short: export it again"
        raise BadInputError(msg) from None
    if len(rows) != len(shapes):
        msg = f"the .shp holds {len(shapes)} shapes and the .dbf {len(rows)} rows: export the Shapefile again"
        raise BadInputError(msg)
    problems = [Problem(row + 1, "geometry", "", fault, "draw the shape again") for row, fault in faults]
    shapes, notes = to_wgs84(shapes, epsg)
    return raw_table(list(names), rows, geometry=shapes, problems=problems, notes=notes)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name the members that belong to the one Shapefile, by suffix."""
    files = [name for name in archive.namelist() if not name.startswith("__MACOSX")]
    layers = [name for name in files if name.lower().endswith(".shp")]
    if len(layers) != 1:
        msg = f"the zip holds {len(layers)} Shapefiles; exactly one .shp is expected"
        raise BadInputError(msg)
    stem = layers[0][: -len(".shp")].lower()
    return {posixpath.splitext(name)[1].lower(): name for name in files if posixpath.splitext(name)[0].lower() == stem}


def _shapes(shp: bytes) -> list[Any]:
    """Read the shapes one after the other, as far as the file goes."""
    if len(shp) < _HEADER or struct.unpack_from(">i", shp)[0] != _CODE:
        msg = "no Shapefile"
        raise ValueError(msg)
    found, at = [], _HEADER
    while at < len(shp):
        (words,) = struct.unpack_from(">4xi", shp, at)
        body = shp[at + 8 : at + 8 + 2 * words]
        if words < 2 or len(body) < 2 * words:  # noqa: PLR2004 a record holds at least its type
            msg = "cut short"
            raise ValueError(msg)
        found.append(_shape(body))
        check_rows(len(found))
        at += 8 + 2 * words
    return found


def _shape(body: bytes) -> Any:
    """Read one record: a shape, None, or what is wrong with it."""
    (kind,) = struct.unpack_from("<i", body)
    if kind == _NULL:
        return None
    if kind in _POINTS:
        return shapely.Point(*struct.unpack_from("<2d", body, 4))
    if kind not in _AREAS:
        return "the shape is neither a point nor an area"
    ring_count, vertex_count = struct.unpack_from("<2i", body, 36)
    at = 44 + 4 * ring_count
    if ring_count < 0 or vertex_count < 0 or at + 16 * vertex_count > len(body):
        return "the shape's counts do not fit its bytes"
    starts = np.frombuffer(body, "<i4", ring_count, 44)
    points = np.frombuffer(body, "<f8", 2 * vertex_count, at).reshape(-1, 2)
    rings = [ring for ring in np.split(points, starts[1:]) if len(ring)]
    if not all(len(ring) >= 4 and np.isfinite(ring).all() for ring in rings):  # noqa: PLR2004 a closed ring
        return "a ring has fewer than four points or no finite coordinates"
    return shapely.build_area(shapely.multilinestrings([shapely.linestrings(ring) for ring in rings]))


def _encoding(dbf: bytes, cpg: bytes) -> str:
    """Choose the text encoding: what the .cpg says if we know it, else UTF-8 if it fits, else Windows-1252."""
    named = cpg.decode("ascii", "replace").strip().lower()
    if named in ("utf-8", "utf8", "65001"):
        return "utf-8"
    (header,) = struct.unpack_from("<8xH", dbf)
    try:
        dbf[header:].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _records(dbf: bytes, encoding: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Read the attribute rows; every shape has one, deleted ones included."""
    count, header, width = struct.unpack_from("<4xIHH", dbf)
    check_rows(count)
    fields, at = [], _FIELD_BYTES
    while at + _FIELD_BYTES <= header and dbf[at] != 0x0D:  # noqa: PLR2004 dBASE's end of header
        name = dbf[at : at + 11].split(b"\0")[0].decode(encoding, "replace")
        fields.append((name, chr(dbf[at + 11]), dbf[at + 16]))
        at += _FIELD_BYTES
    if not fields or len(fields) > MAX_COLUMNS or header + count * width > len(dbf) + 1:
        msg = "the .dbf does not add up"
        raise ValueError(msg)
    rows = []
    for row in range(count):
        place, cells = header + row * width + 1, []
        for _, kind, size in fields:
            cells.append(_cell(dbf[place : place + size].decode(encoding, "replace"), kind))
            place += size
        rows.append(tuple(cells))
    return [name for name, _, _ in fields], rows


def _cell(text: str, kind: str) -> Any:
    """Give text, number or None; asterisks are dBASE's overflow."""
    plain = text.strip("\0 \t")
    if kind in _NUMERIC:
        try:
            return float(plain)
        except ValueError:
            return None if not plain or plain.startswith("*") else plain
    return plain or None
