"""The `datapackage.json` of a pack: what each file is, column by column, and under which licence."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from layers.provenance import Provenance

_TITLES = {
    "corridors.csv": "Corridors of both cases, scored",
    "corridors.geojson": "Corridors of both cases with their lines (RFC 7946)",
    "corridors.gpkg": "All layers with styles for QGIS (GeoPackage)",
    "legs.csv": "Legs of the corridors",
    "map.html": "Map of the corridors; opens with no network",
    "not_separable.csv": "Pairs of corridors that the draws of the weights do not tell apart",
    "scenario.json": "What was asked: scenario, question, weights",
    "scores.csv": "Every criterion of every corridor: value, weight, contribution",
    "sources.csv": "Every source of the mineral and whether it still reaches the hub",
    "yours.json": "The asker's own facilities and demand, in the form of our tables",
}
_MEDIA = {
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "html": "text/html",
    "json": "application/json",
}
_UNITS = {  # by the end of a column's name, the longest first
    "_contained_usd_t": "USD per contained tonne",
    "_contained_kg_t": "kg per contained tonne",
    "_usd_t": "USD per tonne",
    "_kg_t": "kg per tonne",
    "_t_yr": "contained tonnes a year",
    "_days": "days",
    "_km": "km",
    "_h": "hours",
}
_KEYS = {"corridors.csv": ["case", "corridor_id"], "sources.csv": ["facility_id"]}
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")  # of a licence: the specification wants a name or a path
_STATED = ("scenario", "scenario_date", "method_version", "data_sources")


def datapackage(
    entries: Mapping[str, bytes], tables: Mapping[str, pd.DataFrame], *, provenance: Provenance
) -> dict[str, Any]:
    """
    Describe the files of a pack.

    Parameters
    ----------
    entries
        Bytes by file name.
    tables
        The frame behind each CSV file, whose columns give its schema.

    Returns
    -------
    descriptor
        A Data Package; CSV files are tabular resources whose empty cells mean unknown.

    References
    ----------
    Frictionless Data, *Data Package* and *Tabular Data Resource*, version 1.
    """
    return {
        "profile": "data-package",
        "name": "corridor-mapper-evidence",
        "title": provenance.scenario,
        "version": provenance.method_version,
        "created": f"{provenance.date}T00:00:00Z",
        "licenses": _licences(provenance),
        "sources": _sources(provenance),
        "resources": [_resource(name, entries[name], tables.get(name)) for name in sorted(entries)],
    }


def _licences(provenance: Provenance) -> list[dict[str, str]]:
    """List each licence once; one row of the sources may name several, and only some have an address."""
    found = {(licence, address) for _, _, licence, address, _ in provenance.sources}
    return [
        {"name": _NOT_IN_NAMES.sub("-", licence).strip("-"), "title": licence} | ({"path": address} if address else {})
        for licence, address in sorted(found)
    ]


def _sources(provenance: Provenance) -> list[dict[str, str]]:
    return [
        {"title": f"{publisher}: {title} ({licence}){f', {as_of}' if as_of else ''}"}
        for publisher, title, licence, _, as_of in provenance.sources
    ]


def _resource(name: str, raw: bytes, table: pd.DataFrame | None) -> dict[str, Any]:
    """Describe one file."""
    stem, ending = name.rsplit(".", maxsplit=1)
    described: dict[str, Any] = {
        "name": f"{stem}-{ending}",
        "path": name,
        "title": _TITLES[name],
        "format": ending,
        "mediatype": _MEDIA[ending],
        "bytes": len(raw),
        "hash": f"sha256:{hashlib.sha256(raw).hexdigest()}",
    }
    if table is None:
        return described
    schema: dict[str, Any] = {"fields": _fields(table), "missingValues": [""]}
    if name in _KEYS:
        schema["primaryKey"] = _KEYS[name]
    return described | {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": schema}


def _fields(table: pd.DataFrame) -> list[dict[str, str]]:
    """Name the type and unit of each column, in the order of the file: the index first, what it states last."""
    columns = [(str(name), kind) for name, kind in table.dtypes.items() if name != "geometry"]
    index = [(table.index.name or "row", table.index.dtype)]
    described = [_field(str(name), _kind(kind)) for name, kind in [*index, *columns]]
    return described + [_field(name, "string") for name in _STATED]


def _field(name: str, kind: str) -> dict[str, str]:
    unit = next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), None)
    return {"name": name, "type": kind} | ({"unit": unit} if unit and kind == "number" else {})


def _kind(dtype: Any) -> str:
    """Name a column's type in Frictionless' words; tuples are written as text."""
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(dtype):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(dtype) else "string"
