"""
What hurts a hub most: close what its supply uses, one by one, in pairs, and at worst.

What the base case does not use cannot hurt when it closes, so only that is tried: the chokepoints and ports on its
ways, the countries and facilities its tonnes leave. A closed chokepoint or port sends cargo round by the ways that
are left; a closed country stops what leaves it (transit goes on); a closed facility stands still.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.contingency import Progress, Repriced, Weakened, components, pair_losses, single_losses
from geo.distance import Floats
from geo.scenarios import Scenario
from layers.arc_nodes import REROUTED, arc_end, shut_edges, stage_nodes
from layers.flow_ways import flow_arcs
from layers.flows import Wants, allocate_case, case
from layers.licences import granted_words, refused_words
from layers.planner import finder, world
from layers.plant_inputs import passages_of, short_inputs, without_inputs
from layers.stress_words import findings
from layers.supply import Supply, parameter, ways_of
from layers.supply import supply as full_supply
from layers.worst import Weigh, plausibility, worst_few

PAIRED: Final = 12  # the worst of N-1 that N-2 pairs: 66 pairs
_DAYS: Final = 24.0


@dataclass(frozen=True, eq=False)
class Stress:
    """
    What was tried.

    Attributes
    ----------
    singles
        Index ``component_id``, worst first: ``kind, label, extra_usd_yr`` (penalty on unmet demand included),
        ``extra_freight_usd_yr, extra_unmet_t_yr``, ``unmet_t_yr_HUB``, ``late_days`` (longest extra days of a way
        that passes it and still gets through; null where cargo takes no other way), ``plausibility_yr`` and its
        ``plausibility_truth``, ``shortage_days`` (until the stock
        of the first hub that goes short is empty; null where no stock is published).
    pairs
        Index ``first, second`` with ``interaction_usd_yr``; empty for k = 1.
    worst
        The worst set of k, from `layers.worst.worst_few`; null for k = 1.
    complete
        Whether everything was tried, or the user stopped.
    """

    wants: Wants
    singles: pd.DataFrame
    pairs: pd.DataFrame
    worst: pd.Series | None
    complete: bool
    findings: tuple[str, ...]


def stress(
    wants: Wants,
    scenario: Scenario,
    *,
    k: int = 1,
    weigh: Weigh = "plausible",
    focus: str | None = None,
    progress: Progress | None = None,
) -> Stress:
    """
    Try closures on top of a scenario.

    Parameters
    ----------
    focus
        The hub that the findings speak of; all hubs compete for the supply.
    k
        1: one by one; 2: the worst in pairs and the worst two as well; 3 and 4: the worst three or four.
    weigh
        Whether the worst few must be plausible together, or any counts (`layers.worst`).
    progress
        Told after each solve; may stop the work.
    """
    model, parts, repriced, labels = _prepared(wants, scenario)
    weakened = _weakening(wants, scenario, model)
    effects: dict[str, Any] = {"repriced": repriced, "weakened": weakened}
    one = single_losses(model, parts, progress=progress, **effects)
    singles = one.table.assign(label=[labels.get(name, name) for name in one.table["name"]])
    singles = singles.join(plausibility(singles, wants.mineral))
    singles = singles.join(_late_days(wants, scenario, singles)).join(_shortage_days(wants, model, singles))
    pairs, worst, complete = pd.DataFrame(), None, one.complete
    if k > 1 and complete:
        two = pair_losses(model, parts, one.table, top=PAIRED, progress=progress, **effects)
        pairs, complete = two.table, two.complete
    if k > 1 and complete:
        worst = worst_few(model, parts, singles, k=k, weigh=weigh, **effects)
    effects_of_rules = case(wants, scenario).effects
    told = findings(singles, pairs, worst, focus)
    told += (*refused_words(effects_of_rules, scenario), *granted_words(effects_of_rules))
    return Stress(wants, singles, pairs, worst, complete, told)


@lru_cache(maxsize=8)
def _prepared(wants: Wants, scenario: Scenario) -> tuple[AllocationModel, pd.DataFrame, Repriced, dict[str, str]]:
    """Write the programme once, list what its optimum uses, and prepare the pricing of detours."""
    solved = case(wants, scenario)
    supply = solved.supply
    model = solved.allocation.model
    used = flow_arcs(allocate_case(wants, scenario))
    used = used[used["case"].eq("base" if scenario.is_base else "scenario")]
    parts = _parts(model, used, passages_of(supply.sites.loc[model.sites.index]))
    labels = world().chokepoints["name"].to_dict() | world().ports["name"].to_dict()
    labels |= (supply.sites["name"] + ", " + supply.sites["stage"]).to_dict()
    return model, parts, _repricing(model, supply, ways_of(scenario)), labels


def _parts(model: AllocationModel, used: pd.DataFrame, inputs_past: frozenset[str]) -> pd.DataFrame:
    """List the components that the optimum or the inputs of its plants use; those with detours have no arcs."""
    every = components(model.arcs, model.sites)
    country = model.sites["country_iso3"]
    names = {
        "country": set(used["from_id"].map(country)),
        "facility": set(used["from_id"]) | set(used["to_id"]),
    }
    kept = every[[row.name in names.get(row.kind, ()) for row in every.itertuples()]]
    passed = {"chokepoint": sorted({*_each(used["chokepoints"]), *inputs_past}), "port": _each(used["ports"])}
    rows = [(f"{kind}:{name}", kind, name, ()) for kind, held in passed.items() for name in held]
    routed = pd.DataFrame(rows, columns=["component_id", "kind", "name", "arc_ids"]).set_index("component_id")
    return pd.concat([routed, kept]).sort_index()


def _weakening(wants: Wants, scenario: Scenario, model: AllocationModel) -> Weakened:
    """Prepare to hold the plants down that lose an input past the chokepoints shut."""
    whole = full_supply(wants.mineral, scenario, final_stage=wants.final_stage, hubs=wants.hubs).sites
    past, rows = passages_of(whole.loc[model.sites.index]), model.program.rows
    own = rows["kind"].eq("capacity").to_numpy()

    @lru_cache(maxsize=256)
    def bounds(closed: tuple[str, ...]) -> Floats | None:
        shut = {item.split(":", 1)[1] for item in closed if item.startswith("chokepoint:")} & past
        if not shut:
            return None
        then = scenario.model_copy(update={"close": scenario.close | shut})
        short = short_inputs(whole, then, bound=wants.inputs_at)
        left = without_inputs(whole, short, unknown_capacity_t_yr=wants.unknown_capacity_t_yr)["capacity_t_yr"]
        capacity = left.reindex(rows.loc[own, "subject"]).to_numpy(dtype=float) / model.scale_t
        held: Floats = model.program.row_upper.copy()
        held[own] = np.fmin(held[own], capacity)  # an unknown capacity keeps the bound that stands in for it
        return held

    return bounds


def _each(places: pd.Series) -> list[str]:
    """List every name in a column of tuples."""
    return sorted({str(name) for names in places for name in names})


def _repricing(model: AllocationModel, supply: Supply, ways: Scenario) -> Repriced:
    """Prepare to price the arcs of the model with chokepoints and ports shut."""
    asked = finder(supply.mineral, supply.hubs[0], supply.final_stage)
    stages = stage_nodes(model, supply)

    @lru_cache(maxsize=256)
    def freight(closed: tuple[str, ...]) -> Floats | None:
        edges = shut_edges(closed)
        if not len(edges):
            return None
        cost: Floats = np.array(model.arcs["cost_usd_t"], dtype=float)
        for stage in (each.touched(closed) for each in stages):
            if not len(stage.place):
                continue
            metric = asked.router.metric(ways, asked.question.cargo(stage.name, ways))
            shut = np.union1d(edges, stage.kept_off)
            found = metric.closing(shut).matrix(stage.leave, stage.arrive)[stage.row, stage.column]
            own = found * model.arcs["gross_per_contained"].to_numpy(dtype=float)[stage.place]
            cost[stage.place] = np.where(stage.same, cost[stage.place], own)
        return cost

    return freight


def _late_days(wants: Wants, scenario: Scenario, singles: pd.DataFrame) -> pd.Series:
    """Give the longest extra days of the ways that pass a chokepoint or port and still get through without it."""
    solved = allocate_case(wants, scenario)
    supply, ways = solved.now.supply, ways_of(scenario)
    asked = finder(supply.mineral, supply.hubs[0], supply.final_stage)
    router = asked.router
    used = flow_arcs(solved)
    used = used[used["case"].eq("base" if scenario.is_base else "scenario")]
    found: dict[str, float] = {}
    for identifier, row in singles[singles["kind"].isin(REROUTED)].iterrows():
        held = used[f"{row['kind']}s"].map(lambda names, name=row["name"]: name in names)
        extra = []
        for arc in used[held].itertuples():
            cargo = asked.question.cargo(str(arc.stage), ways)
            sites = router.network.sites
            shut = shut_edges((str(identifier), *(f"chokepoint:{name}" for name in arc.avoids)))
            left = router.metric(ways, cargo).closing(shut)
            path = left.path(
                int(sites.loc[arc_end(arc.from_id, supply.hubs), "leave"]),
                int(sites.loc[arc_end(arc.to_id, supply.hubs), "arrive"]),
            )
            if path is not None:
                hours = float(router.impedance(cargo.vessel).time_h[path].sum())
                extra.append((hours - float(arc.time_h)) / _DAYS)
        if extra:
            found[str(identifier)] = max(extra)
    return pd.Series(found, name="late_days", dtype=float).reindex(singles.index)


def _shortage_days(wants: Wants, model: AllocationModel, singles: pd.DataFrame) -> pd.Series:
    """Give the days until the first hub with a published stock runs short."""
    days = pd.DataFrame(index=singles.index)
    for hub in wants.hubs:
        stock, column = parameter("stock_days", hub), f"unmet_t_yr_{hub}"
        if stock is not None and column in singles:
            share = singles[column] / float(model.demand.loc[hub, "demand_t_yr"])
            days[hub] = (stock / share).where(share > 0)
    return (
        days.min(axis=1).rename("shortage_days")
        if len(days.columns)
        else pd.Series(np.nan, index=singles.index, name="shortage_days")
    )
