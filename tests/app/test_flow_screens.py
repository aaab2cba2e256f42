"""The screens of who gets what, run whole: what they show, and that a link brings a view back."""

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from layers.flow_commands import FIRST
from layers.names import named
from layers.presets import presets
from tests.app.screen import address
from views.flow_fields import OF_SCREEN

SCREEN = "from views.{0} import render\nrender()\n"


def screen(name, **choices):
    at = AppTest.from_string(SCREEN.format(name), default_timeout=180)
    for key, value in ({"mineral": "gallium"} | choices).items():
        at.query_params[key] = value
    return at


def ran(at):
    at.run()
    assert not at.exception
    return at


def words(at):
    return " ".join(item.value for item in at.markdown).replace("\\", "")


def test_flows_say_who_goes_short_in_names():
    at = ran(screen("flows", presets="china_bans_us"))
    assert "United States" in words(at)
    assert "CHN" not in words(at)
    assert len(at.get("plotly_chart")) == 2
    assert len(at.metric) == 4


def test_flows_show_what_goes_round_a_passage_at_part_of_its_capacity():
    at = ran(screen("flows", mineral="lithium", presets="panama_drought"))
    row = next(each.value for each in at.dataframe if "Passage" in each.value).iloc[0]
    assert row["Passage"] == "Panama Canal"
    assert row["Go round"] > 0
    assert row["Round by"] == "Magellan Strait"
    assert "Panama Canal at 67%" in words(at)


def test_flows_say_what_more_of_a_stage_outside_its_largest_country_is_worth():
    at = ran(screen("flows", mineral="rare_earths", presets="china_bans_partnership"))
    table = next(each.value for each in at.dataframe if "Stage" in each.value).set_index(["Stage", "Where"])
    row = table.loc[("Separation", "outside China")]
    assert row["One more t/yr is worth, USD/t"] > 1e4
    assert "United States" in words(at)
    assert "separation outside China is worth" in words(at)


@pytest.mark.slow
@pytest.mark.parametrize("name", list(presets().index))
def test_flows_show_every_preset_for_every_first_mineral(name):
    at = screen("flows", presets=name, mineral="gallium")
    for mineral in FIRST.split(","):
        at.session_state["mineral"] = mineral
        at.query_params["mineral"] = mineral
        ran(at)
        assert at.title[0].value.replace("\\", "") == f"Who gets {named(mineral)}: {presets().loc[name, 'name']}"
        assert [each.label for each in at.metric][:2] == ["Need that is met", "Unmet, t/yr"]
        assert len(at.get("plotly_chart")) == 2


def test_flows_list_every_rule_of_the_mineral_with_what_it_closes():
    at = ran(screen("flows", presets="china_bans_us"))
    rules = next(each.value for each in at.dataframe if "Legs closed" in each.value).set_index("Rule")
    supposed = rules[rules.index.str.startswith("Supposed: China ban")]
    assert (supposed["Legs closed"] > 0).all()
    assert len(supposed) == 1
    assert rules.loc["China's rule CHN-07 on gallium", "On the day"].startswith("no day is set")
    assert rules["Source"].notna().all()


def test_what_becomes_of_the_need_adds_up_on_flows():
    at = ran(screen("flows", presets="china_bans_us"))
    table = next(each.value for each in at.dataframe if "Stranded" in each.value)
    parts = table[["Open", "Rerouted", "Degraded", "Stranded", "Unknown"]].sum(axis=1)
    assert parts.tolist() == pytest.approx(table["Need"].tolist(), abs=1e-6)
    assert table["Hub"].iloc[-1] == "All hubs"


def test_flows_list_concentration_delivery_gap_and_what_changes_most():
    at = ran(screen("flows", mineral="cobalt", close="suez"))
    measures = next(each.value for each in at.dataframe if "Measure" in each.value)["Measure"]
    assert measures.str.startswith("Concentration of").sum() >= 2
    assert measures.str.contains("Delivery gap").any()
    changes = next(each.value for each in at.dataframe if "Change, t/yr" in each.value)
    assert 0 < len(changes) <= 10
    assert not changes["Corridor"].str.contains("|", regex=False).any()


def test_a_club_pools_its_need_on_flows():
    at = ran(screen("flows", alliance="quad+KOR-IND"))
    assert "Inside Quad with South Korea, without India" in words(at)
    assert address(at, "alliance") == ["quad+KOR-IND"]
    table = next(each.value for each in at.dataframe if "Member by" in each.value)
    assert "South Korea" in set(table["Country"])
    assert "India" not in set(table["Country"])


def test_a_member_leaves_and_another_joins_in_the_editor():
    at = ran(screen("flows", alliance="quad"))
    at.multiselect(key="group_left").set_value(["IND"])
    ran(at)
    at.multiselect(key="group_joined").set_value(["CHL"])
    ran(at)
    assert address(at, "alliance") == ["quad+CHL-IND"]
    assert at.selectbox(key="alliance").value == "quad+CHL-IND"
    at.multiselect(key="group_parts").set_value([])
    ran(at)
    assert address(at, "alliance") == ["CHL"]


