"""
What the countries and plants along a corridor say about it: governance, alliance, concentration, size, maturity.

Every answer keeps the index of the corridors. One unknown country, plant or stage makes the figure unknown; beside
it stand the figure over what is known and the count of what is not.
"""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from geo.concentration import ROUNDING


def country_risk(corridors: pd.DataFrame, risk: pd.Series) -> pd.DataFrame:
    """
    Return the worst and the mean governance risk over the countries of a corridor.

    Parameters
    ----------
    corridors
        Index ``corridor_id``; columns ``countries`` and ``transit_countries`` (tuples of ISO3; a null entry is a
        country not known).
    risk
        By ISO3, 0 (best) to about 1: `geo.concentration.governance_risk` of political stability, say.

    Returns
    -------
    risk
        ``country_risk_worst``, ``country_risk_mean`` (each country once), ``country_risk_worst_known``,
        ``country_risk_at`` (the worst known country), ``countries_unknown``.
    """
    values = {str(country): float(value) for country, value in risk.items()}
    rows = [_extremes(chain, values) for chain in _chains(corridors)]
    columns = ["worst_known", "mean_known", "at", "countries_unknown"]
    found = pd.DataFrame(rows, columns=columns, index=corridors.index)
    known = found["countries_unknown"] == 0
    return pd.DataFrame(
        {
            "country_risk_worst": found["worst_known"].where(known),
            "country_risk_mean": found["mean_known"].where(known),
            "country_risk_worst_known": found["worst_known"],
            "country_risk_at": found["at"],
            "countries_unknown": found["countries_unknown"],
        }
    )


def allied_share(corridors: pd.DataFrame, members: Collection[str]) -> pd.DataFrame:
    """
    Say whether a corridor stays inside a group of countries.

    Weakest link: one country outside, at a stage or in transit, and the chain is not allied.

    Parameters
    ----------
    corridors
        As in `country_risk`.
    members
        ISO3 codes of the group the user picked.

    Returns
    -------
    allied
        ``allied_chain`` (1 or 0; null if all known countries are inside but one is unknown),
        ``non_allied_share`` (countries outside over all; null if one is unknown), ``outside`` (tuple, in order of
        travel), ``countries_unknown``.
    """
    inside = set(members)
    rows = []
    for chain in _chains(corridors):
        known = [country for country in chain if not pd.isna(country)]
        unknown = len(chain) - len(known)
        outside = tuple(country for country in known if country not in inside)
        complete = bool(chain) and not unknown
        allied = 0.0 if outside else (1.0 if complete else np.nan)
        share = len(outside) / len(chain) if complete else np.nan
        rows.append((allied, share, outside, unknown))
    columns = ["allied_chain", "non_allied_share", "outside", "countries_unknown"]
    return pd.DataFrame(rows, columns=columns, index=corridors.index)


def chain_concentration(corridors: pd.DataFrame, shares: pd.Series, stages: pd.DataFrame) -> pd.DataFrame:
    """
    Return how much of the world's stage is in one country's hands, over the stages of a corridor.

    Parameters
    ----------
    corridors
        Index ``corridor_id``; columns ``mineral``, ``stages`` and ``countries`` (tuples of one length, in order).
    shares, stages
        From `geo.concentration.stage_shares` and `geo.concentration.stage_concentration` of one table, with the
        stage names used in ``corridors.stages``.

    Returns
    -------
    concentration
        ``stage_largest_share`` (share of the largest country, the most over the stages: the same for all corridors
        of one chain), ``stage_own_share`` (share of the country the corridor itself uses, the most over the
        stages), null if any stage of theirs is unknown; ``stage_largest_share_known``,
        ``stage_own_share_known`` (over the known: lower bounds), ``largest_unknown``, ``own_unknown`` (counts). A
        country not listed holds 0 only where the whole stage is listed.
    """
    largest = dict(zip(stages.index, stages["largest_share"].astype(float), strict=True))
    own = {key: float(share) for key, share in shares.items()}
    unlisted = {key: (0.0 if listed >= 1 - ROUNDING else np.nan) for key, listed in stages["listed_share"].items()}
    rows = []
    for mineral, names, lands in zip(corridors["mineral"], corridors["stages"], corridors["countries"], strict=True):
        keys = [(mineral, name) for name in names]
        top = [largest.get(key, np.nan) for key in keys]
        held = [
            np.nan if pd.isna(land) else own.get((*key, land), unlisted.get(key, np.nan))
            for key, land in zip(keys, lands, strict=True)
        ]
        rows.append((*_most(top), *_most(held)))
    columns = ["largest", "largest_unknown", "own", "own_unknown"]
    found = pd.DataFrame(rows, columns=columns, index=corridors.index)
    return pd.DataFrame(
        {
            "stage_largest_share": found["largest"].where(found["largest_unknown"] == 0),
            "stage_own_share": found["own"].where(found["own_unknown"] == 0),
            "stage_largest_share_known": found["largest"],
            "stage_own_share_known": found["own"],
            "largest_unknown": found["largest_unknown"],
            "own_unknown": found["own_unknown"],
        }
    )


