"""A scenario goes out as a file and comes back the same; anything else is refused in one line."""

import json
import math

import pytest
import shapely

from geo.errors import BadInputError
from geo.scenarios import Scenario
from layers.answer import Ask
from views import scenario_file
from views.answers import answered


def test_our_own_file_comes_back():
    asked = Scenario(close={"suez"}, avoid={"CHL"}, partial={("panama", 0.5)}, planned=True, alliance="msp")
    found = answered(Ask("lithium", "USA", "refining"), asked, ())
    scenario, question = scenario_file.read_file(scenario_file.scenario_text(found.ask, found.asked).encode())
    assert scenario == asked
    assert question == {"mineral": "lithium", "hub": "USA", "final_stage": "refining"}


def test_yaml_is_read_too_with_its_question():
    told = b"close: [suez]\nquestion: {mineral: cobalt}\n"
    assert scenario_file.read_file(told) == (Scenario(close={"suez"}), {"mineral": "cobalt"})


def test_several_areas_of_many_corners_come_back():
    rings = [[(west + math.cos(k / 318), math.sin(k / 318)) for k in range(1999)] for west in (10, 20, 30)]
    asked = Scenario(areas={shapely.Polygon(ring).wkt for ring in rings})
    raw = scenario_file.scenario_text(Ask("lithium", "USA"), asked).encode()
    assert len(raw) > 64 * 1024
    assert scenario_file.read_file(raw)[0] == asked


@pytest.mark.parametrize(
    "raw", [b"", b"[1, 2]", b"\xff\xfe", b"x" * 2_000_000, b'{"close": 7}', b'{"nonsense": 1}', b"[" * 5_000]
)
def test_rubbish_is_refused_in_one_line(raw):
    with pytest.raises(BadInputError) as refused:
        scenario_file.read_file(raw)
    assert "\n" not in str(refused.value)


def test_a_scenario_file_fills_the_controls(at):
    at.run()
    raw = json.dumps({"close": ["suez"], "avoid": ["CHL"], "question": {"mineral": "cobalt", "hub": "EU"}}).encode()
    at.file_uploader(key="scenario_file").upload("scenario.json", raw, "application/json").run()
    assert not at.exception
    assert (at.session_state["mineral"], at.session_state["hub"]) == ("cobalt", "EU")
    assert at.session_state["close"] == ["suez"]


@pytest.mark.parametrize("licences", ["refused", {"all": "refused", "CHN-03-graphite": "granted"}, "granted"])
def test_what_a_file_says_of_licences_is_what_is_asked(at, licences):
    at.run()
    raw = json.dumps({"as_of": "2025-06-01", "licences": licences, "question": {"mineral": "graphite"}}).encode()
    at.file_uploader(key="scenario_file").upload("scenario.json", raw, "application/json").run()
    assert not at.exception
    assert at.session_state["licences"] == ("granted" if licences == "granted" else "refused")
    assert at.session_state["licences_but"] == ([] if isinstance(licences, str) else ["CHN-03-graphite"])
    assert ("export licences refused" in at.title[0].value) == (licences != "granted")