def test_stress_works_when_asked_and_not_before():
    at = ran(screen("stress"))
    before = len(at.dataframe)
    at.button(key="stress_run").click()
    ran(at)
    assert len(at.dataframe) == before + 1
    table = at.dataframe[-1].value
    assert table["What closes"].iloc[0] == "China"
    assert not table["What closes"].str.contains(r"\||:", regex=True).any()
    assert table["Loss, M USD/yr"].is_monotonic_decreasing


def test_the_worst_set_is_named_with_how_likely_it_is():
    at = ran(screen("stress", closures="3"))
    at.button(key="stress_run").click()
    ran(at)
    table = next(each.value for each in at.dataframe if "Alone, M USD/yr" in each.value)
    assert 0 < len(table) <= 3
    assert table["Chance a year, %"].notna().all()
    pairs = next(each.value for each in at.dataframe if "Beyond the sum, M USD/yr" in each.value)
    assert not pairs["First"].str.contains(":", regex=False).any()


def test_a_closed_hormuz_lists_the_plants_that_lose_sulphur():
    at = ran(screen("flows", mineral="cobalt", close="hormuz"))
    table = next(each.value for each in at.dataframe if "Plant" in each.value)
    assert "Sulphur" in set(table["Input"])
    assert (table["Left, t/yr"].fillna(0) <= table["Capacity, t/yr"].fillna(0)).all()


def test_stress_keeps_an_answer_for_the_way_back():
    at = ran(screen("stress"))
    at.button(key="stress_run").click()
    ran(at)
    at.selectbox(key="focus").set_value("EU")
    ran(at)
    assert any("Press" in each.value for each in at.info)
    at.selectbox(key="focus").set_value("USA")
    ran(at)
    assert not at.info


def test_stockpile_says_how_long_stocks_last():
    at = ran(screen("stockpile", presets="china_bans_us", held="30"))
    assert "week" in words(at)
    assert len(at.get("plotly_chart")) == 2
    table = next(each.value for each in at.dataframe if "Runs short" in each.value).set_index("Hub")
    assert table.loc["United States", "Runs short"].startswith("day ")
    assert table.loc["Japan", "Runs short"] == "not short"
    gains = next(each.value for each in at.dataframe if "Days for a million USD" in each.value)
    known = gains["Days for a million USD"].dropna()
    assert known.is_monotonic_decreasing


def test_the_plan_counts_the_readers_scenario_with_the_chance_that_is_stated():
    at = ran(screen("stockpile", presets="china_bans_us", plan="1", chance="0.9"))
    assert "counts with a chance of 90% a year (your number)" in words(at)
    plan = next(each.value for each in at.dataframe if "Without your scenario, t" in each.value)
    assert plan["Buy, t"].iloc[0] > plan["Without your scenario, t"].iloc[0]
    short = next(each.value for each in at.dataframe if "Chance" in each.value)
    assert short["Scenario"].str.startswith("Yours: ").sum() == 1
    usual = ran(screen("stockpile", presets="china_bans_us", plan="1"))
    assert usual.number_input(key="chance").value is None
    assert "counts with a chance of 30% a year (the preset's)" in words(usual)
    base = ran(screen("stockpile", plan="1"))
    assert not any("Without your scenario, t" in each.value for each in base.dataframe)
    assert "Your scenario" not in words(base)


def test_firms_reserve_tonnes_of_what_is_bought():
    at = ran(screen("stockpile", presets="china_bans_us", held="30", plan="1", reserve="Acme, gallium, 2"))
    table = next(each.value for each in at.dataframe if "Holder" in each.value)
    assert "Acme" in set(table["Holder"])
    assert {"Buy, t", "Spend, M USD"} <= set(next(each.value for each in at.dataframe if "Buy, t" in each.value))
    at.text_area(key="reserve").set_value("Acme, unobtainium, <b>5</b>")
    ran(at)
    assert any("is no reserve" in each.value.replace("\\", "") for each in at.error)


LINKS = {
    "flows": {"allied_share": "0.25", "crma": "1", "inputs": "most",
              "mineral": "cobalt", "hubs": ["USA", "EU", "CHN"], "presets": ["drc_quota", "red_sea"], "avoid": "ZMB",
              "close": "panama", "as_of": "2026-05-04", "alliance": "msp+eu-KOR", "planned": "1",
              "licences": "refused", "licences_but": ["CHN-03-graphite"]},
    "stress": {"mineral": "cobalt", "product": "precursor_cathode", "focus": "EU", "closures": "2", "weigh": "equal"},
    "stockpile": {"mineral": "gallium", "stocked": ["gallium", "germanium"], "buyer": "club", "alliance": "msp+eu",
                  "chance": "0.3", "budget": "2.5", "held": "45",
                  "reserve": ["Acme, gallium, 2", "Bolt, gallium, 3, priority=2"]},
    "risk": {"mineral": "rare_earths", "product": "alloy_magnet",
             "years": "10000", "seed": "7", "measure": "unmet_t_EU", "vessel": "panamax"},
    "validation": {"kind": ["Days", "Share"], "verdict": "Missed"},
}  # fmt: skip


