"""Facilities, ports, chokepoints and hubs as points of the map, and what a click on each tells."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import pandas as pd
import shapely

from geo.scenarios import Scenario
from layers import style
from layers.features import DECIMALS, Collection, collection, known, number, records, rounded, words
from layers.geometry import recentre

_APPROXIMATE_PLACES = {"town", "region"}
_PLACE_WORDS = {"site": "exact site", "town": "nearest town", "region": "somewhere in the region"}
_WEAK_TRUTH = {"estimated", "unknown"}

FACILITY_FIELDS = (
    ("kind", "Kind"),
    ("stage", "Stage"),
    ("status", "Status"),
    ("country_iso3", "Country"),
    ("operator", "Operator"),
    ("capacity", "Capacity"),
    ("place", "Place"),
    ("truth_state", "Truth state"),
    ("as_of", "As of"),
    ("source", "Source"),
)
CHOKEPOINT_FIELDS = (
    ("state", "State"),
    ("kind", "Kind"),
    ("controlling_countries", "Controlled by"),
    ("alternative", "Alternative"),
    ("detour", "Detour"),
    ("source", "Source"),
)
_FACTS = {"name", "lon", "lat", "kind", "status", "coord_precision", "truth_state", "capacity_t_yr"}
_FACTS |= {"state", "default_open", "reroute_km", "inland_place", "max_draft_m"}
PLACE_FIELDS = (("place", "Place"), ("country_iso3", "Country"), ("depth", "Depth"), ("source", "Source"))


def facility_looks(row: dict[str, Any]) -> tuple[str, str, bool]:
    """Say what decides the look of a facility: kind, status, and whether place or status is estimated."""
    weak = row.get("coord_precision") in _APPROXIMATE_PLACES or row.get("truth_state") in _WEAK_TRUTH
    return str(row["kind"]), str(row["status"]), weak


def looks_of(facilities: pd.DataFrame) -> list[tuple[str, str, bool]]:
    """List the looks of facilities, each once."""
    read = facilities.reindex(columns=["kind", "status", "coord_precision", "truth_state"])
    return list(dict.fromkeys(map(facility_looks, records(read))))


def facility_features(facilities: pd.DataFrame, *, kind: str, centre_lon: float) -> Collection:
    """Make the points of one kind of facility; ``capacity_t_yr`` is shown where the frame has it."""

    def facts(row: dict[str, Any]) -> dict[str, Any]:
        kind_, status, weak = facility_looks(row)
        shown = f"{style.KIND_LABEL[kind_]}, {status}"
        place = row.get("coord_precision")
        return {
            "tip": f"{row['name']}\n{shown}" + ("\nplace or status estimated" if weak else ""),
            "capacity": number(row["capacity_t_yr"], "t a year") if "capacity_t_yr" in row else None,
            "place": _PLACE_WORDS.get(str(place)),
            "_s": style.facility(kind_, status, approximate=weak),
        }

    frame = _read(facilities, FACILITY_FIELDS)
    return _points(frame[frame["kind"] == kind], FACILITY_FIELDS, centre_lon, facts)


def chokepoint_state(row: dict[str, Any]) -> str:
    """Read the state of a chokepoint: the scenario's ``state`` where there is one, else the default."""
    state = row.get("state")
    if known(state):
        return str(state)
    return "open" if row.get("default_open", True) else "barred"


def chokepoint_states(chokepoints: pd.DataFrame, scenario: Scenario) -> pd.Series:
    """Tell the state of each in a scenario; ``barred``: only a scenario opens it. Column read: ``default_open``."""
    normally = chokepoints["default_open"].astype(bool) | chokepoints.index.isin(scenario.reopen)
    state = normally.map({True: "open", False: "barred"})
    state[state.index.isin([item for item, _ in scenario.partial])] = "partial"
    state[state.index.isin(scenario.close)] = "closed"
    return state


def chokepoint_features(chokepoints: pd.DataFrame, *, centre_lon: float) -> Collection:
    """Make the points of the chokepoints; closed and partly closed ones carry their name on the map."""

    def facts(row: dict[str, Any]) -> dict[str, Any]:
        state = chokepoint_state(row)
        return {
            "state": state,
            "tip": f"{row['name']}\n{style.CHOKEPOINT_LABEL[state]}",
            "label": f"{row['name']} ({state})" if state != "open" and row.get("default_open", True) else None,
            "detour": number(row["reroute_km"], "km") if known(row.get("reroute_km")) else None,
            "_s": style.CHOKEPOINT[state],
        }

    return _points(chokepoints, CHOKEPOINT_FIELDS, centre_lon, facts)


def place_features(places: pd.DataFrame, *, looks: style.Style, label: bool, centre_lon: float) -> Collection:
    """Make the points of ports or hubs."""

    def facts(row: dict[str, Any]) -> dict[str, Any]:
        place = row.get("inland_place")
        return {
            "tip": str(row["name"]),
            "label": str(row["name"]) if label else None,
            "place": words(place),
            "depth": number(row["max_draft_m"], "m", decimals=1) if known(row.get("max_draft_m")) else None,
            "_s": looks,
        }

    return _points(places, PLACE_FIELDS, centre_lon, facts)


def _read(frame: pd.DataFrame, fields: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Keep the columns that are read: a facility has twice as many, and each costs time by the row."""
    wanted = _FACTS | {key for key, _ in fields}
    return frame[[name for name in frame.columns if name in wanted]]


def _points(
    frame: pd.DataFrame,
    fields: Iterable[tuple[str, str]],
    centre_lon: float,
    facts: Callable[[dict[str, Any]], dict[str, Any]],
) -> Collection:
    """Make a point per row with known lon and lat: its plain columns as text, its own facts on top."""
    features = []
    for index, row in zip(frame.index, records(_read(frame, fields)), strict=True):
        if not (known(row["lon"]) and known(row["lat"])):
            continue
        plain = {key: words(row.get(key)) for key, _ in fields}
        own = {"id": str(index), "name": str(row["name"]), **plain, **facts(row)}
        geometry = _placed(float(row["lon"]), float(row["lat"]), centre_lon)
        properties = {key: value for key, value in own.items() if value is not None}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return collection(features)


@lru_cache(maxsize=8192)  # places stay where they are from one map to the next
def _placed(lon: float, lat: float, centre_lon: float) -> dict[str, Any]:
    return rounded(recentre(shapely.Point(lon, lat), centre_lon), DECIMALS)
