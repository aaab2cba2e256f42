"""
Many-to-many costs: compiled sweeps over the weights of one cargo.

The loops are in :mod:`geo.kernels` and :mod:`geo.kernels_sweep`, the graph in :mod:`geo.shortcuts`. Until all is there,
and where no folder can keep them, RoutingKit answers with the same costs.
"""

from dataclasses import dataclass
from itertools import pairwise
from threading import Event, RLock, Thread
from typing import Final

import numpy as np
import numpy.typing as npt

from geo.distance import Floats, Ints
from geo.shortcuts import Flags, Later, Shortcuts, beside, kernels, prepare

COLUMNS: Final = 512  # at once: memory is that many weights for each node above the places asked for
FEW_STARTS: Final = 14  # fewer are quicker one by one: with roads 16 take 21 ms here and 25 there, 8 take 17 and 12
FEW_ANEW: Final = 32  # where a closure has changed since: 60 ms here, of which weighing 40, and 66 there, of which 17
FEW_EDGES: Final = 2_000  # beyond this many changed edges, weighing all anew is quicker

Ways = list[tuple[int, int]]
"""Nodes with the weight of reaching each."""
Whole = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Doors:
    """Nodes of the hierarchy that places join, with the whole weight of each joint; those of one place together."""

    first: Ints
    node: Ints
    weight: Ints

    def __len__(self) -> int:
        """Count the places."""
        return len(self.first) - 1

    @property
    def lists(self) -> list[Ways]:
        """Give the nodes and weights of each place."""
        pairs = list(zip(self.node.tolist(), self.weight.tolist(), strict=True))
        return [pairs[first:last] for first, last in pairwise(self.first.tolist())]

    @property
    def place(self) -> Ints:
        """Give the place that each joins."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))


class Sweeps:
    """The weights of one cargo, re-weighed in place for whichever scenario asks, a thread at a time."""

    def __init__(self, later: Later, weights: Whole) -> None:
        self._later, self._weights, self._lock = later, weights, RLock()
        self._shut: Flags | None = None
        self._held: Whole | None = None
        self._begun, self._ready = False, Event()

    def pay(self, count: int, shut: Flags) -> bool:
        """
        Tell whether to sweep here from some more starts.

        Loading and building cost as much as some sweeps one by one (480 with roads, for all cargoes together), so
        those are asked until they have cost as much: a first question pays nothing. Nor does any other wait for the
        loops, the graph or its first weights: those come beside the work. Weighing another closure takes longer here.
        """
        if not self._later.worth(count) or count < FEW_STARTS:
            return False
        if kernels() is None:
            prepare()
        if kernels() is None or not self._later.prepare().is_set():
            return False
        if not self._begun:
            self._begun = True
            beside(lambda: self._weighed(shut), self._later.edge_count)
        return self._held is not None and (self._shut is shut or count >= FEW_ANEW)

    def get_ready(self, shut: Flags) -> Event:
        """Load the loops, build the graph and weigh it beside the work, before anyone asks; the event tells when."""
        begun, self._begun = self._begun, True
        if not begun:
            Thread(target=self._prepare, args=(shut,), name="sweeps").start()
        return self._ready

    def _prepare(self, shut: Flags) -> None:
        prepare().wait()
        if kernels():
            self._weighed(shut)
        self._ready.set()

    def _weighed(self, shut: Flags) -> tuple[Shortcuts, Whole]:
        """Weigh where nobody has; whoever reads the weights must hold the lock."""
        with self._lock:
            graph = self._later()
            if self._held is None or self._shut is not shut:
                self._held = self._weigh(graph, shut)
            return graph, self._held

    def _weigh(self, graph: Shortcuts, shut: Flags) -> Whole:
        """Weigh the graph, or what differs from the scenario before."""
        loops, before = kernels(), self._shut
        held = np.empty(len(graph.up), np.uint32) if self._held is None else self._held
        changed = None if before is None else _changed(graph.arc, before, shut)
        self._shut = None  # half done, should it stop here
        if changed is None or len(changed) > FEW_EDGES:
            loops.weigh(graph.first, graph.up, graph.given_first, graph.given_edge, self._weights, shut, held)
        else:
            loops.reweigh(*graph.arrays, self._weights, shut, changed, held)
        self._shut = shut
        return held

    def matrix(self, shut: Flags, starts: Doors, ends: Doors) -> Floats:
        """Give the least whole weight from every end to every start; infinite where nothing joins them."""
        found = np.empty((len(ends), len(starts)))
        with self._lock:  # nobody else gets the weights until this is done with them
            graph, weights = self._weighed(shut)
            node, place = graph.rank[starts.node], starts.place
            lowest = np.full(found.shape[1], len(graph.rank))
            np.minimum.at(lowest, place, node)
            order = np.argsort(lowest, kind="stable")  # neighbours together: a low node holds few columns
            column = np.empty(len(order), np.int64)
            column[order] = np.arange(len(order))
            for begin in range(0, len(order), COLUMNS):
                some = order[begin : begin + COLUMNS]
                mine = np.flatnonzero((column[place] >= begin) & (column[place] < begin + COLUMNS))
                block = np.empty((len(found), len(some)))
                kernels().sweep(
                    graph.first,
                    graph.up,
                    weights,
                    node[mine],
                    column[place[mine]] - begin,
                    starts.weight[mine].astype(np.uint32),
                    ends.first,
                    graph.rank[ends.node],
                    ends.weight,
                    block,
                )
                found[:, some] = block
        return found


def _changed(arc: Ints, before: Flags, after: Flags) -> Ints:
    """Give the arcs of the hierarchy whose edges opened or shut; those of sites that joined later are not in it."""
    arcs = arc[np.flatnonzero(before[: len(arc)] != after[: len(arc)])]
    return np.unique(arcs[arcs >= 0])
