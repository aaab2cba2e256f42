"""Files that leave: valid, complete, repeatable, harmless; read back by other programs."""

import csv
import importlib.util
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo.errors import BadInputError
from layers.exports import corridors_geojson, to_csv, to_geopackage, to_geoparquet
from layers.writing import replacing, write_atomic, write_together

_spec = importlib.util.spec_from_file_location("rfc7946", Path(__file__).with_name("rfc7946.py"))
rfc7946 = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(rfc7946)


def test_geojson_keeps_the_rfc(corridors, provenance):
    text = corridors_geojson(corridors, provenance=provenance)
    assert rfc7946.breaches(text) == []
    collection = json.loads(text)
    pacific = collection["features"][0]
    assert pacific["geometry"]["type"] == "MultiLineString"
    assert pacific["bbox"][0] > pacific["bbox"][2]
    assert pacific["id"] == "base:pacific"


def test_the_validator_sees_what_is_wrong(corridors, provenance):
    good = json.loads(corridors_geojson(corridors, provenance=provenance))
    spoiled = json.loads(json.dumps(good))
    spoiled["crs"] = {}
    spoiled["features"][0]["geometry"] = {"type": "LineString", "coordinates": [[170, 0.12345678], [190, 80]]}
    spoiled["features"][1]["id"] = good["features"][0]["id"]
    found = " ".join(rfc7946.breaches(json.dumps(spoiled)))
    assert all(part in found for part in ("(4)", "3.1.9", "11.2", "3.2", "(5)"))


def test_a_stranded_row_stays_with_null_geometry_and_null_numbers(corridors, provenance):
    features = json.loads(corridors_geojson(corridors, provenance=provenance))["features"]
    stranded = next(f for f in features if f["id"] == "scenario:suez")
    assert stranded["geometry"] is None
    assert stranded["properties"]["cost_usd_t"] is None
    assert stranded["properties"]["status"] == "stranded"
    assert stranded["properties"]["modes"] == []


def test_geojson_says_scenario_date_version_and_licences(corridors, provenance):
    metadata = json.loads(corridors_geojson(corridors, provenance=provenance))["metadata"]
    assert metadata["scenario"] == "Suez closed"
    assert {s["licence"] for s in metadata["sources"]} == {"ODbL 1.0", "public domain"}


def test_no_corridor_is_still_a_file(corridors, provenance):
    text = corridors_geojson(corridors.iloc[:0], provenance=provenance)
    assert rfc7946.breaches(text) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", "|", "%", "＝", "＠"])  # noqa: RUF001 - wide letters
def test_no_csv_cell_starts_a_formula(start, provenance):
    name = f"{start}cmd|' /C calc'!A0"
    frame = pd.DataFrame(
        {"name": [name], "parts": [(name, "b")], "cost_usd_t": [-3.5]}, index=pd.Index([name], name="id")
    )
    [row] = csv.DictReader(io.StringIO(to_csv(frame, provenance=provenance)))
    assert {row[c][0] for c in ("id", "name", "parts")} == {"'"}
    assert row["cost_usd_t"] == "-3.5"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_starts_a_formula_for_a_program_that_reads_another_separator(separator, provenance):
    names = ("Plant;=1+1", "=1+1", "B\n=1+1", "C\t=1+1", 'D";=1+1', "E\r\n;;＝1+1", "a-b; -1")  # noqa: RUF001
    frame = pd.DataFrame({"name": names, "parts": [("A", name) for name in names], "cost_usd_t": [-3.5] * len(names)})
    text = to_csv(frame, provenance=provenance)
    rough = [cell for line in text.splitlines() for cell in line.split(separator)]  # as if no cell were quoted
    assert [cell for cell in rough if cell.startswith(("=", "+", "@", "＝"))] == []  # noqa: RUF001
    assert "a-b; -1" in text
    assert ",-3.5," in text


def test_csv_joins_tuples_and_leaves_unknown_empty(corridors, provenance):
    rows = list(csv.DictReader(io.StringIO(to_csv(corridors, provenance=provenance))))
    assert rows[1]["chokepoints"] == "Bab el-Mandeb;Suez"
    assert rows[3]["cost_usd_t"] == ""
    assert rows[3]["scenario"] == "Suez closed"
    assert "ODbL" in rows[0]["data_sources"]


@pytest.fixture
def geopackage(corridors, legs, facilities, chokepoints, provenance, tmp_path):
    layers = {"corridors": corridors, "legs": legs, "facilities": facilities, "chokepoints": chokepoints}
    return write_atomic(tmp_path / "corridors.gpkg", to_geopackage(layers, provenance=provenance))


def test_geopackage_reads_back(geopackage, corridors):
    back = gpd.read_file(geopackage, layer="corridors")
    assert len(back) == len(corridors)
    assert back.crs == "EPSG:4326"
    assert back.geometry.isna().tolist() == [False, False, False, True, False]
    assert back["chokepoints"][1] == "Bab el-Mandeb;Suez"
    west, _, east, _ = back.total_bounds
    assert -180 <= west <= east <= 180
    assert gpd.read_file(geopackage, layer="facilities").geometry.isna().sum() == 1


