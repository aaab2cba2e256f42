"""The command line: answers as strict JSON and files, 2 and one line for whatever cannot be answered."""

import csv
import io
import json
import os
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from layers.answer import Ask, answer
from layers.outputs import read_asked
from layers.planner import world
from tests.conftest import ROOT
from tests.layers.rfc7946 import breaches

NUMBERS = ["length_km", "length_nm", "time_h", "cost_usd_t", "co2e_kg_t"]
KEYS = {"status", "reason", *NUMBERS, "chokepoints", "modes", "legs"}
QUESTION = ["--mineral", "lithium", "--to", "USA"]
FILES = {
    "corridors.geojson",
    "corridors.csv",
    "map.html",
    "scenario.json",
    "legs.csv",
    "scores.csv",
    "not_separable.csv",
}


def run(capsys, *words):
    """Run one command; give its code and what it wrote."""
    try:
        code = main([str(word) for word in words])
    except SystemExit as left:
        code = left.code
    written = capsys.readouterr()
    return code, written.out, written.err


def strict(text):
    def refuse(constant):
        message = f"{constant} is not JSON"
        raise AssertionError(message)

    return json.loads(text, parse_constant=refuse)


def route(capsys, *words):
    code, out, err = run(capsys, "route", *words)
    assert (code, err) == (0, "")
    return strict(out)


