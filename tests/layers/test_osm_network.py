"""The network to and from OSMnx's conventions: nothing lost, nothing invented."""

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from shapely import LineString

from geo.errors import BadInputError, ContractError
from layers.osm_network import from_osmnx, read_graph, to_osmnx, write_graph


@pytest.fixture
def frames():
    """Sea across the antimeridian, two parallel edges, an unknown length, an absent text, one lone node."""
    nodes = pd.DataFrame(
        {"lon": [179.0, -179.0, 0.5, 10.0], "lat": [0.0, 0.0, 51.0, 50.0], "kind": ["sea", "sea", "port", None]},
        index=pd.Index([11, 12, 13, 14], name="node_id"),
    )
    edges = pd.DataFrame(
        {
            "u": [11, 11, 12],
            "v": [12, 12, 13],
            "key": [0, 1, 0],
            "mode": ["sea", "sea", "transfer"],
            "length_km": [222.638982, np.nan, 9000.5],
            "chokepoints": [("suez", "bab_el_mandeb"), (), None],
            "handling_h": [0.0, np.nan, 24.0],
        }
    )
    lines = [[(179, 0), (181, 0)], [(179, 0), (180, 1), (181, 0)], [(-179, 0), (0.5, 51)]]
    return (
        gpd.GeoDataFrame(nodes, geometry=gpd.points_from_xy(nodes["lon"], nodes["lat"]), crs="EPSG:4326"),
        gpd.GeoDataFrame(edges, geometry=[LineString(line) for line in lines], crs="EPSG:4326"),
    )


def comparable(nodes, edges):
    """Rows and columns in one order, text and nulls in one form."""
    edges = edges.sort_values(["u", "v", "key"]).reset_index(drop=True)
    edges["wkt"] = edges.geometry.to_wkt(rounding_precision=9)
    tables = [pd.DataFrame(frame.drop(columns="geometry")).sort_index(axis=1) for frame in (nodes, edges)]
    return [table.astype(object).where(table.notna(), None) for table in tables]


def test_graph_follows_osmnx_conventions_and_leaves_the_frames_alone(frames):
    before = [frame.copy() for frame in frames]
    graph = to_osmnx(*frames)
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.graph["crs"] == "EPSG:4326"
    assert graph.nodes[11]["x"] == 179.0
    assert graph.edges[11, 12, 0]["length"] == pytest.approx(222_638.982)
    assert graph.edges[11, 12, 0]["chokepoints"] == "suez;bab_el_mandeb"
    graph.remove_edge(11, 12, 1)  # its length is unknown, of which OSMnx warns
    assert ox.shortest_path(graph, 11, 13, weight="length") == [11, 12, 13]
    for now, then in zip(frames, before, strict=True):
        assert_frame_equal(pd.DataFrame(now), pd.DataFrame(then))


def test_unknown_length_is_absent_and_comes_back_unknown_never_zero(frames):
    graph = to_osmnx(*frames)
    assert "length" not in graph.edges[11, 12, 1]
    edges = from_osmnx(graph)[1].set_index(["u", "v", "key"])
    assert np.isnan(edges.loc[(11, 12, 1), "length_km"])
    assert edges.loc[(11, 12, 0), "length_km"] == pytest.approx(222.638982)


@pytest.mark.parametrize("suffix", [".gpkg", ".graphml"])
@pytest.mark.parametrize("text_ids", [False, True])
def test_files_round_trip(frames, tmp_path, suffix, text_ids):
    nodes, edges = frames
    if text_ids:
        nodes = nodes.set_index(nodes.index.map("n{}".format).rename("node_id"))
        edges = edges.assign(u=edges["u"].map("n{}".format), v=edges["v"].map("n{}".format))
    graph = to_osmnx(nodes, edges)
    path = tmp_path / f"network{suffix}"
    write_graph(graph, path)
    write_graph(graph, path)  # replaces, does not append
    read, kept = comparable(*from_osmnx(read_graph(path))), comparable(*from_osmnx(graph))
    if suffix == ".gpkg":  # an empty text and an absent one are the same there
        kept = [table.mask(table == "", None) for table in kept]
    for got, want in zip(read, kept, strict=True):
        assert_frame_equal(got.sort_index(), want.sort_index(), check_dtype=False, check_index_type=False)


def test_round_trip_twice_changes_nothing(frames):
    once = from_osmnx(to_osmnx(*frames))
    for got, want in zip(comparable(*from_osmnx(to_osmnx(*once))), comparable(*once), strict=True):
        assert_frame_equal(got, want)


def test_every_breach_is_named_at_once(frames):
    nodes, edges = frames
    edges = edges.assign(v=[12, 12, 99], key=0).set_crs("EPSG:3857", allow_override=True)
    with pytest.raises(ContractError, match=r"held twice.*end in no node \(1 rows, first \[99\]\).*not EPSG:4326"):
        to_osmnx(nodes, edges)
    with pytest.raises(ContractError, match="nodes: no column kind; edges: no column mode"):
        to_osmnx(nodes.drop(columns="kind"), edges.drop(columns="mode"))


def test_other_files_are_refused_in_one_line(frames, tmp_path):
    with pytest.raises(BadInputError, match="GeoPackage"):
        write_graph(to_osmnx(*frames), tmp_path / "network.shp")
    (tmp_path / "network.graphml").write_text("<graphml")
    with pytest.raises(BadInputError, match="cannot be read as a network"):
        read_graph(tmp_path / "network.graphml")
