"""The evidence pack: the same bytes every time, and every tampering named."""

import csv
import hashlib
import io
import itertools
import json
import os
import re
import struct
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from geo.__main__ import main
from geo.errors import BadInputError
from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.evidence import pack, verify
from layers.evidence.compare import MOST_LINES, differences
from layers.evidence.zipped import zipped

ROOT = Path(__file__).parents[3]
DAY = date(2026, 11, 24)
ASK, SUEZ = Ask("gallium", "JPN"), Scenario(close=frozenset({"suez"}))
ENTRIES = {
    "corridors.csv", "corridors.geojson", "corridors.gpkg", "datapackage.json", "legs.csv", "manifest.json", "map.html",
    "scenario.json", "scores.csv", "not_separable.csv", "sources.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def raw():
    return pack(answer(ASK, SUEZ, weights={"cost_usd_t": 3.0}), most=5, day=DAY)


@pytest.fixture(scope="module")
def entries(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def checked(tmp_path):
    """Write entries or bytes as a pack and verify it."""

    def check(content):
        path = tmp_path / "pack.zip"
        path.write_bytes(content if isinstance(content, bytes) else zipped(content))
        return verify(path)

    return check


def resealed(entries, **changed):
    """Change entries and make the manifest agree: a forger who knows how."""
    new = entries | {name.replace("_", "."): value for name, value in changed.items()}
    manifest = json.loads(new["manifest.json"])
    manifest["entries"] = {n: hashlib.sha256(v).hexdigest() for n, v in new.items() if n != "manifest.json"}
    return new | {"manifest.json": json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"}


def test_a_pack_holds_what_it_lists_and_says_what_made_it(entries):
    manifest = json.loads(entries["manifest.json"])
    assert set(entries) == ENTRIES
    assert manifest["entries"] == {n: hashlib.sha256(v).hexdigest() for n, v in entries.items() if n != "manifest.json"}
    assert manifest["packages"]["pandas"]
    assert manifest["data"].keys() >= {"facilities", "network/sea.npz"}
    assert manifest["seeds"]["smaa_seed"] > 0
    assert manifest["date"] == "2026-11-24"


def test_the_data_package_describes_every_column_in_order(entries):
    package = json.loads(entries["datapackage.json"])
    assert {item["path"] for item in package["resources"]} == ENTRIES - {"datapackage.json", "manifest.json"}
    assert package["licenses"]
    for licence in package["licenses"]:  # Data Package 1, "licenses": a name or a path each, for frictionless validate
        assert re.fullmatch(r"[-a-zA-Z0-9._]+", licence["name"])
    assert package["sources"]
    for item in package["resources"]:
        assert item["hash"] == f"sha256:{hashlib.sha256(entries[item['path']]).hexdigest()}"
        if item["format"] != "csv":
            continue
        rows = list(csv.DictReader(io.StringIO(entries[item["path"]].decode())))
        assert [field["name"] for field in item["schema"]["fields"]] == list(rows[0])
        for field in item["schema"]["fields"]:
            read = {"number": float, "integer": int, "boolean": ["True", "False"].index, "string": str}[field["type"]]
            assert all(read(row[field["name"]]) is not None for row in rows if row[field["name"]])
        keys = [tuple(row[key] for key in item["schema"].get("primaryKey", [])) for row in rows]
        assert keys[0] == () or len(set(keys)) == len(keys)


def test_every_table_carries_scenario_date_version_and_sources(entries):
    for name in ("corridors.csv", "legs.csv", "scores.csv", "not_separable.csv", "sources.csv"):
        [row, *_] = csv.DictReader(io.StringIO(entries[name].decode()))
        assert row["scenario_date"] == "2026-11-24"
        assert row["method_version"]
        assert "OpenStreetMap" in row["data_sources"]


def test_a_pack_holds(raw, checked):
    assert checked(raw) == []


def test_threads_at_once_make_the_same_bytes(raw):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: pack(answer(ASK, SUEZ, weights={"cost_usd_t": 3.0}), most=5, day=DAY), range(8)))
    assert all(each == raw for each in made)


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "4"])
def test_another_process_makes_the_same_bytes(threads, raw, tmp_path):
    path = tmp_path / "pack.zip"
    path.write_bytes(raw)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    apart = os.environ | dict.fromkeys(names, threads) | {"PYTHONHASHSEED": threads, "TZ": "Pacific/Auckland"}
    command = [sys.executable, "-m", "geo", "verify", path]
    done = subprocess.run(command, cwd=ROOT, env=apart, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (
        [f"{path.name} holds: the same question gives the same bytes"],
        "",
    )


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_flipped_bit_names_its_file(name, raw, entries, checked):
    place = raw.index(entries[name]) + len(entries[name]) // 2
    flipped = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
    assert any(line.startswith(f"{name}: damaged") for line in checked(flipped))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_byte_more_names_its_file(name, entries, checked):
    assert any(line.startswith(f"{name}: ") for line in checked(entries | {name: entries[name] + b" "}))


def test_a_changed_number_is_named_cell_by_cell_though_the_manifest_agrees(entries, checked):
    rows = list(csv.reader(io.StringIO(entries["corridors.csv"].decode(), newline="")))
    column = rows[0].index("cost_usd_t")
    was = rows[1][column]
    forged = entries["corridors.csv"].replace(was.encode(), b"1.25", 1)
    found = checked(resealed(entries, corridors_csv=forged))
    assert f"corridors.csv: line 2 ({rows[1][0]}), cost_usd_t: 1.25 in the pack, {was} when run again" in found


def test_a_changed_number_in_geojson_is_named_by_feature(entries, checked):
    collection = json.loads(entries["corridors.geojson"])
    collection["features"][0]["properties"]["time_h"] = 1.5
    forged = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    found = checked(resealed(entries, corridors_geojson=forged))
    assert any(f"features[{collection['features'][0]['id']}].properties.time_h: 1.5 in" in line for line in found)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("packages", "pandas"), "packages.pandas: 0 in the pack"),
        (("python",), "python: 0 in the pack"),
        (("data", "facilities"), "data.facilities: 0 in the pack"),
        (("code", "sha256"), "code.sha256: 0 in the pack"),
        (("seeds", "smaa_seed"), "seeds.smaa_seed: 0 in the pack"),
    ],
)
def test_a_changed_version_is_named(place, said, entries, checked):
    manifest = json.loads(entries["manifest.json"])
    inner = manifest
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = "0"
    [line] = checked(entries | {"manifest.json": json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"})
    assert line.startswith(f"manifest.json: {said}")


def test_a_changed_scenario_a_lost_and_an_added_file_are_named(entries, checked):
    less = {name: raw for name, raw in entries.items() if name != "legs.csv"}
    found = checked(less | {"extra.txt": b"x", "scenario.json": b"{}"})
    assert {"legs.csv: missing", "extra.txt: not in the manifest"} <= set(found)
    assert any(line.startswith("scenario.json: cannot be asked again") for line in found)
    other = entries["scenario.json"].replace(b'"suez"', b'"panama"')
    assert any(line.startswith("scenario.json: changed") for line in checked(entries | {"scenario.json": other}))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("question", "final_stage"), ["refining"], "cannot be asked again"),
        (("question", "final_stage"), {}, "cannot be asked again"),
        (("question", "mineral"), [[]], "cannot be asked again"),
        (("decisions",), {"a": []}, "decisions"),
        (("areas",), ["POLYGON ((0 0, 1e400 1, 1 1, 0 0))"], "degrees"),
    ],
)
def test_rubbish_in_a_scenario_is_a_difference(place, value, said, entries, checked):
    asked = json.loads(entries["scenario.json"])
    inner = asked
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    found = checked(resealed(entries, scenario_json=json.dumps(asked).encode()))
    assert any(line.startswith("scenario.json: cannot be asked again") and said in line for line in found)


