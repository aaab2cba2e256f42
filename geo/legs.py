"""
Corridors as frames: one row a corridor and one row a leg, with geometry.

Lines keep continuous longitudes: a leg over the Pacific runs past 180 degrees and is cut only where it is drawn or
exported.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.corridors import Finder
from geo.questions import Corridor, Question, Stop
from geo.scenarios import Scenario

TRUTHS: Final = ("unknown", "estimated", "compiled", "corroborated", "reported")  # least sure first
LEG_COLUMNS: Final = [
    "corridor_id", "leg_no", "stage_no", "stage", "from_name", "to_name", "mode", "length_km", "time_h", "cost_usd_t",
    "cost_contained_usd_t", "co2e_kg_t", "co2e_contained_kg_t", "chokepoints", "countries", "geometry",
]  # fmt: skip
CORRIDOR_COLUMNS: Final = [
    "mineral", "hub", "final_stage", "status", "reason", "facility_ids", "facility_names", "stages", "countries",
    "transit_countries", "chokepoints", "ports", "modes", "cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t",
    "length_km", "capacity_t_yr", "capacity_truth", "access_km", "sources", "similar", "feed_unknown",
    "status_unknown", "geometry",
]  # fmt: skip
NUMBERS: Final = ["cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "capacity_t_yr", "access_km"]


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
            for leg in finder.legs(finder.question.cargo(stop.stage, scenario), way):
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
        The columns of the architecture note, with `sources` (mines that could start it), `similar` (corridors
        like it that were left out), `feed_unknown` (plants of which it is not known that they take what is sent) and
        `status_unknown` (facilities of which it is not known that they work).
    """
    rows = [corridor_row(finder, corridor) for corridor in corridors]
    index = pd.Index([corridor.corridor_id for corridor in corridors], name="corridor_id")
    frame = pd.DataFrame(rows, index=index, columns=CORRIDOR_COLUMNS).astype(dict.fromkeys(NUMBERS, float))
    return frame.assign(case=case)


def corridor_row(finder: Finder, corridor: Corridor) -> dict[str, Any]:
    """Sum up one corridor per contained tonne delivered."""
    question, ways = finder.question, corridor.ways
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
        "feed_unknown": feed_unknown(question, corridor.stops),
        "status_unknown": tuple(str(plant["name"]) for plant in plants if plant["status"] == "unknown"),
        "geometry": finder.line(ways),
    }
    if not ways:
        return row | {"chokepoints": (), "ports": (), "modes": (), "transit_countries": ()}
    factors = [float(finder.moved[stop.stage]) for stop in corridor.stops]
    facts = [finder.facts(way) for way in ways]
    spread = [way.time_p95_h - way.time_h for way in ways]
    hours = sum(way.time_h for way in ways)
    return row | {
        "transit_countries": tuple(dict.fromkeys(code for each in facts for code in each.countries)),
        "chokepoints": tuple(dict.fromkeys(name for way in ways for name in way.chokepoints)),
        "ports": tuple(port for each in facts for port in each.ports),
        "modes": tuple(mode for each in facts for mode in each.modes),
        "cost_usd_t": finder.cost_usd_t(corridor),
        "time_h": hours,
        "time_p95_h": hours + float(np.sqrt(np.square(spread).sum())),
        "co2e_kg_t": sum(way.co2e_kg_t * factor for way, factor in zip(ways, factors, strict=True)),
        "length_km": sum(way.length_km for way in ways),
        "access_km": max(way.access_km for way in ways),
    }


def feed_unknown(question: Question, stops: Sequence[Stop]) -> tuple[str, ...]:
    """Name the plants of a chain that may not take what its mine ships, where the mineral has feeds at all."""
    first = question.stages.index[0]
    doubtful = [
        stop.destination
        for stop in stops
        if question.feeds
        and stop.stage == first
        and stop.destination not in (stop.origin, question.hub)
        and not question.feeds.shared(stop.origin, stop.destination)
    ]
    return tuple(str(question.names[plant]) for plant in doubtful)


def capacity(finder: Finder, plants: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Give what a chain can deliver in a year: the least of its stages, each less what later stages lose.

    One unknown stage makes it unknown; otherwise it is as sure as the least sure stage.
    """
    reach = [float(plant["capacity_t_yr"]) / finder.needed_t[plant["stage"]] for plant in plants]
    truth = min((str(plant["capacity_truth"]) for plant in plants), key=TRUTHS.index)
    known = not any(np.isnan(reach))
    return {"capacity_t_yr": min(reach) if known else np.nan, "capacity_truth": truth if known else "unknown"}