@pytest.mark.parametrize("name", LINKS)
def test_a_link_restores_the_screen(name):
    link = LINKS[name]
    at = AppTest.from_string(SCREEN.format(name), default_timeout=180)
    for key, value in link.items():
        at.query_params[key] = value
    ran(at)
    assert not at.warning
    assert {key: address(at, key) for key in link} == {
        key: value if isinstance(value, list) else [value] for key, value in link.items()
    }
    ran(at)
    assert set(at.query_params) == set(link), "a second run adds nothing"


RUBBISH = {
    "allied_share": "7", "crma": "si", "inputs": "gold", "weigh": "heavy", "reserve": "Acme",
    "mineral": "unobtainium", "hubs": "atlantis", "presets": "doomsday", "hold": "no-rule", "alliance": "quad-MARS",
    "product": "soup",
    "focus": "<script>", "closures": "9", "stocked": "gold", "buyer": "{{7*7}}", "budget": "1e999", "held": "-3",
    "plan": "perhaps", "chance": "2",
    "years": "12", "seed": "-1", "measure": "tears", "kind": "Vibes", "verdict": "Guilty",
    "close": "nowhere", "as_of": "yesterday", "nonsense": "[x](javascript:alert(1))",
}  # fmt: skip


@pytest.mark.parametrize("name", OF_SCREEN)
def test_rubbish_in_a_link_falls_back_with_a_message(name):
    at = AppTest.from_string(SCREEN.format(name), default_timeout=180)
    for key, value in RUBBISH.items():
        at.query_params[key] = value
    ran(at)
    said = at.warning[0].value.replace("\\", "")
    assert all(f"{key}=" in said for key in OF_SCREEN[name] if key in RUBBISH)
    assert "nonsense" in said
    assert not at.query_params


def test_validation_lists_what_is_missed_and_why_it_may_be_believed():
    at = AppTest.from_string(SCREEN.format("validation"), default_timeout=60)
    ran(at)
    every = at.dataframe[0].value
    assert {"Published", "Ours", "Difference", "Source", "Verdict"} <= set(every.columns)
    assert "published figures are met" in words(at)
    at.button_group(key="verdict").set_value("Missed")
    at.button_group(key="kind").set_value(["Share"])
    ran(at)
    missed = at.dataframe[0].value
    assert 0 < len(missed) < len(every)
    assert set(missed["Verdict"]) == {"✕ missed"}
    assert set(missed["Kind"]) == {"Share"}


def test_refused_licences_are_a_choice_on_flows_and_need_a_day():
    at = ran(screen("flows", mineral="graphite", licences="refused"))
    assert any("No licence rule acts without a date" in each.value for each in at.caption)
    at.date_input(key="as_of").set_value(dt.date(2025, 6, 1))
    ran(at)
    assert "xport licences refused" in at.title[0].value
    assert "refused licence under China's rule CHN-03" in words(at)
    rules = next(each.value for each in at.dataframe if "Legs closed" in each.value).set_index("Rule")
    rule = rules.loc["China's rule CHN-03 on graphite"]
    assert (rule["Licence"], rule["Legs closed"] > 0) == ("Refused", True)
    at.multiselect(key="licences_but").set_value(["CHN-03-graphite", "CHN-11-graphite"])
    ran(at)
    assert address(at, "licences_but") == ["CHN-03-graphite", "CHN-11-graphite"]
    rules = next(each.value for each in at.dataframe if "Legs closed" in each.value).set_index("Rule")
    assert tuple(rules.loc["China's rule CHN-03 on graphite", ["Licence", "Legs closed"]]) == ("Granted", 0)


def test_flows_deliver_the_product_asked_for():
    at = ran(screen("flows", mineral="rare_earths", product="alloy_magnet"))
    assert at.title[0].value.startswith("Who gets rare earths as alloy magnet")
    assert "Asked for NdFeB magnets" in words(at)
    need = next(each.value for each in at.dataframe if "Need, t/yr" in each.value)
    assert set(need["Facts"]) == {"Estimated"}
    at.selectbox(key="product").set_value("separation")
    ran(at)
    assert "product" not in at.query_params
    assert "Asked for" not in words(at)


def test_a_product_whose_need_nobody_knows_is_said_and_draws_no_zero():
    at = ran(screen("flows", mineral="nickel", product="precursor_cathode"))
    assert "Nobody publishes what these hubs need" in words(at)
    assert not at.metric
    need = next(each.value for each in at.dataframe if "Need, t/yr" in each.value)
    assert need["Need, t/yr"].isna().all()


def test_stress_closes_what_supplies_the_product():
    at = ran(screen("stress", mineral="rare_earths", product="alloy_magnet", focus="JPN"))
    assert "rare earths as alloy magnet" in at.title[0].value
    at.button(key="stress_run").click()
    ran(at)
    assert at.dataframe[-1].value["What closes"].str.contains("alloy magnet").any()