def test_geopackage_has_a_default_style_for_each_layer(geopackage):
    with sqlite3.connect(geopackage) as database:
        rows = database.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
        ).fetchall()
        columns = dict(database.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
    database.close()
    assert {row[0] for row in rows} == {"corridors", "legs", "facilities", "chokepoints"}
    assert all(columns[name] == column and default for name, column, default, _ in rows)
    assert all("<renderer-v2" in qml for *_, qml in rows)


@pytest.mark.ogrinfo
@pytest.mark.parametrize("kind", ["gpkg", "geojson"])
def test_ogrinfo_reads_it(kind, geopackage, corridors, provenance, tmp_path):
    path = (
        geopackage
        if kind == "gpkg"
        else write_atomic(tmp_path / "c.geojson", corridors_geojson(corridors, provenance=provenance))
    )
    layer = ["corridors"] if kind == "gpkg" else []
    done = subprocess.run(["ogrinfo", "-ro", "-so", "-al", path, *layer], capture_output=True, text=True, check=True)
    assert "Feature Count: 5" in done.stdout
    assert "WGS 84" in done.stdout
    assert "ERROR" not in done.stderr
    assert "Warning" not in done.stderr


def test_geoparquet_reads_back_with_its_metadata(corridors, provenance):
    raw = to_geoparquet(corridors, provenance=provenance)
    back = gpd.read_parquet(io.BytesIO(raw))
    assert back.crs == "EPSG:4326"
    assert back["cost_usd_t"].isna().sum() == 1
    assert back["data_sources"].str.contains("ODbL").all()
    metadata = json.loads(pq.read_schema(io.BytesIO(raw)).metadata[b"corridor_mapper"])
    assert metadata["scenario"] == "Suez closed"


@pytest.mark.parametrize(
    "write",
    [
        lambda f, p: corridors_geojson(f["corridors"], provenance=p),
        lambda f, p: to_csv(f["corridors"], provenance=p),
        lambda f, p: to_geoparquet(f["corridors"], provenance=p),
        lambda f, p: to_geopackage({name: f[name] for name in ("corridors", "facilities")}, provenance=p),
    ],
    ids=["geojson", "csv", "geoparquet", "geopackage"],
)
def test_the_same_input_gives_the_same_bytes(write, frames, provenance):
    first = write(frames, provenance)
    time.sleep(1.1)  # past the second, in which GDAL counts
    assert write(frames, provenance) == first


def test_exports_leave_the_frame_alone(corridors, provenance):
    before = corridors.copy(deep=True)
    corridors_geojson(corridors, provenance=provenance)
    to_csv(corridors, provenance=provenance)
    to_geoparquet(corridors, provenance=provenance)
    pd.testing.assert_frame_equal(pd.DataFrame(corridors), pd.DataFrame(before))


def test_right_hand_rings_in_geojson(corridors, provenance):
    clockwise = shapely.Polygon([(0, 0), (0, 1), (1, 1), (1, 0)])
    frame = corridors.iloc[:1].copy()
    frame["geometry"] = gpd.GeoSeries([clockwise], index=frame.index, crs=4326)
    assert rfc7946.breaches(corridors_geojson(frame, provenance=provenance)) == []


def test_a_killed_write_leaves_the_old_file(tmp_path):
    target = write_atomic(tmp_path / "a.txt", "old")
    code = (
        "import os, sys, pathlib, layers.writing as e\n"
        "e.os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "e.write_atomic(pathlib.Path(sys.argv[1]), 'new' * 100000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, target], check=False, cwd=Path(__file__).parents[2], env=os.environ
    )
    assert done.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("layers.writing.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(tmp_path / "a.txt", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_every_file_of_an_answer_as_it_was_and_names_the_one_it_stopped_at(tmp_path, monkeypatch):
    write_together(tmp_path, {"a.txt": "old a", "b.txt": "old b"})
    left = iter([None])

    def full(_):
        if next(left, True):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("layers.writing.os.fsync", full)
    with pytest.raises(OSError, match="No space") as stopped:
        write_together(tmp_path, {"a.txt": "new a", "b.txt": "new b"})
    assert stopped.value.filename == str(tmp_path / "b.txt")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old a", "b.txt": "old b"}


def test_a_file_that_cannot_take_its_name_is_named_itself_and_not_by_a_temporary_name(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OSError, match="Is a directory") as stopped:
        write_atomic(tmp_path / "a.txt", "text")
    assert stopped.value.filename == str(tmp_path / "a.txt")
    assert stopped.value.filename2 is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_what_another_program_writes_takes_its_name_when_it_is_whole(tmp_path):
    path, full = (
        write_atomic(tmp_path / "new" / "a.gpkg", "old"),
        "failed to execute insert :\ndatabase or disk is full",
    )

    def fill_up():
        with replacing(path) as fresh:
            fresh.write_text("half")
            raise pyogrio.errors.FeatureError(full)

    with pytest.raises(BadInputError, match=r"^a.gpkg cannot be written: failed to .* disk is full$"):
        fill_up()
    assert (path.read_text(), len(list(path.parent.iterdir()))) == ("old", 1)
    with replacing(path) as fresh:
        fresh.write_text("new")
    assert (path.read_text(), len(list(path.parent.iterdir()))) == ("new", 1)
