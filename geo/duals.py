"""What the prices of an allocation say, in words: one more tonne of capacity, of demand, of room under a rule."""

from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_input import as_text
from geo.allocation_model import AllocationModel
from geo.solver import TOLERANCE, Solution

PRICED: Final = ("capacity", "demand", "quota", "throughput", "country_cap", "allied_share", "content")
_AT_LEAST: Final = ("demand", "allied_share")
_COLUMNS: Final = {"kind": str, "subject": str, "detail": str, "value_usd_t": float, "binding": bool, "sentence": str}
_SENTENCES: Final = {
    "capacity": "One more t/yr at {subject} ({detail}) is worth {value:,.0f} USD/t.",
    "demand": "The last tonne for {subject} costs {value:,.0f} USD/t{detail}.",
    "quota": "One more t/yr under the quota {subject} is worth {value:,.0f} USD/t.",
    "throughput": "Room for one more gross t/yr at {subject} is worth {value:,.0f} USD/t.",
    "country_cap": "The cap on {subject} ({detail}) costs {value:,.0f} USD per t/yr it turns away.",
    "allied_share": "The allied share of {detail} for {subject} costs {value:,.0f} USD per t/yr it turns away.",
    "content": "The content rule {subject} ({detail}) costs {value:,.0f} USD per t/yr it turns away.",
}


def duals(model: AllocationModel, solution: Solution) -> pd.DataFrame:
    """
    Read the prices of the rows.

    Parameters
    ----------
    model
        From `geo.allocation_model.build`.
    solution
        Its first optimum: the prices belong to the cost, not to the second pass.

    Returns
    -------
    duals
        ``kind`` (one of `PRICED`), ``subject``, ``detail``, ``value_usd_t`` (what one more tonne a year saves; for
        ``demand``: what it costs), ``binding`` (bool), ``sentence``. Largest first within each kind.
    """
    # row by row: these are a few hundred, and a frame would take longer over each step than over all of them
    price, site = solution.row_duals.tolist(), model.used.site_words
    penalty = float(model.program.cost[model.unmet].min(initial=np.inf)) - TOLERANCE
    found, start = [], 0
    for named in model.program.row_names:
        kind, subjects = named.kind, named.subjects.tolist()
        rows, start = range(start, start + len(subjects)), start + len(subjects)
        for row, subject in zip(rows, subjects, strict=True) if kind in PRICED else ():
            # a row "at least" saves when its right side falls, all others when it rises
            value = (price[row] if kind in _AT_LEAST else -price[row]) + 0.0
            told = site[subject] if kind == "capacity" else named.detail
            if kind == "demand" and value >= penalty:
                told = ": it does not come, this is the penalty"
            sentence = _SENTENCES[kind].format(subject=subject, detail=told, value=value)
            found.append((kind, subject, told, value, abs(value) > TOLERANCE, sentence))
    found.sort(key=lambda one: (PRICED.index(one[0]), -one[3], one[1]))
    columns = [[one[place] for one in found] for place in range(len(_COLUMNS))]
    made = {
        name: as_text(each) if kind is str else np.array(each, dtype=kind)
        for (name, kind), each in zip(_COLUMNS.items(), columns, strict=True)
    }
    return pd.DataFrame(made, copy=False)
