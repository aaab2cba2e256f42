"""
Builds the country polygons: `countries.parquet` for tests of place, `map/countries.js` for the map's page.

Source: Natural Earth 1:50m (public domain) as packed in npm `world-atlas` 2.0.2. The point of view is Natural Earth's:
land belongs to the state that controls it. Kosovo (`XKX`), Taiwan, Palestine and Western Sahara stand alone; Crimea is
drawn in Russia, Aksai Chin in China, Arunachal Pradesh in India. What has no ISO code carries that of `_WITHOUT_ID`:
Somaliland is drawn in Somalia, Northern Cyprus in Cyprus, the Siachen Glacier in India.
"""

import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import antimeridian
import geopandas as gpd
import numpy as np
import pycountry
import shapely

from layers.build.drawn_countries import script

PACKAGE = "world-atlas@2.0.2"
TOPOLOGY = "countries-50m.json"
POLYGONS = "countries.parquet"
MAP_SCRIPT = "map/countries.js"  # a folder of its own: the app serves it whole

_SIMPLIFY_DEG = 0.05
_DECIMALS = 2
_LEAST_RING = 4
_HALF_TURN_DEG = 180.0
_WITHOUT_ID = {
    "Kosovo": "XKX",
    "Somaliland": "SOM",
    "N. Cyprus": "CYP",
    "Siachen Glacier": "IND",
    "Indian Ocean Ter.": "AUS",
}

Rings = list[list[np.ndarray]]


def build(raw_dir: Path, out_dir: Path) -> list[Path]:
    """
    Write both files and return their paths.

    Parameters
    ----------
    raw_dir
        Folder that holds `countries-50m.json`, or `package/` as npm unpacks it; without it npm fetches the package.
    out_dir
        Where the files go.
    """
    with tempfile.TemporaryDirectory() as scratch:
        countries = polygons(json.loads(_topology(raw_dir, Path(scratch)).read_text(encoding="utf-8")))
    (out_dir / MAP_SCRIPT).parent.mkdir(parents=True, exist_ok=True)
    countries.to_parquet(out_dir / POLYGONS, index=False, compression="zstd", schema_version="1.1.0")
    (out_dir / MAP_SCRIPT).write_text(script(basemap(countries)), encoding="utf-8")
    return [out_dir / POLYGONS, out_dir / MAP_SCRIPT]


def polygons(topology: dict[str, Any]) -> gpd.GeoDataFrame:
    """
    Decode a world-atlas topology into valid polygons, cut at 180 degrees.

    Returns
    -------
    countries
        One row a country: `iso3, name, geometry`, sorted by `iso3`, WGS 84.
    """
    merged: dict[str, tuple[str, list[shapely.Geometry]]] = {}
    for numeric, name, rings in _decoded(topology):
        shape = _repaired(rings)
        if not shape.is_empty:
            merged.setdefault(_iso3(numeric, name), (name, []))[1].append(shape)
    iso3 = sorted(merged)
    shapes = [shapely.normalize(shapely.union_all(merged[code][1])) for code in iso3]
    names = [merged[code][0] for code in iso3]
    return gpd.GeoDataFrame({"iso3": iso3, "name": names}, geometry=shapes, crs="EPSG:4326")


def basemap(countries: gpd.GeoDataFrame) -> str:
    """Give the light GeoJSON of the map: simplified by 0.05 degrees, two decimals, slivers dropped."""
    features = []
    for row in countries.itertuples(index=False):
        thin = _areas(shapely.set_precision(row.geometry.simplify(_SIMPLIFY_DEG), 10.0**-_DECIMALS))
        if thin.is_empty:
            continue
        properties = {"iso3": row.iso3, "name": row.name}
        geometry = _rounded(shapely.geometry.mapping(shapely.normalize(thin)))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, separators=(",", ":"), ensure_ascii=False) + "\n"


def _topology(raw_dir: Path, scratch: Path) -> Path:
    """Find the topology under `raw_dir`, or let npm pack the pinned package into `scratch`."""
    for path in (raw_dir / TOPOLOGY, raw_dir / "package" / TOPOLOGY):
        if path.is_file():
            return path
    npm = which("npm")
    if npm is None:
        msg = f"{raw_dir} holds no {TOPOLOGY} (npm {PACKAGE}), and npm is not installed to fetch it"
        raise FileNotFoundError(msg)
    subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=scratch, check=True, capture_output=True)  # noqa: S603
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extract(f"package/{TOPOLOGY}", scratch, filter="data")
    return scratch / "package" / TOPOLOGY


def _decoded(topology: dict[str, Any]) -> Iterator[tuple[str | None, str, Rings]]:
    """Undo TopoJSON: yield numeric ISO code, name and the rings of each polygon."""
    scale, move = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + move for arc in topology["arcs"]]

    def ring(indices: list[int]) -> np.ndarray:
        parts = [arcs[index] if index >= 0 else arcs[~index][::-1] for index in indices]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    for item in topology["objects"]["countries"]["geometries"]:
        parts = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
        rings = [[drawn for drawn in map(ring, part) if len(drawn) >= _LEAST_RING] for part in parts]
        yield item.get("id"), item["properties"]["name"], [part for part in rings if part]


def _repaired(rings: Rings) -> shapely.Geometry:
    """Cut what runs past 180 degrees, as Russia, Fiji and Antarctica do, and make the rest valid."""
    shapes = []
    for shell, *holes in rings:
        shape: shapely.Geometry = shapely.Polygon(shell, holes)
        if any(np.abs(np.diff(ring[:, 0])).max() > _HALF_TURN_DEG for ring in (shell, *holes)):
            shape = antimeridian.fix_polygon(shape, fix_winding=True, great_circle=False)
        shapes.append(_areas(shapely.make_valid(shape, method="structure")))
    return _areas(shapely.union_all(shapes))


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep what has an area: a repair can leave lines and points."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _iso3(numeric: str | None, name: str) -> str:
    """Turn the numeric ISO code into letters, or look the nameless up."""
    country = pycountry.countries.get(numeric=numeric) if numeric else None
    return str(country.alpha_3) if country else _WITHOUT_ID[name]


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    """Write coordinates with `_DECIMALS` digits, as lists."""

    def walk(item: Any) -> Any:
        return round(item, _DECIMALS) if isinstance(item, float) else [walk(part) for part in item]

    return {"type": geometry["type"], "coordinates": walk(geometry["coordinates"])}
