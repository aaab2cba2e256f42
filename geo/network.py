"""
The transport network: one graph of sea lanes, railways, roads, ferries, ports and sites. It never changes.

Edges are stored once and run both ways, save those that join a site (a facility, a hub, a place someone asked about):
a site is two nodes, one that goods leave from and one that they arrive at, so no path can cut through a site to change
trains for nothing. A scenario is a vector of weights over the edges (see :mod:`geo.impedance`), never an edit.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.distance import Floats, Ints, lon_step


class Mode(IntEnum):
    """What moves, or what is done, along an edge."""

    SEA = 0
    RAIL = 1
    ROAD = 2
    FERRY = 3
    PORT_SEA = 4  # between a berth and the sea lanes: cargo handling
    PORT_RAIL = 5
    PORT_ROAD = 6
    TRANSFER = 7  # between rail and road, inland
    ACCESS = 8  # between a site and the graph
    ACCESS_RAIL = 9  # by lorry from a site to a railhead, and loading there
    ACCESS_ROUTED = 10  # as ACCESS, but its length is that of a routed road
    ACCESS_RAIL_ROUTED = 11  # as ACCESS_RAIL, likewise


STRAIGHT_ACCESS = (Mode.ACCESS, Mode.ACCESS_RAIL)
ROUTED_ACCESS = (Mode.ACCESS_ROUTED, Mode.ACCESS_RAIL_ROUTED)


class Kind(IntEnum):
    """What a node is."""

    SEA = 0
    RAIL = 1
    ROAD = 2
    PORT = 3
    SITE = 4


class Columns(NamedTuple):
    """The columns of a network as plain arrays, read many thousand times where paths are walked."""

    tail: Ints
    head: Ints
    mode: Ints
    length_km: Floats
    chokepoints: npt.NDArray[np.uint64]
    link: Ints
    lon: Floats
    lat: Floats
    kind: Ints
    country: Ints


class Crossings(NamedTuple):
    """Edges that run from one country into another, and what kind each is: a pair of countries, by rail or by road."""

    edge: Ints
    kind: Ints
    """Row of `kinds` for each edge: thousands of edges are of some hundred kinds."""
    kinds: list[tuple[bool, str, str]]
    """Whether by rail, and the ISO codes on either side."""


@dataclass(frozen=True, eq=False)
class Network:
    """
    Nodes, edges and what they carry.

    Attributes
    ----------
    nodes
        One row a node: `lon`, `lat` (degrees, WGS 84), `kind` (:class:`Kind`), `country` (position in `iso3`, -1 at
        sea).
    edges
        One row an edge: `tail`, `head` (node rows), `mode` (:class:`Mode`), `length_km` (along the way),
        `chokepoints` (bit set over `chokepoints`), `link` (position in `links`, -1 for none), `oneway`.
    passed
        Pairs `edge`, `country`: countries that an edge runs through beside those of its ends.
    bends
        Inner vertices of the edges, (lon, lat); those of edge i are ``bends[bend_start[i]:bend_start[i + 1]]``.
    gates
        Segments drawn across straits: `chokepoint_id, lon1, lat1, lon2, lat2`.
    links
        The supplement lines, indexed by `link_id`, with `name`, `status` and `source`.
    ports
        Indexed by `port_id`: `node` (its row), `gateway`, `harbor_size`; they say which ships may work there.
    order
        Elimination order of the nodes, sites aside, for the routing engine; it changes speed, never an answer.
    sites
        Sites joined to the graph, indexed by `site_id`: `leave`, `arrive` (node rows), `access_km` (to the nearest
        node, null when unconnected).
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    passed: pd.DataFrame
    bends: Floats
    bend_start: Ints
    iso3: tuple[str, ...]
    chokepoints: tuple[str, ...]
    gates: pd.DataFrame
    links: pd.DataFrame
    ports: pd.DataFrame
    order: Ints
    sites: pd.DataFrame

    def __post_init__(self) -> None:
        """Check what every later step relies on."""
        ends = self.edges[["tail", "head"]].to_numpy()
        if len(ends) and (ends.min() < 0 or ends.max() >= len(self.nodes)):
            msg = "an edge ends at a node that is not in the network"
            raise ValueError(msg)
        named = np.bincount(self.order, minlength=len(self.nodes))
        if not np.array_equal(named == 1, self.nodes["kind"].to_numpy() != Kind.SITE):
            msg = "the elimination order does not name every node once, sites aside"
            raise ValueError(msg)
        if len(self.chokepoints) > 64:  # noqa: PLR2004
            msg = "more than 64 chokepoints do not fit the bit set"
            raise ValueError(msg)

    @cached_property
    def columns(self) -> Columns:
        """Give the columns of nodes and edges as arrays; do not write to them."""
        edges, nodes = self.edges, self.nodes
        return Columns(
            tail=edges["tail"].to_numpy(np.int64),
            head=edges["head"].to_numpy(np.int64),
            mode=edges["mode"].to_numpy(np.int64),
            length_km=edges["length_km"].to_numpy(np.float64),
            chokepoints=edges["chokepoints"].to_numpy(np.uint64),
            link=edges["link"].to_numpy(np.int64),
            lon=nodes["lon"].to_numpy(np.float64),
            lat=nodes["lat"].to_numpy(np.float64),
            kind=nodes["kind"].to_numpy(np.int64),
            country=nodes["country"].to_numpy(np.int64),
        )

    @cached_property
    def passed_by_edge(self) -> dict[int, tuple[int, ...]]:
        """Give, for the few edges that run through a third country, the positions of those countries."""
        return {int(edge): tuple(rows["country"]) for edge, rows in self.passed.groupby("edge")}

    def __repr__(self) -> str:
        """Report sizes."""
        return f"Network({len(self.nodes):,} nodes, {len(self.edges):,} edges, {len(self.sites):,} sites)"

    def bits(self, chokepoint_ids: "frozenset[str] | set[str]") -> np.uint64:
        """Give the bit set of some chokepoints."""
        return np.uint64(sum(1 << self.chokepoints.index(item) for item in chokepoint_ids))

    @cached_property
    def crossings(self) -> Crossings:
        """List the edges that run over land from one country into another."""
        columns = self.columns
        left, right = columns.country[columns.tail], columns.country[columns.head]
        rows = np.flatnonzero((left != right) & (left >= 0) & (right >= 0))
        rows = rows[~np.isin(columns.mode[rows], (Mode.SEA, Mode.PORT_SEA))]
        by_rail = np.isin(columns.mode[rows], (Mode.RAIL, Mode.PORT_RAIL))
        found, kind = np.unique(np.c_[by_rail, left[rows], right[rows]], axis=0, return_inverse=True)
        kinds = [(bool(rail), self.iso3[one], self.iso3[other]) for rail, one, other in found.tolist()]
        return Crossings(rows, kind.reshape(-1), kinds)

    @cached_property
    def marked(self) -> Ints:
        """List the edges that pass a chokepoint, one in a thousand."""
        return np.flatnonzero(self.columns.chokepoints)

    def passing(self, chokepoint_ids: "frozenset[str] | set[str]") -> Ints:
        """List the edges that pass any of some chokepoints."""
        return self.marked[(self.columns.chokepoints[self.marked] & self.bits(chokepoint_ids)) != 0]

    def names(self, bits: int) -> tuple[str, ...]:
        """Give the chokepoints of a bit set, in table order."""
        written = f"{int(bits):b}"[::-1]
        return tuple(item for item, bit in zip(self.chokepoints, written, strict=False) if bit == "1")


