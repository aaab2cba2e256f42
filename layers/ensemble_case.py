"""What an ensemble runs on: the events of the tables and of a user, and detours priced on the real network."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.distance import Floats, Ints
from geo.ensemble_events import NUMBERS, check_catalogue, chokepoint_events
from geo.ensemble_plan import CHOKEPOINT, Detours
from geo.errors import BadInputError, UnknownIdError
from geo.exposure import VALUE_STEP
from geo.risk import single_events
from geo.router import Cargo
from geo.scenarios import Scenario
from layers.arc_nodes import StageNodes, shut_edges, stage_nodes
from layers.catalog import read_table
from layers.chokepoints import hazards
from layers.planner import finder, world
from layers.supply import SEPARATOR, Supply, ways_of

EVENT_COLUMNS: Final = ("event", "targets", *NUMBERS, "source")


def hazard_events() -> pd.DataFrame:
    """
    Return the published hazards of chokepoints as a catalogue for `geo.ensemble_events.draw`.

    Only chokepoints: nobody publishes rates for export stops or plant outages in a form we may use, so those are a
    user's own input (`read_events`), none by default. No joint rate is published either: the hazards are independent.
    """
    rows = hazards()
    table = read_table("score_parameters").set_index("parameter")
    spread = float(table.loc["duration_cv", "value"])
    return chokepoint_events(single_events(rows), duration_cv=spread, source="; ".join(sorted(rows["source"].unique())))


def read_events(path: Path) -> pd.DataFrame:
    """
    Read a user's own events: a CSV with the columns `EVENT_COLUMNS`.

    ``targets`` is a list of ``chokepoint:ID``, ``country:ISO3``, ``facility:ID``, joined by ``;``; more than one is a
    joint event. An empty source is refused: a rate without one is a guess that nobody owns.

    Raises
    ------
    BadInputError
        If it is no such table.
    ContractError
        If numbers are out of range.
    UnknownIdError
        If a target is in no table.
    """
    try:
        rows = pd.read_csv(path, dtype=dict.fromkeys(("event", "targets", "source"), str), encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        msg = f"{path.name} is no CSV in UTF-8: {error}"
        raise BadInputError(msg) from None
    if lost := [name for name in EVENT_COLUMNS if name not in rows]:
        msg = f"{path.name} lacks the column {', '.join(lost)}"
        raise BadInputError(msg)
    if rows[["event", "targets", "source"]].isna().any(axis=None):
        msg = f"{path.name}: every event needs a name, targets and a source"
        raise BadInputError(msg)
    try:
        numbers = rows[list(NUMBERS)].astype(float)
    except ValueError as error:
        msg = f"{path.name}: {error}"
        raise BadInputError(msg) from None
    targets = [tuple(sorted({item.strip() for item in text.split(";") if item.strip()})) for text in rows["targets"]]
    frame = numbers.assign(targets=targets, source=rows["source"]).set_axis(pd.Index(rows["event"], name="event"))
    frame = frame[list(EVENT_COLUMNS[1:])]
    check_catalogue(frame)
    _check_targets(frame)
    return frame


def _check_targets(frame: pd.DataFrame) -> None:
    """Refuse what no table holds."""
    here = world()
    known = {f"chokepoint:{name}" for name in here.chokepoints.index}
    known |= {f"country:{code}" for code in here.router.network.iso3}
    known |= {f"facility:{name}" for name in here.facilities["facility_id"]}
    if lost := sorted({item for ids in frame["targets"] for item in ids} - known):
        msg = f"events: unknown {', '.join(lost[:5])}"
        raise UnknownIdError(msg)


def falls(model: AllocationModel) -> dict[str, Ints]:
    """
    List the arcs that stop with each country and facility.

    A country stops what leaves its sites for elsewhere; transit goes on, and so does what it makes for itself or for
    the hub it is part of. A facility stops what leaves and enters it, at all its stages.
    """
    country = model.sites["country_iso3"]
    starts, ends = model.arcs["from_id"].map(country), model.arcs["to_id"].map(country)
    members = world().hubs["members"].to_dict()
    own_hub = np.array(
        [code in members.get(to, ()) for code, to in zip(starts, model.arcs["to_id"], strict=True)], dtype=bool
    )
    abroad = starts.notna() & starts.ne(ends) & ~own_hub
    rows = [(f"country:{code}", place) for place, code in enumerate(starts) if abroad.iloc[place]]
    for end in ("from_id", "to_id"):
        sites = model.arcs[end]
        rows += [
            (f"facility:{site.rsplit(SEPARATOR, 1)[0]}", place)
            for place, site in enumerate(sites)
            if site in model.sites.index
        ]
    table = pd.DataFrame(rows, columns=["target", "place"]).drop_duplicates()
    return {str(name): np.sort(part.to_numpy(np.int64)) for name, part in table.groupby("target")["place"]}


def detours(model: AllocationModel, supply: Supply, scenario: Scenario) -> Detours:
    """
    Prepare to price every arc of the model with chokepoints shut, on top of a scenario.

    Freight is the least generalized cost of the ways left; hours come from what a slightly dearer cargo pays more, as
    in `geo.exposure.least_time_h`. Inside one works nothing changes, and nothing does for an arc that passes none of
    what is shut. Cargoes are priced side by side: each has weights of its own, and sweeps hold no interpreter lock.
    """
    asked, ways = finder(supply.mineral, supply.hubs[0], supply.final_stage), ways_of(scenario)
    router = asked.router
    stages = stage_nodes(model, supply)
    gross = model.arcs["gross_per_contained"].to_numpy(dtype=float)

    def least(stage: StageNodes, cargo: Cargo, edges: Ints) -> Floats:
        left = router.metric(ways, cargo).closing(np.union1d(edges, stage.kept_off))
        return left.matrix(stage.leave, stage.arrive)[stage.row, stage.column]

    def priced(closed: tuple[str, ...]) -> tuple[Floats, Floats]:
        items = [f"{CHOKEPOINT}{name}" for name in closed]
        edges = shut_edges(items)
        cost, hours = (model.arcs[name].to_numpy(dtype=float).copy() for name in ("cost_usd_t", "time_h"))
        touched = [stage for stage in (each.touched(items) for each in stages) if len(stage.place)]
        cargoes = [asked.question.cargo(stage.name, ways) for stage in touched]
        dearer = [replace(cargo, value_usd_t=cargo.value_usd_t * (1 + VALUE_STEP)) for cargo in cargoes]
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            freights, mores = (threads.map(least, touched, each, repeat(edges)) for each in (cargoes, dearer))
        for stage, cargo, freight, more in zip(touched, cargoes, freights, mores, strict=True):
            hour = router.impedance(cargo.vessel).carrying_usd_t(cargo.value_usd_t * VALUE_STEP, 1.0)
            reached = np.isfinite(freight)
            rise = np.where(reached, more, 0.0) - np.where(reached, freight, 0.0)
            cost[stage.place] = np.where(stage.same, cost[stage.place], freight * gross[stage.place])
            under_way = np.where(reached, np.maximum(rise, 0.0) / hour, np.inf)
            hours[stage.place] = np.where(stage.same, hours[stage.place], under_way)
        return cost, hours

    return priced
