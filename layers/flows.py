"""
Who gets what: the allocation of a mineral with nothing wrong and in a scenario, side by side, and in plain words.

The frames come from `layers.supply`, the rules from `layers.policies` and the scenario itself. Without a day
(`Scenario.as_of`) no dated rule holds, in both cases; with one, those in force on it do, in both cases. Licences that
a scenario refuses are granted in its base case.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation import Allocation, allocate_used
from geo.allocation_input import Used, in_use
from geo.allocation_model import AlliedShare, AllocationOptions, CountryCap, Throughput
from geo.flow_compare import (
    allied_t_yr,
    arc_status,
    delivery_gap_t,
    demand_status,
    path_changes,
    path_status,
    stage_hhi,
)
from geo.flow_paths import flow_paths
from geo.plant_inputs import Bound
from geo.scenarios import Scenario
from geo.throughput import gross_past, passage_table, pro_rata
from layers.groups import members
from layers.plant_inputs import short_inputs, touches_inputs, without_inputs
from layers.restricted import held_to_rules
from layers.supply import DEFAULT_HUBS, Supply, supply
from layers.throughput import detoured

CRMA_SHARE: Final = 0.65  # Regulation (EU) 2024/1252, article 5


@dataclass(frozen=True)
class Wants:
    """What is asked besides the scenario; hashable."""

    mineral: str
    hubs: tuple[str, ...] = DEFAULT_HUBS
    final_stage: str | None = None
    group: str | None = None
    """The club: its members count as allied, and hubs whose members all belong to it as inside."""
    unknown_capacity_t_yr: float | None = None
    """Bound for facilities whose capacity nobody publishes; by default they are left out and counted."""
    allied_share: float | None = None
    """Least share of what the inside hubs receive that must come from the club."""
    crma_cap: bool = False
    """Whether no third country may supply more than 65 % of the EU at any stage."""
    inputs_at: Bound = "stated"
    """What is believed of the inputs that plants lose: what is stated, or the bounds of least and most."""


@dataclass(frozen=True, eq=False)
class Case:
    """One allocation with its frames and rules."""

    supply: Supply
    options: AllocationOptions
    effects: pd.DataFrame
    allocation: Allocation
    paths: pd.DataFrame
    short: pd.DataFrame
    """Plants that lose an input, from `layers.plant_inputs.short_inputs`."""

    @property
    def hubs(self) -> pd.DataFrame:
        """Give the balance of the hubs."""
        return self.allocation.balance[self.allocation.balance["kind"].eq("hub")]


@dataclass(frozen=True, eq=False)
class Flows:
    """
    Base case and scenario side by side.

    Attributes
    ----------
    status
        By hub: tonnes open, rerouted, degraded, stranded, unknown; they sum to ``demand_t_yr``.
    summary
        One row a measure: ``base``, ``scenario`` and ``change``.
    changes
        The ten paths whose tonnes change most.
    passages
        What becomes of the tonnes of each passage at part of its capacity, `geo.throughput.passage_table`.
    findings
        What it means, in plain words.
    """

    wants: Wants
    asked: Scenario
    base: Case
    now: Case
    status: pd.DataFrame
    summary: pd.DataFrame
    changes: pd.DataFrame
    passages: pd.DataFrame
    findings: tuple[str, ...]


def allocate_case(wants: Wants, scenario: Scenario) -> Flows:
    """
    Allocate a mineral in the base case and in a scenario.

    Raises
    ------
    UnknownIdError
        For a mineral, hub, group, product or rule that no table holds.
    """
    return _flows(wants, scenario)


@lru_cache(maxsize=64)
def _flows(wants: Wants, scenario: Scenario) -> Flows:
    base, now = case(wants, scenario.base), case(wants, scenario)
    throttled = [item for item, _ in scenario.partial]
    judged = arc_status(base.supply.arcs, now.supply.arcs, throttled)
    parts = path_status(base.paths, now.paths, judged)
    status = demand_status(parts, base.allocation.balance, now.allocation.balance)
    from layers.flow_ways import co2e_t_yr  # noqa: PLC0415 - ways and words read this module's types
    from layers.flow_words import findings  # noqa: PLC0415

    table = summary(base, now, wants.group)
    emitted = {"base": co2e_t_yr(base, scenario.base), "scenario": co2e_t_yr(now, scenario)}
    table.loc["co2e_t_yr"] = {**emitted, "change": emitted["scenario"] - emitted["base"]}
    passages = passage_table(_carried(base), _carried(now), dict(scenario.partial))

    return Flows(
        wants=wants,
        asked=scenario,
        base=base,
        now=now,
        status=status,
        summary=table,
        changes=path_changes(base.paths, now.paths),
        passages=passages,
        findings=findings(wants, scenario, base, now, status, table, passages=passages),
    )


def _carried(one: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the flows of a case and their arcs."""
    return one.allocation.flows, one.supply.arcs


