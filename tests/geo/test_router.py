"""Scenarios on one router: exclusions hold, users never meet, normally closed stays closed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.impedance import closed_edges
from geo.network import Kind, edge_countries
from geo.router import Cargo
from geo.routing import price
from geo.scenarios import Scenario
from geo.sites import with_sites
from tests.geo.toy import CARGO_USD_H, CHOKEPOINTS, ISO3, NODES, networks, node, router_of

CHEAP, DEAR = Cargo(0.0), Cargo(CARGO_USD_H)
ALL = np.arange(len(NODES))


def least(router, scenario, cargo=CHEAP, start="PA", end="PB"):
    return router.metric(scenario, cargo).matrix([node(start)], [node(end)])[0, 0]


def passed(router, scenario, cargo=CHEAP):
    path = router.metric(scenario, cargo).path(node("PA"), node("PB"))
    bits = np.bitwise_or.reduce(router.network.edges["chokepoints"].to_numpy()[path])
    return router.network.names(int(bits))


@pytest.mark.parametrize(
    ("cargo", "close", "modes", "usd", "by"),
    [
        (CHEAP, (), {"sea", "rail", "road"}, 12.22, ("strait",)),
        (CHEAP, ("strait",), {"sea", "rail", "road"}, 15.02, ("canal",)),
        (CHEAP, ("strait", "canal"), {"sea", "rail", "road"}, 45.0, ()),
        (CHEAP, (), {"rail"}, 45.0, ()),
        (CHEAP, (), {"road", "sea"}, 12.22, ("strait",)),
        (CHEAP, ("strait", "canal"), {"road", "sea"}, 93.0, ("lake_ferry",)),
        (DEAR, (), {"sea", "rail", "road"}, 45.0 + 109.25, ()),
        (DEAR, (), {"sea"}, 15.02 + 157.0, ("canal",)),
        (DEAR, ("canal",), {"sea"}, 12.22 + 207.0, ("strait",)),
        (DEAR, ("strait", "canal"), {"road", "sea"}, 93.0 + 104.6, ("lake_ferry",)),
    ],
)
def test_the_best_way_and_its_cost_are_those_found_by_hand(toy, cargo, close, modes, usd, by):
    scenario = Scenario(close=frozenset(close), modes=frozenset(modes))
    assert least(toy, scenario, cargo) == pytest.approx(usd, abs=1e-4)
    assert passed(toy, scenario, cargo) == by


@pytest.mark.parametrize(("objective", "least_of"), [("time", 104.6), ("distance", 800 + 20), ("co2e", 10.2)])
def test_other_objectives_have_their_own_best_way(toy, objective, least_of):
    assert least(toy, Scenario(), Cargo(0.0, objective=objective)) == pytest.approx(least_of, abs=2e-3)


def test_nothing_left_is_infinite_never_zero(toy):
    assert np.isinf(least(toy, Scenario(close=frozenset({"canal", "strait"}), modes=frozenset({"sea"}))))


def test_closed_is_what_the_scenario_closes_what_is_so_normally_and_what_the_ship_cannot_pass(toy):
    assert toy.closed(Scenario(), "supramax") == {"shortcut"}
    assert toy.closed(Scenario(), "capesize") == {"shortcut", "canal"}
    assert toy.closed(Scenario(reopen=frozenset({"shortcut"})), "supramax") == frozenset()
    assert toy.closed(Scenario(close=frozenset({"shortcut"}), reopen=frozenset({"shortcut"})), "supramax") == {
        "shortcut"
    }


def test_a_canal_belongs_to_its_country_a_strait_to_nobody(toy):
    assert toy.closed(Scenario(avoid=frozenset({"CCC"})), "supramax") == {"shortcut", "canal"}
    assert "strait" not in toy.closed(Scenario(avoid=frozenset({"AAA"})), "supramax")


def test_names_and_shares_of_a_scenario_share_one_weight_vector_and_closures_do_not(toy):
    base = toy.metric(Scenario(), CHEAP)
    assert toy.metric(Scenario(name="mine", outages=frozenset({"F1"}), alliance="G7"), CHEAP) is base
    assert toy.metric(Scenario(close=frozenset({"canal"})), CHEAP) is not base


def test_unbuilt_lines_wait_for_the_scenario_that_counts_them(toy):
    network = toy.network
    links = network.links.assign(status="planned")
    router = router_of(replace(network, links=links))
    by_road = Scenario(modes=frozenset({"road", "sea"}), close=frozenset({"canal", "strait"}))
    assert np.isinf(least(router, by_road))
    assert least(router, by_road.model_copy(update={"planned": True})) == pytest.approx(93.0, abs=1e-4)


@given(networks(), st.sets(st.sampled_from(CHOKEPOINTS), max_size=2), st.sets(st.sampled_from(ISO3), max_size=2))
@settings(max_examples=50)
def test_an_exclusion_holds_for_every_edge_of_the_path_or_the_pair_is_stranded(network, close, avoid):
    router, scenario = router_of(network), Scenario(close=frozenset(close), avoid=frozenset(avoid))
    metric = router.metric(scenario, CHEAP)
    rows = range(len(network.nodes))
    for source, target in ((a, b) for a in rows for b in rows if a != b):
        path = metric.path(source, target)
        assert (path is None) == np.isinf(metric.matrix([source], [target])[0, 0])
        if path is not None:
            bits = int(np.bitwise_or.reduce(network.edges["chokepoints"].to_numpy()[path]))
            assert not set(network.names(bits)) & (close | {"shortcut"})
            assert not edge_countries(network, path) & avoid


@given(
    networks(),
    st.lists(st.sampled_from([*CHOKEPOINTS, *ISO3]), max_size=4),
    st.lists(st.sampled_from([*CHOKEPOINTS, *ISO3]), max_size=3),
)
@settings(max_examples=50)
def test_a_harsher_scenario_is_never_cheaper(network, some, more):
    def scenario(items):
        return Scenario(close=frozenset(items) & set(CHOKEPOINTS), avoid=frozenset(items) & set(ISO3))

    router, rows = router_of(network), np.arange(len(network.nodes))
    mild, harsh = (router.metric(scenario(items), CHEAP) for items in (some, some + more))
    assert (harsh.matrix(rows, rows) >= mild.matrix(rows, rows)).all()


def test_eight_users_at_once_get_what_each_gets_alone(toy):
    scenarios = [Scenario(), *(Scenario(close=frozenset({item})) for item in CHOKEPOINTS[:3])]
    scenarios += [Scenario(avoid=frozenset({iso3})) for iso3 in ISO3]
    scenarios += [Scenario(modes=frozenset({"rail"}))]
    alone = [toy.metric(scenario, DEAR).matrix(ALL, ALL) for scenario in scenarios]
    shared = router_of(toy.network)  # a fresh one, so that its caches fill under contention

    def ask(call):
        place = call % len(scenarios)
        metric = shared.metric(scenarios[place], DEAR)
        path = metric.path(node("PA"), node("PB"))
        again = alone[place][node("PA"), node("PB")]
        return (metric.matrix(ALL, ALL) == alone[place]).all() and (path is None) == np.isinf(again)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))


def test_what_is_shut_is_what_closed_edges_says_and_the_modes_left_out(toy):
    scenario = Scenario(close=frozenset({"canal"}))
    everything = closed_edges(toy.network, toy.rates, closed=toy.closed(scenario, "supramax"), avoid=frozenset())
    assert toy.shut(scenario, "supramax").tolist() == everything.tolist()


def test_users_who_try_closures_at_once_in_different_scenarios_get_what_each_gets_alone(toy):
    """The metrics of one cargo share one hierarchy: one scenario's must not show in another's."""
    scenarios = [
        Scenario(),
        Scenario(close=frozenset({"canal"})),
        Scenario(close=frozenset({"strait"}), avoid=frozenset({"CCC"})),
    ]

    def closing(router, place, edge):
        return router.metric(scenarios[place], DEAR).closing(np.array([edge])).matrix(ALL, ALL)

    calls = [(place, edge) for place in range(3) for edge in range(19)] * 4
    alone = {call: closing(toy, *call) for call in set(calls)}
    shared = router_of(toy.network)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda call: closing(shared, *call), calls))
    assert all((answer == alone[call]).all() for answer, call in zip(answers, calls, strict=True))


def test_a_router_with_one_more_site_shares_the_hierarchy_and_answers_as_a_fresh_one(toy):
    more = pd.DataFrame({"lon": [3.0], "lat": [1.0], "country": [0]}, index=pd.Index(["newcomer"], name="site_id"))
    joined = toy.joined(more, kinds=tuple(Kind), names={"newcomer": "A new mine"})
    fresh = router_of(with_sites(toy.network, more))
    rows = np.arange(len(joined.network.nodes))
    for scenario in (Scenario(), Scenario(close=frozenset({"canal"}))):
        expected = fresh.metric(scenario, DEAR).matrix(rows, rows)
        np.testing.assert_array_equal(joined.metric(scenario, DEAR).matrix(rows, rows), expected)
    assert joined.topology.index is toy.topology.index
    assert "newcomer" not in toy.network.sites.index
    assert joined.node_name(int(joined.network.sites.loc["newcomer", "leave"])) == "A new mine"


def test_the_hierarchy_without_roads_answers_as_the_whole_one(toy):
    scenario = Scenario(modes=frozenset({"sea", "rail"}), close=frozenset({"canal"}))
    metric = toy.metric(scenario, DEAR)
    whole = price(toy.topology, toy.edge_cost(DEAR)).metric(toy.shut(scenario, DEAR.vessel))
    rows = np.arange(len(toy.network.nodes))
    np.testing.assert_array_equal(metric.matrix(rows, rows), whole.matrix(rows, rows))
    assert metric.path(node("PA"), node("PB")).tolist() == whole.path(node("PA"), node("PB")).tolist()
    assert toy._without_roads().inner.size < toy.topology.inner.size
