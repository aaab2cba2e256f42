"""Corridors on the drawn toy: prices by hand, what a scenario does to each, ids that hold, capacity, signatures."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.chains import all_chains
from geo.questions import Corridor, Stop
from geo.scenarios import Scenario
from tests.geo.toy_supply import toy_finder

BASE = Scenario()
NO_SEA_LEFT = Scenario(close=frozenset({"strait", "canal"}))


@pytest.fixture(scope="module")
def finder():
    return toy_finder()


def found(finder, scenario=BASE, **options):
    return {corridor.corridor_id: corridor for corridor in finder.find(scenario, **options)}


def test_the_cheapest_chain_is_the_sum_of_its_legs_by_what_moves(finder):
    best = found(finder)["m1>pa>hub"]
    ore, salt = best.ways
    assert finder.cost_usd_t(best) == pytest.approx(25 * ore.cost_usd_t + 2 * salt.cost_usd_t)
    # ore by rail between two sites at one railhead; salt by the strait: 12.22, and 4.3 to either quay, and access
    assert salt.chokepoints == ("strait",)
    assert salt.cost_usd_t == pytest.approx(12.22 + 2 * 4.3, rel=0.15)
    assert finder.chains(BASE).set_index(["mining", "refining"])["cost_usd_t"]["m1", "pa"] == pytest.approx(
        finder.cost_usd_t(best), rel=1e-3
    )


def test_corridors_come_cheapest_first_each_with_an_id_of_its_own(finder):
    corridors = finder.find(BASE)
    costs = [finder.cost_usd_t(corridor) for corridor in corridors]
    assert costs == sorted(costs)
    assert len({corridor.corridor_id for corridor in corridors}) == len(corridors)


def test_each_pair_of_corridors_differs_by_signature(finder):
    corridors = finder.find(BASE)
    assert len({finder.signature(corridor) for corridor in corridors}) == len(corridors)


def test_mines_of_one_country_share_a_corridor_and_are_counted(finder):
    corridors = found(finder)
    assert corridors["m1>pa>hub"].sources == 2
    assert not [name for name in corridors if name.startswith("m2")]


def test_a_recycler_starts_a_chain_of_its_own(finder):
    assert found(finder)["r>hub"].ways[0].cost_usd_t > 0


def test_a_planned_plant_counts_only_where_asked(finder):
    assert "new" not in finder.plants(BASE).index
    assert "new" in finder.plants(Scenario(planned=True)).index
    without, with_it = finder.chains(BASE), finder.chains(Scenario(planned=True))
    assert len(with_it) == len(without) + 3  # each of three mines may send to it
    assert with_it["cost_usd_t"].min() <= without["cost_usd_t"].min()


def test_what_stands_still_serves_nobody(finder):
    out = Scenario(outages=frozenset({"m1", "r"}))
    chains = finder.chains(out)
    assert not {"m1", "r"} & set(chains[["mining", "refining"]].stack())
    for name, corridor in found(finder).items():
        judged = finder.judged(corridor, out)
        hurt = {"m1", "r"} & {stop.origin for stop in corridor.stops}
        assert (judged.status == "stranded") == bool(hurt)
        assert judged.corridor_id == name
        assert all(one in judged.reason for one in hurt)


def test_a_closure_sends_a_corridor_another_way_and_says_so(finder):
    corridor = found(finder)["m1>pa>hub"]
    judged = finder.judged(corridor, Scenario(close=frozenset({"strait"})))
    assert judged.status == "rerouted"
    assert "by canal instead of strait" in judged.reason
    assert (judged.corridor_id, judged.sources) == (corridor.corridor_id, corridor.sources)


def test_a_stranded_corridor_keeps_its_id_loses_its_ways_and_names_what_shut_it(finder):
    corridor = found(finder)["m1>pa>hub"]
    judged = finder.judged(corridor, Scenario(close=frozenset({"strait", "canal"}), avoid=frozenset({"CCC"})))
    assert (judged.status, judged.ways) == ("stranded", ())
    assert judged.corridor_id == corridor.corridor_id
    assert "strait is closed" in judged.reason


def test_a_throttled_passage_degrades_what_passes_it(finder):
    corridor = found(finder)["m1>pa>hub"]
    judged = finder.judged(corridor, Scenario(partial=frozenset({("strait", 0.5)})))
    assert judged.status == "degraded"
    assert "strait at part of its capacity" in judged.reason


def test_nothing_gets_through_is_an_answer(finder):
    assert finder.find(Scenario(avoid=frozenset({"BBB"}))) == []
    everyone = Scenario(outages=frozenset(finder.question.plants.index))
    assert finder.find(everyone) == []


def test_an_exclusion_holds_for_every_edge(finder):
    for corridor in finder.find(Scenario(avoid=frozenset({"CCC"}))):
        for way in corridor.ways:
            columns = finder.router.network.columns
            assert not {2} & set(columns.country[way.nodes].tolist())
            assert "canal" not in way.chokepoints  # CCC controls it


@given(st.sets(st.sampled_from(["canal", "strait", "lake_ferry"])), st.sets(st.sampled_from(["CCC", "AAA"])))
def test_closing_more_never_makes_anything_cheaper(close, avoid):
    finder = toy_finder_once()
    fewer = by_name(finder.chains(Scenario(close=frozenset(list(close)[:1]))))
    more = by_name(finder.chains(Scenario(close=frozenset(close), avoid=frozenset(avoid))))
    keys = ["mining", "refining"]
    pair = fewer.set_index(keys)["cost_usd_t"], more.set_index(keys)["cost_usd_t"]
    assert (pair[1].reindex(pair[0].index) >= pair[0] - 1e-6).all()


def by_name(chains):
    """Name the facilities as text, none by an empty one."""
    return chains.astype({"mining": object, "refining": object}).fillna({"mining": "", "refining": ""})


_KEPT = []


def toy_finder_once():
    if not _KEPT:
        _KEPT.append(toy_finder())
    return _KEPT[0]


def test_capacity_is_the_narrowest_stage_after_what_later_stages_lose(finder):
    chains = by_name(finder.chains(BASE))
    reach = finder.capacity_t_yr(finder.chains(BASE))
    told = {(row["mining"], row["refining"]): reach[place] for place, row in chains.iterrows()}
    assert told["m1", "pa"] == pytest.approx(600.0)  # the mine: 1000 / 1.25 = 800
    assert told["m2", "pa"] == pytest.approx(500 / 1.25)
    assert told["", "r"] == pytest.approx(50.0)
    assert np.isnan(told["m3", "pa"])  # one unknown stage makes it unknown


def test_an_id_says_on_which_leg_a_port_was_named():
    first = Corridor((Stop("mining", "m", "p", "PC"), Stop("refining", "p", "hub")), ())
    second = Corridor((Stop("mining", "m", "p"), Stop("refining", "p", "hub", "PC")), ())
    assert first.corridor_id == "m@PC>p>hub"
    assert second.corridor_id == "m>p@PC>hub"


def test_a_list_cut_short_keeps_the_best_of_each_pair_of_countries(finder):
    corridors = finder.find(BASE)
    country = finder.question.country
    ends = [(country[one.stops[0].origin], country[one.stops[-1].origin]) for one in corridors]
    most = len(set(ends))
    kept = finder.spread(corridors, most=most)
    assert {(country[one.stops[0].origin], country[one.stops[-1].origin]) for one in kept} == set(ends)
    assert len(kept) == most
    assert finder.spread(corridors, most=99) == corridors


def test_what_a_finder_kept_for_one_scenario_never_answers_another(finder):
    scenarios = [BASE, Scenario(close=frozenset({"strait"})), NO_SEA_LEFT, Scenario(avoid=frozenset({"CCC"}))]
    fresh = [list(found(toy_finder(), scenario)) for scenario in scenarios]
    for one, other in combinations(range(len(scenarios)), 2):
        assert list(found(finder, scenarios[one])) == fresh[one]
        assert list(found(finder, scenarios[other])) == fresh[other]


def test_chains_price_what_the_metric_prices(finder):
    """The table of chains against one leg at a time."""
    at = finder.router.network.sites
    metric = finder.router.metric(NO_SEA_LEFT, finder.question.cargo("mining", NO_SEA_LEFT))

    def cost(stage, origins, destinations):
        rows = [
            [metric.matrix([at.loc[a, "leave"]], [at.loc[b, "arrive"]])[0, 0] for b in destinations] for a in origins
        ]
        return np.array(rows).reshape(len(origins), len(destinations))

    by_hand = all_chains(finder.question.stages, finder.plants(NO_SEA_LEFT), "hub", cost)
    assert finder.chains(NO_SEA_LEFT)["cost_usd_t"].tolist() == pytest.approx(by_hand["cost_usd_t"].tolist())


def test_a_corridor_without_one_of_its_legs_is_none(finder):
    stops = found(finder)["m1>pa>hub"].stops
    assert finder.corridor(stops, Scenario(avoid=frozenset({"BBB"}))) is None
    assert finder.corridor((replace(stops[0], port="PC"), stops[1]), NO_SEA_LEFT) is None
