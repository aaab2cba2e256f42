"""What an allocation means, in plain words: who goes short, what it costs, which rule or plant binds."""

from typing import Final

import pandas as pd

from geo.flow_compare import STATUSES
from geo.scenarios import Scenario
from layers.flow_stages import stage_words
from layers.flows import Case, Wants, inside
from layers.groups import group_words, members
from layers.licences import granted_words, refused_words
from layers.planner import default_product, world
from layers.plant_inputs import input_words
from layers.restricted import supposed_rule
from layers.throughput import passage_words
from layers.value_chains import chain

_MOST: Final = 3
_LITTLE: Final = 1e-6
_MILLION: Final = 1e6
_A_TONNE: Final = 0.5  # less is written as none


def findings(  # noqa: PLR0913 - the question, both answers, and the tables made of them
    wants: Wants,
    scenario: Scenario,
    base: Case,
    now: Case,
    status: pd.DataFrame,
    table: pd.DataFrame,
    *,
    passages: pd.DataFrame,
) -> tuple[str, ...]:
    """Put the answer into sentences, the most important first."""
    if not len(status):
        return ("Nobody publishes what these hubs need: nothing can be allocated.", *_product(now))
    told = [
        *_met(scenario, status, table),
        *_product(now),
        *_short(now),
        *_cost(scenario, table),
        *_club(wants, base, now),
    ]
    told += passage_words(passages, float(table.loc["unmet_t_yr", "change"]))
    told += _bites(scenario, base)
    told += input_words(now.short, scenario)
    told += [*_rules(now, scenario), *_bottleneck(now), *stage_words(now), *_left_out(now)]
    return tuple(told)


