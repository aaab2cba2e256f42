"""Demand hubs: where a mineral is needed, and the ports by which it enters."""

import geopandas as gpd

from geo.errors import ContractError
from layers.catalog import read_table


def hubs() -> gpd.GeoDataFrame:
    """
    Return the hubs at their inland points, indexed by `hub`; `members` and `entry_ports` are tuples.

    Raises
    ------
    ContractError
        If an entry port is not in `data/ports.csv`.
    """
    frame = read_table("hubs").set_index("hub")
    split = {column: [tuple(item.split(";")) for item in frame[column]] for column in ("members", "entry_ports")}
    frame = frame.assign(**split)
    named = frame["entry_ports"].explode()
    if unknown := sorted(set(named) - set(read_table("ports")["port_id"])):
        msg = f"hubs.entry_ports: not in ports.csv: {', '.join(unknown)}"
        raise ContractError(msg)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")
