"""The compiled sweeps against RoutingKit's: the same costs to the last digit, whatever opens or shuts in between."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import shortcuts, sweeps
from geo.exposure import exposure
from geo.hierarchy import HierarchyPrice
from geo.network import Kind, Mode
from geo.router import Cargo
from geo.scenarios import Scenario
from geo.sites import with_sites
from geo.topology import Topology
from tests.geo.toy import as_network, networks, router_of

QUICK = settings(max_examples=50)
ROOT = Path(__file__).parents[2]
ENDS = ["mine", "plant"]
PLACES = pd.DataFrame({"lon": [0.0, 0.1], "lat": [0.01, 0.01], "country": [0, 1]}, index=ENDS)


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    shortcuts.prepare().wait()
    assert shortcuts.kernels() is not None


@contextmanager
def answering(loops, *, few_edges=sweeps.FEW_EDGES):
    """Let the compiled loops answer everything, or nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeps, "FEW_STARTS", 0 if loops else 10**9)
        patch.setattr(sweeps, "FEW_ANEW", 0)
        patch.setattr(shortcuts, "SMALL_EDGES", 0)
        patch.setattr(shortcuts, "EDGES_A_START", 10**9)
        patch.setattr(sweeps, "FEW_EDGES", few_edges)
        yield


def with_places(network):
    return with_sites(network, PLACES)


def ends_of(network):
    """Nodes of the graph and sites, some twice."""
    inner = np.arange(len(network.order))
    leave, arrive = (network.sites[end].to_numpy(np.int64) for end in ("leave", "arrive"))
    return np.r_[inner, leave, inner[:2]], np.r_[arrive, inner]


@given(networks(), st.data(), st.sampled_from([0, 2_000]))
@QUICK
def test_costs_are_those_of_routingkit_through_any_closures_in_turn(network, data, few_edges):
    network = with_places(network)
    count = len(network.edges)
    price = HierarchyPrice(Topology.of(network), network.edges["length_km"].to_numpy(float) * 0.017)
    sources, targets = ends_of(network)
    for _ in range(3):
        shut = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
        metric = price.metric(shut)
        for rows, columns in ((sources, targets), (sources[:3], targets)):
            with answering(loops=False):
                expected = metric.matrix(rows, columns)
            with answering(loops=True, few_edges=few_edges):
                np.testing.assert_array_equal(metric.matrix(rows, columns), expected)


def test_a_country_shut_for_sites_that_joined_later_is_re_weighed_as_it_is_elsewhere():
    """Their stretches are in no hierarchy: its arcs are numbered as the edges of the network that it was made for."""
    network = line(60, 10.0)
    router = router_of(network).joined(PLACES, kinds=tuple(Kind), names={})
    rows = ends_of(router.network)[0]
    for scenario in (Scenario(), Scenario(avoid=frozenset({router.network.iso3[1]})), Scenario()):
        metric = router.metric(scenario, Cargo(500.0))
        with answering(loops=False):
            expected = metric.matrix(rows, rows)
        with answering(loops=True):
            np.testing.assert_array_equal(metric.matrix(rows, rows), expected)


@given(networks())
@QUICK
def test_exposure_is_the_same_with_the_loops_and_without(network):
    router = router_of(with_places(network))
    with pytest.MonkeyPatch.context() as patch:
        with_loops = exposure(router, Scenario(), Cargo(500.0), ENDS, ENDS)
        patch.setattr("geo.exposure.kernels", lambda: None)
        without = exposure(router, Scenario(), Cargo(500.0), ENDS, ENDS)
    assert with_loops.keys() == without.keys()
    for name, flags in without.items():
        np.testing.assert_array_equal(with_loops[name], flags)


def line(count, km):
    """A railway of so many stretches."""
    nodes = pd.DataFrame({"lon": np.linspace(0, 9, count + 1), "lat": 0.0, "kind": Kind.RAIL, "country": 0})
    columns = {"mode": Mode.RAIL, "length_km": km, "chokepoints": 0, "link": -1}
    edges = pd.DataFrame({"tail": np.arange(count), "head": np.arange(count) + 1, **columns})
    return as_network(nodes, edges)


