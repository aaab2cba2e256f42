"""
Arcs of a network with the index of its contraction hierarchy: built once, weighted many times.

Customizable contraction hierarchies (`routingkit-cch`) order the nodes once; a scenario then costs one re-weighting
of some of its arcs. Where that package does not import there is no index, and scipy answers.
"""

from array import array
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.distance import Ints
from geo.network import Kind, Network, arcs
from geo.shortcuts import Later, Shortcuts

try:
    import routingkit_cch

    cch: Any = routingkit_cch
except ImportError:  # pragma: no cover - a platform without wheels
    cch = None

Shut = npt.NDArray[np.bool_]
"""Edges that nothing may use."""


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
    inner_place: Ints
    """Place of each arc in the hierarchy; -1 for those that join a site."""
    by_edge: Ints
    """Every arc, ordered by edge."""
    by_edge_sorted: Ints
    """The edge of each."""
    door: Ints
    """Rows of the arcs that join a site, ordered by site node."""
    door_site: Ints
    """The site node of each."""
    index: Any
    shortcuts: Later | None
    """The same hierarchy as arrays, for many pairs at once; None where an edge of it runs one way."""

    @classmethod
    def of(cls, network: Network, *, like: "Topology | None" = None) -> "Topology":
        """
        Build the index of a network (0.3 s for 320,000 nodes), or take that of one with other sites.

        Sites lie outside the hierarchy, so two networks that differ by sites alone share it.
        """
        tail, head, edge = arcs(network)
        is_site = network.nodes["kind"].to_numpy() == Kind.SITE
        inner = np.flatnonzero(~is_site[tail] & ~is_site[head])
        door = np.flatnonzero(is_site[tail] | is_site[head])
        site = np.where(is_site[tail[door]], tail[door], head[door])
        by_site = np.argsort(site, kind="stable")
        by_edge = np.argsort(edge, kind="stable")
        return cls(
            node_count=len(network.nodes),
            inner_count=len(network.order),
            tail=tail,
            head=head,
            edge=edge,
            by_edge=by_edge,
            by_edge_sorted=edge[by_edge],
            door=door[by_site],
            door_site=site[by_site],
            **_indexed(network, tail, head, inner, like),
        )

    def within(self, network: Network, usable: Shut) -> "Topology":
        """Give a hierarchy of some edges alone: without the roads a sweep is seven times quicker."""
        inner = self.inner[usable[self.edge[self.inner]]]
        return replace(self, **_indexed(network, self.tail, self.head, inner, None))

    def arcs_of(self, edges: Ints) -> Ints:
        """Give the arcs that run along some edges."""
        return self.by_edge[_equal_rows(self.by_edge_sorted, edges)[1]]

    def doors_of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Give the arcs that join some sites to the rest, each with the place of its site in `nodes`."""
        place, row = _equal_rows(self.door_site, nodes)
        return place, self.door[row]


def _equal_rows(ordered: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Give the rows of an ordered column that equal each value, with the place of that value."""
    first, last = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    count = last - first
    rank = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(values)), count), np.repeat(first, count) + rank


def _indexed(network: Network, tail: Ints, head: Ints, inner: Ints, like: Topology | None) -> dict[str, Any]:
    """Put the arcs of a hierarchy in their places, and build its index where there is none."""
    index, shortcuts = (like.index, like.shortcuts) if like else (None, _shortcuts(network, inner))
    if cch and index is None:
        index = cch.CCH(packed(network.order), packed(tail[inner]), packed(head[inner]), False)  # noqa: FBT003
    place = np.full(len(tail), -1)
    place[inner] = np.arange(len(inner))
    return {"inner": inner, "inner_place": place, "index": index, "shortcuts": shortcuts}


def packed(numbers: Ints) -> "array[int]":
    """Pack whole numbers as the engine reads them soonest: a list of Python's takes 40 ms a million to make."""
    return array("I", numbers.astype(np.uint32).tobytes())


def _shortcuts(network: Network, inner: Ints) -> Later | None:
    """Prepare the arrays of a hierarchy; its arcs forwards are numbered as their edges."""
    columns, edges = network.columns, inner[inner < len(network.edges)]
    if network.edges["oneway"].to_numpy(bool)[edges].any():
        return None
    return Later(lambda: Shortcuts.of(network.order, columns.tail, columns.head, edges), len(edges))
