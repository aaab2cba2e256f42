"""
Many-to-many costs: the graph that compiled sweeps run over, and its weights for one cargo.

The loops are in :mod:`geo.kernels` and :mod:`geo.kernels_sweep`. Compiling them takes seconds, so it is done beside
the work, once a machine, and kept on disk; until they are there, and where no folder can keep them, RoutingKit answers
with the same costs.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from subprocess import CalledProcessError, run
from threading import Event, Lock, RLock, Thread
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.distance import Floats, Ints

COMPILING: Final = "import os; os.nice(10); import geo.kernels_sweep"
COLUMNS: Final = 512  # at once: memory is that many weights for each node above the places asked for
FEW_STARTS: Final = 14  # fewer are quicker one by one: with roads 16 take 21 ms here and 25 there, 8 take 17 and 12
FEW_ANEW: Final = 32  # where a closure has changed since: 60 ms here, of which weighing 40, and 66 there, of which 17
EDGES_A_START: Final = 1_000  # of the hierarchy: see `Sweeps.pay`
SMALL_EDGES: Final = 100_000  # a smaller hierarchy is weighed as if it had so many
LONG: Final = 200_000  # edges of a hierarchy that nobody should wait for: 0.3 s to build, 0.2 s to weigh
FEW_EDGES: Final = 2_000  # beyond this many changed edges, weighing all anew is quicker

Ways = list[tuple[int, int]]
"""Nodes with the weight of reaching each."""
Whole = npt.NDArray[np.uint32]
Flags = npt.NDArray[np.bool_]


class _Kernels:
    """The compiled loops, once they are there."""

    def __init__(self) -> None:
        self.module: Any = None
        self.done = Event()
        self._begun = False
        self._lock = Lock()

    def prepare(self) -> Event:
        """Compile the loops where nobody has yet, and load them, beside the work; wait for the event to wait."""
        with self._lock:
            if not self._begun:
                self._begun = True
                Thread(target=self._compile, name="kernels", daemon=True).start()
        return self.done

    def _compile(self) -> None:
        """Let another process compile, at low priority: here it would take the interpreter from whoever asks."""
        try:
            paths = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
            run([sys.executable, "-c", COMPILING], env=paths, check=True, capture_output=True)  # noqa: S603 - our own
            Thread(target=self._load, name="kernels").start()  # no daemon: the interpreter waits for a half load
        except (OSError, CalledProcessError, RuntimeError):  # no numba, no folder to keep them in, or nearly gone
            self.done.set()

    def _load(self) -> None:
        try:
            self.module = import_module("geo.kernels_sweep")
        finally:
            self.done.set()


_KERNELS: Final = _Kernels()
prepare: Final = _KERNELS.prepare


def kernels() -> Any:
    """Give the compiled loops, or None where they are not there (yet)."""
    return _KERNELS.module


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


@dataclass(frozen=True, eq=False)
class Shortcuts:
    """
    The chordal graph of an elimination order: its arcs go up, and stand for edges and for ways by lower nodes.

    Attributes
    ----------
    rank
        Place of each node in the order.
    first, up
        Arcs that go up from each node.
    tail, low_first, low_arc
        The lower end of each arc; the arcs that come to each node from below.
    given_first, given_edge
        The edges that each arc stands for.
    arc
        The arc of each edge; -1 for those that are not in the hierarchy.
    """

    rank: Ints
    first: Ints
    up: npt.NDArray[np.int32]
    tail: npt.NDArray[np.int32]
    low_first: Ints
    low_arc: npt.NDArray[np.int32]
    given_first: npt.NDArray[np.int32]
    given_edge: Ints
    arc: Ints

    @classmethod
    def of(cls, order: Ints, tail: Ints, head: Ints, edges: Ints) -> "Shortcuts":
        """Eliminate the nodes in order; `tail` and `head` are of all edges, `edges` those in the hierarchy."""
        loops = kernels()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        edges = edges[tail[edges] != head[edges]]
        ends = np.sort(np.stack((rank[tail[edges]], rank[head[edges]])), axis=0).astype(np.int32)
        by_low = np.argsort(ends[0], kind="stable")
        edges, low, high = edges[by_low], ends[0][by_low], ends[1][by_low]
        first, up = loops.eliminated(len(order), low, high)
        place = loops.placed(first, up, low, high)
        arc = np.full(len(tail), -1)
        arc[edges] = place
        return cls(
            rank=rank,
            first=first,
            up=up,
            tail=np.repeat(np.arange(len(order), dtype=np.int32), np.diff(first)),
            low_first=_firsts(up, len(order)),
            low_arc=np.argsort(up, kind="stable").astype(np.int32),
            given_first=_firsts(place, len(up)).astype(np.int32),
            given_edge=edges[np.argsort(place, kind="stable")],
            arc=arc,
        )

    @property
    def arrays(self) -> tuple[Any, ...]:
        """Give what the loops that weigh it take."""
        below = self.tail, self.low_first, self.low_arc
        return self.first, self.up, *below, self.given_first, self.given_edge


def _firsts(owner: npt.NDArray[Any], count: int) -> Ints:
    """Give the first position of each owner in a list ordered by owner, and its length."""
    return np.r_[0, np.cumsum(np.bincount(owner, minlength=count))]


class Later:
    """The chordal graph of a hierarchy, built for the first who asks (0.3 s and 50 MB with roads)."""

    def __init__(self, build: Callable[[], Shortcuts], edge_count: int) -> None:
        self.edge_count: Final = edge_count
        self._build, self._lock = build, Lock()
        self._built: Shortcuts | None = None
        self._done = Event()
        self._begun, self._asked = False, 0

    def worth(self, count: int) -> bool:
        """Tell whether so many starts have been asked for, some more among them, that compiled sweeps pay."""
        self._asked += count
        return self._done.is_set() or self._asked * EDGES_A_START >= max(self.edge_count, SMALL_EDGES)

    def __call__(self) -> Shortcuts:
        """Give it."""
        with self._lock:
            self._built = self._built or self._build()
            self._done.set()
            return self._built

    def prepare(self) -> Event:
        """Build it beside the work, where that takes long, once the loops are there; wait for the event to wait."""
        begun, self._begun = self._begun, True
        if not begun:
            _beside(self, self.edge_count)
        return self._done

    def get_ready(self) -> Event:
        """Load the loops and build it beside the work, before anyone asks: for a server, which will be asked."""
        begun, self._begun = self._begun, True
        if not begun:
            Thread(target=lambda: prepare().wait() and kernels() and self(), name="sweeps").start()
        return self._done


def _beside(work: Callable[[], object], edge_count: int) -> None:
    """Do something once, in another thread where it takes long: the loops let others work meanwhile."""
    if edge_count < LONG:
        work()
    else:
        Thread(target=work, name="sweeps").start()


class Sweeps:
    """The weights of one cargo, re-weighed in place for whichever scenario asks, a thread at a time."""

    def __init__(self, later: Later, weights: Whole) -> None:
        self._later, self._weights, self._lock = later, weights, RLock()
        self._shut: Flags | None = None
        self._held: Whole | None = None
        self._begun = False

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
            _beside(lambda: self._weighed(shut), self._later.edge_count)
        return self._held is not None and (self._shut is shut or count >= FEW_ANEW)

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