def test_ways_beyond_the_largest_weight_are_no_ways_in_either():
    """The bound is met on the way: 9,000 mean stretches weigh three times what 3,000 may, more than 32 bits hold."""
    network = line(9_000, 6e5)
    price = HierarchyPrice(Topology.of(network), network.edges["length_km"].to_numpy(float))
    metric = price.metric(np.zeros(len(network.edges), dtype=bool))
    rows = np.arange(0, 9_001, 300)
    with answering(loops=False):
        expected = metric.matrix(rows, rows)
    with answering(loops=True):
        found = metric.matrix(rows, rows)
    assert np.isinf(expected).any()
    assert (expected[np.isfinite(expected)] * price.scale).max() > 2.0e9
    np.testing.assert_array_equal(found, expected)


def test_more_starts_than_fit_at_once_are_swept_in_parts(monkeypatch):
    network = line(60, 10.0)
    metric = HierarchyPrice(Topology.of(network), network.edges["length_km"].to_numpy(float)).metric(
        np.zeros(len(network.edges), dtype=bool)
    )
    rows = np.arange(61)[::-1]
    monkeypatch.setattr(sweeps, "COLUMNS", 7)
    expected = np.abs(rows[:, None] - rows[None, :]) * 10.0
    with answering(loops=True):
        found = metric.matrix(rows, rows)
    np.testing.assert_allclose(found, expected, rtol=0, atol=60 * metric.step_usd_t)


def test_a_hierarchy_with_an_edge_that_runs_one_way_is_swept_by_routingkit():
    network = line(6, 10.0)
    network = replace(network, edges=network.edges.assign(oneway=[True, *[False] * 5]))
    topology = Topology.of(network)
    assert topology.shortcuts is None
    found = (
        HierarchyPrice(topology, np.full(6, 10.0)).metric(np.zeros(6, dtype=bool)).matrix(np.arange(7), np.arange(7))
    )
    assert found[0, 6] == pytest.approx(60.0)
    assert np.isinf(found[6, 0])


def missing(monkeypatch, program):
    """Loops that a program could not compile."""
    monkeypatch.setattr(shortcuts, "COMPILING", program)
    held = shortcuts._Kernels()
    monkeypatch.setattr(shortcuts, "_KERNELS", held)
    monkeypatch.setattr(sweeps, "prepare", held.prepare)
    return held


@pytest.mark.parametrize("program", ["import no_such_package", "raise RuntimeError('no locator available')"])
def test_where_nothing_can_be_compiled_or_kept_routingkit_answers(monkeypatch, program):
    held = missing(monkeypatch, program)
    network = line(60, 10.0)
    metric = HierarchyPrice(Topology.of(network), np.full(60, 10.0)).metric(np.zeros(60, dtype=bool))
    for _ in range(2):
        with answering(loops=True):
            assert metric.matrix(np.arange(61), np.arange(61))[0, 60] == pytest.approx(600.0, abs=1e-3)
        held.done.wait()
    assert held.module is None


def test_a_question_waits_for_no_compiler(monkeypatch):
    held = missing(monkeypatch, "import time; time.sleep(3); raise SystemExit(1)")
    network = line(60, 10.0)
    metric = HierarchyPrice(Topology.of(network), np.full(60, 10.0)).metric(np.zeros(60, dtype=bool))
    with answering(loops=True):
        metric.matrix(np.arange(61), np.arange(61))
    assert not held.done.is_set()
    held.done.wait()


