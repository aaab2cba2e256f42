"""The peers: each does the same work in the way its own documentation recommends for it."""

import time
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tests.bench.work import Work, spread


class Peer(ABC):
    """A library with a graph of its own; `sample` is how many targets of a matrix it is asked for, null for all."""

    sample: ClassVar[int | None] = None
    tolerance: ClassVar[float] = 0.0
    """How far an answer may lie from ours, relative: none, unless the library itself rounds."""

    def __init__(self, path: Path) -> None:
        self.work = Work.load(path)
        self.build(0)

    def build(self, closed: int) -> None:
        """Make the graph with some chokepoints closed."""
        self.rows = self.work.simple(closed)
        work = self.work
        self.tail, self.head, self.weight = work.tail[self.rows], work.head[self.rows], work.weight[self.rows]
        self.make()

    @abstractmethod
    def make(self) -> None:
        """Hand the arrays to the library."""

    @abstractmethod
    def distances(self, targets: np.ndarray) -> np.ndarray:
        """Give the cost from every source to some targets."""

    def some(self) -> np.ndarray:
        """Give the targets asked for."""
        return spread(self.work.targets, self.sample)

    def matrix(self) -> tuple[float, np.ndarray, np.ndarray]:
        """Price every pair of the sample: its share, places of the targets, costs."""
        targets = self.some()
        places = spread(np.arange(len(self.work.targets)), self.sample)
        return len(targets) / len(self.work.targets), places, self.distances(targets)

    def toggle(self, closed: int) -> dict[str, Any]:
        """Close a chokepoint, which stays closed, and price every pair of the sample anew."""
        begun = time.perf_counter()
        self.build(closed)
        built = time.perf_counter()
        share, places, cost = self.matrix()
        done = time.perf_counter()
        return {"weigh": built - begun, "matrix": (done - built) / share, "places": places, "cost": cost}


class Scipy(Peer):
    """`scipy.sparse.csgraph.dijkstra` on the reversed graph: one search a target, the smaller side."""

    def make(self) -> None:
        from scipy.sparse import csr_matrix  # noqa: PLC0415 - each process loads its own library only

        shape = (self.work.size, self.work.size)
        self.back = csr_matrix((self.weight.astype(float), (self.head, self.tail)), shape=shape)

    def distances(self, targets: np.ndarray) -> np.ndarray:
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        return dijkstra(self.back, indices=targets)[:, self.work.sources].T

    def passes(self, count: int) -> tuple[float, np.ndarray, np.ndarray]:
        """Walk the paths of some targets, all sources of one target at once."""
        from scipy.sparse.csgraph import dijkstra  # noqa: PLC0415

        places = spread(np.arange(len(self.work.targets)), count)
        bits = self.work.bits[self.rows]
        marked = np.flatnonzero(bits)
        found = np.zeros((len(self.work.sources), len(places)), dtype=np.uint64)
        for column, target in enumerate(self.work.targets[places]):
            _, after = dijkstra(self.back, indices=int(target), return_predecessors=True)
            own = np.zeros(self.work.size, dtype=np.uint64)
            on = marked[after[self.tail[marked]] == self.head[marked]]
            own[self.tail[on]] = bits[on]
            at = self.work.sources.copy()
            while len(np.flatnonzero(at >= 0)):
                held = at >= 0
                found[held, column] |= own[at[held]]
                at[held] = after[at[held]]
        return len(places) / len(self.work.targets), places, found


class Igraph(Peer):
    """`Graph.distances` towards each target, `get_shortest_path` for one pair."""

    sample: ClassVar[int | None] = 40

    def make(self) -> None:
        import igraph  # noqa: PLC0415

        self.graph = igraph.Graph(n=self.work.size, edges=np.c_[self.tail, self.head], directed=True)
        self.costs = self.weight.astype(float).tolist()

    def distances(self, targets: np.ndarray) -> np.ndarray:
        found = self.graph.distances(targets.tolist(), self.work.sources.tolist(), weights=self.costs, mode="in")
        return np.array(found, dtype=float).T

    def path(self) -> tuple[float, int]:
        """Trace one pair: its weight and how many nodes it has."""
        ends = int(self.work.sources[0]), int(self.work.targets[0])
        edges = self.graph.get_shortest_path(*ends, weights=self.costs, output="epath")
        return float(self.weight[edges].sum()), len(edges) + 1

    def passes(self, count: int) -> tuple[float, np.ndarray, np.ndarray]:
        """Walk the paths of some targets, edge by edge."""
        places = spread(np.arange(len(self.work.targets)), count)
        bits = self.work.bits[self.rows]
        found = np.zeros((len(self.work.sources), len(places)), dtype=np.uint64)
        for column, target in enumerate(self.work.targets[places].tolist()):
            sources = self.work.sources.tolist()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # it says so of every pair without a path
                paths = self.graph.get_shortest_paths(target, sources, weights=self.costs, mode="in", output="epath")
            found[:, column] = [np.bitwise_or.reduce(bits[path]) if path else 0 for path in paths]
        return len(places) / len(self.work.targets), places, found


