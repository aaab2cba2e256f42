"""The criteria that corridors are scored on, and the parameters of score and risk."""

import pandas as pd

from layers.catalog import read_table

_MATURITY = "maturity_"


def criteria() -> pd.DataFrame:
    """Return `data/criteria.csv` on index ``criterion``: goalposts, default weights and why."""
    return read_table("criteria").set_index("criterion")


def score_parameters() -> pd.DataFrame:
    """Return `data/score_parameters.csv` on index ``parameter``: value, range and why."""
    return read_table("score_parameters").set_index("parameter")


def maturity_by_status(parameters: pd.DataFrame) -> pd.Series:
    """Return the maturity (0 to 1) of each facility status; a status without one is unknown."""
    rows = parameters.loc[parameters.index.str.startswith(_MATURITY), "value"]
    return rows.rename(lambda name: name.removeprefix(_MATURITY)).rename_axis("status").rename("maturity")
