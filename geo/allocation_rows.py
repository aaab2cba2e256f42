"""The rows of an allocation that neither rules nor options change: capacity, what plants give out, and demand."""

from typing import TYPE_CHECKING

import numpy as np

from geo.builder import Builder, Rows

if TYPE_CHECKING:
    from geo.allocation_input import Used


def rows_of(used: "Used") -> Rows:
    """Write them once for all programmes on the same frames: one column an arc, then one a hub, its unmet tonnes."""
    builder = Builder()
    _add_sites(builder, used)
    _add_demand(builder, used)
    return builder.rows(columns=len(used.arc_rows) + len(used.hub_rows))


def _add_sites(builder: Builder, used: "Used") -> None:
    """Write capacity for every site, and out = yield x in for every plant."""
    count, leaves, source, counts_out = len(used.site_rows), used.tail, used.source, used.counts_out
    inner = np.flatnonzero(used.head < count)  # the arcs that do not end at a hub
    enters = used.head[inner]
    capacity = builder.add_rows("capacity", used.site_ids, upper=used.capacity_t_yr / used.scale_t)
    builder.put(capacity[leaves[counts_out[leaves]]], np.flatnonzero(counts_out[leaves]), 1.0)
    builder.put(capacity[enters[~counts_out[enters]]], inner[~counts_out[enters]], 1.0)
    balance, plants = np.full(count, -1), np.flatnonzero(~source)
    balance[plants] = builder.add_rows("balance", used.site_ids.take(plants), lower=0.0, upper=0.0)
    builder.put(balance[leaves[~source[leaves]]], np.flatnonzero(~source[leaves]), 1.0)
    builder.put(balance[enters], inner, -used.yields[enters])


def _add_demand(builder: Builder, used: "Used") -> None:
    """Write delivered + unmet = demand."""
    size = used.demand_t_yr / used.scale_t
    rows = builder.add_rows("demand", used.hub_ids, lower=size, upper=size)
    last = np.flatnonzero(used.head >= len(used.site_rows))
    builder.put(rows[used.head[last] - len(used.site_rows)], last, 1.0)
    builder.put(rows, len(used.arc_rows) + np.arange(len(used.hub_rows)), 1.0)
