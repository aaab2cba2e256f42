"""
What a closure costs once the shipper may go another way.

The router answers for each set of shut chokepoints; this module weighs the answers. Adding up "share of time shut
times detour" is wrong where detours share or add chokepoints, so every state is weighed, for up to six of them.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geo.errors import BadInputError
from geo.risk import HOURS_PER_DAY, blocked_shares

MAX_CHOKEPOINTS = 6
"""At most 2**6 = 64 states, each a shortest-path search for the router."""


def delay_if_closed(corridors: pd.DataFrame, detours_h: pd.DataFrame) -> pd.DataFrame:
    """
    List the delay of each corridor for each chokepoint it crosses, should that one shut.

    Parameters
    ----------
    corridors
        Index ``corridor_id``; column ``chokepoints`` (tuple of ids).
    detours_h
        Index ``corridor_id``, one column a chokepoint: extra hours of the best route with it shut (``inf``: none
        is left; null or absent: not asked). Cells of chokepoints that a corridor does not cross are not read.

    Returns
    -------
    delays
        Columns ``corridor_id, chokepoint_id, delay_days``; one row a crossing.
    """
    crossings = corridors["chokepoints"].map(dict.fromkeys).map(list).explode().dropna()
    wide = detours_h.reindex(index=corridors.index, columns=crossings.unique())
    rows, columns = wide.index.get_indexer(crossings.index), wide.columns.get_indexer(pd.Index(crossings))
    return pd.DataFrame(
        {
            "corridor_id": crossings.index,
            "chokepoint_id": crossings.to_numpy(),
            "delay_days": wide.to_numpy(dtype=float)[rows, columns] / HOURS_PER_DAY,
        }
    )


def worst_delay(corridors: pd.DataFrame, delays: pd.DataFrame) -> pd.DataFrame:
    """
    Keep, for each corridor, the closure that delays it most.

    Parameters
    ----------
    corridors
        Index ``corridor_id``: the rows of the answer.
    delays
        From `delay_if_closed`.

    Returns
    -------
    worst
        On the index of `corridors`: ``closure_delay_days`` (``inf``: stranded; 0 without a chokepoint; null if a
        crossing is unknown and none is known to strand), ``closure_delay_at`` (chokepoint id),
        ``closure_delays_unknown`` (count).
    """
    known = delays.dropna(subset=["delay_days"]).sort_values(["delay_days", "chokepoint_id"])
    most = known.drop_duplicates("corridor_id", keep="last").set_index("corridor_id").reindex(corridors.index)
    unknown = delays["delay_days"].isna().groupby(delays["corridor_id"]).sum().reindex(corridors.index)
    crossed = pd.Series(corridors.index.isin(delays["corridor_id"]), index=corridors.index)
    count = unknown.fillna(0).astype(int)  # a corridor without a crossing has no unknown crossing
    days = most["delay_days"].where((count == 0) | np.isposinf(most["delay_days"])).where(crossed, 0.0)
    return pd.DataFrame(
        {
            "closure_delay_days": days,
            "closure_delay_at": most["chokepoint_id"].where(days.notna()),
            "closure_delays_unknown": count,
        }
    )


def state_probabilities(chokepoints: Collection[str], events: pd.DataFrame) -> pd.Series:
    r"""
    Return the probability of every set of shut chokepoints.

    Events are independent; an event shuts all the chokepoints it names together, so
    :math:`P(S) = \sum_{E : \bigcup E = S} \prod_{e \in E} b_e \prod_{e \notin E} (1 - b_e)`, built up event by
    event. Exact over the :math:`2^{|K|}` states.

    Parameters
    ----------
    chokepoints
        The set :math:`K` that any candidate route uses; at most six.
    events
        From `geo.risk.single_events` or `geo.risk.common_shocks`.

    Returns
    -------
    probability
        Index: frozensets of shut chokepoints, the open state first. Sums to 1; null throughout if a chokepoint has
        no complete hazard row.

    Raises
    ------
    BadInputError
        For more than six chokepoints.

    Examples
    --------
    >>> events = pd.DataFrame({"event": ["red_sea", "red_sea"], "chokepoint_id": ["suez", "bab_el_mandeb"],
    ...     "annual_rate": [1.0, 1.0], "duration_days": [365.25, 365.25], "severity": [1.0, 1.0]})
    >>> [float(p) for p in state_probabilities(["suez", "bab_el_mandeb"], events)]
    [0.5, 0.0, 0.0, 0.5]
    """
    ids = sorted(set(chokepoints))
    if len(ids) > MAX_CHOKEPOINTS:
        msg = f"{len(ids)} chokepoints: at most {MAX_CHOKEPOINTS} can be weighed exactly; name fewer"
        raise BadInputError(msg)
    states = np.arange(2 ** len(ids))
    labels = [frozenset(ids[bit] for bit in range(len(ids)) if state >> bit & 1) for state in states]
    inside = events[events["chokepoint_id"].isin(ids)]
    shares = blocked_shares(inside)
    probability = np.zeros(len(states))
    probability[0] = 1.0
    for event, shut in inside.groupby("event")["chokepoint_id"]:
        mask = sum(1 << ids.index(chokepoint) for chokepoint in set(shut))
        moved = shares[event] * probability
        probability = probability - moved
        np.add.at(probability, states | mask, moved)
    if not set(ids) <= set(inside["chokepoint_id"]):
        probability = np.full(len(states), np.nan)
    return pd.Series(probability, index=pd.Index(labels, name="closed", tupleize_cols=False), name="probability")


def expected_outcome(probability: pd.Series, outcome: Mapping[frozenset[str], float]) -> pd.Series:
    r"""
    Weigh the best answer in each state: :math:`E[C] = \sum_S P(S) \min_p C(p \mid S)`.

    Parameters
    ----------
    probability
        From `state_probabilities`.
    outcome
        Best cost or hours by set of shut chokepoints, in one unit; ``inf`` where nothing is left. From a function:
        ``{state: answer(state) for state in probability.index}``. A state that is absent or null is unknown.

    Returns
    -------
    expected
        ``base`` (nothing shut), ``expected`` (over the states in which the cargo still arrives), ``extra``
        (their difference), ``p_stranded``, ``p_unknown``. ``expected`` is null when a state with weight is unknown.

    Examples
    --------
    >>> p = pd.Series([0.9, 0.1], index=pd.Index([frozenset(), frozenset({"suez"})], tupleize_cols=False))
    >>> expected_outcome(p, {frozenset(): 600.0, frozenset({"suez"}): 840.0})["extra"].round(6)
    np.float64(24.0)
    """
    answers = np.array([outcome.get(state, np.nan) for state in probability.index], dtype=float)
    weight = probability.to_numpy(dtype=float)
    unknown, stranded = np.isnan(answers), np.isposinf(answers)
    served = ~unknown & ~stranded
    p_unknown, p_served = weight[unknown].sum(), weight[served].sum()
    known = p_unknown == 0 and p_served > 0
    expected = float(weight[served] @ answers[served] / p_served) if known else np.nan
    base = outcome.get(frozenset(), np.nan)
    # A corridor stranded even with everything open has no extra to state.
    extra = expected - base if np.isfinite(base) else np.nan
    return pd.Series(
        {
            "base": base,
            "expected": expected,
            "extra": extra,
            "p_stranded": weight[stranded].sum(),
            "p_unknown": p_unknown,
        }
    )
