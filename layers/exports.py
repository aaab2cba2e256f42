"""
Files that leave: GeoJSON by RFC 7946, CSV, GeoPackage with QGIS styles, GeoParquet.

Each carries scenario, date, method version, sources and licences; unknown stays null, stranded corridors stay
rows without geometry; the same input gives the same bytes. Nothing here opens a name that a user gave.
"""

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from layers import qgis
from layers.features import corridor_key, has_shape, known, rounded
from layers.geometry import rfc7946, rfc_bbox
from layers.provenance import Provenance
from layers.writing import gdal_in_one_line

DECIMALS = 6  # 0.1 m; RFC 7946, 11.2 advises against more
GEOJSON_MEDIA_TYPE = "application/geo+json"

_CRS = "EPSG:4326"
_GPKG_VERSION = "1.3"  # what the GDAL of a Debian or an ArcGIS of some years ago reads without a warning
_METADATA_KEY = "corridor_mapper"
_GDAL_CLOCK = Lock()  # GDAL's options are the process's: two exports at once would share, then lose, the date
# A cell that starts so is run as a formula by spreadsheet programs (OWASP, CSV injection; wide letters: East Asia).
# One that reads `;` as the separator, as in most of Europe, starts cells within ours, and rows: quotes do not stop it.
_FORMULA_START = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[-=+@|%\t\r\n＝＋－＠])")  # noqa: RUF001 - the wide letters are meant


