"""
The transport network: one graph of sea lanes, railways, roads, ferries, ports and sites. It never changes.

Edges are stored once and run both ways, save those that join a site (a facility, a hub, a place someone asked about):
a site is two nodes, one that goods leave from and one that they arrive at, so no path can cut through a site to change
trains for nothing. A scenario is a vector of weights over the edges (see :mod:`geo.impedance`), never an edit.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.distance import Floats, Ints, NearestNodes


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
    ACCESS = 8  # between a site and the graph, or two sites close by
    ACCESS_RAIL = 9  # by lorry from a site to a railhead, and loading there


class Kind(IntEnum):
    """What a node is."""

    SEA = 0
    RAIL = 1
    ROAD = 2
    PORT = 3
    SITE = 4


ACCESS_CAP_KM: Final = 150.0  # farther than this from every line, a site is unconnected and its routes are unknown
ACCESS_NODES: Final = 3  # nearest nodes of each mode that a site is joined to
SEA_ACCESS_KM: Final = 30.0  # a place within this distance of a lane or port, and no farther, may load there at once
SEA_NODES: Final = 6  # lanes are joined more widely: their nodes lie up to 100 km apart
SIDING_KM: Final = (
    10.0  # sites this near a railway have a siding (points are known to about 1-10 km); others truck to it
)
NEIGHBOUR_KM: Final = 25.0  # sites this close are joined directly: a plant beside its mine


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
    links
        The supplement lines, indexed by `link_id`, with `name`, `status` and `source`.
    order
        Elimination order of the nodes for the routing engine; it changes speed, never an answer.
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
    links: pd.DataFrame
    ports: pd.Series
    order: Ints
    sites: pd.DataFrame

    def __post_init__(self) -> None:
        """Check what every later step relies on."""
        ends = self.edges[["tail", "head"]].to_numpy()
        if len(ends) and (ends.min() < 0 or ends.max() >= len(self.nodes)):
            msg = "an edge ends at a node that is not in the network"
            raise ValueError(msg)
        if len(np.unique(self.order)) != len(self.nodes):
            msg = "the elimination order does not name every node once"
            raise ValueError(msg)
        if len(self.chokepoints) > 64:  # noqa: PLR2004
            msg = "more than 64 chokepoints do not fit the bit set"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Report sizes."""
        return f"Network({len(self.nodes):,} nodes, {len(self.edges):,} edges, {len(self.sites):,} sites)"

    def bits(self, chokepoint_ids: "frozenset[str] | set[str]") -> np.uint64:
        """Give the bit set of some chokepoints."""
        return np.uint64(sum(1 << self.chokepoints.index(item) for item in chokepoint_ids))

    def names(self, bits: int) -> tuple[str, ...]:
        """Give the chokepoints of a bit set, in table order."""
        return tuple(item for place, item in enumerate(self.chokepoints) if int(bits) >> place & 1)


def no_sites() -> pd.DataFrame:
    """Give the empty table of sites."""
    return pd.DataFrame(
        {"leave": pd.Series(dtype=np.int64), "arrive": pd.Series(dtype=np.int64), "access_km": pd.Series(dtype=float)},
        index=pd.Index([], name="site_id", dtype=object),
    )


def with_sites(network: Network, sites: pd.DataFrame, *, kinds: tuple[Kind, ...] = tuple(Kind)) -> Network:
    """
    Join sites to the graph and return the larger network.

    Each site gets one node to leave from and one to arrive at, joined to its nearest rail and road nodes within 150
    km, to ports at hand, to sea lanes within 30 km, and to other new sites within 25 km. A site with nothing in
    reach stays, with a null
    `access_km`: its routes are *unknown*, not absent.

    Parameters
    ----------
    network
        A network that may hold sites already; they keep their nodes.
    sites
        One row a site, indexed by `site_id`, with `lon`, `lat` (degrees, WGS 84) and `country` (position in
        ``network.iso3``).
    kinds
        The kinds of node that sites may join.
    """
    first = len(network.nodes)
    leave = first + 2 * np.arange(len(sites))
    lon, lat = sites["lon"].to_numpy(float), sites["lat"].to_numpy(float)
    site, node, gap, mode = _reachable_nodes(network, lon, lat, kinds)
    near_from, near_to, near_km = _neighbours(lon, lat)
    new = pd.DataFrame(
        {
            "tail": np.r_[leave[site], node, leave[near_from]],
            "head": np.r_[node, leave[site] + 1, leave[near_to] + 1],
            "mode": np.r_[mode, mode, np.full(len(near_km), Mode.ACCESS)].astype(np.uint8),
            "length_km": np.r_[gap, gap, near_km].astype(np.float32),
            "chokepoints": np.uint64(0),
            "link": np.int16(-1),
            "oneway": True,
        }
    )
    doubled = sites.loc[sites.index.repeat(2)]
    nodes = pd.DataFrame(
        {
            "lon": doubled["lon"].to_numpy(float),
            "lat": doubled["lat"].to_numpy(float),
            "kind": np.uint8(Kind.SITE),
            "country": doubled["country"].to_numpy(np.int16),
        }
    )
    access_km = pd.Series(gap).groupby(site).min().reindex(range(len(sites))).to_numpy()
    table = pd.DataFrame({"leave": leave, "arrive": leave + 1, "access_km": access_km}, index=sites.index)
    ends = np.full(len(new), network.bend_start[-1])
    return replace(
        network,
        nodes=pd.concat([network.nodes, nodes], ignore_index=True),
        edges=pd.concat([network.edges, new], ignore_index=True),
        bend_start=np.r_[network.bend_start, ends],
        order=np.r_[
            np.arange(first, first + len(nodes)), network.order
        ],  # sites first: they lie on no path but their own
        sites=pd.concat([network.sites, table]).rename_axis("site_id"),
    )


