"""
How long the work takes, and how many times longer its peers take; the medians go to docs/benchmarks.md.

Run by ``make bench`` on an idle machine (``make bench QUICK=1`` for fewer rounds); no part of ``make test``.
"""

import os
import platform
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.network import arcs
from geo.router import Cargo
from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.planner import world

ROOT = Path(__file__).parents[2]
QUICK = bool(os.environ.get("QUICK"))
CLOSURES = ("suez", "panama", "malacca", "gibraltar", "hormuz")[: 3 if QUICK else 5]
CARGO = Cargo(2000.0)
ROWS: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def table():
    """Write what was measured, however much of it ran."""
    yield
    packages = ("numpy", "scipy", "pandas", "routingkit_cch", "searoute", "pytest-benchmark")
    head = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Medians; the ratios are the claim, the times are of this machine.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in packages)}",
        "",
        "| work | ours | beside |",
        "|---|---|---|",
    ]
    lines = [f"| {' | '.join(row)} |" for row in ROWS]
    (ROOT / "docs/benchmarks.md").write_text("\n".join([*head, *lines, ""]))


def timed(work, rounds=3):
    """Give the last result, and the medians of wall and CPU seconds."""
    wall, cpu = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        found = work()
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    return found, median(wall), median(cpu)


def test_load(benchmark):
    command = "from layers.planner import world; world(); import resource, time; print(time.process_time(), "
    command += "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    start = time.perf_counter()
    done = benchmark.pedantic(
        lambda: subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, check=True, text=True)
    )
    wall, (cpu, peak) = time.perf_counter() - start, map(float, done.stdout.split())
    kib = 1024**2 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes on macOS
    ROWS.append(("world: start of Python to ready", f"{wall:.1f} s, {cpu:.1f} s CPU", f"{peak / kib:,.0f} MB at most"))


@pytest.mark.parametrize("mineral", ["copper", "nickel", "lithium"])
def test_toggle(benchmark, mineral):
    ask = Ask(mineral, "USA")
    answer(ask, Scenario())
    wanted = iter([Scenario(close=frozenset({item})) for item in CLOSURES])
    _, wall, cpu = benchmark.pedantic(lambda: timed(lambda: answer(ask, next(wanted)), len(CLOSURES)))
    ROWS.append((f"{mineral} to the USA, one closure not seen before", f"{wall:.2f} s", f"{cpu:.2f} s CPU"))
    closed = Scenario(close=frozenset({CLOSURES[0]}))
    weights = iter({"closure_delay_days": float(value)} for value in (1, 2, 3))
    _, wall, cpu = timed(lambda: answer(ask, closed, weights=next(weights)))
    ROWS.append((f"{mineral}: weights changed", f"{wall:.2f} s", f"{cpu:.2f} s CPU"))


def test_matrix_beside_scipy(benchmark):
    router = world().router
    sites = router.network.sites
    leave, arrive = sites["leave"].to_numpy()[:500], sites["arrive"].to_numpy()[500:700]
    scenario = Scenario(close=frozenset({"suez"}))
    start = time.perf_counter()
    metric = router.metric(scenario, CARGO)
    weighing = time.perf_counter() - start
    ours, wall, _ = benchmark.pedantic(lambda: timed(lambda: metric.matrix(leave, arrive)))
    some = leave[:: 250 if QUICK else 50]
    graph = _graph(router, scenario)
    start = time.perf_counter()
    peer = dijkstra(graph, indices=some)[:, arrive]
    peer_s = (time.perf_counter() - start) * len(leave) / len(some)
    steps = (metric.step_usd_t or 0.0) * 2000  # as many roundings as a long path has edges
    same = ours[:: 250 if QUICK else 50]
    assert (np.isfinite(peer) == np.isfinite(same)).all()
    np.testing.assert_allclose(same[np.isfinite(same)], peer[np.isfinite(peer)], atol=steps, rtol=1e-6)
    told = f"scipy {peer_s:.0f} s (from {len(some)} sources): {peer_s / wall:.0f} times"
    ROWS.append(("500 x 200 costs on sea, rail, road, ports", f"{wall:.3f} s", told))
    ROWS.append(("weighing the network anew", f"{weighing:.2f} s", ""))


def _graph(router, scenario):
    tail, head, edge = arcs(router.network)
    live = ~router.shut(scenario, CARGO.vessel)[edge]
    tail, head, cost = tail[live], head[live], router.edge_cost(CARGO)[edge[live]]
    order = np.lexsort((cost, head, tail))  # parallel arcs: the cheapest counts, not their sum
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]
    size = len(router.network.nodes)
    return csr_matrix((np.maximum(cost[first], 1e-12), (tail[first], head[first])), shape=(size, size))


def test_closure(benchmark):
    router = world().router
    network = router.network
    metric = router.metric(Scenario(), CARGO)
    edges = np.flatnonzero(network.columns.chokepoints & network.bits({"hormuz"}))
    ends = int(network.ports.loc["CNSHA", "node"]), int(network.ports.loc["NLRTM", "node"])

    def close():
        metric.closing(edges).path(*ends)  # the weights change when they are asked
        metric.path(*ends)

    _, wall, _ = benchmark.pedantic(lambda: timed(close, 9))
    _, rebuild, _ = timed(lambda: _graph(router, Scenario(close=frozenset({"hormuz"}))))
    told = f"scipy's graph anew {rebuild:.2f} s: {rebuild / wall:.0f} times"
    ROWS.append(("one closure in the engine, there and back", f"{wall * 1000:.1f} ms", told))


def test_one_pair_beside_searoute(benchmark):
    import searoute  # noqa: PLC0415 - a peer, slow to load

    router = world().router
    metric = router.metric(Scenario(modes=frozenset({"sea"})), CARGO)
    ports = router.network.ports["node"]
    ends = int(ports["CNSHA"]), int(ports["NLRTM"])
    path, wall, _ = benchmark.pedantic(lambda: timed(lambda: metric.path(*ends), 21))
    assert path is not None
    places = [router.network.nodes.loc[node, ["lon", "lat"]].tolist() for node in ends]
    _, peer_s, _ = timed(lambda: searoute.searoute(*places), 5)
    told = f"searoute {peer_s * 1000:.0f} ms: {peer_s / wall:.0f} times"
    ROWS.append(("Shanghai-Rotterdam with its path", f"{wall * 1000:.2f} ms", told))


def test_command_line(benchmark):
    command = [sys.executable, "-m", "geo", "route", "CNSHA", "NLRTM", "--close", "suez"]
    run = lambda: subprocess.run(command, cwd=ROOT, capture_output=True, check=True)  # noqa: E731
    _, wall, _ = benchmark.pedantic(lambda: timed(run, 1 if QUICK else 3))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    ROWS.append(("`python -m geo route`, whole command", f"{wall:.1f} s", f"{peak:,.0f} MB at most"))
