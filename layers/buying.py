"""What to buy with a budget: against the scenarios by name, each as likely as it is, and the one that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.scenarios import Scenario
from geo.stockpile_plan import Plan, PlanOptions, purchase_plan
from layers.flows import Wants, case
from layers.groups import members
from layers.planner import default_product, world
from layers.presets import preset, presets
from layers.supply import DEFAULT_HUBS, price_usd_t, required, world_output

_DAYS: Final = 365.0
_LITTLE: Final = 1e-6
SUPPOSED: Final = "your scenario"


@dataclass(frozen=True, eq=False)
class Buying:
    """A purchase plan with what it was made from."""

    plan: Plan
    minerals: pd.DataFrame
    shortfalls_t: pd.DataFrame
    probability: pd.Series
    findings: tuple[str, ...]


def buying(
    minerals: Sequence[str],
    *,
    budget_usd: float,
    buyer: str = "USA",
    scenarios: Sequence[str] | None = None,
    stock_days: float = 0.0,
    supposed: Scenario | None = None,
) -> Buying:
    """
    Plan what to buy against presets, each weighed by its plausibility, and the scenario that the user supposes.

    Parameters
    ----------
    buyer
        A hub, or a group whose hubs pool their need (``msp+eu``).
    scenarios
        Names of presets; by default all with a plausibility. Weights are shares of their sum: the chance of each,
        given that one of them comes.
    stock_days
        What the buyer holds already, in days of demand; stocks are rarely published, so this is the caller's word.
    supposed
        Counts as one more, as likely as a preset is in the mean, since nobody says how likely it is; the base case
        and a preset that counts already add nothing.
    """
    table = presets()
    names = list(scenarios or table.index[table["plausibility_yr"].notna()])
    weight = table["plausibility_yr"].reindex(names)
    weight = weight.fillna(weight.mean() if weight.notna().any() else 1.0)
    cases = {name: preset(name) for name in names}
    if supposed is not None and not supposed.is_base and _bare(supposed) not in map(_bare, cases.values()):
        cases[SUPPOSED], weight[SUPPOSED] = supposed, weight.mean()
    hubs = buyers(buyer)
    short = pd.DataFrame(
        {mineral: [_short_t(mineral, one, hubs) for one in cases.values()] for mineral in minerals}, index=list(cases)
    )
    facts = pd.DataFrame([_facts(mineral, hubs, stock_days) for mineral in minerals], index=pd.Index(minerals))
    facts = facts.rename_axis("mineral")
    options = PlanOptions(budget_usd=budget_usd, tail=required("tail"), tail_weight=required("tail_weight"))
    probability = weight / weight.sum()
    plan = purchase_plan(facts, short, probability, options=options)
    told = [*_buying_words(plan, budget_usd, buyer, stock_days), _against(names, table)]
    if SUPPOSED in cases:
        calm = weight[names] / weight[names].sum()
        told.append(_supposed_words(plan, purchase_plan(facts, short.loc[names], calm, options=options), weight))
    return Buying(plan, facts, short, probability, tuple(told))


def _bare(scenario: Scenario) -> Scenario:
    """Strip the name: two scenarios that differ by it alone are one."""
    return scenario.model_copy(update={"name": "base"})


def _supposed_words(plan: Plan, without: Plan, weight: pd.Series) -> str:
    """Say that the user's scenario counts, how much, and what is bought because of it."""
    change = (plan.purchases["buy_t"] - without.purchases["buy_t"]).dropna()
    change = change[change.abs() >= 1.0]
    named = ", ".join(f"{tonnes:+,.0f} t {mineral}" for mineral, tonnes in change.items())
    return (
        f"Your scenario counts as one more, with the mean plausibility of the presets ({weight[SUPPOSED]:.0%} a year; "
        f"nobody says how likely it is): {named or 'it changes nothing that is bought'}."
    )


def _against(names: Sequence[str], table: pd.DataFrame) -> str:
    """Say which presets a plan is bought against, and which of all are left out since nobody says how likely."""
    left = [name for name in table.index if name not in set(names)]
    told = f"Bought against {len(names)} presets, each weighed by how plausible it is in a year"
    named = ", ".join(str(table.loc[name, "name"]) for name in left)
    return f"{told}; left out, without a plausibility or not asked for: {named}." if left else f"{told}."


