"""
Corridors as frames: one row a corridor and one row a leg, with geometry.

A leg is a run of edges of one mode. Port handling belongs to the sea leg, loading at a railhead to the access leg.
Lines keep continuous longitudes: a leg over the Pacific runs past 180 degrees and is cut only where it is drawn or
exported.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from shapely.geometry import LineString

from geo.corridors import Corridor, Finder
from geo.distance import Floats, lon_step
from geo.network import Network, edge_countries
from geo.router import Cargo, Router
from geo.scenarios import Scenario
from geo.ways import Way, leg_names, way_along, way_countries, way_modes, way_ports

TRUTHS: Final = ("unknown", "estimated", "compiled", "corroborated", "reported")  # least sure first
LEG_COLUMNS: Final = [
    "corridor_id", "leg_no", "stage_no", "stage", "from_name", "to_name", "mode", "length_km", "time_h", "cost_usd_t",
    "cost_contained_usd_t", "co2e_kg_t", "co2e_contained_kg_t", "chokepoints", "countries", "geometry",
]  # fmt: skip
CORRIDOR_COLUMNS: Final = [
    "mineral", "hub", "final_stage", "status", "reason", "facility_ids", "facility_names", "stages", "countries",
    "transit_countries", "chokepoints", "ports", "modes", "cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t",
    "length_km", "capacity_t_yr", "capacity_truth", "access_km", "sources", "similar", "geometry",
]  # fmt: skip
NUMBERS: Final = ["cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "capacity_t_yr", "access_km"]


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


def way_legs(router: Router, cargo: Cargo, way: Way) -> list[dict[str, Any]]:
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
    return rows


def _edge_costs(router: Router, cargo: Cargo, way: Way) -> Floats:
    """Price the edges of one way; the whole network's would take longer than the rest of its legs."""
    priced = router.impedance(cargo.vessel)
    return priced.money_usd_t[way.edges] + priced.carrying_usd_t(cargo.value_usd_t, 1.0) * priced.time_h[way.edges]


def legs_frame(finder: Finder, corridors: Sequence[Corridor], scenario: Scenario) -> pd.DataFrame:
    """
    List the legs of corridors, one row a leg, in order of travel.

    Returns
    -------
    legs
        `corridor_id, leg_no, stage_no, stage, from_name, to_name, mode, length_km, time_h, cost_usd_t` (per gross
        tonne),
        `cost_contained_usd_t`, `co2e_kg_t`, `co2e_contained_kg_t` (per contained tonne delivered), `chokepoints,
        countries, geometry`.
    """
    rows = []
    for corridor in corridors:
        moved = finder.moved
        leg_no = 0
        for stage_no, (stop, way) in enumerate(zip(corridor.stops, corridor.ways, strict=False), start=1):
            factor = float(moved[stop.stage])
            for leg in way_legs(finder.router, finder.question.cargo(stop.stage, scenario), way):
                leg_no += 1
                own = {
                    "corridor_id": corridor.corridor_id,
                    "leg_no": leg_no,
                    "stage_no": stage_no,
                    "stage": stop.stage,
                    "cost_contained_usd_t": leg["cost_usd_t"] * factor,
                    "co2e_contained_kg_t": leg["co2e_kg_t"] * factor,
                }
                rows.append({**own, **leg})
    return pd.DataFrame(rows, columns=LEG_COLUMNS)


def corridors_frame(finder: Finder, corridors: Sequence[Corridor], *, case: str) -> pd.DataFrame:
    """
    Put corridors into one frame, indexed by `corridor_id`; a stranded one keeps its row, with nulls.

    Returns
    -------
    corridors
        The columns of the architecture note, with `sources` (mines that could start it) and `similar` (corridors
        like it that were left out).
    """
    rows = [corridor_row(finder, corridor) for corridor in corridors]
    index = pd.Index([corridor.corridor_id for corridor in corridors], name="corridor_id")
    frame = pd.DataFrame(rows, index=index, columns=CORRIDOR_COLUMNS).astype(dict.fromkeys(NUMBERS, float))
    return frame.assign(case=case)


def corridor_row(finder: Finder, corridor: Corridor) -> dict[str, Any]:
    """Sum up one corridor per contained tonne delivered."""
    question, router, ways = finder.question, finder.router, corridor.ways
    ids = [stop.origin for stop in corridor.stops]
    plants = [question.facts[stop.stage, stop.origin] for stop in corridor.stops]
    row: dict[str, Any] = {
        "mineral": question.mineral,
        "hub": question.hub,
        "final_stage": question.stages.index[-1],
        "status": corridor.status,
        "reason": corridor.reason,
        "facility_ids": tuple(ids),
        "facility_names": tuple(str(plant["name"]) for plant in plants),
        "stages": tuple(stop.stage for stop in corridor.stops),
        "countries": tuple(str(plant["country_iso3"]) for plant in plants),
        "sources": corridor.sources,
        "similar": corridor.similar,
        **capacity(finder, plants),
        "geometry": way_line(router.network, ways),
    }
    if not ways:
        return row | {"chokepoints": (), "ports": (), "modes": (), "transit_countries": ()}
    factors = [float(finder.moved[stop.stage]) for stop in corridor.stops]
    spread = [way.time_p95_h - way.time_h for way in ways]
    hours = sum(way.time_h for way in ways)
    return row | {
        "transit_countries": tuple(dict.fromkeys(code for way in ways for code in way_countries(router, way))),
        "chokepoints": tuple(dict.fromkeys(name for way in ways for name in way.chokepoints)),
        "ports": tuple(port for way in ways for port in way_ports(router, way)),
        "modes": tuple(mode for way in ways for mode in way_modes(router, way)),
        "cost_usd_t": finder.cost_usd_t(corridor),
        "time_h": hours,
        "time_p95_h": hours + float(np.sqrt(np.square(spread).sum())),
        "co2e_kg_t": sum(way.co2e_kg_t * factor for way, factor in zip(ways, factors, strict=True)),
        "length_km": sum(way.length_km for way in ways),
        "access_km": max(way.access_km for way in ways),
    }


def capacity(finder: Finder, plants: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Give what a chain can deliver in a year: the least of its stages, each less what later stages lose.

    One unknown stage makes it unknown; otherwise it is as sure as the least sure stage.
    """
    needed = finder.moved * finder.question.stages["contained_fraction"]  # contained tonnes a delivered tonne
    reach = [float(plant["capacity_t_yr"]) / float(needed[plant["stage"]]) for plant in plants]
    truth = min((str(plant["capacity_truth"]) for plant in plants), key=TRUTHS.index)
    known = not any(np.isnan(reach))
    return {"capacity_t_yr": min(reach) if known else np.nan, "capacity_truth": truth if known else "unknown"}
