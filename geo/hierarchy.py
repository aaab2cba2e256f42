"""Least costs and paths on the contraction hierarchy: one set of weights a cargo, re-weighted for each scenario."""

from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import Any, Final

import numpy as np

from geo.distance import Floats, Ints
from geo.sweeps import Doors, Sweeps, Ways
from geo.topology import Shut, Topology, cch, packed

CLOSED: Final = 2_147_483_647  # RoutingKit's "infinite" weight
BUDGET: Final = 2.0e9  # the largest sum of weights kept below CLOSED
FINEST: Final = 1e5  # weights per USD/t at best: one step is a thousandth of a cent
FEW_ARCS: Final = 50_000  # beyond this many changed arcs, weighing all anew (140 ms) is quicker than one by one


class HierarchyPrice:
    """
    Weights of one cargo with one hierarchy, re-weighted in place for whichever scenario asks, a thread at a time.

    Weighing every arc takes 140 ms; two scenarios differ by few arcs, and those alone take 2 ms (a strait) to 12 ms
    (Dover, high up in the hierarchy).
    """

    def __init__(self, topology: Topology, cost: Floats) -> None:
        # a path of 3,000 mean arcs must fit 32 bits: cheap cargo gets a finer grain than dear cargo
        arc_cost = cost[topology.edge]
        widest = max(3000 * float(arc_cost.mean()), 20 * float(arc_cost.max()), 1.0)
        self.scale: Final = min(FINEST, BUDGET / widest)
        self.topology: Final = topology
        self.weights: Final = np.minimum(np.round(arc_cost * self.scale), CLOSED).astype(np.uint32)
        self._lock = Lock()
        self._shut: Shut | None = None
        self._held: Any = None
        edge_weights = self.weights[: len(cost)]  # arcs forwards are numbered as their edges
        self.sweeps: Final = Sweeps(topology.shortcuts, edge_weights) if topology.shortcuts else None

    def metric(self, shut: Shut) -> "HierarchyMetric":
        """Give the weights with some edges shut: a mask over this price, half a megabyte."""
        return HierarchyMetric(self, shut)

    @contextmanager
    def holding(self, shut: Shut) -> Iterator[Any]:
        """Give the hierarchy with some edges shut; nobody else gets it until this is done with it."""
        with self._lock:
            if self._held is None:
                self._held = cch.CCHMetric(self.topology.index, self._all(shut))
            elif self._shut is not shut:
                self._update(shut)
            self._shut = shut
            yield self._held

    def _all(self, shut: Shut) -> "array[int]":
        weights = np.where(shut[self.topology.edge], CLOSED, self.weights)[self.topology.inner]
        return packed(weights)

    def _update(self, shut: Shut) -> None:
        arcs_ = self.topology.arcs_of(np.flatnonzero(self._shut != shut))
        if len(arcs_) > FEW_ARCS:
            self._held.reset(self._all(shut))
            return
        place = self.topology.inner_place[arcs_]
        arcs_, place = arcs_[place >= 0], place[place >= 0]
        weights = np.where(shut[self.topology.edge[arcs_]], CLOSED, self.weights[arcs_])
        update = cch.CCHMetricPartialUpdater(self.topology.index)
        update.apply(self._held, dict(zip(place.tolist(), weights.tolist(), strict=True)))


