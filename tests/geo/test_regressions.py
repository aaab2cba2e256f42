"""Bugs that were found and mended: each test fails on the code as it was."""

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import BadInputError
from geo.impedance import closed_edges
from geo.network import Kind, Mode
from geo.router import Cargo
from geo.routing import price
from geo.scenarios import Scenario, read_scenario
from geo.sites import with_sites
from geo.topology import Topology
from geo.ways import way_along
from layers.build.topology import Lines, contracted
from tests.geo.conftest import SITES
from tests.geo.toy import node, router_of, toy_network, toy_rates


def test_a_lorry_to_a_railhead_abroad_crosses_a_border():
    place = pd.DataFrame({"lon": [5.1], "lat": [2.5], "country": [0]}, index=pd.Index(["s"], name="site_id"))
    network = with_sites(toy_network(), place, kinds=(Kind.RAIL,))
    abroad = network.nodes["country"].to_numpy()[network.edges["head"]] == 1
    rows = network.edges.index[(network.edges["mode"] == Mode.ACCESS_RAIL) & abroad]
    assert len(rows)
    assert set(rows) <= set(network.crossings.edge)
    rates = toy_rates(closed_borders=frozenset({frozenset({"AAA", "BBB"})}))
    assert closed_edges(network, rates, closed=frozenset(), avoid=frozenset())[rows].all()


def test_closing_shuts_a_sites_own_stretches_too():
    network = with_sites(toy_network(), SITES)
    cost = network.edges["length_km"].to_numpy(float)
    metric = price(Topology.of(network), cost).metric(np.zeros(len(cost), bool))
    ends = ([network.sites.loc["mine", "leave"]], [network.sites.loc["plant", "arrive"]])
    before = metric.matrix(*ends)
    assert np.isinf(metric.closing(np.arange(19, len(cost))).matrix(*ends)).all()
    assert metric.matrix(*ends) == before


def test_a_ring_without_a_junction_stays():
    corners = np.array([0.0, 1, 1, 0]), np.array([0.0, 0, 1, 1])
    ring = Lines(*corners, np.array([0, 1, 2, 3]), np.array([1, 2, 3, 0]), np.full(4, 111.0))
    assert contracted(ring, step_km=30)[0].length_km.sum() == 444


def test_a_ferry_waits_once_in_the_95th_percentile_too():
    router, cargo = router_of(toy_network()), Cargo(0.0)
    scenario = Scenario(modes=frozenset({"road", "sea"}), close=frozenset({"canal", "strait"}))
    path = router.metric(scenario, cargo).path(node("PA"), node("PB"))
    way = way_along(router, cargo, path, node("PA"))
    assert way.time_p95_h == pytest.approx(104.6 + 2 * np.sqrt(12**2 + 48**2 + 10**2 + 12**2))


def test_a_day_that_is_none_is_bad_input_not_a_crash():
    with pytest.raises(BadInputError, match="neither JSON nor YAML"):
        read_scenario("as_of: 2024-99-99")


def test_an_area_that_a_user_draws_shuts_what_runs_through_it():
    router, cargo = router_of(toy_network()), Cargo(1.0)
    open_path = router.metric(Scenario(), cargo).path(node("PA"), node("PB"))
    columns = router.network.columns
    middle = len(open_path) // 2
    ends = columns.tail[open_path[middle]], columns.head[open_path[middle]]
    lon, lat = columns.lon[list(ends)].mean(), columns.lat[list(ends)].mean()
    box = shapely.box(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01).wkt
    scenario = Scenario(areas=frozenset({box}))
    other = router.metric(scenario, cargo).path(node("PA"), node("PB"))
    assert open_path[middle] not in ([] if other is None else other.tolist())
    assert not scenario.is_base
    assert scenario.base.is_base
    assert Scenario.model_validate(scenario.to_dict()) == scenario


@pytest.mark.parametrize("text", ["nonsense", "POINT (1 2)", "POLYGON EMPTY"])
def test_an_area_that_is_no_polygon_is_refused(text):
    with pytest.raises(BadInputError, match="areas"):
        read_scenario(f"areas: ['{text}']")


def test_a_scenario_file_of_ours_says_what_was_asked_and_still_reads():
    text = '{"close": ["suez"], "question": {"mineral": "lithium", "hub": "USA"}}'
    assert read_scenario(text).close == {"suez"}
