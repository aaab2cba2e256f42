"""
The engine: least-cost matrices and paths over one topology and many weight vectors.

Customizable contraction hierarchies (`routingkit-cch`) order the nodes once; a scenario then costs one re-weighting
of a tenth of a second. Where that package does not import, scipy's Dijkstra gives the same answers, slower; the
tests hold one against the other.
"""

import math
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.distance import Floats, Ints
from geo.network import Network, arcs

try:
    import routingkit_cch as cch
except ImportError:  # pragma: no cover - a platform without wheels
    cch = None  # type: ignore[assignment]

CLOSED: Final = 2_147_483_647  # RoutingKit's "infinite" weight
BUDGET: Final = 2.0e9  # the largest sum of weights kept below CLOSED
FINEST: Final = 1e5  # weights per USD/t at best: one step is a thousandth of a cent


class Metric(Protocol):
    """Answers queries under one weight vector."""

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source node to each target node; infinite where there is no path."""
        ...

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        ...


@dataclass(frozen=True, eq=False)
class Topology:
    """
    Arcs of a network with an elimination order: built once, weighted many times.

    Parameters
    ----------
    network
        Its edges give the arcs, its `order` the elimination order.
    """

    node_count: int
    tail: Ints
    head: Ints
    edge: Ints
    index: Any

    @classmethod
    def of(cls, network: Network) -> "Topology":
        """Build the index of a network (0.4 s for 320,000 nodes)."""
        tail, head, edge = arcs(network)
        index = cch.CCH(network.order.tolist(), tail.tolist(), head.tolist(), False) if cch else None  # noqa: FBT003
        return cls(len(network.nodes), tail, head, edge, index)

    def metric(self, cost: Floats, shut: npt.NDArray[np.bool_]) -> Metric:
        """
        Weight the topology.

        Parameters
        ----------
        cost
            USD/t of each edge; non-negative and finite.
        shut
            Edges that nothing may use.
        """
        if not np.all(np.isfinite(cost)) or (cost < 0).any():
            msg = "every edge needs a finite, non-negative cost; close an edge by `shut`"
            raise ValueError(msg)
        per_edge = np.where(shut, np.inf, cost)[self.edge]
        return HierarchyMetric(self, per_edge) if self.index is not None else DijkstraMetric(self, per_edge)


class HierarchyMetric:
    """Queries on the contraction hierarchy; safe to share between threads, since nothing in it changes."""

    def __init__(self, topology: Topology, arc_cost: Floats) -> None:
        finite = np.isfinite(arc_cost)
        # a path of 3,000 mean arcs must fit 32 bits; cheap cargo gets a finer grain than dear cargo
        mean = float(arc_cost[finite].mean()) if finite.any() else 1.0
        self.scale: Final = min(FINEST, BUDGET / max(3000 * mean, 20.0 * float(arc_cost[finite].max(initial=1.0)), 1.0))
        weights = np.full(len(arc_cost), CLOSED, dtype=np.int64)
        weights[finite] = np.minimum(np.round(arc_cost[finite] * self.scale), CLOSED - 1)
        self._topology = topology
        self._metric = cch.CCHMetric(topology.index, weights.tolist())

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source to each target; infinite where there is no path."""
        query = cch.CCHOneToMany(self._metric, np.asarray(targets).tolist())
        rows = [query.distances_from(int(source)) for source in sources]
        flat = np.array(rows, dtype=float).reshape(len(sources), len(targets))
        return np.where(np.isnan(flat), np.inf, flat / self.scale)

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        result = cch.CCHQuery(self._metric).run(int(source), int(target))
        if result.distance is None:
            return None
        return self._topology.edge[np.asarray(result.arc_path, dtype=np.int64)]


class DijkstraMetric:
    """The same queries by scipy: the fallback, and the oracle of the tests."""

    def __init__(self, topology: Topology, arc_cost: Floats) -> None:
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
