"""
The engine: least-cost matrices and paths over one topology and many weight vectors.

Customizable contraction hierarchies (`routingkit-cch`) order the nodes once; a scenario then costs one re-weighting
of a tenth of a second. Where that package does not import, scipy's Dijkstra gives the same answers, slower; the
tests hold one against the other.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.distance import Floats, Ints
from geo.network import Kind, Network, arcs

try:
    import routingkit_cch as cch
except ImportError:  # pragma: no cover - a platform without wheels
    cch = None  # type: ignore[assignment]

CLOSED: Final = 2_147_483_647  # RoutingKit's "infinite" weight
BUDGET: Final = 2.0e9  # the largest sum of weights kept below CLOSED
FINEST: Final = 1e5  # weights per USD/t at best: one step is a thousandth of a cent


class Metric(Protocol):
    """Answers queries under one weight vector."""

    @property
    def step_usd_t(self) -> float:
        """Give the grain to which costs are rounded, USD/t; 0 where they are not."""
        ...

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source node to each target node; infinite where there is no path."""
        ...

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        ...

    def closing(self, edges: Ints) -> AbstractContextManager["Metric"]:
        """Give, for a while, the same weights with some more edges shut; this one stays as it is."""
        ...


Doors = list[tuple[int, int]]  # nodes of the hierarchy with the weight of reaching them


@dataclass(frozen=True, eq=False)
class Topology:
    """
    Arcs of a network with the index of its hierarchy: built once, weighted many times.

    Sites stay out of the hierarchy. They would tie railways to roads at a thousand more places, which makes every
    query five times slower; a query starts and ends at the nodes that a site joins instead.
    """

    node_count: int
    inner_count: int
    """How many nodes lie in the hierarchy: they come first, sites after them."""
    tail: Ints
    head: Ints
    edge: Ints
    inner: Ints
    """Rows of the arcs in the hierarchy: those that join no site."""
    by_edge: Ints
    """Every arc, ordered by edge."""
    by_edge_sorted: Ints
    """The edge of each."""
    door: Ints
    """Rows of the arcs that join a site, ordered by site node."""
    door_site: Ints
    """The site node of each."""
    index: Any

    @classmethod
    def of(cls, network: Network) -> "Topology":
        """Build the index of a network (0.4 s for 320,000 nodes)."""
        tail, head, edge = arcs(network)
        is_site = network.nodes["kind"].to_numpy() == Kind.SITE
        inner = np.flatnonzero(~is_site[tail] & ~is_site[head])
        door = np.flatnonzero(is_site[tail] | is_site[head])
        site = np.where(is_site[tail[door]], tail[door], head[door])
        by_site = np.argsort(site, kind="stable")
        index = None
        if cch:
            index = cch.CCH(network.order.tolist(), tail[inner].tolist(), head[inner].tolist(), False)  # noqa: FBT003
        by_edge = np.argsort(edge, kind="stable")
        return cls(
            node_count=len(network.nodes),
            inner_count=len(network.order),
            tail=tail,
            head=head,
            edge=edge,
            inner=inner,
            by_edge=by_edge,
            by_edge_sorted=edge[by_edge],
            door=door[by_site],
            door_site=site[by_site],
            index=index,
        )

    def arcs_of(self, edges: Ints) -> Ints:
        """Give the arcs that run along some edges."""
        first = np.searchsorted(self.by_edge_sorted, edges)
        last = np.searchsorted(self.by_edge_sorted, edges, side="right")
        spans = [self.by_edge[start:stop] for start, stop in zip(first, last, strict=True)]
        return np.concatenate([*spans, np.empty(0, np.int64)]).astype(np.int64)

    def metric(self, cost: Floats, shut: npt.NDArray[np.bool_], *, scratch: "Scratch | None" = None) -> Metric:
        """
        Weight the topology.

        Parameters
        ----------
        cost
            USD/t of each edge; non-negative and finite.
        shut
            Edges that nothing may use.
        scratch
            Shared by the metrics of one cargo for trying closures on; each gets its own otherwise.
        """
        if not np.all(np.isfinite(cost)) or (cost < 0).any():
            msg = "every edge needs a finite, non-negative cost; close an edge by `shut`"
            raise ValueError(msg)
        if self.index is not None:
            return HierarchyMetric(self, cost[self.edge], shut[self.edge], scratch)
        return DijkstraMetric(self, np.where(shut, np.inf, cost)[self.edge])


