"""A drawn topology: one square across 180 degrees, one with a hole, one without an id."""

import json

import pytest

from layers.build import countries

TOPOLOGY = {
    "transform": {"scale": [1.0, 1.0], "translate": [0.0, 0.0]},
    "arcs": [
        [[178, 0], [0, 5], [-356, 0], [0, -5], [356, 0]],
        [[0, 0], [10, 0], [0, 10], [-10, 0], [0, -10]],
        [[4, 4], [0, 2], [2, 0], [0, -2], [-2, 0]],
        [[20, 40], [2, 0], [0, 2], [-2, 0], [0, -2]],
        [[50, 50], [0, 0], [0, 0]],
    ],
    "objects": {
        "countries": {
            "geometries": [
                {"type": "Polygon", "id": "242", "properties": {"name": "Fiji"}, "arcs": [[0]]},
                {"type": "MultiPolygon", "id": "710", "properties": {"name": "South Africa"}, "arcs": [[[1], [2]]]},
                {"type": "Polygon", "properties": {"name": "Kosovo"}, "arcs": [[3]]},
                {"type": "Polygon", "id": "250", "properties": {"name": "a scrap"}, "arcs": [[4]]},
            ]
        }
    },
}


def test_a_square_across_180_degrees_is_cut_not_wrapped_round_the_world():
    frame = countries.polygons(TOPOLOGY).set_index("iso3")
    assert frame.loc["FJI"].geometry.area == pytest.approx(20)
    assert frame.loc["FJI"].geometry.geom_type == "MultiPolygon"


def test_holes_stay_ids_are_filled_and_scraps_go():
    frame = countries.polygons(TOPOLOGY).set_index("iso3")
    assert frame.loc["ZAF"].geometry.area == pytest.approx(96)
    assert list(frame.index) == ["FJI", "XKX", "ZAF"]


def test_the_same_input_gives_the_same_bytes(tmp_path):
    raw = tmp_path / "raw"
    (raw / "package").mkdir(parents=True)
    (raw / "package" / countries.TOPOLOGY).write_text(json.dumps(TOPOLOGY))
    first, second = (countries.build(raw, tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[1].read_text(encoding="utf-8").count('"geometry"') == 3
