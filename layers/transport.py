"""Reads the derived network files and the tables about them, and assembles the network that `geo` computes on."""

import numpy as np
import pandas as pd

from geo.distance import Floats, Ints
from geo.gates import gate_bits, land_bits
from geo.impedance import Rates
from geo.network import Kind, Mode, Network, pieces
from geo.sites import no_sites
from layers.build.store import degrees, load_arrays
from layers.catalog import data_file, read_table
from layers.once import once

Arrays = dict[str, np.ndarray]


@once(1)
def network() -> Network:
    """
    Assemble the world network: lanes, land and ports, with every chokepoint marked on its edges.

    Returns
    -------
    Network
        About 320,000 nodes; shared by every session, since it never changes.
    """
    sea, land, joins = (load_arrays(data_file(f"network/{name}.npz")) for name in ("sea", "land", "connectors"))
    ports, chokepoints = read_table("ports"), read_table("chokepoints")
    iso3 = tuple(str(code) for code in land["iso3"])
    nodes = _nodes(sea, land, ports, iso3)
    edges = _edges(sea, land, joins)
    first_land = len(sea["tail"])
    counts = np.zeros(len(edges), dtype=np.int64)
    counts[:first_land] = sea["bend_count"]
    counts[first_land : first_land + len(land["tail"])] = land["bend_count"]
    bends = np.concatenate([degrees(sea["bends"]), degrees(land["bends"])])
    edges["chokepoints"] = _marks(nodes, edges, bends, counts, chokepoints, iso3)
    links = read_table("links").set_index("link_id")
    return Network(
        nodes=nodes,
        edges=edges,
        passed=pd.DataFrame({"edge": land["crossed_edge"] + first_land, "country": land["crossed_country"]}),
        bends=bends,
        bend_start=np.r_[0, np.cumsum(counts)],
        iso3=iso3,
        chokepoints=tuple(chokepoints["chokepoint_id"]),
        gates=read_table("gates"),
        links=links.loc[[str(item) for item in land["link_ids"]]],
        ports=ports.set_index("port_id")[["gateway", "harbor_size"]].assign(
            node=len(sea["lon"]) + len(land["lon"]) + np.arange(len(ports))
        ),
        order=joins["order"].astype(np.int64),
        sites=no_sites(),
    )


@once(1)
def rates() -> Rates:
    """Read the tables that price an edge."""
    vessels = read_table("vessel_classes").set_index("vessel")
    barred = vessels["barred"].fillna("").str.split(";").map(lambda items: tuple(filter(None, items)))
    borders = read_table("land_borders")
    closed = borders[borders["status"] == "closed"]
    return Rates(
        impedance=read_table("impedance").set_index(["mode", "parameter", "region"])["value"].to_dict(),
        vessels=vessels.assign(barred=barred),
        tolls=read_table("chokepoints").set_index("chokepoint_id"),
        countries=read_table("countries").set_index("iso3"),
        closed_borders=frozenset(map(frozenset, zip(closed["iso3_a"], closed["iso3_b"], strict=True))),
    )


def _nodes(sea: Arrays, land: Arrays, ports: pd.DataFrame, iso3: tuple[str, ...]) -> pd.DataFrame:
    """Stack lanes, land and ports, in the order that the connectors count in."""
    places = {code: place for place, code in enumerate(iso3)}
    port_country = ports["country_iso3"].map(places).fillna(-1)
    return pd.DataFrame(
        {
            "lon": np.r_[degrees(sea["lon"]), degrees(land["lon"]), ports["lon"]],
            "lat": np.r_[degrees(sea["lat"]), degrees(land["lat"]), ports["lat"]],
            "kind": np.r_[
                np.full(len(sea["lon"]), Kind.SEA),
                np.where(land["node_mode"] == 0, Kind.RAIL, Kind.ROAD),
                np.full(len(ports), Kind.PORT),
            ].astype(np.uint8),
            "country": np.r_[np.full(len(sea["lon"]), -1), land["country"], port_country].astype(np.int16),
        }
    )


def _edges(sea: Arrays, land: Arrays, joins: Arrays) -> pd.DataFrame:
    """Stack lanes, land, port connectors and transfers."""
    first_land, first_port = len(sea["lon"]), len(sea["lon"]) + len(land["lon"])
    modes = np.array([Mode.RAIL, Mode.ROAD, Mode.FERRY])
    to_rail = land["node_mode"][joins["land_node"]] == 0
    parts = [
        (sea["tail"], sea["head"], np.full(len(sea["tail"]), Mode.SEA), sea["length_km"]),
        (land["tail"] + first_land, land["head"] + first_land, modes[land["mode"]], land["length_km"]),
        (
            joins["sea_port"] + first_port,
            joins["sea_node"],
            np.full(len(joins["sea_port"]), Mode.PORT_SEA),
            joins["sea_km"],
        ),
        (
            joins["land_port"] + first_port,
            joins["land_node"] + first_land,
            np.where(to_rail, Mode.PORT_RAIL, Mode.PORT_ROAD),
            joins["land_km"],
        ),
        (
            joins["transfer_rail"] + first_land,
            joins["transfer_road"] + first_land,
            np.full(len(joins["transfer_rail"]), Mode.TRANSFER),
            joins["transfer_km"],
        ),
    ]
    tail, head, mode, length = (np.concatenate(column) for column in zip(*parts, strict=True))
    link = np.full(len(tail), -1, dtype=np.int16)
    link[len(sea["tail"]) : len(sea["tail"]) + len(land["tail"])] = land["link"]
    return pd.DataFrame(
        {
            "tail": tail.astype(np.int32),
            "head": head.astype(np.int32),
            "mode": mode.astype(np.uint8),
            "length_km": length.astype(np.float32),
            "chokepoints": np.uint64(0),
            "link": link,
            "oneway": False,
        }
    )


def _marks(
    nodes: pd.DataFrame, edges: pd.DataFrame, bends: Floats, counts: Ints, chokepoints: pd.DataFrame,
    iso3: tuple[str, ...],
) -> np.ndarray:  # fmt: skip
    """Mark each edge with the chokepoints it passes: gates at sea, posts on land."""
    names = tuple(chokepoints["chokepoint_id"])
    bits = np.zeros(len(edges), dtype=np.uint64)
    wet = np.flatnonzero(edges["mode"].isin([Mode.SEA, Mode.PORT_SEA]))
    tail, head = edges["tail"].to_numpy()[wet], edges["head"].to_numpy()[wet]
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    ends = np.column_stack((lon[tail], lat[tail], lon[head], lat[head]))
    edge, lines = pieces(ends, bends[: counts[wet].sum()], counts[wet])  # the bends at sea come first
    np.bitwise_or.at(bits, wet[edge], gate_bits(lines, read_table("gates"), names))
    posts = chokepoints.assign(bit=np.arange(len(names)))
    posts = posts[posts["kind"].isin(["land_border", "ferry", "port"])]
    marked: np.ndarray = bits | land_bits(nodes, edges, posts, iso3)
    return marked
