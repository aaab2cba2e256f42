"""
Our shares beside published ones: who refines, what is left without the largest supplier, what a quota leaves.

All three come from the allocation of tonnes (`layers.flows`) with its own defaults: seven hubs, the output of today, no
dated rule. Nothing is fitted to a row, and a row whose publisher asks something else (demand in 2035) says so.
"""

from typing import Any, Final

import pandas as pd

from geo.flow_compare import stage_shares_of
from geo.scenarios import Restriction, Scenario
from layers.catalog import read_table
from layers.flows import Case, Wants, case
from layers.planner import world
from layers.presets import preset
from layers.supply import DEFAULT_HUBS

TOLERANCE_POINTS: Final = 10.0
"""Percentage points that a share may be off where no range is published: a tenth of the world."""
UNKNOWN: Final = "; ours is unknown: no plant of the country at this stage has a known capacity"
QUOTA: Final = "drc_quota"
COLUMNS: Final = (
    "quantity", "mineral", "stage", "country_iso3", "published", "low", "high", "ours", "passes", "source", "note",
)  # fmt: skip


def share_table() -> pd.DataFrame:
    """
    Recompute every row of `data/published_shares.csv`.

    Returns
    -------
    table
        `COLUMNS`, shares in per cent; `low, high` the published range, or `TOLERANCE_POINTS` either way.
        ``country_share``: tonnes that leave a stage in a country, of all that leave it, nothing closed.
        ``supply_without_largest``: what the hubs outside the largest supplier still get when all its exports of the
        mineral stop, of their demand. ``quota_share``: the quota of a preset, of the output that it binds.
    """
    table = read_table("published_shares").rename(columns={"value": "published"})
    rules = {"country_share": _country, "supply_without_largest": _without, "quota_share": _quota}
    table["ours"] = [rules[row.quantity](row) for row in table.itertuples()]
    silent = table["quantity"].eq("country_share") & table["ours"].isna()
    table["note"] = table["note"].fillna("").mask(silent, table["note"].fillna("") + UNKNOWN)
    table["note"] = table["note"].str.removeprefix("; ")
    table["low"] = table["low"].fillna((table["published"] - TOLERANCE_POINTS).clip(lower=0))
    table["high"] = table["high"].fillna((table["published"] + TOLERANCE_POINTS).clip(upper=100))
    table["passes"] = table["ours"].between(table["low"], table["high"])  # null compares as a miss
    return table[list(COLUMNS)]


def _country(row: Any) -> float:
    """Give the share of a country in the tonnes that leave a stage; null where none leave it."""
    solved = case(Wants(row.mineral), Scenario())
    shares = stage_shares_of(solved.allocation.flows, solved.supply.sites)
    if row.stage not in shares.index.get_level_values("stage"):
        return float("nan")
    if _all_unknown(row, solved):
        return float("nan")
    return 100.0 * float(shares.loc[row.stage].get(row.country_iso3, 0.0))  # a country that ships none has no share


def _all_unknown(row: Any, solved: Case) -> bool:
    """Tell whether a country has plants at a stage, and no one knows the capacity of any: then its share is unknown."""
    sites = solved.supply.sites
    own = sites[sites["country_iso3"].eq(row.country_iso3) & sites["stage"].eq(row.stage)]
    return len(own) > 0 and bool(own["capacity_t_yr"].isna().all())


def _without(row: Any) -> float:
    """Give what is left of the demand abroad when all exports of the largest supplier stop."""
    members = world().hubs["members"]
    hubs = tuple(hub for hub in DEFAULT_HUBS if row.country_iso3 not in members[hub])
    stopped = Restriction(issuer=row.country_iso3, minerals=frozenset({row.mineral}))
    balance = case(Wants(row.mineral, hubs=hubs), Scenario(restrictions=frozenset({stopped}))).hubs
    wanted = float(balance["demand_t_yr"].sum())
    return 100.0 * (1.0 - float(balance["unmet_t_yr"].sum()) / wanted) if wanted else float("nan")


def _quota(row: Any) -> float:
    """Give the quota of the preset as a share of what the country can put out at that stage."""
    quota = next(one.quota_t_yr for one in preset(QUOTA).restrictions if one.issuer == row.country_iso3)
    sites = case(Wants(row.mineral), Scenario()).supply.sites
    own = sites[sites["country_iso3"].eq(row.country_iso3) & sites["stage"].eq(row.stage)]
    output = float(own["capacity_t_yr"].sum(min_count=1))
    return float("nan") if quota is None else 100.0 * quota / output
