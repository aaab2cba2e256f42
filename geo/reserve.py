"""
A public-private reserve: firms reserve tonnes of a stock, each with its own priority; who gets short, and when.

A claim takes its tonnes out of the stock before everyone else's; claims of one priority share what is left in
proportion. What a firm holds is held for it: it is drawn for its own need only. Each holder then is an item of its
own for `geo.stockpile.drawdown` and `survival`, with the same share of its need lost.
"""

from typing import Final

import numpy as np
import pandas as pd

from geo.errors import BadInputError, UnknownIdError

REST: Final = "everyone else"
ITEM: Final = ["mineral", "hub"]


def split_by_claims(items: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    r"""
    Split the stock and the need of each item among those who reserved tonnes and everyone else.

    With claims :math:`r_i` in order of priority and a stock :math:`S`, a claim holds
    :math:`\min(r_i, r_i / \sum_{j \in p} r_j \cdot \max(0, S - \sum_{k < p} r_k))`; everyone else the rest.

    Parameters
    ----------
    items
        Index ``mineral, hub``; ``stock_t`` (null: unknown, and so is what anyone holds), ``demand_t_yr`` and the
        other columns of `geo.stockpile.drawdown`.
    claims
        ``holder, mineral, hub, reserved_t, need_t_yr`` (part of the demand), ``priority`` (1 is served first).

    Returns
    -------
    holders
        Index ``mineral, hub, holder``, the columns of `items` with own ``stock_t`` and ``demand_t_yr``, and
        ``reserved_t, priority`` (null for everyone else); items without a claim are not here.

    Raises
    ------
    UnknownIdError
        If a claim names an item that is not there.
    BadInputError
        If numbers are out of range, a holder claims twice, or the needs exceed the demand.

    Examples
    --------
    >>> items = pd.DataFrame({"stock_t": [10.0], "demand_t_yr": [40.0]},
    ...     index=pd.MultiIndex.from_tuples([("gallium", "USA")], names=["mineral", "hub"]))
    >>> claims = pd.DataFrame({"holder": ["A", "B"], "mineral": "gallium", "hub": "USA", "reserved_t": [6.0, 8.0],
    ...     "need_t_yr": [5.0, 5.0], "priority": [1, 2]})
    >>> split_by_claims(items, claims)[["stock_t", "demand_t_yr"]].to_numpy().tolist()
    [[6.0, 5.0], [4.0, 5.0], [0.0, 30.0]]
    """
    _check(items, claims)
    parts = []
    for item, own in claims.sort_values(["priority", "holder"]).groupby(ITEM, sort=False):
        row = items.loc[[item]]
        stock, demand = float(row["stock_t"].iloc[0]), float(row["demand_t_yr"].iloc[0])
        before = own["priority"].map(lambda place, own=own: own.loc[own["priority"] < place, "reserved_t"].sum())
        level = own.groupby("priority")["reserved_t"].transform("sum")
        room = np.maximum(stock - before.to_numpy(dtype=float), 0.0)
        scale = np.divide(room, level, out=np.zeros_like(room), where=level.to_numpy() > 0)
        held = own["reserved_t"].to_numpy(dtype=float) * np.where(np.isnan(room), np.nan, np.minimum(scale, 1.0))
        whole = pd.concat([row] * (len(own) + 1))
        whole = whole.assign(
            stock_t=[*held, max(stock - held.sum(), 0.0) if stock == stock else np.nan],  # noqa: PLR0124 - null
            demand_t_yr=[*own["need_t_yr"], demand - float(own["need_t_yr"].sum())],
            reserved_t=[*own["reserved_t"], np.nan],
            priority=[*own["priority"].astype(float), np.nan],
        )
        whole.index = pd.MultiIndex.from_tuples(
            [(*item, holder) for holder in (*own["holder"], REST)], names=[*ITEM, "holder"]
        )
        parts.append(whole)
    return pd.concat(parts) if parts else items.iloc[:0]


def _check(items: pd.DataFrame, claims: pd.DataFrame) -> None:
    """Gather every fault, then raise once."""
    named = pd.MultiIndex.from_frame(claims[ITEM])
    if lost := sorted({f"{mineral} for {hub}" for mineral, hub in named[~named.isin(items.index)]}):
        msg = f"a reserve on what was not asked about: {', '.join(lost)}"
        raise UnknownIdError(msg)
    faults = []
    if (claims["reserved_t"] < 0).any() or (claims["need_t_yr"] < 0).any() or (claims["priority"] < 1).any():
        faults.append("tonnes and need are 0 or more, the priority 1 or more")
    if claims.duplicated([*ITEM, "holder"]).any() or claims["holder"].eq(REST).any():
        faults.append("each holder claims once a mineral and hub, under a name of its own")
    needs = claims.groupby(ITEM)["need_t_yr"].sum()
    over = needs[needs > items["demand_t_yr"].reindex(needs.index) * (1.0 + np.finfo(float).eps)]
    faults += [
        f"{mineral} for {hub}: the firms need {need:,.1f} t/yr, all demand is {items.loc[item, 'demand_t_yr']:,.1f}"
        for item, need in over.items()
        for mineral, hub in [item]
    ]
    if faults:
        msg = f"reserve: {'; '.join(faults)}"
        raise BadInputError(msg)
