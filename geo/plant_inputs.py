"""
Plants need more than ore: how much of their output falls when an input (sulphur, power) does not come.

An input is needed in proportion to output, and nothing replaces it: a plant that gets 40 % of its sulphur makes 40 %
of its product once its stock is used up. Where several inputs fail, the scarcest decides.
"""

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np
import pandas as pd

from geo.errors import BadInputError

Bound = Literal["stated", "least", "most"]
BOUNDS: Final[tuple[Bound, ...]] = ("stated", "least", "most")
_SHARE: Final[dict[Bound, str]] = {"stated": "share", "least": "share_low", "most": "share_high"}
_STOCK: Final[dict[Bound, str]] = {"stated": "stock_days", "least": "stock_days_high", "most": "stock_days_low"}


def input_losses(
    needs: pd.DataFrame,
    *,
    closed: Mapping[str, float],
    cut: Mapping[str, float],
    duration_days: float | None = None,
    bound: Bound = "stated",
) -> pd.DataFrame:
    r"""
    Say how much of each input a scenario takes away, and by how much output falls.

    The share lost of an input is :math:`l = \max(c, \sum_k a_k s_k)`, with :math:`c` the share that the scenario cuts
    everywhere, :math:`a_k` what chokepoint :math:`k` no longer lets through and :math:`s_k` the share that comes past
    it. Over a scenario of :math:`T` days a stock of :math:`S` days leaves a mean fall of
    :math:`l \max(0, 1 - S / T)`; of one that stays, :math:`l`.

    Parameters
    ----------
    needs
        One row a site, input and chokepoint: ``site_id, input, chokepoint_id`` (null: none known), ``share``
        (null: not published), ``share_low, share_high``, ``stock_days, stock_days_low, stock_days_high``.
    closed
        Chokepoint to the share of its capacity that is gone.
    cut
        Input to the share of it that nobody can buy.
    duration_days
        How long it lasts; null: it stays.
    bound
        ``stated`` values; the ``least`` loss (low shares, long stocks) or the ``most`` (high shares, short stocks).

    Returns
    -------
    losses
        Index ``site_id`` (one row an input that the scenario touches): ``input``, ``chokepoints`` (tuple, those that
        act), ``share_lost`` and ``fall`` (share of output; both null where the share is not published), ``stock_days``.

    Raises
    ------
    BadInputError
        For a bound that is none.

    Examples
    --------
    >>> needs = pd.DataFrame({"site_id": ["p"], "input": ["sulphur"], "chokepoint_id": ["hormuz"], "share": [0.75],
    ...     "share_low": [0.5], "share_high": [0.8], "stock_days": [45.0], "stock_days_low": [30.0],
    ...     "stock_days_high": [60.0]})
    >>> input_losses(needs, closed={"hormuz": 1.0}, cut={}, duration_days=90.0)["fall"].to_list()
    [0.375]
    """
    if bound not in BOUNDS:
        msg = f"inputs at {bound!r}: give {', '.join(BOUNDS)}"
        raise BadInputError(msg)
    gone = needs["chokepoint_id"].map(dict(closed)).astype(float).fillna(0.0)  # what is open takes nothing
    supposed = needs["input"].map(dict(cut)).astype(float).fillna(0.0)
    rows = needs.assign(gone=gone, supposed=supposed)[gone.gt(0) | supposed.gt(0)]
    # nothing known times nothing closed is nothing; times something closed it stays unknown
    rows = rows.assign(past=(rows["gone"] * rows[_SHARE[bound]].astype(float)).mask(rows["gone"].eq(0), 0.0))
    parts = [_one(site, name, own, _STOCK[bound]) for (site, name), own in rows.groupby(["site_id", "input"])]
    losses = pd.DataFrame(parts, columns=["site_id", "input", "chokepoints", "share_lost", "stock_days"])
    losses = losses.astype({"share_lost": float, "stock_days": float})
    lasting = 1.0 if duration_days is None else (1.0 - losses["stock_days"] / duration_days).clip(lower=0.0)
    return losses.assign(fall=losses["share_lost"] * lasting).set_index("site_id")


def _one(site: object, name: object, rows: pd.DataFrame, stock: str) -> tuple[object, ...]:
    """Sum up one input of one site; a part that is not known leaves the whole unknown, unless all is cut anyway."""
    past = float(rows["past"].sum(skipna=False))
    supposed = float(rows["supposed"].max())
    lost = supposed if np.isnan(past) and supposed >= 1.0 else np.nan if np.isnan(past) else max(supposed, past)
    act = tuple(sorted(rows.loc[rows["gone"].gt(0), "chokepoint_id"]))
    return site, name, act, min(lost, 1.0) if not np.isnan(lost) else lost, float(rows[stock].iloc[0])


def capacity_left(
    sites: pd.DataFrame, losses: pd.DataFrame, *, unknown_capacity_t_yr: float | None = None
) -> pd.DataFrame:
    """
    Lower the capacity of the sites that lose an input; an unknown fall lowers nothing, and is told.

    Reads ``capacity_t_yr`` of `sites` and ``fall`` of `losses` (from `input_losses`). `unknown_capacity_t_yr` is the
    bound that stands in for an unknown capacity, so that it falls, too.
    """
    left = 1.0 - losses["fall"].dropna().groupby(level=0).max()
    left = left[left < 1.0].reindex(sites.index).dropna()
    if left.empty:
        return sites
    before = sites["capacity_t_yr"].loc[left.index].astype(float)
    before = before if unknown_capacity_t_yr is None else before.fillna(unknown_capacity_t_yr)
    capacity = sites["capacity_t_yr"].astype(float).copy()
    capacity.loc[left.index] = before * left
    return sites.assign(capacity_t_yr=capacity)
