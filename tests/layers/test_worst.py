"""The worst few closures on the real network: equal to enumeration, and not always the largest country."""

import json

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.contingency import pair_losses, single_losses
from geo.errors import BadInputError
from geo.scenarios import Scenario, read_scenario
from layers.catalog import read_table
from layers.flows import Wants, case
from layers.stress import _prepared, stress
from layers.supply import required
from layers.worst import plausibility, worst_few

WANTS = Wants("antimony", hubs=("USA", "JPN"))


@pytest.fixture(scope="module")
def pairs():
    """Every pair, priced by the ways that are left."""
    model, parts, repriced, _ = _prepared(WANTS, Scenario())
    singles = single_losses(model, parts, repriced=repriced).table
    return parts, pair_losses(model, parts, singles, top=len(parts), repriced=repriced).table["extra_usd_yr"], singles


@pytest.mark.parametrize("weigh", ["plausible", "equal"])
def test_the_worst_two_are_those_that_enumeration_finds(weigh, pairs):
    parts, both, singles = pairs
    step = np.log(required("plausible_closure_yr") / plausibility(parts, WANTS.mineral)["plausibility_yr"])
    one = singles["extra_usd_yr"][(step[singles.index] <= 1e-9) | (weigh == "equal")]
    level = both.index.get_level_values
    likely = both[(step[level(0)].to_numpy() + step[level(1)].to_numpy() <= 1e-9) | (weigh == "equal")]
    assert len(likely) < len(both) or weigh == "equal", "the weights leave something out"
    found = stress(WANTS, Scenario(), k=2, weigh=weigh).worst
    assert found["proven"]
    assert found["extra_usd_yr"] == pytest.approx(max(one.max(), likely.max()), rel=1e-6)


def test_the_worst_one_equals_the_table_of_single_closures():
    model, parts, repriced, _ = _prepared(WANTS, Scenario())
    singles = stress(WANTS, Scenario()).singles
    found = worst_few(model, parts, singles, repriced, k=1, weigh="equal")
    assert found["extra_usd_yr"] == pytest.approx(singles["extra_usd_yr"].max(), rel=1e-6)


def test_under_a_content_threshold_the_worst_two_are_those_that_enumeration_finds():
    """China's rule on its oxides in magnets made abroad, decided to hold after its suspension has ended."""
    wants = Wants("rare_earths", hubs=("USA", "EU"), final_stage="alloy_magnet")
    asked = read_scenario("{as_of: 2026-12-01, decisions: {CHN-33-rare_earths: true}}")
    model, parts, repriced, _ = _prepared(wants, asked)
    assert case(wants, asked).allocation.duals.query("kind == 'content'")["binding"].any()
    singles = single_losses(model, parts, repriced=repriced).table
    both = pair_losses(model, parts, singles, top=len(parts), repriced=repriced).table["extra_usd_yr"]
    found = stress(wants, asked, k=2, weigh="equal").worst
    assert found["proven"]
    assert found["extra_usd_yr"] == pytest.approx(max(singles["extra_usd_yr"].max(), both.max()), rel=1e-6)


def test_weighed_by_plausibility_it_is_not_always_china():
    wants = Wants("gallium")
    equal, likely = (stress(wants, Scenario(), k=2, weigh=weigh).worst for weigh in ("equal", "plausible"))
    assert "country:CHN" in equal["closed"]
    assert "country:CHN" not in likely["closed"]
    assert len(equal["closed"]) == 2
    assert likely["proven"]
    assert 0 <= likely["extra_usd_yr"] < equal["extra_usd_yr"]
    assert likely["plausibility_yr"] >= required("plausible_closure_yr") ** len(likely["closed"]) * (1 - 1e-9)


def test_the_chance_is_that_of_the_thing_and_mineral_before_that_of_the_kind():
    parts = pd.DataFrame(
        [("country", "COD"), ("country", "FRA"), ("chokepoint", "suez"), ("facility", "F0215|mining")],
        columns=["kind", "name"], index=["a", "b", "c", "d"],
    )  # fmt: skip
    cobalt, copper = (plausibility(parts, mineral)["plausibility_yr"] for mineral in ("cobalt", "copper"))
    kinds = read_table("closure_plausibility").query("subject == 'all'").set_index("kind")["chance_yr"]
    assert cobalt["a"] > copper["a"] == copper["b"] == kinds["country"]
    assert copper["c"] > kinds["chokepoint"]
    assert copper["d"] == kinds["facility"]


def test_the_command_searches_under_a_content_threshold(tmp_path, capsys):
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps({"as_of": "2026-12-01", "decisions": {"CHN-33-rare_earths": True}}))
    words = ["stress", "--mineral", "rare_earths", "--product", "alloy_magnet", "--to", "USA", "--k", "3"]
    assert main([*words, "--scenario", str(asked), "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert "Worst three" in told
    assert "not proven" not in told
    assert pd.read_csv(tmp_path / "worst.csv")["extra_usd_yr"].iloc[0] > 0


def test_a_weighing_that_is_none_is_refused():
    with pytest.raises(BadInputError, match="plausible or equal"):
        stress(WANTS, Scenario(), k=2, weigh="fair")


def test_the_command_writes_the_worst_four(tmp_path, capsys):
    words = ["stress", "--mineral", "antimony", "--to", "USA", "--k", "4", "--weigh", "equal", "--out", str(tmp_path)]
    assert main(words) == 0
    assert "Worst four of any" in capsys.readouterr().err
    worst = pd.read_csv(tmp_path / "worst.csv")
    assert worst["closed"].iloc[0].count(":") <= 4
    assert worst["bound_usd_yr"].iloc[0] >= worst["extra_usd_yr"].iloc[0]