def buyers(buyer: str) -> tuple[str, ...]:
    """List the hubs that a buyer stands for."""
    held = world().hubs["members"]
    if buyer in held.index:
        return (buyer,)
    club = members(buyer)
    return tuple(hub for hub in DEFAULT_HUBS if club.issuperset(held[hub]))


def _short_t(mineral: str, scenario: Scenario, hubs: tuple[str, ...]) -> float:
    """
    Give the buyer's part of what a scenario strands over its duration, a year where none is stated.

    Which hub goes short is decided by freight alone in the allocation, so a shortage is shared here by demand among
    the hubs that it touches: those that its restrictions shut out, all but the issuers' where it shuts out
    everyone, all where it restricts nothing.
    """
    wants = Wants(mineral, hubs=tuple(dict.fromkeys((*DEFAULT_HUBS, *hubs))))
    after, before = case(wants, scenario).hubs, case(wants, scenario.base).hubs
    lost = float((after["unmet_t_yr"] - before["unmet_t_yr"]).sum())
    demand = before["demand_t_yr"].loc[list(_touched(scenario, mineral, wants.hubs))]
    part = demand.reindex(list(hubs)).sum() / demand.sum() if demand.sum() else 0.0
    return max(lost, 0.0) * float(part) * (scenario.duration_days or _DAYS) / _DAYS


def _touched(scenario: Scenario, mineral: str, hubs: tuple[str, ...]) -> tuple[str, ...]:
    """List the hubs that a preset can leave short of a mineral."""
    bans = [one for one in scenario.restrictions if not one.minerals or mineral in one.minerals]
    if not bans:
        return hubs
    held = world().hubs["members"]
    issuers = {one.issuer for one in bans}
    outside = frozenset().union(*(members(place) for one in bans for place in one.destinations))
    return tuple(
        hub for hub in hubs if not issuers.issuperset(held[hub]) and (not outside or outside.issuperset(held[hub]))
    )


def _facts(mineral: str, hubs: tuple[str, ...], stock_days: float) -> dict[str, float]:
    """Gather what the plan needs of one mineral; null where nobody publishes it."""
    price = price_usd_t(mineral)
    output = world_output(mineral, default_product(mineral)).value_t_yr
    every = tuple(dict.fromkeys((*DEFAULT_HUBS, *hubs)))
    demand = case(Wants(mineral, hubs=every), Scenario()).supply.demand["demand_t_yr"].reindex(list(hubs)).sum()
    return {
        "price_usd_t": np.nan if price is None else price,
        "loss_usd_t": np.nan if price is None else price * required("loss_price_multiple"),
        "market_t": np.nan if output is None else output * required("market_share_yr"),
        "stock_t": float(demand) * stock_days / _DAYS,
        "price_impact": required("price_impact"),
        "demand_t_yr": float(demand),
    }


def _buying_words(plan: Plan, budget_usd: float, buyer: str, stock_days: float) -> tuple[str, ...]:
    """Put the plan into sentences."""
    spent = float(plan.purchases["spend_usd"].sum())
    bought = plan.purchases[plan.purchases["buy_t"] > _LITTLE].sort_values("spend_usd", ascending=False)
    named = ", ".join(
        f"{row.buy_t:,.0f} t {mineral} ({row.spend_usd / 1e6:,.0f} M USD)" for mineral, row in bought.head(6).iterrows()
    )
    before, after = plan.losses.loc["without"], plan.losses.loc["with"]
    told = [
        f"{buyer} spends {spent / 1e9:,.2f} of {budget_usd / 1e9:,.2f} bn USD: {named or 'nothing'}.",
        (
            f"Expected loss falls from {before['expected_usd'] / 1e9:,.2f} to {after['expected_usd'] / 1e9:,.2f} bn "
            f"USD, the mean of the worst cases from {before['cvar_usd'] / 1e9:,.2f} to "
            f"{after['cvar_usd'] / 1e9:,.2f} bn."
        ),
        plan.sentence,
        f"Counted as held already: {stock_days:,.0f} days of demand (stocks are rarely published; it is your number).",
    ]
    limit = plan.purchases.index[plan.purchases["at_market_limit"].fillna(value=False).astype(bool)]
    if len(limit):
        told.append(f"At the limit of what the market gives in a year: {', '.join(limit)}.")
    return tuple(told)
