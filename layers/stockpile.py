"""
Weeks of cover: shortages of the allocation, put against stocks and goods under way.

Stocks are rarely published. A hub without a figure has unknown cover. What to buy is `layers.purchase`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.scenarios import Scenario
from geo.stockpile import WEEKS_PER_YEAR, drawdown, rank_measures, survival
from layers.flows import Wants, allocate_case
from layers.supply import DEFAULT_HUBS, parameter, price_usd_t, required

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
