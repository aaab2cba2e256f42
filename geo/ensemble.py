"""
Monte Carlo over disruptions: what a year costs, what stays unmet, and who supplies whom, as distributions.

Years are drawn (`geo.ensemble_events`), what is shut becomes a change of the allocation (`geo.ensemble_plan`), each
distinct change is solved once (`geo.ensemble_run`), and here the answers are added up in the order of the years. A
state counts as if all had settled into it: rates per year times the days it lasts. Stocks, queues and the days it
takes to turn a ship are not in it, so short closures weigh too much and stocks would soften all.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from geo.distance import Floats, Ints
from geo.ensemble_events import Draws
from geo.ensemble_plan import Plan
from geo.ensemble_run import Solved
from geo.errors import BadInputError
from geo.risk import DAYS_PER_YEAR

QUANTILES: Final = (0.5, 0.9, 0.95, 0.99)
_TOTAL, _FREIGHT, _TONNE_DAYS, _UNMET = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What the years came to."""

    years: pd.DataFrame
    """
    Index ``year``: ``loss_usd`` (above the base case, penalty on unmet tonnes included), ``freight_usd``,
    ``transit_days`` (tonne-days under way per tonne delivered; null where nothing is), ``unmet_t``, ``unmet_t_HUB`` and
    ``disrupted_days`` (with anything of the catalogue shut).
    """
    summary: pd.DataFrame
    """From `distributions`."""
    base: pd.Series
    """The measures of `years` with nothing shut all year."""
    leading: pd.DataFrame
    """From `leading_chains`."""
    states: pd.DataFrame
    """
    A row a state, the costliest first: ``shut`` (tuple), ``days_yr`` (mean), ``loss_usd_yr`` and ``unmet_t_yr`` (as if
    it stayed), ``loss_share`` (of all expected loss), ``detours`` (``exact`` or ``lower bound``).
    """
    sha256: str
    """Of the bytes of `years`: the same for any workers, chunks and engine on one platform."""
    solves: int


def gather(draws: Draws, plan: Plan, solved: Solved, *, sites: Sequence[str], demand: pd.Series) -> Ensemble:
    """
    Add up the answers.

    Parameters
    ----------
    draws, plan, solved
        The years, what becomes of each state, and its answer.
    sites
        Ids by the positions that `solved` names.
    demand
        t/yr of the hubs (the index), in the order of the case.

    Raises
    ------
    BadInputError
        If not everything was solved.
    """
    if not (plan.complete and solved.complete):
        msg = "the ensemble was stopped before its end: resume it from its checkpoint"
        raise BadInputError(msg)
    years = _years(draws, plan, solved, demand)
    nothing = np.zeros(0, dtype=np.int64)
    still = _years(Draws(1, (), nothing, nothing, np.zeros(0)), plan, solved, demand)
    return Ensemble(
        years=years,
        summary=distributions(years),
        base=still.iloc[0],
        leading=leading_chains(
            draws, plan.of_state, solved.chains, sites=sites, hubs=[str(hub) for hub in demand.index]
        ),
        states=_states(draws, plan, solved),
        sha256=hashlib.sha256(np.ascontiguousarray(years.to_numpy(dtype="<f8")).tobytes()).hexdigest(),
        solves=len(plan.changes),
    )


def distributions(years: pd.DataFrame) -> pd.DataFrame:
    r"""
    Describe each column of the years.

    The standard error of the mean is :math:`s / \sqrt n`; that of a quantile q is half the distance of the order
    statistics at the ranks :math:`nq \pm \sqrt{n q (1 - q)}`.

    Returns
    -------
    summary
        Index ``measure``: ``mean, mean_se``, ``p50, p50_se``, ``p90 …``, ``p95 …``, ``p99 …``. Years in which a
        measure is null are left out of it and counted in ``years``.

    Examples
    --------
    >>> distributions(pd.DataFrame({"loss_usd": [0.0, 1.0, 2.0, 3.0]})).loc["loss_usd", ["mean", "p50"]].to_list()
    [1.5, 1.5]
    """
    rows = {str(name): _described(column.dropna().to_numpy(dtype=float)) for name, column in years.items()}
    return pd.DataFrame(rows).T.rename_axis("measure").astype({"years": int})


def fan(measure: pd.Series, *, horizon_yr: int) -> pd.DataFrame:
    """
    Add a measure up over the years ahead: quantiles of the running total, a row a year.

    Years are independent, so every `horizon_yr` of them in a row are one future; a rest that fills none is left out.

    Raises
    ------
    BadInputError
        If there are fewer years than `horizon_yr`, or the measure is null in one of them.

    Examples
    --------
    >>> fan(pd.Series([1.0, 2.0, 3.0, 4.0]), horizon_yr=2)["p50"].to_list()
    [2.0, 5.0]
    """
    futures = len(measure) // horizon_yr if horizon_yr > 0 else 0
    if not futures or measure.isna().any():
        msg = f"{len(measure)} years hold no future of {horizon_yr}, or some are unknown"
        raise BadInputError(msg)
    total = measure.to_numpy(dtype=float)[: futures * horizon_yr].reshape(futures, horizon_yr).cumsum(axis=1)
    shares = (*(round(1 - share, 6) for share in QUANTILES[:0:-1]), *QUANTILES)
    frame = pd.DataFrame({f"p{round(100 * share)}": np.quantile(total, share, axis=0) for share in shares})
    return frame.set_axis(pd.RangeIndex(1, horizon_yr + 1, name="year"))


