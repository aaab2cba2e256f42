"""What more capacity at each stage of a mineral's chain is worth, in one case of an allocation."""

from functools import lru_cache

import pandas as pd

from geo.stage_values import stage_values
from layers.flows import Case
from layers.planner import finder


@lru_cache(maxsize=64)
def stage_worth(one: Case) -> pd.DataFrame:
    """Give the rows of `geo.stage_values.stage_values`, in the order of the chain, with the mineral; never written."""
    held, solved = one.supply, one.allocation
    table = stage_values(solved.model, solved.duals, base=solved.priced)
    order = {str(name): place for place, name in enumerate(_stages(held.mineral, held.hubs[0], held.final_stage))}
    place = table["subject"].map(order)
    table = table.assign(mineral=held.mineral, place=place).sort_values("place", kind="stable", ignore_index=True)
    return table.drop(columns="place")


def _stages(mineral: str, hub: str, final_stage: str) -> pd.Index:
    return finder(mineral, hub, final_stage).question.stages.index


def stage_words(one: Case) -> list[str]:
    """Say the most valuable stage outside the country that has most of it; nothing where none is worth anything."""
    table = stage_worth(one)
    outside = table[table["kind"].eq("stage_outside") & table["binding"]]
    return [str(outside.loc[outside["value_usd_t"].idxmax(), "sentence"])] if len(outside) else []
