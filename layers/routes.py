"""One route between two places, with what a scenario does to it: what `python -m geo route` prints."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.distance import KM_PER_NM
from geo.errors import BadInputError, UnknownIdError
from geo.network import Kind, Network
from geo.router import DEFAULT_VESSEL, SMALL_VESSEL, Cargo, Objective, Router
from geo.scenarios import Scenario
from geo.sites import ACCESS_CAP_KM, with_sites
from geo.way_legs import way_legs, way_line
from geo.ways import Way, compare, way_along, way_countries, way_modes
from layers.chokepoints import chokepoints
from layers.ends import RoadsFor, RoutedAccess, access_told
from layers.facilities import facilities
from layers.geometry import rfc7946
from layers.parameters import rate
from layers.places import Place, find_place
from layers.ports import ports
from layers.transport import network, rates

MODE_KINDS = {"rail": Kind.RAIL, "road": Kind.ROAD}


def check_scenario(scenario: Scenario, *, own_ids: frozenset[str] = frozenset()) -> Scenario:
    """
    Refuse ids that no table holds, and a scenario that leaves no mode.

    Parameters
    ----------
    own_ids
        Facilities that the asker brings: known, too.

    Raises
    ------
    BadInputError
        For no mode.
    UnknownIdError
        Naming every unknown chokepoint, country and facility, and the chokepoints there are.
    """
    known = set(chokepoints().index)
    asked = scenario.close | scenario.reopen | {item for item, _ in scenario.partial}
    if not scenario.modes:
        msg = "modes: name at least one of sea, rail, road"
        raise BadInputError(msg)
    faults = [f"unknown chokepoint {item!r}" for item in sorted(asked - known)]
    countries = set(rates().countries.index)
    faults += [
        f"unknown country {item!r} (ISO 3166 alpha-3, such as RUS)" for item in sorted(scenario.avoid - countries)
    ]
    unbarred = sorted(scenario.reopen & set(chokepoints().index[chokepoints()["default_open"].astype(bool)]))
    faults += [f"{item} is open already: only what is normally closed can be opened" for item in unbarred]
    sites = own_ids | set(facilities()["facility_id"]) if scenario.outages else own_ids
    faults += [f"unknown facility {item!r}" for item in sorted(scenario.outages - sites)]
    if scenario.inputs:
        from layers.plant_inputs import input_names  # noqa: PLC0415 - a table that only such scenarios need

        lost = sorted({item for item, _ in scenario.inputs} - input_names())
        faults += [f"unknown input {item!r} (known: {', '.join(sorted(input_names()))})" for item in lost]
    if scenario.licences:
        from layers.licences import licence_rules, unknown_licences  # noqa: PLC0415 - as above

        known_rules = ", ".join(licence_rules())
        faults += [f"no licence rule {item!r} (known: {known_rules})" for item in unknown_licences(scenario)]
    if faults:
        hint = f"; chokepoints: {', '.join(sorted(known))}" if asked - known else ""
        raise UnknownIdError("; ".join(faults) + hint)
    return scenario


def route(
    origin: str,
    destination: str,
    scenario: Scenario,
    *,
    objective: Objective = "cost",
    geometry: bool = False,
    roads: RoadsFor | None = None,
) -> dict[str, Any]:
    """
    Route one tonne between two places.

    Parameters
    ----------
    origin, destination
        A facility id, a UN/LOCODE, or `lon,lat`.
    scenario
        What is closed, excluded or opened, by which modes and vessel.
    objective
        What the way should be least in.
    geometry
        Whether to add the line as GeoJSON.
    roads
        Routes the last mile of a place that is no port (see `layers.access`); else it is straight.

    Returns
    -------
    answer
        `status, reason, length_km, length_nm, time_h, time_p95_h, cost_usd_t, co2e_kg_t, chokepoints, modes,
        countries, legs, base, from, to, vessel, cargo_value_usd_t`; null where there is none. `from` and `to`
        hold `access`: `routed` or `straight`, its length and source; `asked_as` is the code asked for where the
        port has another here.

    Raises
    ------
    BadInputError, UnknownIdError
        For places that cannot be read or are one and the same.
    """
    check_scenario(scenario)
    ends = (find_place(origin), find_place(destination))
    if (ends[0].lon % 360, ends[0].lat) == (ends[1].lon % 360, ends[1].lat):
        msg = f"{origin} and {destination} are the same place: there is no route to find"
        raise BadInputError(msg)
    # a passage that someone opens is there for small ships; the default class would not fit it
    vessel = scenario.vessel or (SMALL_VESSEL if scenario.reopen else DEFAULT_VESSEL)
    cargo = Cargo(float(rate("inventory", "cargo_value_usd_t")["value"]), vessel, objective)
    router, nodes, snaps, routed = _joined(ends, scenario, roads)
    answer: dict[str, Any] = _blank(ends, snaps, cargo)
    lost = [place.place_id for place, snap in zip(ends, snaps, strict=True) if snap is None]
    if lost:
        reason = f"no node of the network lies within {ACCESS_CAP_KM:g} km of {' and '.join(lost)} by the modes allowed"
        return answer | {"status": "unknown", "reason": reason}
    calm = scenario.base.model_copy(update={"reopen": frozenset()})  # what an opened passage changes must show
    base = _way(router, calm, cargo, nodes)
    way = _way(router, scenario, cargo, nodes) if scenario.reopen or not scenario.is_base else base
    status, reason = compare(router, scenario, base, way)
    answer |= {"status": status, "reason": reason, "base": None if base is None else _sums(router, base)}
    if way is None:
        return answer
    answer |= _sums(router, way)
    for key, place, end in (("from", ends[0], 0), ("to", ends[1], -1)):
        if place.kind != "port":
            answer[key]["access"] = access_told(router.network, way, end, routed.get(place.place_id))
    answer["legs"] = [
        {key: _plain(value) for key, value in leg.items() if key != "geometry"} for leg in way_legs(router, cargo, way)
    ]
    if geometry:
        line = way_line(router.network, [way])
        answer["geometry"] = shapely.geometry.mapping(rfc7946(line)) if line is not None else None
    return answer


def _joined(
    ends: tuple[Place, Place], scenario: Scenario, roads: RoadsFor | None
) -> tuple[Router, tuple[int, int], list[float | None], dict[str, RoutedAccess]]:
    """Join both places; give the router, the nodes to leave from and arrive at, how far they are, and their roads."""
    world = network()
    wanted = {MODE_KINDS[mode] for mode in scenario.modes & MODE_KINDS.keys()}
    wanted |= {Kind.SEA, Kind.PORT} if "sea" in scenario.modes else set()
    codes = {code: position for position, code in enumerate(world.iso3)}
    named = {place.place_id for place in ends if place.kind == "port"}
    # a port that someone names works there, however small
    world = replace(world, ports=world.ports.assign(gateway=world.ports["gateway"] | world.ports.index.isin(named)))
    routed: dict[str, RoutedAccess] = {}
    for place in ends:
        if place.kind != "port":
            kinds = wanted - {Kind.SEA} if place.kind == "facility" and wanted & {Kind.RAIL, Kind.ROAD} else wanted
            site = pd.DataFrame(
                {"lon": [place.lon], "lat": [place.lat], "country": [codes.get(str(place.country), -1)]},
                index=pd.Index([place.place_id], name="site_id"),
            )
            world = with_sites(world, site, kinds=tuple(sorted(kinds)))
            if roads is not None:
                routed[place.place_id] = roads(world, place.place_id)
                world = routed[place.place_id].network
    nodes = (_node(world, ends[0], "leave"), _node(world, ends[1], "arrive"))
    names = ports()["name"].to_dict() | {place.place_id: place.name for place in ends}
    return Router(world, rates(), chokepoints(), names), nodes, [_snap_km(world, place) for place in ends], routed


def _node(world: Network, place: Place, end: str) -> int:
    """Give the node of a port, or the one of a site that goods leave from or arrive at."""
    return int(
        world.ports.loc[place.place_id, "node"] if place.kind == "port" else world.sites.loc[place.place_id, end]
    )


def _snap_km(world: Network, place: Place) -> float | None:
    """Tell how far the nearest node is that the place joins; none in reach is null."""
    if place.kind == "port":
        return 0.0
    gap = world.sites.loc[place.place_id, "access_km"]
    return None if pd.isna(gap) else round(float(gap), 3)


def _way(router: Router, scenario: Scenario, cargo: Cargo, nodes: tuple[int, int]) -> Way | None:
    edges = router.metric(scenario, cargo).path(*nodes)
    return None if edges is None else way_along(router, cargo, edges, nodes[0])


def _blank(ends: tuple[Place, Place], snaps: list[float | None], cargo: Cargo) -> dict[str, Any]:
    """Lay out the answer with nulls: what is not known is not zero."""
    ends_told = [
        {"id": place.place_id, "name": place.name, "lon": float(place.lon), "lat": float(place.lat)}
        | {"country": place.country, "kind": place.kind, "asked_as": place.asked_as}
        | {"nearest_node_km": snap, "access": None}
        for place, snap in zip(ends, snaps, strict=True)
    ]
    nothing = dict.fromkeys(("length_km", "length_nm", "time_h", "time_p95_h", "cost_usd_t", "co2e_kg_t"))
    return {
        "status": None,
        "reason": None,
        **nothing,
        "chokepoints": None,
        "modes": None,
        "countries": None,
        "legs": None,
        "base": None,
        "from": ends_told[0],
        "to": ends_told[1],
        "vessel": cargo.vessel,
        "cargo_value_usd_t": cargo.value_usd_t,
        "objective": cargo.objective,
    }


def _sums(router: Router, way: Way) -> dict[str, Any]:
    """Sum up a way in plain values."""
    return {
        "length_km": round(way.length_km, 3),
        "length_nm": round(way.length_km / KM_PER_NM, 3),
        "time_h": round(way.time_h, 3),
        "time_p95_h": round(way.time_p95_h, 3),
        "cost_usd_t": round(way.cost_usd_t, 4),
        "co2e_kg_t": round(way.co2e_kg_t, 4),
        "chokepoints": list(way.chokepoints),
        "modes": list(way_modes(router, way)),
        "countries": list(way_countries(router, way)),
    }


def _plain(value: Any) -> Any:
    """Turn a value of a leg into one that JSON holds."""
    if isinstance(value, tuple):
        return list(value)
    return round(value, 4) if isinstance(value, float | np.floating) else value
