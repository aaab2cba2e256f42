"""Frames of corridors and legs: sums that agree, nulls for what is stranded, lines from mine to hub in one piece."""

from itertools import pairwise

import numpy as np
import pytest
from shapely.geometry import LineString

from geo.legs import CORRIDOR_COLUMNS, LEG_COLUMNS, NUMBERS, corridors_frame, legs_frame
from geo.questions import Corridor
from geo.scenarios import Scenario
from geo.way_legs import way_coords, way_legs, way_line
from geo.ways import way_along
from tests.geo.toy_supply import CHEAP, PLACES, toy_finder

BASE = Scenario()
STRANDED = Scenario(avoid=frozenset({"BBB"}))


@pytest.fixture(scope="module")
def finder():
    return toy_finder()


@pytest.fixture(scope="module")
def frames(finder):
    corridors = finder.find(BASE)
    return corridors_frame(finder, corridors, case="base"), legs_frame(finder, corridors, BASE)


def test_the_columns_are_those_agreed(frames):
    corridors, legs = frames
    assert list(corridors.columns) == [*CORRIDOR_COLUMNS, "case"]
    assert list(legs.columns) == LEG_COLUMNS
    assert corridors.index.name == "corridor_id"


def test_the_legs_of_a_corridor_sum_to_it(frames):
    corridors, legs = frames
    sums = legs.groupby("corridor_id")[["cost_contained_usd_t", "time_h", "co2e_contained_kg_t", "length_km"]].sum()
    sums = sums.reindex(corridors.index).to_numpy()
    assert sums == pytest.approx(corridors[["cost_usd_t", "time_h", "co2e_kg_t", "length_km"]].to_numpy(float))


def test_legs_are_numbered_in_order_and_joined_end_to_end(frames):
    _, legs = frames
    for _, own in legs.groupby("corridor_id", sort=False):
        assert own["leg_no"].tolist() == list(range(1, len(own) + 1))
        assert own["stage_no"].is_monotonic_increasing
        assert own["to_name"].tolist()[:-1] == own["from_name"].tolist()[1:]
        ends = [(line.coords[0], line.coords[-1]) for line in own["geometry"]]
        assert all(before[1] == pytest.approx(after[0]) for before, after in pairwise(ends))


def test_a_leg_is_a_run_of_one_mode_with_port_handling_at_sea(finder):
    corridor = next(one for one in finder.find(BASE) if one.corridor_id == "m1>pa>hub")
    legs = way_legs(finder.router, CHEAP, corridor.ways[1])
    assert [leg["mode"] for leg in legs] == ["access", "rail", "sea", "rail", "access"]
    assert legs[2]["cost_usd_t"] == pytest.approx(12.22)
    assert legs[2]["chokepoints"] == ("strait",)
    assert [leg["from_name"] for leg in legs][2:4] == ["PA", "PB"]


def test_a_line_runs_from_the_first_facility_to_the_hub(frames):
    corridors, _ = frames
    for row in corridors.to_dict("records"):
        assert isinstance(row["geometry"], LineString)
        assert row["geometry"].coords[0] == pytest.approx(PLACES[row["facility_ids"][0]][:2])
        assert row["geometry"].coords[-1] == pytest.approx(PLACES["hub"][:2])


def test_there_and_back_draws_the_same_line(finder):
    network, metric = finder.router.network, finder.router.metric(BASE, CHEAP)
    ends = network.ports.loc["PA", "node"], network.ports.loc["PB", "node"]
    there, back = (way_along(finder.router, CHEAP, metric.path(a, b), a) for a, b in (ends, ends[::-1]))
    assert way_coords(network, there).tolist() == way_coords(network, back).tolist()[::-1]


def test_what_is_stranded_keeps_its_row_with_nulls_never_zeros(finder):
    corridors = finder.find(BASE)
    judged = [finder.judged(one, STRANDED) for one in corridors]
    frame, legs = corridors_frame(finder, judged, case="scenario"), legs_frame(finder, judged, STRANDED)
    assert frame.index.tolist() == [one.corridor_id for one in corridors]
    assert (frame["status"] == "stranded").all()
    assert frame["reason"].str.contains("BBB is excluded").all()
    assert frame[["cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "access_km"]].isna().all(axis=None)
    assert frame["geometry"].isna().all()
    assert set(frame["modes"]) == set(frame["ports"]) == {()}
    assert legs.empty


def test_no_corridor_is_a_frame_with_every_column_and_numbers_as_numbers(finder):
    frame = corridors_frame(finder, [], case="base")
    assert list(frame.columns) == [*CORRIDOR_COLUMNS, "case"]
    assert set(map(str, frame.dtypes[NUMBERS])) == {"float64"}
    assert list(legs_frame(finder, [], BASE).columns) == LEG_COLUMNS
    assert way_line(finder.router.network, []) is None


def test_capacity_is_as_sure_as_its_least_sure_stage(frames):
    corridors, _ = frames
    row = corridors.loc["m1>pa>hub"]
    assert (row["capacity_t_yr"], row["capacity_truth"]) == (pytest.approx(600.0), "reported")
    unknown = corridors[[ids[0] == "m3" for ids in corridors["facility_ids"]]]
    assert len(unknown)
    assert unknown["capacity_t_yr"].isna().all()
    assert set(unknown["capacity_truth"]) == {"unknown"}


def test_the_slow_case_of_a_corridor_takes_waits_as_independent(frames, finder):
    row = frames[0].loc["m1>pa>hub"]
    ways = next(one for one in finder.find(BASE) if one.corridor_id == "m1>pa>hub").ways
    spread = np.sqrt(sum((way.time_p95_h - way.time_h) ** 2 for way in ways))
    assert row["time_p95_h"] == pytest.approx(row["time_h"] + spread)
    assert row["time_h"] < row["time_p95_h"] <= sum(way.time_p95_h for way in ways)


def test_a_corridor_that_nothing_is_known_of_is_not_zero(finder):
    stops = finder.find(BASE)[0].stops
    frame = corridors_frame(finder, [Corridor(stops, (), status="unknown", reason="no line")], case="base")
    assert frame[["cost_usd_t", "length_km"]].isna().all(axis=None)
