"""
How few hands a stage of the chain is in: HHI, largest share, N-1, and two published indices built on them.

Every figure names its universe (mine, refined, imports by value, ...): shares of different universes are never
put together.
"""

import numpy as np
import pandas as pd

from geo.errors import BadInputError

HHI_MAX = 10_000.0
WORLD, OTHERS = "WLD", "OTH"
"""Rows of `data/production.csv` that are no country."""
ROUNDING = 0.005
"""A rest of half a percent is the rounding of published tonnes."""
WGI_BEST, WGI_SPAN = 2.5, 5.0
"""The World Bank states its estimates on a scale of about -2.5 (weak) to 2.5 (strong)."""


def hhi(amounts: pd.Series) -> float:
    r"""
    Return the Herfindahl-Hirschman index, :math:`10{,}000 \sum_c s_c^2`.

    Null if any amount is null or the total is zero: the index of what is known is not that of the market.

    Examples
    --------
    >>> hhi(pd.Series([90.0, 10.0]))
    8200.0
    """
    if (amounts < 0).any():
        msg = "an amount below zero has no share; check the table"
        raise BadInputError(msg)
    total = amounts.sum(skipna=False)
    return float(HHI_MAX * (amounts / total).pow(2).sum()) if total > 0 else np.nan


def stage_shares(production: pd.DataFrame) -> pd.Series:
    """
    Return each country's share of the world at each stage.

    Parameters
    ----------
    production
        Columns ``mineral, stage, country_iso3, value_t`` (contained tonnes, one year or capacities, one universe).
        ``WLD`` is a published world total, ``OTH`` the other countries together; both only make up the total.

    Returns
    -------
    share
        Index ``mineral, stage, country_iso3``, rows of one country added up. The world is the larger of the
        published total and the sum of the rows; without a published total, one unknown row makes it unknown.
        An unknown (withheld) amount is a null share.
    """
    keys = ["mineral", "stage", "country_iso3"]
    amounts = production.groupby(keys)["value_t"].sum(skipna=False)
    total = _world(amounts)
    lands = amounts[~amounts.index.get_level_values(2).isin([WORLD, OTHERS])]
    whole = total.reindex(lands.index.droplevel(2)).to_numpy()
    return (lands / np.where(whole > 0, whole, np.nan)).rename("share")


def _world(amounts: pd.Series) -> pd.Series:
    """Return the world total of each stage; null where it can be neither read nor added up."""
    is_world = amounts.index.get_level_values(2) == WORLD
    rows = amounts[~is_world]
    by_stage = [amounts.index.names[0], amounts.index.names[1]]
    stages = amounts.groupby(level=by_stage).size().index
    added = rows.groupby(level=by_stage).sum().reindex(stages)
    gaps = rows.isna().groupby(level=by_stage).any().reindex(stages, fill_value=True)
    published = amounts[is_world].droplevel(2).reindex(stages)
    return published.where(published >= added, added).where(published.notna() | ~gaps)


def stage_concentration(production: pd.DataFrame, *, universe: str) -> pd.DataFrame:
    r"""
    Describe how concentrated each stage is.

    Tables often list only the largest countries. With the listed shares :math:`s_c` and the rest
    :math:`r = 1 - \sum s_c` in unknown hands, :math:`\sum s_c^2 \le HHI / 10{,}000 \le \sum s_c^2 + r^2`.

    Parameters
    ----------
    production
        As in `stage_shares`.
    universe
        What the shares are of, in words for the screen: ``"mine output 2024, t contained, USGS"``.

    Returns
    -------
    stages
        Index ``mineral, stage``: ``hhi`` (0 to 10,000; null unless all but rounding is listed), ``hhi_low``,
        ``hhi_high``, ``largest_share`` and ``largest_country`` (null if the rest could hide a larger one),
        ``listed_share``, ``countries`` (with a known share), ``universe``.
    """
    share = stage_shares(production)
    known = share.dropna()
    levels = ["mineral", "stage"]
    stages = production.groupby(levels).size().index
    listed = known.groupby(level=levels).sum().reindex(stages)
    rest = (1 - listed).clip(lower=0)
    squares = known.pow(2).groupby(level=levels).sum().reindex(stages)
    ranked = known.sort_index().sort_values(ascending=False, kind="stable").reset_index()
    largest = ranked.drop_duplicates(levels).set_index(levels).reindex(stages)
    sure = largest["share"] >= rest
    return pd.DataFrame(
        {
            "hhi": (HHI_MAX * squares).where(rest <= ROUNDING),
            "hhi_low": HHI_MAX * squares,
            "hhi_high": HHI_MAX * (squares + rest.pow(2)),
            "largest_share": largest["share"].where(sure),
            "largest_country": largest["country_iso3"].where(sure),
            "listed_share": listed,
            "countries": known.groupby(level=levels).size().reindex(stages, fill_value=0),
            "universe": universe,
        },
        index=stages,
    )


def n_minus_1(amounts: pd.Series, *, demand_t: float) -> float:
    """
    Return supply without its largest supplier, over demand (IEA, Global Critical Minerals Outlook 2025).

    Null if an amount or the demand is unknown, or demand is not above zero.

    Examples
    --------
    >>> n_minus_1(pd.Series({"CHN": 90.0, "JPN": 10.0}), demand_t=50.0)
    0.2
    """
    left = amounts.sum(skipna=False) - amounts.max()
    return float(left / demand_t) if demand_t > 0 else np.nan


