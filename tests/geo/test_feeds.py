"""Feeds: who fits whom, by brute force and on the drawn toy; what is not known keeps nobody apart."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.feeds import NOT_TOLD, Feeds, unfed
from geo.legs import corridors_frame
from geo.scenarios import Scenario
from tests.geo.toy_supply import PLANTS, STAGES, toy_finder

BASE = Scenario()
BRINE, ROCK = frozenset({"brine"}), frozenset({"hard_rock"})
SITES = list("abcd")
SOME = st.dictionaries(
    st.sampled_from(SITES), st.frozensets(st.sampled_from(["brine", "hard_rock", "clay"]), min_size=1)
)


@given(SOME, SOME, st.lists(st.sampled_from(SITES)), st.lists(st.sampled_from(SITES)))
def test_two_sites_are_apart_only_if_both_are_told_and_share_nothing(ships, takes, starts, ends):
    found = Feeds(ships, takes).apart(starts, ends)
    assert found.shape == (len(starts), len(ends))
    for (row, column), apart in np.ndenumerate(found):
        start, end = starts[row], ends[column]
        both = start in ships and end in takes
        assert apart == (both and ships[start].isdisjoint(takes[end]))
        assert not (apart and Feeds(ships, takes).shared(start, end))


def with_feeds(feeds):
    finder = toy_finder()
    return replace(finder, question=replace(finder.question, feeds=feeds))


def test_a_plant_gets_nothing_from_a_mine_whose_feed_it_does_not_take_and_all_else_costs_the_same():
    before = toy_finder().chains(BASE).set_index(["mining", "refining"])["cost_usd_t"]
    feeds = Feeds({"m1": BRINE, "m2": ROCK}, {"pa": BRINE})
    after = with_feeds(feeds).chains(BASE).set_index(["mining", "refining"])["cost_usd_t"].reindex(before.index)
    apart = (before.index.get_level_values(0) == "m2") & (before.index.get_level_values(1) == "pa")
    assert apart.sum() == 1
    assert np.isinf(after[apart]).all()
    assert after[~apart].tolist() == pytest.approx(before[~apart].tolist())


def test_no_corridor_joins_what_does_not_fit_and_one_that_may_not_fit_says_so():
    finder = with_feeds(Feeds({"m1": BRINE, "m2": BRINE, "m3": BRINE}, {"pa": ROCK}))
    found = corridors_frame(finder, finder.find(BASE), case="base")
    assert len(found)
    assert not any("pa" in ids for ids in found["facility_ids"])
    mined = found["stages"].map(lambda stages: stages[0] == "mining")
    assert mined.any()
    assert set(found.loc[mined, "feed_unknown"]) == {("PB",)}
    assert set(found.loc[~mined, "feed_unknown"]) <= {()}


def test_where_both_are_told_or_nothing_is_there_is_nothing_to_say():
    for feeds in (NOT_TOLD, Feeds(dict.fromkeys(("m1", "m2", "m3"), BRINE), {"pa": BRINE, "pb": BRINE})):
        finder = with_feeds(feeds)
        assert set(corridors_frame(finder, finder.find(BASE), case="base")["feed_unknown"]) == {()}


def test_a_mine_is_unfed_when_every_plant_is_told_to_take_something_else():
    plants = PLANTS[PLANTS["status"].ne("planned")]
    ships = {"m1": BRINE}
    assert unfed(Feeds(ships, {"pa": ROCK, "pb": ROCK}), plants, list(STAGES.index)) == {"m1"}
    assert unfed(Feeds(ships, {"pa": ROCK}), plants, list(STAGES.index)) == set()
    assert unfed(Feeds(ships, {}), pd.DataFrame(plants.iloc[:0]), list(STAGES.index)) == set()
