"""Which edges pass which gate: drawn by hand, at the antimeridian, at borders and on ferries."""

import numpy as np
import pandas as pd
import pytest

from geo.gates import gate_bits, land_bits
from geo.network import Kind, Mode
from tests.geo.toy import EDGES, ISO3, NODES, toy_network

COLUMNS = ["chokepoint_id", "lon1", "lat1", "lon2", "lat2"]
NAMES = ("first", "second")


def bits(lines, *gates):
    return gate_bits(np.array(lines, dtype=float), pd.DataFrame(gates, columns=COLUMNS), NAMES).tolist()


def test_a_crossing_is_marked_either_way_and_a_near_miss_is_not():
    gate = ("second", 0.0, -1.0, 0.0, 1.0)
    assert bits([[-1, 0, 1, 0], [1, 0, -1, 0], [-1, 1.01, 1, 1.01]], gate) == [2, 2, 0]


def test_an_edge_past_two_gates_carries_both():
    assert bits([[-1, 0, 3, 0]], ("first", 0, -1, 0, 1), ("second", 2, -1, 2, 1)) == [3]


@pytest.mark.parametrize("gate_lon", [179.5, -180.5])
@pytest.mark.parametrize("line", [[179, 0, -179, 0], [-179, 0, 179, 0], [179, 0, 181, 0]])
def test_at_the_antimeridian_the_shorter_way_round_is_meant(line, gate_lon):
    assert bits([line], ("first", gate_lon, -1, gate_lon, 1)) == [1]
    assert bits([line], ("first", 0, -1, 0, 1)) == [0]


def post(kind, *, mode="", lon=0.0, lat=0.0, countries=""):
    return pd.DataFrame(
        [{"bit": 1, "kind": kind, "mode": mode, "lon": lon, "lat": lat, "controlling_countries": countries}]
    )


def land(posts, iso3=ISO3):
    network = toy_network()
    marked = np.flatnonzero(land_bits(network.nodes, network.edges, posts, iso3))
    return {tuple(EDGES.loc[row, ["tail", "head"]]) for row in marked}


def test_a_border_post_marks_the_crossings_of_its_two_countries_and_its_modes():
    near = {"lon": 5.0, "lat": 2.0, "countries": "AAA;BBB"}
    assert land(post("land_border", mode="rail", **near)) == {("RM", "RN")}
    assert land(post("land_border", mode="road", **near)) == set()
    assert land(post("land_border", mode="rail", lon=5.0, lat=2.0, countries="AAA;CCC")) == set()
    assert land(post("land_border", mode="rail", lon=6.0, lat=2.0, countries="AAA;BBB")) == set()  # 111 km along


def test_a_ferry_marks_its_whole_crossing_and_a_line_to_another_country_none_of_it():
    assert land(post("ferry", lon=5.0, lat=4.0, countries="AAA;CCC")) == {("DL", "FM"), ("FM", "DM")}
    assert land(post("ferry", lon=5.0, lat=4.0, countries="AAA;BBB")) == set()


def test_a_port_marks_what_enters_it():
    assert land(post("port", lon=0.5, lat=1.0)) == set()  # the toy's connectors end 50 km and more from their port
    nodes = pd.DataFrame({"lon": [0.0, 0.1], "lat": 0.0, "kind": [Kind.PORT, Kind.RAIL], "country": 0})
    edges = pd.DataFrame({"tail": [0], "head": [1], "mode": [Mode.PORT_RAIL], "length_km": [11.0], "link": -1})
    assert land_bits(nodes, edges, post("port"), ISO3).tolist() == [2]


def test_the_toy_is_drawn_as_its_table_says():
    assert NODES["name"].is_unique
    assert set(EDGES["tail"]) | set(EDGES["head"]) == set(NODES["name"])
