"""The work that every engine is given: arcs in whole weights, who asks what, and which arcs a closure takes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SOURCES, TARGETS = 500, 200


@dataclass(frozen=True, eq=False)
class Work:
    """
    A graph as arrays, its arcs ordered by tail, head and weight, so that the cheapest of parallel arcs is the first.

    Weights are whole numbers, those of our own engine: every answer must agree to the last digit.
    """

    size: int
    tail: np.ndarray
    head: np.ndarray
    weight: np.ndarray
    bits: np.ndarray
    """Chokepoints on the arc, a bit each."""
    sources: np.ndarray
    targets: np.ndarray

    def save(self, path: Path) -> None:
        """Write the arrays."""
        np.savez(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Work":
        """Read the arrays."""
        with np.load(path) as held:
            return cls(**{name: held[name] for name in held.files} | {"size": int(held["size"])})

    def simple(self, closed: int = 0) -> np.ndarray:
        """Give the rows of the open arcs, parallel ones once, with the chokepoints of the bit set closed."""
        live = np.flatnonzero(self.bits & np.uint64(closed) == 0)
        tail, head = self.tail[live], self.head[live]
        return live[np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]]


def compact(arcs: tuple[np.ndarray, ...], weight: np.ndarray, bits: np.ndarray, ends: tuple[np.ndarray, ...]) -> Work:
    """Keep the nodes in use, numbered anew: no peer pays for ours."""
    tail, head = arcs
    order = np.lexsort((weight, head, tail))
    used = np.unique(np.r_[tail, head, *ends])
    tail, head, *ends_now = (np.searchsorted(used, part) for part in (tail[order], head[order], *ends))
    return Work(len(used), tail, head, weight[order].astype(np.int64), bits[order], *ends_now)


def spread(items: np.ndarray, count: int | None) -> np.ndarray:
    """Take some of many, evenly."""
    if count is None or count >= len(items):
        return items
    return items[np.linspace(0, len(items) - 1, count).astype(int)]