def _met(scenario: Scenario, status: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    total = float(status["demand_t_yr"].sum())
    unmet = float(table.loc["unmet_t_yr", "scenario"])
    first = f"{1 - unmet / total if total else 0:.0%} of {total:,.0f} t/yr is met; {unmet:,.0f} t/yr is not"
    if scenario.is_base:
        return [f"{first}, with nothing closed."]
    sums = status[list(STATUSES)].sum()
    parts = ", ".join(f"{sums[name]:,.0f} {name}" for name in STATUSES if sums[name] > _LITTLE * total)
    return [f"{first} ({table.loc['unmet_t_yr', 'base']:,.0f} in the base case). In t/yr: {parts}."]


def _product(now: Case) -> list[str]:
    """Say which product was asked for, where it is made of the refined material, and what is known of its need."""
    mineral, stage = now.supply.mineral, now.supply.final_stage
    if stage == default_product(mineral):
        return []
    product = chain(mineral, final_stage=stage).loc[stage, "product"]
    known = now.supply.demand["demand_t_yr"].notna().any()
    need = "is estimated from an upper bound of the world's output" if known else "is published nowhere and unknown"
    return [f"Asked for {product}, in tonnes contained; the need for it {need}."]


def _short(now: Case) -> list[str]:
    hubs = now.hubs[now.hubs["unmet_t_yr"] > _LITTLE * now.hubs["demand_t_yr"]]
    worst = (hubs["unmet_t_yr"] / hubs["demand_t_yr"]).sort_values(ascending=False).head(_MOST)
    if worst.empty:
        return []
    named = ", ".join(f"{hub} {share:.0%} of its need" for hub, share in worst.items())
    return [f"Short most: {named}."]


def _cost(scenario: Scenario, table: pd.DataFrame) -> list[str]:
    if scenario.is_base:
        return [f"Transport costs {table.loc['cost_usd_t', 'base']:,.0f} USD per contained tonne delivered."]
    extra = float(table.loc["cost_usd_yr", "change"]) / _MILLION
    gap = float(table.loc["delivery_gap_t", "scenario"])
    told = f"Transport of what still arrives costs {extra:+,.1f} M USD a year"
    each = float(table.loc["cost_usd_t", "change"])
    told += f" ({each:+,.0f} USD per contained tonne delivered)" if pd.notna(each) else ""
    late = f"; once, {gap:,.0f} t are late while ways are longer" if gap >= _A_TONNE else ""
    return [f"{told}{late}."]


def _club(wants: Wants, base: Case, now: Case) -> list[str]:
    if not wants.group:
        return []
    within, named = set(inside(wants)), group_words(wants.group)
    told = [] if within else [f"No hub lies wholly inside {named}."]
    told += _partly(wants, within, named)
    for words, hubs in (("Inside", within), ("Outside", set(wants.hubs) - within)):
        rows, before = (one.hubs[one.hubs.index.isin(hubs)] for one in (now, base))
        wanted = float(rows["demand_t_yr"].sum())
        if wanted:
            short = [float(each["unmet_t_yr"].sum()) / wanted for each in (before, rows)]
            held = ", ".join(sorted(rows.index))
            told.append(
                f"{words} {named} ({held}): {short[1]:.0%} of the pooled need is unmet ({short[0]:.0%} before)."
            )
    if len(within) > 1 and (now.hubs["unmet_t_yr"].reindex(sorted(within)) > _LITTLE).any():
        told.append("Which hub inside goes short is decided by freight alone; how to share is for the club to say.")
    return told


def _partly(wants: Wants, within: set[str], named: str) -> list[str]:
    """Name the hubs of which some countries belong to the club, and others do not."""
    club, held = members(wants.group or ""), world().hubs["members"]
    partly = [
        f"{hub} ({len(club.intersection(held[hub]))} of {len(held[hub])} countries)"
        for hub in wants.hubs
        if hub not in within and club.intersection(held[hub])
    ]
    return [f"Partly inside {named}, counted as outside: {', '.join(partly)}."] if partly else []


def _bites(scenario: Scenario, base: Case) -> list[str]:
    """Warn of a supposed ban whose issuer sells nothing to those it shuts out even in the base case."""
    told = []
    flows, arcs = base.allocation.flows, base.supply.arcs
    used = arcs.loc[flows.index[flows["t_yr"] > _LITTLE]]
    for one in sorted(scenario.restrictions, key=repr):
        rule = supposed_rule(one, base.supply.mineral, base.supply.final_stage)
        if rule is None or rule.type != "ban" or not rule.destinations:
            continue
        staged = used["stage"].isin(rule.stages) | (not rule.stages)
        sold = used.loc[staged & used["from_iso3"].eq(rule.issuer), "to_iso3"]
        if not sold.map(rule.destinations.issuperset).any():
            told.append(f"{rule.issuer} supplies nothing to those it shuts out in the base case: the ban cannot bite.")
    return told


def _rules(now: Case, scenario: Scenario) -> list[str]:
    effects = now.effects
    blocked = effects[effects["effect"].eq("blocked")].groupby(["rule_id", "type"])["arc_id"].nunique()
    told = [
        f"{'A refused licence under ' if kind == 'licence' else ''}{rule} closes {count:,} arcs."
        for (rule, kind), count in blocked.head(_MOST).items()
    ]
    told += [*refused_words(effects, scenario), *granted_words(effects)]
    duals = now.allocation.duals
    bound = duals[
        duals["kind"].isin(["quota", "throughput", "country_cap", "allied_share", "content"]) & duals["binding"]
    ]
    told += list(bound["sentence"].drop_duplicates().head(_MOST))  # one content rule binds many arcs alike
    open_rules = sorted(set(effects.loc[effects["effect"].eq("check"), "rule_id"]))
    if open_rules:
        told.append(f"Check: whether {', '.join(open_rules[:_MOST])} holds is not known; it is your switch.")
    return told


def _bottleneck(now: Case) -> list[str]:
    duals = now.allocation.duals
    tight = duals[duals["kind"].eq("capacity") & duals["binding"]]
    return list(tight["sentence"].head(1))


def _left_out(now: Case) -> list[str]:
    status, demand = now.allocation.status, now.supply.demand
    told = []
    if left := int(status["sites_left_out"]):
        told.append(f"{left} of {len(now.supply.sites)} facilities have no known capacity and are left out.")
    if unfed := now.supply.unfed:
        told.append(f"{len(unfed)} mines ship what no plant that we list is known to take: they supply nothing here.")
    guessed = demand.index[demand["metric"].str.contains("manufacturing", na=False)]
    if len(guessed):
        told.append(f"Demand of {', '.join(guessed)} is estimated from their share of manufacturing.")
    imported = demand.index[demand["metric"].str.contains("import", na=False)]
    if len(imported):
        told.append(f"Demand of {', '.join(imported)} is imports only: what is made at home is not in it.")
    lost = demand.index[demand["demand_t_yr"].isna()]
    if len(lost):
        told.append(f"Demand of {', '.join(lost)} is unknown and left out.")
    return told
