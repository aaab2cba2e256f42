"""Our own engine on the work, through what the app itself calls."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from geo.distance import KM_PER_NM
from geo.exposure import exposure
from geo.network import arcs
from geo.router import Cargo, Router
from geo.routing import Metric
from geo.scenarios import Scenario
from geo.shortcuts import prepare
from geo.ways import way_along
from layers.planner import world
from tests.bench.profiling import profiled
from tests.bench.work import SOURCES, TARGETS, Work, compact

CARGO = Cargo(2000.0)
SHORTEST = Cargo(2000.0, objective="distance")
LANES = Scenario(modes=frozenset({"sea"}))
SEA_AND_RAIL = Scenario(modes=frozenset({"sea", "rail"}))
PORTS = "CNSHA", "NLRTM"


def whole(cost: np.ndarray, metric: Metric) -> np.ndarray:
    """Give costs as sums of the engine's whole weights; infinite stays."""
    return np.rint(cost / metric.step_usd_t)


def work_of(router: Router, scenario: Scenario, cargo: Cargo, ends: tuple[np.ndarray, np.ndarray]) -> Work:
    """Put the open arcs of a scenario into plain arrays, weighed as the engine weighs them."""
    metric = router.metric(scenario, cargo)
    tail, head, edge = arcs(router.network)
    live = ~router.shut(scenario, cargo.vessel)[edge]
    weight = np.rint(router.edge_cost(cargo)[edge[live]] / metric.step_usd_t)
    return compact((tail[live], head[live]), weight, router.network.columns.chokepoints[edge[live]], ends)


class Ours:
    """The product's router; writes the peers' work into a folder."""

    def __init__(self, folder: Path, sources: int = SOURCES, targets: int = TARGETS) -> None:
        self.router = world().router
        prepare().wait()
        sites = self.router.network.sites
        ids = list(sites.index)
        self.ends = ids[:sources], ids[sources : sources + targets]
        self.nodes = (
            sites.loc[self.ends[0], "leave"].to_numpy(np.int64),
            sites.loc[self.ends[1], "arrive"].to_numpy(np.int64),
        )
        ports = self.router.network.ports["node"]
        self.ports = int(ports[PORTS[0]]), int(ports[PORTS[1]])
        work_of(self.router, SEA_AND_RAIL, CARGO, self.nodes).save(folder / "land.npz")
        lanes = np.array([self.ports[0]]), np.array([self.ports[1]])
        work_of(self.router, LANES, SHORTEST, lanes).save(folder / "sea.npz")

    def bit(self, chokepoint: str) -> int:
        """Give the bit of a chokepoint."""
        return int(self.router.network.bits({chokepoint}))

    def places(self) -> list[list[float]]:
        """Give where the two ports lie."""
        return [self.router.network.nodes.loc[node, ["lon", "lat"]].tolist() for node in self.ports]

    def path(self, times: int = 1) -> dict[str, float]:
        """Trace one way between two ports, with its nodes and sums, as the product does."""
        metric = self.router.metric(LANES, SHORTEST)
        for _ in range(times):
            edges = metric.path(*self.ports)
            assert edges is not None
            way = way_along(self.router, SHORTEST, edges, self.ports[0])
        weight = float(whole(self.router.length_km()[edges], metric).sum())
        return {"weight": weight, "km": way.length_km, "nm": way.length_km / KM_PER_NM, "nodes": len(way.nodes)}

    def matrix(self) -> np.ndarray:
        """Price every pair."""
        metric = self.router.metric(SEA_AND_RAIL, CARGO)
        return whole(metric.matrix(*self.nodes), metric)

    def toggle(self, chokepoint: str) -> dict[str, object]:
        """Close a chokepoint and price every pair anew; `weigh` is what the engine takes before it can answer."""
        self.router.metric(SEA_AND_RAIL, CARGO).matrix(self.nodes[0][:1], self.nodes[1][:1])
        begun = time.perf_counter()
        scenario = SEA_AND_RAIL.model_copy(update={"close": frozenset({chokepoint})})
        metric = self.router.metric(scenario, CARGO)
        shut = time.perf_counter()
        metric.matrix(self.nodes[0][:1], self.nodes[1][:1])
        first = time.perf_counter()
        metric.matrix(self.nodes[0][:1], self.nodes[1][:1])
        second = time.perf_counter()
        cost = metric.matrix(*self.nodes)
        done = time.perf_counter()
        weigh = max((first - shut) - (second - first), 0.0)
        return {
            "weigh": weigh,
            "scenario": shut - begun,
            "whole": (shut - begun) + weigh + (done - second),
            "cost": whole(cost, metric),
        }

    def passes(self) -> np.ndarray:
        """Say which chokepoints every pair passes, a bit each."""
        found = exposure(self.router, SEA_AND_RAIL, CARGO, *self.ends)
        bits = np.zeros((len(self.ends[0]), len(self.ends[1])), dtype=np.uint64)
        for name, on in found.items():
            bits[on] |= np.uint64(self.bit(name))
        return bits

    def profile(self, job: str) -> str:
        """Say where the time of a job goes."""
        return profiled(getattr(self, job))

    def closable(self, most: int) -> Sequence[str]:
        """Name the chokepoints that most pairs pass: their closure is the hardest."""
        bits = self.passes()
        named = {name: int((bits & np.uint64(self.bit(name)) != 0).sum()) for name in self.router.network.chokepoints}
        return sorted(named, key=lambda name: -named[name])[:most]
