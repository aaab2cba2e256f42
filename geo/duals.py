"""What the prices of an allocation say, in words: one more tonne of capacity, of demand, of room under a rule."""

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.frames import as_text, framed
from geo.program import Array, Named
from geo.solver import TOLERANCE, Solution

PRICED: Final = ("capacity", "demand", "quota", "throughput", "country_cap", "allied_share", "content")
_COLUMNS: Final = pd.Index(["kind", "subject", "detail", "value_usd_t", "binding", "sentence"])
_AT_LEAST: Final = ("demand", "allied_share")
_SENTENCES: Final[dict[str, Callable[[str, str, float], str]]] = {
    "capacity": lambda subject, detail, usd: f"One more t/yr at {subject} ({detail}) is worth {usd:,.0f} USD/t.",
    "demand": lambda subject, detail, usd: f"The last tonne for {subject} costs {usd:,.0f} USD/t{detail}.",
    "quota": lambda subject, _, usd: f"One more t/yr under the quota {subject} is worth {usd:,.0f} USD/t.",
    "throughput": lambda subject, _, usd: f"Room for one more gross t/yr at {subject} is worth {usd:,.0f} USD/t.",
    "country_cap": lambda subject, detail, usd: (
        f"The cap on {subject} ({detail}) costs {usd:,.0f} USD per t/yr it turns away."
    ),
    "allied_share": lambda subject, detail, usd: (
        f"The allied share of {detail} for {subject} costs {usd:,.0f} USD per t/yr it turns away."
    ),
    "content": lambda subject, detail, usd: (
        f"The content rule {subject} ({detail}) costs {usd:,.0f} USD per t/yr it turns away."
    ),
}
_SAY: Final = tuple(_SENTENCES[kind] for kind in PRICED)


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
    # as lists: these are a few hundred rows, and a frame would take longer over each step than they over all of them
    prices = solution.row_duals
    found: list[tuple[int, float, str, int, str]] = []
    end = 0
    for named in model.program.row_names:
        start, end = end, end + len(named.subject)
        if named.kind in PRICED:
            # a row "at least" saves when its right side falls, all others when it rises
            values = (prices[start:end] if named.kind in _AT_LEAST else -prices[start:end]) + 0.0
            kind, (subjects, details) = repeat(PRICED.index(named.kind), len(values)), _words(model, named, values)
            found += zip(kind, (-values).tolist(), subjects, range(start, end), details, strict=True)
    found.sort()  # largest first within each kind, then by subject; those that are alike as they were written
    usd_t = np.array([-less for _, less, _, _, _ in found], dtype=float)
    parts = (
        as_text([PRICED[kind] for kind, _, _, _, _ in found]),
        as_text([subject for _, _, subject, _, _ in found]),
        as_text([detail for _, _, _, _, detail in found]),
        usd_t,
        np.abs(usd_t) > TOLERANCE,
        as_text([_SAY[kind](subject, detail, -less) for kind, less, subject, _, detail in found]),
    )
    return framed(_COLUMNS, parts, pd.RangeIndex(len(found)))


def _words(model: AllocationModel, named: Named, values: Array) -> tuple[Iterable[str], Iterable[str]]:
    """Say what each row stands for, and what else is to be known of it."""
    if named.kind == "capacity":
        return model.used.site_words
    details: Iterable[str] = repeat(named.detail, len(values))
    if named.kind == "demand":
        penalty = float(model.program.cost[model.unmet].min(initial=np.inf)) - TOLERANCE
        told = ": it does not come, this is the penalty"
        details = [told if value >= penalty else named.detail for value in values.tolist()]
    return named.subjects.tolist(), details
