"""The engine against scipy and networkx, on the drawn toy and on random networks with random closures."""

from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import topology as topology_module
from geo.dijkstra import DijkstraMetric
from geo.hierarchy import HierarchyPrice
from geo.network import Kind, Mode, arcs
from geo.routing import price
from geo.sites import with_sites
from geo.topology import Topology
from tests.geo.conftest import SITES
from tests.geo.toy import CANAL, NODES, as_network, networks, node, router_of, toy_network

ALL = np.arange(len(NODES))
QUICK = settings(max_examples=50)


def both(network, cost, shut):
    """The same weights in either engine."""
    topology = Topology.of(network)
    quick = HierarchyPrice(topology, cost).metric(shut)
    return quick, DijkstraMetric(topology, np.where(shut, np.inf, cost)[topology.edge])


def length(network):
    return network.edges["length_km"].to_numpy(float).copy()


def by_networkx(network, cost, shut):
    """A third opinion: every pair's least cost."""
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(network.nodes)))
    for tail, head, edge in zip(*(part.tolist() for part in arcs(network)), strict=True):
        if not shut[edge] and cost[edge] < graph.get_edge_data(tail, head, {"weight": np.inf})["weight"]:
            graph.add_edge(tail, head, weight=cost[edge])
    found = dict(nx.all_pairs_dijkstra_path_length(graph))
    count = range(len(network.nodes))
    return np.array([[found[a].get(b, np.inf) for b in count] for a in count])


def assert_same_costs(network, got, expected):
    """Equal but for rounding: half a step an edge, on either of two paths."""
    metric, oracle = got
    assert (np.isinf(metric) == np.isinf(oracle)).all()
    finite = np.isfinite(oracle)
    np.testing.assert_allclose(metric[finite], oracle[finite], rtol=0, atol=expected)


@pytest.mark.parametrize("closed", [[], [CANAL], [CANAL, 2], [11], [CANAL, 2, 11, 16]])
def test_three_engines_agree_on_the_drawn_toy(closed):
    network = with_sites(toy_network(), SITES)
    cost, shut = length(network), np.isin(np.arange(len(network.edges)), closed)
    quick, slow = both(network, cost, shut)
    rows = np.arange(len(network.nodes))
    expected = by_networkx(network, cost, shut)
    assert_same_costs(network, (slow.matrix(rows, rows), expected), 1e-6)
    plain = rows[: len(NODES)]
    expected = expected[: len(NODES), : len(NODES)]
    assert_same_costs(network, (quick.matrix(plain, plain), expected), len(rows) * quick.step_usd_t)


@given(networks(), st.data())
@QUICK
def test_two_engines_agree_on_random_networks_with_random_closures(network, data):
    shut = np.array(data.draw(st.lists(st.booleans(), min_size=len(network.edges), max_size=len(network.edges))))
    rows = np.arange(len(network.nodes))
    quick, slow = both(network, length(network) * 0.017, shut)
    step = len(rows) * quick.step_usd_t
    assert_same_costs(network, (quick.matrix(rows, rows), slow.matrix(rows, rows)), step)


@given(networks(), st.data())
@QUICK
def test_a_path_is_connected_open_and_costs_what_the_matrix_says(network, data):
    shut = np.array(data.draw(st.lists(st.booleans(), min_size=len(network.edges), max_size=len(network.edges))))
    cost, (source, target) = length(network), (0, len(network.nodes) - 1)
    for metric in both(network, cost, shut):
        path, least = metric.path(source, target), metric.matrix([source], [target])[0, 0]
        assert (path is None) == np.isinf(least)
        if path is not None:
            assert not shut[path].any()
            assert cost[path].sum() == pytest.approx(least, abs=1e-2)
            here = source
            for edge in path:
                ends = network.edges.loc[edge, ["tail", "head"]].tolist()
                assert here in ends
                here = ends[0] if here == ends[1] else ends[1]
            assert here == target


@given(networks(), st.data())
@QUICK
def test_closing_more_never_lowers_a_cost_and_a_cost_is_positive(network, data):
    some = st.lists(st.integers(0, len(network.edges) - 1), max_size=6)
    fewer, extra = data.draw(some), data.draw(some)
    rows, edges = np.arange(len(network.nodes)), np.arange(len(network.edges))
    mild, harsh = (both(network, length(network), np.isin(edges, closed))[0] for closed in (fewer, fewer + extra))
    less, more = mild.matrix(rows, rows), harsh.matrix(rows, rows)
    assert (more >= less).all()
    apart = ~np.eye(len(rows), dtype=bool)
    assert (less[apart] > 0).all()
    assert (np.diag(less) == 0).all()


