"""
What an allocation is written from: the frames checked, sorted by id, and cut to what is known.

The ids of thousands of arcs are looked up once, here; from then on an end of an arc is a position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray

from geo.errors import ContractError
from geo.solver import Array, Ints

_TEXT: Final = pd.StringDtype(na_value=np.nan)


@dataclass(frozen=True, eq=False)
class Used:
    """
    The sites, arcs and hubs of a programme, all sorted by id, so that the order of rows is nothing.

    Arrays throughout: the frames, cut to what is in use, are made when somebody reads them.
    """

    given: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
    """Sites, arcs and demand as they came."""
    site_rows: Ints
    """Rows of them in use, by id."""
    arc_rows: Ints
    hub_rows: Ints
    source: npt.NDArray[np.bool_]
    """Of each site in use."""
    counts_out: npt.NDArray[np.bool_]
    """Sites whose capacity counts what they give out."""
    capacity_t_yr: Array
    yields: Array
    cost_usd_t: Array
    """Of each arc in use."""
    time_h: Array
    demand_t_yr: Array
    """Of each hub in use."""
    tail: Ints
    """Row of `sites` that each arc leaves."""
    head: Ints
    """Row of `sites` that each arc leads to, or their number and the row of `demand`."""
    left_out: Mapping[str, int]

    @cached_property
    def sites(self) -> pd.DataFrame:
        """The sites in use, with the capacity as used, ``capacity_unknown`` (bool) and ``capacity_on``."""
        kept = self.given[0].iloc[self.site_rows]
        frame = kept.assign(capacity_t_yr=self.capacity_t_yr, capacity_unknown=kept["capacity_t_yr"].isna())
        return frame if "capacity_on" in frame else frame.assign(capacity_on="in")

    @cached_property
    def arcs(self) -> pd.DataFrame:
        """The arcs in use."""
        return self.given[1].iloc[self.arc_rows]

    @cached_property
    def demand(self) -> pd.DataFrame:
        """The hubs in use."""
        return self.given[2].iloc[self.hub_rows]

    @cached_property
    def arc_ids(self) -> pd.Index:
        """Ids of the arcs in use."""
        return self.given[1].index.take(self.arc_rows).rename("arc_id")

    @cached_property
    def site_ids(self) -> pd.Index:
        """Ids of the sites in use."""
        return self.given[0].index.take(self.site_rows)

    @cached_property
    def hub_ids(self) -> pd.Index:
        """Ids of the hubs in use."""
        return self.given[2].index.take(self.hub_rows)

    @cached_property
    def arc_words(self) -> dict[str, ExtensionArray]:
        """What the flows say of their arcs: ``from_id, to_id, stage``."""
        arcs = self.given[1]
        return {name: arcs[name].array.take(self.arc_rows) for name in ("from_id", "to_id", "stage")}

    @cached_property
    def site_words(self) -> dict[str, str]:
        """Stage and country of each site in use."""
        sites = self.given[0]
        stages, codes = (sites[name].array.take(self.site_rows).tolist() for name in ("stage", "country_iso3"))
        countries = (code if isinstance(code, str) else "country unknown" for code in codes)
        place = (f"{stage}, {country}" for stage, country in zip(stages, countries, strict=True))
        return dict(zip(self.site_ids.tolist(), place, strict=True))

    @cached_property
    def nodes(self) -> "Nodes":
        """Every site and hub that was asked about."""
        sites, _, demand = self.given
        by_id = np.r_[sorted_rows(sites.index), len(sites) + sorted_rows(demand.index)]
        place, capacity = np.full(len(by_id), -1, dtype=np.int64), np.full(len(by_id), np.nan)
        held = np.r_[self.site_rows, len(sites) + self.hub_rows]
        place[held] = np.arange(len(held))
        capacity[self.site_rows] = self.capacity_t_yr
        need = np.r_[np.full(len(sites), np.nan), demand["demand_t_yr"].to_numpy(dtype=float)]
        kind = np.r_[np.where(sites["source"].to_numpy(dtype=bool), 0, 1), np.full(len(demand), 2)]
        return Nodes(
            ids=sites.index.append(demand.index).take(by_id).rename("node_id"),
            kind=as_text(["source", "plant", "hub"]).take(kind[by_id]),
            capacity_t_yr=capacity[by_id],
            demand_t_yr=need[by_id],
            place=place[by_id],
        )


@dataclass(frozen=True, eq=False)
class Nodes:
    """Sites and hubs by id, sites first, with those that were left out."""

    ids: pd.Index
    kind: ExtensionArray
    """``source, plant, hub``."""
    capacity_t_yr: Array
    """Null where left out."""
    demand_t_yr: Array
    place: Ints
    """Position among the sites and hubs in use; -1 where left out."""


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
    tail, head = _positions(arcs["from_id"].array, nodes.array), _positions(arcs["to_id"].array, nodes.array)
    known = {name: sites[name].to_numpy(dtype=float) for name in ("capacity_t_yr", "yield")}
    source, need = sites["source"].to_numpy(dtype=bool), demand["demand_t_yr"].to_numpy(dtype=float)
    cost, hours = (arcs[name].to_numpy(dtype=float) for name in ("cost_usd_t", "time_h"))
    _check(nodes, (sites, arcs, demand), known | {"cost": cost, "need": need}, source, tail, head)
    capacity, unknown = known["capacity_t_yr"], np.isnan(known["capacity_t_yr"])
    if unknown_capacity_t_yr is not None:
        capacity = np.where(unknown, unknown_capacity_t_yr, capacity)
    site_rows, hub_rows = sorted_rows(sites.index, ~np.isnan(capacity)), sorted_rows(demand.index, ~np.isnan(need))
    place = np.full(len(nodes), -1, dtype=np.int64)
    place[np.r_[site_rows, len(sites) + hub_rows]] = np.arange(len(site_rows) + len(hub_rows))
    tail, head = place[tail], place[head]
    ends = (tail >= 0) & (head >= 0)
    priced = np.isfinite(cost) & ~np.isnan(hours)
    arc_rows = sorted_rows(arcs.index, ends & priced)
    in_order(sites.index.take(site_rows), tail[arc_rows], head[arc_rows])
    counts_out = sites["capacity_on"].to_numpy() == "out" if "capacity_on" in sites else np.zeros(len(sites), bool)
    return Used(
        given=(sites, arcs, demand),
        site_rows=site_rows,
        arc_rows=arc_rows,
        hub_rows=hub_rows,
        source=source[site_rows],
        counts_out=(source | counts_out)[site_rows],
        capacity_t_yr=capacity[site_rows],
        yields=known["yield"][site_rows],
        cost_usd_t=cost[arc_rows],
        time_h=hours[arc_rows],
        demand_t_yr=need[hub_rows],
        tail=tail[arc_rows],
        head=head[arc_rows],
        left_out={
            "sites_without_capacity": int(unknown.sum()),
            "sites_left_out": len(sites) - len(site_rows),
            "hubs_without_demand": len(demand) - len(hub_rows),
            "arcs_without_ends": int((~ends).sum()),
            "arcs_without_cost": int((ends & ~priced).sum()),
        },
    )


def _positions(labels: ExtensionArray, among: ExtensionArray) -> Ints:
    """Find where each label stands, where it stands first; -1 where it does not."""
    found = pc.index_in(_text(labels), value_set=_text(among)).fill_null(-1)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def _text(labels: ExtensionArray) -> pa.Array:
    """Give ids as Arrow has them, which pandas' own text is: looking thousands up there makes no Python strings."""
    if isinstance(labels, pd.arrays.ArrowStringArray):
        return pa.array(labels)
    return pa.array(labels.to_numpy(), type=pa.large_string(), from_pandas=True)


