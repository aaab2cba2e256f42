"""What the prices of an allocation say, in words: one more tonne of capacity, of demand, of room under a rule."""

from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.solver import TOLERANCE, Solution

PRICED: Final = ("capacity", "demand", "quota", "throughput", "country_cap", "allied_share", "content")
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
    rows = model.program.rows
    kept = rows["kind"].isin(PRICED).to_numpy()
    frame = rows[kept].copy()
    sign = np.where(frame["kind"].eq("demand"), 1.0, -1.0)
    # the allied share is a row "at least": it saves when its right side falls
    sign = np.where(frame["kind"].eq("allied_share"), 1.0, sign)
    frame["value_usd_t"] = sign * solution.row_duals[kept] + 0.0
    frame["binding"] = frame["value_usd_t"].abs() > TOLERANCE
    frame["detail"] = _details(model, frame)
    frame["sentence"] = [
        _SENTENCES[row.kind].format(subject=row.subject, detail=row.detail, value=row.value_usd_t)
        for row in frame.itertuples()
    ]
    order = {kind: number for number, kind in enumerate(PRICED)}
    frame = frame.assign(order=frame["kind"].map(order), size=-frame["value_usd_t"])
    return frame.sort_values(["order", "size", "subject"], ignore_index=True).drop(columns=["order", "size"])


def _details(model: AllocationModel, frame: pd.DataFrame) -> pd.Series:
    """Say stage and country of a site, and where a hub's last tonne is one that does not come."""
    sites = model.sites
    named = sites["stage"] + ", " + sites["country_iso3"].fillna("country unknown")
    penalty = model.program.cost[model.unmet].max(initial=np.inf)
    short = frame["value_usd_t"] >= penalty - TOLERANCE
    detail = frame["detail"].mask(frame["kind"].eq("capacity"), frame["subject"].map(named))
    return detail.mask(frame["kind"].eq("demand") & short, ": it does not come, this is the penalty")
