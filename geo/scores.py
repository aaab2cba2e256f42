r"""
From raw criteria to a score of which every part is shown.

A criterion is put on 0 to 1 by fixed goalposts (`data/criteria.csv`), so a corridor's score does not depend on
which others are compared. The score is the weighted geometric mean, so a very bad part is not bought off by a
good one. Unknown stays unknown: the mean is taken over what is known, and beside it stand the share of weight that
is known and the scores if the unknown parts were the worst and the best there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import ContractError, UnknownIdError
from geo.risk import HOURS_PER_DAY

_COMPUTED = "estimated"
_UNKNOWN = "unknown"
_SAME_SCORE_DIGITS = 12


@dataclass(frozen=True, eq=False)
class CriteriaTable:
    """
    Raw values and their truth states, on the same labels.

    Attributes
    ----------
    raw
        Index ``corridor_id``, one column a criterion, in the criterion's unit; null is unknown.
    truth
        Truth states of the same shape; ``unknown`` exactly where a value is null.

    Raises
    ------
    ContractError
        If labels differ or repeat, or a truth state contradicts its value.
    """

    raw: pd.DataFrame
    truth: pd.DataFrame

    def __post_init__(self) -> None:
        same = self.raw.index.equals(self.truth.index) and self.raw.columns.equals(self.truth.columns)
        if not same or not self.raw.index.is_unique:
            msg = "criteria: raw values and truth need the same, unique labels"
            raise ContractError(msg)
        wrong = self.raw.columns[((self.truth == _UNKNOWN) != self.raw.isna()).any()]
        if len(wrong):
            msg = f"criteria: truth state contradicts the value in {', '.join(wrong)}"
            raise ContractError(msg)


def transport_criteria(corridors: pd.DataFrame) -> pd.DataFrame:
    """
    Read the criteria that the corridors themselves carry.

    Parameters
    ----------
    corridors
        Columns ``cost_usd_t`` and ``co2e_kg_t`` (per contained tonne), ``time_h``, ``time_p95_h``, ``maturity``.

    Returns
    -------
    part
        ``cost_usd_t``, ``time_days``, ``time_p95_days``, ``co2e_kg_t``, ``maturity``.
    """
    return pd.DataFrame(
        {
            "cost_usd_t": corridors["cost_usd_t"],
            "time_days": corridors["time_h"] / HOURS_PER_DAY,
            "time_p95_days": corridors["time_p95_h"] / HOURS_PER_DAY,
            "co2e_kg_t": corridors["co2e_kg_t"],
            "maturity": corridors["maturity"],
        },
        dtype=float,
    )


def criteria_table(corridors: pd.DataFrame, criteria: pd.DataFrame, *, parts: Sequence[pd.DataFrame]) -> CriteriaTable:
    """
    Put the criteria of all corridors into one table.

    Parameters
    ----------
    corridors
        Index ``corridor_id``; column ``status``. A stranded corridor has no values: nothing of it is scored.
    criteria
        Index ``criterion``, as in `data/criteria.csv`.
    parts
        Frames by ``corridor_id`` with a column for each criterion between them (`transport_criteria`,
        `geo.risk.corridor_risk`, `geo.recourse.worst_delay`, `geo.chain`...); other columns are not read. A
        column ``<criterion>_truth`` states how sure the values are; without it they are ``estimated``: computed
        here by a named rule.

    Returns
    -------
    table
        Values and truth, rows as in `corridors`, columns as in `criteria`.

    Raises
    ------
    ContractError
        If a criterion is in no part or in several. A column of nulls says "unknown" on purpose.
    """
    where = {name: [part for part in parts if name in part.columns] for name in criteria.index}
    if wrong := [f"{name} is in {len(found)} parts" for name, found in where.items() if len(found) != 1]:
        msg = f"criteria: each belongs in one part, but {'; '.join(wrong)}"
        raise ContractError(msg)
    stranded = corridors["status"].eq("stranded").to_numpy()
    values, truth = {}, {}
    for name, (part,) in where.items():
        own = part if part.index.equals(corridors.index) else part.reindex(corridors.index)
        value = np.where(stranded, np.nan, own[name].to_numpy(dtype=float, na_value=np.nan))
        said = own[f"{name}_truth"].fillna(_COMPUTED).to_numpy(dtype=object) if f"{name}_truth" in own else _COMPUTED
        values[name], truth[name] = value, np.where(np.isnan(value), _UNKNOWN, said)
    return CriteriaTable(pd.DataFrame(values, index=corridors.index), pd.DataFrame(truth, index=corridors.index))


def normalise(values: pd.DataFrame, criteria: pd.DataFrame) -> pd.DataFrame:
    r"""
    Put raw values between their goalposts: 0 at or past the worst, 1 at or past the best.

    .. math:: u = \frac{t(x) - t(worst)}{t(best) - t(worst)}, \quad t(x) = x \text{ or } \log x

    Parameters
    ----------
    values
        Index ``corridor_id``, columns among the criteria. Infinity is past the worst, null stays null.
    criteria
        Index ``criterion``; columns ``goalpost_best``, ``goalpost_worst``, ``scale`` (``linear`` or ``log``).

    Returns
    -------
    normalised
        Same labels; 0 to 1.

    Examples
    --------
    >>> criteria = pd.DataFrame({"goalpost_best": [10.0], "goalpost_worst": [1000.0], "scale": ["log"]},
    ...     index=["cost_usd_t"])
    >>> normalise(pd.DataFrame({"cost_usd_t": [100.0, 5000.0]}), criteria)["cost_usd_t"].round(9).tolist()
    [0.5, 0.0]
    """
    unknown = [name for name in values.columns if name not in criteria.index]
    if unknown:
        msg = f"no such criterion: {', '.join(unknown)}"
        raise UnknownIdError(msg)
    rules = criteria.loc[values.columns]
    best = rules["goalpost_best"].to_numpy(dtype=float)
    worst = rules["goalpost_worst"].to_numpy(dtype=float)
    clipped = np.clip(values.to_numpy(dtype=float), np.minimum(best, worst), np.maximum(best, worst))
    is_log = (rules["scale"] == "log").to_numpy()
    # Goalposts of a log scale are above zero by contract, and the values are already between them.
    scaled = [np.where(is_log, np.log(np.where(is_log, x, 1.0)), x) for x in (clipped, best, worst)]
    u = (scaled[0] - scaled[2]) / (scaled[1] - scaled[2])
    return pd.DataFrame(u + 0.0, index=values.index, columns=values.columns)


def weights(criteria: pd.DataFrame, *, chosen: Mapping[str, float] | None = None) -> pd.Series:
    """
    Return weights that sum to 1: the chosen, and the defaults where nothing is chosen.

    Raises
    ------
    UnknownIdError
        If a chosen criterion does not exist.
    ContractError
        If a weight is negative or not a number, or none is above zero.
    """
    if unknown := sorted(set(chosen or {}) - set(criteria.index)):
        msg = f"no such criterion: {', '.join(unknown)}"
        raise UnknownIdError(msg)
    given = criteria["weight_default"].astype(float)
    for name, weight in (chosen or {}).items():
        given = given.mask(given.index == name, float(weight))
    if not np.isfinite(given).all() or (given < 0).any() or given.sum() <= 0:
        msg = "weights must be numbers of at least zero, one of them above zero"
        raise ContractError(msg)
    return (given / given.sum()).rename("weight")


def score(normalised: pd.DataFrame, weight: pd.Series, *, floor: float) -> pd.DataFrame:
    r"""
    Score corridors by the weighted geometric mean over the criteria known of each.

    .. math:: s = \exp \frac{\sum_{j \in known} w_j \ln(\epsilon + (1 - \epsilon) u_j)}{\sum_{j \in known} w_j}

    The bounds put every unknown :math:`u_j` at 0 (``score_low``) and at 1 (``score_high``) under the full weights,
    so learning a value can only narrow them, and hiding a bad one never lifts ``score_low``.

    Parameters
    ----------
    normalised
        From `normalise`.
    weight
        From `weights`; its criteria are the columns that count.
    floor
        :math:`\epsilon` above 0: how hard a value at its worst goalpost is punished.

    Returns
    -------
    scores
        On the index of `normalised`: ``score`` (floor to 1), ``score_low``, ``score_high``, ``known_weight`` (0 to
        1), ``unknown`` (tuple of criteria with weight), ``rank`` (by ``score``, 1 is best, equal scores share
        it), ``rank_low`` (by ``score_low``). All null where nothing is known, as for a stranded corridor.

    References
    ----------
    OECD/JRC (2008), *Handbook on Constructing Composite Indicators*; unknowns as in HDI-type geometric means
    over available parts, here with explicit bounds.
    """
    u = normalised[weight.index].to_numpy(dtype=float)
    w = weight.to_numpy(dtype=float)
    known = ~np.isnan(u)
    logs = np.log(floor + (1 - floor) * np.where(known, u, 1.0))
    known_weight = (known * w).sum(axis=1)
    total = (w * logs).sum(axis=1)  # an unknown part adds 0 here: ln 1
    some = known_weight > 0
    mean = np.divide(total, known_weight, out=np.full(len(u), np.nan), where=some)
    low = np.where(some, total + (1 - known_weight) * np.log(floor), np.nan)
    names = weight.index.to_numpy()
    frame = pd.DataFrame(
        {
            "score": np.exp(mean),
            "score_low": np.exp(low),
            "score_high": np.exp(np.where(some, total, np.nan)),
            "known_weight": known_weight,
            "unknown": [tuple(names[~row & (w > 0)]) for row in known],
        },
        index=normalised.index,
    )
    return frame.assign(rank=_rank(frame["score"]), rank_low=_rank(frame["score_low"]))


def score_parts(table: CriteriaTable, criteria: pd.DataFrame, weight: pd.Series, *, floor: float) -> pd.DataFrame:
    r"""
    Show every part of every score.

    Parameters
    ----------
    table, criteria, weight, floor
        As given to `normalise` and `score`.

    Returns
    -------
    parts
        One row a corridor and criterion: ``corridor_id, criterion, label, unit, value, truth_state, goalpost_best,
        goalpost_worst, normalised, weight, weight_used`` (after sharing out the unknown's), ``contribution``
        (:math:`w \ln(\epsilon + (1 - \epsilon) u)`, at most 0; the contributions of a corridor sum to the log of
        its score; null if unknown).
    """
    names = list(weight.index)
    u = normalise(table.raw[names], criteria)
    used = u.notna().mul(weight, axis=1)
    total = used.sum(axis=1)
    used = used.div(total.where(total > 0), axis=0)
    columns = {
        "value": table.raw[names],
        "truth_state": table.truth[names],
        "normalised": u,
        "weight_used": used,
        "contribution": used * np.log(floor + (1 - floor) * u),
    }
    long = pd.DataFrame({key: frame.to_numpy().ravel() for key, frame in columns.items()})
    long["corridor_id"] = np.repeat(table.raw.index.to_numpy(), len(names))
    long["criterion"] = np.tile(names, len(table.raw))
    long["weight"] = np.tile(weight.to_numpy(), len(table.raw))
    fixed = criteria.loc[names, ["label", "unit", "goalpost_best", "goalpost_worst"]]
    order = ["corridor_id", "criterion", "label", "unit", "value", "truth_state", "goalpost_best"]
    order += ["goalpost_worst", "normalised", "weight", "weight_used", "contribution"]
    return long.join(fixed, on="criterion")[order]


def _rank(values: pd.Series) -> pd.Series:
    """Rank from best to worst; scores equal but for rounding share a rank, null has none."""
    return values.round(_SAME_SCORE_DIGITS).rank(method="min", ascending=False).astype("Int64")
