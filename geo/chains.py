"""
Chains of facilities: which mine could feed which plant could serve which hub, each with its cost, none left out.

A chain is priced per contained tonne delivered: what moves before a lossy stage counts for more than one tonne, and
a poor product is moved many times over. Prices of legs come from a matrix a stage, so every chain of a mineral is
priced at once.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import take

from geo.distance import Floats, Ints
from geo.errors import BadInputError

MOST_CHAINS: Final = 20_000_000  # beyond this the table does not fit a small machine

LegCost = Callable[[str, list[str], list[str]], Floats]
"""Stage, facilities, next facilities (or the hub) -> USD per gross tonne, infinite where nothing gets through."""


def gross_moved(stages: pd.DataFrame) -> pd.Series:
    """
    Give the gross tonnes that leave each stage for one contained tonne delivered at the end.

    Reads `contained_fraction` (t/t) and `yield` (contained out per contained in), stages in order.

    Examples
    --------
    >>> stages = pd.DataFrame({"contained_fraction": [0.05, 0.5], "yield": [1.0, 0.8]}, index=["mining", "refining"])
    >>> gross_moved(stages).round(6).to_dict()
    {'mining': 25.0, 'refining': 2.0}
    """
    after = stages["yield"][::-1].cumprod()[::-1].shift(-1, fill_value=1.0)
    return 1.0 / (after * stages["contained_fraction"])


def all_chains(stages: pd.DataFrame, plants: pd.DataFrame, hub: str, cost: LegCost) -> pd.DataFrame:
    """
    Price every chain from a source over each later stage to the hub.

    Parameters
    ----------
    stages
        Indexed by stage, in order: `contained_fraction`, `yield`.
    plants
        Indexed by `facility_id`, a row a stage: `stage`, `source` (a chain may start here).
    hub
        Site id of the hub.
    cost
        Prices the legs of a stage.

    Returns
    -------
    chains
        A row a chain, cheapest first: a column a stage (facility id, categorical; null where the chain starts later)
        and `cost_usd_t` per contained tonne delivered, infinite where the chain is stranded.
    """
    moved = gross_moved(stages)
    names = list(stages.index)
    ids = {name: sorted(plants.index[plants["stage"].eq(name)].unique()) for name in names}
    parts = [_from_stage(names[start:], ids, plants, hub, cost, moved) for start in range(len(names))]
    total = np.concatenate([part.cost_usd_t for part in parts])
    # the parts come in order of their facilities, so a stable sort leaves equally dear chains in that order
    order = np.argsort(total, kind="stable")
    columns = {
        name: pd.Categorical.from_codes(np.concatenate([part.code(name) for part in parts])[order], ids[name])
        for name in names
    }
    return pd.DataFrame({**columns, "cost_usd_t": total[order]})


class _Part(NamedTuple):
    """Chains that start at one stage: the place of each facility among those of its stage, and what the chain costs."""

    codes: Mapping[str, Ints]
    cost_usd_t: Floats

    def code(self, name: str) -> Ints:
        """Give the places at a stage; -1 at one before the chains start."""
        return self.codes.get(name, np.full(len(self.cost_usd_t), -1))


def _from_stage(
    names: list[str], ids: Mapping[str, list[str]], plants: pd.DataFrame, hub: str, cost: LegCost, moved: pd.Series
) -> _Part:
    """Price the chains that start at the first of `names`."""
    stage_of, source, processing = plants["stage"], plants["source"].astype(bool), plants["kind"].eq("processing")
    chosen = [sorted(plants.index[stage_of.eq(names[0]) & source])]
    total: npt.NDArray[np.float64] = np.zeros(len(chosen[0]))
    for stage, following in pairwise(names):
        chosen.append(sorted(plants.index[stage_of.eq(following) & processing]))
        _check_size(total.size * len(chosen[-1]))
        total = total[..., None] + cost(stage, chosen[-2], chosen[-1]) * moved[stage]
    if not total.size:
        return _Part({}, np.zeros(0))
    total = total + cost(names[-1], chosen[-1], [hub])[:, 0] * moved[names[-1]]
    places = np.unravel_index(np.arange(total.size), total.shape)
    rows = zip(names, chosen, places, strict=True)
    return _Part({name: pd.Index(ids[name]).get_indexer(row)[place] for name, row, place in rows}, total.ravel())


def _check_size(count: int) -> None:
    """Refuse a question whose answer would not fit."""
    if count > MOST_CHAINS:
        msg = f"{count:,} chains of facilities are more than {MOST_CHAINS:,}: leave out a stage or some facilities"
        raise BadInputError(msg)


def by_plants(chains: pd.DataFrame, country: pd.Series, names: list[str]) -> pd.DataFrame:
    """
    Keep the cheapest of the chains that differ by the mine alone, where the mines lie in one country.

    Parameters
    ----------
    chains
        From :func:`all_chains`.
    country
        ISO code by `facility_id`.
    names
        Stages in order; the first is the mine's.

    Returns
    -------
    chains
        With `sources`: how many mines share the row. Stranded chains are left out.
    """
    live = chains[np.isfinite(chains["cost_usd_t"])].sort_values("cost_usd_t", kind="stable")
    origin = looked_up(live[names[0]], country) if len(names) > 1 else live[names[0]]
    key = np.zeros(len(live), np.int64)
    for part in (origin, *(live[name] for name in names[1:])):
        facility = pd.Categorical(part)
        key = key * (len(facility.categories) + 1) + facility.codes + 1
    group, _ = pd.factorize(key)  # numbered as they appear, so the first of each is the cheapest
    first = live[~pd.Series(group).duplicated().to_numpy()]
    return first.assign(sources=np.bincount(group))


def looked_up(column: pd.Series, values: pd.Series) -> pd.Series:
    """Give the value that each facility of a column has, by its id; null where there is no facility or no value."""
    facility = pd.Categorical(column)  # looked up once a facility, not once a row
    found = values.reindex(facility.categories).array
    return pd.Series(take(found, facility.codes, allow_fill=True), index=column.index)


def first_facility(chains: pd.DataFrame, names: list[str]) -> pd.Series:
    """Give the facility that each chain starts at (categorical)."""
    facilities = [pd.Categorical(chains[name]) for name in names]
    ids = pd.Index([]).append([facility.categories for facility in facilities]).unique()
    start = np.full(len(chains), -1)
    for facility in facilities:
        place = np.append(ids.get_indexer(facility.categories), -1)[facility.codes]
        start = np.where(start < 0, place, start)
    return pd.Series(pd.Categorical.from_codes(start, ids), index=chains.index)


def candidates(
    chains: pd.DataFrame, country: pd.Series, allied: frozenset[str], *, names: list[str], most: int
) -> pd.DataFrame:
    """
    Choose the chains worth tracing: the cheapest, and the best of each kind that a reader may look for.

    The cheapest alone would hide where most of a mineral comes from, and what a score may prefer. So the cheapest
    mined and recycled chains are joined by the cheapest of each pair of countries (origin and last plant), by those
    that can deliver most, and by the cheapest that stay within the alliance.

    Parameters
    ----------
    chains
        From :func:`by_plants`, with `capacity_t_yr` (null where unknown).
    country
        ISO code by `facility_id`.
    allied
        Members of the alliance; may be empty.
    names
        Stages in order.
    most
        How many of the cheapest; the other kinds add to them.
    """
    first, last = looked_up(first_facility(chains, names), country), looked_up(chains[names[-1]], country)
    mined = chains[names[0]].notna()
    within = [looked_up(chains[name], country).isin(allied) | chains[name].isna() for name in names]
    inside = pd.concat(within, axis=1).all(axis=1)
    told = first.notna() & last.notna()
    pairs = chains[told & ~pd.DataFrame({"first": first, "last": last}).duplicated()]
    kept = pd.concat(
        [
            pairs.head(most),
            chains.sort_values("capacity_t_yr", ascending=False, kind="stable").head(most // 2),
            chains[mined].head(most // 2),
            chains[~mined].head(most // 4),
            chains[inside].head(most // 2),
        ]
    )
    return kept[~kept.index.duplicated()].sort_values("cost_usd_t", kind="stable")