def governance_risk(wgi: pd.Series) -> pd.Series:
    """
    Put a World Governance Indicator on a scale of risk: ``(2.5 - WGI) / 5``, high is bad.

    Not clipped: the weakest states lie slightly above 1.
    """
    return (WGI_BEST - wgi) / WGI_SPAN


def hhi_wgi(shares: pd.Series, wgi: pd.Series, *, trade: pd.Series) -> float:
    r"""
    Return the governance-weighted concentration of the EU method.

    .. math:: HHI_{WGI,t} = \sum_c S_c^2 \, WGI_c \, t_c, \qquad WGI_c = 2 (2.5 - wgi_c) \in [0, 10]

    Parameters
    ----------
    shares
        :math:`S_c`, summing to 1, by country.
    wgi
        World Governance Indicator by country, about -2.5 to 2.5.
    trade
        :math:`t_c` by country: 0.8 in the EU, 1.0 else, above 1 under export restrictions.

    Returns
    -------
    hhi_wgi
        0 to 10; null if a country with a share lacks either number.

    References
    ----------
    European Commission (2017), *Methodology for establishing the EU list of critical raw materials*,
    doi:10.2873/769526.
    """
    scaled = 10 * governance_risk(wgi.reindex(shares.index))
    return float((shares.pow(2) * scaled * trade.reindex(shares.index)).sum(skipna=False))


def import_reliance(*, domestic_t: float, imports_t: float, exports_t: float) -> float:
    """
    Return net imports over apparent consumption: ``(I - E) / (D + I - E)``.

    Null where nothing is consumed. A net exporter is below zero; the EU method then takes 0.

    Examples
    --------
    >>> import_reliance(domestic_t=20.0, imports_t=90.0, exports_t=10.0)
    0.8
    """
    net_t = imports_t - exports_t
    return net_t / (domestic_t + net_t) if domestic_t + net_t > 0 else np.nan


def supply_risk(
    *, hhi_global: float, hhi_eu: float, import_reliance: float, recycling_rate: float, substitution: float
) -> float:
    r"""
    Return the EU's supply risk of a stage.

    .. math:: SR = \left[ HHI_{GS} \frac{IR}{2} + HHI_{EU} \left(1 - \frac{IR}{2}\right) \right]
              (1 - EoL_{RIR}) \, SI_{SR}

    Parameters
    ----------
    hhi_global, hhi_eu
        From `hhi_wgi`, over global supply and EU sourcing. If one is null the other is used alone, as the
        method says; null if both are.
    import_reliance, recycling_rate, substitution
        :math:`IR`, end-of-life recycling input rate and substitution index, 0 to 1. A net exporter's
        :math:`IR` below 0 counts as 0.

    Returns
    -------
    supply_risk
        At or above 1.0 (with economic importance at or above 2.8) a material counts as critical. The material's
        risk is the larger of its extraction and processing stage.

    References
    ----------
    European Commission (2017), doi:10.2873/769526.

    Examples
    --------
    >>> round(supply_risk(hhi_global=6.0, hhi_eu=4.0, import_reliance=1.0, recycling_rate=0.1,
    ...     substitution=0.9), 3)
    4.05
    """
    half = max(import_reliance, 0.0) / 2
    if np.isnan(hhi_global):
        mixed = hhi_eu
    elif np.isnan(hhi_eu):
        mixed = hhi_global
    else:
        mixed = hhi_global * half + hhi_eu * (1 - half)
    return mixed * (1 - recycling_rate) * substitution


def geopolrisk(*, hhi_share: float, imports_t: pd.Series, risk: pd.Series, domestic_t: float) -> float:
    r"""
    Return the GeoPolRisk score of one importer.

    .. math:: GeoPolRisk_{Ac} = HHI_A \sum_i g_i \frac{f_{Aic}}{p_{Ac} + F_{Ac}}

    Parameters
    ----------
    hhi_share
        :math:`HHI_A` of world production, 0 to 1 (`hhi` / 10,000).
    imports_t
        :math:`f_{Aic}`, by country of origin; :math:`F_{Ac}` is their sum.
    risk
        :math:`g_i` from `governance_risk`, by country.
    domestic_t
        :math:`p_{Ac}`, domestic production.

    Returns
    -------
    geopolrisk
        0 to 1; null if an origin has no known risk or nothing is supplied.

    References
    ----------
    Gemechu, E. D. et al. (2016), *J. Ind. Ecol.* 20(1), doi:10.1111/jiec.12279. Written from the formula;
    `geopolrisk-py` is GPL-3 and not used.

    Examples
    --------
    >>> geopolrisk(hhi_share=0.5, imports_t=pd.Series({"CHN": 80.0}), risk=pd.Series({"CHN": 0.6}), domestic_t=20.0)
    0.24
    """
    supplied_t = domestic_t + imports_t.sum(skipna=False)
    weighted_t = (imports_t * risk.reindex(imports_t.index)).sum(skipna=False)
    return float(hhi_share * weighted_t / supplied_t) if supplied_t > 0 else np.nan
