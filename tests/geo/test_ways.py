"""Ways on the drawn toy: sums, order, names, statuses and their reasons."""

import numpy as np
import pytest

from geo.router import Cargo
from geo.scenarios import Scenario
from geo.ways import compare, trace, way_along, way_countries, way_modes, way_ports
from tests.geo.toy import CARGO_USD_H, NODES, node

CHEAP = Cargo(0.0)
BY_SEA = frozenset({"sea"})


def between_ports(router, scenario, cargo=CHEAP):
    path = router.metric(scenario, cargo).path(node("PA"), node("PB"))
    return None if path is None else way_along(router, cargo, path, node("PA"))


def names(way):
    return "-".join(NODES["name"].iloc[way.nodes])


def test_the_sums_of_a_way_are_those_found_by_hand(toy):
    way = between_ports(toy, Scenario(), Cargo(CARGO_USD_H))
    assert names(way) == "PA-RA-RM-RN-RB-PB"
    sums = (way.length_km, way.cost_usd_t, way.time_h, way.co2e_kg_t)
    assert sums == pytest.approx((840.0, 45.0 + 109.25, 109.25, 24.6 + 0.9))
    # each wait on its own: 12 in either port, 64 at border and gauge; 95th percentile three times the median
    assert way.time_p95_h == pytest.approx(109.25 + 2 * np.sqrt(12**2 + 64**2 + 12**2))


def test_a_ferry_makes_its_passengers_wait_once(toy):
    way = between_ports(toy, Scenario(modes=frozenset({"road", "sea"}), close=frozenset({"canal", "strait"})))
    assert names(way) == "PA-DA-DL-FM-DM-DB-PB"
    assert way.time_h == pytest.approx(104.6)
    assert way.chokepoints == ("lake_ferry",)


def test_a_way_knows_its_modes_ports_and_countries(toy):
    by_rail, by_sea = between_ports(toy, Scenario(modes=frozenset({"rail"}))), between_ports(toy, Scenario())
    assert (way_modes(toy, by_rail), way_modes(toy, by_sea)) == (("rail",), ("sea",))
    assert way_ports(toy, by_sea) == ("PA", "PB")
    assert way_countries(toy, by_rail) == ("AAA", "BBB", "CCC")  # CCC only along an edge
    assert way_countries(toy, by_sea) == ("AAA", "BBB")
    assert by_sea.length_nm == pytest.approx(2220 / 1.852)


def test_there_and_back_is_the_same_way(toy):
    back = toy.metric(Scenario(), CHEAP).path(node("PB"), node("PA"))
    assert way_along(toy, CHEAP, back, node("PB")).nodes.tolist()[::-1] == between_ports(toy, Scenario()).nodes.tolist()


def test_a_way_starts_and_ends_at_its_sites_and_counts_the_access(toy_with_sites):
    router = toy_with_sites
    way = trace(router, Scenario(), Cargo(500.0), origin="mine", destination="plant")
    at = router.network.sites
    assert (way.nodes[0], way.nodes[-1]) == (at.loc["mine", "leave"], at.loc["plant", "arrive"])
    assert way.access_km == pytest.approx(max(at.loc["mine", "access_km"], at.loc["plant", "access_km"]), rel=1e-5)
    own = {at.loc["mine", "leave"], at.loc["plant", "arrive"]}
    assert not set(way.nodes[1:-1]) & (set(at["leave"]) | set(at["arrive"])) - own
    assert trace(router, Scenario(), CHEAP, origin="mine", destination="island") is None


def test_the_metric_and_the_way_it_traces_agree_on_the_cost(toy_with_sites):
    at = toy_with_sites.network.sites
    for value in (0.0, 500.0, CARGO_USD_H):
        cargo = Cargo(value)
        least = toy_with_sites.metric(Scenario(), cargo).matrix([at.loc["mine", "leave"]], [at.loc["plant", "arrive"]])
        way = trace(toy_with_sites, Scenario(), cargo, origin="mine", destination="plant")
        assert way.cost_usd_t == pytest.approx(least[0, 0], abs=1e-2)


@pytest.mark.parametrize(
    ("scenario", "status", "reason"),
    [
        (Scenario(), "open", "as in the base case"),
        (Scenario(close=frozenset({"canal"})), "open", "as in the base case"),
        (Scenario(close=frozenset({"strait"})), "rerouted", "by canal instead of strait"),
        (Scenario(close=frozenset({"strait", "canal"})), "degraded", "no longer by strait"),
        (Scenario(partial=frozenset({("strait", 0.5)})), "degraded", "strait at part of its capacity"),
        (Scenario(close=frozenset({"strait", "canal"}), modes=BY_SEA), "stranded", "strait is closed"),
        (Scenario(avoid=frozenset({"BBB"})), "stranded", "BBB is excluded"),
    ],
)
def test_each_status_says_why(toy, scenario, status, reason):
    base, way = between_ports(toy, scenario.base), between_ports(toy, scenario)
    got, why = compare(toy, scenario, base, way)
    assert got == status
    assert reason in why


def test_the_reason_of_a_detour_carries_its_kilometres_days_and_dollars(toy):
    scenario = Scenario(close=frozenset({"strait"}))
    why = compare(toy, scenario, between_ports(toy, Scenario()), between_ports(toy, scenario))[1]
    assert "-1,200 km, -2.1 days, +2.8 USD/t" in why


def test_a_pair_that_never_was_joined_is_not_blamed_on_a_closure(toy_with_sites):
    status, why = compare(toy_with_sites, Scenario(), None, None)
    assert status == "stranded"
    assert why.startswith("no way leads there by rail, road, sea even with nothing closed")
