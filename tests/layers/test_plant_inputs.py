"""A closed Hormuz strands sulphur: on the real tables and the real network."""

import json

import pandas as pd
import pytest

from geo.__main__ import main
from geo.errors import UnknownIdError
from geo.scenarios import Scenario, read_scenario
from layers.catalog import read_table
from layers.flow_outputs import flow_files
from layers.flows import Wants, allocate_case
from layers.plant_inputs import input_words, process_inputs
from layers.presets import preset
from layers.routes import check_scenario
from layers.stress import stress

NICKEL = Wants("nickel")
INDONESIA = ["F0349", "F0350", "F0351", "F0352", "F0353"]


def hormuz(**changes):
    """Hormuz shut, and something else besides."""
    return preset("hormuz").model_copy(update=changes)


def test_the_tables_name_facilities_processes_and_passages_that_exist():
    assert set(read_table("plant_processes")["facility_id"]) <= set(read_table("facilities")["facility_id"])
    assert set(read_table("plant_processes")["process"]) <= set(read_table("process_inputs")["process"])
    assert set(read_table("input_supply")["chokepoint_id"]) <= set(read_table("chokepoints")["chokepoint_id"])
    assert set(read_table("input_supply")["input"]) <= set(read_table("process_inputs")["input"])
    assert len(process_inputs()) > len(read_table("plant_processes")), "some processes need two inputs"


def test_a_closed_hormuz_takes_the_sulphur_of_indonesian_nickel():
    found = allocate_case(NICKEL, preset("hormuz"))
    short = found.now.short
    assert set(short[short["fall"] > 0]["country_iso3"]) == {"IDN"}
    made = [one.allocation.balance.loc[[f"{plant}|refining" for plant in INDONESIA], "out_t_yr"].sum()
            for one in (found.base, found.now)]  # fmt: skip
    assert made[1] < made[0] * 0.3
    assert any(
        "Sulphur runs short with Strait of Hormuz shut" in line and "PT Huafei" in line for line in found.findings
    )
    assert any("Not known how much sulphur" in line for line in found.findings)
    assert found.base.short.empty


def test_a_closure_shorter_than_the_stock_takes_nothing():
    found = allocate_case(NICKEL, hormuz(duration_days=20.0))
    assert found.now.short["fall"].fillna(0).eq(0).all()
    open_now = allocate_case(NICKEL, Scenario()).base.allocation.balance["out_t_yr"]
    pd.testing.assert_series_equal(found.now.allocation.balance["out_t_yr"], open_now)
    assert any(line.startswith("No plant runs out of sulphur") for line in found.findings)
    longer = allocate_case(NICKEL, hormuz(duration_days=90.0)).now.short.loc["F0349|refining", "fall"]
    assert longer == pytest.approx(0.75 * 0.5)


def test_the_bounds_enclose_what_is_stated():
    lost = {
        bound: (short["capacity_t_yr"] - short["capacity_left_t_yr"]).sum()
        for bound in ("least", "stated", "most")
        for short in [allocate_case(Wants("nickel", inputs_at=bound), preset("hormuz")).now.short]
    }
    assert lost["least"] < lost["stated"] < lost["most"]


def test_a_scenario_may_name_an_input_as_cut_and_an_unknown_one_is_refused():
    cut = read_scenario("inputs: [power]")
    assert read_scenario("inputs: {power: 1.0}") == cut
    assert not cut.is_base
    assert read_scenario(json.dumps(cut.to_dict())) == cut
    found = allocate_case(NICKEL, check_scenario(cut))
    assert "rkef" in set(found.now.short["process"])
    with pytest.raises(UnknownIdError, match="sulphur"):
        check_scenario(read_scenario("inputs: [unobtainium]"))


def test_the_sheet_says_which_plant_lost_what_because_of_what(tmp_path, capsys):
    words = ["--mineral", "nickel,gallium", "--scenario", "hormuz", "--inputs", "most", "--out", str(tmp_path)]
    assert main(["allocate", *words]) == 0
    assert "Sulphur runs short" in capsys.readouterr().err
    sheet = pd.read_csv(tmp_path / "inputs.csv").set_index("node_id")
    huafei = sheet.loc["F0349|refining"]
    assert huafei["chokepoints"] == "hormuz"
    assert huafei["out_scenario_t_yr"] < huafei["out_base_t_yr"]
    assert huafei["capacity_left_t_yr"] == pytest.approx(0.25 * huafei["capacity_t_yr"])
    assert sheet["source"].notna().all()
    assert sheet.loc["F0361|refining", "capacity_left_t_yr"] == 0.0, "the most: all of Ramu's sulphur"


def test_plants_of_unknown_capacity_are_not_told_to_lose_nothing():
    short = allocate_case(NICKEL, preset("hormuz")).now.short.assign(
        capacity_t_yr=float("nan"), capacity_left_t_yr=float("nan")
    )
    told = input_words(short, preset("hormuz"))
    assert "how much they make is not known" in told[0]
    assert " 0 t/yr" not in told[0]


def test_an_empty_sheet_has_its_heads():
    text = flow_files([allocate_case(Wants("gallium"), Scenario())])["inputs.csv"]
    assert "share_lost" in text.splitlines()[0]


def test_stress_closes_the_passage_of_an_input_that_no_cargo_passes():
    singles = stress(NICKEL, Scenario()).singles
    row = singles.loc["chokepoint:hormuz"]
    shut, base = (allocate_case(NICKEL, preset("hormuz")), allocate_case(NICKEL, Scenario()))
    extra = shut.summary.loc["cost_usd_yr", "scenario"] - base.summary.loc["cost_usd_yr", "base"]
    assert row["extra_freight_usd_yr"] == pytest.approx(extra, rel=1e-3)
    assert row["extra_usd_yr"] > 1e8


def test_stress_starts_from_the_plants_that_are_left():
    found = stress(NICKEL, preset("hormuz"))
    assert "country:IDN" in found.singles.index