def case(wants: Wants, scenario: Scenario) -> Case:
    """Solve one case; kept by what it depends on, its name aside."""
    # how long it lasts matters only where stocks of an input run down
    lasts = scenario.duration_days if touches_inputs(scenario) else None
    return _case(wants, scenario.model_copy(update={"name": "base", "alliance": None, "duration_days": lasts}))


@lru_cache(maxsize=128)
def _case(wants: Wants, scenario: Scenario) -> Case:
    found, options = asked_of(wants, scenario)
    short = short_inputs(found.sites, scenario, bound=wants.inputs_at)
    left = without_inputs(found.sites, short, unknown_capacity_t_yr=wants.unknown_capacity_t_yr)
    # the same frames are the same supply, which knows what was looked up in them before
    found = found if left is found.sites else replace(found, sites=left)
    effects = effects_of(found, scenario)
    answer = allocate_used(used_of(found, options), options=options, effects=effects)
    return Case(found, options, effects, answer, flow_paths(answer.flows, found.sites), short)


def asked_of(wants: Wants, scenario: Scenario) -> tuple[Supply, AllocationOptions]:
    """
    Give the frames of a case and what is asked of them, plants whole.

    A passage at part of its capacity bounds the gross tonnes past it to that part of what the base case sends past
    it, and the arcs have ways round it.
    """
    found = supply(wants.mineral, scenario, final_stage=wants.final_stage, hubs=wants.hubs)
    if not scenario.partial:
        return found, options_of(wants, found)
    limits = pro_rata(gross_past(*_carried(case(wants, scenario.base))), dict(scenario.partial))
    found = replace(found, arcs=detoured(found, scenario))
    return found, options_of(wants, found, throughput=limits)


def used_of(found: Supply, options: AllocationOptions) -> Used:
    """Give what an allocation is written from: kept with the supply, unless unknown capacities are bounded."""
    bound = options.unknown_capacity_t_yr
    if bound is None:
        return found.used
    return in_use(found.sites, found.arcs, found.demand, unknown_capacity_t_yr=bound)


def options_of(wants: Wants, found: Supply, *, throughput: tuple[Throughput, ...] = ()) -> AllocationOptions:
    """Put what is wanted into the terms of the allocation."""
    allied: AlliedShare | None = None
    caps: tuple[CountryCap, ...] = ()
    if wants.group and wants.allied_share is not None:
        club = members(wants.group)
        allied = AlliedShare(club, wants.allied_share, frozenset(inside(wants)))
    if wants.crma_cap and "EU" in wants.hubs:
        caps = (CountryCap(CRMA_SHARE, members("eu"), frozenset({"EU"})),)
    return AllocationOptions(
        unmet_usd_t=found.unmet_usd_t,
        unknown_capacity_t_yr=wants.unknown_capacity_t_yr,
        allied=allied,
        caps=caps,
        throughput=throughput,
    )


def inside(wants: Wants) -> tuple[str, ...]:
    """List the hubs whose members all belong to the club; none without a club."""
    from layers.planner import world  # noqa: PLC0415 - only where a club is asked for

    club = members(wants.group) if wants.group else frozenset()
    held = world().hubs["members"]
    return tuple(hub for hub in wants.hubs if club and club.issuperset(held[hub]))


def effects_of(found: Supply, scenario: Scenario) -> pd.DataFrame:
    """Say what the rules of the day and the restrictions of the scenario do to each arc."""
    return held_to_rules(found.arcs, found.mineral, found.final_stage, scenario, price_usd_t=found.price_usd_t)


def summary(base: Case, now: Case, group: str | None) -> pd.DataFrame:
    """Set the measures of both cases side by side."""
    club = members(group) if group else None
    table = pd.DataFrame({"base": measures(base, club), "scenario": measures(now, club)})
    table.loc["delivery_gap_t", ["base", "scenario"]] = (0.0, delivery_gap_t(base.supply.arcs, now.allocation.flows))
    return table.assign(change=table["scenario"] - table["base"]).rename_axis("measure")


def measures(one: Case, club: frozenset[str] | None) -> dict[str, float]:
    """Sum up one case: tonnes, cost, days, concentration, allied share; null where nothing is delivered."""
    hubs, flows, paths = one.hubs, one.allocation.flows, one.paths
    wanted, unmet = float(hubs["demand_t_yr"].sum()), float(hubs["unmet_t_yr"].sum())
    got = wanted - unmet
    found = {
        "demand_t_yr": wanted,
        "unmet_t_yr": unmet,
        "unmet_share": unmet / wanted if wanted else np.nan,
        "cost_usd_yr": float(one.allocation.status["cost_usd_yr"]),
        "cost_usd_t": float(one.allocation.status["cost_usd_yr"]) / got if got else np.nan,
        "days": float((paths["t_yr"] * paths["time_h"]).sum() / paths["t_yr"].sum() / 24) if len(paths) else np.nan,
    }
    for stage, value in stage_hhi(flows, one.supply.sites).items():
        found[f"hhi_{stage}"] = float(value)
    if club is not None and got:
        found["allied_share"] = float(allied_t_yr(paths, club).sum()) / got
    return found
