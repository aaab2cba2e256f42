"""
Capacities that nobody publishes, estimated from national totals.

National totals are far better known than plants. For each mineral, stage and country the rule is

    remainder = max(0, national total - known capacity of operating facilities)

spread in equal parts over the operating facilities without a known capacity. Recycling plants take no part: the
totals are primary output. Every estimate says so, with the total and its year; what nobody can carry stays
`unallocated_t_yr` and is never hidden in another plant.
"""

from typing import Any

import pandas as pd

from geo.errors import ContractError

TOTAL_YEAR = 2024
"""The last year the publishers report; their figures for 2025 are their own estimates."""

SPREAD_RULE = "national_remainder"
"""How the rule of an estimate begins; conversions of reported numbers have other names."""

PLACE = ["mineral", "chain_stage", "country_iso3"]
_NOT_COUNTRIES = ("WLD", "OTH")
_TOLERANCE = 1e-6


def national_totals(production: pd.DataFrame, *, year: int = TOTAL_YEAR) -> pd.DataFrame:
    """
    Return the latest national total up to `year`.

    Parameters
    ----------
    production
        Table ``production``: ``mineral``, ``stage``, ``country_iso3``, ``year``, ``value_t`` (contained tonnes).
    year
        Last year to use.

    Returns
    -------
    totals
        Columns ``mineral, chain_stage, country_iso3, total_t_yr, total_year``; withheld and zero totals are left
        out, for neither says what a plant can do.
    """
    is_country = ~production["country_iso3"].isin(_NOT_COUNTRIES)
    usable = production[is_country & production["value_t"].gt(0) & production["year"].le(year)]
    latest = usable.sort_values("year").groupby(["mineral", "stage", "country_iso3"], as_index=False).tail(1)
    renamed = latest.rename(columns={"stage": "chain_stage", "value_t": "total_t_yr", "year": "total_year"})
    return renamed[[*PLACE, "total_t_yr", "total_year"]].sort_values(PLACE, ignore_index=True)