class HierarchyMetric:
    """Queries on the contraction hierarchy; safe to share between threads, since nothing in it changes."""

    def __init__(
        self, topology: Topology, arc_cost: Floats, shut: npt.NDArray[np.bool_], scratch: "Scratch | None"
    ) -> None:
        # a path of 3,000 mean arcs must fit 32 bits: cheap cargo gets a finer grain than dear cargo
        widest = max(3000 * float(arc_cost.mean()), 20 * float(arc_cost.max()), 1.0)
        self.scale: Final = min(FINEST, BUDGET / widest)
        scaled = np.where(shut, CLOSED, np.round(arc_cost * self.scale))
        self._weights = np.minimum(scaled, CLOSED).astype(np.uint32)
        self._topology = topology
        self.weighted = cch.CCHMetric(topology.index, self._weights[topology.inner].tolist())
        self._scratch = scratch or Scratch(topology)

    @property
    def step_usd_t(self) -> float:
        """Give the grain of the weights, USD/t."""
        return 1.0 / self.scale

    def _doors(self, node: int) -> Doors:
        """Give the ways from a site into the hierarchy, or the node itself if it lies there."""
        topology = self._topology
        first, last = np.searchsorted(topology.door_site, [node, node + 1])
        if node < topology.inner_count:
            return [(int(node), 0)]
        arcs_ = topology.door[first:last]
        open_ = arcs_[self._weights[arcs_] < CLOSED]
        far = np.where(topology.tail[open_] == node, topology.head[open_], topology.tail[open_])
        return list(zip(far.tolist(), self._weights[open_].tolist(), strict=True))

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source to each target; infinite where there is no path."""
        if len(targets) < len(sources):  # one sweep a node of the smaller side
            return self._sweep(targets, sources, outwards=False).T
        return self._sweep(sources, targets, outwards=True)

    def _sweep(self, starts: Ints, ends: Ints, *, outwards: bool) -> Floats:
        """Sweep from (or towards) each start over the pinned doors of all ends."""
        doors = [self._doors(int(end)) for end in ends]
        owner = np.repeat(np.arange(len(ends)), [len(each) for each in doors])
        pins, place = np.unique([node for each in doors for node, _ in each], return_inverse=True)
        extra = np.array([weight for each in doors for _, weight in each], dtype=float)
        least = np.full((len(starts), len(ends)), np.inf)
        if len(pins):
            pinned = pins.astype(np.int64).tolist()
            ask: Callable[[Doors], list[int | None]] = (
                cch.CCHOneToMany(self.weighted, pinned).distances_from_multi
                if outwards
                else cch.CCHManyToOne(self.weighted, pinned).distances_to_multi
            )
            for row, start in enumerate(starts):
                ways = self._doors(int(start))
                if ways:
                    reached = np.array(ask(ways), dtype=float)[place] + extra
                    np.fmin.at(least[row], owner, reached)
        return least / self.scale

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        leaving, arriving = self._doors(source), self._doors(target)
        if not leaving or not arriving:
            return None
        result = cch.CCHQuery(self.weighted).run_multi(leaving, arriving)
        if result.distance is None:
            return None
        topology = self._topology
        nodes = result.node_path
        inner = topology.edge[topology.inner[np.asarray(result.arc_path, dtype=np.int64)]]
        return np.r_[self._door_edge(source, nodes[0]), inner, self._door_edge(target, nodes[-1])].astype(np.int64)

    def _door_edge(self, site: int, node: int) -> Ints:
        """Give the cheapest edge between a site and a node, as a list of one; of none where the two are the same."""
        topology = self._topology
        first, last = np.searchsorted(topology.door_site, [site, site + 1])
        ways = topology.door[first:last]
        joined = ways[(topology.tail[ways] == node) | (topology.head[ways] == node)]
        return topology.edge[joined[np.argsort(self._weights[joined], kind="stable")[:1]]]

    @contextmanager
    def closing(self, edges: Ints) -> Iterator["HierarchyMetric"]:
        """Give, for a while, the same weights with some more edges shut; this one stays as it is."""
        shut = self._weights.copy()
        shut[self._topology.arcs_of(edges)] = CLOSED
        with self._scratch.holding(shut[self._topology.inner]) as weighted:
            other = copy(self)
            other.weighted, other._weights = weighted, shut  # noqa: SLF001 - a copy of this very class
            yield other


class Scratch:
    """
    One metric that is re-weighted in place, for one thread at a time.

    A new metric re-weighs every arc (100 ms); this one only those that differ from what it held before (0.1 ms for a
    strait). It serves every scenario of a cargo, since two scenarios differ by few arcs.
    """

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._lock = Lock()
        self._weights: npt.NDArray[np.uint32] | None = None
        self._metric: Any = None

    @contextmanager
    def holding(self, weights: npt.NDArray[np.uint32]) -> Iterator[Any]:
        """Give the metric with these weights of the hierarchy's arcs."""
        with self._lock:
            if self._weights is None:
                self._metric = cch.CCHMetric(self._topology.index, weights.tolist())
            else:
                changed = np.flatnonzero(self._weights != weights)
                update = cch.CCHMetricPartialUpdater(self._topology.index)
                update.apply(self._metric, dict(zip(changed.tolist(), weights[changed].tolist(), strict=True)))
            self._weights = weights
            yield self._metric


