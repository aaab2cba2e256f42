"""Least costs and paths on the contraction hierarchy: one set of weights a cargo, re-weighted for each scenario."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import numpy as np

from geo.distance import Floats, Ints
from geo.topology import Shut, Topology, cch

CLOSED: Final = 2_147_483_647  # RoutingKit's "infinite" weight
BUDGET: Final = 2.0e9  # the largest sum of weights kept below CLOSED
FINEST: Final = 1e5  # weights per USD/t at best: one step is a thousandth of a cent
FEW_ARCS: Final = 50_000  # beyond this many changed arcs, weighing all anew (165 ms) is quicker than one by one

Doors = list[tuple[int, int]]  # nodes of the hierarchy with the weight of reaching them


class HierarchyPrice:
    """
    Weights of one cargo with one hierarchy, re-weighted in place for whichever scenario asks, a thread at a time.

    Weighing every arc takes 165 ms; two scenarios differ by few arcs, and those alone take 3 ms (a strait) to 30 ms
    (Gibraltar, high up in the hierarchy).
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

    def _all(self, shut: Shut) -> list[int]:
        weights: list[int] = np.where(shut[self.topology.edge], CLOSED, self.weights)[self.topology.inner].tolist()
        return weights

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

    def _doors(self, node: int) -> Doors:
        """Give the ways from a site into the hierarchy, or the node itself if it lies there."""
        topology = self._topology
        first, last = np.searchsorted(topology.door_site, [node, node + 1])
        if node < topology.inner_count:
            return [(int(node), 0)]
        arcs_ = topology.door[first:last]
        open_ = arcs_[~self._shut[topology.edge[arcs_]]]
        far = np.where(topology.tail[open_] == node, topology.head[open_], topology.tail[open_])
        return list(zip(far.tolist(), self._price.weights[open_].tolist(), strict=True))

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source to each target; infinite where there is no path."""
        if len(targets) < len(sources):  # one sweep a node of the smaller side
            return self._sweep(targets, sources, outwards=False).T
        return self._sweep(sources, targets, outwards=True)

    def _sweep(self, starts: Ints, ends: Ints, *, outwards: bool) -> Floats:
        """Sweep from (or towards) each start over the pinned doors of all ends."""
        doors = [self._doors(int(end)) for end in ends]
        count = np.array([len(each) for each in doors], dtype=np.int64)
        pins, place = np.unique([node for each in doors for node, _ in each], return_inverse=True)
        extra = np.array([weight for each in doors for _, weight in each], dtype=float)
        least = np.full((len(starts), len(ends)), np.inf)
        if len(pins):
            pinned = pins.astype(np.int64).tolist()
            with self._price.holding(self._shut) as weighted:
                reached = _swept(weighted, pinned, [self._doors(int(start)) for start in starts], outwards=outwards)
            joined = np.flatnonzero(count)
            first = (np.cumsum(count) - count)[joined]
            best = np.fmin.reduceat(reached[:, place] + extra, first, axis=1)
            least[:, joined] = np.where(np.isnan(best), np.inf, best)
        return least / self._price.scale

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        leaving, arriving = self._doors(source), self._doors(target)
        if not leaving or not arriving:
            return None
        with self._price.holding(self._shut) as weighted:
            nodes, steps = _walk(weighted, leaving, arriving)
        if not nodes:
            return None
        topology = self._topology
        inner = topology.edge[topology.inner[np.asarray(steps, dtype=np.int64)]]
        return np.r_[self._door_edge(source, nodes[0]), inner, self._door_edge(target, nodes[-1])].astype(np.int64)

    def _door_edge(self, site: int, node: int) -> Ints:
        """Give the cheapest edge between a site and a node, as a list of one; of none where the two are the same."""
        topology = self._topology
        first, last = np.searchsorted(topology.door_site, [site, site + 1])
        ways = topology.door[first:last]
        ways = ways[~self._shut[topology.edge[ways]]]
        joined = ways[(topology.tail[ways] == node) | (topology.head[ways] == node)]
        return topology.edge[joined[np.argsort(self._price.weights[joined], kind="stable")[:1]]]


def _swept(weighted: Any, pinned: list[int], starts: list[Doors], *, outwards: bool) -> Floats:
    """Give the weight from (or to) each start to each pinned node; null where there is no path."""
    found = np.full((len(starts), len(pinned)), np.nan)
    ask: Callable[[Doors], list[int | None]] = (
        cch.CCHOneToMany(weighted, pinned).distances_from_multi
        if outwards
        else cch.CCHManyToOne(weighted, pinned).distances_to_multi
    )
    for row, ways in enumerate(starts):
        if ways:
            found[row] = np.array(ask(ways), dtype=float)
    return found


def _walk(weighted: Any, leaving: Doors, arriving: Doors) -> tuple[list[int], list[int]]:
    """Give nodes and arcs of a least-cost path, none where there is none; what was asked goes before the weights do."""
    result = cch.CCHQuery(weighted).run_multi(leaving, arriving)
    return ([], []) if result.distance is None else (result.node_path, result.arc_path)
