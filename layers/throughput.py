"""Passages at part of their capacity, on the real network: the ways round them, and what it means in plain words."""

import pandas as pd

from geo.scenarios import Scenario
from geo.throughput import with_detours
from layers.supply import Supply, supply

_LITTLE = 1e-6


def detoured(found: Supply, scenario: Scenario) -> pd.DataFrame:
    """
    Give the arcs of a supply with the ways that keep off the limited passages of a scenario, `geo.throughput`.

    A way round some passages is the way of the scenario with these shut as well.
    """

    def ways_round(shut: frozenset[str]) -> pd.DataFrame:
        closed = scenario.model_copy(update={"close": scenario.close | shut})
        return supply(found.mineral, closed, final_stage=found.final_stage, hubs=found.hubs).arcs

    return with_detours(found.arcs, [name for name, _ in scenario.partial], ways_round)


def passage_words(passages: pd.DataFrame, more_unmet_t_yr: float) -> list[str]:
    """
    Say how much of what passes each limited passage still does, goes round, or comes from elsewhere.

    Parameters
    ----------
    passages
        From `geo.throughput.passage_table`.
    more_unmet_t_yr
        Contained tonnes of need that the scenario leaves unmet, beyond the base case.
    """
    told = [_words(str(name), row, unmet=more_unmet_t_yr > _LITTLE) for name, row in passages.iterrows()]
    if told:
        told.append(f"With all of it, {max(more_unmet_t_yr, 0.0):,.0f} t/yr more of the need is unmet.")
    return told


def _words(name: str, row: pd.Series, *, unmet: bool) -> str:
    """Say it of one passage."""
    where = f"{name} at {row['share_left']:.0%}"
    if not row["base_t_yr"] > _LITTLE:
        return f"{where}: nothing of this mineral passes it in the base case, so it has no share to keep."
    by = f" by {', '.join(row['round_by'])}" if row["round_by"] else ""
    told = (
        f"{where}: of {row['base_t_yr']:,.0f} gross t/yr of the base case {row['through_t_yr']:,.0f} still pass "
        f"(at most its share, {row['limit_t_yr']:,.0f}), {row['round_t_yr']:,.0f} go round{by}"
    )
    if row["elsewhere_t_yr"] > _LITTLE * row["base_t_yr"]:
        told += f", {row['elsewhere_t_yr']:,.0f} come from other plants" + (" or not at all" if unmet else "")
    return f"{told}."
