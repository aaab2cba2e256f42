"""
The engine: least-cost matrices and paths over one topology and many weight vectors.

The contraction hierarchy answers where its package imports, else scipy, slower; the tests hold one against the other.
"""

from threading import Event
from typing import Protocol

import numpy as np

from geo.dijkstra import DijkstraPrice
from geo.distance import Floats, Ints
from geo.hierarchy import HierarchyPrice
from geo.topology import Shut, Topology


class Metric(Protocol):
    """Answers queries under one weight vector."""

    @property
    def step_usd_t(self) -> float:
        """Give the grain to which costs are rounded, USD/t; 0 where they are not."""
        ...

    def matrix(self, sources: Ints, targets: Ints) -> Floats:
        """Give the least cost from each source node to each target node; infinite where there is no path."""
        ...

    def get_ready(self) -> Event | None:
        """Weigh beside the work what large matrices are answered with; the event tells when, where there is any."""
        ...

    def cost(self, arcs: Ints) -> Floats:
        """Give the cost of some open arcs, in its own grain."""
        ...

    def path(self, source: int, target: int) -> Ints | None:
        """Give the edges of a least-cost path in order of travel, or None where there is no path."""
        ...

    def closing(self, edges: Ints) -> "Metric":
        """Give the same weights with some more edges shut; this one stays as it is."""
        ...


class Price(Protocol):
    """The topology priced for one cargo: every scenario shuts some edges of it."""

    def metric(self, shut: Shut) -> Metric:
        """Give the weights with some edges shut."""
        ...


def price(topology: Topology, cost: Floats) -> Price:
    """
    Price the edges of a topology for a cargo, USD/t each; non-negative and finite.

    Raises
    ------
    ValueError
        For any other cost: an edge is closed by shutting it.
    """
    if not np.all(np.isfinite(cost)) or (cost < 0).any():
        msg = "every edge needs a finite, non-negative cost; close an edge by `shut`"
        raise ValueError(msg)
    return HierarchyPrice(topology, cost) if topology.index is not None else DijkstraPrice(topology, cost)
