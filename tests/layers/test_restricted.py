"""Trade rules on corridors: bans strand with their name, all else is told, nothing acts without being asked."""

import json
from datetime import date

import pytest

from geo.__main__ import main
from geo.corridors import HUB
from geo.scenarios import Scenario, read_scenario
from layers.answer import Ask, answer
from layers.flows import Wants
from layers.flows import case as case_of
from layers.planner import finder
from layers.presets import preset
from layers.restricted import restricted

GALLIUM = Ask("gallium", "USA")
BAN = "CHN-07-gallium"


def case(found, name):
    return found.corridors[found.corridors["case"].eq(name)]


def from_china(rows):
    return rows["countries"].map(lambda codes: codes[-1] == "CHN")


def test_without_a_day_and_a_restriction_no_rule_acts():
    assert finder("gallium", "USA").rules(Scenario()) == {}
    assert finder("gallium", "USA").rules(read_scenario("decisions: {CHN-07-gallium: true}")) == {}
    assert set(answer(GALLIUM, Scenario()).corridors["status"]) == {"open"}


def test_a_supposed_ban_strands_the_corridors_it_names_and_no_other():
    found = answer(GALLIUM, preset("china_bans_us"))
    assert set(case(found, "base")["status"]) == {"open"}
    now = case(found, "scenario")
    assert from_china(now).any()
    assert now["status"].eq("stranded").equals(from_china(now))
    stranded = now[from_china(now)]
    assert stranded["reason"].str.contains("issuer CHN").all()
    assert stranded["cost_usd_t"].isna().all()
    assert found.sources.loc[found.sources["country_iso3"].eq("CHN"), "status"].isin(["stranded", "unknown"]).all()
    assert any("stranded by export ban supposed: CHN" in line for line in found.findings)


def test_a_supposed_ban_holds_on_any_day_however_early():
    asked = preset("china_bans_us").model_copy(update={"as_of": date(1999, 12, 31)})
    found = restricted(finder("gallium", "USA"), asked)
    assert found.blocked == restricted(finder("gallium", "USA"), preset("china_bans_us")).blocked
    assert found.blocked
    effects = case_of(Wants("gallium"), asked).effects
    assert "blocked" in set(effects["effect"])


def test_the_ban_binds_the_destinations_it_names_alone():
    assert "stranded" not in set(answer(Ask("gallium", "JPN"), preset("china_bans_us")).corridors["status"])


def test_a_dated_ban_strands_in_the_base_case_of_its_day_and_is_named():
    found = answer(GALLIUM, read_scenario("as_of: 2025-06-01"))
    rows = found.corridors
    assert set(rows["case"]) == {"base"}
    assert rows["status"].eq("stranded").equals(from_china(rows))
    assert rows.loc[from_china(rows), "reason"].str.contains(f"{BAN} .*issuer CHN, in force on 2025-06-01").all()
    shut = answer(GALLIUM, read_scenario("{as_of: 2025-06-01, close: [suez]}"))
    assert set(case(shut, "base").index) <= set(case(shut, "scenario").index)
    assert case(shut, "scenario").loc[rows.index[from_china(rows)], "status"].eq("stranded").all()


def test_an_open_rule_is_the_users_switch_on_corridors_too():
    told = answer(GALLIUM, read_scenario("as_of: 2026-12-01"))
    assert "stranded" not in set(told.corridors["status"])
    assert any(f"{BAN} (CHN, check)" in line for line in told.findings)
    decided = answer(GALLIUM, read_scenario("{as_of: 2026-12-01, decisions: {CHN-07-gallium: true}}"))
    assert decided.corridors["status"].eq("stranded").equals(from_china(decided.corridors))


@pytest.mark.parametrize(("mineral", "hub", "name", "effect"), [("cobalt", "USA", "drc_quota", "quota")])
def test_what_is_no_ban_is_listed_and_strands_nothing(mineral, hub, name, effect):
    found = answer(Ask(mineral, hub), preset(name))
    assert "stranded" not in set(found.corridors["status"])
    assert any("listed and strand nothing" in line and effect in line for line in found.findings)
    assert set(restricted(finder(mineral, hub), preset(name)).listed["effect"]) == {effect}


def test_a_ban_on_ore_stops_what_leaves_the_mine_and_not_the_refined_product():
    bans = finder("nickel", "CHN").rules(read_scenario("restrictions: [{issuer: IDN, stages: [mining]}]"))
    assert ("mining", "IDN", "CHN") in bans
    assert ("mining", "IDN", "IDN") not in bans
    assert not [leg for leg in bans if leg[0] != "mining"]
    whole = finder("nickel", "CHN").rules(read_scenario("restrictions: [{issuer: IDN, stages: [final]}]"))
    assert set(whole) == {("refining", "IDN", HUB)}


def test_a_hub_is_stopped_where_all_its_members_are_barred():
    part = finder("gallium", "EU").rules(read_scenario("restrictions: [{issuer: CHN, destinations: [DEU]}]"))
    whole = finder("gallium", "EU").rules(read_scenario("restrictions: [{issuer: CHN, destinations: [eu]}]"))
    assert ("refining", "CHN", HUB) not in part
    assert ("refining", "CHN", HUB) in whole


