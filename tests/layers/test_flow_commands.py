"""`allocate`, `stress` and `stockpile` from the command line: files, exit codes, one line for what is wrong."""

import json
import re

import pandas as pd
import pytest

from geo.__main__ import main
from layers.presets import preset

FLOW_FILES = {"flows.geojson", "flows.csv", "balance.csv", "duals.csv", "scenario.json"}


# node ids, codes of countries and hubs, words joined by underscores; CHN-07 is a rule's number
ID = re.compile(r"F\d{4}|\||\b(?:USA|CHN|JPN|KOR|IND|GBR|COD|MYS|EU)\b(?!-\d)|[a-z]_[a-z]|\barcs\b")


def test_findings_on_the_command_line_and_in_the_file_hold_names_and_tables_ids(tmp_path, capsys):
    words = ["--mineral", "rare_earths", "--group", "msp", "--scenario", "china_bans_partnership"]
    assert main(["allocate", *words, "--date", "2026-11-24", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert "Malaysia's rule MYS-46 on rare earths closes" in told
    assert told == (tmp_path / "findings.txt").read_text()
    assert not ID.search(told)
    rules, blocked = (pd.read_csv(tmp_path / name).set_index("rule_id") for name in ("rules.csv", "blocked.csv"))
    shut = blocked[blocked["effect"].eq("blocked") & blocked["case"].eq("scenario")]
    assert "MYS-46-rare_earths" in shut.index
    assert rules.loc[shut.index.unique(), "holds"].all()
    assert rules.loc["CHN-25-holmium", "status"] == "check"
    assert "technology" in rules.loc["CHN-04-rare_earths", "reason"]
    assert rules["source"].notna().all()
    assert f"MYS-46 on rare earths closes {shut.index.value_counts()['MYS-46-rare_earths']} legs" in told
    assert {"USA", "EU"} <= set(pd.read_csv(tmp_path / "balance.csv")["node_id"])


def test_allocate_writes_its_files_for_a_preset(tmp_path, capsys):
    words = ["--mineral", "gallium,germanium", "--group", "msp+eu", "--scenario", "china_bans_us"]
    assert main(["allocate", *words, "--date", "2026-11-24", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert {line.rsplit("/", 1)[1] for line in shown.out.splitlines()} >= FLOW_FILES
    assert "gallium:" in shown.err
    balance = pd.read_csv(tmp_path / "balance.csv")
    hubs = balance[balance["kind"].eq("hub") & balance["case"].eq("scenario")]
    parts = hubs[[f"{name}_t_yr" for name in ("open", "rerouted", "degraded", "stranded", "unknown")]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(hubs["demand_t_yr"].to_numpy())
    again = json.loads((tmp_path / "scenario.json").read_text())
    assert again["as_of"] == "2026-11-24"
    assert again["restrictions"] == preset("china_bans_us").to_dict()["restrictions"]


def test_both_cases_are_side_by_side_in_the_files_with_what_changes_most(tmp_path):
    words = ["--mineral", "cobalt", "--scenario", "red_sea", "--out", str(tmp_path)]
    assert main(["allocate", *words]) == 0
    table = pd.read_csv(tmp_path / "summary.csv").set_index("measure")
    arcs = pd.read_csv(tmp_path / "flows.csv")
    emitted = (arcs["t_yr"] * arcs["co2e_kg_t"] / 1_000).groupby(arcs["case"]).sum()
    for name in ("base", "scenario"):
        assert table.loc["co2e_t_yr", name] == pytest.approx(emitted[name], rel=1e-3)
        assert table.loc["co2e_t_yr", name] > 0
    assert table.loc["co2e_t_yr", "change"] > 0
    assert table.loc["delivery_gap_t", "scenario"] > 0
    changes = pd.read_csv(tmp_path / "changes.csv")
    assert 0 < len(changes) <= 10
    assert changes["change_t_yr"].abs().is_monotonic_decreasing


def test_stress_writes_one_by_one_and_in_pairs(tmp_path, capsys):
    assert main(["stress", "--mineral", "gallium", "--to", "USA", "--k", "2", "--out", str(tmp_path)]) == 0
    singles, pairs = (pd.read_csv(tmp_path / name) for name in ("n1.csv", "n2.csv"))
    assert singles["extra_usd_yr"].is_monotonic_decreasing
    assert {"chokepoint", "country", "facility"} <= set(singles["kind"])
    assert "interaction_usd_yr" in pairs
    told = capsys.readouterr().err
    assert "United States goes short most" in told
    assert told == (tmp_path / "findings.txt").read_text()
    assert not ID.search(told)
    assert singles["label"].eq("CHN").any()


def test_both_commands_take_the_product_and_refuse_one_that_is_none(tmp_path, capsys):
    words = ["--mineral", "rare_earths", "--product", "alloy_magnet", "--out", str(tmp_path)]
    assert main(["allocate", "--to", "JPN,CHN", *words]) == 0
    assert "Asked for NdFeB magnets" in capsys.readouterr().err
    assert set(pd.read_csv(tmp_path / "flows.csv")["stage"]) == {"mining", "separation", "alloy_magnet"}
    assert main(["stress", "--to", "JPN", *words]) == 0
    assert pd.read_csv(tmp_path / "n1.csv")["name"].str.endswith("|alloy_magnet").any()
    assert json.loads((tmp_path / "scenario.json").read_text())["question"]["final_stage"] == "alloy_magnet"
    assert main(["stress", "--to", "JPN", *words, "--product", "mining"]) == 2
    assert "alloy_magnet" in capsys.readouterr().err


def test_stress_sees_a_refused_licence_as_a_ban(tmp_path, capsys):
    words = ["stress", "--mineral", "gallium", "--to", "JPN", "--date", "2025-06-01", "--out", str(tmp_path)]
    lost = []
    for word in ("granted", "refused"):
        assert main([*words, "--licences", word]) == 0
        extra = pd.read_csv(tmp_path / "n1.csv").set_index("component_id")["extra_unmet_t_yr"]
        lost.append(extra.get("country:CHN", 0.0))
        told = capsys.readouterr().err
        assert ("licences taken as granted" in told) == (word == "granted")
    assert lost[0] > 1.0
    assert lost[1] == pytest.approx(0.0, abs=1e-6), "what China sells nobody cannot be lost"


def test_stockpile_writes_plan_and_cover(tmp_path, capsys):
    words = ["--budget-usd", "1e9", "--minerals", "gallium", "--scenario", "china_bans_us", "--stock-days", "30"]
    assert main(["stockpile", *words, "--out", str(tmp_path)]) == 0
    plan, cover = (pd.read_csv(tmp_path / name) for name in ("plan.csv", "cover.csv"))
    assert plan["spend_usd"].sum() <= 1e9
    assert cover.loc[cover["hub"].eq("USA"), "share_lost"].iloc[0] > 0
    told = capsys.readouterr().err
    assert "gallium" in told
    assert "Bought against 13 presets" in told
    assert "DRC cobalt quota of 96,600 t a year" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["allocate", "--mineral", "unobtainium"], "unobtainium"),
        (["allocate", "--mineral", "gallium", "--scenario", "no_such"], "no_such"),
        (["allocate", "--mineral", "gallium", "--to", "MARS"], "MARS"),
        (["allocate", "--mineral", "gallium", "--group", "no_club"], "no_club"),
        (["allocate", "--mineral", "gallium", "--allied-share", "0.5"], "--group"),
        (["allocate", "--mineral", "gallium", "--date", "2026-13-01"], "day"),
        (["stress", "--mineral", "gallium", "--to", "USA", "--k", "5"], "5"),
        (["stress", "--mineral", "gallium", "--to", "USA", "--weigh", "fair"], "fair"),
        (["stockpile", "--budget-usd", "-1"], "-1"),
        (["stockpile", "--budget-usd", "0", "--minerals", "gallium"], "given budget 0 USD"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_exit_code_two(tmp_path, capsys, words, told):
    try:
        code = main([*words, "--out", str(tmp_path)])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_route_takes_a_preset_too(capsys):
    assert main(["route", "CNSHA", "NLRTM", "--scenario", "red_sea"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] in ("rerouted", "degraded")
