"""
A passage at part of its capacity: what it still lets through of one mineral, and the ways that go round it.

Nobody publishes the tonnes of a mineral that a canal or strait could carry, so the rule is pro rata: the mineral keeps
its share of the passage, and a passage at the factor f lets through at most f times the gross tonnes that the
allocation with nothing closed sends past it. The rest takes a way that keeps off the passage, comes from elsewhere, or
does not come.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import Throughput

WaysRound = Callable[[frozenset[str]], pd.DataFrame]
"""Passages shut -> the arcs by the ways that are left, on the same ids; those with no way left are missing."""
_MOST_NAMED: Final = 2
_SAME: Final = 1e-9  # relative
_PASSAGE: Final = [
    "share_left",
    "base_t_yr",
    "limit_t_yr",
    "through_t_yr",
    "round_t_yr",
    "elsewhere_t_yr",
    "round_by",
]


def gross_past(flows: pd.DataFrame, arcs: pd.DataFrame) -> pd.Series:
    r"""
    Return the gross tonnes a year past each chokepoint: :math:`G_k = \sum_{a \ni k} x_a g_a`, index ``passage``.

    Parameters
    ----------
    flows
        Index ``arc_id``; ``t_yr`` (contained).
    arcs
        Index ``arc_id``; ``chokepoints`` (tuples), ``gross_per_contained`` (t/t).
    """
    used = arcs.reindex(flows.index)
    table = pd.DataFrame({"passage": used["chokepoints"], "gross_t_yr": flows["t_yr"] * used["gross_per_contained"]})
    table = table[table["gross_t_yr"] > 0].explode("passage").dropna(subset="passage")
    return table.groupby("passage")["gross_t_yr"].sum()


def pro_rata(gross_t_yr: pd.Series, left: Mapping[str, float]) -> tuple[Throughput, ...]:
    """
    Bound each passage to its share: :math:`f_k G_k` gross tonnes; nothing where the mineral has no share of it.

    Parameters
    ----------
    gross_t_yr
        From `gross_past` of the allocation with nothing closed.
    left
        Passage -> share of its capacity that is left.
    """
    return tuple(Throughput(name, share * float(gross_t_yr.get(name, 0.0))) for name, share in sorted(left.items()))


def with_detours(arcs: pd.DataFrame, limited: Iterable[str], ways_round: WaysRound) -> pd.DataFrame:
    """
    Add to each arc that passes a limited passage the ways that keep off it.

    A way that keeps off one and passes another gets its own way round that one, and so on, so that for every set of
    limited passages the cheapest way that keeps off just these is among the arcs. Of ways of one pair that pass the
    same limited passages only the cheapest stays.

    Parameters
    ----------
    arcs
        Index ``arc_id``, one arc a pair; ``cost_usd_t``, ``chokepoints`` (tuples), and what else an arc has.
    limited
        Passages at part of their capacity.
    ways_round
        Prices the arcs with passages shut.

    Returns
    -------
    arcs
        Those given and the detours, with ``avoids`` (tuple: the limited passages that the way keeps off; empty for
        those given) and ``direct`` (id of the arc that it stands in for). Ids of detours: ``ARC round PASSAGE+...``.
    """
    names = frozenset(limited)
    found = [arcs.assign(avoids=[()] * len(arcs), direct=arcs.index)]
    level = {frozenset[str](): found[0]}
    while level:
        asked: dict[frozenset[str], set[str]] = {}
        for shut, frame in level.items():
            for arc_id, passed in zip(frame["direct"], frame["chokepoints"], strict=True):
                for name in names.intersection(passed):
                    asked.setdefault(shut | {name}, set()).add(arc_id)
        level = {shut: _round(ways_round(shut), shut, asked[shut]) for shut in sorted(asked, key=sorted)}
        found += level.values()
    every = pd.concat(found)
    met = [tuple(sorted(names.intersection(passed))) for passed in every["chokepoints"]]
    order = every.assign(met=met).sort_values("cost_usd_t", kind="stable")
    return every[~order.duplicated(["direct", "met"]).reindex(every.index)]


def passage_table(
    base: tuple[pd.DataFrame, pd.DataFrame], now: tuple[pd.DataFrame, pd.DataFrame], left: Mapping[str, float]
) -> pd.DataFrame:
    """
    Say what becomes of the tonnes of each limited passage.

    Parameters
    ----------
    base, now
        Flows and arcs (with ``avoids``) of the allocation with nothing closed and of the scenario.
    left
        Passage -> share left.

    Returns
    -------
    table
        Index ``passage``: ``share_left``, and in gross t/yr ``base_t_yr`` (past it with nothing closed),
        ``limit_t_yr``, ``through_t_yr``, ``round_t_yr`` (by ways that keep off it), ``elsewhere_t_yr`` (the rest of the
        base tonnes: from other plants, or not at all; below zero where more goes round than the passage loses);
        ``round_by`` (tuple: the passages those ways have that the way through it does not, by tonnes).
    """
    before, through = gross_past(*base), gross_past(*now)
    rows = {name: _passage(name, share, before, through, now) for name, share in sorted(left.items())}
    return pd.DataFrame.from_dict(rows, orient="index", columns=_PASSAGE).rename_axis("passage")


def _passage(
    name: str, share: float, before: pd.Series, through: pd.Series, now: tuple[pd.DataFrame, pd.DataFrame]
) -> tuple[object, ...]:
    """Account for one passage."""
    flows, arcs = now
    off = arcs.index[[name in avoided for avoided in arcs["avoids"]]].intersection(flows.index)
    gross = flows.loc[off, "t_yr"] * arcs.loc[off, "gross_per_contained"]
    gross = gross[gross > 0]
    was, still = float(before.get(name, 0.0)), float(through.get(name, 0.0))
    rest = was - still - float(gross.sum())
    rest = 0.0 if abs(rest) < _SAME * was else rest  # what the solver leaves of nothing
    return share, was, share * was, still, float(gross.sum()), rest, _gained(gross, arcs)


def _gained(gross: pd.Series, arcs: pd.DataFrame) -> tuple[str, ...]:
    """Name what the detours pass and the ways they replace do not, most tonnes first."""
    tonnes: dict[str, float] = {}
    ways = arcs.loc[gross.index]
    held = arcs["chokepoints"].reindex(ways["direct"])
    for passes, instead, carried in zip(ways["chokepoints"], held, gross, strict=True):
        for passed in set(passes).difference(instead):
            tonnes[passed] = tonnes.get(passed, 0.0) + carried
    return tuple(sorted(tonnes, key=lambda passed: (-tonnes[passed], passed))[:_MOST_NAMED])


def _round(left: pd.DataFrame, shut: frozenset[str], wanted: set[str]) -> pd.DataFrame:
    """Name the ways that keep off some passages, for the arcs that want one."""
    kept = left[np.isin(left.index.to_numpy(), sorted(wanted))]
    ids = pd.Index([f"{arc_id} round {'+'.join(sorted(shut))}" for arc_id in kept.index], name="arc_id")
    return kept.assign(avoids=[tuple(sorted(shut))] * len(kept), direct=kept.index).set_axis(ids, axis=0)
