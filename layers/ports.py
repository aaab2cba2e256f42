"""Ports: the World Port Index, the ports of searoute that it lacks, and mineral ports compiled by hand."""

from pathlib import Path

import geopandas as gpd

from geo.errors import ContractError
from layers.catalog import DATA, read_table


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


def aliases(*, root: Path = DATA) -> dict[str, str]:
    """
    Give `port_id` by the UN/LOCODEs that name a port of ours under another code than the World Port Index does.

    Raises
    ------
    ContractError
        If an alias is itself a `port_id` (it would shadow that port), or stands for no port.
    """
    table, known = read_table("port_aliases", root=root), set(read_table("ports", root=root)["port_id"])
    if shadows := sorted(known & set(table["alias"])):
        msg = f"port_aliases.alias: already a port_id: {', '.join(shadows)}"
        raise ContractError(msg)
    if lost := sorted(set(table["port_id"]) - known):
        msg = f"port_aliases.port_id: not in ports.csv: {', '.join(lost)}"
        raise ContractError(msg)
    return dict(zip(table["alias"], table["port_id"], strict=True))
