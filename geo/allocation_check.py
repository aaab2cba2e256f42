"""What makes frames no allocation: ids that are not unique or lead nowhere, numbers out of range, circles of sites."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ContractError
from geo.program import Array, Ints


def check(
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    numbers: Mapping[str, Array],
    source: npt.NDArray[np.bool_],
    tail: Ints,
    head: Ints,
    *,
    unique: tuple[bool, bool],
) -> None:
    """
    Gather every breach, then raise once.

    Parameters
    ----------
    frames
        Sites, arcs and demand; `numbers` (``capacity_t_yr, yield, cost_usd_t, demand_t_yr``) and `source` are columns
        of theirs.
    tail, head
        Position of the site or hub at the ends of each arc, hubs after the sites; -1 where there is none.
    unique
        Whether no two arcs have one id, and no two sites or hubs.

    Raises
    ------
    ContractError
        Naming every breach at once.
    """
    site, arc, hub = (frame.index for frame in frames)
    capacity, need = numbers["capacity_t_yr"], numbers["demand_t_yr"]
    taken = np.zeros(len(site), dtype=bool)
    taken[head[(head >= 0) & (head < len(site))]] = True
    breaches = {} if unique[0] else {"arc_id is not unique": (arc, arc.duplicated())}
    breaches |= {
        "capacity_t_yr must be 0 or more": (site, (capacity < 0) | np.isinf(capacity)),
        "yield must be more than 0": (site, ~source & ~(numbers["yield"] > 0)),
        "demand_t_yr must be 0 or more": (hub, (need < 0) | np.isinf(need)),
        "from_id is no site": (arc, (tail < 0) | (tail >= len(site))),
        "to_id is no site or hub": (arc, head < 0),
        "cost_usd_t must be 0 or more": (arc, numbers["cost_usd_t"] < 0),
        "a source takes nothing in": (site, source & taken),
    }
    if not unique[1]:
        breaches |= {
            "site_id is not unique": (site, site.duplicated()),
            "hub is not unique": (hub, hub.duplicated()),
            "one id for a site and a hub": (site, site.isin(hub)),
        }
    wrong = {what: index[bad] for what, (index, bad) in breaches.items() if bad.any()}
    if wrong:
        told = (f"{what}: {', '.join(map(str, ids[:5]))} ({len(ids)})" for what, ids in wrong.items())
        msg = f"the allocation cannot be written: {'; '.join(told)}"
        raise ContractError(msg)


def in_order(site_ids: pd.Index, tail: Ints, head: Ints) -> Ints:
    """
    Sort sites so that every arc leads on: first those that nothing enters, then those that these alone enter, ...

    Parameters
    ----------
    site_ids
        Ids of the sites, for the words of an error.
    tail, head
        Position of the site that each arc leaves and enters; a higher one than there are sites is a hub.

    Returns
    -------
    positions
        Of the sites.

    Raises
    ------
    ContractError
        If sites form a circle.
    """
    inner = np.flatnonzero(head < len(site_ids))  # hubs end a chain
    waiting, found = np.ones(len(site_ids), dtype=bool), []
    while waiting.any():
        entered = np.zeros(len(site_ids), dtype=bool)
        entered[head[inner]] = True
        ready = np.flatnonzero(waiting & ~entered)
        if not len(ready):
            circle = sorted(site_ids[waiting])
            msg = f"sites form a circle: {', '.join(circle[:5])} ({len(circle)})"
            raise ContractError(msg)
        found.append(ready)
        waiting[ready] = False
        inner = inner[waiting[tail[inner]]]
    return np.concatenate([np.zeros(0, dtype=np.int64), *found])