def pieces(ends: Floats, bends: Floats, bend_count: Ints) -> tuple[Ints, Floats]:
    """
    Cut edges at their bends.

    Parameters
    ----------
    ends
        One row an edge: `lon1, lat1, lon2, lat2`, degrees.
    bends, bend_count
        Inner vertices (lon, lat), edge after edge, and how many each edge has.

    Returns
    -------
    edge, lines
        The row of the edge that each straight piece belongs to, in order, and the piece as a row of `ends`; the second
        longitude may leave ±180, as the shorter way round is meant.

    Examples
    --------
    >>> edge, lines = pieces(np.array([[178.0, 0.0, -178.0, 0.0]]), np.array([[-179.0, 1.0]]), np.array([1]))
    >>> edge.tolist(), lines.tolist()
    ([0, 0], [[178.0, 0.0, 181.0, 1.0], [-179.0, 1.0, -178.0, 0.0]])
    """
    first = np.cumsum(bend_count + 2) - (bend_count + 2)
    points = np.empty((len(bends) + 2 * len(ends), 2))
    inner = np.ones(len(points), dtype=bool)
    inner[first] = inner[first + bend_count + 1] = False
    points[first], points[first + bend_count + 1], points[inner] = ends[:, :2], ends[:, 2:], bends
    start = np.delete(np.arange(len(points)), first + bend_count + 1)
    lines = np.column_stack((points[start], points[start + 1]))
    lines[:, 2] = lines[:, 0] + lon_step(lines[:, 0], lines[:, 2])
    return np.repeat(np.arange(len(ends)), bend_count + 1), lines


def arcs(network: Network) -> tuple[Ints, Ints, Ints]:
    """
    List the directed arcs: every edge forwards, then those that run both ways backwards.

    Returns
    -------
    tail, head, edge
        Node rows, and the row of the edge that each arc belongs to.
    """
    tail, head = network.columns.tail, network.columns.head
    back = np.flatnonzero(~network.edges["oneway"].to_numpy(bool))
    return np.r_[tail, head[back]], np.r_[head, tail[back]], np.r_[np.arange(len(tail)), back]


def edge_countries(network: Network, edges: npt.ArrayLike) -> set[str]:
    """Give every country (ISO 3166 alpha-3) that some edges touch or run through."""
    rows, columns = np.asarray(edges, dtype=np.int64), network.columns
    touched = set(columns.country[columns.tail[rows]].tolist()) | set(columns.country[columns.head[rows]].tolist())
    through = {
        code for edge in network.passed_by_edge.keys() & set(rows.tolist()) for code in network.passed_by_edge[edge]
    }
    return {network.iso3[code] for code in touched | through if code >= 0}