def as_text(words: Sequence[str]) -> ExtensionArray:
    """Make a column of text, as pandas would of a list, in a third of the time."""
    return pd.arrays.ArrowStringArray(pa.array(words, type=pa.large_string()), dtype=_TEXT)


def sorted_rows(index: pd.Index, kept: npt.NDArray[np.bool_] | None = None) -> Ints:
    """List the rows by id, or those of them that are kept."""
    rows = np.arange(len(index)) if kept is None else np.flatnonzero(kept)
    return rows if index.is_monotonic_increasing else rows[index.take(rows).argsort()]


def _check(
    nodes: pd.Index,
    frames: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    numbers: Mapping[str, Array],
    source: npt.NDArray[np.bool_],
    tail: Ints,
    head: Ints,
) -> None:
    """Gather every breach, then raise once."""
    site, arc, hub = (frame.index for frame in frames)
    capacity, need = numbers["capacity_t_yr"], numbers["need"]
    taken = np.zeros(len(site), dtype=bool)
    taken[head[(head >= 0) & (head < len(site))]] = True
    breaches = {
        "arc_id is not unique": (arc, _repeated(arc)),
        "capacity_t_yr must be 0 or more": (site, (capacity < 0) | np.isinf(capacity)),
        "yield must be more than 0": (site, ~source & ~(numbers["yield"] > 0)),
        "demand_t_yr must be 0 or more": (hub, (need < 0) | np.isinf(need)),
        "from_id is no site": (arc, (tail < 0) | (tail >= len(site))),
        "to_id is no site or hub": (arc, head < 0),
        "cost_usd_t must be 0 or more": (arc, numbers["cost"] < 0),
        "a source takes nothing in": (site, source & taken),
    }
    if not nodes.is_unique:
        breaches |= {
            "site_id is not unique": (site, _repeated(site)),
            "hub is not unique": (hub, _repeated(hub)),
            "one id for a site and a hub": (site, site.isin(hub)),
        }
    wrong = {what: index[bad] for what, (index, bad) in breaches.items() if bad.any()}
    if wrong:
        told = (f"{what}: {', '.join(map(str, ids[:5]))} ({len(ids)})" for what, ids in wrong.items())
        msg = f"the allocation cannot be written: {'; '.join(told)}"
        raise ContractError(msg)


def _repeated(index: pd.Index) -> npt.NDArray[np.bool_]:
    """Mark the ids that stand there before; pandas remembers of an index whether there are any."""
    return np.zeros(len(index), dtype=bool) if index.is_unique else index.duplicated()


def in_order(site_ids: pd.Index, tail: Ints, head: Ints) -> list[str]:
    """
    Sort sites so that every arc leads on: first those that nothing enters, then those that these alone enter, ...

    Parameters
    ----------
    site_ids
        Ids of the sites.
    tail, head
        Position of the site that each arc leaves and enters; a higher one than there are sites is a hub.

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
    return site_ids[np.concatenate([np.zeros(0, dtype=np.int64), *found])].tolist()
