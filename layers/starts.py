"""Where corridors start: at a mine, or at a recycling plant."""

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.own import Own
from layers.planner import world_with

Start = Literal["both", "mined", "recycled"]
STARTS: Final[tuple[Start, ...]] = ("both", "mined", "recycled")
_RECYCLING: Final = "recycling"


def starts(facilities: pd.Index, start: Start, own: Own) -> npt.NDArray[np.bool_]:
    """Mark the facilities of one kind, ours and those that the asker brought."""
    if start == "both":
        return np.ones(len(facilities), dtype=bool)
    table = world_with(own.facilities).facilities
    recycling = table.loc[table["kind"] == _RECYCLING, "facility_id"]
    found: npt.NDArray[np.bool_] = facilities.isin(recycling)
    return found if start == "recycled" else ~found
