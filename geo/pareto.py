"""
The corridors that no other corridor beats on every count.

Written with numpy rather than `paretoset`: that package compiles with numba on first use (seconds, in the first
session of every start) for a filter that takes milliseconds at our sizes.
"""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd

OBJECTIVES = ("cost_usd_t", "time_h", "co2e_kg_t", "closure_days_yr", "non_allied_share")
"""Cost, time, emissions, risk and dependence: less is better in each."""


def non_dominated(objectives: pd.DataFrame, *, maximise: Collection[str] = ()) -> pd.Series:
    """
    Mark the rows that no other row dominates.

    A row dominates another when it is nowhere worse and somewhere better. Among equal rows the one with the
    smallest label is kept, so the order of rows does not matter. A row with an unknown value never dominates, and
    is never dominated: it may be the best. Infinity is worse than any number.

    Parameters
    ----------
    objectives
        Index ``corridor_id`` (sortable); one numeric column an objective, less is better.
    maximise
        Columns of which more is better.

    Returns
    -------
    non_dominated
        True for the rows to keep, on the index of `objectives`.

    Examples
    --------
    >>> table = pd.DataFrame({"cost_usd_t": [1.0, 2.0, 2.0], "time_h": [9.0, 5.0, 9.0]}, index=["a", "b", "c"])
    >>> non_dominated(table).to_dict()
    {'a': True, 'b': True, 'c': False}
    """
    sign = np.where(objectives.columns.isin(list(maximise)), -1.0, 1.0)
    values = objectives.to_numpy(dtype=float) * sign
    by_label = np.argsort(objectives.index.to_numpy(), kind="stable")
    unknown = np.isnan(values).any(axis=1)
    known = by_label[~unknown[by_label]]
    # Equal rows: the first in label order stands for all.
    unique, first = np.unique(values[known], axis=0, return_index=True)
    keep = unknown.copy()
    keep[known[first[_front(unique)]]] = True
    return pd.Series(keep, index=objectives.index, name="non_dominated")


def _front(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Return the positions of the non-dominated among lexicographically sorted, distinct rows."""
    left = np.arange(len(rows))
    front = []
    while left.size:
        # The first row left cannot be dominated: whatever dominates a row sorts before it.
        best, rest = left[0], left[1:]
        front.append(best)
        left = rest[(rows[rest] < rows[best]).any(axis=1)]
    return np.array(front, dtype=np.intp)