def capacity_cover(corridors: pd.DataFrame, demand_t_yr: pd.Series) -> pd.DataFrame:
    """
    Return what share of the hub's need the corridor could carry: its capacity over demand.

    Parameters
    ----------
    corridors
        Columns ``mineral``, ``hub``, ``capacity_t_yr`` (contained, smallest stage) and ``capacity_truth``.
    demand_t_yr
        Index ``mineral, hub``; contained tonnes a year. Absent, null or zero is unknown.

    Returns
    -------
    cover
        ``capacity_cover`` (null if either is unknown; may exceed 1) and ``capacity_cover_truth``.
    """
    pairs = pd.MultiIndex.from_frame(corridors[["mineral", "hub"]])
    demand = pd.Series(demand_t_yr.reindex(pairs).to_numpy(dtype=float), index=corridors.index)
    cover = corridors["capacity_t_yr"].astype(float) / demand.where(demand > 0)
    truth = corridors["capacity_truth"].where(cover.notna(), "unknown")
    return pd.DataFrame({"capacity_cover": cover, "capacity_cover_truth": truth})


def maturity(facility_ids: pd.Series, status: pd.Series, values: pd.Series) -> pd.Series:
    """
    Return the maturity of the least mature facility of each corridor.

    Parameters
    ----------
    facility_ids
        Tuples of ids, by ``corridor_id``.
    status
        Status by ``facility_id``.
    values
        Maturity (0 to 1) by status, from `data/score_parameters.csv`; null for ``unknown``.

    Returns
    -------
    maturity
        By ``corridor_id``; null if any facility's status is unknown.
    """
    each = status.map(values).to_dict()
    least = [_least(each.get(facility, np.nan) for facility in ids) for ids in facility_ids]
    return pd.Series(least, index=facility_ids.index, name="maturity", dtype=float)


def _chains(corridors: pd.DataFrame) -> list[list[str]]:
    """Join stage and transit countries, each once, in order; an unknown country stays as null."""
    pairs = zip(corridors["countries"], corridors["transit_countries"], strict=True)
    return [list(dict.fromkeys((*stages, *transit))) for stages, transit in pairs]


def _extremes(chain: list[str], risk: dict[str, float]) -> tuple[float, float, str | None, int]:
    """Return worst, mean and place of the worst over the known, and the count of the unknown."""
    known = {country: risk[country] for country in chain if not np.isnan(risk.get(country, np.nan))}
    if not known:
        return np.nan, np.nan, None, max(len(chain), 1)  # an empty chain is not a safe one
    worst = max(known, key=lambda country: (known[country], country))
    return known[worst], sum(known.values()) / len(known), worst, len(chain) - len(known)


def _least(values: Iterable[float]) -> float:
    """Return the minimum; null if any is null or there is none."""
    numbers = np.fromiter(values, dtype=float)
    return float(numbers.min()) if numbers.size else np.nan


def _most(values: list[float]) -> tuple[float, int]:
    """Return the maximum of the known, and the count of the unknown."""
    known = [value for value in values if not np.isnan(value)]
    return max(known, default=np.nan), len(values) - len(known)