def test_a_pack_made_over_midnight_states_one_day(monkeypatch, checked):
    class Clock(date):
        days = itertools.count(1)

        @classmethod
        def today(cls):
            return cls(2026, 11, next(cls.days))

    monkeypatch.setattr("layers.outputs.date", Clock)
    raw = pack(answer(ASK, Scenario()), most=1)
    assert b"2026-11-01" in raw
    assert b"2026-11-02" not in raw


def test_what_only_the_zip_says_is_not_overlooked(raw, entries, checked):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    for changed in (buffer.getvalue(), zipfile_with_comment(raw)):
        [line] = checked(changed)
        assert line.startswith("the zip itself")


def zipfile_with_comment(raw):
    return raw[:-2] + struct.pack("<H", 2) + b"hi"


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("map.html", "w") as member:
        for _ in range(300):
            member.write(bytes(2**20))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda _: b"no zip", "broken"),
        (lambda _: b"", "broken"),
        (lambda raw: raw[: len(raw) // 2], "broken"),
        (lambda _: bomb(), "256 MB"),
        (lambda _: zipped({"manifest.json": b"{}", "../map.html": b""}), "without a folder"),
        (lambda _: zipped({"manifest.json": b"{}", "C:map.html": b""}), "without a folder"),
        (lambda _: zipped({"map.html": b""}), "no manifest.json"),
    ],
    ids=["text", "empty", "half", "bomb", "path", "drive", "no manifest"],
)
def test_bad_input_is_refused_in_one_line(content, said, raw, tmp_path, capsys):
    path = tmp_path / "pack.zip"
    path.write_bytes(content(raw))
    with pytest.raises(BadInputError, match=said):
        verify(path)
    assert main(["verify", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("manifest", [b"[]", b"{}", b'{"entries": 3}', b"[" * 100_000, b"\xff"])
def test_a_rubbish_manifest_is_a_difference(manifest, entries, checked):
    assert any(line.startswith("manifest.json: ") for line in checked(entries | {"manifest.json": manifest}))


def test_the_command_line_packs_and_verifies(tmp_path, capsys):
    path = tmp_path / "new" / "pack.zip"
    asked = ["corridors", "--mineral", "gallium", "--to", "JPN", "--close", "suez", "--top", "3"]
    assert main([*asked, "--pack", str(path)]) == 0
    assert main(["verify", str(path)]) == 0
    path.write_bytes(zipfile_with_comment(path.read_bytes()))
    assert main(["verify", str(path)]) == 1
    assert main(["verify", str(tmp_path / "none.zip")]) == 2
    assert main(asked) == 2
    assert "--pack" in capsys.readouterr().err


def test_our_own_scenario_file_goes_back_in(entries, tmp_path, capsys):
    path = tmp_path / "scenario.json"
    path.write_bytes(entries["scenario.json"])
    assert main(["route", "CNSHA", "NLRTM", "--scenario", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "rerouted"


def test_many_differences_are_counted():
    lines = differences("a.csv", b"id\n" + b"1\n" * 99, b"id\n" + b"2\n" * 99)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "a.csv: 79 more differences"
