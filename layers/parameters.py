"""Transport parameters: rates with their ranges, and ship classes. A rate that is not in the table is refused."""

import pandas as pd

from geo.errors import UnknownIdError
from layers.catalog import read_table

WORLD = "world"


class MissingRateError(UnknownIdError):
    """No rate for this mode and parameter, neither for the region nor for the world."""


def impedance() -> pd.DataFrame:
    """Return every rate, indexed by `(mode, parameter, region)`: `value, unit, low, high, source, truth_state, …`."""
    return read_table("impedance").set_index(["mode", "parameter", "region"]).sort_index()


def rate(mode: str, parameter: str, *, region: str = WORLD) -> pd.Series:
    """
    Return one row of :func:`impedance`: the region's own, else the world's.

    Raises
    ------
    MissingRateError
        If neither exists: a missing rate is never zero.
    """
    frame = impedance()
    for place in (region, WORLD):
        if (mode, parameter, place) in frame.index:
            return frame.loc[(mode, parameter, place)]
    msg = f"impedance.csv has no {parameter} for {mode} in {region} or {WORLD}"
    raise MissingRateError(msg)


def vessel_classes() -> pd.DataFrame:
    """Return the ship classes, indexed by `vessel`; `barred` is a frozenset of chokepoint ids."""
    frame = read_table("vessel_classes").set_index("vessel")
    barred = [frozenset(filter(None, item.split(";"))) for item in frame["barred"].fillna("")]
    return frame.assign(barred=barred)
