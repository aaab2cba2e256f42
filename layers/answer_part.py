"""Part of an answer: the corridors that start at a mine, or those that start at a recycling plant."""

import dataclasses

import pandas as pd

from layers.answer import Answer
from layers.starts import Start, starts


def part_of(found: Answer, start: Start) -> Answer:
    """
    Keep the corridors and sources of one kind, ranked among themselves.

    Scores, and in how many draws of the weights a corridor leads, are those of the whole answer: what is not shown is
    still there to lead.
    """
    if start == "both":
        return found
    rows = found.ranked[starts(pd.Index(found.ranked["facility_ids"].str[0]), start, found.ask.own)]
    rank = rows.groupby("case")["score_low"].rank(ascending=False, method="min")
    return dataclasses.replace(found, ranked=rows.assign(rank=rank), start=start)
