"""Where an uploaded row lies: degrees from columns, shapes or WKT, held against the country it states."""

from functools import cache

import numpy as np
import pandas as pd
import shapely

from layers.countries import polygons
from layers.uploads.checks import Checks
from layers.uploads.columns import to_degrees
from layers.uploads.raw import WARNING
from layers.uploads.shapes import Shapes, from_wkt, settle, without

TOLERANCE_DEG = 0.25
"""How far outside its country's outline (1:50m, coasts simplified) a place may lie."""
_MOST_LON, _MOST_LAT = 180.0, 90.0
_DEGREES = "write decimal degrees (WGS 84), such as 25.47, longitude and latitude apart"
_PROJECTED = "give degrees (EPSG:4326), or a GeoPackage that names its coordinate system"


def points(checks: Checks) -> tuple[np.ndarray, np.ndarray]:
    """Give longitude and latitude of each row; rows without a usable place are reported and NaN."""
    if "lon" in checks.columns and "lat" in checks.columns:
        lon = checks.parse("lon", to_degrees, _DEGREES)
        lat = checks.parse("lat", to_degrees, _DEGREES)
    else:
        shapes = geometry(checks)
        is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
        other = ~(is_point | shapely.is_missing(shapes))
        checks.report(other, "geometry", "is no point; a point inside it is used", "give a point", severity=WARNING)
        usable = shapes.copy()
        usable[other] = shapely.point_on_surface(shapes[other])
        lon, lat = shapely.get_x(usable), shapely.get_y(usable)
    return _in_range(checks, lon, lat)


def geometry(checks: Checks) -> Shapes:
    """Give the shape of each row, from the file or its WKT column; missing, empty and infinite ones are reported."""
    shapes = checks.raw.geometry
    if shapes is None and "wkt" in checks.columns:
        shapes, faults = settle([from_wkt(text) if text else None for text in checks.text("wkt")])
        worded = dict(faults)
        mask = np.isin(np.arange(len(shapes)), list(worded))
        checks.report(mask, "wkt", lambda row: worded[row], "write WKT such as POLYGON ((30 10, 40 40, 20 40, 30 10))")
    if shapes is None:
        shapes = np.full(len(checks.lines), None, dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    checks.report(empty & ~checks.bad, "geometry", "has no shape", "draw it, or delete the row")
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    checks.report(broken, "geometry", "has coordinates that are not finite", _PROJECTED)
    return without(shapes, empty | broken)


def _in_range(checks: Checks, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Report what cannot be degrees, swapped pairs by name."""
    swapped = (np.abs(lat) > _MOST_LAT) & (np.abs(lat) <= _MOST_LON) & (np.abs(lon) <= _MOST_LAT)
    checks.report(
        swapped, "lat", "latitude is beyond 90: longitude and latitude look swapped", "exchange the two columns"
    )
    outside = ((np.abs(lon) > _MOST_LON) | (np.abs(lat) > _MOST_LAT)) & ~swapped
    checks.report(outside, "lon", lambda row: f"({lon[row]:.6g}, {lat[row]:.6g}) are no degrees", _PROJECTED)
    null_island = (lon == 0) & (lat == 0)
    checks.report(
        null_island, "lon", "lies at 0, 0, which stands for unknown", "give the real place, or delete the row"
    )
    wrong = swapped | outside | null_island
    return np.where(wrong, np.nan, lon), np.where(wrong, np.nan, lat)


def check_country(checks: Checks, lon: np.ndarray, lat: np.ndarray, stated: pd.Series) -> pd.Series:
    """
    Hold each place against its stated country; say so where swapping would mend it, and swap nothing.

    Returns
    -------
    iso3
        The stated country, else the one that the place lies in (with a warning), else None.
    """
    borders = _outlines()
    here, there = shapely.points(lon, lat), shapely.points(lat, lon)
    known = np.isfinite(lon) & np.isfinite(lat)
    inside, mirrored = np.zeros(len(lon), bool), np.zeros(len(lon), bool)
    for iso3, rows in pd.Series(np.arange(len(lon))).groupby(stated.to_numpy()):
        places = rows.to_numpy()[known[rows]]
        if iso3 in borders and len(places):
            outline = borders[iso3]
            inside[places] = shapely.dwithin(outline, here[places], TOLERANCE_DEG)
            lost = places[~inside[places]]
            mirrored[lost] = shapely.dwithin(outline, there[lost], TOLERANCE_DEG)
        else:
            inside[places] = True  # no outline to hold it against
    wrong = known & stated.notna().to_numpy() & ~inside
    checks.report(
        wrong & mirrored, "lat", lambda row: f"outside {stated.iloc[row]}, but inside it with lon and lat exchanged",
        "exchange the two columns",
    )  # fmt: skip
    checks.report(
        wrong & ~mirrored, "lon", lambda row: f"({lon[row]:.4f}, {lat[row]:.4f}) lies outside {stated.iloc[row]}",
        "check signs (west and south are negative), digits and country",
    )  # fmt: skip
    return _completed(checks, here, known & stated.isna().to_numpy(), stated)


@cache
def _outlines() -> dict[str, shapely.Geometry]:
    """Give the outline of each country, prepared for many questions; several rows of one country are joined."""
    outlines = polygons().dissolve("iso3").geometry
    shapely.prepare(outlines.to_numpy())
    return dict(outlines)


def _completed(checks: Checks, here: np.ndarray, gap: np.ndarray, stated: pd.Series) -> pd.Series:
    """Fill in the country that the place lies in, and say so."""
    rows = np.flatnonzero(gap)
    if not len(rows):
        return stated
    outlines = _outlines()
    border, place = shapely.STRtree(here[rows]).query(list(outlines.values()), predicate="intersects")
    found = stated.copy()
    found.iloc[rows[place]] = np.array(list(outlines))[border]
    gap_left = gap & found.isna().to_numpy()
    checks.report(
        gap & ~gap_left, "country", lambda row: f"country {found.iloc[row]} taken from the place", "state the country",
        severity=WARNING,
    )  # fmt: skip
    checks.report(gap_left, "country", "no country stated, and the place lies in none", "state the country")
    return found
