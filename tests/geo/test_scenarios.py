"""Scenarios read, refuse, round-trip, and serve as keys."""

import json
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geo.errors import BadInputError
from geo.scenarios import ALL_MODES, LICENCES, Restriction, Scenario, read_scenario, refused_in_any

IDS = st.frozensets(st.sampled_from(["suez", "panama", "hormuz", "bab_el_mandeb"]), max_size=3)
RESTRICTIONS = st.builds(
    Restriction,
    issuer=st.sampled_from(["CHN", "COD"]),
    minerals=st.frozensets(st.sampled_from(["gallium", "cobalt"]), max_size=2),
    stages=st.frozensets(st.sampled_from(["final", "mining"]), max_size=2),
    destinations=st.frozensets(st.sampled_from(["USA", "msp"]), max_size=2),
    quota_t_yr=st.none() | st.floats(0, 1e6),
)
SCENARIOS = st.builds(
    Scenario,
    name=st.text("abc é:#{}'\"", max_size=12),
    close=IDS,
    reopen=IDS,
    partial=st.dictionaries(st.sampled_from(["suez", "panama"]), st.floats(0.01, 0.99), max_size=2).map(
        lambda shares: frozenset(shares.items())
    ),
    avoid=st.frozensets(st.sampled_from(["CHN", "RUS", "NOR"]), max_size=2),
    modes=st.frozensets(st.sampled_from(sorted(ALL_MODES)), min_size=1),
    vessel=st.sampled_from([None, "capesize"]),
    planned=st.booleans(),
    as_of=st.none() | st.dates(),
    restrictions=st.frozensets(RESTRICTIONS, max_size=3),
    decisions=st.dictionaries(st.sampled_from(["CHN-07-gallium", "r2"]), st.booleans(), max_size=2).map(
        lambda decided: frozenset(decided.items())
    ),
    duration_days=st.none() | st.floats(1, 1000),
    licences=st.dictionaries(st.sampled_from(["all", "CHN-01", "USA-1"]), st.sampled_from(LICENCES)).map(
        lambda said: frozenset(said.items())
    ),
)


@given(SCENARIOS)
def test_json_and_yaml_give_the_same_scenario_back_and_the_same_key(scenario):
    for text in (json.dumps(scenario.to_dict()), yaml.safe_dump(scenario.to_dict(), allow_unicode=True)):
        again = read_scenario(text)
        assert again == scenario
        assert hash(again) == hash(scenario)


@given(st.permutations(["suez", "panama", "hormuz"]))
def test_the_order_of_a_list_does_not_matter(order):
    assert (
        Scenario(close=frozenset(order)).to_dict() == Scenario(close=frozenset({"suez", "panama", "hormuz"})).to_dict()
    )


def test_nothing_can_be_changed_in_place():
    with pytest.raises(ValidationError):
        Scenario().close = frozenset({"suez"})