class HierarchyMetric:
    """Queries on the contraction hierarchy; safe to share between threads, since nothing in it changes."""

    def __init__(self, price: HierarchyPrice, shut: Shut) -> None:
        self._price, self._shut, self._topology = price, shut, price.topology

    @property
    def step_usd_t(self) -> float:
        """Give the grain of the weights, USD/t."""
        return 1.0 / self._price.scale

    def closing(self, edges: Ints) -> "HierarchyMetric":
        """Give the same weights with some more edges shut; this one stays as it is."""
        shut = self._shut.copy()
        shut[edges] = True
        return HierarchyMetric(self._price, shut)

    def _doors(self, nodes: Ints) -> Doors:
        """Give the open ways from sites into the hierarchy; a node that lies there is its own."""
        topology = self._topology
        own = np.flatnonzero(nodes < topology.inner_count)
        place, arcs_ = topology.doors_of(nodes)
        open_ = ~self._shut[topology.edge[arcs_]]
        place, arcs_ = place[open_], arcs_[open_]
        far = np.where(topology.tail[arcs_] == nodes[place], topology.head[arcs_], topology.tail[arcs_])
        order = np.argsort(np.r_[own, place], kind="stable")
        return Doors(
            first=np.searchsorted(np.sort(np.r_[own, place]), np.arange(len(nodes) + 1)),
            node=np.r_[nodes[own], far][order],
            weight=np.r_[np.zeros(len(own), np.int64), self._price.weights[arcs_].astype(np.int64)][order],
        )

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source to each target; infinite where there is no path."""
        leaving, arriving = (self._doors(np.asarray(nodes, dtype=np.int64)) for nodes in (sources, targets))
        outwards = len(targets) >= len(sources)  # one sweep a node of the smaller side
        starts, ends = (leaving, arriving) if outwards else (arriving, leaving)
        if self._price.sweeps and self._price.sweeps.pay(len(starts), self._shut):
            found = self._price.sweeps.matrix(self._shut, starts, ends)
            return (found.T if outwards else found) / self._price.scale
        with self._price.holding(self._shut) as weighted:
            found = _swept(weighted, starts, ends, outwards=outwards)
        return (found if outwards else found.T) / self._price.scale

    def get_ready(self) -> Event | None:
        """Weigh for compiled sweeps beside the work."""
        return self._price.sweeps.get_ready(self._shut) if self._price.sweeps else None

    def cost(self, arcs: Ints) -> Floats:
        """Give the cost of some open arcs, in its own grain."""
        return self._price.weights[arcs] / self._price.scale

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        leaving, arriving = self._ways(source), self._ways(target)
        if not leaving or not arriving:
            return None
        with self._price.holding(self._shut) as weighted:
            ends, steps = _walk(weighted, leaving, arriving)
        if not ends:
            return None
        topology = self._topology
        inner = topology.edge[topology.inner[np.array(steps, dtype=np.int64)]]
        return np.concatenate([self._door_edge(source, ends[0]), inner, self._door_edge(target, ends[1])])

    def _open_doors(self, site: int) -> Ints:
        """Give the open arcs between a site and the hierarchy."""
        topology = self._topology
        first, last = topology.door_site.searchsorted([site, site + 1])
        arcs_ = topology.door[first:last]
        return arcs_[~self._shut[topology.edge[arcs_]]]

    def _ways(self, node: int) -> Ways:
        """Give the open ways from one node into the hierarchy, as `_doors` does for many."""
        topology = self._topology
        if node < topology.inner_count:
            return [(node, 0)]
        arcs_ = self._open_doors(node)
        far = topology.tail[arcs_] + topology.head[arcs_] - node
        return list(zip(far.tolist(), self._price.weights[arcs_].tolist(), strict=True))

    def _door_edge(self, site: int, node: int) -> Ints:
        """Give the cheapest edge between a site and a node, as a list of one; of none where the two are the same."""
        topology = self._topology
        if site < topology.inner_count:
            return np.empty(0, dtype=np.int64)
        ways = self._open_doors(site)
        joined = ways[(topology.tail[ways] == node) | (topology.head[ways] == node)]
        return topology.edge[joined[np.argsort(self._price.weights[joined], kind="stable")[:1]]]


def _swept(weighted: Any, starts: Doors, ends: Doors, *, outwards: bool) -> Floats:
    """Sweep from (or towards) each start over the pinned doors of all ends; infinite where there is no path."""
    pins, place = np.unique(ends.node, return_inverse=True)
    least = np.full((len(starts), len(ends)), np.inf)
    if not len(pins):
        return least
    pinned, reached = pins.tolist(), np.full((len(starts), len(pins)), np.nan)
    ask: Callable[[Ways], list[int | None]] = (
        cch.CCHOneToMany(weighted, pinned).distances_from_multi
        if outwards
        else cch.CCHManyToOne(weighted, pinned).distances_to_multi
    )
    for row, ways in enumerate(starts.lists):
        if ways:
            reached[row] = np.array(ask(ways), dtype=float)
    joined = np.flatnonzero(np.diff(ends.first))
    best = np.fmin.reduceat(reached[:, place] + ends.weight, ends.first[joined], axis=1)
    least[:, joined] = np.where(np.isnan(best), np.inf, best)
    return least


def _walk(weighted: Any, leaving: Ways, arriving: Ways) -> tuple[list[int], list[int]]:
    """Give first and last node and the arcs of a least-cost path; what was asked goes before the weights do."""
    result = cch.CCHQuery(weighted).run_multi(leaving, arriving)  # made anew: a query must die in its own thread
    if result.distance is None:
        return [], []
    if len(leaving) == len(arriving) == 1:  # then the nodes between, hundreds of them, tell nothing
        return [leaving[0][0], arriving[0][0]], result.arc_path
    nodes = result.node_path
    return [nodes[0], nodes[-1]], result.arc_path
