"""The real network: the traps that a world graph falls into, and cuts that must cut."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from geo import shortcuts, sweeps
from geo.dijkstra import DijkstraMetric
from geo.network import Kind, Mode, edge_countries
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.shortcuts import prepare
from geo.ways import way_along, way_countries
from layers.catalog import read_table
from layers.transport import network, rates

SEA = frozenset({"sea"})
VALUE_USD_T = 2000.0
# Fixed: every coast and enclosed sea of the world trade once.
PAIRS = [
    ("CNSHA", "NLRTM"), ("SARTA", "NLRTM"), ("SARTA", "JPYOK"), ("AUPHE", "CNTAO"), ("AUFRE", "SGSIN"),
    ("BRSSZ", "CNSHA"), ("BRSSZ", "SGSIN"), ("CLANF", "CNSHA"), ("CLANF", "USHOU"), ("CLANF", "NLRTM"),
    ("ZADUR", "NLRTM"), ("ZADUR", "INNSA"), ("TZDAR", "CNSHA"), ("NAWVB", "USNYC"), ("MZBEW", "JPYOK"),
    ("USLAX", "CNSHA"), ("USNYC", "INNSA"), ("USHOU", "KRPUS"), ("PHMNL", "JPYOK"), ("IDJKT", "KRPUS"),
    ("ROCND", "CNSHA"), ("RUNVS", "INNSA"), ("PLGDN", "USHOU"), ("FIHEL", "GBFXT"), ("GRPIR", "USNYC"),
    ("CNTXG", "AUFRE"), ("CAMTR", "NLRTM"), ("INPRT", "DEHAM"), ("PABLB", "SGSIN"), ("EGPSD", "IDJKT"),
]  # fmt: skip
PORTWATCH = read_table("chokepoints").query("portwatch")["chokepoint_id"].tolist()


@pytest.fixture(scope="module")
def world():
    """Route over the real network without sites: ports are nodes of their own."""
    return Router(network(), rates(), read_table("chokepoints").set_index("chokepoint_id"))


def port(world, port_id):
    return int(world.network.ports.loc[port_id, "node"])


def way(world, origin, destination, *, close=(), vessel="supramax", modes=SEA, objective="cost", **changes):
    cargo = Cargo(VALUE_USD_T, vessel, objective)
    scenario = Scenario(close=frozenset(close), modes=frozenset(modes), **changes)
    path = world.metric(scenario, cargo).path(port(world, origin), port(world, destination))
    return None if path is None else way_along(world, cargo, path, port(world, origin))


# ---------------- the traps of the issue
def test_the_gulf_with_hormuz_closed_is_stranded_by_sea_and_may_go_overland(world):
    assert way(world, "SARTA", "NLRTM", close=["hormuz"]) is None
    assert "hormuz" in way(world, "SARTA", "NLRTM").chokepoints
    overland = way(world, "SARTA", "NLRTM", close=["hormuz"], modes={"sea", "rail", "road"})
    assert overland is not None
    assert "hormuz" not in overland.chokepoints


def test_the_pacific_side_of_panama_still_reaches_asia_with_the_canal_closed(world):
    assert way(world, "PABLB", "SGSIN", close=["panama"]).length_nm == pytest.approx(10_600, rel=0.04)


@pytest.mark.parametrize("vessel", ["supramax", "capesize", "container"])
def test_with_suez_closed_shanghai_to_rotterdam_goes_round_the_cape(world, vessel):
    found = way(world, "CNSHA", "NLRTM", close=["suez"], vessel=vessel)
    assert "cape_good_hope" in found.chokepoints
    assert "panama" not in found.chokepoints
    assert found.length_nm == pytest.approx(13_800, rel=0.04)


@pytest.mark.parametrize("objective", ["cost", "time", "distance", "co2e"])
def test_a_capesize_never_passes_panama_whatever_is_asked(world, objective):
    found = way(world, "CNSHA", "NLRTM", close=["suez"], vessel="capesize", objective=objective)
    assert "panama" not in found.chokepoints


def test_piraeus_to_gibraltar_does_not_use_corinth(world):
    assert "corinth" not in way(world, "GRPIR", "GIGIB", objective="distance").chokepoints


def test_the_caspian_reaches_the_ocean_only_by_a_volga_don_that_is_opened(world):
    opened = {"reopen": frozenset({"volga_don"})}
    assert way(world, "KZAAU", "NLRTM", vessel="handysize") is None
    assert way(world, "KZAAU", "NLRTM") is None
    assert "volga_don" in way(world, "KZAAU", "NLRTM", vessel="handysize", **opened).chokepoints


def test_santos_to_singapore_with_the_cape_closed_does_not_round_it(world):
    found = way(world, "BRSSZ", "SGSIN", close=["cape_good_hope"])
    assert "cape_good_hope" not in found.chokepoints
    lon, lat = (world.network.nodes[name].to_numpy()[found.nodes] for name in ("lon", "lat"))
    assert not ((lon > 10) & (lon < 30) & (lat < -30)).any()
    assert found.length_km > way(world, "BRSSZ", "SGSIN").length_km


@pytest.mark.parametrize("passage", ["corinth", "volga_don", "northwest_passage", "northern_sea_route"])
def test_what_is_closed_by_default_is_used_by_none_of_the_fixed_pairs(world, passage):
    bits = world.network.edges["chokepoints"].to_numpy() & world.network.bits({passage})
    assert (bits != 0).any(), "the gate crosses no lane"
    assert world.shut(Scenario(), "supramax")[bits != 0].all()


# ---------------- cuts: with its gates shut, an enclosed sea has no way out
@pytest.mark.parametrize(
    ("close", "inside", "outside", "vessel"),
    [
        (["hormuz"], "SARTA", "INNSA", "supramax"),
        (["bosporus"], "UAODS", "GRPIR", "supramax"),
        (["dardanelles"], "UAODS", "GRPIR", "supramax"),
        (["kerch"], "UAMPW", "UAODS", "handysize"),
        (["bohai"], "CNTXG", "CNSHA", "supramax"),
        (["oresund", "great_belt", "kiel"], "PLGDN", "NLRTM", "handysize"),
        (["seaway"], "CATHU", "NLRTM", "handysize"),
        (["gibraltar", "suez"], "GRPIR", "NLRTM", "supramax"),
        (["bab_el_mandeb", "suez"], "SAJED", "INNSA", "supramax"),
    ],
)  # fmt: skip
def test_shut_gates_cut_an_enclosed_sea_off_and_open_ones_do_not(world, close, inside, outside, vessel):
    assert way(world, inside, outside, vessel=vessel) is not None
    assert way(world, inside, outside, vessel=vessel, close=close) is None
    assert way(world, outside, inside, vessel=vessel, close=close) is None


def matrix(world, scenario):
    """Least cost of each fixed pair."""
    starts, ends = ([port(world, pair[side]) for pair in PAIRS] for side in (0, 1))
    return np.diag(world.metric(scenario, Cargo(VALUE_USD_T)).matrix(np.array(starts), np.array(ends)))


def test_there_are_28_portwatch_passages_and_every_one_lies_on_a_lane(world):
    assert len(PORTWATCH) == 28
    bits = world.network.edges["chokepoints"].to_numpy()
    on_a_lane = [item for item in PORTWATCH if (bits & world.network.bits({item})).any()]
    assert on_a_lane == PORTWATCH


@pytest.mark.parametrize("item", PORTWATCH)
def test_closing_a_passage_never_shortens_a_fixed_pair_and_no_way_passes_it(world, item):
    base, shut = matrix(world, Scenario(modes=SEA)), matrix(world, Scenario(modes=SEA, close=frozenset({item})))
    assert np.isfinite(base).all()
    assert (shut >= base - 0.01).all()
    for origin, destination in PAIRS[::6]:
        found = way(world, origin, destination, close=[item])
        assert found is None or item not in found.chokepoints


def test_a_sea_way_makes_no_call_at_a_port_between_its_ends(world):
    kinds = world.network.nodes["kind"].to_numpy()
    for origin, destination in PAIRS:
        found = way(world, origin, destination)
        assert (kinds[found.nodes[1:-1]] == Kind.SEA).all(), (origin, destination)


@pytest.mark.parametrize("iso3", ["RUS", "CHN", "EGY", "ZAF", "KAZ"])
def test_an_avoided_country_is_in_no_way_over_land_or_sea(world, iso3):
    everything = {"sea", "rail", "road"}
    for origin, destination in [("CNTXG", "PLGDN"), ("TZDAR", "NAWVB"), ("RUNVS", "CNSHA"), ("EGPSD", "ZADUR")]:
        found = way(world, origin, destination, modes=everything, avoid=frozenset({iso3}))
        if found is not None:
            assert iso3 not in way_countries(world, found)
            assert iso3 not in edge_countries(world.network, found.edges)


# ---------------- the assembled network
def test_lengths_are_positive_and_no_shorter_than_the_line_they_draw(world):
    edges = world.network.edges
    assert (edges["length_km"] >= 0).all()
    assert edges["length_km"].notna().all()
    assert (edges.loc[edges["mode"] == Mode.SEA, "length_km"] > 0).all()


def test_every_gateway_berths_on_a_lane(world):
    """Those far up a river, or in a sea without a lane, by a straight stretch of at most 600 km."""
    edges, ports = world.network.edges, world.network.ports
    berths = edges.loc[edges["mode"] == Mode.PORT_SEA, "tail"]
    gateways = ports[ports["gateway"].astype(bool)]
    assert set(gateways.index[~gateways["node"].isin(berths)]) == set()


def test_the_ferries_of_the_supplement_are_priced_for_one_wait_each(world):
    edges = world.network.edges
    waits = world.impedance("supramax").wait_h
    bits = world.network.bits({"caspian_aktau_baku"})
    ferry = (edges["mode"] == Mode.FERRY) & ((edges["chokepoints"].to_numpy() & bits) != 0)
    assert ferry.any()
    wait_h = float(world.rates.tolls.loc["caspian_aktau_baku", "transit_wait_h"])
    for _, line in edges[ferry].groupby("link"):
        assert waits[line.index].sum() >= wait_h - 0.1


@pytest.mark.slow
def test_the_oracle_agrees_on_a_sample_of_real_pairs(world):
    for scenario in (Scenario(), Scenario(close=frozenset({"suez", "malacca"}), avoid=frozenset({"RUS"}))):
        cargo = Cargo(VALUE_USD_T)
        cost, shut = world.edge_cost(cargo), world.shut(scenario, cargo.vessel)
        oracle = DijkstraMetric(world.topology, np.where(shut, np.inf, cost)[world.topology.edge])
        starts = np.array([port(world, item) for item, _ in PAIRS[::3]])
        ends = np.array([port(world, item) for _, item in PAIRS])
        quick, slow = world.metric(scenario, cargo), oracle.matrix(starts, ends)
        fast = quick.matrix(starts, ends)
        assert (np.isinf(fast) == np.isinf(slow)).all()
        np.testing.assert_allclose(fast[np.isfinite(slow)], slow[np.isfinite(slow)], rtol=0, atol=0.05)


@pytest.mark.slow
def test_eight_users_at_once_on_the_world_get_what_each_gets_alone(world):
    closed = ["suez", "panama", "malacca", "hormuz", "bosporus", "gibraltar", "taiwan", "cape_good_hope"]
    scenarios = [Scenario(modes=SEA, close=frozenset({item})) for item in closed]
    alone = [matrix(world, scenario) for scenario in scenarios]
    shared = Router(world.network, world.rates, world.chokepoints)

    def ask(call):
        return (matrix(shared, scenarios[call % 8]) == alone[call % 8]).all()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(200)))


@pytest.mark.slow
def test_large_matrices_are_those_of_small_ones_to_the_last_digit(world, monkeypatch):
    """Compiled sweeps beside RoutingKit's on the whole network, closures in turn on one set of weights."""
    prepare().wait()
    nodes = world.network.ports["node"].to_numpy(np.int64)
    starts, ends = nodes[:400:10], nodes[5:1500:10]
    monkeypatch.setattr(shortcuts, "EDGES_A_START", 10**9)
    monkeypatch.setattr(shortcuts, "LONG", 10**9)
    for closed in ((), ("suez",), ("suez", "gibraltar"), ("malacca",)):
        metric = world.metric(Scenario(close=frozenset(closed)), Cargo(VALUE_USD_T))
        with monkeypatch.context() as patch:
            patch.setattr(sweeps, "FEW_STARTS", 10**9)
            expected = metric.matrix(starts, ends)
        np.testing.assert_array_equal(metric.matrix(starts, ends), expected)
