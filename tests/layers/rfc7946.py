"""What RFC 7946 asks of a file, as far as a program can tell: one list of breaches."""

import json
from itertools import pairwise

import shapely

GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}


def breaches(text):
    """List what is wrong with a GeoJSON FeatureCollection; empty when it keeps the RFC."""
    found = []

    def refuse(constant):
        found.append(f"{constant} is not JSON")

    collection = json.loads(text, parse_constant=refuse)
    if collection.get("type") != "FeatureCollection" or not isinstance(collection.get("features"), list):
        return [*found, "not a FeatureCollection (3.3)"]
    if "crs" in collection:
        found.append("crs member (4)")
    if {"coordinates", "geometries", "geometry", "properties"} & set(collection):
        found.append("a FeatureCollection with the members of another type (7.1)")
    ids = [feature.get("id") for feature in collection["features"]]
    if len(ids) != len(set(ids)) or not all(isinstance(i, str | int | float) for i in ids):
        found.append("ids missing, doubled or neither text nor number (3.2)")
    for feature in collection["features"]:
        found += [f"{feature.get('id')}: {breach}" for breach in _feature(feature)]
    everything = [p for f in collection["features"] for p in _positions(f.get("geometry"))]
    return found + _bbox(collection.get("bbox"), everything)


def _feature(feature):
    if feature.get("type") != "Feature" or "geometry" not in feature or "properties" not in feature:
        return ["not a Feature with geometry and properties (3.2)"]
    if {"coordinates", "geometries", "features"} & set(feature):
        return ["a Feature with the members of another type (7.1)"]
    geometry = feature["geometry"]
    if geometry is None:
        return ["bbox without geometry"] if "bbox" in feature else []
    return _geometry(geometry) + _bbox(feature.get("bbox"), _positions(geometry))


def _geometry(geometry):
    kind = geometry.get("type")
    if kind not in GEOMETRIES:
        return [f"type {kind} (1.4)"]
    if kind == "GeometryCollection":
        return [b for part in geometry["geometries"] for b in _geometry(part)]
    found = []
    for position in _positions(geometry):
        if len(position) not in (2, 3) or not all(isinstance(n, int | float) for n in position):
            found.append(f"position {position} (3.1.1)")
        elif not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):
            found.append(f"position {position} out of range: order or antimeridian (3.1.1, 3.1.9)")
        elif any(len(repr(n).partition(".")[2]) > 7 for n in position):
            found.append(f"position {position} with more than 7 decimals (11.2)")
    return found + _lines(geometry) + _rings(geometry)


def _lines(geometry):
    kind, coordinates = geometry["type"], geometry["coordinates"]
    lines = {"LineString": [coordinates], "MultiLineString": coordinates}.get(kind, [])
    found = ["line of fewer than two positions (3.1.4)" for line in lines if len(line) < 2]
    jumps = [abs(b[0] - a[0]) for line in lines for a, b in pairwise(line)]
    return found + ["line crosses the antimeridian uncut (3.1.9)" for jump in jumps if jump > 180]


def _rings(geometry):
    kind, coordinates = geometry["type"], geometry["coordinates"]
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])
    found = []
    for polygon in polygons:
        for number, ring in enumerate(polygon):
            if len(ring) < 4 or ring[0] != ring[-1]:
                found.append("ring not closed (3.1.6)")
            elif shapely.LinearRing(ring).is_ccw != (number == 0):
                found.append("ring not right-hand (3.1.6)")
    return found


def _positions(geometry):
    if geometry is None:
        return []
    if geometry["type"] == "GeometryCollection":
        return [p for part in geometry["geometries"] for p in _positions(part)]

    def walk(value):
        return [value] if isinstance(value[0], int | float) else [p for item in value for p in walk(item)]

    return walk(geometry["coordinates"])


def _bbox(box, positions):
    if not positions:
        return [] if box is None else ["bbox round nothing"]
    if box is None:
        return ["no bbox (5)"]
    west, south, east, north = box
    out = [p for p in positions if not (south <= p[1] <= north and _between(west, p[0], east))]
    return [f"{out[0]} outside bbox {box} (5)"] if out else []


def _between(west, lon, east):
    if abs(lon) == 180:  # one meridian, two names
        return True
    return west <= lon <= east if west <= east else lon >= west or lon <= east