# ---------------- what cannot be answered
@pytest.fixture
def bad_files(tmp_path):
    (tmp_path / "binary").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    (tmp_path / "nul").write_bytes(b"close: [suez]\x00")
    (tmp_path / "list").write_text("[suez]")
    (tmp_path / "broken").write_text('{"close": ["suez"')
    (tmp_path / "field").write_text("shut: [suez]")
    (tmp_path / "chokepoint").write_text("close: [atlantis]")
    (tmp_path / "facility").write_text("outages: [F9999999]")
    (tmp_path / "modes").write_text("modes: []")
    (tmp_path / "share").write_text("partial: {suez: 7}")
    (tmp_path / "empty").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "required"),
        (["fly"], "invalid choice"),
        (["route"], "required"),
        (["route", "CNSHA"], "TO"),
        (["route", "NOWHERE", "CNSHA"], "unknown place 'NOWHERE'"),
        (["route", "", "CNSHA"], "unknown place"),
        (["route", "two\nlines", "CNSHA"], "unknown place"),
        (["route", "CNSHA", "NLRTM", "two\nlines"], "two lines"),
        (["route", "CNSHA", "CNSHA"], "same place"),
        (["route", "25.47,-10.71", "25.470,-10.710"], "same place"),
        (["route", "CNSHA", "25.47,"], "lon,lat"),
        (["route", "CNSHA", ",25"], "lon,lat"),
        (["route", "CNSHA", "25.47"], "unknown place"),
        (["route", "CNSHA", "1,2,3"], "lon,lat"),
        (["route", "CNSHA", "nan,nan"], "lon,lat"),
        (["route", "CNSHA", "181,0"], "off the globe"),
        (["route", "CNSHA", "0,-90.1"], "off the globe"),
        (["route", "CNSHA", "1e400,0"], "off the globe"),
        (["route", "CNSHA", "NLRTM", "--close", "atlantis"], "'atlantis'"),
        (["route", "CNSHA", "NLRTM", "--open", "atlantis"], "'atlantis'"),
        (["route", "CNSHA", "NLRTM", "--open", "panama"], "panama is open already"),
        (["route", "CNSHA", "NLRTM", "--close", ""], "names nothing"),
        (["route", "CNSHA", "NLRTM", "--close", ","], "names nothing"),
        (["route", "CNSHA", "NLRTM", "--avoid", "XXX"], "'XXX'"),
        (["route", "CNSHA", "NLRTM", "--avoid", "Russia"], "RUSSIA"),
        (["route", "CNSHA", "NLRTM", "--modes", "air"], "air is not among sea, rail, road"),
        (["route", "CNSHA", "NLRTM", "--modes", ""], "names nothing"),
        (["route", "CNSHA", "NLRTM", "--vessel", "canoe"], "handysize"),
        (["route", "CNSHA", "NLRTM", "--by", "beauty"], "cost"),
        (["corridors", *QUESTION], "out"),
        (["corridors", "--mineral", "mithril", "--to", "USA", "--out", "OUT"], "lithium"),
        (["corridors", "--mineral", "lithium", "--to", "MARS", "--out", "OUT"], "USA"),
        (["corridors", *QUESTION, "--product", "soup", "--out", "OUT"], "refining"),
        (["corridors", *QUESTION, "--alliance", "soup", "--out", "OUT"], "nato"),
        (["corridors", *QUESTION, "--top", "0", "--out", "OUT"], "above zero"),
        (["corridors", *QUESTION, "--top", "-3", "--out", "OUT"], "top"),
        (["corridors", *QUESTION, "--top", "²", "--out", "OUT"], "above zero"),
        (["corridors", *QUESTION, "--close", "atlantis", "--out", "OUT"], "'atlantis'"),
        (["corridors", *QUESTION, "--scenario", "missing", "--out", "OUT"], "missing"),
        (["corridors", *QUESTION, "--scenario", ".", "--out", "OUT"], "directory"),
        (["corridors", *QUESTION, "--scenario", "binary", "--out", "OUT"], "not text"),
        (["corridors", *QUESTION, "--scenario", "nul", "--out", "OUT"], "not text"),
        (["corridors", *QUESTION, "--scenario", "list", "--out", "OUT"], "mapping"),
        (["corridors", *QUESTION, "--scenario", "empty", "--out", "OUT"], "mapping"),
        (["corridors", *QUESTION, "--scenario", "broken", "--out", "OUT"], "neither JSON nor YAML"),
        (["corridors", *QUESTION, "--scenario", "field", "--out", "OUT"], "shut"),
        (["corridors", *QUESTION, "--scenario", "chokepoint", "--out", "OUT"], "'atlantis'"),
        (["corridors", *QUESTION, "--scenario", "facility", "--out", "OUT"], "'F9999999'"),
        (["corridors", *QUESTION, "--scenario", "modes", "--out", "OUT"], "at least one"),
        (["route", "CNSHA", "NLRTM", "--scenario", "modes"], "at least one"),
        (["route", "CNSHA", "NLRTM", "--scenario", "/dev/zero"], "at most 1 MB"),
        (["verify", "/dev/zero"], "at most 64 MB"),
        (["corridors", *QUESTION, "--scenario", "share", "--out", "OUT"], "suez"),
        (["corridors", *QUESTION, "--out", "binary"], "binary is a file, not a folder"),
        (["route", "F0001", "NLRTM", "--roads", "missing.osm"], "missing.osm: no such file or directory\n"),
    ],
)
def test_bad_input_is_refused_with_2_and_one_line(capsys, bad_files, monkeypatch, words, told):
    monkeypatch.chdir(bad_files)
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.endswith("\n")
    assert len(err.splitlines()) == 1
    assert told in err
    assert not (bad_files / "OUT").exists()


# ---------------- one route
def test_a_route_holds_what_the_issue_asks_and_its_legs_sum_to_it(capsys):
    found = route(capsys, "F0001", "NLRTM")
    assert found.keys() >= KEYS
    assert found["status"] == "open"
    for name in ("length_km", "time_h", "cost_usd_t", "co2e_kg_t"):
        assert sum(leg[name] for leg in found["legs"]) == pytest.approx(found[name], rel=1e-3)
    assert found["length_nm"] * 1.852 == pytest.approx(found["length_km"], abs=0.01)
    assert {leg["mode"] for leg in found["legs"]} >= set(found["modes"])


def test_what_is_stranded_is_answered_with_nulls(capsys):
    found = route(capsys, "SARTA", "NLRTM", "--modes", "sea", "--close", "hormuz")
    assert found["status"] == "stranded"
    assert "Strait of Hormuz is closed" in found["reason"]
    assert [found[name] for name in [*NUMBERS, "chokepoints", "modes", "legs"]] == [None] * 8
    assert found["base"]["chokepoints"][0] == "hormuz"