def corridors_geojson(corridors: pd.DataFrame, *, provenance: Provenance) -> str:
    """
    Write corridors as GeoJSON by RFC 7946.

    Parameters
    ----------
    corridors
        The `corridors` frame: geometry in degrees, longitudes may be continuous beyond ±180.

    Returns
    -------
    text
        Feature ids are ``case:corridor_id``; a stranded row has a null geometry; unknown is null; the foreign
        member ``metadata`` holds the provenance.

    References
    ----------
    RFC 7946, *The GeoJSON Format* (2016).
    """
    features = []
    for corridor_id, row in corridors.iterrows():
        properties = {"corridor_id": str(corridor_id)} | {
            str(name): _json_value(value) for name, value in row.items() if name != "geometry"
        }
        features.append(_feature(corridor_key(row["case"], corridor_id), row["geometry"], properties))
    shapes = [geometry for geometry in corridors["geometry"] if has_shape(geometry)]
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    box = _box(shapes)
    if box:
        collection["bbox"] = box
    collection |= {"metadata": provenance.as_dict(), "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _feature(feature_id: str, geometry: Any, properties: dict[str, Any]) -> dict[str, Any]:
    """Write one feature; without a shape its geometry is null and it has no bbox."""
    if not has_shape(geometry):
        return {"type": "Feature", "id": feature_id, "geometry": None, "properties": properties}
    return {
        "type": "Feature",
        "id": feature_id,
        "bbox": _box([geometry]),
        "geometry": rounded(rfc7946(geometry), DECIMALS),
        "properties": properties,
    }


def _box(shapes: list[Any]) -> list[float] | None:
    """Round the box like the coordinates, or it would not hold them."""
    box = rfc_bbox(shapes)
    return [round(edge, DECIMALS) for edge in box] if box else None


def _json_value(value: Any) -> Any:
    """Turn a cell into JSON: tuples to lists, gaps to null, numpy numbers to plain ones."""
    if isinstance(value, tuple | list):
        return [_json_value(item) for item in value]
    if not isinstance(value, str) and not known(value):
        return None
    if hasattr(value, "item"):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def to_csv(frame: pd.DataFrame, *, provenance: Provenance) -> str:
    """
    Write a frame as CSV that no spreadsheet runs: no geometry, tuples joined by ``;``, provenance at the end.

    Text that would start a formula is led by an apostrophe; numbers are left alone; unknown is empty.

    Examples
    --------
    >>> p = Provenance("base", "2026-11-23", "0.1")
    >>> print(to_csv(pd.DataFrame({"name": ["=1+1"], "t": [-2]}), provenance=p).splitlines()[1])
    0,'=1+1,-2,base,2026-11-23,0.1,
    """
    table = _flat(frame, provenance)
    return guarded_csv(table.reset_index(names=table.index.name or "row"))


def guarded_csv(table: pd.DataFrame) -> str:
    """Write plain columns as CSV in which no cell starts a formula."""
    # RFC 4180's line ends: then \r in a cell is quoted too
    text: str = table.map(_guard).rename(columns=_guard).to_csv(index=False, lineterminator="\r\n")
    return text


def _guard(value: Any) -> Any:
    """Disarm one cell."""
    return _FORMULA_START.sub("'", value) if isinstance(value, str) else value


def _flat(frame: pd.DataFrame, provenance: Provenance) -> pd.DataFrame:
    """Join tuples by `;`, drop the geometry and add the provenance as constant columns."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    for name in plain.columns[[pd.api.types.is_object_dtype(kind) for kind in plain.dtypes]]:
        plain[name] = [";".join(map(str, v)) if isinstance(v, tuple | list) else v for v in plain[name]]
    own = {key: value for key, value in provenance.as_columns().items() if key not in plain.columns}
    return plain.assign(**own)


def _geo(frame: pd.DataFrame, provenance: Provenance) -> gpd.GeoDataFrame:
    """Make a GeoDataFrame that any GIS reads: flat columns, index as a column, lines cut at ±180."""
    flat = _flat(frame, provenance).reset_index(names=frame.index.name or "row")
    if "geometry" in frame:
        shapes = [rfc7946(g) if has_shape(g) else None for g in frame["geometry"]]
    else:
        places = zip(frame["lon"], frame["lat"], strict=True)
        shapes = [shapely.Point(lon, lat) if known(lon) and known(lat) else None for lon, lat in places]
    return gpd.GeoDataFrame(flat, geometry=gpd.GeoSeries(shapes, crs=_CRS))


def to_geoparquet(frame: pd.DataFrame, *, provenance: Provenance) -> bytes:
    """
    Write a frame as GeoParquet 1.x, the provenance as JSON in the file's own metadata as well.

    Parameters
    ----------
    frame
        With a ``geometry`` column, or ``lon`` and ``lat``, in degrees.
    """
    buffer = pa.BufferOutputStream()
    _geo(frame, provenance).to_parquet(buffer, index=False)
    table = pq.read_table(pa.BufferReader(buffer.getvalue()))
    metadata = {**(table.schema.metadata or {}), _METADATA_KEY: json.dumps(provenance.as_dict())}
    out = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), out)
    raw: bytes = out.getvalue().to_pybytes()
    return raw


def to_geopackage(layers: Mapping[str, pd.DataFrame], *, provenance: Provenance) -> bytes:
    """
    Write frames as the layers of one GeoPackage, each with a style QGIS opens by itself.

    Parameters
    ----------
    layers
        Name to frame, with a ``geometry`` column, or ``lon`` and ``lat``. Layers that `layers.qgis` has a
        style for (``corridors``, ``facilities``, ``chokepoints`` ...) get a row in ``layer_styles``.

    Notes
    -----
    GDAL stamps the time of writing; here it stamps the scenario's date, so that bytes repeat.
    """
    stamp = f"{provenance.date[:10]}T00:00:00.000Z"  # the format asks for milliseconds
    metadata = {_METADATA_KEY: json.dumps(provenance.as_dict())}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        with _gdal_date(stamp), gdal_in_one_line("the GeoPackage"):
            for name, frame in layers.items():
                table = _geo(frame, provenance)
                pyogrio.write_dataframe(
                    table, path, layer=name, driver="GPKG", append=path.exists(),
                    geometry_type=_geometry_type(table), promote_to_multi=False,
                    layer_metadata=metadata, dataset_options={} if path.exists() else {"VERSION": _GPKG_VERSION},
                )  # fmt: skip
        with closing(sqlite3.connect(path)) as database, database:
            qgis.write_styles(database, list(layers), stamp=stamp)
        return path.read_bytes()


@contextmanager
def _gdal_date(stamp: str) -> Iterator[None]:
    """Let GDAL stamp a date of ours, one export at a time."""
    with _GDAL_CLOCK:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": stamp})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _geometry_type(table: gpd.GeoDataFrame) -> str:
    """Name the one type of a layer, or leave it open where lines are cut in some rows only."""
    kinds = set(table.geometry.dropna().geom_type)
    return kinds.pop() if len(kinds) == 1 else "Unknown"
