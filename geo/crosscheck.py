"""
Other ways to add up the same criteria, as a check on the score and not as a choice of answers.

Kept apart because pymcdm brings matplotlib (over a second of import): only who asks for the check pays.
All methods see the goalpost-normalised values, so a difference is due to the aggregation alone. TOPSIS and
PROMETHEE II depend on the set compared: leaving one corridor out may reorder the others.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from pymcdm.methods import PROMETHEE_II, TOPSIS

from geo.errors import ContractError
from geo.scores import score

_DECIMALS = 12
"""Normalised values that differ by less are alike."""


def _as_is(values: npt.NDArray[np.float64], *, cost: bool) -> npt.NDArray[np.float64]:  # noqa: ARG001 (pymcdm passes it)
    """Leave values on the goalpost scale: a second, sample-based normalisation would undo it."""
    return values


def comparable(normalised: pd.DataFrame, weight: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """
    Keep the corridors of which something is known, and the criteria known for all of these.

    The methods have no notion of unknown, and leaving out criteria keeps every corridor in the comparison.

    Returns
    -------
    matrix, weight
        Complete values, and their weights made to sum to 1; both empty of criteria if none is known for all.
    """
    counted = normalised[weight.index[weight > 0]]
    rows = counted[counted.notna().any(axis=1)]
    matrix = rows.loc[:, rows.notna().all()]
    kept = weight[matrix.columns]
    return matrix, kept / kept.sum()


def cross_check(matrix: pd.DataFrame, weight: pd.Series, *, floor: float) -> pd.DataFrame:
    """
    Score complete rows by four methods; more is better in each.

    Parameters
    ----------
    matrix, weight
        From `comparable`.
    floor
        As in `geo.scores.score`.

    Returns
    -------
    scores
        On the index of `matrix`: ``geometric`` (ours), ``weighted_sum``, ``topsis`` (Euclidean, 0 to 1), and
        ``promethee_ii`` (net flow, usual preference function: it reads only the order, so it is the check least
        like ours). The last two are null for fewer than two corridors or where all are equal.

    Raises
    ------
    ContractError
        If a value is null or there is no criterion.
    """
    if matrix.shape[1] == 0 or matrix.isna().to_numpy().any():
        msg = "cross-check: needs criteria known for every corridor; see comparable()"
        raise ContractError(msg)
    values, w = matrix.to_numpy(dtype=float), weight.to_numpy(dtype=float)
    benefit = np.ones(len(w))
    topsis = promethee = np.full(len(values), np.nan)
    told = values.round(_DECIMALS)  # TOPSIS squares differences: one of 1e-200 would be nothing over nothing
    if len(values) > 1 and np.ptp(told, axis=0).any():
        topsis = TOPSIS(normalization_function=_as_is)(told, w, benefit, validation=False)
        promethee = PROMETHEE_II("usual")(told, w, benefit, validation=False)
    return pd.DataFrame(
        {
            "geometric": score(matrix, weight, floor=floor)["score"],
            "weighted_sum": values @ w,
            "topsis": topsis,
            "promethee_ii": promethee,
        },
        index=matrix.index,
    )


def agreement(scores: pd.DataFrame) -> pd.Series:
    """
    Return Spearman's rank correlation of each method with ours (``geometric``).

    Null where a method has no answer or ranks all alike.
    """
    ranks = scores.rank()
    varied = ranks.loc[:, ranks.max() > ranks.min()]
    if "geometric" not in varied:
        return pd.Series(np.nan, index=scores.columns.drop("geometric"), name="spearman")
    rho = varied.corr()["geometric"].drop("geometric")
    return rho.reindex(scores.columns.drop("geometric")).rename("spearman")
