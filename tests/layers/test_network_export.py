"""The world network in OSMnx's conventions: a box of it out to a file and back."""

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from geo.distance import polyline_km
from geo.errors import BadInputError
from layers.network_export import export_network, network_frames, read_box
from layers.osm_network import from_osmnx, read_graph
from layers.transport import network

FINLAND = (19.0, 59.0, 32.0, 71.0)
DENMARK = (8.0, 54.0, 16.0, 59.0)  # with the Great Belt and the Sound
FIJI = (176.0, -20.0, -176.0, -15.0)  # over the antimeridian


@pytest.mark.parametrize("suffix", ["gpkg", "graphml"])
def test_a_box_comes_back_from_a_file_as_it_was(tmp_path, suffix):
    path = tmp_path / f"denmark.{suffix}"
    count = export_network(network(), path, box=DENMARK)
    graph = read_graph(path)
    nodes, edges = network_frames(network(), box=DENMARK)
    assert (len(graph), graph.number_of_edges()) == count == (len(nodes), len(edges))
    back_nodes, back_edges = from_osmnx(graph)
    order = ["u", "v", "key"]
    back, own = back_edges.set_index(order).sort_index(), edges.set_index(order).sort_index()
    assert back.index.equals(own.index)
    np.testing.assert_allclose(back["length_km"], own["length_km"], rtol=1e-6)
    assert (back["mode"] == own["mode"]).all()
    assert own["chokepoints"].notna().any()
    assert (back["chokepoints"].fillna("") == own["chokepoints"].fillna("")).all()
    assert back.geometry.geom_equals_exact(own.geometry, 1e-9).all()
    np.testing.assert_allclose(back_nodes.sort_index()[["lon", "lat"]], nodes.sort_index()[["lon", "lat"]])


def test_osmnx_itself_routes_on_it(tmp_path):
    path = tmp_path / "finland.gpkg"
    export_network(network(), path, box=FINLAND, modes=["road"])
    graph = read_graph(path)
    nodes, _ = from_osmnx(graph)
    ends = [
        np.hypot((nodes["lon"] - lon) * np.cos(np.radians(lat)), nodes["lat"] - lat).idxmin()
        for lon, lat in ((24.94, 60.17), (25.47, 65.01))
    ]
    length_km = nx.shortest_path_length(graph, *ends, weight="length") / 1000
    assert length_km == pytest.approx(607, rel=0.05)  # Helsinki-Oulu by national road 4


def test_an_edge_holds_its_two_ways_and_its_road():
    nodes, edges = network_frames(network(), box=FINLAND, modes=["road", "rail"])
    assert set(edges["mode"]) <= {"road", "rail", "port_road", "port_rail", "transfer"}
    pairs = set(zip(edges["u"], edges["v"], strict=True))
    assert all((v, u) in pairs for u, v in pairs)
    ends = nodes.loc[edges["u"], ["lon", "lat"]].to_numpy()
    assert all(line.coords[0] == pytest.approx(end) for line, end in zip(edges.geometry, ends, strict=True))
    roads = edges[(edges["mode"] == "road") & edges["link"].isna()].head(200)
    drawn_km = [polyline_km(np.asarray(line.coords)) for line in roads.geometry]
    np.testing.assert_allclose(drawn_km, roads["length_km"], rtol=0.2, atol=1)


def test_a_box_over_the_antimeridian_keeps_lanes_short():
    nodes, edges = network_frames(network(), box=FIJI)
    assert nodes["lon"].max() > 0 > nodes["lon"].min()
    assert (edges.geometry.bounds["maxx"] - edges.geometry.bounds["minx"]).max() < FIJI[2] - FIJI[0] + 360


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="GeoPackage"):
        export_network(network(), tmp_path / "net.shp", box=FIJI)
    with pytest.raises(BadInputError, match="lies in this box"):
        export_network(network(), tmp_path / "net.gpkg", box=(0.0, 89.0, 1.0, 90.0))
    for place in ("/vsimem/net.gpkg", "/vsis3/bucket/net.gpkg"):
        with pytest.raises(BadInputError, match="GDAL's own"):
            export_network(network(), Path(place), box=FIJI)
    for text in ("1,2,3", "0,10,5,5", "0,0,200,5", "a,b,c,d"):
        with pytest.raises(BadInputError, match="as a box"):
            read_box(text)
