"""What a user takes back of an upload: the problems as CSV, the good rows in the form of our templates."""

import json
from typing import Final, NamedTuple

import pandas as pd
import shapely

from layers.exports import guarded_csv
from layers.geometry import rfc7946
from layers.uploads.upload import Upload

_BOM: Final = "\ufeff"  # by it spreadsheets know UTF-8
_COLUMNS: Final[dict[str, dict[str, str]]] = {
    "facilities": {
        "facility_id": "facility_id", "name": "name", "lat": "lat", "lon": "lon", "country_iso3": "country",
        "mineral": "mineral", "chain_stage": "stage", "status": "status", "capacity_t_yr": "capacity_t_yr",
        "capacity_year": "year", "operator": "operator", "note": "note",
    },
    "demand": {
        "mineral": "mineral", "country_iso3": "country", "year": "year", "value_t": "value_t", "metric": "metric",
        "flag": "note",
    },
}  # fmt: skip


class File(NamedTuple):
    """A file to hand out."""

    suffix: str
    media_type: str
    raw: bytes


def problems_csv(upload: Upload) -> bytes:
    """Write what is wrong with which line; no cell of it starts a formula."""
    return (_BOM + guarded_csv(upload.problems)).encode()


def rows_file(upload: Upload) -> File:
    """
    Write the good rows so that `read_upload` reads them again: CSV, and GeoJSON for areas.

    A capacity or a demand is in contained tonnes there, as the column's name says.
    """
    if upload.kind == "closure":
        return File("geojson", "application/geo+json", _geojson(upload.rows).encode())
    return File("csv", "text/csv", (_BOM + guarded_csv(rows_table(upload))).encode())


def rows_table(upload: Upload) -> pd.DataFrame:
    """Give the good rows in the columns of our templates, for a person."""
    plain = pd.DataFrame(upload.rows.drop(columns="geometry", errors="ignore"))
    columns = _COLUMNS.get(upload.kind)
    return plain if columns is None else plain[list(columns)].rename(columns=columns)


def _geojson(rows: pd.DataFrame) -> str:
    """Write areas by RFC 7946."""
    features = [
        {
            "type": "Feature",
            "properties": {
                name: None if pd.isna(row[name]) else str(row[name]) for name in ("closure_id", "name", "note")
            },
            "geometry": shapely.geometry.mapping(rfc7946(row["geometry"])),
        }
        for row in rows.to_dict("records")
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False) + "\n"
