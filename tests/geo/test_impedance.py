"""Every price by hand, on the drawn toy: each charge once, none forgotten, none made up."""

import numpy as np
import pandas as pd
import pytest

from geo.impedance import closed_edges, impedance
from geo.network import Mode
from geo.sites import with_sites
from tests.geo.toy import EDGES, ISO3, RATES, toy_network, toy_rates

NOTHING = frozenset()


def edge(tail, head):
    return int(np.flatnonzero((EDGES["tail"] == tail) & (EDGES["head"] == head))[0])


@pytest.fixture(scope="module")
def priced():
    return impedance(toy_network(), toy_rates(), vessel="supramax")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (("W", "SW"), (0.6, 30.0, 0.0, 6.0)),
        (("W", "E"), (1.0 + 4.0, 50.0 + 10.0, 10.0, 10.0)),  # toll and queue of the canal
        (("SW", "SE"), (1.0, 50.0, 0.0, 10.0)),  # no toll is charged, none is made up
        (("PA", "W"), (5.01, 48.5, 48.0, 0.1)),  # handling, dwell and the ship's time in port
        (("PA", "RA"), (0.3 + 4.0, 0.375 + 12.0, 12.0, 0.45)),  # 10 km as the crow flies are 15; half a transfer
        (("PA", "DA"), (1.5 + 4.0, 0.3 + 12.0, 12.0, 1.5)),
        (("RA", "DA"), (0.15 + 8.0, 0.03 + 24.0, 24.0, 0.15)),  # a whole transfer
        (("RA", "RM"), (8.0, 10.0, 0.0, 12.0)),
        (("RM", "RN"), (0.4 + 10.0 + 10.0, 0.5 + 40.0 + 24.0, 64.0, 0.6)),  # border and break of gauge
        (("DL", "FM"), (5.0, 5.0 + 24.0, 24.0, 6.0)),  # half of the one wait of 48 h for the ferry
        (("DM", "DB"), (30.0 + 12.0, 6.0 + 10.0, 10.0, 30.0)),  # from CCC into BBB
    ],
)
def test_each_edge_costs_what_it_does_by_hand(priced, ends, expected):
    """USD/t, hours, hours of them waited, kg CO2e/t."""
    row = edge(*ends)
    got = (priced.money_usd_t[row], priced.time_h[row], priced.wait_h[row], priced.co2e_kg_t[row])
    assert got == pytest.approx(expected)


def test_the_ferry_makes_one_wait_of_its_two_edges(priced):
    assert priced.wait_h[[edge("DL", "FM"), edge("FM", "DM")]].sum() == pytest.approx(48.0)


def test_a_box_ship_pays_its_own_toll_and_handling():
    boxes = impedance(toy_network(), toy_rates(), vessel="container")
    assert boxes.money_usd_t[edge("W", "E")] == pytest.approx(2.0 + 6.0)
    assert boxes.money_usd_t[edge("PA", "W")] == pytest.approx(0.02 + 9.0)
    assert boxes.wait_h[edge("PA", "W")] == pytest.approx(24.0 + 12.0)


def test_carrying_cost_is_value_times_rate_times_share_of_a_year(priced):
    assert priced.carrying_usd_t(2000.0, 8760.0) == pytest.approx(200.0)
    extra = priced.generalized_cost(87_600.0) - priced.generalized_cost(0.0)
    assert extra == pytest.approx(priced.time_h)  # one USD an hour


@pytest.mark.parametrize("missing", sorted(RATES))
def test_a_missing_rate_is_an_error_that_names_it_never_zero(missing):
    table = {key: value for key, value in toy_rates().impedance.items() if key[:2] != missing}
    joined = with_sites(
        toy_network(), pd.DataFrame({"lon": [1.0], "lat": [2.0], "country": [0]}, index=pd.Index(["m"], name="site_id"))
    )
    with pytest.raises(KeyError, match=missing[1]):
        impedance(joined, toy_rates(impedance=table), vessel="supramax")


def test_a_region_has_its_own_rate_and_the_worlds_where_it_has_none():
    table = {**toy_rates().impedance, ("rail", "freight_usd_tkm", "north"): 0.5}
    countries = toy_rates().countries.assign(freight_region=["north", None, None])
    priced = impedance(toy_network(), toy_rates(impedance=table, countries=countries), vessel="supramax")
    assert priced.money_usd_t[edge("RA", "RM")] == pytest.approx(200.0)
    assert priced.time_h[edge("RA", "RM")] == pytest.approx(10.0)
    assert priced.money_usd_t[edge("RN", "RB")] == pytest.approx(8.0)


def test_a_customs_union_has_its_own_border_and_keeps_the_break_of_gauge():
    table = {**toy_rates().impedance, ("border_rail", "usd_t", "EU"): 1.0, ("border_rail", "hours", "EU"): 2.0}
    union = toy_rates().countries.assign(customs_union=["EU", "EU", None])
    priced = impedance(toy_network(), toy_rates(impedance=table, countries=union), vessel="supramax")
    assert priced.money_usd_t[edge("RM", "RN")] == pytest.approx(0.4 + 1.0 + 10.0)
    assert priced.wait_h[edge("RM", "RN")] == pytest.approx(2.0 + 24.0)


def test_one_gauge_on_both_sides_costs_no_transshipment():
    same = toy_rates().countries.assign(rail_gauge_mm=[1435.0, 1435.0, np.nan])
    priced = impedance(toy_network(), toy_rates(countries=same), vessel="supramax")
    assert priced.money_usd_t[edge("RM", "RN")] == pytest.approx(0.4 + 10.0)


def test_a_closed_border_lets_no_land_edge_through_and_no_other_is_shut():
    rates = toy_rates(closed_borders=frozenset({frozenset({"AAA", "BBB"})}))
    shut = closed_edges(toy_network(), rates, closed=NOTHING, avoid=NOTHING)
    assert np.flatnonzero(shut).tolist() == [edge("RM", "RN")]


@pytest.mark.parametrize("iso3", ISO3)
def test_an_avoided_country_shuts_what_touches_it_or_runs_through_it(iso3):
    network = toy_network()
    shut = closed_edges(network, toy_rates(), closed=NOTHING, avoid=frozenset({iso3}))
    country = network.nodes["country"].to_numpy()[network.edges[["tail", "head"]].to_numpy()]
    touches = (country == ISO3.index(iso3)).any(axis=1)
    touches[network.passed.loc[network.passed["country"] == ISO3.index(iso3), "edge"]] = True
    assert shut.tolist() == touches.tolist()
    assert touches.any()


def test_nothing_closed_shuts_nothing_and_every_sea_edge_is_nobodys():
    network = toy_network()
    assert not closed_edges(network, toy_rates(), closed=NOTHING, avoid=NOTHING).any()
    at_sea = network.edges["mode"] == Mode.SEA
    assert not closed_edges(network, toy_rates(), closed=NOTHING, avoid=frozenset(ISO3))[at_sea].any()
