"""Answers on the real network: legs that sum, exclusions that hold, nulls for what is stranded, sources all told."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from geo.scenarios import ALL_MODES, Scenario
from layers import answer as module
from layers.answer import Ask, answer
from layers.facilities import facilities
from layers.features import unsure
from layers.findings import findings
from layers.planner import world

ASK = Ask("gallium", "JPN")
NO_CHINA = Scenario(avoid=frozenset({"CHN"}))
NUMBERS = ["cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "access_km"]


@pytest.fixture(scope="module")
def found():
    return answer(ASK, NO_CHINA)


def case(found, name):
    return found.corridors[found.corridors["case"] == name]


def test_both_cases_are_told_and_no_base_corridor_is_dropped(found):
    base, now = case(found, "base"), case(found, "scenario")
    assert set(base.index) <= set(now.index)
    assert base.index.is_unique
    assert now.index.is_unique
    assert set(base["status"]) == {"open"}


def test_the_base_case_alone_has_no_scenario():
    alone = answer(ASK, Scenario())
    assert set(alone.corridors["case"]) == {"base"}
    assert alone.scenario is alone.base


def test_the_legs_of_each_corridor_sum_to_it(found):
    keys = ["case", "corridor_id"]
    columns = ["cost_contained_usd_t", "time_h", "co2e_contained_kg_t", "length_km"]
    sums = found.legs.groupby(keys)[columns].sum()
    live = found.corridors[found.corridors["cost_usd_t"].notna()].reset_index().set_index(keys)
    assert set(sums.index) == set(live.index)
    wanted = live.loc[sums.index, ["cost_usd_t", "time_h", "co2e_kg_t", "length_km"]].to_numpy(float)
    assert sums.to_numpy() == pytest.approx(wanted, rel=1e-6)


def test_an_exclusion_holds_for_every_country_of_a_corridor(found):
    now = case(found, "scenario")
    live = now[now["status"] != "stranded"]
    assert len(live)
    for column in ("countries", "transit_countries"):
        assert not [codes for codes in live[column] if "CHN" in codes]
    legs = found.legs[found.legs["case"] == "scenario"]
    assert not [codes for codes in legs["countries"] if "CHN" in codes]


def test_what_is_stranded_keeps_its_row_with_nulls_and_a_reason(found):
    now = case(found, "scenario")
    stranded = now[now["status"] == "stranded"]
    assert len(stranded)
    assert stranded[[*NUMBERS, "score", "score_low", "rank"]].isna().all(axis=None)
    assert stranded["geometry"].isna().all()
    assert stranded["known_weight"].isna().all()
    assert now.loc[now["status"] != "stranded", "known_weight"].gt(0).all()
    assert stranded["reason"].str.count("CHN is excluded").eq(1).all()
    assert stranded["similar"].equals(case(found, "base")["similar"].reindex(stranded.index))
    assert stranded.index.isin(case(found, "base").index).all()


def test_lines_run_in_one_piece_from_the_first_facility_to_the_hub(found):
    here = world()
    sites = here.facilities.drop_duplicates("facility_id").set_index("facility_id")
    hub = here.hubs.loc["JPN"]
    for row in found.corridors[found.corridors["cost_usd_t"].notna()].to_dict("records"):
        coords = np.array(row["geometry"].coords)
        assert np.abs(np.diff(coords[:, 0])).max() <= 180
        for at, place in ((coords[0], sites.loc[row["facility_ids"][0]]), (coords[-1], hub)):
            assert (at[0] - place["lon"] + 180) % 360 == pytest.approx(180, abs=1e-6)
            assert at[1] == pytest.approx(place["lat"], abs=1e-6)


def test_what_a_gateway_names_is_a_port_on_the_way(found):
    sent = {name: row for name, row in found.corridors.iterrows() if "@" in name and row["status"] != "stranded"}
    for name, row in sent.items():
        assert {part.split("@")[1].removeprefix(":") for part in name.split(">") if "@" in part} <= set(row["ports"])


def test_every_source_is_told_once_with_one_status(found):
    sources, asked = found.sources, module.the_finder(ASK, NO_CHINA)
    working = asked.plants(Scenario())
    assert sources.index.is_unique
    assert set(sources.index) == set(working.index[working["source"]])
    assert set(sources["status"]) <= {"open", "rerouted", "degraded", "stranded", "unknown"}
    reach = sources["status"].isin(["open", "rerouted", "degraded"])
    assert (reach == sources["cost_usd_t"].notna() & sources["base_cost_usd_t"].notna()).all()
    assert (sources.loc[reach, "cost_usd_t"] >= sources.loc[reach, "base_cost_usd_t"] - 1e-3).all()
    assert (sources.loc[sources["country_iso3"] == "CHN", "status"].isin(["stranded", "unknown"])).all()
    assert found.findings[1].startswith(f"{reach.sum()} of {len(sources)} sources")


def test_what_is_not_known_to_work_is_named_wherever_it_is_shown():
    """Facilities of the ICMM list have no status: they count, and a reader must see where."""
    found = answer(Ask("lithium", "USA"), Scenario())
    status = facilities().set_index("facility_id")["status"]
    doubtful = {
        place for ids in found.corridors["facility_ids"] for place in ids if status[[place]].eq("unknown").all()
    }
    assert doubtful
    for row in found.corridors.to_dict("records"):
        named = [
            name for place, name in zip(row["facility_ids"], row["facility_names"], strict=True) if place in doubtful
        ]
        assert list(row["status_unknown"]) == named
        assert all(f"whether {name} operates" in str(unsure(row)) for name in named)
        assert (unsure(row) is None) == (not named and not row["feed_unknown"])
    starts = status[~status.index.duplicated()].reindex(found.sources.index).eq("unknown").sum()
    ways = found.corridors["status_unknown"].map(len).gt(0).sum()
    told = (
        f"of {starts} sources whether they operate, nor of a facility on {ways} of the {len(found.corridors)} corridors"
    )
    assert any(told in sentence for sentence in found.findings)


@pytest.mark.parametrize(
    ("starts", "ways", "told"),
    [
        (0, 0, None),
        (1, 0, "not known of 1 source whether it operates:"),
        (2, 0, "not known of 2 sources whether they operate:"),
        (0, 1, "not known of a facility on 1 of the 2 corridors shown whether it operates:"),
        (1, 2, "not known of 1 source whether it operates, nor of a facility on 2 of the 2 corridors shown:"),
    ],
)
def test_only_what_is_doubtful_is_said_to_be(starts, ways, told):
    """No more "nor of a facility on 0 of the 46 corridors", which is no doubt."""
    status = ["unknown"] * starts + ["operating"] * (3 - starts)
    sources = pd.DataFrame({"name": "A", "status": "open", "facility_status": status, "unfed": False})
    doubtful = [("A",)] * ways + [()] * (2 - ways)
    corridors = pd.DataFrame({"case": "base", "status_unknown": doubtful})
    found = [sentence for sentence in findings(corridors, sources, Scenario()) if "not known" in sentence]
    assert len(found) == (told is not None)
    assert all(told in sentence for sentence in found)


def test_what_no_line_reaches_is_told_with_the_modes_that_the_user_left():
    sources = pd.DataFrame({"name": "A", "status": ["unknown"], "facility_status": "operating", "unfed": False})
    corridors = pd.DataFrame({"case": [], "status_unknown": []})
    told = {modes: findings(corridors, sources, Scenario(modes=frozenset(modes)))[1] for modes in (("sea",), ALL_MODES)}
    assert "lacks a line by sea alone even" in told["sea",]
    assert "lacks a line even" in told[ALL_MODES]


def test_a_facility_that_stands_still_is_out_of_every_corridor():
    cheapest = case(answer(ASK, Scenario()), "base").index[0]
    first = cheapest.split(">")[0].split("@")[0]
    out = answer(ASK, Scenario(outages=frozenset({first})))
    assert out.sources.loc[first, "status"] == "stranded"
    now = case(out, "scenario")
    hurt = now[[first in ids for ids in now["facility_ids"]]]
    assert len(hurt)
    assert set(hurt["status"]) == {"stranded"}


def test_the_best_come_first_and_stranded_last(found):
    now = case(found, "scenario")
    scores = now["score_low"].to_numpy()
    live = scores[~np.isnan(scores)]
    assert (np.diff(live) <= 0).all()
    assert np.isnan(scores[len(live) :]).all()
    assert now["rank"].min() == 1


def test_nothing_gets_through_is_an_answer():
    out = answer(ASK, Scenario(avoid=frozenset({"JPN"})))
    assert set(case(out, "scenario")["status"]) == {"stranded"}
    assert out.legs[out.legs["case"] == "scenario"].empty
    assert "Nothing gets through." in out.findings


def test_no_corridor_at_all_is_an_answer():
    by_sea = answer(Ask("lithium", "USA"), Scenario(modes=frozenset({"sea"})))  # no mine lies at a quay
    assert by_sea.corridors.empty
    assert set(by_sea.sources["status"]) == {"unknown"}


def test_two_people_at_once_get_their_own_answers(found):
    asked = [NO_CHINA, Scenario(close=frozenset({"malacca"})), Scenario(close=frozenset({"suez", "panama"}))]
    alone = [answer(ASK, scenario).corridors for scenario in asked]
    for cache in (module._found, module._case, module._best_of_source):
        cache.cache_clear()
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda scenario: answer(ASK, scenario).corridors, asked))
    for one, other in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(one.drop(columns="geometry"), other.drop(columns="geometry"))
    assert found.corridors.drop(columns="geometry").equals(alone[0].drop(columns="geometry"))


@pytest.mark.slow
@pytest.mark.parametrize("hub", ["USA", "EU", "JPN"])
@pytest.mark.parametrize(
    "mineral", ["rare_earths", "lithium", "cobalt", "nickel", "graphite", "gallium", "germanium", "antimony"]
)
def test_every_first_mineral_reaches_every_first_hub(mineral, hub):
    found = answer(Ask(mineral, hub), Scenario())
    assert len(found.corridors) >= 1
    assert found.corridors["cost_usd_t"].notna().all()
    assert (found.corridors["cost_usd_t"] > 0).all()
