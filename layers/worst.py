"""The worst few closures together: how likely each is, and the search over those that are likely enough."""

from typing import Final, Literal

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.contingency import Repriced, Weakened
from geo.errors import BadInputError
from geo.interdiction import worst_closures
from layers.catalog import read_table
from layers.supply import SEPARATOR, required

Weigh = Literal["plausible", "equal"]
WEIGHINGS: Final[tuple[Weigh, ...]] = ("plausible", "equal")
_ALL: Final = "all"
_NUMBERS: Final = {2: "two", 3: "three", 4: "four"}


def plausibility(parts: pd.DataFrame, mineral: str) -> pd.DataFrame:
    """
    Say how likely each component is to be shut in a given year.

    Parameters
    ----------
    parts
        Index ``component_id``; ``kind``, ``name``.

    Returns
    -------
    likely
        On the same index ``plausibility_yr``, ``plausibility_truth``: the row of `closure_plausibility.csv` that names
        the thing and the mineral, else the thing, else the kind; null where there is none.
    """
    table = read_table("closure_plausibility").set_index(["kind", "subject", "mineral"])[["chance_yr", "truth_state"]]
    rows = []
    for kind, name in zip(parts["kind"], parts["name"].astype(str), strict=True):
        subject = name.rsplit(SEPARATOR, 1)[0]
        keys = [(kind, subject, mineral), (kind, subject, _ALL), (kind, _ALL, mineral), (kind, _ALL, _ALL)]
        found = next((key for key in keys if key in table.index), None)
        rows.append((np.nan, "unknown") if found is None else tuple(table.loc[found]))
    return pd.DataFrame(rows, index=parts.index, columns=["plausibility_yr", "plausibility_truth"])


def worst_few(  # noqa: PLR0913 - the case, and what is asked of it
    model: AllocationModel,
    parts: pd.DataFrame,
    singles: pd.DataFrame,
    repriced: Repriced,
    *,
    k: int,
    weigh: Weigh,
    weakened: Weakened | None = None,
) -> pd.Series:
    r"""
    Find the worst `k` components, exactly among those that are likely enough.

    Weighed as ``plausible`` the set must hold :math:`\sum \ln (\bar p / p_i) \le 0`: together as likely as so many
    independent closures of the chance :math:`\bar p` (``plausible_closure_yr``) each. As ``equal`` every set counts.

    Returns
    -------
    worst
        ``k, weigh, closed`` (ids), ``labels, plausibility_yr`` (of the set, as if independent),
        ``mean_plausibility_yr`` (:math:`\bar p`; null where all count), ``extra_usd_yr, bound_usd_yr, proven``.

    Raises
    ------
    BadInputError
        For a weighing that is none.
    """
    if weigh not in WEIGHINGS:
        msg = f"weigh {weigh!r}: give {' or '.join(WEIGHINGS)}"
        raise BadInputError(msg)
    chance = singles["plausibility_yr"].reindex(parts.index)
    usual = required("plausible_closure_yr")
    weighed = {"implausibility": np.log(usual / chance), "implausibility_budget": 0.0} if weigh == "plausible" else {}
    found = worst_closures(model, parts, k=k, repriced=repriced, weakened=weakened, **weighed)
    facts = {
        "k": k,
        "weigh": weigh,
        "closed": found.closed,
        "labels": tuple(singles["label"].reindex(list(found.closed))),
        "plausibility_yr": float(chance.reindex(list(found.closed)).prod(skipna=False)),
        "mean_plausibility_yr": usual if weighed else np.nan,
        "extra_usd_yr": found.extra_usd_yr,
        "bound_usd_yr": found.bound_usd_yr,
        "proven": found.proven,
    }
    return pd.Series(facts, dtype=object)


def worst_words(worst: pd.Series) -> str:
    """Put the worst set into a sentence."""
    count = _NUMBERS.get(int(worst["k"]), str(worst["k"]))
    if not worst["closed"]:
        return f"No {count} closures that are likely enough together cost anything."
    usual = worst["mean_plausibility_yr"]
    among = "of any" if worst["weigh"] == "equal" else f"among sets as likely as {usual:g} a year for each closure"
    sure = "" if worst["proven"] else f"; not proven, at most {worst['bound_usd_yr'] / 1e6:,.0f} M"
    return (
        f"Worst {count} {among}: {'; '.join(worst['labels'])}. {worst['extra_usd_yr'] / 1e6:,.0f} M USD a year{sure} "
        f"(chance {worst['plausibility_yr']:.2g} a year if independent; estimated)."
    )
