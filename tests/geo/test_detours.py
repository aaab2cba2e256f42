"""What a shut chokepoint costs a corridor in hours: nothing gained counts as nothing lost, no way left as infinite."""

import numpy as np
import pytest

from geo.detours import detours_h
from geo.scenarios import Scenario
from tests.geo.toy_supply import toy_finder

BASE = Scenario()
BY_CANAL = Scenario(close=frozenset({"strait"}))
STRAIT_ONLY = Scenario(avoid=frozenset({"CCC"}))  # whose canal it is, and through which the railway runs


@pytest.fixture(scope="module")
def finder():
    return toy_finder()


def detours(finder, scenario):
    corridors = finder.find(scenario)
    return detours_h(finder, corridors, scenario), {one.corridor_id: one for one in corridors}


def test_a_dearer_way_that_is_faster_is_no_delay(finder):
    table, corridors = detours(finder, BASE)
    assert corridors["m1>pa>hub"].ways[1].chokepoints == ("strait",)  # 50 h longer than the canal
    assert table.loc["m1>pa>hub", "strait"] == 0.0
    assert not (table < 0).any(axis=None)


def test_a_detour_takes_the_hours_of_the_next_best_way(finder):
    table, corridors = detours(finder, BY_CANAL)
    way = corridors["m1>pa>hub"].ways[1]
    assert way.chokepoints == ("canal",)
    other = finder.way(corridors["m1>pa>hub"].stops[1], Scenario(close=frozenset({"strait", "canal"})))
    assert table.loc["m1>pa>hub", "canal"] == pytest.approx(max(other.time_h - way.time_h, 0.0))


def test_where_no_way_is_left_the_delay_is_infinite(finder):
    table, _ = detours(finder, STRAIT_ONLY)
    assert table.loc["m1>pa>hub", "strait"] == np.inf


def test_a_chokepoint_that_a_corridor_does_not_pass_has_no_number(finder):
    table, corridors = detours(finder, BASE)
    for name, corridor in corridors.items():
        passed = {item for way in corridor.ways for item in way.chokepoints}
        assert set(table.columns[table.loc[name].notna()]) == passed


def test_asking_leaves_the_weights_as_they_were(finder):
    before = finder.chains(BASE)["cost_usd_t"].tolist()
    detours(finder, BASE)
    assert toy_finder().chains(BASE)["cost_usd_t"].tolist() == before
    finder.chains.cache_clear()
    assert finder.chains(BASE)["cost_usd_t"].tolist() == before


def test_no_corridor_no_detour(finder):
    assert detours_h(finder, [], BASE).empty
    judged = finder.judged(finder.find(BASE)[0], Scenario(avoid=frozenset({"BBB"})))
    assert detours_h(finder, [judged], Scenario(avoid=frozenset({"BBB"}))).stack().empty
