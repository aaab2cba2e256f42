"""
How long stocks last: cover, weekly drawdown while alternatives ramp up, and what it takes to bridge the gap.

A week is 1/52 of a year and weeks count from 0, so that "empty in week 9" is the week with nine full weeks before
it. What to buy is in `geo.stockpile_plan`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ContractError

DAYS_PER_YEAR: Final = 365.0
WEEKS_PER_YEAR: Final = 52
_READ: Final = ("stock_t", "demand_t_yr", "share_lost", "lead_weeks", "ramp_weeks")


def days_of_cover(items: pd.DataFrame) -> pd.Series:
    r"""
    Return how many days of lost supply the stock replaces, before alternatives: :math:`365 S / (D l)`.

    Reads ``stock_t``, ``demand_t_yr`` and ``share_lost`` (1 for cover of the whole demand). Null where one is
    unknown; infinite where nothing is lost.

    Examples
    --------
    >>> days_of_cover(pd.DataFrame({"stock_t": [60.0], "demand_t_yr": [365.0], "share_lost": [0.5]}))
    0    120.0
    Name: cover_days, dtype: float64
    """
    lost = items["demand_t_yr"].astype(float) * items["share_lost"].astype(float)
    days = DAYS_PER_YEAR * items["stock_t"].astype(float) / lost.where(lost > 0)
    return days.mask(items["stock_t"].notna() & lost.eq(0), np.inf).rename("cover_days")


def weekly_gap(items: pd.DataFrame, *, weeks: int) -> pd.DataFrame:
    r"""
    Return what is missing each week before stocks: :math:`g_t = D/52 \, (l - a_t)`.

    Alternatives give :math:`a_t = l \min(1, \max(0, (t - L) / R))` of the demand, after the lead :math:`L` (permits,
    building, qualification) and along the ramp :math:`R`.

    Parameters
    ----------
    items
        One row a mineral and hub: ``demand_t_yr``, ``share_lost`` (0 to 1), ``lead_weeks``, ``ramp_weeks``.
    weeks
        How many weeks to look ahead.

    Returns
    -------
    gap
        On the index of `items`, a column a week, tonnes; null throughout where a number is unknown.
    """
    _check(items)
    week = np.arange(weeks, dtype=float)
    demand, lost, lead, ramp = (items[name].to_numpy(dtype=float)[:, None] for name in _READ[1:])
    # without a ramp the alternatives step in whole in the week after the lead
    risen = np.clip(week - lead, 0.0, ramp) / np.where(ramp > 0, ramp, 1.0)
    risen = np.where(ramp > 0, risen, (week > lead).astype(float))
    risen = np.where(np.isnan(lead) | np.isnan(ramp), np.nan, risen)
    gap = demand / WEEKS_PER_YEAR * lost * (1.0 - risen)
    return pd.DataFrame(gap, index=items.index, columns=pd.Index(range(weeks), name="week"))


def drawdown(items: pd.DataFrame, *, weeks: int, receipts: pd.DataFrame | None = None) -> pd.DataFrame:
    r"""
    Draw the stocks down week by week: :math:`S_{t+1} = S_t - \max(0, g_t - r_t)`, never below zero.

    Parameters
    ----------
    items
        As in `weekly_gap`, and ``stock_t``.
    weeks
        How many weeks to look ahead.
    receipts
        Tonnes that arrive anyway (goods in transit), on the index of `items`, a column a week; absent weeks bring
        none. What exceeds the gap of its week is stored.

    Returns
    -------
    drawdown
        Indexed by the item and ``week``: ``stock_t`` (at the end of the week), ``gap_t`` (before stocks), ``unmet_t``.
    """
    gap = weekly_gap(items, weeks=weeks)
    arriving = _arriving(gap, receipts)
    stock = items["stock_t"].to_numpy(dtype=float).copy()
    left, unmet = np.empty(gap.shape), np.empty(gap.shape)
    for week in range(weeks):
        after = stock - gap[week].to_numpy() + arriving[:, week]
        unmet[:, week] = np.maximum(-after, 0.0)
        stock = np.maximum(after, 0.0)
        left[:, week] = stock
    index = pd.MultiIndex.from_product([items.index, gap.columns])
    columns = {"stock_t": left, "gap_t": gap.to_numpy(), "unmet_t": unmet}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)


def survival(items: pd.DataFrame, *, receipts: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Compare the time to survive with the time to recover, and say what would bridge the gap.

    Parameters
    ----------
    items, receipts
        As in `drawdown`.

    Returns
    -------
    survival
        On the index of `items`: ``cover_days``; ``empty_week`` (first week that is not met in full; infinite:
        never); ``recover_weeks`` (lead and ramp); ``short`` (bool or null: a week is not met before recovery);
        ``bridge_t`` (stock that meets every week), ``bridge_days`` (the same in days of the whole demand).

    Examples
    --------
    Gallium with 60 days of stock, 90 % of supply lost, alternatives after 104 weeks and a ramp of 52:

    >>> gallium = pd.DataFrame({"stock_t": [60.0], "demand_t_yr": [365.0], "share_lost": [0.9],
    ...     "lead_weeks": [104.0], "ramp_weeks": [52.0]}, index=["gallium"])
    >>> survival(gallium)[["empty_week", "recover_weeks", "bridge_days"]].round(1).to_numpy().tolist()
    [[9.0, 156.0, 824.4]]
    """
    recover = (items["lead_weeks"] + items["ramp_weeks"]).astype(float)
    # one week more than the longest: the ramp is complete when its last week is over
    weeks = int(np.ceil(recover.max())) + 2 if recover.notna().any() else 1
    gap = weekly_gap(items, weeks=weeks)
    needed = np.cumsum(gap.to_numpy() - _arriving(gap, receipts), axis=1)
    bridge = pd.Series(np.maximum(needed.max(axis=1), 0.0), index=items.index)
    stock, demand = items["stock_t"].astype(float), items["demand_t_yr"].astype(float)
    known = bridge.notna() & stock.notna()
    missed = needed > stock.to_numpy()[:, None] * (1.0 + np.finfo(float).eps)
    first = pd.Series(np.where(missed.any(axis=1), missed.argmax(axis=1), np.inf), index=items.index).where(known)
    return pd.DataFrame(
        {
            "cover_days": days_of_cover(items),
            "empty_week": first,
            "recover_weeks": recover,
            "short": np.isfinite(first).astype("boolean").mask(~known),
            "bridge_t": bridge,
            "bridge_days": DAYS_PER_YEAR * bridge / demand.where(demand > 0),
        }
    )


