"""Countries: indicators, polygons, alliances, and the land borders that goods cannot cross."""

from functools import lru_cache
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from layers.catalog import data_file, read_table

IN_PAGE: Final = "window.corridorCountries"
SCRIPT: Final = IN_PAGE + " = {};\n"


def countries() -> pd.DataFrame:
    """Return indicators, rail gauge, customs union and freight region, indexed by `iso3`."""
    return read_table("countries").set_index("iso3")


def polygons() -> gpd.GeoDataFrame:
    """Return the country polygons at 1:50m (`iso3, name, geometry`), cut at 180 degrees; for tests of place."""
    return gpd.read_parquet(data_file("network/countries.parquet"))


def basemap() -> str:
    """Return the light countries of the map as JavaScript that gives them: see `layers.build.drawn_countries`."""
    before, after = SCRIPT.split("{}")
    return basemap_script().read_text(encoding="utf-8").removeprefix(before).removesuffix(after)


def basemap_script() -> Path:
    """Give the script that the app's page loads once: it names the countries `IN_PAGE`."""
    return data_file("network/map/countries.js")


@lru_cache(maxsize=1)
def groups() -> pd.DataFrame:
    """
    Return one row a group: index `group`, `name, as_of, source, truth_state`, `members` (frozenset of iso3).

    Shared, never written: the first page asks for it fifty times, 15 ms each if it were put together anew.
    """
    rows = read_table("groups").groupby("group")
    return rows.agg(
        name=("name", "first"),
        as_of=("as_of", "first"),
        source=("source", "first"),
        truth_state=("truth_state", "first"),
        members=("iso3", frozenset),
    )


def borders(status: str) -> frozenset[frozenset[str]]:
    """Return the pairs of countries whose land border is `closed` or `restricted`."""
    frame = read_table("land_borders")
    frame = frame[frame["status"] == status]
    return frozenset(map(frozenset, zip(frame["iso3_a"], frame["iso3_b"], strict=True)))
