"""The ways that flows take, traced: one row an arc that carries something, drawn, with what it emits and passes."""

from functools import lru_cache

import pandas as pd

from geo.flow_compare import arc_status
from geo.scenarios import Scenario
from geo.way_legs import way_line
from geo.ways import Way, trace, way_modes, way_ports
from layers.flows import Case, Flows
from layers.planner import finder, hub_site, world
from layers.supply import SEPARATOR, Supply, ways_of

LEAST_T_YR = 1e-6
_KG_PER_T = 1_000.0
_TRACED = (
    *("from_id", "to_id", "from_name", "to_name", "hub", "facility_names", "modes", "ports", "geometry"),
    *("length_km", "time_h", "time_p95_h", "co2e_kg_t"),
)


def flow_arcs(found: Flows) -> pd.DataFrame:
    """
    List the arcs that carry something, of both cases.

    Returns
    -------
    arcs
        Index ``arc_id``, with ``case``; the columns of the corridors frame (per contained tonne that leaves the
        stage), and ``mineral, from_id, to_id, from_name, to_name, stage, t_yr, gross_t_yr``. An arc inside one works
        has no geometry. Base rows alone where nothing is changed.
    """
    parts = [_arcs(found, found.base, found.asked.base, "base")]
    if not found.asked.is_base:
        parts.append(_arcs(found, found.now, found.asked, "scenario"))
    return pd.concat(parts)


def _arcs(found: Flows, one: Case, scenario: Scenario, name: str) -> pd.DataFrame:
    """Trace what one case uses."""
    supply = one.supply
    used = _used(one).sort_values("t_yr", ascending=False, kind="stable")
    throttled = [item for item, _ in scenario.partial]
    status = arc_status(found.base.supply.arcs, supply.arcs.loc[used.index], throttled)
    rows = [_row(supply, ways_of(scenario), arc) for arc in used.itertuples()]
    frame = pd.DataFrame(rows, index=used.index, columns=list(_TRACED))
    frame = frame.assign(case=name, status=status, reason=_reasons(status, throttled), mineral=supply.mineral)
    arcs = supply.arcs.loc[used.index]
    return frame.assign(
        stage=used["stage"],
        t_yr=used["t_yr"],
        gross_t_yr=used["t_yr"] * arcs["gross_per_contained"],
        cost_usd_t=used["cost_usd_t"],
        chokepoints=arcs["chokepoints"],
        avoids=arcs["avoids"],
        countries=arcs["countries"],
        capacity_t_yr=used["from_id"].map(supply.sites["capacity_t_yr"]),
        capacity_truth=used["from_id"].map(supply.sites["capacity_truth"]),
    )


def _used(one: Case) -> pd.DataFrame:
    """List the arcs that carry something, with the limited passages that each keeps off."""
    flows = one.allocation.flows
    used = flows[flows["t_yr"] > LEAST_T_YR]
    return used.assign(avoids=one.supply.arcs["avoids"].reindex(used.index))


def _reasons(status: pd.Series, throttled: list[str]) -> pd.Series:
    """Say in a few words what a status means for an arc."""
    told = {"open": "as in the base case", "rerouted": "by another way", "degraded": "much longer or dearer"}
    if throttled:
        told["degraded"] += f", or past {', '.join(sorted(throttled))} at part of its capacity"
    return status.map(told)


def _row(supply: Supply, ways: Scenario, arc: object) -> dict[str, object]:
    """Describe one arc."""
    origin, destination = str(arc.from_id), str(arc.to_id)  # type: ignore[attr-defined]
    stage, sites = str(arc.stage), supply.sites  # type: ignore[attr-defined]
    to_hub = destination in supply.hubs
    names = (str(sites.loc[origin, "name"]), destination if to_hub else str(sites.loc[destination, "name"]))
    way = _way_of(supply, ways, arc)
    facts = {"from_id": origin, "to_id": destination, "from_name": names[0], "to_name": names[1], "hub": names[1]}
    facts["facility_names"] = (names[0],)  # type: ignore[assignment]
    if way is None:
        here = {"modes": (), "ports": (), "geometry": None, "length_km": 0.0, "time_h": 0.0, "time_p95_h": 0.0}
        return {**facts, **here, "co2e_kg_t": 0.0}
    router = world().router
    return {
        **facts,
        "modes": way_modes(router, way),
        "ports": way_ports(router, way),
        "geometry": way_line(router.network, [way]),
        "length_km": way.length_km,
        "time_h": way.time_h,
        "time_p95_h": way.time_p95_h,
        "co2e_kg_t": way.co2e_kg_t * _gross(supply, stage),
    }


def co2e_t_yr(one: Case, scenario: Scenario) -> float:
    """Sum what the freight of one case emits, in t CO2e a year: of each arc its contained tonnes times kg a tonne."""
    told = 0.0
    for arc in _used(one).itertuples():
        way = _way_of(one.supply, ways_of(scenario), arc)
        if way is not None:
            told += float(arc.t_yr) * way.co2e_kg_t * _gross(one.supply, str(arc.stage))
    return told / _KG_PER_T


def _gross(supply: Supply, stage: str) -> float:
    """Give the tonnes moved for each contained tonne that leaves a stage."""
    stages = finder(supply.mineral, supply.hubs[0], supply.final_stage).question.stages
    return 1.0 / float(stages.loc[stage, "contained_fraction"])


def _way_of(supply: Supply, ways: Scenario, arc: object) -> Way | None:
    """Trace the way of an arc; none inside one works."""
    origin, destination = str(arc.from_id), str(arc.to_id)  # type: ignore[attr-defined]
    start = origin.rsplit(SEPARATOR, 1)[0]
    end = hub_site(destination) if destination in supply.hubs else destination.rsplit(SEPARATOR, 1)[0]
    if start == end:
        return None
    stage, avoids = str(arc.stage), frozenset(arc.avoids)  # type: ignore[attr-defined]
    if avoids:
        ways = ways.model_copy(update={"close": ways.close | avoids})
    return _way((supply.mineral, supply.hubs[0], supply.final_stage), ways, stage, start, end)


@lru_cache(maxsize=4_000)
def _way(question: tuple[str, str, str], ways: Scenario, stage: str, start: str, end: str) -> Way | None:
    """Trace one way, once; `question` is mineral, hub and final stage, which set the cargo."""
    cargo = finder(*question).question.cargo(stage, ways)
    return trace(world().router, ways, cargo, origin=start, destination=end)
