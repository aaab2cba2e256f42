"""
A way taken apart: its line, and its legs.

A leg is a run of edges of one mode. Port handling belongs to the sea leg, loading at a railhead to the access leg.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from shapely.geometry import LineString

from geo.distance import Floats, lon_step
from geo.network import Network, edge_countries
from geo.router import Cargo, Router
from geo.ways import Way, leg_names, way_along


def way_coords(network: Network, way: Way) -> Floats:
    """Give the vertices of a way, (lon, lat), bends included, with continuous longitudes."""
    count = network.bend_start[way.edges + 1] - network.bend_start[way.edges]
    place = np.arange(len(way.nodes)) + np.r_[0, np.cumsum(count)]
    coords = np.empty((place[-1] + 1, 2))
    coords[place, 0], coords[place, 1] = network.columns.lon[way.nodes], network.columns.lat[way.nodes]
    edge = np.repeat(np.arange(len(way.edges)), count)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    forward = network.columns.tail[way.edges] == way.nodes[:-1]
    step = np.where(forward[edge], rank, count[edge] - 1 - rank)
    coords[place[edge] + 1 + rank] = network.bends[network.bend_start[way.edges[edge]] + step]
    coords[1:, 0] = coords[0, 0] + np.cumsum(lon_step(coords[:-1, 0], coords[1:, 0]))
    return coords


def _line(coords: Floats) -> LineString:
    """Draw vertices; a way that stands still is drawn as a point twice."""
    return LineString(coords if len(coords) > 1 else np.repeat(coords, 2, axis=0))


def way_line(network: Network, ways: Sequence[Way]) -> LineString | None:
    """Draw ways end to end as one continuous line; None where there is none."""
    if not ways:
        return None
    coords = np.concatenate([way_coords(network, way) for way in ways])
    coords[1:, 0] = coords[0, 0] + np.cumsum(lon_step(coords[:-1, 0], coords[1:, 0]))
    return _line(coords)


def way_legs(router: Router, cargo: Cargo, way: Way) -> tuple[Mapping[str, Any], ...]:
    """Split a way into legs and sum up each, per gross tonne."""
    network, priced, cost = router.network, router.impedance(cargo.vessel), _edge_costs(router, cargo, way)
    modes = leg_names(network, way)
    cuts = np.r_[0, np.flatnonzero(modes[1:] != modes[:-1]) + 1, len(modes)]
    rows = []
    for first, last in pairwise(cuts):
        edges = way.edges[first:last]
        part = way_along(router, cargo, edges, int(way.nodes[first]))
        rows.append(
            {
                "from_name": router.node_name(int(way.nodes[first])),
                "to_name": router.node_name(int(way.nodes[last])),
                "mode": str(modes[first]),
                "length_km": part.length_km,
                "time_h": float(priced.time_h[edges].sum()),
                "cost_usd_t": float(cost[first:last].sum()),
                "co2e_kg_t": part.co2e_kg_t,
                "chokepoints": part.chokepoints,
                "countries": tuple(sorted(edge_countries(network, edges))),
                "geometry": _line(way_coords(network, part)),
            }
        )
    return tuple(rows)


def _edge_costs(router: Router, cargo: Cargo, way: Way) -> Floats:
    """Price the edges of one way; the whole network's would take longer than the rest of its legs."""
    priced = router.impedance(cargo.vessel)
    return priced.money_usd_t[way.edges] + priced.carrying_usd_t(cargo.value_usd_t, 1.0) * priced.time_h[way.edges]
