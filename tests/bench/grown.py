"""The same engine on a smaller and a larger network, with fewer and more facilities, hubs and closures."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.exposure import exposure
from geo.network import Kind, Mode, Network
from geo.routing import price
from geo.scenarios import Scenario
from geo.shortcuts import prepare
from geo.topology import Topology
from layers.planner import SITE_KINDS, hub_site, world
from layers.transport import network
from tests.bench.ours import CARGO

JOINED_PORTS = 50
EARTH_DEG = 360.0
JITTER_DEG = 0.3
SEED = 20261124


def part(whole: Network, share: float) -> Network:
    """Keep the nodes of a band of longitudes, as wide as holds the share, and the edges between them."""
    lon = whole.nodes["lon"].to_numpy()
    kept = lon <= np.quantile(lon, share)
    return _subset(whole, np.flatnonzero(kept), np.concatenate([whole.order[kept[whole.order]]]))


def _subset(whole: Network, nodes: np.ndarray, order: np.ndarray) -> Network:
    place = np.full(len(whole.nodes), -1)
    place[nodes] = np.arange(len(nodes))
    edges = whole.edges.assign(tail=place[whole.edges["tail"]], head=place[whole.edges["head"]])
    edges = edges[(edges["tail"] >= 0) & (edges["head"] >= 0)].reset_index(drop=True)
    ports = whole.ports.assign(node=place[whole.ports["node"]])
    return _plain(whole, whole.nodes.iloc[nodes].reset_index(drop=True), edges, ports[ports["node"] >= 0], place[order])


def copies(whole: Network, count: int) -> Network:
    """Lay copies of the network side by side, joined at some ports, which the hierarchy eliminates last."""
    size, shared = len(whole.nodes), whole.ports["node"].to_numpy()[:JOINED_PORTS]
    nodes = pd.concat([whole.nodes] * count, ignore_index=True)
    own = [
        whole.edges.assign(tail=whole.edges["tail"] + k * size, head=whole.edges["head"] + k * size)
        for k in range(count)
    ]
    like = whole.edges.iloc[: len(shared)]
    plain = {"mode": np.uint8(Mode.SEA), "chokepoints": np.uint64(0), "length_km": np.float32(1), "oneway": False}
    joined = [like.assign(tail=shared + k * size, head=shared + (k + 1) * size, **plain) for k in range(count - 1)]
    first = whole.order[~np.isin(whole.order, shared)]
    order = np.concatenate([*(first + k * size for k in range(count)), *(shared + k * size for k in range(count))])
    return _plain(whole, nodes, pd.concat([*own, *joined], ignore_index=True), whole.ports, order)


def _plain(whole: Network, nodes: pd.DataFrame, edges: pd.DataFrame, ports: pd.DataFrame, order: np.ndarray) -> Network:
    """Put a network together without the bends of its lines, which no weight reads."""
    return replace(
        whole, nodes=nodes, edges=edges, ports=ports, order=order, passed=whole.passed.iloc[:0],
        bends=np.zeros((0, 2)), bend_start=np.zeros(len(edges) + 1, dtype=np.int64),
    )  # fmt: skip


class GrownNetwork:
    """A network of another size, priced by length, with its hierarchy."""

    def __init__(self, factor: float) -> None:
        whole = network()
        self.network = part(whole, factor) if factor < 1 else copies(whole, int(factor))

    def jobs(self, sources: int, targets: int) -> dict[str, float]:
        """Build the hierarchy, weigh it, close a chokepoint, price a matrix: CPU seconds each, and how many nodes."""
        took: dict[str, float] = {"nodes": len(self.network.nodes)}
        begun = time.process_time()
        topology = Topology.of(self.network)
        took["hierarchy"] = time.process_time() - begun
        priced = price(topology, self.network.edges["length_km"].to_numpy(float))
        shut = np.zeros(len(self.network.edges), dtype=bool)
        metric = priced.metric(shut)
        picked = np.random.default_rng(SEED).permutation(len(self.network.nodes))
        leave, arrive = picked[:sources], picked[sources : sources + targets]
        begun = time.process_time()
        metric.matrix(leave[:1], arrive[:1])
        took["weigh all"] = time.process_time() - begun
        bits = self.network.columns.chokepoints
        closed = metric.closing(np.flatnonzero(bits & bits[bits != 0][0]))
        begun = time.process_time()
        closed.matrix(leave[:1], arrive[:1])
        took["one closure"] = time.process_time() - begun
        begun = time.process_time()
        closed.matrix(leave, arrive)
        took["matrix"] = time.process_time() - begun
        return took


class GrownQuestion:
    """The product's network with more facilities than there are: those of the tables again, a little moved."""

    def __init__(self) -> None:
        here = world()
        plants = here.facilities.drop_duplicates("facility_id")[["facility_id", "lon", "lat"]]
        random = np.random.default_rng(SEED)
        moved = plants.assign(
            facility_id="again:" + plants["facility_id"],
            lon=(plants["lon"] + random.uniform(-JITTER_DEG, JITTER_DEG, len(plants)) + EARTH_DEG / 2) % EARTH_DEG
            - EARTH_DEG / 2,
            lat=plants["lat"] + random.uniform(-JITTER_DEG, JITTER_DEG, len(plants)),
            country=-1,
        ).set_index("facility_id")
        self.router = here.router.joined(moved, kinds=SITE_KINDS, names={})
        if (later := self.router.topology.shortcuts) and prepare().wait():
            later()  # every size by one engine, as a server in use has it
        hubs = [hub_site(hub) for hub in here.hubs.index]
        every = [*plants["facility_id"], *moved.index]
        self.ids = list(random.permutation(every)), hubs

    def jobs(self, facilities: int, hubs: int, closures: int) -> dict[str, float]:
        """Price a matrix, close chokepoints and price it anew, find what every pair passes: CPU seconds each."""
        sources, targets = self.ids[0][:facilities], [*self.ids[1], *self.ids[0][::-1]][:hubs]
        sites = self.router.network.sites
        leave = sites.loc[sources, "leave"].to_numpy(np.int64)
        arrive = sites.loc[targets, "arrive"].to_numpy(np.int64)
        took: dict[str, float] = {}
        metric = self.router.metric(Scenario(), CARGO)
        metric.matrix(leave[:1], arrive[:1])
        begun = time.process_time()
        metric.matrix(leave, arrive)
        took["matrix"] = time.process_time() - begun
        sea = [name for name in self.router.network.chokepoints if name in self.router.chokepoints.index][:closures]
        begun = time.process_time()
        closed = self.router.metric(Scenario(close=frozenset(sea)), CARGO)
        closed.matrix(leave[:1], arrive[:1])
        took["closing"] = time.process_time() - begun
        begun = time.process_time()
        closed.matrix(leave, arrive)
        took["matrix after closing"] = time.process_time() - begun
        begun = time.process_time()
        exposure(self.router, Scenario(), CARGO, sources, targets)
        took["exposure"] = time.process_time() - begun
        return took

    def kinds(self) -> dict[str, int]:
        """Count the nodes by kind, for the record."""
        kinds = self.router.network.nodes["kind"].value_counts()
        return {Kind(kind).name: int(count) for kind, count in kinds.items()}
