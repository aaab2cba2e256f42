"""GeoJSON from bytes: parsed as data, never handed to a driver that follows what it finds inside."""

import json
from typing import Any, Final, Never

from geo.errors import BadInputError
from layers.uploads.raw import MAX_CELL, Problem, RawTable, check_rows, raw_table, shown
from layers.uploads.shapes import WGS84, epsg_of, from_geojson, settle, to_wgs84

MAX_TOKENS: Final = 8_000_000
"""Commas, colons and brackets in one file: they bound what parsing costs in memory."""
_GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")


def read_geojson(raw: bytes) -> RawTable:
    """
    Read a FeatureCollection, a Feature or a bare geometry; the line is the number of the feature.

    Raises
    ------
    BadInputError
        If it is no JSON, cut short, too large, too deep, holds NaN, or is no GeoJSON.
    """
    data = parse_json(raw)
    features = _features(data)
    check_rows(len(features))
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(feature["properties"]))
    wanted = list(names)
    rows = [tuple(_cell(feature["properties"].get(name)) for name in wanted) for feature in features]
    shapes, faults = settle([from_geojson(feature["geometry"]) for feature in features])
    problems = [Problem(row + 1, "geometry", "", fault, "draw the shape again") for row, fault in faults]
    shapes, notes = to_wgs84(shapes, _epsg(data))
    return raw_table(wanted, rows, geometry=shapes, problems=problems, notes=notes)


def parse_json(raw: bytes) -> Any:
    """
    Parse JSON in bounded memory.

    Raises
    ------
    BadInputError
        One line: where it breaks and what to do.
    """
    if sum(raw.count(token) for token in (b",", b":", b"[", b"{")) > MAX_TOKENS:
        msg = "the JSON holds too many values: split the file"
        raise BadInputError(msg)
    try:
        return json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except BadInputError:
        raise
    except UnicodeDecodeError:
        msg = "the JSON is not UTF-8: save it as UTF-8"
    except RecursionError:
        msg = "the JSON is nested too deeply"
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated")
        hint = "; the file seems cut short" if cut else ""
        msg = f"no valid JSON at line {error.lineno}, column {error.colno} ({error.msg}){hint}"
    except ValueError:
        msg = "the JSON holds a number of too many digits"
    raise BadInputError(msg)


def _refuse_constant(name: str) -> Never:
    """Refuse NaN and Infinity, which JSON does not have."""
    msg = f"the JSON holds {name}: write null for unknown"
    raise BadInputError(msg)


def _features(data: Any) -> list[dict[str, Any]]:
    """List features as dicts that have properties and geometry."""
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "FeatureCollection" and isinstance(data.get("features"), list):
        found = data["features"]
    elif kind == "Feature":
        found = [data]
    elif kind in _GEOMETRIES:
        found = [{"geometry": data}]
    else:
        msg = "the JSON is no GeoJSON: a FeatureCollection is expected"
        raise BadInputError(msg)
    return [_feature(item) for item in found]


def _feature(item: Any) -> dict[str, Any]:
    """Make an odd feature an empty one, which the checks then name."""
    properties = item.get("properties") if isinstance(item, dict) else None
    plain = dict(properties) if isinstance(properties, dict) else {}
    if isinstance(item, dict) and "id" in item and "id" not in plain:
        plain["id"] = item["id"]
    return {"properties": plain, "geometry": item.get("geometry") if isinstance(item, dict) else "none"}


def _epsg(data: Any) -> int:
    """Read the `crs` member of old GeoJSON; by RFC 7946 there is none and degrees are meant."""
    crs = data.get("crs")
    if crs is None:
        return WGS84
    name = (
        crs.get("properties", {}).get("name")
        if isinstance(crs, dict) and isinstance(crs.get("properties"), dict)
        else 0
    )
    code = str(name).rpartition(":")[2]
    if code in ("CRS84", str(WGS84)):
        return WGS84
    return epsg_of(int(code) if code.isascii() and code.isdigit() and len(code) < len("1000000") else None)


def _cell(value: Any) -> Any:
    """Give text, number or None; lists are joined by `;`, objects become text."""
    if isinstance(value, str):
        return value.strip()[:MAX_CELL] or None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)[:MAX_CELL] or None
    return value if value is None or isinstance(value, int | float) else shown(value)
