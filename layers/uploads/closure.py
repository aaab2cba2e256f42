"""A user's closure: areas drawn on the map, which become chokepoints of their own."""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from geo.schema import TEXT
from layers.uploads.checks import Checks
from layers.uploads.place import geometry
from layers.uploads.raw import WARNING, RawTable
from layers.uploads.shapes import without
from layers.uploads.upload import Upload, finish

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "closure_id": ("closure_id", "id", "chokepoint_id", "fid"),
    "name": ("name", "title", "label", "closure", "area"),
    "wkt": ("wkt", "geometry", "geom", "the_geom"),
    "note": ("note", "notes", "comment", "description"),
}
ID_PREFIX: Final = "U-"
_MOST_LON, _MOST_LAT = 540.0, 90.0  # a ring over the date line may run on past 180 degrees
_PROJECTED = "give degrees (EPSG:4326), or a GeoPackage that names its coordinate system"
MOST_CORNERS: Final = 2_000
_THIN_DEG, _COARSEST_DEG = 0.01, 5.0
_DECIMALS = 6  # 0.1 m
_WIDEST_DEG2 = 10_000.0  # a quarter of a hemisphere: more is a mistake in the winding or the units


def read_closure(raw: RawTable, *, file_name: str) -> Upload:
    """
    Map a table of areas to closures.

    Returns
    -------
    upload
        `rows`: GeoDataFrame ``closure_id, name, note, geometry`` (valid Polygon or MultiPolygon, EPSG:4326,
        longitudes continuous within ±540).
    """
    checks = Checks(raw, ALIASES)
    shapes = geometry(checks)
    areal = np.isin(shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    present = ~shapely.is_missing(shapes)
    checks.report(present & ~areal, "geometry", "is no area", "draw a polygon around what is closed")
    bounds = shapely.bounds(shapes)
    beyond = (np.abs(bounds[:, [0, 2]]).max(axis=1) > _MOST_LON) | (np.abs(bounds[:, [1, 3]]).max(axis=1) > _MOST_LAT)
    checks.report(beyond, "geometry", "its coordinates are no longitudes and latitudes", _PROJECTED)
    usable = without(shapes, ~areal | beyond)
    broken = ~shapely.is_valid(usable) & ~shapely.is_missing(usable)
    checks.report(
        broken, "geometry", "the ring crosses itself; it was mended", "look at it on the map", severity=WARNING
    )
    mended = usable.copy()
    mended[broken] = [_areal(shape) for shape in shapely.make_valid(usable[broken])]
    void = areal & ~beyond & ((shapely.area(mended) == 0) | (shapely.area(mended) > _WIDEST_DEG2))
    checks.report(void, "geometry", "has no area, or half the world's", "draw a polygon around what is closed")
    given, names = checks.text("closure_id"), checks.text("name")
    ids = [f"{ID_PREFIX}{line}" if own is None else ID_PREFIX + own.removeprefix(ID_PREFIX)
           for line, own in zip(checks.lines, given, strict=True)]  # fmt: skip
    rows = gpd.GeoDataFrame(
        {"closure_id": ids, "name": names.where(names.notna(), ids), "note": checks.text("note")},
        geometry=mended, crs="EPSG:4326", index=checks.lines,
    )  # fmt: skip
    twice = rows[~checks.bad].duplicated("closure_id")
    checks.report(
        checks.lines.isin(twice[twice].index), "closure_id", "the id stands further up", "give each its own id"
    )
    good = rows[~checks.bad].reset_index(drop=True)
    return finish("closure", file_name, checks, good.astype(dict.fromkeys(("closure_id", "name", "note"), TEXT)))


def areas(upload: Upload) -> frozenset[str]:
    r"""
    Give the areas of an upload as a scenario takes them: WKT, thinned together to a few thousand corners.

    A scenario travels in files and keys; a coast line of a hundred thousand corners closes the same lanes as one
    thinned by a hundredth of a degree (about 1 km).

    Examples
    --------
    >>> from layers.uploads import read_upload
    >>> wkt = b"name,wkt\nGulf,'POLYGON ((32 29, 34 29, 34 31, 32 29))'"
    >>> sorted(areas(read_upload("a.csv", wkt.replace(b"'", b'"'), kind="closure")))
    ['POLYGON ((32 29, 34 29, 34 31, 32 29))']
    """
    shapes = upload.rows.geometry.to_numpy()
    tolerance = _THIN_DEG
    while shapely.get_num_coordinates(shapes).sum() > MOST_CORNERS and tolerance < _COARSEST_DEG:
        shapes = shapely.make_valid(shapely.simplify(shapes, tolerance), method="structure", keep_collapsed=False)
        tolerance *= 2
    kept = shapes[~shapely.is_empty(shapes)]
    return frozenset(shapely.to_wkt(kept, rounding_precision=_DECIMALS, trim=True))


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Drop the points and lines that mending leaves behind."""
    parts = [part for piece in shapely.get_parts(shape) for part in shapely.get_parts(piece)]
    return shapely.multipolygons([part for part in parts if part.geom_type == "Polygon"])