def test_a_folder_that_keeps_nothing_is_told_before_anything_is_compiled(tmp_path):
    """numba says so when a function is decorated: what it raises is what `_compile` takes for "not here"."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    copy = tmp_path / "geo"
    copy.mkdir()
    for name in ("__init__", "kernels", "kernels_sweep"):
        (copy / f"{name}.py").write_bytes((ROOT / "geo" / f"{name}.py").read_bytes())
    (copy / "__pycache__").write_text("not a folder either")
    env = os.environ | {"NUMBA_CACHE_DIR": str(blocked / "x"), "HOME": str(blocked), "XDG_CACHE_HOME": str(blocked)}
    command = [sys.executable, "-c", shortcuts.COMPILING]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no locator available" in done.stderr


EDGES = np.array([0])
LINE = np.array([0, 1])
OPEN = np.zeros(1, dtype=bool)


def later_of(count, *, begin=None):
    """Give the graph of one edge that says it has so many, built once somebody lets it."""

    def build():
        if begin is not None:
            begin.wait()
        return shortcuts.Shortcuts.of(LINE, LINE[:1], LINE[1:], EDGES)

    return shortcuts.Later(build, count)


@pytest.mark.parametrize("starts", [13, 14])
def test_a_first_question_is_not_what_pays_for_the_loops(monkeypatch, starts):
    monkeypatch.setattr(shortcuts, "LONG", 10**9)
    later = later_of(480_000)
    some = sweeps.Sweeps(later, np.ones(1, np.uint32))
    asked = [some.pay(starts, OPEN) for _ in range(600)]
    assert asked.count(True) == {13: 0, 14: 566}[starts]  # 480 starts are asked with the 35th question
    other = sweeps.Sweeps(later, np.ones(1, np.uint32))
    assert other.pay(14, OPEN)  # what one cargo has paid for is there for all


def test_few_starts_do_not_pay_for_weighing_another_closure(monkeypatch):
    monkeypatch.setattr(shortcuts, "LONG", 10**9)
    some, other = sweeps.Sweeps(later_of(1), np.ones(1, np.uint32)), ~OPEN
    assert some.pay(shortcuts.SMALL_EDGES, OPEN)
    assert some.pay(sweeps.FEW_STARTS, OPEN)
    assert not some.pay(sweeps.FEW_ANEW - 1, other)
    assert some.pay(sweeps.FEW_ANEW, other)


def test_no_question_waits_for_a_large_graph_or_its_first_weights():
    begin = threading.Event()
    later = later_of(shortcuts.LONG, begin=begin)
    some = sweeps.Sweeps(later, np.ones(1, np.uint32))
    assert not some.pay(shortcuts.LONG, OPEN)  # enough of them, but the graph is being built
    begin.set()
    assert later.prepare().wait(10)
    with some._lock:  # whoever weighs waits
        assert not some.pay(sweeps.FEW_STARTS, OPEN)
    for thread in [each for each in threading.enumerate() if each.name == "sweeps"]:
        thread.join(10)
    assert some.pay(sweeps.FEW_STARTS, OPEN)
    at = (
        sweeps.Doors(np.array([0, 1]), np.array([0]), np.array([0])),
        sweeps.Doors(np.array([0, 1]), np.array([1]), np.array([0])),
    )
    assert some.matrix(OPEN, *at).tolist() == [[1.0]]


def test_whoever_gets_ready_pays_nothing_later():
    some = sweeps.Sweeps(later_of(480_000), np.ones(1, np.uint32))
    assert some.get_ready(OPEN) is some.get_ready(~OPEN)  # once
    assert some.get_ready(OPEN).wait(10)
    assert some.pay(sweeps.FEW_STARTS, OPEN)
    assert not some.pay(sweeps.FEW_STARTS, ~OPEN)  # weighed as it was asked for first


def test_getting_ready_ends_where_nothing_can_be_compiled(monkeypatch):
    missing(monkeypatch, "import no_such_package")
    some = sweeps.Sweeps(later_of(480_000), np.ones(1, np.uint32))
    assert some.get_ready(OPEN).wait(10)
    assert not some.pay(sweeps.FEW_STARTS, OPEN)


def test_a_graph_is_built_once_for_all_who_ask():
    built = []
    later = shortcuts.Later(lambda: built.append(1) or "graph", 1)
    threads = [threading.Thread(target=later) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [1]
