"""
What to buy for a stockpile: shortages of the allocation in the scenarios by name and in the user's own, and a budget.

Stocks are rarely published; the plan counts what the caller says (`stock_days`), and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.errors import BadInputError
from geo.scenarios import Scenario
from geo.stockpile_plan import Plan, PlanOptions, purchase_plan
from layers.flows import Wants, case
from layers.groups import members
from layers.planner import default_product, world
from layers.presets import preset, presets
from layers.supply import DEFAULT_HUBS, price_usd_t, required, world_output

OWN: Final = "your_scenario"
"""Row of the user's scenario among the presets, where it is none of them."""
_DAYS: Final = 365.0
_LITTLE: Final = 1e-6
_CHANGED: Final = 0.01  # share of what is bought below which two plans count as buying the same


@dataclass(frozen=True)
class Supposed:
    """The user's scenario, and how likely it is in a year."""

    scenario: Scenario
    chance_yr: float | None = None
    """Null: as the preset that it is, else ``own_scenario_yr`` of `allocation_parameters.csv`."""

    def __post_init__(self) -> None:
        if self.chance_yr is not None and not 0 < self.chance_yr <= 1:
            msg = f"chance of your scenario in a year is {self.chance_yr:g}: give a number above 0, up to 1"
            raise BadInputError(msg)


@dataclass(frozen=True, eq=False)
class Buying:
    """
    A purchase plan with what it was made from.

    Attributes
    ----------
    plan
        With the user's scenario among those bought against.
    shortfalls_t, probability
        A row a scenario: tonnes short by mineral, and its weight.
    own
        The row of the user's scenario; null where nothing goes wrong in it.
    without
        The plan without it; null where there is none to leave out, or nothing else.
    """

    plan: Plan
    minerals: pd.DataFrame
    shortfalls_t: pd.DataFrame
    probability: pd.Series
    findings: tuple[str, ...]
    own: str | None = None
    without: Plan | None = None


def buying(
    minerals: Sequence[str],
    *,
    budget_usd: float,
    buyer: str = "USA",
    scenarios: Sequence[str] | None = None,
    supposed: Supposed | None = None,
    stock_days: float = 0.0,
) -> Buying:
    """
    Plan what to buy against presets and the user's scenario, each weighed by its plausibility.

    Parameters
    ----------
    buyer
        A hub, or a group whose hubs pool their need (``msp+eu``).
    scenarios
        Names of presets; by default all with a plausibility. Weights are shares of their sum: the chance of each,
        given that one of them comes.
    supposed
        The user's scenario, one more of the set. One that is a preset is not counted twice: it takes the preset's
        row and, where no chance is given, the preset's plausibility.
    stock_days
        What the buyer holds already, in days of demand; stocks are rarely published, so this is the caller's word.
    """
    against, weight, own = _against(scenarios, supposed)
    hubs = buyers(buyer)
    rows = {mineral: [_short_t(mineral, one, hubs) for one in against.values()] for mineral in minerals}
    short = pd.DataFrame(rows, index=list(against))
    facts = pd.DataFrame([_facts(mineral, hubs, stock_days) for mineral in minerals], index=pd.Index(minerals))
    facts = facts.rename_axis("mineral")
    options = PlanOptions(budget_usd=budget_usd, tail=required("tail"), tail_weight=required("tail_weight"))
    probability = weight / weight.sum()
    plan = purchase_plan(facts, short, probability, options=options)
    others = [name for name in against if name != own]
    without = None
    if own is not None and others:
        left = weight[others] / weight[others].sum()
        without = purchase_plan(facts, short.loc[others], left, options=options)
    told = [*_buying_words(plan, budget_usd, buyer, stock_days), _presets_words(list(against), own)]
    if own is not None and supposed is not None:
        told.append(_own_words(supposed, own, (weight[own], probability[own]), short.loc[own]))
        told.append(_without_words(plan, without))
    return Buying(plan, facts, short, probability, tuple(told), own, without)