def test_a_flag_given_twice_is_one_longer_list(capsys):
    twice = route(capsys, "SGSIN", "NLRTM", "--close", "suez", "--close", "hormuz", "--avoid", "RUS", "--avoid", "EGY")
    once = route(capsys, "SGSIN", "NLRTM", "--close", "suez,hormuz", "--avoid", "RUS,EGY")
    assert twice == once
    assert "suez" not in twice["chokepoints"]


def test_where_no_line_is_near_the_answer_is_unknown(capsys):
    found = route(capsys, "-140,-45", "NLRTM", "--modes", "rail")
    assert found["status"] == "unknown"
    assert "150 km" in found["reason"]
    assert [found[name] for name in NUMBERS] == [None] * 5
    assert found["from"]["nearest_node_km"] is None


@pytest.mark.parametrize("point", ["-70.4,-23.65", "-70.4, -23.65", " -70.4,-23.65", "-70.4,-2.365e1"])
def test_a_leading_minus_is_a_number(capsys, point):
    found = route(capsys, point, "NLRTM")
    assert (found["from"]["lon"], found["from"]["lat"]) == (-70.4, -23.65)
    assert found["from"]["country"] == "CHL"
    assert 0 <= found["from"]["nearest_node_km"] < 150


def test_two_points_a_step_apart_are_two_places(capsys):
    found = route(capsys, "25.470001,-10.71", "25.470002,-10.71")
    assert found["from"]["id"] != found["to"]["id"]


def test_ids_are_read_in_any_case(capsys):
    assert route(capsys, "cnsha", "nlrtm", "--close", "SUEZ", "--avoid", "rus")["chokepoints"].count("suez") == 0


def test_the_line_is_geojson_cut_at_the_antimeridian(capsys):
    line = route(capsys, "CNSHA", "USLAX", "--geometry")["geometry"]
    feature = {"type": "Feature", "id": 1, "properties": {}, "geometry": line}
    collection = {"type": "FeatureCollection", "features": [feature]}
    assert line["type"] == "MultiLineString"
    assert [
        breach for breach in breaches(json.dumps(collection)) if "bbox" not in breach and "decimals" not in breach
    ] == []


# ---------------- help
@pytest.mark.parametrize("words", [["--help"], ["route", "--help"], ["corridors", "--help"]])
def test_help_lists_every_id(capsys, words):
    code, out, _ = run(capsys, *words)
    assert code == 0
    here = world()
    assert set(here.chokepoints.index) | set(here.hubs.index) <= set(out.replace(",", " ").split())
    for one in ("rare_earths", "tantalum", "capesize", "container", "nato", "refining", "sea, rail, road"):
        assert one in out


# ---------------- corridors as files
@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("answer") / "new" / "folder"
    assert main(["corridors", *QUESTION, "--close", "suez", "--avoid", "CHN", "--top", "4", "--out", str(out)]) == 0
    return out


def test_the_files_are_all_there(folder):
    assert {path.name for path in folder.iterdir()} >= FILES


def test_the_geojson_keeps_the_rfc(folder):
    text = (folder / "corridors.geojson").read_text("utf-8")
    assert breaches(text) == []
    assert "crs" not in json.loads(text)


def test_csv_and_geojson_hold_the_same_corridors(folder):
    rows = list(csv.DictReader(io.StringIO((folder / "corridors.csv").read_text("utf-8"), newline="")))
    features = strict((folder / "corridors.geojson").read_text("utf-8"))["features"]
    assert [(row["case"], row["corridor_id"]) for row in rows] == [
        (one["properties"]["case"], one["properties"]["corridor_id"]) for one in features
    ]
    assert {row["case"] for row in rows} == {"base", "scenario"}
    assert len(gpd.read_file(folder / "corridors.geojson")) == len(rows)


