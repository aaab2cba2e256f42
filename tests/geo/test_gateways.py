"""Ways through other ports: they use the port they name, by land to its quay and on by sea, within the stretch."""

from dataclasses import replace

import numpy as np
import pytest

from geo.gateways import STRETCH, by_land, from_ports_usd_t, landing_at, other_ports, through_port, to_ports_usd_t
from geo.network import Mode
from geo.scenarios import Scenario
from geo.ways import trace, way_modes, way_ports
from tests.geo.toy_supply import CHEAP, toy_finder

BASE = Scenario()
ENDS = ("pa", "hub")
FARTHER_USD_T = 50 * 1.5 * 0.02


@pytest.fixture(scope="module")
def router():
    return toy_finder().router


def best(router, scenario=BASE):
    return trace(router, scenario, CHEAP, origin=ENDS[0], destination=ENDS[1])


def others(router, places, scenario=BASE):
    total = to_ports_usd_t(router, by_land(scenario), CHEAP, ENDS[0], tuple(places))
    total = total + from_ports_usd_t(router, scenario, CHEAP, tuple(places), ENDS[1])
    way = best(router, scenario)
    served = {places.get(port, port) for port in way_ports(router, way)}
    return other_ports(total, places, best_usd_t=way.cost_usd_t, served=served)


def test_another_port_of_another_place_is_an_alternative(router):
    assert way_ports(router, best(router)) == ("PA", "PB")
    assert others(router, {"PA": "PA", "PB": "PB", "PC": "PC"}) == ["PC"]


def test_a_neighbour_of_the_port_in_use_is_none(router):
    assert others(router, {"PA": "PA", "PB": "PB", "PC": "PA"}) == []


def test_a_port_that_the_network_lacks_is_passed_over():
    finder = toy_finder()
    finder = replace(finder, gateways=("XX", "PC"))
    assert list(finder.places) == ["PC"]


def test_an_alternative_really_goes_by_land_to_its_port_and_puts_to_sea_there(router):
    way = through_port(router, BASE, CHEAP, ends=ENDS, port="PC")
    assert way_ports(router, way)[0] == "PC"
    assert way_modes(router, way) == ("rail", "sea", "rail")
    columns, sites = router.network.columns, router.network.sites
    at = int(np.flatnonzero(way.nodes == router.network.ports.loc["PC", "node"])[0])
    assert not np.isin(columns.mode[way.edges[:at]], [Mode.SEA, Mode.PORT_SEA]).any()
    assert columns.mode[way.edges[at]] == Mode.PORT_SEA
    assert (way.nodes[0], way.nodes[-1]) == (sites.loc["pa", "leave"], sites.loc["hub", "arrive"])
    # 60 km of rail to the port instead of 10, each half as long again on the ground
    assert way.cost_usd_t - best(router).cost_usd_t == pytest.approx(FARTHER_USD_T)
    assert best(router).cost_usd_t <= way.cost_usd_t <= STRETCH * best(router).cost_usd_t


def test_a_port_beyond_the_stretch_is_left_out(router, monkeypatch):
    ratio = 1 + FARTHER_USD_T / best(router).cost_usd_t
    monkeypatch.setattr("geo.gateways.STRETCH", ratio - 0.001)
    assert others(router, {"PC": "PC"}) == []
    monkeypatch.setattr("geo.gateways.STRETCH", ratio + 0.001)
    assert others(router, {"PC": "PC"}) == ["PC"]


def test_a_way_on_that_stays_ashore_is_no_way_by_that_port(router):
    assert through_port(router, BASE, CHEAP, ends=ENDS, port="PB") is None
    no_sea = Scenario(close=frozenset({"strait", "canal"}))
    assert through_port(router, no_sea, CHEAP, ends=ENDS, port="PC") is None


@pytest.mark.parametrize("shut", [{"modes": frozenset({"sea", "road"})}, {"avoid": frozenset({"AAA"})}])
def test_where_the_land_way_to_a_port_is_shut_there_is_none(router, shut):
    assert through_port(router, Scenario(**shut), CHEAP, ends=ENDS, port="PC") is None


def test_the_finder_offers_the_other_port_as_a_corridor_of_its_own():
    finder = toy_finder()
    corridors = {corridor.corridor_id: corridor for corridor in finder.find(BASE)}
    # the dearest leg of this one is the ore's, over the sea: 25 t a tonne
    corridor = corridors["m1>pb>hub"]
    detoured = finder.traced([(stops, corridor.sources) for stops in finder.by_other_ports(corridor, BASE)], BASE)
    assert [one.corridor_id for one in detoured] == ["m1@PC>pb>hub"]
    assert "PC" in way_ports(finder.router, detoured[0].ways[0])
    assert detoured[0].sources == corridors["m1>pb>hub"].sources == 2
    assert finder.signature(detoured[0]) != finder.signature(corridors["m1>pb>hub"])


def test_an_alternative_lands_at_the_port_that_it_names_and_goes_on_by_land(router):
    ends = ("m3", "pa")
    way = landing_at(router, BASE, CHEAP, ends=ends, port="PC")
    assert way_ports(router, way) == ("PB", "PC")
    columns = router.network.columns
    at = int(np.flatnonzero(way.nodes == router.network.ports.loc["PC", "node"])[0])
    assert columns.mode[way.edges[at - 1]] == Mode.PORT_SEA
    assert not np.isin(columns.mode[way.edges[at:]], [Mode.SEA, Mode.PORT_SEA]).any()
    best_way = trace(router, BASE, CHEAP, origin=ends[0], destination=ends[1])
    assert way.cost_usd_t - best_way.cost_usd_t == pytest.approx(FARTHER_USD_T)
    assert landing_at(router, BASE, CHEAP, ends=ends, port="PB") is None  # it lies on this side: nothing lands there
    no_sea = Scenario(close=frozenset({"strait", "canal"}))
    assert landing_at(router, no_sea, CHEAP, ends=ends, port="PC") is None


def test_the_finder_offers_the_other_port_to_land_at_too():
    finder = toy_finder()
    stops = finder.stops({"mining": "m3", "refining": "pa"})
    corridor = finder.corridor(stops, BASE)
    sent = [(stops, 1) for stops in finder.by_other_ports(corridor, BASE)]
    ids = [one.corridor_id for one in finder.traced(sent, BASE)]
    assert "m3@:PC>pa>hub" in ids
    closed = Scenario(close=frozenset({"strait", "canal"}), modes=BASE.modes)
    landed = finder.judged(replace(corridor, stops=(replace(stops[0], entry="PC"), stops[1])), closed)
    assert (landed.status, landed.ways) == ("stranded", ())
    assert landed.reason.startswith("to PC: no way is left")
