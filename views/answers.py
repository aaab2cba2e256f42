"""The answer to what the reader chose, kept so that a click on a row or a tab computes nothing."""

from functools import lru_cache

import pandas as pd

from geo.scenarios import Scenario
from layers.answer import Answer, Ask, answer
from layers.answer_part import part_of
from layers.features import lost
from layers.once import once
from layers.starts import Start

KEPT = 12  # answers of about 10 MB each


@once(KEPT)
def answered(ask: Ask, scenario: Scenario, weights: tuple[tuple[str, float], ...]) -> Answer:
    """Answer a question; the same question gives the same object, which nothing may change."""
    return answer(ask, scenario, weights=dict(weights))


@lru_cache(maxsize=KEPT)
def shown(found: Answer, start: Start) -> Answer:
    """Keep what starts where the reader wants it to; the same object for the same answer."""
    return part_of(found, start)


def now(found: Answer) -> pd.DataFrame:
    """Give the corridors as they are after what went wrong: the base case where nothing did."""
    return case(found, "base" if found.asked.is_base else "scenario")


def case(found: Answer, name: str) -> pd.DataFrame:
    """Give the corridors of one case, best first."""
    return found.ranked[found.ranked["case"] == name]


@lru_cache(maxsize=2 * KEPT)
def ranked(found: Answer, efficient: bool) -> pd.DataFrame:  # noqa: FBT001 a cache key
    """
    Give the rows of the table: the live corridors, best first, then those of the base case that are lost.

    Parameters
    ----------
    efficient
        Leave out what another corridor beats in everything; a base corridor that was worth showing stays.
    """
    rows = now(found)
    if not efficient:
        return rows
    base = case(found, "base")
    worth = set(base.index[base["efficient"]])
    gone = rows["status"].isin(["stranded", "unknown"]) & rows.index.isin(worth)
    return rows[rows["efficient"] | gone]


@lru_cache(maxsize=2 * KEPT)
def drawn(found: Answer, efficient: bool) -> pd.DataFrame:  # noqa: FBT001 a cache key
    """Give the corridors on the map, base and scenario: those of the table, and the base case beside them."""
    if found.asked.is_base:
        return ranked(found, efficient)
    base, rows = case(found, "base"), ranked(found, efficient)
    beside = base[base["efficient"] | base.index.isin(rows.index)] if efficient else base
    return pd.concat([beside, rows])


def map_key(found: Answer, corridor_id: str) -> str | None:
    """Name the line of a corridor on the map: the scenario's, or the base case's where that is all there is."""
    if corridor_id not in now(found).index:
        return None
    name = "base" if found.asked.is_base or corridor_id in lost(found.ranked).index else "scenario"
    return f"{name}:{corridor_id}"