def test_the_parts_of_every_score_are_in_the_files_and_sum_to_it(folder):
    corridors = pd.read_csv(folder / "corridors.csv").set_index(["case", "corridor_id"])
    parts = pd.read_csv(folder / "scores.csv")
    assert {"criterion", "value", "truth_state", "unit", "normalised", "weight", "contribution"} <= set(parts.columns)
    scored = corridors["score"].dropna()
    assert len(scored)
    logs = parts.groupby(["case", "corridor_id"])["contribution"].sum()
    assert np.exp(logs.loc[scored.index]).to_numpy() == pytest.approx(scored.to_numpy(), rel=1e-4)
    pairs = pd.read_csv(folder / "not_separable.csv")
    ids = set(corridors.index.get_level_values("corridor_id"))
    assert len(pairs)
    assert set(pairs["corridor_id"]) | set(pairs["other_id"]) <= ids
    assert (pairs["corridor_id"] != pairs["other_id"]).all()
    assert pairs["wins_share"].between(0.25, 0.75).all()


def test_a_stranded_corridor_is_in_the_files_with_nulls(folder):
    features = strict((folder / "corridors.geojson").read_text("utf-8"))["features"]
    stranded = [one for one in features if one["properties"]["status"] == "stranded"]
    assert stranded
    for one in stranded:
        assert one["geometry"] is None
        numbers = ["cost_usd_t", "time_h", "time_p95_h", "co2e_kg_t", "length_km", "score"]
        assert {one["properties"][name] for name in numbers} == {None}
        assert "CHN" in one["properties"]["reason"]


def test_the_map_is_one_file_with_its_sources(folder):
    html = (folder / "map.html").read_text("utf-8")
    assert html.lower().startswith("<!doctype html>")
    assert "OpenStreetMap" in html


def test_the_scenario_file_gives_the_same_corridors_again(folder, tmp_path, capsys):
    code, out, _ = run(
        capsys, "corridors", *QUESTION, "--scenario", folder / "scenario.json", "--top", 4, "--out", tmp_path
    )
    assert code == 0
    for name in FILES:
        assert str(tmp_path / name) in out
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name
    scenario, asked = read_asked((folder / "scenario.json").read_text("utf-8"))
    assert (asked["mineral"], asked["hub"]) == ("lithium", "USA")
    assert (scenario.close, scenario.avoid) == ({"suez"}, {"CHN"})


def test_options_add_to_the_scenario_file(tmp_path, capsys):
    (tmp_path / "s.yaml").write_text("close: [suez]\navoid: [RUS]\n")
    words = ["--scenario", tmp_path / "s.yaml", "--close", "panama", "--vessel", "handysize", "--planned"]
    assert run(capsys, "corridors", *QUESTION, *words, "--top", 1, "--out", tmp_path / "o")[0] == 0
    scenario, _ = read_asked((tmp_path / "o" / "scenario.json").read_text("utf-8"))
    assert (scenario.close, scenario.avoid) == ({"suez", "panama"}, {"RUS"})
    assert (scenario.vessel, scenario.planned) == ("handysize", True)


@pytest.mark.parametrize("words", [["--avoid", "USA"], ["--modes", "sea"]])
def test_nothing_gets_through_is_answered_with_files(capsys, tmp_path, words):
    code, _, err = run(capsys, "corridors", *QUESTION, *words, "--out", tmp_path)
    assert code == 0
    assert "0 of" in err
    assert breaches((tmp_path / "corridors.geojson").read_text("utf-8")) == []


def test_the_top_of_each_case_is_kept(folder):
    found = answer(Ask("lithium", "USA"), read_asked((folder / "scenario.json").read_text("utf-8"))[0])
    features = strict((folder / "corridors.geojson").read_text("utf-8"))["features"]
    for case in ("base", "scenario"):
        own = found.corridors[(found.corridors["case"] == case) & found.corridors["efficient"]]
        kept = {one["properties"]["corridor_id"] for one in features if one["properties"]["case"] == case}
        assert set(own.index[:4]) <= kept


@pytest.mark.slow
def test_two_runs_give_the_same_bytes(tmp_path):
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "geo",
            "corridors",
            *QUESTION,
            "--close",
            "suez",
            "--avoid",
            "CHN",
            "--top",
            "3",
        ]
        done = subprocess.run(
            [*command, "--out", str(tmp_path / seed)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        assert done.stdout
    for name in {path.name for path in (tmp_path / "1").iterdir()}:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name
