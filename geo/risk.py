"""
How often a chokepoint is shut, and what that means for a corridor that crosses it.

Every hazard at a chokepoint is an alternating renewal process: open for a mean of ``1 / annual_rate`` years,
then disrupted for a mean of ``duration_days``. While it lasts, a shipment is blocked with probability
``severity`` (the published share of capacity lost). Hazards are independent unless `common_shocks` joins them.
A chokepoint without a complete hazard row is unknown, never safe.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from geo.errors import ContractError

DAYS_PER_YEAR = 365.25
HOURS_PER_DAY = 24.0

_NUMBERS = ["annual_rate", "duration_days", "severity"]


def renewal(events: pd.DataFrame, *, horizon_yr: float, duration_cv: float) -> pd.DataFrame:
    r"""
    Turn rate, duration and severity of disruptions into long-run shares and waits.

    With onset rate :math:`\lambda` per open year, mean duration :math:`D` in years, severity :math:`s` and
    coefficient of variation :math:`c` of the duration:

    .. math:: U = \frac{\lambda D}{1 + \lambda D}, \quad b = U s, \quad P = 1 - e^{-\lambda T}, \quad
              E[R] = \frac{E[D^2]}{2 E[D]} = \frac{D}{2} (1 + c^2)

    Parameters
    ----------
    events
        Columns ``annual_rate`` (1/yr), ``duration_days``, ``severity`` (share, 0 to 1). Null means unknown.
    horizon_yr
        :math:`T`, years over which at least one onset is counted, from an open start.
    duration_cv
        :math:`c`; 1 for exponential durations, more for long tails.

    Returns
    -------
    renewal
        On the index of `events`: ``unavailability`` (:math:`U`), ``blocked_share`` (:math:`b`),
        ``closure_days_yr`` (full-closure equivalent), ``p_onset`` (:math:`P`), ``residual_wait_days``
        (:math:`E[R]`: what a ship that finds the passage shut still has to wait; the inspection paradox).

    Notes
    -----
    The authors' own full-closure days multiply event by event. From their means this gives 0.8 to 1.5 times as many:
    less where events are so frequent that they overlap (piracy in Malacca), more where short events are the severe
    ones (cyclones at Luzon).

    References
    ----------
    Ross, S. M. (1996), *Stochastic Processes*, 2nd ed., ch. 3. Rates: Verschuur, Lumma & Hall (2025), Nat.
    Commun. 16:10421.

    Examples
    --------
    >>> war = pd.DataFrame({"annual_rate": [0.25], "duration_days": [180.0], "severity": [1.0]})
    >>> renewal(war, horizon_yr=3, duration_cv=1).round(2).to_dict("records")[0]
    {'unavailability': 0.11, 'blocked_share': 0.11, 'closure_days_yr': 40.06, 'p_onset': 0.53,
     'residual_wait_days': 180.0}
    """
    load = events["annual_rate"] * events["duration_days"] / DAYS_PER_YEAR
    unavailability = load / (1 + load)
    blocked = unavailability * events["severity"]
    return pd.DataFrame(
        {
            "unavailability": unavailability,
            "blocked_share": blocked,
            "closure_days_yr": DAYS_PER_YEAR * blocked,
            "p_onset": -np.expm1(-events["annual_rate"] * horizon_yr),
            "residual_wait_days": events["duration_days"] / 2 * (1 + duration_cv**2),
        },
        index=events.index,
    )


def chokepoint_risk(hazards: pd.DataFrame, *, horizon_yr: float, duration_cv: float) -> pd.DataFrame:
    r"""
    Combine the hazards of each chokepoint.

    Independent hazards leave :math:`\prod_h (1 - b_h)` of the shipments unblocked; onsets add up, so
    :math:`P = 1 - e^{-T \sum_h \lambda_h}`; the residual wait is the mean weighted by :math:`b_h`.

    Parameters
    ----------
    hazards
        Columns ``chokepoint_id, hazard, annual_rate, duration_days, severity`` as in `data/chokepoint_hazards.csv`.
    horizon_yr, duration_cv
        As in `renewal`.

    Returns
    -------
    chokepoints
        Index ``chokepoint_id``: ``closed_share``, ``closure_days_yr``, ``p_onset``, ``residual_wait_days``,
        ``hazards``, ``hazards_unknown``. A chokepoint with an incomplete hazard row has null shares.
    """
    each = renewal(hazards, horizon_yr=horizon_yr, duration_cv=duration_cv)
    blocked = each["blocked_share"]
    rows = pd.DataFrame(
        {
            "chokepoint_id": hazards["chokepoint_id"],
            "open": 1 - blocked,
            "rate": hazards["annual_rate"],
            "blocked": blocked,
            "wait": blocked * each["residual_wait_days"],
            "unknown": hazards[_NUMBERS].isna().any(axis=1),
        }
    )
    by_id = rows.groupby("chokepoint_id")
    total = by_id.agg({"open": "prod", "rate": "sum", "blocked": "sum", "wait": "sum", "unknown": "sum"})
    unknown = total["unknown"] > 0
    closed = (1 - total["open"]).mask(unknown)
    return pd.DataFrame(
        {
            "closed_share": closed,
            "closure_days_yr": DAYS_PER_YEAR * closed,
            "p_onset": (-np.expm1(-total["rate"] * horizon_yr)).mask(unknown),
            "residual_wait_days": (total["wait"] / total["blocked"].where(total["blocked"] > 0)).mask(unknown),
            "hazards": by_id.size(),
            "hazards_unknown": total["unknown"].astype(int),
        }
    )


def single_events(hazards: pd.DataFrame) -> pd.DataFrame:
    """
    Name every hazard as an event of its own, which shuts one chokepoint.

    Returns
    -------
    events
        Columns ``event, chokepoint_id, annual_rate, duration_days, severity``: the input of `corridor_risk`.
    """
    event = hazards["chokepoint_id"].astype(str) + ":" + hazards["hazard"].astype(str)
    return hazards[["chokepoint_id", *_NUMBERS]].assign(event=event)[["event", "chokepoint_id", *_NUMBERS]]


def common_shocks(hazards: pd.DataFrame, joint: pd.DataFrame) -> pd.DataFrame:
    r"""
    Split hazards into own events and events that shut several chokepoints at once.

    Marshall and Olkin's common shocks: a joint event of rate :math:`\lambda_J` is part of the hazards it names,
    so each keeps an own rate :math:`\lambda - \lambda_J`. The onset rate of each chokepoint stays;
    corridors that cross both (Suez and Bab el-Mandeb) count the event once.

    Parameters
    ----------
    hazards
        As in `chokepoint_risk`.
    joint
        Columns ``event, chokepoint_id, hazard, annual_rate, duration_days, severity``: one row for each hazard
        that a joint event is part of, with the event's own numbers repeated.

    Returns
    -------
    events
        As in `single_events`, with the joint rows added.

    Raises
    ------
    ContractError
        If a joint row names no hazard, exceeds the hazard's rate, or its event has more than one set of numbers.

    References
    ----------
    Marshall, A. W. & Olkin, I. (1967), *J. Am. Stat. Assoc.* 62(317).
    """
    _check_joint(hazards, joint)
    keys = ["chokepoint_id", "hazard"]
    shared = joint.groupby(keys)["annual_rate"].sum()
    rate = hazards["annual_rate"] - shared.reindex(pd.MultiIndex.from_frame(hazards[keys]), fill_value=0).to_numpy()
    own = single_events(hazards.assign(annual_rate=rate))
    return pd.concat([own, joint[own.columns]], ignore_index=True)


def _check_joint(hazards: pd.DataFrame, joint: pd.DataFrame) -> None:
    """Gather what is wrong with joint events, and raise once."""
    keys = ["chokepoint_id", "hazard"]
    rates = hazards.set_index(keys)["annual_rate"]
    shared = joint.groupby(keys)["annual_rate"].sum()
    found = rates.reindex(shared.index)
    several = joint.groupby("event")[_NUMBERS].nunique(dropna=False).gt(1).any(axis=1)
    breaches = [
        *(f"joint event for {'/'.join(key)}: no such hazard" for key in shared.index.difference(rates.index)),
        *(f"joint rate for {'/'.join(key)} exceeds the hazard's own" for key in shared.index[shared > found]),
        *(f"joint event {event}: rows disagree on rate, duration or severity" for event in several.index[several]),
    ]
    if breaches:
        raise ContractError("\n".join(breaches))


def blocked_shares(events: pd.DataFrame) -> pd.Series:
    """Return the probability that each event blocks a shipment (index ``event``); null where unknown."""
    first = events.drop_duplicates("event").set_index("event")
    load = first["annual_rate"] * first["duration_days"] / DAYS_PER_YEAR
    return (load / (1 + load) * first["severity"]).rename("blocked_share")


def corridor_risk(corridors: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    r"""
    Sum up, for each corridor, how much of the year any of its chokepoints is shut.

    The corridor is open when none of the events that touch its chokepoints :math:`K` blocks it:
    :math:`A = \prod_{e \cap K \ne \emptyset} (1 - b_e)`, and the expected closure is :math:`365.25 (1 - A)` days
    a year. Overlapping closures are not added twice.

    Parameters
    ----------
    corridors
        Index ``corridor_id``; column ``chokepoints`` (tuple of ids).
    events
        From `single_events` or `common_shocks`.

    Returns
    -------
    risk
        On the index of `corridors`: ``availability``, ``closure_days_yr`` (null if any chokepoint is unknown),
        ``closure_days_known_yr`` (over those known: a lower bound), ``chokepoints_unknown`` (count).
    """
    shares = {str(event): float(share) for event, share in blocked_shares(events).items()}
    touching = {str(chokepoint): list(rows) for chokepoint, rows in events.groupby("chokepoint_id")["event"]}
    rows = [_open_share(crossed, touching, shares) for crossed in corridors["chokepoints"]]
    risk = pd.DataFrame(rows, columns=["known_open", "chokepoints_unknown"], index=corridors.index)
    availability = risk["known_open"].where(risk["chokepoints_unknown"] == 0)
    return pd.DataFrame(
        {
            "availability": availability,
            "closure_days_yr": DAYS_PER_YEAR * (1 - availability),
            "closure_days_known_yr": DAYS_PER_YEAR * (1 - risk["known_open"]),
            "chokepoints_unknown": risk["chokepoints_unknown"],
        }
    )


def _open_share(crossed: Iterable[str], touching: dict[str, list[str]], shares: dict[str, float]) -> tuple[float, int]:
    """Multiply the known events once each; count the chokepoints of which something is unknown."""
    known: set[str] = set()
    unknown = 0
    for chokepoint in set(crossed):
        hits = touching.get(chokepoint, [])
        unknown += not hits or any(np.isnan(shares[event]) for event in hits)
        known.update(event for event in hits if not np.isnan(shares[event]))
    # Sorted, so that the last digit does not depend on the order of a set.
    return float(np.prod([1 - shares[event] for event in sorted(known)])), unknown