@given(networks(), st.data())
@QUICK
def test_closing_for_a_while_is_closing_and_leaves_no_trace(network, data):
    edges = np.arange(len(network.edges))
    closed = np.array(data.draw(st.lists(st.sampled_from(edges.tolist()), max_size=5)), dtype=np.int64)
    rows, open_ = np.arange(len(network.nodes)), np.zeros(len(edges), dtype=bool)
    for metric, rebuilt in zip(
        both(network, length(network), open_), both(network, length(network), np.isin(edges, closed)), strict=True
    ):
        before = metric.matrix(rows, rows)
        shut = metric.closing(closed)
        rounding = len(rows) * max(metric.step_usd_t, rebuilt.step_usd_t) or 1e-9
        np.testing.assert_allclose(shut.matrix(rows, rows), rebuilt.matrix(rows, rows), rtol=0, atol=rounding)
        np.testing.assert_array_equal(metric.matrix(rows, rows), before)
        np.testing.assert_array_equal(metric.closing(np.empty(0, np.int64)).matrix(rows, rows), before)


@pytest.fixture
def metric():
    network = toy_network()
    return both(network, length(network), np.zeros(len(network.edges), dtype=bool))[0]


def test_threads_that_close_different_edges_of_one_metric_never_meet(metric):
    edges = list(range(19))
    expected = {}
    for edge in edges:
        expected[edge] = metric.closing(np.array([edge])).matrix(ALL, ALL)
    before = metric.matrix(ALL, ALL)

    def ask(edge):
        answer = metric.closing(np.array([edge])).matrix(ALL, ALL)
        return (answer == expected[edge]).all() and (metric.matrix(ALL, ALL) == before).all()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, edges * 11))


def test_a_matrix_is_the_same_from_either_side_and_in_any_order(metric):
    few, many = np.array([node("PA"), node("PB")]), ALL
    np.testing.assert_array_equal(metric.matrix(few, many), metric.matrix(many, many)[few])
    np.testing.assert_array_equal(metric.matrix(many, few), metric.matrix(many, many)[:, few])
    back = many[::-1]
    np.testing.assert_array_equal(metric.matrix(back, back), metric.matrix(many, many)[::-1, ::-1])
    np.testing.assert_array_equal(metric.matrix(few[[0, 0]], many)[0], metric.matrix(few, many)[0])


def test_nothing_asked_is_nothing_answered(metric):
    nobody = np.empty(0, np.int64)
    assert metric.matrix(nobody, ALL).shape == (0, len(ALL))
    assert metric.matrix(ALL, nobody).shape == (len(ALL), 0)


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_cost_that_is_no_cost_is_refused(bad):
    network = toy_network()
    cost = length(network)
    cost[3] = bad
    with pytest.raises(ValueError, match="finite, non-negative"):
        price(Topology.of(network), cost)


def test_without_the_package_scipy_answers(monkeypatch):
    monkeypatch.setattr(topology_module, "cch", None)
    metric = price(router_of(toy_network()).topology, length(toy_network())).metric(np.zeros(19, dtype=bool))
    assert isinstance(metric, DijkstraMetric)
    assert metric.matrix([node("W")], [node("SW")])[0, 0] == pytest.approx(600.0)


def test_dear_cargo_and_long_ways_still_fit_the_weights():
    """A chain of 3,000 edges at 600,000 USD/t each: the sum must not run into the engine's infinity."""
    count = 3000
    nodes = pd.DataFrame({"lon": np.linspace(0, 100, count), "lat": 0.0, "kind": Kind.RAIL, "country": 0})
    edges = pd.DataFrame(
        {
            "tail": np.arange(count - 1),
            "head": np.arange(1, count),
            "mode": Mode.RAIL,
            "length_km": 6e5,
            "chokepoints": 0,
            "link": -1,
        }
    )
    network = as_network(nodes, edges)
    quick, _ = both(network, length(network), np.zeros(count - 1, dtype=bool))
    assert quick.matrix([0], [count - 1])[0, 0] == pytest.approx(6e5 * (count - 1), rel=1e-6)