def test_the_command_takes_the_day(tmp_path, capsys):
    words = ["corridors", "--mineral", "gallium", "--to", "USA", "--date", "2025-06-01", "--out", str(tmp_path)]
    assert main(words) == 0
    assert BAN in capsys.readouterr().err


def route(capsys, *words):
    code = main(["route", *words])
    shown = capsys.readouterr()
    return code, json.loads(shown.out) if shown.out else None, shown.err


def test_a_route_is_ruled_where_it_is_known_what_is_carried(capsys):
    plant = finder("gallium", "USA").question.plants.query("country_iso3 == 'CHN'").index[0]
    ban = ["--date", "2025-06-01"]
    _, stopped, _ = route(capsys, plant, "USLAX", "--mineral", "gallium", *ban)
    assert stopped["status"] == "stranded"
    assert BAN in stopped["reason"]
    assert stopped["cost_usd_t"] is None
    assert {row["rule_id"] for row in stopped["rules"]} >= {BAN}
    _, elsewhere, _ = route(capsys, plant, "JPYOK", "--mineral", "gallium", *ban)
    assert elsewhere["status"] == "open"
    _, silent, told = route(capsys, plant, "USLAX", *ban)
    assert silent["status"] == "open"
    assert "--mineral" in told
    _, unknown, _ = route(capsys, "CNSHA", "USLAX", "--mineral", "gallium", *ban)
    assert unknown["rules"] is None
    assert "no facility" in unknown["rules_reason"]
    assert route(capsys, plant, "USLAX", "--mineral", "unobtainium")[0] == 2


LICENSED = "CHN-01-gallium"


def test_a_refused_licence_strands_like_a_ban_in_the_scenario_and_is_granted_in_the_base_case():
    ask = Ask("gallium", "JPN")  # no ban of China's names Japan
    granted = answer(ask, read_scenario("as_of: 2025-06-01"))
    assert "stranded" not in set(granted.corridors["status"])
    assert any(f"{LICENSED} (CHN, licence taken as granted)" in line for line in granted.findings)
    refused = answer(ask, read_scenario("{as_of: 2025-06-01, licences: refused}"))
    assert "stranded" not in set(case(refused, "base")["status"])
    now = case(refused, "scenario")
    assert from_china(now).any()
    assert now["status"].eq("stranded").equals(from_china(now))
    reason = f"refused export licence {LICENSED} .*issuer CHN, in force on 2025-06-01"
    assert now.loc[from_china(now), "reason"].str.contains(reason).all()
    assert any(f"stranded by refused export licence {LICENSED}" in line for line in refused.findings)


@pytest.mark.parametrize("licences", ["{CHN-01-gallium: refused}", "{all: refused, CHN-02-germanium: granted}"])
def test_one_licence_can_be_refused_and_another_given(licences):
    gallium, germanium = (
        finder(mineral, "JPN").rules(read_scenario(f"{{as_of: 2025-06-01, licences: {licences}}}"))
        for mineral in ("gallium", "germanium")
    )
    assert [leg for leg in gallium if leg[1:] == ("CHN", HUB)]
    assert germanium == {}


def test_a_refusal_acts_only_while_the_rule_is_in_force_and_says_why_where_it_does_not():
    early, none = (
        answer(Ask("gallium", "JPN"), read_scenario(f"{{{day}licences: refused}}"))
        for day in ("as_of: 2023-07-31, ", "")
    )
    assert "stranded" not in set(early.corridors["status"]) | set(none.corridors["status"])
    assert any("Refusing licences closes no leg" in line for line in early.findings)
    assert any("no day is set" in line for line in none.findings)


def test_the_commands_take_licences_and_refuse_a_rule_that_is_none(tmp_path, capsys):
    words = ["corridors", "--mineral", "gallium", "--to", "JPN", "--date", "2025-06-01", "--out", str(tmp_path)]
    assert main([*words, "--licences", "refused"]) == 0
    assert f"refused export licence {LICENSED}" in capsys.readouterr().err
    kept = str(tmp_path / "scenario.json")
    assert json.loads((tmp_path / "scenario.json").read_text())["licences"] == "refused"
    assert main([*words, "--scenario", kept, "--licences", "granted"]) == 0
    assert "refused export licence" not in capsys.readouterr().err
    assert main([*words, "--licences", "CHN-07-gallium=refused"]) == 2  # a ban: it asks for no licence
    assert "no licence rule 'CHN-07-gallium'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*words, "--licences", "perhaps"])


def test_a_route_is_stopped_by_a_refused_licence(capsys):
    plant = finder("gallium", "USA").question.plants.query("country_iso3 == 'CHN'").index[0]
    words = [plant, "JPYOK", "--mineral", "gallium", "--date", "2025-06-01"]
    assert route(capsys, *words)[1]["status"] == "open"
    _, stopped, _ = route(capsys, *words, "--licences", "refused")
    assert (stopped["status"], stopped["cost_usd_t"]) == ("stranded", None)
    assert LICENSED in stopped["reason"]
