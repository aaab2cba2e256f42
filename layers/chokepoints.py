"""Chokepoints: what they are, the gates that mark them on the sea lanes, and what disturbs them."""

import geopandas as gpd
import pandas as pd
import shapely

from layers.catalog import read_table


def chokepoints() -> gpd.GeoDataFrame:
    """Return every chokepoint as a point, indexed by `chokepoint_id` (columns as in `data/chokepoints.csv`)."""
    frame = read_table("chokepoints").set_index("chokepoint_id")
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def closed_by_default() -> frozenset[str]:
    """Return the passages that stay closed unless a scenario opens them: ice, locks for small craft."""
    frame = chokepoints()
    return frozenset(frame.index[~frame["default_open"]])


def gates() -> gpd.GeoDataFrame:
    """Return the gate segments as lines: `chokepoint_id, lon1, lat1, lon2, lat2, geometry`."""
    frame = read_table("gates")
    ends = frame[["lon1", "lat1", "lon2", "lat2"]].to_numpy(float).reshape(-1, 2, 2)
    return gpd.GeoDataFrame(frame, geometry=shapely.linestrings(ends), crs="EPSG:4326")


def hazards() -> pd.DataFrame:
    """
    Return what disturbs each passage: `chokepoint_id, hazard, annual_rate, duration_days, severity, …`.

    A passage without rows has no published hazard, which is not the same as none. The Hormuz rows predate the
    closure of 2026.
    """
    return read_table("chokepoint_hazards")