class DijkstraMetric:
    """The same queries by scipy: the fallback, and the oracle of the tests."""

    step_usd_t: Final = 0.0

    def __init__(self, topology: Topology, arc_cost: Floats) -> None:
        self._topology, self._arc_cost = topology, arc_cost
        open_arcs = np.flatnonzero(np.isfinite(arc_cost))
        order = open_arcs[np.lexsort((arc_cost[open_arcs], topology.head[open_arcs], topology.tail[open_arcs]))]
        tail, head = topology.tail[order], topology.head[order]
        first = np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])][: len(order)]
        kept = order[first]  # the cheapest of parallel arcs
        shape = (topology.node_count, topology.node_count)
        cost = np.maximum(arc_cost[kept], 1e-9)  # scipy reads a zero as no arc
        self._graph = csr_matrix((cost, (topology.tail[kept], topology.head[kept])), shape=shape)
        place = np.arange(len(kept)) + 1.0
        self._arc = csr_matrix((place, (topology.tail[kept], topology.head[kept])), shape=shape)
        self._edge = topology.edge[kept]

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source to each target; infinite where there is no path."""
        if not len(sources):
            return np.empty((0, len(targets)))
        return np.vstack([dijkstra(self._graph, indices=int(source))[np.asarray(targets)] for source in sources])

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        reached, before = dijkstra(self._graph, indices=int(source), return_predecessors=True)
        if math.isinf(reached[target]):
            return None
        nodes = [int(target)]
        while nodes[-1] != source:
            nodes.append(int(before[nodes[-1]]))
        steps = np.array(nodes[::-1])
        return self._edge[np.asarray(self._arc[steps[:-1], steps[1:]]).ravel().astype(np.int64) - 1]

    @contextmanager
    def closing(self, edges: Ints) -> Iterator["DijkstraMetric"]:
        """Give the same weights with some more edges shut."""
        yield DijkstraMetric(self._topology, np.where(np.isin(self._topology.edge, edges), np.inf, self._arc_cost))
