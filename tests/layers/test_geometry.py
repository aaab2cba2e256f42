"""Cutting at the antimeridian: golden files, and what must hold for any line."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.geometry import join_line, recentre, rfc7946, rfc_bbox, split_line, unwrap

GOLDEN = Path(__file__).parents[1] / "golden" / "antimeridian"
CASES = sorted(path.stem for path in (GOLDEN / "input").glob("*.json"))

steps = st.tuples(st.floats(-120, 120), st.floats(-85, 85))


def _line(start, moves):
    lon = np.cumsum([start, *[move[0] for move in moves]])
    return shapely.LineString(np.column_stack([lon, [0.0, *[move[1] for move in moves]]]))


lines = st.builds(_line, st.floats(-180, 179.99), st.lists(steps, min_size=1, max_size=12))
centres = st.sampled_from([0.0, 150.0, -100.0, 180.0])


@pytest.mark.parametrize("name", CASES)
def test_golden_file(name):
    given_, expected = (
        shapely.from_geojson((GOLDEN / kind / f"{name}.json").read_text()) for kind in ("input", "expected")
    )
    made = rfc7946(given_)
    if "Polygon" in expected.geom_type:
        assert shapely.normalize(made).equals(shapely.normalize(expected))
        assert all(part.exterior.is_ccw for part in shapely.get_parts(made))
    else:
        assert json.loads(shapely.to_geojson(made)) == json.loads(shapely.to_geojson(expected))


@given(lines, centres)
def test_a_cut_line_keeps_its_length_and_stays_on_the_map(line, centre):
    cut = split_line(line, centre_lon=centre)
    assert math.isclose(cut.length, unwrap(line).length, rel_tol=1e-9, abs_tol=1e-9)
    west, _, east, _ = cut.bounds
    assert centre - 180 <= west <= east <= centre + 180


@given(lines, centres)
def test_a_cut_line_joins_up_again(line, centre):
    whole = unwrap(line)
    joined = join_line(split_line(whole, centre_lon=centre))
    if joined.geom_type == "LineString":  # the first vertex may sit on 180, where -180 is as good
        assert joined.hausdorff_distance(whole) < 1e-6 or abs(abs(whole.coords[0][0]) - 180) < 1e-9
    assert math.isclose(joined.length, whole.length, rel_tol=1e-9, abs_tol=1e-9)


@given(lines)
def test_parts_follow_the_order_of_travel(line):
    parts = shapely.get_parts(split_line(line))
    for before, after in itertools.pairwise(parts):
        assert abs(before.coords[-1][0] - after.coords[0][0]) == 360
        assert before.coords[-1][1] == after.coords[0][1]


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-80, 80)), min_size=1, max_size=6))
def test_the_box_holds_every_point_and_is_never_wider_than_the_plain_one(points):
    west, south, east, north = rfc_bbox([shapely.Point(p) for p in points])
    width = (east - west) % 360 if east != west + 360 else 360
    assert width <= max(p[0] for p in points) - min(p[0] for p in points) + 1e-9
    for lon, lat in points:
        inside = west <= lon <= east if west <= east else lon >= west or lon <= east
        assert south <= lat <= north
        assert inside or abs(abs(lon) - 180) < 1e-9


def test_polygon_halves_merge_on_a_pacific_map():
    fiji = rfc7946(shapely.box(170, -20, 190, -10))
    moved = recentre(fiji, 150)
    assert moved.geom_type == "Polygon"
    assert moved.bounds == (170, -20, 190, -10)


def test_the_box_of_a_pacific_crossing_runs_west_to_east_over_the_line():
    assert rfc_bbox([shapely.LineString([(140, 35), (240, 34)])]) == [140, 34, -120, 35]


def test_empty_stays_empty():
    assert rfc7946(shapely.LineString()).is_empty
    assert recentre(shapely.Polygon(), 150).is_empty
    assert rfc_bbox([shapely.LineString()]) is None
