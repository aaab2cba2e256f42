"""What a network refuses, and what it can tell of its edges."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from geo.network import arcs, edge_countries
from tests.geo.toy import CANAL, CHOKEPOINTS, EDGES, RAIL_THROUGH_CCC, toy_network


def test_a_bit_set_gives_back_its_names_in_table_order():
    network = toy_network()
    assert network.names(int(network.bits({"lake_ferry", "canal"}))) == ("canal", "lake_ferry")
    assert int(network.bits(frozenset())) == 0


def test_an_unknown_chokepoint_has_no_bit():
    with pytest.raises(ValueError, match="not in tuple"):
        toy_network().bits({"atlantis"})


def test_the_64th_chokepoint_fits_and_the_65th_is_refused():
    most = replace(toy_network(), chokepoints=tuple(f"c{i}" for i in range(64)))
    assert most.names(int(most.bits({"c63"}))) == ("c63",)
    with pytest.raises(ValueError, match="64"):
        replace(most, chokepoints=(*most.chokepoints, "c64"))


def test_an_edge_to_nowhere_and_a_short_elimination_order_are_refused():
    network = toy_network()
    stray = network.edges.copy()
    stray.loc[0, "head"] = len(network.nodes)
    with pytest.raises(ValueError, match="not in the network"):
        replace(network, edges=stray)
    with pytest.raises(ValueError, match="elimination order"):
        replace(network, order=np.zeros(len(network.nodes), dtype=np.int64))


def test_it_cannot_be_reassigned():
    with pytest.raises(FrozenInstanceError):
        toy_network().chokepoints = ()


def test_two_way_edges_have_two_arcs_and_one_way_edges_one():
    network = toy_network()
    oneway = network.edges.assign(oneway=np.arange(len(EDGES)) == CANAL)
    tail, head, edge = arcs(replace(network, edges=oneway))
    assert np.bincount(edge).tolist() == [1] + [2] * (len(EDGES) - 1)
    ends = set(zip(tail[edge == CANAL + 1].tolist(), head[edge == CANAL + 1].tolist(), strict=True))
    assert {(b, a) for a, b in ends} == ends


def test_an_edge_is_in_the_countries_of_its_ends_and_of_those_it_runs_through():
    network = toy_network()
    assert edge_countries(network, [RAIL_THROUGH_CCC]) == {"BBB", "CCC"}
    assert edge_countries(network, [RAIL_THROUGH_CCC - 1]) == {"AAA", "BBB"}
    assert edge_countries(network, [CANAL]) == set()
    assert edge_countries(network, []) == set()
    assert set(CHOKEPOINTS) == set(network.names(2 ** len(CHOKEPOINTS) - 1))
