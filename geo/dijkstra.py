"""The same queries by scipy: the fallback where the hierarchy does not import, and the oracle of the tests."""

import math
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from geo.distance import Floats, Ints
from geo.topology import Shut, Topology


class DijkstraPrice:
    """The same prices for scipy."""

    def __init__(self, topology: Topology, cost: Floats) -> None:
        self._topology, self._cost = topology, cost

    def metric(self, shut: Shut) -> "DijkstraMetric":
        """Give the weights with some edges shut."""
        return DijkstraMetric(self._topology, np.where(shut, np.inf, self._cost)[self._topology.edge])


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

    def get_ready(self) -> None:
        """Be ready: there is nothing to prepare."""

    def cost(self, arcs: Ints) -> Floats:
        """Give the cost of some open arcs."""
        return self._arc_cost[arcs]

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

    def closing(self, edges: Ints) -> "DijkstraMetric":
        """Give the same weights with some more edges shut."""
        return DijkstraMetric(self._topology, np.where(np.isin(self._topology.edge, edges), np.inf, self._arc_cost))