def rank_measures(items: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """
    Rank measures by the weeks they add before the stock is empty, per dollar.

    Parameters
    ----------
    items
        As in `drawdown`.
    measures
        Index: name; ``item`` (label of `items`), ``add_stock_t``, ``less_lead_weeks``, ``less_share_lost`` (0 where a
        measure does not touch it), ``cost_usd`` (null = unknown).

    Returns
    -------
    ranked
        Index: name; ``item, empty_week, days_gained`` (infinite: the stock never runs out), ``days_per_musd``, best
        first; measures whose cost or effect is unknown last.
    """
    before = items.loc[measures["item"]].set_axis(measures.index)
    after = before.assign(
        stock_t=before["stock_t"] + measures["add_stock_t"],
        lead_weeks=(before["lead_weeks"] - measures["less_lead_weeks"]).clip(lower=0.0),
        share_lost=(before["share_lost"] - measures["less_share_lost"]).clip(lower=0.0),
    )
    was, becomes = survival(before)["empty_week"], survival(after)["empty_week"]
    # where the stock never runs out there is nothing to gain
    days = ((becomes - was) * DAYS_PER_YEAR / WEEKS_PER_YEAR).mask(np.isinf(was), 0.0)
    rate = days / (measures["cost_usd"].astype(float) / 1e6)
    ranked = pd.DataFrame({"item": measures["item"], "empty_week": becomes, "days_gained": days, "days_per_musd": rate})
    return ranked.sort_values(["days_per_musd", "days_gained"], ascending=False, na_position="last", kind="stable")


def _arriving(gap: pd.DataFrame, receipts: pd.DataFrame | None) -> npt.NDArray[np.float64]:
    """Put receipts on the weeks looked at; a week without a column brings nothing, a null cell is unknown."""
    if receipts is None:
        return np.zeros(gap.shape)
    wide = pd.DataFrame(0.0, index=gap.index, columns=gap.columns)
    weeks = gap.columns.intersection(receipts.columns)
    wide[weeks] = receipts[weeks].reindex(gap.index)
    return wide.to_numpy(dtype=float)


def _check(items: pd.DataFrame) -> None:
    """Gather every number out of range, then raise once."""
    faults = [f"{name} below 0" for name in _READ if name in items and (items[name] < 0).any()]
    faults += ["share_lost above 1"] if (items["share_lost"] > 1).any() else []
    if faults:
        msg = f"stocks: {'; '.join(faults)}"
        raise ContractError(msg)
