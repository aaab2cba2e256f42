"""
Builds `connectors.npz`: what joins the networks, and the elimination order.

Ports join lanes, rails and roads; rail joins road.

The files of sea and land stay apart, each under its own licence; this one holds row numbers and distances only.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pymetis
import shapely

from geo.distance import Floats, Ints, NearestNodes, lon_step
from layers.build.store import degrees, load_arrays, save_arrays

OUTPUT = "connectors.npz"
SEA_NODES, SEA_CAP_KM, SEA_SLACK = 4, 150.0, (1.6, 20.0)  # join lanes up to 1.6 times + 20 km the nearest
RIVER_CAP_KM = 600.0  # a gateway far up a river or in an unlaned sea joins the one nearest lane within this distance
LAND_NODES, RAIL_CAP_KM, ROAD_NEAR_KM, ROAD_CAP_KM = 2, 20.0, 30.0, 150.0
DRY_SHARE, DRY_FREE_KM = 0.5, 15.0  # a connector to a lane may cross this much land: estuaries are drawn as land
TRANSFER_KM, TRANSFER_CELL_DEG = 3.0, 0.25  # one rail-road terminal a cell
METIS = {"seed": 1, "ufactor": 400, "nseps": 10, "niter": 50}  # halves may differ by 40 %; the best of ten cuts each


def build(raw_dir: Path, out_dir: Path, *, tables: Path) -> list[Path]:
    """Write the connectors of the networks in `out_dir` and the ports of `tables`."""
    del raw_dir
    sea, land = load_arrays(out_dir / "sea.npz"), load_arrays(out_dir / "land.npz")
    ports = pd.read_csv(tables / "ports.csv", usecols=["port_id", "lon", "lat", "gateway"])
    lon, lat = ports["lon"].to_numpy(float), ports["lat"].to_numpy(float)
    sea_port, sea_node, sea_km = sea_connectors(ports, degrees(sea["lon"]), degrees(sea["lat"]), out_dir)
    land_port, land_node, land_km = land_connectors(lon, lat, land)
    rail, road, transfer_km = transfers(land)
    arrays = {
        "port_id": ports["port_id"].to_numpy(dtype=np.str_),
        "sea_port": sea_port.astype(np.int32),
        "sea_node": sea_node.astype(np.int32),
        "sea_km": sea_km.astype(np.float32),
        "land_port": land_port.astype(np.int32),
        "land_node": land_node.astype(np.int32),
        "land_km": land_km.astype(np.float32),
        "transfer_rail": rail.astype(np.int32),
        "transfer_road": road.astype(np.int32),
        "transfer_km": transfer_km.astype(np.float32),
    }
    arrays["order"] = elimination_order(sea, land, len(ports), arrays)
    path = out_dir / OUTPUT
    save_arrays(path, **arrays)
    return [path]


def sea_connectors(ports: pd.DataFrame, sea_lon: Floats, sea_lat: Floats, out_dir: Path) -> tuple[Ints, Ints, Floats]:
    """Join each port to lane nodes about as near as the nearest, not across a neck of land if there is another."""
    lon, lat = ports["lon"].to_numpy(float), ports["lat"].to_numpy(float)
    gateways = np.flatnonzero(ports["gateway"])
    finder = NearestNodes(sea_lon, sea_lat)
    port, node, gap = finder.query(lon, lat, k=12, within_km=SEA_CAP_KM)
    far = np.setdiff1d(gateways, port)
    river, lane, stretch = finder.query(lon[far], lat[far], k=1, within_km=RIVER_CAP_KM)
    port, node, gap = np.r_[port, far[river]], np.r_[node, lane], np.r_[gap, stretch]
    east = lon[port] + lon_step(lon[port], sea_lon[node])
    ways = shapely.linestrings(np.stack([np.c_[lon[port], lat[port]], np.c_[east, sea_lat[node]]], axis=1))
    land = gpd.read_parquet(out_dir / "countries.parquet").geometry.to_numpy()
    shapely.prepare(land)
    way, polygon = shapely.STRtree(land).query(ways, predicate="intersects")
    dry = np.bincount(way, shapely.length(shapely.intersection(ways[way], land[polygon])), minlength=len(ways))
    share = np.divide(dry, shapely.length(ways), out=np.zeros(len(ways)), where=shapely.length(ways) > 0)
    wet = (share <= DRY_SHARE) | (share * gap <= DRY_FREE_KM)
    frame = pd.DataFrame({"port": port, "node": node, "gap": gap, "wet": wet})
    frame["any"] = frame.groupby("port")["wet"].transform("any")
    frame = frame[frame["wet"] | ~frame["any"]].sort_values(["port", "gap", "node"])
    nearest = frame.groupby("port")["gap"].transform("min")
    rank = frame.groupby("port").cumcount()
    fits = (frame["gap"] <= SEA_SLACK[0] * nearest + SEA_SLACK[1]) & (rank < SEA_NODES) & (frame["any"] | (rank == 0))
    chosen = frame[fits]
    return chosen["port"].to_numpy(), chosen["node"].to_numpy(), chosen["gap"].to_numpy()


def land_connectors(lon: Floats, lat: Floats, land: dict[str, np.ndarray]) -> tuple[Ints, Ints, Floats]:
    """Join each port to rail within 20 km and roads within 30 km, or to the one nearest road within 150 km."""
    node_lon, node_lat, mode = degrees(land["lon"]), degrees(land["lat"]), land["node_mode"]
    found = []
    for code, near_km, cap_km in ((0, RAIL_CAP_KM, RAIL_CAP_KM), (1, ROAD_NEAR_KM, ROAD_CAP_KM)):
        rows = np.flatnonzero(mode == code)
        finder = NearestNodes(node_lon[rows], node_lat[rows])
        port, node, gap = finder.query(lon, lat, k=LAND_NODES, within_km=cap_km)
        first = np.r_[True, port[1:] != port[:-1]]
        keep = (gap <= near_km) | first
        found.append((port[keep], rows[node[keep]], gap[keep]))
    port, node, gap = (np.concatenate(part) for part in zip(*found, strict=True))
    return port, node, gap


def transfers(land: dict[str, np.ndarray]) -> tuple[Ints, Ints, Floats]:
    """Place one rail-road terminal in each cell where the two come within 3 km: the closest pair."""
    lon, lat, mode = degrees(land["lon"]), degrees(land["lat"]), land["node_mode"]
    rail, road = np.flatnonzero(mode == 0), np.flatnonzero(mode == 1)
    query, point, gap = NearestNodes(lon[road], lat[road]).query(lon[rail], lat[rail], k=1, within_km=TRANSFER_KM)
    frame = pd.DataFrame({"rail": rail[query], "road": road[point], "gap": gap})
    frame["x"] = np.floor(lon[frame["rail"]] / TRANSFER_CELL_DEG)
    frame["y"] = np.floor(lat[frame["rail"]] / TRANSFER_CELL_DEG)
    best = frame.sort_values(["gap", "rail"]).groupby(["x", "y"]).head(1).sort_values("rail")
    return best["rail"].to_numpy(), best["road"].to_numpy(), best["gap"].to_numpy()


def elimination_order(
    sea: dict[str, np.ndarray], land: dict[str, np.ndarray], port_count: int, joins: dict[str, np.ndarray]
) -> np.ndarray:
    """
    Order the nodes (lanes, land, ports) for the contraction hierarchy by METIS' nested dissection.

    Its triangles, which every weighing goes over, are 30 million; those of RoutingKit's own order along the map, which
    only tries straight cuts, were 49 million.
    """
    first_land, first_port = len(sea["lon"]), len(sea["lon"]) + len(land["lon"])
    tail = np.r_[
        sea["tail"], land["tail"] + first_land, joins["sea_port"] + first_port, joins["land_port"] + first_port,
        joins["transfer_rail"] + first_land,
    ]  # fmt: skip
    head = np.r_[
        sea["head"], land["head"] + first_land, joins["sea_node"], joins["land_node"] + first_land,
        joins["transfer_road"] + first_land,
    ]  # fmt: skip
    ends = np.sort(np.stack((tail, head), axis=1), axis=1)
    once = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    both = np.r_[once, once[:, ::-1]]
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    first = np.searchsorted(both[:, 0], np.arange(first_port + port_count + 1))
    graph = pymetis.CSRAdjacency(first.astype(np.int32), both[:, 1].astype(np.int32))
    order, _ = pymetis.nested_dissection(graph, options=pymetis.Options(**METIS))
    return np.asarray(order, dtype=np.int32)