class Networkx(Peer):
    """`single_source_dijkstra_path_length` on the reversed graph, `bidirectional_dijkstra` for one pair."""

    sample: ClassVar[int | None] = 2

    def make(self) -> None:
        import networkx as nx  # noqa: PLC0415

        self.library = nx
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(range(self.work.size))
        arcs = zip(self.head.tolist(), self.tail.tolist(), self.weight.tolist(), strict=True)
        self.graph.add_weighted_edges_from(arcs)

    def distances(self, targets: np.ndarray) -> np.ndarray:
        rows = []
        for target in targets.tolist():
            reached = self.library.single_source_dijkstra_path_length(self.graph, target)
            rows.append([reached.get(source, np.inf) for source in self.work.sources.tolist()])
        return np.array(rows, dtype=float).T

    def path(self) -> tuple[float, int]:
        """Trace one pair."""
        ends = int(self.work.targets[0]), int(self.work.sources[0])  # the graph is reversed
        weight, nodes = self.library.bidirectional_dijkstra(self.graph, *ends)
        return float(weight), len(nodes)


class Scgraph(Peer):
    """Its compiled graph: a tree a target on the reversed graph, the quickest of its searches for one pair."""

    sample: ClassVar[int | None] = 20
    searches: ClassVar[tuple[str, ...]] = (
        "dijkstra",
        "bidirectional_dijkstra",
        "bmssp",
        "contraction_hierarchy",
        "tnr",
    )

    def make(self) -> None:
        from scgraph import cpp  # noqa: PLC0415

        links: list[dict[int, float]] = [{} for _ in range(self.work.size)]
        for head, tail, weight in zip(self.head.tolist(), self.tail.tolist(), self.weight.tolist(), strict=True):
            links[head][tail] = weight
        self.graph = cpp.Graph(links)

    def distances(self, targets: np.ndarray) -> np.ndarray:
        rows = [self.graph.get_shortest_path_tree(target)["distance_matrix"] for target in targets.tolist()]
        return np.array(rows, dtype=float)[:, self.work.sources].T

    def quickest(self) -> str:
        """Try its searches on the pair and remember the quickest; what an index takes to build is not counted."""
        took = {}
        for name in self.searches:
            self.path(name)
            begun = time.perf_counter()
            self.path(name)
            took[name] = time.perf_counter() - begun
        self.best = min(took, key=took.__getitem__)
        return self.best

    def path(self, search: str | None = None) -> tuple[float, int]:
        """Trace one pair."""
        ends = int(self.work.targets[0]), int(self.work.sources[0])
        found = getattr(self.graph, search or self.best)(*ends)
        return float(found["length"]), len(found["path"])


class Pandana(Peer):
    """Its contraction hierarchy, all pairs at once, on every core (OpenMP); a closure builds it anew."""

    tolerance: ClassVar[float] = 1e-6
    unreachable: ClassVar[float] = 2**32 - 1

    def make(self) -> None:
        import pandana  # noqa: PLC0415
        import pandas as pd  # noqa: PLC0415

        place = pd.Series(np.arange(self.work.size, dtype=float))
        # it keeps thousandths as whole numbers; a quarter more survives rounding and cutting alike
        cost = pd.DataFrame({"cost": (self.weight + 0.25) / 1000})
        self.graph = pandana.Network(place, place, pd.Series(self.tail), pd.Series(self.head), cost, twoway=False)

    def distances(self, targets: np.ndarray) -> np.ndarray:
        sources = self.work.sources
        pairs = np.repeat(sources, len(targets)), np.tile(targets, len(sources))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it lists every pair without a path
            lengths = self.graph.shortest_path_lengths(*pairs)
        found = np.rint(np.array(lengths) * 1000).reshape(len(sources), -1)
        return np.where(found >= self.unreachable, np.inf, found)


class Searoute:
    """Its own lanes and its own call, which also writes a GeoJSON line."""

    def __init__(self, backend: str, places: list[list[float]]) -> None:
        import searoute  # noqa: PLC0415

        self.library, self.backend, self.places = searoute, backend, places
        self.path()

    def path(self) -> tuple[float, int]:
        """Trace one pair: kilometres and points."""
        found = self.library.searoute(*self.places, backend=self.backend)
        return float(found["properties"]["length"]), len(found["geometry"]["coordinates"])
