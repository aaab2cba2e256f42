"""
Passages at part of their capacity in the allocation: what still fits past them, and the ways around them.

Nobody publishes how many tonnes of a mineral a passage could take, so the limit is pro rata: the mineral keeps its
share of the passage. At a share f of its capacity at most f times the gross tonnes may pass that would pass it with
everything else as asked and the passage whole. The rest goes round, by ways that avoid the passage, or does not come.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import Throughput
from geo.flow_compare import AROUND
from geo.scenarios import Scenario
from layers.supply import Supply, supply

_JOINED: Final = "+"


def around(arc_id: str) -> frozenset[str]:
    """
    List the passages that an arc goes round; none for an arc that is free to choose.

    Examples
    --------
    >>> sorted(around("F1|mining>USA~panama+suez")), around("F1|mining>USA")
    (['panama', 'suez'], frozenset())
    """
    return frozenset(filter(None, arc_id.partition(AROUND)[2].split(_JOINED)))


def with_ways_around(found: Supply, scenario: Scenario) -> Supply:
    """
    Add to the arcs that pass a passage at part of its capacity one more that avoids it.

    Returns
    -------
    supply
        The arcs of `found`, and for each passage, and for all of them together, those of its arcs that pass it once
        more, by the best way with it shut; ``arc_id`` then ends in ``~`` and what is avoided. Without such a way: none.
    """
    throttled = frozenset(item for item, _ in scenario.partial)
    parts = [found.arcs]
    for avoided in dict.fromkeys([*(frozenset({item}) for item in sorted(throttled)), throttled]):
        shut = scenario.model_copy(update={"close": scenario.close | avoided})
        other = supply(found.mineral, shut, final_stage=found.final_stage, hubs=found.hubs).arcs
        passing = found.arcs.index[[bool(avoided.intersection(names)) for names in found.arcs["chokepoints"]]]
        suffix = AROUND + _JOINED.join(sorted(avoided))
        parts.append(other[other.index.isin(passing)].rename(index=lambda arc, end=suffix: arc + end))
    return replace(found, arcs=pd.concat(parts))


def limits(arcs: pd.DataFrame, flows: pd.DataFrame, scenario: Scenario) -> tuple[Throughput, ...]:
    """
    Say what each passage at part of its capacity lets through, in gross tonnes a year.

    Parameters
    ----------
    arcs, flows
        Of the same question with every passage whole: ``chokepoints``, ``gross_per_contained``; ``t_yr``.
    """
    return tuple(Throughput(item, share * past_t_yr(arcs, flows, item)) for item, share in sorted(scenario.partial))


def past_t_yr(arcs: pd.DataFrame, flows: pd.DataFrame, chokepoint: str) -> float:
    """Sum the gross tonnes a year that pass a chokepoint."""
    used = arcs.loc[flows.index]
    passes = np.array([chokepoint in names for names in used["chokepoints"]], dtype=bool)
    return float((flows["t_yr"] * used["gross_per_contained"])[passes].sum())


Moved = tuple[pd.DataFrame, pd.DataFrame]
"""Arcs and flows of one allocation."""


def throttle_words(whole: Moved, now: Moved, scenario: Scenario) -> list[str]:
    """
    Tell what each passage lets through and what goes round it.

    Parameters
    ----------
    whole, now
        With every passage at its full capacity, and in the scenario.
    """
    told = []
    gross = now[1]["t_yr"] * now[0].loc[now[1].index, "gross_per_contained"]
    for item, share in sorted(scenario.partial):
        before, after = past_t_yr(*whole, item), past_t_yr(*now, item)
        if not before:
            told.append(f"{item} at {share:.0%} binds nothing: none of this mineral would pass it.")
            continue
        turned = float(gross[[item in around(arc) for arc in gross.index]].sum())
        told.append(
            f"{item} at {share:.0%}: {after:,.0f} of {before:,.0f} gross t/yr still pass (its share of the passage, "
            f"pro rata), {turned:,.0f} go round it; the rest comes from elsewhere or not at all."
        )
    return told
