"""
Weeks of cover and what to buy: shortages of the allocation, put against stocks, goods under way and a budget.

Stocks are rarely published. A hub without a figure has unknown cover; the purchase plan counts what the caller says
(`stock_days`), and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.scenarios import Scenario
from geo.stockpile import WEEKS_PER_YEAR, drawdown, rank_measures, survival
from geo.stockpile_plan import Plan, PlanOptions, purchase_plan
from layers.flows import Wants, allocate_case, case
from layers.groups import members
from layers.planner import default_product, world
from layers.presets import preset, presets
from layers.supply import DEFAULT_HUBS, parameter, price_usd_t, required, world_output

_DAYS: Final = 365.0
_HOURS_PER_WEEK: Final = 168.0
_LITTLE: Final = 1e-6
BOUGHT_DAYS: Final = (30, 90)
AHEAD_WEEKS: Final = 52.0


@dataclass(frozen=True, eq=False)
class Cover:
    """
    How long stocks last in a scenario.

    Attributes
    ----------
    items
        Index ``mineral, hub``: ``demand_t_yr, stock_t, share_lost, lead_weeks, ramp_weeks``, and the columns of
        `geo.stockpile.survival`.
    weeks
        Index ``mineral, hub, week``: ``stock_t, gap_t, unmet_t``.
    measures
        Ways to gain days, best per dollar first.
    """

    items: pd.DataFrame
    weeks: pd.DataFrame
    measures: pd.DataFrame
    findings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Buying:
    """A purchase plan with what it was made from."""

    plan: Plan
    minerals: pd.DataFrame
    shortfalls_t: pd.DataFrame
    probability: pd.Series
    findings: tuple[str, ...]


def cover(
    minerals: Sequence[str],
    scenario: Scenario,
    *,
    hubs: Sequence[str] = DEFAULT_HUBS,
    stock_days: float | None = None,
    weeks: int = 2 * WEEKS_PER_YEAR,
) -> Cover:
    """
    Say how long stocks last for each mineral and hub that a scenario leaves short.

    Parameters
    ----------
    stock_days
        Stock of every hub in days of its demand; by default the published targets, unknown elsewhere.
    """
    parts = [_items(mineral, scenario, tuple(hubs), stock_days) for mineral in minerals]
    items = pd.concat(parts)
    arriving = receipts(items, weeks)
    lasting = survival(items, receipts=arriving)
    told = items.join(lasting)
    run = drawdown(items, weeks=weeks, receipts=arriving)
    run.index = pd.MultiIndex.from_tuples([(*item, week) for item, week in run.index], names=["mineral", "hub", "week"])
    return Cover(told, run, _measures(items), _cover_words(told))


def _items(mineral: str, scenario: Scenario, hubs: tuple[str, ...], stock_days: float | None) -> pd.DataFrame:
    """Take what is lost from the allocation: the share of demand that the scenario strands."""
    found = allocate_case(Wants(mineral, hubs=hubs), scenario)
    table = found.status
    held = pd.Series(
        {hub: stock_days if stock_days is not None else parameter("stock_days", hub) for hub in table.index}
    )
    hours = found.base.paths.groupby("hub")[["t_yr", "time_h"]].apply(
        lambda rows: float((rows["t_yr"] * rows["time_h"]).sum() / rows["t_yr"].sum())
    )
    frame = pd.DataFrame(
        {
            "demand_t_yr": table["demand_t_yr"],
            "stock_t": held.astype(float) * table["demand_t_yr"] / _DAYS,
            "share_lost": (table["stranded"] / table["demand_t_yr"]).clip(0.0, 1.0),
            "lead_weeks": required("lead_weeks"),
            "ramp_weeks": required("ramp_weeks"),
            "transit_weeks": hours.reindex(table.index) / _HOURS_PER_WEEK,
            "price_usd_t": price_usd_t(mineral),
        }
    )
    frame.index = pd.MultiIndex.from_product([[mineral], table.index], names=["mineral", "hub"])
    return frame


def receipts(items: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """Let what is under way when the scenario begins arrive: the lost tonnes of so many weeks as a voyage takes."""
    lost = (items["demand_t_yr"] * items["share_lost"] / WEEKS_PER_YEAR).to_numpy()[:, None]
    left = np.clip(items["transit_weeks"].fillna(0.0).to_numpy()[:, None] - np.arange(weeks), 0.0, 1.0)
    return pd.DataFrame(lost * left, index=items.index, columns=pd.Index(range(weeks), name="week"))


def _measures(items: pd.DataFrame) -> pd.DataFrame:
    """Rank what could be done; what a plant costs to hasten is not known."""
    rows = []
    short = items[(items["share_lost"] > _LITTLE) & items["stock_t"].notna()]
    for item, row in short.iterrows():
        for days in BOUGHT_DAYS:
            bought = row["demand_t_yr"] * days / _DAYS
            rows.append((f"buy {days} days for {item[1]}, {item[0]}", item, bought, 0.0, bought * row["price_usd_t"]))
        rows.append((f"other supply a year earlier for {item[1]}, {item[0]}", item, 0.0, AHEAD_WEEKS, np.nan))
    columns = ["measure", "item", "add_stock_t", "less_lead_weeks", "cost_usd"]
    table = pd.DataFrame(rows, columns=columns).set_index("measure").assign(less_share_lost=0.0)
    if table.empty:
        return table
    flat = items.set_axis([f"{mineral} {hub}" for mineral, hub in items.index])
    table["item"] = [f"{mineral} {hub}" for mineral, hub in table["item"]]
    return rank_measures(flat, table).join(table["cost_usd"])


def _cover_words(items: pd.DataFrame) -> tuple[str, ...]:
    """Put the cover into sentences, the shortest first."""
    short = items[items["share_lost"] > _LITTLE].sort_values("empty_week", na_position="last")
    if short.empty:
        return ("The scenario leaves nobody short of these minerals.",)
    told = []
    for (mineral, hub), row in short.head(5).iterrows():
        if pd.isna(row["empty_week"]):
            told.append(f"{hub} loses {row['share_lost']:.0%} of its {mineral}; its stock is not published.")
        elif np.isinf(row["empty_week"]):
            told.append(f"{hub} loses {row['share_lost']:.0%} of its {mineral}; the stock bridges it.")
        else:
            told.append(
                f"{hub} loses {row['share_lost']:.0%} of its {mineral} and runs short in week {row['empty_week']:.0f}; "
                f"{row['bridge_days']:,.0f} days of stock would bridge it."
            )
    return tuple(told)


def buying(
    minerals: Sequence[str],
    *,
    budget_usd: float,
    buyer: str = "USA",
    scenarios: Sequence[str] | None = None,
    stock_days: float = 0.0,
) -> Buying:
    """
    Plan what to buy against presets, each weighed by its plausibility.

    Parameters
    ----------
    buyer
        A hub, or a group whose hubs pool their need (``msp+eu``).
    scenarios
        Names of presets; by default all with a plausibility. Weights are shares of their sum: the chance of each,
        given that one of them comes.
    stock_days
        What the buyer holds already, in days of demand; stocks are rarely published, so this is the caller's word.
    """
    table = presets()
    names = list(scenarios or table.index[table["plausibility_yr"].notna()])
    weight = table["plausibility_yr"].reindex(names)
    weight = weight.fillna(weight.mean() if weight.notna().any() else 1.0)
    hubs = buyers(buyer)
    short = pd.DataFrame(
        {mineral: [_short_t(mineral, name, hubs) for name in names] for mineral in minerals}, index=names
    )
    facts = pd.DataFrame([_facts(mineral, hubs, stock_days) for mineral in minerals], index=pd.Index(minerals))
    options = PlanOptions(budget_usd=budget_usd, tail=required("tail"), tail_weight=required("tail_weight"))
    probability = weight / weight.sum()
    plan = purchase_plan(facts.rename_axis("mineral"), short, probability, options=options)
    told = (*_buying_words(plan, budget_usd, buyer, stock_days), _against(names, table))
    return Buying(plan, facts, short, probability, told)


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


def _short_t(mineral: str, name: str, hubs: tuple[str, ...]) -> float:
    """
    Give the buyer's part of what a preset strands over its duration, a year where none is stated.

    Which hub goes short is decided by freight alone in the allocation, so a shortage is shared here by demand among
    the hubs that the preset touches: those that its restrictions shut out, all but the issuers' where it shuts out
    everyone, all where it restricts nothing.
    """
    scenario = preset(name)
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
