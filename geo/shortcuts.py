"""
The graph that compiled sweeps run over, and how it gets there.

Compiling the loops takes seconds, so it is done beside the work, once a machine, and kept on disk; building the graph
is done for the first who asks so much that it pays.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from subprocess import CalledProcessError, run
from threading import Event, Lock, Thread
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from geo.distance import Ints

COMPILING: Final = "import os; os.nice(10); import geo.kernels_sweep"
EDGES_A_START: Final = 1_000  # of the hierarchy: see `geo.sweeps.Sweeps.pay`
SMALL_EDGES: Final = 100_000  # a smaller hierarchy is weighed as if it had so many
LONG: Final = 200_000  # edges of a hierarchy that nobody should wait for: 0.3 s to build, 0.2 s to weigh

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
            self._begun = True
            self._done.set()
            return self._built

    def prepare(self) -> Event:
        """Build it beside the work, where that takes long, once the loops are there; wait for the event to wait."""
        begun, self._begun = self._begun, True
        if not begun:
            beside(self, self.edge_count)
        return self._done


def beside(work: Callable[[], object], edge_count: int) -> None:
    """Do something once, in another thread where it takes long: the loops let others work meanwhile."""
    if edge_count < LONG:
        work()
    else:
        Thread(target=work, name="sweeps").start()