def estimate_capacity(facilities: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    r"""
    Fill the unknown capacities of operating facilities from what the national total leaves.

    .. math:: \hat c_i = \max\left(0, T - \sum_{j \in K} c_j\right) / |U|, \quad i \in U

    with :math:`T` the total, :math:`K` and :math:`U` the operating facilities of the same mineral, stage and
    country with and without a capacity.

    Parameters
    ----------
    facilities
        One row per facility and mineral: ``mineral``, ``chain_stage``, ``country_iso3``, ``kind``, ``status``,
        ``capacity_t_yr`` (contained tonnes a year, null = unknown), ``capacity_truth``, ``capacity_year``,
        ``capacity_rule``.
    totals
        From `national_totals`.

    Returns
    -------
    filled
        A copy on the same index. Where the total is covered by known capacities the rest stays unknown: a plant
        that runs is not a plant of zero tonnes.
    """
    filled = facilities.copy()
    balance = _known(facilities, totals)
    carrier = _takes_part(filled) & filled["capacity_t_yr"].isna()
    share = filled[PLACE].merge(balance, on=PLACE, how="left").set_index(filled.index)
    estimated = carrier & share["remainder_t_yr"].gt(0)
    filled.loc[estimated, "capacity_t_yr"] = (share["remainder_t_yr"] / share["carriers"])[estimated]
    filled.loc[estimated, "capacity_truth"] = "estimated"
    filled.loc[estimated, "capacity_year"] = share.loc[estimated, "total_year"]
    filled.loc[estimated, "capacity_rule"] = [_rule(row) for row in share[estimated].itertuples()]
    return filled


def capacity_balance(filled: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """
    Set capacities against national totals.

    Returns
    -------
    balance
        One row per mineral, stage and country: ``facilities``, ``operating``, ``known`` and ``estimated`` (counts
        among the operating, recycling left out), ``known_t_yr``, ``estimated_t_yr``, ``sum_t_yr``,
        ``total_t_yr`` (null where nobody publishes one) and ``unallocated_t_yr``.
    """
    rows = filled[filled["chain_stage"].notna() & filled["kind"].ne("recycling")]
    runs = rows["status"].eq("operating")
    by_rule = is_spread(rows)
    marked = rows[PLACE].assign(
        facilities=1,
        operating=runs.astype(int),
        known=(runs & rows["capacity_t_yr"].notna() & ~by_rule).astype(int),
        estimated=(runs & by_rule).astype(int),
        known_t_yr=rows["capacity_t_yr"].where(runs & ~by_rule, 0.0).fillna(0.0),
        estimated_t_yr=rows["capacity_t_yr"].where(runs & by_rule, 0.0).fillna(0.0),
    )
    balance = marked.groupby(PLACE, as_index=False).sum()
    balance = balance.merge(totals[[*PLACE, "total_t_yr"]], on=PLACE, how="outer")
    counted = [name for name in marked.columns if name not in PLACE]
    balance[counted] = balance[counted].fillna(0)
    balance["sum_t_yr"] = balance["known_t_yr"] + balance["estimated_t_yr"]
    balance["unallocated_t_yr"] = (balance["total_t_yr"] - balance["sum_t_yr"]).clip(lower=0).fillna(0.0)
    return balance


def check_balance(balance: pd.DataFrame, *, unallocated_share: float) -> pd.DataFrame:
    """
    Return `balance`, or raise if a sum is not ``max(known, national total)``.

    Parameters
    ----------
    balance
        From `capacity_balance`.
    unallocated_share
        Share of a national total that may be left without a facility to carry it.

    Raises
    ------
    ContractError
        Naming the mineral, stage and country of each breach (the first five).
    """
    expected = balance[["known_t_yr", "total_t_yr"]].max(axis=1)
    gap = (expected - balance["sum_t_yr"]).abs()
    allowed = balance["total_t_yr"].fillna(0.0) * unallocated_share + _TOLERANCE * expected + _TOLERANCE
    broken = balance[gap.gt(allowed)]
    if broken.empty:
        return balance
    named = ["/".join(row) for row in broken[PLACE].head(5).astype(str).to_numpy()]
    msg = f"facility_minerals: capacities do not sum to the national total in {len(broken)} places: {', '.join(named)}"
    raise ContractError(msg)


def _takes_part(facilities: pd.DataFrame) -> pd.Series:
    """Mark the rows among which a total is shared."""
    return facilities["status"].eq("operating") & facilities["kind"].ne("recycling") & facilities["chain_stage"].notna()


def is_spread(rows: pd.DataFrame) -> pd.Series:
    """Mark capacities that came from a national total, not from a conversion of a reported number."""
    return rows["capacity_rule"].str.startswith(SPREAD_RULE).fillna(value=False).astype(bool)


def _known(facilities: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Work out, per total, what is known, what is left and among how many it is shared."""
    part = facilities[_takes_part(facilities)]
    grouped = part.assign(known_t_yr=part["capacity_t_yr"], carriers=part["capacity_t_yr"].isna()).groupby(PLACE)
    known = grouped[["known_t_yr", "carriers"]].sum().reset_index()
    # a plant of unknown status may well run; left aside, it makes the shares of the others too large
    aside = facilities[facilities["status"].eq("unknown")].groupby(PLACE).size().rename("left_aside").reset_index()
    balance = totals.merge(known, on=PLACE, how="left").merge(aside, on=PLACE, how="left")
    remainder = balance["total_t_yr"] - balance["known_t_yr"].fillna(0.0)
    return balance.assign(remainder_t_yr=remainder.clip(lower=0.0))


def _rule(row: Any) -> str:
    """Put the estimate into words, with its total and year."""
    rule = (
        f"{SPREAD_RULE}: total {row.total_t_yr:,.0f} t ({row.total_year:.0f}) less known "
        f"{row.known_t_yr:,.0f} t, shared equally by {row.carriers:.0f}"
    )
    if pd.isna(row.left_aside):
        return rule
    return f"{rule}; {row.left_aside:.0f} of unknown status left aside, so this may be too high"
