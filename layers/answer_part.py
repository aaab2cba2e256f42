"""Part of an answer: the corridors that start at a mine, or those that start at a recycling plant."""

import dataclasses
from typing import Final, Literal

import pandas as pd

from layers.answer import Answer, told
from layers.planner import world_with

Start = Literal["both", "mined", "recycled"]
STARTS: Final[tuple[Start, ...]] = ("both", "mined", "recycled")
_RECYCLING: Final = "recycling"


def part_of(found: Answer, start: Start) -> Answer:
    """
    Keep the corridors and sources of one kind, ranked among themselves.

    Scores, and in how many draws of the weights a corridor leads, are those of the whole answer: what is not shown is
    still there to lead.
    """
    if start == "both":
        return found
    table = world_with(found.ask.own.facilities).facilities
    recycling = set(table.loc[table["kind"] == _RECYCLING, "facility_id"])

    def wanted(first: pd.Series) -> pd.Series:
        return first.isin(recycling) == (start == "recycled")

    corridors = found.corridors[wanted(found.corridors["facility_ids"].str[0])]
    rank = corridors.groupby("case")["score_low"].rank(ascending=False, method="min")
    sources = found.sources[wanted(found.sources.index.to_series())]
    corridors = corridors.assign(rank=rank)
    return dataclasses.replace(
        found,
        corridors=corridors,
        legs=found.legs[found.legs["corridor_id"].isin(corridors.index)],
        sources=sources,
        findings=told(found.ask, found.asked, corridors, sources),
    )
