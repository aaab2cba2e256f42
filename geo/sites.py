"""
Joins places to the network: facilities, hubs, and any point someone asks about.

A site joins the nearest few nodes of each kind, by a stretch whose length is kept and shown. A site beyond the cap
joins nothing and stays: its routes are *unknown*.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.distance import Floats, Ints, NearestNodes, lon_step, polyline_km
from geo.gates import gate_bits
from geo.network import ROUTED_ACCESS, STRAIGHT_ACCESS, Kind, Mode, Network

ACCESS_CAP_KM: Final = 150.0  # farther than this from every line, a site is unconnected and its routes are unknown
ACCESS_NODES: Final = 3  # nearest nodes of each mode that a site is joined to
SEA_ACCESS_KM: Final = 30.0  # a place within this distance of a lane or port, and no farther, may load there at once
SEA_NODES: Final = 6  # lanes are joined more widely: their nodes lie up to 100 km apart
SIDING_KM: Final = (
    10.0  # sites this near a railway have a siding (points are known to about 1-10 km); others truck to it
)


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
    km, to ports at hand, to sea lanes within 30 km. A site with nothing in
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
    new = pd.DataFrame(
        {
            "tail": np.r_[leave[site], node],
            "head": np.r_[node, leave[site] + 1],
            "mode": np.r_[mode, mode].astype(np.uint8),
            "length_km": np.r_[gap, gap].astype(np.float32),
            "chokepoints": np.tile(_gates_between(network, lon[site], lat[site], node), 2),
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
        sites=pd.concat([network.sites, table]).rename_axis("site_id"),
    )


def access_edges(network: Network, site_id: str) -> Ints:
    """List the straight stretches that join a site by road, out and in; a siding runs on rails and is none of them."""
    leave, arrive = network.sites.loc[site_id, ["leave", "arrive"]].astype(int)
    columns = network.columns
    out, into = columns.tail == leave, columns.head == arrive
    far_end = np.where(out, columns.head, columns.tail)
    siding = (columns.mode == Mode.ACCESS) & (columns.kind[far_end] == Kind.RAIL)
    return np.flatnonzero((out | into) & np.isin(columns.mode, STRAIGHT_ACCESS) & ~siding)


def with_roads(network: Network, roads: Mapping[int, Floats]) -> Network:
    """
    Replace straight stretches between sites and the graph by the roads they take.

    Parameters
    ----------
    network
        A network with sites.
    roads
        By row of a straight access edge: the vertices of its road, (lon, lat), both ends included, in its direction.
        The length is theirs, on the ellipsoid; no circuity comes on top.
    """
    if not roads:
        return network
    rows = np.array(sorted(roads))
    modes = dict(zip(STRAIGHT_ACCESS, ROUTED_ACCESS, strict=True))
    edges = network.edges.copy()
    edges.loc[rows, "mode"] = [np.uint8(modes[Mode(code)]) for code in edges.loc[rows, "mode"]]
    edges.loc[rows, "length_km"] = [np.float32(polyline_km(roads[row])) for row in rows]
    inner = [roads[row][1:-1] for row in rows]
    count = np.diff(network.bend_start)
    places = np.repeat(network.bend_start[rows], [len(line) for line in inner])
    count[rows] += [len(line) for line in inner]
    bends = np.insert(network.bends, places, np.concatenate(inner), axis=0)
    return replace(network, edges=edges, bends=bends, bend_start=np.r_[0, np.cumsum(count)])


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


def _gates_between(network: Network, lon: Floats, lat: Floats, node: Ints) -> npt.NDArray[np.uint64]:
    """Mark the stretches that cross a gate: a quay on one sea must not load on the other for nothing."""
    there_lon, there_lat = network.nodes["lon"].to_numpy()[node], network.nodes["lat"].to_numpy()[node]
    lines = np.column_stack((lon, lat, lon + lon_step(lon, there_lon), there_lat))
    bits = gate_bits(lines, network.gates, network.chokepoints)
    on_land = np.isin(network.nodes["kind"].to_numpy()[node], [Kind.RAIL, Kind.ROAD])
    return np.where(on_land, np.uint64(0), bits)