def test_the_base_keeps_the_question_and_drops_what_went_wrong():
    asked = Scenario(
        name="x", close=frozenset({"suez"}), partial=frozenset({("panama", 0.5)}), avoid=frozenset({"CHN"}),
        outages=frozenset({"F1"}), vessel="capesize", planned=True, modes=frozenset({"sea"}),
        reopen=frozenset({"corinth"}),
    )  # fmt: skip
    assert asked.base == Scenario(
        vessel="capesize", planned=True, modes=frozenset({"sea"}), reopen=frozenset({"corinth"})
    )
    assert (asked.is_base, asked.base.is_base, Scenario().is_base) == (False, True, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1, 2]", "mapping"),
        ("", "mapping"),
        ("close: [suez", "neither JSON nor YAML"),
        ("closed: [suez]", "closed"),
        ("vessel: canoe", "vessel"),
        ("modes: [air]", "modes"),
        ("partial: {suez: 1.0}", "suez"),
        ("partial: {suez: 0}", "suez"),
        ("partial: {suez: .nan}", "suez"),
        ("planned: perhaps", "planned"),
        ("as_of: someday", "as_of"),
        ("licences: perhaps", "licences.*'granted' or 'refused'"),
        ("licences: {CHN-01: perhaps}", "licences"),
        ("licences: [[CHN-01, granted], [CHN-01, refused]]", "both granted and refused"),
        ("close: [suez]\nclose: [hormuz]", "close given twice"),
        ('{"close": ["suez"], "close": ["hormuz"]}', "close given twice"),
        ('{"decisions": {"a": []}}', "decisions"),
        ('{"inputs": {"a": {}}}', "inputs"),
        ('{"licences": {"a": []}}', "licences"),
        ('{"partial": {"suez": []}}', "partial"),
        ('{"duration_days": 1e400}', "duration_days"),
        ('{"restrictions": [{"issuer": "CHN", "quota_t_yr": Infinity}]}', "quota_t_yr"),
        (r'{"name": "a\nb"}', "one line"),
        (r'{"name": "\u202eabc"}', "one line"),
        ('{"areas": ["POLYGON ((0 0, 1e400 1, 1 1, 0 0))"]}', "degrees"),
        ('{"areas": ["POLYGON ((0 0, 0 91, 1 1, 0 0))"]}', "degrees"),
        ('{"areas": ["POINT (0 0)"]}', "polygons in WKT"),
        ("[" * 100_000, "nested deeply"),
        (f"close: {'[' * 1_000}", "nested deeply"),
        (f'{{"close": {"[" * 11}1{"]" * 11}}}', "nested deeply"),
        ("close: &a [suez]\nreopen: *a", "no references"),
        (f"close: [{'suez, ' * 20_000}]", "64 KB"),
        (f'{{"close": [{", ".join("1" * 30)}]}}', "30 fault.* and 10 more"),
    ],
)
def test_bad_input_is_one_line_that_names_the_fault(text, says):
    with pytest.raises(BadInputError, match=says) as error:
        read_scenario(text)
    assert "\n" not in str(error.value)


def test_nested_collections_never_reach_geos():
    """A process of its own: GEOS's recursion ends in a crash that no `except` sees."""
    code = "from geo.scenarios import read_scenario; read_scenario(__import__('sys').stdin.read())"
    nested = f"{'GEOMETRYCOLLECTION (' * 200_000}POINT (0 0){')' * 200_000}"
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps({"areas": [nested]}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "give polygons in WKT" in done.stderr


def test_an_area_with_heights_is_the_same_area_without():
    flat = Scenario(areas=frozenset({"POLYGON ((32.123456789 29, 34 29, 34 31, 32.123456789 29))"}))
    high = Scenario(areas=frozenset({"POLYGON Z ((32.123456789 29 5, 34 29 5, 34 31 5, 32.123456789 29 5))"}))
    assert high == flat


def test_every_fault_is_named_at_once():
    with pytest.raises(BadInputError, match=r"2 fault.*vessel.*modes|2 fault.*modes.*vessel"):
        read_scenario("{vessel: canoe, modes: [air]}")


def test_a_restriction_is_a_change_and_a_decision_is_not():
    banned = Scenario(restrictions=frozenset({Restriction(issuer="CHN")}), decisions=frozenset({("r", True)}))
    assert not banned.is_base
    assert banned.base == Scenario(decisions=frozenset({("r", True)}))
    assert read_scenario("restrictions: [{issuer: CHN, stages: [final], destinations: [msp]}]").restrictions
    with pytest.raises(BadInputError, match="issuer"):
        read_scenario("restrictions: [{issuer: china}]")


def test_licences_are_granted_unless_refused_and_a_refusal_is_a_change():
    assert read_scenario("licences: granted") == Scenario()
    assert Scenario().is_base
    assert Scenario().to_dict()["licences"] == "granted"
    for text, word in (
        ("licences: refused", "refused"),
        ("licences: {a: refused}", {"all": "granted", "a": "refused"}),
    ):
        asked = read_scenario(text)
        assert not asked.is_base
        assert asked.base == Scenario()
        assert asked.refuses("a")
        assert asked.to_dict()["licences"] == word


def test_one_rule_may_differ_from_all_and_what_says_no_more_is_no_other_key():
    but_one = read_scenario("licences: {all: refused, a: granted, b: refused}")
    assert but_one == read_scenario("licences: {a: granted, all: refused}")
    assert [but_one.refuses(rule) for rule in ("a", "b", "c")] == [False, True, True]


@given(st.lists(SCENARIOS, min_size=1, max_size=3), st.sampled_from(["all", "CHN-01", "USA-1", "other"]))
def test_joined_scenarios_refuse_what_any_of_them_refuses(several, rule):
    together = Scenario(licences=refused_in_any(several))
    assert together.refuses(rule) == any(one.refuses(rule) for one in several)
