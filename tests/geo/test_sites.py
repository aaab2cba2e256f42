"""Sites join what is near, say how far it was, and nothing is cut short through one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.distance import geodesic_km
from geo.network import Kind, Mode
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.sites import ACCESS_CAP_KM, SIDING_KM, with_sites
from tests.geo.toy import as_network, router_of, toy_network

CARGO = Cargo(500.0)


def one_site(lon, lat, country=0):
    return pd.DataFrame({"lon": [lon], "lat": [lat], "country": [country]}, index=pd.Index(["here"], name="site_id"))


def joins(network):
    """Edges of the one site: name of the mode, length."""
    rows = network.edges[network.edges["tail"] == network.sites["leave"].iloc[0]]
    return {
        (Mode(mode).name, round(km, 1)) for mode, km in zip(rows["mode"], rows["length_km"].astype(float), strict=True)
    }


def test_the_network_handed_in_stays_as_it_was(sites):
    before = toy_network()
    after = with_sites(before, sites)
    assert (len(before.nodes), len(before.sites), len(after.sites)) == (15, 0, 3)
    assert len(after.nodes) == 15 + 2 * 3
    pd.testing.assert_frame_equal(after.edges.iloc[: len(before.edges)], before.edges, check_dtype=False)


def test_access_is_the_geodesic_to_the_nearest_node(sites):
    network = with_sites(toy_network(), sites)
    assert network.sites["access_km"].loc["mine"] == pytest.approx(float(geodesic_km(1.02, 2.0, 1.0, 2.0)))


def test_a_site_out_of_reach_stays_and_its_access_is_unknown_not_zero(sites):
    network = with_sites(toy_network(), sites)
    assert pd.isna(network.sites["access_km"].loc["island"])
    metric = router_of(network).metric(Scenario(), CARGO)
    node = network.sites.loc["island"]
    assert np.isinf(metric.matrix([network.sites.loc["mine", "leave"]], [int(node["arrive"])])).all()
    assert metric.path(int(node["leave"]), int(network.sites.loc["mine", "arrive"])) is None


@pytest.mark.parametrize(("gap_deg", "mode"), [(0.05, Mode.ACCESS), (0.2, Mode.ACCESS_RAIL)])
def test_near_a_railway_there_is_a_siding_farther_off_a_lorry_and_a_loading(gap_deg, mode):
    network = with_sites(toy_network(), one_site(1.0 + gap_deg, 2.0), kinds=(Kind.RAIL,))
    edge = network.edges.iloc[-1]
    assert (edge["length_km"] > SIDING_KM) == (mode == Mode.ACCESS_RAIL)
    assert edge["mode"] == mode


def test_beyond_the_cap_nothing_is_joined():
    degrees = ACCESS_CAP_KM / 111.2
    assert (
        with_sites(toy_network(), one_site(1.0, 2.0 - degrees * 1.05), kinds=(Kind.RAIL,))
        .sites["access_km"]
        .isna()
        .all()
    )
    assert (
        with_sites(toy_network(), one_site(1.0, 2.0 - degrees * 0.95), kinds=(Kind.RAIL,))
        .sites["access_km"]
        .notna()
        .all()
    )


def test_asked_for_the_sea_alone_a_place_inland_says_how_far_it_is():
    assert {mode for mode, _ in joins(with_sites(toy_network(), one_site(0.0, 0.9), kinds=(Kind.SEA,)))} == {"SEA"}
    at_quay = with_sites(toy_network(), one_site(0.0, 0.1), kinds=(Kind.SEA, Kind.RAIL))
    assert ("PORT_SEA", 11.1) in joins(at_quay)
    assert "PORT_SEA" not in {
        m for m, _ in joins(with_sites(toy_network(), one_site(0.0, 0.9), kinds=(Kind.SEA, Kind.RAIL)))
    }


def test_a_stretch_to_the_sea_across_a_gate_carries_its_chokepoint():
    gates = pd.DataFrame([("canal", -1.0, 0.05, 1.0, 0.05)], columns=["chokepoint_id", "lon1", "lat1", "lon2", "lat2"])
    gated = replace(toy_network(), gates=gates)
    network = with_sites(gated, one_site(0.0, 0.1), kinds=(Kind.SEA,))
    first = network.edges[network.edges["tail"] == network.sites["leave"].iloc[0]].sort_values("length_km").iloc[0]
    assert network.names(int(first["chokepoints"])) == ("canal",)
    shut = router_of(network).shut(Scenario(close=frozenset({"canal"})), "supramax")
    assert shut[-2:].all()


def test_the_order_of_the_sites_does_not_matter(sites):
    costs = []
    for table in (sites, sites.iloc[::-1]):
        router = router_of(with_sites(toy_network(), table))
        at = router.network.sites
        costs.append(
            router.metric(Scenario(), CARGO).matrix([at.loc["mine", "leave"]], [at.loc["plant", "arrive"]])[0, 0]
        )
    assert costs[0] == costs[1]


def test_sites_added_in_two_steps_cost_what_they_cost_in_one(sites):
    at_once = with_sites(toy_network(), sites)
    in_steps = with_sites(with_sites(toy_network(), sites.iloc[:1]), sites.iloc[1:])
    matrices = []
    for network in (at_once, in_steps):
        leave, arrive = (network.sites.loc[sites.index, end].to_numpy(int) for end in ("leave", "arrive"))
        matrices.append(router_of(network).metric(Scenario(), CARGO).matrix(leave, arrive))
    np.testing.assert_array_equal(*matrices)


def test_no_path_cuts_through_a_site_to_change_trains_for_nothing():
    """The site lies between a railway and a road that do not meet: through it would be the only way."""
    nodes = pd.DataFrame(
        {"lon": [0.0, 0.01, 1.0, 1.01], "lat": 0.0, "kind": [Kind.RAIL, Kind.RAIL, Kind.ROAD, Kind.ROAD], "country": 0}
    )
    edges = pd.DataFrame(
        {
            "tail": [0, 2],
            "head": [1, 3],
            "mode": [Mode.RAIL, Mode.ROAD],
            "length_km": [5.0, 5.0],
            "chokepoints": 0,
            "link": -1,
        }
    )
    network = with_sites(as_network(nodes, edges), one_site(0.5, 0.0))
    metric = router_of(network).metric(Scenario(), CARGO)
    assert np.isinf(metric.matrix([0], [3])).all()
    assert metric.path(0, 3) is None
    site = network.sites.loc["here"]
    assert np.isfinite(metric.matrix([int(site["leave"])], [0, 3])).all()
    assert np.isfinite(metric.matrix([0, 3], [int(site["arrive"])])).all()


def test_no_sites_is_no_change():
    network = with_sites(toy_network(), one_site(0.0, 0.0).iloc[:0])
    assert len(network.edges) == len(toy_network().edges)
