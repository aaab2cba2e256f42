"""What the prices of an allocation say, in words: one more tonne of capacity, of demand, of room under a rule."""

from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.solver import TOLERANCE, Solution

PRICED: Final = ("capacity", "demand", "quota", "throughput", "country_cap", "allied_share", "content")
_AT_LEAST: Final = ("demand", "allied_share")
_COLUMNS: Final = ["kind", "subject", "detail", "value_usd_t", "binding", "sentence"]
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
    kind, subject, detail = (model.program.rows[name].tolist() for name in ("kind", "subject", "detail"))
    price, site = solution.row_duals.tolist(), _named(model.sites)
    penalty = float(model.program.cost[model.unmet].min(initial=np.inf)) - TOLERANCE
    found = []
    for row in (place for place, each in enumerate(kind) if each in PRICED):
        # a row "at least" saves when its right side falls, all others when it rises
        value = (price[row] if kind[row] in _AT_LEAST else -price[row]) + 0.0
        told = site[subject[row]] if kind[row] == "capacity" else detail[row]
        if kind[row] == "demand" and value >= penalty:
            told = ": it does not come, this is the penalty"
        sentence = _SENTENCES[kind[row]].format(subject=subject[row], detail=told, value=value)
        found.append((kind[row], subject[row], told, value, abs(value) > TOLERANCE, sentence))
    found.sort(key=lambda one: (PRICED.index(one[0]), -one[3], one[1]))
    return pd.DataFrame(found, columns=_COLUMNS)


def _named(sites: pd.DataFrame) -> dict[str, str]:
    """Say stage and country of each site."""
    place = zip(sites["stage"].tolist(), sites["country_iso3"].fillna("country unknown").tolist(), strict=True)
    return dict(zip(sites.index.tolist(), (f"{stage}, {country}" for stage, country in place), strict=True))
