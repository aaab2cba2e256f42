"""Firms with a claim on a stockpile: who holds what of it, and who gets short when a scenario comes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.errors import BadInputError
from geo.reserve import ITEM, REST, split_by_claims
from geo.stockpile import WEEKS_PER_YEAR, drawdown, survival
from layers.purchase import Buying, buyers
from layers.stockpile import Cover, receipts

_LITTLE: Final = 1e-6


@dataclass(frozen=True)
class Claim:
    """Tonnes that a firm reserves of the stock of a hub."""

    holder: str
    mineral: str
    reserved_t: float
    hub: str
    need_t_yr: float | None = None
    """What the firm uses a year, part of the hub's demand; by default a year of need is what it reserves."""
    priority: int = 1
    """1 is served first; equals share in proportion."""


@dataclass(frozen=True, eq=False)
class Reserve:
    """
    Who holds what, and how long it lasts.

    Attributes
    ----------
    holders
        Index ``mineral, hub, holder``: from `geo.reserve.split_by_claims` and `geo.stockpile.survival`, and
        ``empty_week_pooled``: the week in which all would get short together, were nothing reserved.
    weeks
        Index ``mineral, hub, holder, week``: ``stock_t, gap_t, unmet_t``.
    """

    holders: pd.DataFrame
    weeks: pd.DataFrame
    findings: tuple[str, ...]


def read_claim(text: str, *, hub: str) -> Claim:
    """
    Read `FIRM,MINERAL,TONNES[,need=T_YR][,priority=N][,hub=HUB]`.

    Raises
    ------
    BadInputError
        In one line, for anything else.

    Examples
    --------
    >>> read_claim("Acme,gallium,5,priority=2", hub="USA")
    Claim(holder='Acme', mineral='gallium', reserved_t=5.0, hub='USA', need_t_yr=None, priority=2)
    """
    words = [word.strip() for word in text.split(",")]
    try:
        holder, mineral, tonnes = words[:3]
        more = dict(word.split("=", 1) for word in words[3:])
        need = more.pop("need", None)
        claim = Claim(
            holder=holder,
            mineral=mineral,
            reserved_t=float(tonnes),
            hub=more.pop("hub", hub),
            need_t_yr=None if need is None else float(need),
            priority=int(more.pop("priority", "1")),
        )
    except ValueError:
        more, claim = {"": ""}, None
    numbers = [] if claim is None else [claim.reserved_t, 0.0 if claim.need_t_yr is None else claim.need_t_yr]
    if claim is None or more or not holder or not np.isfinite(numbers).all() or min(numbers) < 0 or claim.priority < 1:
        msg = f"{text!r} is no reserve: FIRM,MINERAL,TONNES[,need=T_YR][,priority=N][,hub=HUB]"
        raise BadInputError(msg)
    return claim


def reserve(claims: Sequence[Claim], lasting: Cover, plan: Buying, *, buyer: str) -> Reserve:
    """
    Share a stock among those who reserved tonnes of it, and say who gets short.

    The stock of a hub is what it holds (`lasting`) and, where it is the buyer's, what `plan` buys, shared among the
    buyer's hubs by demand. Where nobody publishes what is held, what is bought alone counts, and the words say so.
    """
    table = pd.DataFrame([asdict(one) for one in claims])
    table["need_t_yr"] = table["need_t_yr"].astype(float).fillna(table["reserved_t"])
    bought = _bought(lasting.items, plan, buyer)
    unknown = lasting.items["stock_t"].isna() & bought.notna()
    stock = lasting.items["stock_t"].fillna(0.0).where(lasting.items["stock_t"].notna() | unknown)
    pooled = lasting.items.assign(stock_t=stock + bought.fillna(0.0))  # a hub that buys nothing adds nothing
    split = split_by_claims(pooled, table)
    weeks = 2 * WEEKS_PER_YEAR
    together = survival(pooled, receipts=receipts(pooled, weeks))["empty_week"]
    item = split.index.droplevel("holder")
    kept = [*pooled.columns[: pooled.columns.get_loc("transit_weeks") + 1], "reserved_t", "priority"]
    holders = split[kept].join(survival(split, receipts=receipts(split, weeks)))
    holders["empty_week_pooled"] = together.reindex(item).to_numpy()
    holders["stock_is_bought_only"] = unknown.reindex(item).to_numpy()
    run = drawdown(split, weeks=weeks, receipts=receipts(split, weeks))
    names = [*ITEM, "holder", "week"]
    run.index = pd.MultiIndex.from_tuples([(*holder, week) for holder, week in run.index], names=names)
    return Reserve(holders, run, tuple(_words(holders)))


def _bought(items: pd.DataFrame, plan: Buying, buyer: str) -> pd.Series:
    """Share what the plan buys among the buyer's hubs, by demand; null for hubs and minerals it buys nothing for."""
    mine = items[items.index.get_level_values("hub").isin(buyers(buyer))]
    share = mine["demand_t_yr"] / mine.groupby("mineral")["demand_t_yr"].transform("sum")
    tonnes = plan.plan.purchases["buy_t"].reindex(mine.index.get_level_values("mineral")).to_numpy()
    return (share * tonnes).reindex(items.index)


def _words(holders: pd.DataFrame) -> list[str]:
    """Say who gets short when, against nothing being reserved."""
    told = []
    for (mineral, hub), rows in holders.groupby(ITEM, sort=False):
        where = f"{mineral}, {hub}"
        if rows["share_lost"].iloc[0] <= _LITTLE:
            told.append(f"{where}: the scenario takes nothing; the reserves stay full.")
            continue
        if rows["stock_is_bought_only"].any():
            told.append(f"{where}: what is held already is not published; only what the plan buys is shared out.")
        for (_, _, holder), row in rows.iterrows():
            told.append(f"{where}: {_holder_words(str(holder), row)}")
    return told


def _holder_words(holder: str, row: pd.Series) -> str:
    """Say what one holder has and when it is short."""
    when, pooled = _when(row["empty_week"]), _when(row["empty_week_pooled"])
    if pd.isna(row["stock_t"]):
        return f"how much {holder} holds is not known, the stock is not published."
    if holder == REST:
        return f"{REST} keeps {row['stock_t']:,.1f} t and {when} ({pooled} if nothing were reserved)."
    short = row["reserved_t"] - row["stock_t"]
    part = f" ({short:,.1f} t of its claim are not there)" if short > _LITTLE * max(row["reserved_t"], 1.0) else ""
    return (
        f"{holder} (priority {row['priority']:.0f}) holds {row['stock_t']:,.1f} t{part} and {when} "
        f"({pooled} if nothing were reserved)."
    )


def _when(week: float) -> str:
    """Say in which week the need is first not met."""
    if np.isinf(week):
        return "is never short"
    return "is short at once" if week == 0 else f"gets short in week {week:.0f}"