def _against(
    names: Sequence[str] | None, supposed: Supposed | None
) -> tuple[dict[str, Scenario], pd.Series, str | None]:
    """List the scenarios bought against, how likely each is in a year, and which of them is the user's."""
    table = presets()
    kept = list(names or table.index[table["plausibility_yr"].notna()])
    weight = table["plausibility_yr"].reindex(kept)
    weight = weight.fillna(weight.mean() if weight.notna().any() else 1.0)
    against = {name: preset(name) for name in kept}
    if supposed is None or supposed.scenario.is_base:
        return against, weight, None
    alike = [name for name in table.index if _plain(preset(name)) == _plain(supposed.scenario)]
    own = next(iter(alike), OWN)
    usual = table["plausibility_yr"].get(own, np.nan)
    chance = supposed.chance_yr or (required("own_scenario_yr") if pd.isna(usual) else float(usual))
    against[own], weight[own] = supposed.scenario, chance
    return against, weight, own


def _plain(scenario: Scenario) -> Scenario:
    """Leave out what changes no tonne: the name, and who counts as allied."""
    return scenario.model_copy(update={"name": "base", "alliance": None})


def _presets_words(names: Sequence[str], own: str | None) -> str:
    """Say which presets a plan is bought against, and which are left out since nobody says how likely."""
    table = presets()["name"]
    left = [name for name in table.index if name not in set(names)]
    yours = " and your scenario" if own == OWN else ", your scenario one of them" if own else ""
    count = len(table.index.intersection(names))
    told = f"Bought against {count} presets{yours}, each weighed by how plausible it is in a year"
    named = ", ".join(str(table[name]) for name in left)
    return f"{told}; left out, without a plausibility or not asked for: {named}." if left else f"{told}."


def _own_words(supposed: Supposed, own: str, weighed: tuple[float, float], short_t: pd.Series) -> str:
    """Say what the user's scenario weighs, where its chance is from, and what it leaves short."""
    chance, share = weighed
    usual = (
        "the preset's" if pd.notna(presets()["plausibility_yr"].get(own)) else "taken where none is stated; say yours"
    )
    whence = "your number" if supposed.chance_yr else usual
    lost = short_t[short_t > _LITTLE].sort_values(ascending=False)
    named = ", ".join(f"{tonnes:,.0f} t {mineral}" for mineral, tonnes in lost.items()) or "nothing"
    return (
        f"Your scenario ({supposed.scenario.name}) counts with a chance of {chance:.0%} a year ({whence}), "
        f"{share:.0%} of all that is weighed; the buyer lacks in it: {named}."
    )


def _without_words(plan: Plan, without: Plan | None) -> str:
    """Say what the plan would be without the user's scenario."""
    if without is None:
        return "There is nothing else to buy against, so no plan without your scenario."
    now, before = (one.purchases["buy_t"].astype(float) for one in (plan, without))
    change = (now - before)[(now - before).abs() > _CHANGED * np.fmax(now, before)].abs()
    if change.empty:
        return "Without your scenario the plan buys the same."
    largest = change.sort_values(ascending=False, kind="stable").index
    parts = ", ".join(f"{before[one]:,.0f} t {one} instead of {now[one]:,.0f}" for one in largest)
    spent = float(without.purchases["spend_usd"].sum()) / 1e9
    return f"Without your scenario the plan buys {parts}, for {spent:,.2f} bn USD in all."


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
    the hubs that the scenario touches: those that its restrictions shut out, all but the issuers' where it shuts out
    everyone, all where it restricts nothing.
    """
    wants = Wants(mineral, hubs=tuple(dict.fromkeys((*DEFAULT_HUBS, *hubs))))
    after, before = case(wants, scenario).hubs, case(wants, scenario.base).hubs
    lost = float((after["unmet_t_yr"] - before["unmet_t_yr"]).sum())
    demand = before["demand_t_yr"].loc[list(_touched(scenario, mineral, wants.hubs))]
    part = demand.reindex(list(hubs)).sum() / demand.sum() if demand.sum() else 0.0
    return max(lost, 0.0) * float(part) * (scenario.duration_days or _DAYS) / _DAYS


def _touched(scenario: Scenario, mineral: str, hubs: tuple[str, ...]) -> tuple[str, ...]:
    """List the hubs that a scenario can leave short of a mineral."""
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
