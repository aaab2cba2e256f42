"""The purchase plan against presets and the user's own scenario."""

import json

import pandas as pd
import pytest

from geo.__main__ import main
from geo.errors import BadInputError
from geo.scenarios import Scenario, read_scenario
from geo.stockpile_plan import PlanOptions, purchase_plan
from layers.presets import preset, presets
from layers.purchase import OWN, Supposed, buying
from layers.supply import required

MINERALS = ("gallium", "germanium")
AGAINST = ("red_sea", "china_bans_us", "malacca")
BAN = read_scenario("{name: China and Russia sell no gallium, restrictions: "
                    "[{issuer: CHN, minerals: [gallium]}, {issuer: RUS, minerals: [gallium]}]}")  # fmt: skip


def bought(supposed=None, budget_usd=1e9):
    return buying(MINERALS, budget_usd=budget_usd, scenarios=AGAINST, supposed=supposed)


def test_a_scenario_of_ones_own_is_one_more_of_those_bought_against_with_its_stated_weight():
    plan = bought(Supposed(BAN, 0.5))
    assert list(plan.shortfalls_t.index) == [*AGAINST, OWN]
    table = presets()["plausibility_yr"].reindex(list(AGAINST))
    assert plan.probability[OWN] == pytest.approx(0.5 / (0.5 + table.sum()))
    assert plan.probability.sum() == pytest.approx(1.0)
    alone = bought()
    assert plan.shortfalls_t.loc[OWN, "gallium"] > alone.shortfalls_t["gallium"].max() > 0
    assert plan.plan.purchases.loc["gallium", "buy_t"] > alone.plan.purchases.loc["gallium", "buy_t"]
    assert any("a chance of 50% a year (your number)" in line for line in plan.findings)
    assert any("t gallium instead of" in line for line in plan.findings)


def test_the_plan_without_is_the_plan_of_the_presets_alone():
    plan, alone = bought(Supposed(BAN)), bought()
    pd.testing.assert_frame_equal(plan.without.purchases, alone.plan.purchases)
    assert plan.own == OWN
    assert alone.own is None
    assert alone.without is None
    assert not any("our scenario" in line for line in alone.findings)


def test_the_plan_is_the_optimum_over_the_set_with_it():
    plan = bought(Supposed(BAN, 0.2), budget_usd=5e6)
    again = purchase_plan(
        plan.minerals, plan.shortfalls_t, plan.probability,
        options=PlanOptions(budget_usd=5e6, tail=required("tail"), tail_weight=required("tail_weight")),
    )  # fmt: skip
    pd.testing.assert_frame_equal(plan.plan.purchases, again.purchases)
    assert plan.plan.purchases["spend_usd"].sum() <= 5e6 * (1 + 1e-9)


def test_a_preset_is_not_counted_twice_and_keeps_its_own_chance():
    same = preset("china_bans_us").model_copy(update={"name": "mine"})
    plan = bought(Supposed(same))
    assert list(plan.shortfalls_t.index) == list(AGAINST)
    assert plan.own == "china_bans_us"
    assert plan.probability.to_dict() == pytest.approx(bought().probability.to_dict())
    assert plan.without.purchases.loc["gallium", "buy_t"] == pytest.approx(0.0, abs=1e-6)
    assert any("(the preset's)" in line for line in plan.findings)
    likelier = bought(Supposed(same, 1.0))
    assert likelier.probability["china_bans_us"] > plan.probability["china_bans_us"]


def test_a_preset_nobody_weighs_takes_the_chance_of_ones_own_and_says_so():
    plan = bought(Supposed(preset("drc_quota")))
    assert plan.own == "drc_quota"
    assert any("(taken where none is stated; say yours)" in line for line in plan.findings)
    total = presets()["plausibility_yr"].reindex(list(AGAINST)).sum() + required("own_scenario_yr")
    assert plan.probability["drc_quota"] == pytest.approx(required("own_scenario_yr") / total)


def test_nothing_going_wrong_is_no_scenario_and_a_chance_out_of_range_is_refused():
    assert bought(Supposed(Scenario())).own is None
    for chance in (0.0, 1.5, -0.1, float("nan")):
        with pytest.raises(BadInputError, match="chance of your scenario"):
            Supposed(BAN, chance)


def test_the_command_writes_the_plan_with_and_without(tmp_path, capsys):
    given = tmp_path / "mine.json"
    given.write_text(json.dumps(BAN.to_dict()), encoding="utf-8")
    words = ["stockpile", "--budget-usd", "1e9", "--minerals", "gallium", "--scenario", str(given)]
    assert main([*words, "--scenario-chance", "0.4", "--out", str(tmp_path / "out")]) == 0
    plan = pd.read_csv(tmp_path / "out" / "plan.csv").set_index("mineral").loc["gallium"]
    assert plan["buy_t"] > plan["without_yours_buy_t"] > 0
    rows = pd.read_csv(tmp_path / "out" / "shortfalls.csv").set_index("preset")
    assert rows.loc[OWN, "gallium"] == pytest.approx(plan["buy_t"], rel=1e-6), "the budget buys the whole shortfall"
    told = capsys.readouterr().err
    assert "Your scenario (China and Russia sell no gallium) counts with a chance of 40% a year (your number)" in told
    assert main(["stockpile", "--minerals", "gallium", "--scenario-chance", "0.4", "--out", str(tmp_path / "no")]) == 2
    assert "needs a scenario" in capsys.readouterr().err
