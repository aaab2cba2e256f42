"""The parts behind the scores of an answer as tables: every criterion of a corridor, and the pairs left undecided."""

import numpy as np
import pandas as pd

from layers.answer import Answer
from layers.scoring import Scored

PAIRS = ("case", "corridor_id", "other_id", "wins_share")


def score_rows(answer: Answer, corridors: pd.DataFrame) -> pd.DataFrame:
    """
    Put the parts of the scores of both cases below each other, those of the corridors given only.

    Parameters
    ----------
    corridors
        Indexed by ``corridor_id``.
    """
    parts = pd.concat([scores.parts.assign(case=case) for case, scores in _cases(answer).items()])
    return parts[parts["corridor_id"].isin(corridors.index)]


def undecided_pairs(answer: Answer, corridors: pd.DataFrame) -> pd.DataFrame:
    """
    List the pairs of the corridors given that the draws of the weights do not tell apart, each pair once a case.

    Returns
    -------
    pairs
        `case, corridor_id, other_id, wins_share`: the share of draws (0 to 1) in which the first beats the other.
    """
    rows = [
        (case, ids[first], ids[other], float(winning[first, other]))
        for case, scores in _cases(answer).items()
        for ids, alike, winning in [_among(scores, corridors.index)]
        for first, other in np.argwhere(np.triu(alike, 1))
    ]
    return pd.DataFrame(rows, columns=list(PAIRS))


def _cases(answer: Answer) -> dict[str, Scored]:
    """Name the scores of the cases asked."""
    return {"base": answer.base} if answer.asked.is_base else {"base": answer.base, "scenario": answer.scenario}


def _among(scores: Scored, wanted: pd.Index) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Cut the pairs and the shares of draws to the corridors wanted; where fewer than two are scored there are none."""
    if scores.robustness is None:
        return pd.Index([]), np.zeros((0, 0), dtype=bool), np.zeros((0, 0))
    ids = scores.not_separable.index[scores.not_separable.index.isin(wanted)]
    alike = scores.not_separable.loc[ids, ids].to_numpy(dtype=bool)
    return ids, alike, scores.robustness.winning.loc[ids, ids].to_numpy(dtype=float)
