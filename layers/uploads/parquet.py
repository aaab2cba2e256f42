"""GeoParquet from bytes: sizes are checked from the footer and from the dictionaries before cells are built."""

import datetime as dt
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from geo.errors import BadInputError
from layers.uploads.raw import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_UNPACKED,
    MIB,
    Problem,
    RawTable,
    check_rows,
    raw_table,
    shown,
)
from layers.uploads.shapes import WGS84, epsg_of, from_wkb, settle, to_wgs84

_THRIFT_LIMIT: Final = 4 * MIB
_BATCH_ROWS: Final = 4096
_TOO_FAR: Final = f"the file expands beyond {MAX_UNPACKED // MIB} MB"


def read_parquet(raw: bytes) -> RawTable:
    """
    Read a GeoParquet file, or a Parquet file with `lon` and `lat`; the line is the number of the row.

    Raises
    ------
    BadInputError
        If it is broken, too large, or its shapes are not WKB.
    """
    try:
        file = _open(raw)
        geometry_column, epsg = _geometry(file)
        table = _table(file, raw)
        columns = {name: table[name].to_pylist() for name in table.column_names}
    except BadInputError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError, RecursionError):
        msg = "the Parquet file is broken or cut short: export it again"
        raise BadInputError(msg) from None
    blobs = columns.pop(geometry_column, None) if geometry_column else None
    rows = list(zip(*([_cell(value) for value in values] for values in columns.values()), strict=True))
    rows = rows or [()] * table.num_rows
    if blobs is None:
        return raw_table(list(columns), rows)
    shapes, faults = settle([from_wkb(blob) if isinstance(blob, bytes | None) else "no WKB" for blob in blobs])
    problems = [Problem(row + 1, "geometry", "", fault, "draw the shape again") for row, fault in faults]
    shapes, notes = to_wgs84(shapes, epsg)
    return raw_table(list(columns), rows, geometry=shapes, problems=problems, notes=notes)


def _geometry(file: pq.ParquetFile) -> tuple[str | None, int]:
    """Read which column holds the shapes and in which system, from the `geo` metadata."""
    text = (file.schema_arrow.metadata or {}).get(b"geo")
    if text is None:
        return None, WGS84
    geo = json.loads(text)
    name = geo["primary_column"]
    column = geo["columns"][name]
    if str(column.get("encoding")).upper() != "WKB":
        msg = "the shapes are not stored as WKB: export them so"
        raise BadInputError(msg)
    if "crs" not in column:
        return str(name), WGS84  # GeoParquet: no entry means OGC:CRS84
    authority = (column["crs"] or {}).get("id") or {}
    code = authority.get("code")
    return str(name), WGS84 if code == "CRS84" else epsg_of(code)


def _open(raw: bytes, **options: Any) -> pq.ParquetFile:
    """Open a file in memory; a footer cannot claim more than the limit."""
    limits = {"thrift_string_size_limit": _THRIFT_LIMIT, "thrift_container_size_limit": _THRIFT_LIMIT}
    return pq.ParquetFile(pa.BufferReader(raw), **limits, **options)


def _table(file: pq.ParquetFile, raw: bytes) -> pa.Table:
    """Read the flat columns in batches, text as dictionaries, as long as they fit."""
    footer = file.metadata
    check_rows(footer.num_rows)
    if footer.num_columns > MAX_COLUMNS:
        msg = f"the file has {footer.num_columns} columns; {MAX_COLUMNS} is the most"
        raise BadInputError(msg)
    if sum(footer.row_group(group).total_byte_size for group in range(footer.num_row_groups)) > MAX_UNPACKED:
        raise BadInputError(_TOO_FAR)
    flat = [field for field in file.schema_arrow if not pa.types.is_nested(field.type)]
    encoded = [field.name for field in flat if _is_long(field.type)]
    batches, size = [], 0
    stream = _open(raw, read_dictionary=encoded)
    for batch in stream.iter_batches(batch_size=_BATCH_ROWS, columns=[field.name for field in flat], use_threads=False):
        size += sum(_decoded_bytes(column) for column in batch.columns)
        if size > MAX_UNPACKED:
            raise BadInputError(_TOO_FAR)
        batches.append(batch)
    return pa.Table.from_batches(batches) if batches else pa.schema(flat).empty_table()


def _is_long(kind: pa.DataType) -> bool:
    """Tell whether cells of a type have any length."""
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _decoded_bytes(column: pa.Array) -> int:
    """Work out what a column comes to once its dictionary is written out."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.fill_null(pc.binary_length(column.dictionary), 0).to_numpy(zero_copy_only=False)
    used = pc.drop_null(column.indices).to_numpy(zero_copy_only=False)
    return int(lengths[used].sum(dtype=np.int64)) if len(lengths) else 0


def _cell(value: Any) -> Any:
    """Give text, number or None."""
    if isinstance(value, str):
        return value.strip()[:MAX_CELL] or None
    if isinstance(value, bytes) or value != value:  # noqa: PLR0124 NaN
        return None
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return str(value)
    return value if isinstance(value, int | float | None) else shown(value)
