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
    count, scale, plants = len(used.site_rows), used.scale_t, np.flatnonzero(~used.source)
    inner = np.flatnonzero(used.head < count)  # the arcs that do not end at a hub
    enters, made = used.head[inner], np.flatnonzero(~used.source[used.tail])
    counted_out, counted_in = np.flatnonzero(used.counts_out[used.tail]), np.flatnonzero(~used.counts_out[enters])
    capacity = builder.add_rows("capacity", used.site_ids, upper=used.capacity_t_yr / scale)
    builder.put(capacity[used.tail[counted_out]], counted_out, 1.0)
    builder.put(capacity[enters[counted_in]], inner[counted_in], 1.0)
    balance = np.full(count, -1)
    balance[plants] = builder.add_rows("balance", used.site_ids.take(plants), lower=0.0, upper=0.0)
    builder.put(balance[used.tail[made]], made, 1.0)
    builder.put(balance[enters], inner, -used.yields[enters])


def _add_demand(builder: Builder, used: "Used") -> None:
    """Write delivered + unmet = demand."""
    size = used.demand_t_yr / used.scale_t
    rows = builder.add_rows("demand", used.hub_ids, lower=size, upper=size)
    last = np.flatnonzero(used.head >= len(used.site_rows))
    builder.put(rows[used.head[last] - len(used.site_rows)], last, 1.0)
    builder.put(rows, len(used.arc_rows) + np.arange(len(used.hub_rows)), 1.0)
