"""Ports: the World Port Index, the ports of searoute that it lacks, and mineral ports compiled by hand."""

import geopandas as gpd

from layers.catalog import read_table


def ports() -> gpd.GeoDataFrame:
    """Return every port as a point, indexed by `port_id` (columns as in `data/ports.csv`)."""
    frame = read_table("ports").set_index("port_id")
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")


def gateways() -> gpd.GeoDataFrame:
    """
    Return the ports between which alternative corridors are sought.

    Large ports, mineral ports, the entry ports of every hub, and medium ports with no such port within 400 km.
    """
    frame = ports()
    return frame[frame["gateway"]]
