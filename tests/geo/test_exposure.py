"""Exposure by matrices against paths that are walked: the toy, its closures, and random networks on both engines."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from geo.dijkstra import DijkstraMetric
from geo.exposure import exposure, least_time_h, port_exposure
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.sites import with_sites
from geo.ways import trace, way_ports
from tests.geo.toy import CARGO_USD_H, networks, router_of

ENDS = ["mine", "plant"]
CASES = [
    Scenario(),
    Scenario(close=frozenset({"strait"})),
    Scenario(close=frozenset({"canal", "strait"})),
    Scenario(modes=frozenset({"road"})),
    Scenario(modes=frozenset({"sea", "road"}), close=frozenset({"canal", "strait"})),
]


@pytest.mark.parametrize("scenario", CASES)
@pytest.mark.parametrize("value_usd_t", [0.0, 500.0, CARGO_USD_H])
def test_exposure_is_what_the_walked_path_passes(toy_with_sites, scenario, value_usd_t):
    cargo = Cargo(value_usd_t)
    way = trace(toy_with_sites, scenario, cargo, origin="mine", destination="plant")
    passed = exposure(toy_with_sites, scenario, cargo, ["mine"], ["plant"])
    ports = port_exposure(toy_with_sites, scenario, cargo, ["mine"], ["plant"])
    assert set(passed) == (set(way.chokepoints) if way else set())
    assert set(ports) == (set(way_ports(toy_with_sites, way)) if way else set())
    assert all(flags.shape == (1, 1) and flags.all() for flags in [*passed.values(), *ports.values()])


@pytest.mark.parametrize("scenario", CASES)
def test_the_time_is_that_of_the_walked_path(toy_with_sites, scenario):
    cargo = Cargo(500.0)
    way = trace(toy_with_sites, scenario, cargo, origin="mine", destination="plant")
    hours = least_time_h(toy_with_sites, scenario, cargo, ["mine"], ["plant"])
    assert hours[0, 0] == pytest.approx(way.time_h if way else np.inf, rel=0.01)


def test_a_pair_that_nothing_joins_passes_nothing_and_never_arrives(toy_with_sites):
    cargo = Cargo(500.0)
    assert exposure(toy_with_sites, Scenario(), cargo, ["mine"], ["island"]) == {}
    assert np.isinf(least_time_h(toy_with_sites, Scenario(), cargo, ["mine"], ["island"]))


@settings(max_examples=25)
@given(network=networks())
@pytest.mark.parametrize("plain", [False, True])
def test_random_networks_agree_with_their_paths(network, plain):
    places = pd.DataFrame({"lon": [0.0, 0.1], "lat": [0.01, 0.01], "country": [0, 1]}, index=ENDS)
    router = router_of(with_sites(network, places))
    if plain:
        cost = router.edge_cost(Cargo(500.0))
        shut = router.shut(Scenario(), "supramax")
        edge = router.topology.edge
        router.metric = lambda *_: DijkstraMetric(router.topology, np.where(shut, np.inf, cost)[edge])
    cargo = Cargo(500.0)
    passed = exposure(router, Scenario(), cargo, ENDS, ENDS)
    for row, origin in enumerate(ENDS):
        for column, destination in enumerate(ENDS):
            way = trace(router, Scenario(), cargo, origin=origin, destination=destination)
            walked = set(way.chokepoints) if way else set()
            # a tie may expose a pair to more than the one path that was walked
            assert walked <= {name for name, flags in passed.items() if flags[row, column]}
