"""Growing the network for the scaling runs changes no answer within the part that stays."""

import numpy as np
import pytest

from geo.routing import price
from geo.topology import Topology
from layers.transport import network
from tests.bench.grown import copies, part
from tests.bench.scaling import exponent, section


def lengths(held, sources, targets):
    metric = price(Topology.of(held), held.edges["length_km"].to_numpy(float)).metric(np.zeros(len(held.edges), bool))
    return metric.matrix(sources, targets)


@pytest.mark.slow
def test_a_copy_answers_as_the_whole_and_both_hang_together():
    whole = network()
    doubled = copies(whole, 2)
    size = len(whole.nodes)
    assert len(doubled.nodes) == 2 * size
    sea = np.flatnonzero(whole.nodes["kind"].to_numpy() == 0)[:: size // 40]
    here, there = sea[:5], sea[5:10]
    alone = lengths(whole, here, there)
    assert np.isfinite(alone).all()
    np.testing.assert_allclose(lengths(doubled, here, there), alone, rtol=1e-3)
    across = lengths(doubled, here, there + size)
    assert (across >= alone * (1 - 1e-3)).all()
    assert np.isfinite(across).all()


@pytest.mark.slow
def test_a_quarter_holds_a_quarter_of_the_nodes_and_only_edges_between_them():
    quarter = part(network(), 0.25)
    assert len(quarter.nodes) == pytest.approx(len(network().nodes) / 4, rel=0.01)
    assert quarter.edges[["tail", "head"]].max().max() < len(quarter.nodes)


def test_an_exponent_is_the_slope_and_unknown_without_two_points():
    assert exponent([0.25, 1, 4], [1.0, 4.0, 16.0]) == pytest.approx(1.0)
    assert exponent([1, 2], [3.0, 12.0]) == pytest.approx(2.0)
    assert np.isnan(exponent([1, 2], [0.0, 3.0]))


def test_a_section_shows_every_figure_and_its_exponent():
    text = "\n".join(section("More", {1: {"took": 1.0}, 2: {"took": 2.0}}))
    assert "|  | 1 x | 2 x | exponent |" in text
    assert "| took | 1 | 2 | +1.00 |" in text
