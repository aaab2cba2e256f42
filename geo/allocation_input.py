"""
What an allocation is written from: the frames checked, sorted by id, and cut to what is known.

The ids of thousands of arcs are looked up once, here; from then on an end of an arc is a position.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ContractError
from geo.solver import Ints


@dataclass(frozen=True, eq=False)
class Used:
    """The sites, arcs and hubs of a programme, all sorted by id, so that the order of rows is nothing."""

    sites: pd.DataFrame
    arcs: pd.DataFrame
    demand: pd.DataFrame
    tail: Ints
    """Row of `sites` that each arc leaves."""
    head: Ints
    """Row of `sites` that each arc leads to, or their number and the row of `demand`."""
    left_out: Mapping[str, int]


def in_use(
    sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame, *, unknown_capacity_t_yr: float | None
) -> Used:
    """
    Check the frames of :func:`geo.allocation_model.build`, sort them, and leave out what is unknown, counted.

    Raises
    ------
    ContractError
        Naming every breach at once.
    """
    nodes = sites.index.append(demand.index)
    tail, head = positions(arcs["from_id"], nodes), positions(arcs["to_id"], nodes)
    _check(sites, arcs, demand, tail, head)
    filled = sites.assign(capacity_unknown=sites["capacity_t_yr"].isna())
    if "capacity_on" not in filled:
        filled["capacity_on"] = "in"
    if unknown_capacity_t_yr is not None:
        filled["capacity_t_yr"] = filled["capacity_t_yr"].fillna(unknown_capacity_t_yr)
    site_rows = _sorted_rows(filled.index, filled["capacity_t_yr"].notna().to_numpy())
    hub_rows = _sorted_rows(demand.index, demand["demand_t_yr"].notna().to_numpy())
    place = np.full(len(nodes), -1, dtype=np.int64)
    place[np.r_[site_rows, len(sites) + hub_rows]] = np.arange(len(site_rows) + len(hub_rows))
    tail, head = place[tail], place[head]
    ends = (tail >= 0) & (head >= 0)
    priced = np.isfinite(arcs["cost_usd_t"].to_numpy(dtype=float)) & arcs["time_h"].notna().to_numpy()
    arc_rows = _sorted_rows(arcs.index, ends & priced)
    left_out = {
        "sites_without_capacity": int(sites["capacity_t_yr"].isna().sum()),
        "sites_left_out": len(sites) - len(site_rows),
        "hubs_without_demand": len(demand) - len(hub_rows),
        "arcs_without_ends": int((~ends).sum()),
        "arcs_without_cost": int((ends & ~priced).sum()),
    }
    used = filled.iloc[site_rows], arcs.iloc[arc_rows], demand.iloc[hub_rows]
    return Used(*used, tail[arc_rows], head[arc_rows], left_out)


def positions(labels: pd.Series, among: pd.Index) -> Ints:
    """Find where each label stands in an index, where it stands first; -1 where it does not."""
    number, names = pd.factorize(labels, use_na_sentinel=False)
    known = among if among.is_unique else among[~among.duplicated()]
    place = np.flatnonzero(~among.duplicated())
    found = known.get_indexer(pd.Index(names))
    return np.where(found >= 0, place[found], -1)[number].astype(np.int64)


def _sorted_rows(index: pd.Index, kept: npt.NDArray[np.bool_]) -> Ints:
    """List the rows that are kept, by id."""
    rows = np.flatnonzero(kept)
    return rows if index.is_monotonic_increasing else rows[index[rows].argsort()]


def _check(sites: pd.DataFrame, arcs: pd.DataFrame, demand: pd.DataFrame, tail: Ints, head: Ints) -> None:
    """Gather every breach, then raise once."""
    source = sites["source"].to_numpy(dtype=bool)
    capacity, need = sites["capacity_t_yr"].to_numpy(dtype=float), demand["demand_t_yr"].to_numpy(dtype=float)
    taking = np.unique(head[(head >= 0) & (head < len(sites))])
    breaches = {
        "site_id is not unique": _repeated(sites.index),
        "arc_id is not unique": _repeated(arcs.index),
        "hub is not unique": _repeated(demand.index),
        "one id for a site and a hub": sites.index[sites.index.isin(demand.index)],
        "capacity_t_yr must be 0 or more": sites.index[(capacity < 0) | np.isinf(capacity)],
        "yield must be more than 0": sites.index[~source & ~(sites["yield"].to_numpy(dtype=float) > 0)],
        "demand_t_yr must be 0 or more": demand.index[(need < 0) | np.isinf(need)],
        "from_id is no site": arcs.index[(tail < 0) | (tail >= len(sites))],
        "to_id is no site or hub": arcs.index[head < 0],
        "cost_usd_t must be 0 or more": arcs.index[arcs["cost_usd_t"].to_numpy(dtype=float) < 0],
        "a source takes nothing in": sites.index[taking[source[taking]]].sort_values(),
    }
    faults = [f"{what}: {', '.join(map(str, ids[:5]))} ({len(ids)})" for what, ids in breaches.items() if len(ids)]
    if faults:
        msg = f"the allocation cannot be written: {'; '.join(faults)}"
        raise ContractError(msg)


def _repeated(index: pd.Index) -> pd.Index:
    """List the ids that stand there before; pandas remembers of an index whether there are any."""
    return index[:0] if index.is_unique else index[index.duplicated()]