def _reachable_nodes(
    network: Network, lon: Floats, lat: Floats, kinds: tuple[Kind, ...]
) -> tuple[Ints, Ints, Floats, Ints]:
    """Pair each site with the nodes that it joins, the nearest few of each kind, and say how it gets there."""
    at_sea = Kind.RAIL not in kinds and Kind.ROAD not in kinds
    wet_km = ACCESS_CAP_KM if at_sea else SEA_ACCESS_KM  # asked for the sea alone, a place inland may say how far it is
    reach = {Kind.RAIL: ACCESS_CAP_KM, Kind.ROAD: ACCESS_CAP_KM, Kind.PORT: wet_km, Kind.SEA: wet_km}
    lane = Mode.SEA if at_sea else Mode.PORT_SEA
    found = []
    for kind in (kind for kind in reach if kind in kinds and len(lon)):
        rows = np.flatnonzero(network.nodes["kind"].to_numpy() == kind)
        if len(rows):
            finder = NearestNodes(network.nodes["lon"].to_numpy()[rows], network.nodes["lat"].to_numpy()[rows])
            count = SEA_NODES if kind == Kind.SEA else ACCESS_NODES
            site, node, gap = finder.query(lon, lat, k=count, within_km=reach[kind])
            far = Mode.ACCESS_RAIL if kind == Kind.RAIL else Mode.ACCESS
            mode = np.full(len(gap), lane) if kind == Kind.SEA else np.where(gap > SIDING_KM, far, Mode.ACCESS)
            found.append((site, rows[node], gap, mode))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64)
    site, node, gap, mode = (np.concatenate(part) for part in zip(*found, strict=True))
    return site, node, gap, mode


def _neighbours(lon: Floats, lat: Floats) -> tuple[Ints, Ints, Floats]:
    """Pair sites within `NEIGHBOUR_KM` of each other, both ways."""
    if not len(lon):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    origin, other, gap = NearestNodes(lon, lat).query(lon, lat, k=12, within_km=NEIGHBOUR_KM)
    apart = origin != other
    return origin[apart], other[apart], gap[apart]


def arcs(network: Network) -> tuple[Ints, Ints, Ints]:
    """
    List the directed arcs: every edge forwards, then those that run both ways backwards.

    Returns
    -------
    tail, head, edge
        Node rows, and the row of the edge that each arc belongs to.
    """
    tail = network.edges["tail"].to_numpy(np.int64)
    head = network.edges["head"].to_numpy(np.int64)
    back = np.flatnonzero(~network.edges["oneway"].to_numpy(bool))
    return np.r_[tail, head[back]], np.r_[head, tail[back]], np.r_[np.arange(len(tail)), back]


def edge_countries(network: Network, edges: npt.ArrayLike) -> set[str]:
    """Give every country (ISO 3166 alpha-3) that some edges touch or run through."""
    rows = np.asarray(edges, dtype=np.int64)
    ends = network.edges[["tail", "head"]].to_numpy()[rows].ravel()
    touched = network.nodes["country"].to_numpy()[ends]
    through = network.passed.loc[network.passed["edge"].isin(rows), "country"].to_numpy()
    return {network.iso3[code] for code in np.unique(np.r_[touched, through]) if code >= 0}