def leading_chains(
    draws: Draws, of_state: Ints, chains: Ints, *, sites: Sequence[str], hubs: Sequence[str]
) -> pd.DataFrame:
    """
    Say how likely each chain is to lead: the one found by following the widest flow back from the hub.

    Returns
    -------
    leading
        Index ``hub, chain`` (site ids from source to last plant; empty: nothing arrives), most of the time first:
        ``time_share`` (probability on a day picked at random), ``time_share_se`` (over years),
        ``year_share`` (probability to lead for most days of a year).
    """
    parts = []
    for place, hub in enumerate(hubs):
        found, chain = np.unique(chains[:, place], axis=0, return_inverse=True)
        time = _days_by(draws, chain.reshape(-1)[of_state], len(found), base=int(chain.reshape(-1)[0]))
        most = time.argmax(axis=1)
        names = [tuple(sites[node] for node in row[::-1] if node >= 0) for row in found]
        part = pd.DataFrame(
            {
                "hub": hub,
                "chain": names,
                "time_share": time.mean(axis=0) / DAYS_PER_YEAR,
                "time_share_se": _errors(time) / DAYS_PER_YEAR,
                "year_share": np.bincount(most, minlength=len(found)) / draws.years,
            }
        )
        parts.append(part.sort_values(["time_share", "chain"], ascending=[False, True]))
    return pd.concat(parts).set_index(["hub", "chain"])


def _years(draws: Draws, plan: Plan, solved: Solved, demand: pd.Series) -> pd.DataFrame:
    """Add up days x rate, stretch after stretch in the order of the years, on top of the base case."""
    base = solved.answers[0]
    above = solved.answers - base
    rates = above[plan.of_state[draws.state]] * (draws.days / DAYS_PER_YEAR)[:, None]
    total = np.stack([np.bincount(draws.year, column, minlength=draws.years) for column in rates.T], axis=1)
    unmet = total[:, _UNMET:] + base[_UNMET:]
    delivered = float(demand.sum()) - unmet.sum(axis=1)
    tonne_days = total[:, _TONNE_DAYS] + base[_TONNE_DAYS]
    moved = delivered > 0
    frame = {
        "loss_usd": total[:, _TOTAL],
        "freight_usd": total[:, _FREIGHT] + base[_FREIGHT],
        "transit_days": np.where(moved, tonne_days / np.where(moved, delivered, 1.0), np.nan),
        "unmet_t": unmet.sum(axis=1),
        **{f"unmet_t_{hub}": column for hub, column in zip(demand.index, unmet.T, strict=True)},
        "disrupted_days": np.bincount(draws.year, draws.days, minlength=draws.years),
    }
    return pd.DataFrame(frame, index=pd.RangeIndex(draws.years, name="year"))


def _states(draws: Draws, plan: Plan, solved: Solved) -> pd.DataFrame:
    """List the states by what they add to the expected loss."""
    days = np.bincount(draws.state, weights=draws.days, minlength=len(draws.states)) / draws.years
    values = solved.answers[plan.of_state]
    loss = values[:, _TOTAL] - solved.answers[0, _TOTAL]
    expected = loss * days / DAYS_PER_YEAR
    everything = float(expected.sum())
    frame = pd.DataFrame(
        {
            "shut": list(draws.states),
            "days_yr": days,
            "loss_usd_yr": loss,
            "unmet_t_yr": values[:, _UNMET:].sum(axis=1),
            "loss_share": expected / everything if everything else np.zeros(len(expected)),
            "detours": np.where(plan.bounded, "lower bound", "exact"),
        }
    )
    return frame.iloc[np.lexsort((np.arange(len(frame)), -expected))].reset_index(drop=True)


def _days_by(draws: Draws, group: Ints, groups: int, *, base: int) -> Floats:
    """Give the days of each group (a column) in each year; what no stretch covers is the base case's."""
    cell = draws.year * groups + group[draws.state]
    flat: Floats = np.bincount(cell, draws.days, minlength=draws.years * groups).astype(float)
    days = flat.reshape(draws.years, groups)
    days[:, base] += DAYS_PER_YEAR - np.bincount(draws.year, draws.days, minlength=draws.years)
    return days


def _described(values: Floats) -> dict[str, float]:
    """Give mean and quantiles of one measure, each with its standard error."""
    count = len(values)
    told = {"years": float(count), "mean": np.nan, "mean_se": np.nan}
    if count:
        told |= {"mean": float(values.mean()), "mean_se": float(_errors(values[:, None])[0])}
    ordered = np.sort(values)
    for share in QUANTILES:
        name = f"p{round(100 * share)}"
        told[name] = float(np.quantile(ordered, share)) if count else np.nan
        spread = np.sqrt(count * share * (1 - share))
        low, high = int(np.floor(count * share - spread)), int(np.ceil(count * share + spread))
        within = low >= 0 and high < count  # too few years for the tail: the error is unknown
        told[f"{name}_se"] = float(ordered[high] - ordered[low]) / 2 if within else np.nan
    return told


def _errors(values: Floats) -> Floats:
    """Give the standard error of the mean of each column; unknown for one year."""
    count = len(values)
    return values.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(values.shape[1], np.nan)
