"""Files to start from: per kind a CSV and a workbook with an example, and a GeoJSON for a closure."""

import csv
import datetime as dt
import io
import json
import zipfile
from functools import cache
from typing import Any, Final

_FACILITIES: Final[list[tuple[Any, ...]]] = [
    ("facility_id", "name", "lat", "lon", "country", "mineral", "stage", "status", "capacity", "unit", "year",
     "operator", "note"),
    ("A1", "Example mine", -10.72, 25.47, "COD", "copper;cobalt", "mining", "operating", None, None, None,
     "Example Ltd", "no capacity known: leave it empty, never write 0"),
    ("A2", "Example refinery", 31.3, 120.6, "CHN", "lithium", "refining", "operating", 20_000, "t LCE/yr", 2024,
     None, None),
    ("A3", "Example smelter", 65.01, 25.4, "Finland", "nickel", "metal", "planned", 15.5, "kt Ni/yr", 2025, None,
     None),
]  # fmt: skip
_DEMAND: Final[list[tuple[Any, ...]]] = [
    ("mineral", "country", "year", "value", "unit", "note"),
    ("cobalt", "JPN", 2024, 9_500, "t contained", None),
    ("lithium", "EU", 2030, 250, "kt LCE", "a plan, not a statistic"),
]
_CLOSURE: Final[list[tuple[Any, ...]]] = [
    ("closure_id", "name", "note", "wkt"),
    ("C1", "Example: southern Red Sea", "all ships stay out", "POLYGON ((42 13, 44 13, 44 15, 42 15, 42 13))"),
]
_TABLES: Final = {"facilities": _FACILITIES, "demand": _DEMAND, "closure": _CLOSURE}
_EPOCH = (1980, 1, 1, 0, 0, 0)


@cache
def templates() -> dict[str, bytes]:
    """
    Return the templates by file name; equal bytes on every call and day.

    Examples
    --------
    >>> sorted(templates())
    ['closure.csv', 'closure.geojson', 'closure.xlsx', 'demand.csv', 'demand.xlsx', 'facilities.csv', 'facilities.xlsx']
    """
    files = {}
    for kind, rows in _TABLES.items():
        files[f"{kind}.csv"] = _csv(rows)
        files[f"{kind}.xlsx"] = _xlsx(kind, rows)
    ring = [[42, 13], [44, 13], [44, 15], [42, 15], [42, 13]]
    properties = dict(zip(_CLOSURE[0][:3], _CLOSURE[1][:3], strict=True))
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    collection = {"type": "FeatureCollection", "features": [feature]}
    files["closure.geojson"] = (json.dumps(collection, indent=1) + "\n").encode()
    return files


def _csv(rows: list[tuple[Any, ...]]) -> bytes:
    """Write CSV that spreadsheet programs recognise as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(kind: str, rows: list[tuple[Any, ...]]) -> bytes:
    """Write a workbook without the time of writing."""
    import openpyxl  # noqa: PLC0415 - 0.1 s of every start, for the few who ask for a template

    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = dt.datetime(*_EPOCH[:3])  # noqa: DTZ001 Excel knows no zone
    sheet = book.active
    sheet.title = kind
    for row in rows:
        sheet.append(row)
    stamped, fixed = io.BytesIO(), io.BytesIO()
    book.save(stamped)
    with zipfile.ZipFile(stamped) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), source.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
