"""What is written: the corridors worth showing, words for a scenario, and a file that asks the same again."""

import json
from datetime import date

import pytest

from geo.errors import BadInputError
from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.outputs import asked_text, hurt_most, map_frames, provenance, read_asked, shown
from layers.scenario_words import scenario_words

ASK = Ask("gallium", "JPN")


@pytest.fixture(scope="module")
def found():
    return answer(ASK, Scenario(close=frozenset({"suez"}), avoid=frozenset({"CHN"})))


def test_what_a_scenario_hurts_is_shown_beside_the_best(found):
    rows = shown(found, most=2)
    assert set(hurt_most(found).index[:1]) <= set(rows.index)
    for case in ("base", "scenario"):
        assert 2 <= (rows["case"] == case).sum() <= 5
    assert len(shown(found, most=10_000)) == len(found.corridors)


def test_the_worst_hurt_come_first(found):
    hurt = hurt_most(found)
    assert not set(hurt["status"]) & {"open", "unknown"}
    lost = hurt["status"].eq("stranded").to_numpy()
    assert (lost[:-1] >= lost[1:]).all()
    assert hurt.loc[hurt["status"] == "stranded", "extra_days"].isna().all()  # not zero days: no way at all


def test_a_scenario_without_a_name_is_put_into_words(found):
    assert provenance(found).scenario == "Gallium to Japan: Suez Canal closed; without China"
    assert provenance(answer(ASK, Scenario())).scenario == "Gallium to Japan: base case"
    everything = Scenario(
        partial={("panama", 0.5)}, areas={"POLYGON ((42 12, 45 12, 45 15, 42 12))"}, outages={"F0001", "F0002"}
    )
    assert scenario_words(everything) == "Panama Canal at 50%; 1 drawn area closed; 2 facilities out"
    assert scenario_words(everything, plants={"F0001": "B", "F0002": "A"}).endswith("; A, B out")
    assert scenario_words(Scenario(close={"suez", "panama"}), most=1) == "Panama Canal and 1 more closed"


def test_the_files_name_the_day_asked_for(found):
    assert provenance(found, day=date(2026, 1, 2)).date == "2026-01-02"
    assert "Gallium to Japan: Suez Canal closed" in provenance(found).scenario


def test_the_map_marks_what_is_closed(found):
    points = map_frames(found, shown(found, most=2))["chokepoints"]["state"]
    assert points["suez"] == "closed"
    assert points["corinth"] == "barred"  # closed unless opened: no doing of the scenario
    assert points["malacca"] == "open"


def test_what_was_asked_can_be_asked_again(found):
    scenario, asked = read_asked(asked_text(found, most=3))
    assert scenario == found.asked
    assert (asked["mineral"], asked["hub"], asked["most"]) == ("gallium", "JPN", 3)
    assert json.loads(asked_text(found))["close"] == ["suez"]


@pytest.mark.parametrize("text", ["", "[]", "7", "null", '{"question": {}, "shut": 1}', '{"close": 7}', "a: [", "\x00"])
def test_what_is_no_scenario_is_refused_in_one_line(text):
    with pytest.raises(BadInputError) as refused:
        read_asked(text)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["{}", '{"question": 7}', '{"question": null, "close": []}'])
def test_a_question_that_is_none_is_left_aside(text):
    assert read_asked(text) == (Scenario(), {})
