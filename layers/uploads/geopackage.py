"""GeoPackage from bytes: SQLite in memory, read only, no views, no virtual tables, no functions."""

import math
import sqlite3
from contextlib import closing
from typing import Any, Final

from geo.errors import BadInputError
from layers.uploads.raw import MAX_CELL, MAX_COLUMNS, MAX_UNPACKED, MIB, Problem, RawTable, check_rows, raw_table, shown
from layers.uploads.shapes import epsg_of, from_wkb, settle, to_wgs84

_MAGIC: Final = b"SQLite format 3\0"
_MAX_VALUE: Final = 16 * MIB
_MAX_STEPS: Final = 2_000  # of a million SQLite instructions each
_ALLOWED: Final = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA}
_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64)
_LAYERS: Final = """
SELECT c.table_name, g.column_name, r.organization, r.organization_coordsys_id, r.definition
FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
LEFT JOIN gpkg_spatial_ref_sys r ON r.srs_id = g.srs_id
JOIN sqlite_master s ON s.name = c.table_name
WHERE s.type = 'table' AND s.sql NOT LIKE 'CREATE VIRTUAL%' AND c.data_type = 'features' LIMIT 100"""


def read_gpkg(raw: bytes, *, layer: str) -> RawTable:
    """
    Read the feature layer named `layer`, else the only one; the line is the number of the row.

    Raises
    ------
    BadInputError
        If it is no GeoPackage, is broken, or has several layers and none of that name.
    """
    if not raw.startswith(_MAGIC):
        msg = "the file is not a GeoPackage"
        raise BadInputError(msg)
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(raw)
            _lock(database)
            table, geometry_column, epsg, notes = _layer(database, layer)
            names, rows = _rows(database, table)
        except BadInputError:
            raise
        except (sqlite3.Error, OverflowError, MemoryError, TypeError, ValueError):
            msg = "the GeoPackage is broken, cut short or not made for exchange: export it again"
            raise BadInputError(msg) from None
    at = next((place for place, name in enumerate(names) if name.lower() == geometry_column.lower()), None)
    if at is None:
        msg = f"layer {shown(table)!r} lacks its geometry column"
        raise BadInputError(msg)
    shapes, faults = settle([_shape(row[at]) for row in rows])
    problems = [Problem(row + 1, "geometry", "", fault, "draw the shape again") for row, fault in faults]
    shapes, turned = to_wgs84(shapes, epsg)
    plain = [tuple(_cell(value) for place, value in enumerate(row) if place != at) for row in rows]
    header = [name for place, name in enumerate(names) if place != at]
    return raw_table(header, plain, geometry=shapes, problems=problems, notes=[*notes, *turned])


def _lock(database: sqlite3.Connection) -> None:
    """Leave a stranger's database nothing but plain reading."""
    database.execute("PRAGMA query_only = 1")
    database.execute("PRAGMA trusted_schema = 0")
    database.execute("PRAGMA cell_size_check = 1")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
    database.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, MAX_COLUMNS + 2)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    steps = iter(range(_MAX_STEPS))
    database.set_progress_handler(lambda: 0 if next(steps, None) is not None else 1, MIB)
    database.set_authorizer(
        lambda action, *_names: (
            sqlite3.SQLITE_OK if action in _ALLOWED or _is_like(action, _names) else sqlite3.SQLITE_DENY
        )
    )


def _is_like(action: int, names: tuple[Any, ...]) -> bool:
    """Allow the one function that our own query calls."""
    return action == sqlite3.SQLITE_FUNCTION and names[1] == "like"


def _layer(database: sqlite3.Connection, wanted: str) -> tuple[str, str, int, list[str]]:
    """Choose the layer and its system of reference."""
    found = database.execute(_LAYERS).fetchall()
    if not found:
        msg = "the GeoPackage has no layer of features"
        raise BadInputError(msg)
    names = [str(row[0]) for row in found]
    chosen = next(
        (row for row in found if str(row[0]).strip().lower() == wanted), found[0] if len(found) == 1 else None
    )
    if chosen is None:
        msg = f"the GeoPackage has {len(names)} layers ({shown(', '.join(names))}): name the one to read {wanted!r}"
        raise BadInputError(msg)
    table, column, organization, code, definition = chosen
    by_code = str(organization).upper() == "EPSG" and isinstance(code, int)
    notes = [f"read layer {shown(table)!r} of {len(names)}"] if len(names) > 1 else []
    return str(table), str(column), epsg_of(code if by_code else definition), notes


def _rows(database: sqlite3.Connection, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Fetch the rows as long as they fit."""
    quoted = table.replace('"', '""')
    cursor = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 an identifier cannot be a parameter
    names = [str(column[0]) for column in cursor.description]
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        size += sum(len(value) for value in row if isinstance(value, bytes | str))
        rows.append(row)
        check_rows(len(rows))
        if size > MAX_UNPACKED:
            msg = f"the layer holds more than {MAX_UNPACKED // MIB} MB"
            raise BadInputError(msg)
    return names, rows


def _shape(blob: Any) -> Any:
    """Unwrap a GeoPackage geometry and read its WKB."""
    if blob is None:
        return None
    header = 8
    if not isinstance(blob, bytes) or len(blob) < header or blob[:2] != b"GP":
        return "the shape is no GeoPackage geometry"
    kind = (blob[3] >> 1) & 7
    if kind >= len(_ENVELOPE_BYTES):
        return "the shape is no GeoPackage geometry"
    if blob[3] & 0b1_0000:  # marked empty
        return None
    return from_wkb(blob[header + _ENVELOPE_BYTES[kind] :])


def _cell(value: Any) -> Any:
    """Give text, number or None."""
    if isinstance(value, bytes):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    return (value.strip()[:MAX_CELL] or None) if isinstance(value, str) else value
