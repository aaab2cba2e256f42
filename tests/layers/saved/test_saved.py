"""What is saved comes back the same, from a file and from a real PostGIS."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import sqlalchemy as sa

from geo.errors import BadInputError, UnknownIdError
from geo.scenarios import Scenario
from layers.catalog import DATABASE
from layers.saved import open_store
from layers.uploads import read_upload, templates

HOSTILE = '"; DROP TABLE corridor_scenarios; --'


@pytest.fixture(params=["file", pytest.param("postgis", marks=pytest.mark.database)])
def store(request, tmp_path):
    place = tmp_path / "saved.gpkg" if request.param == "file" else request.getfixturevalue("postgis_url")
    store = open_store(place)
    yield store
    for row in store.names().itertuples():
        (store.remove_scenario if row.what == "scenario" else store.remove_upload)(row.name)
    assert store.names().empty


def uploads():
    csv = "name,lat,lon,country,mineral,stage,capacity,unit\n"
    csv += "A,-10.79,25.81,COD,Co;Cu,mine,,\nB,0,0,COD,Co,mine,5,t Co/yr\n"
    yield read_upload("a.csv", csv.encode(), kind="facilities")
    for kind in ("demand", "closure"):
        yield read_upload(f"{kind}.csv", templates()[f"{kind}.csv"], kind=kind)


def test_scenarios_come_back_and_are_replaced(store):
    first = Scenario(name="Suez", close={"suez"}, partial={("panama", 0.5)}, avoid={"CHN"}, as_of="2026-01-01")
    store.save_scenario(first)
    assert store.scenario("Suez") == first
    store.save_scenario(first.model_copy(update={"close": frozenset()}))
    assert store.scenario("Suez").close == frozenset()
    assert store.names()[["what", "name"]].to_numpy().tolist() == [["scenario", "Suez"]]


@pytest.mark.parametrize("upload", list(uploads()), ids=lambda upload: upload.kind)
def test_uploads_come_back_with_types_problems_and_counts(store, upload):
    for _ in range(2):  # the second takes the place of the first
        store.save_upload("mine", upload)
    back = store.upload("mine")
    if isinstance(upload.rows, gpd.GeoDataFrame):
        assert back.rows.crs.to_epsg() == 4326
        assert back.rows.geometry.geom_equals(upload.rows.geometry).all()
    plain = [pd.DataFrame(item.rows).drop(columns="geometry", errors="ignore") for item in (back, upload)]
    pd.testing.assert_frame_equal(*plain)
    pd.testing.assert_frame_equal(back.problems, upload.problems)
    assert (back.rows_in, back.rows_bad, back.notes) == (upload.rows_in, upload.rows_bad, upload.notes)


def test_a_hostile_name_is_only_a_name(store):
    store.save_scenario(Scenario(name=HOSTILE))
    store.save_upload(HOSTILE, next(uploads()))
    assert store.scenario(HOSTILE).name == HOSTILE
    assert store.upload(HOSTILE).rows_good == 1
    with pytest.raises(BadInputError, match="printable"):
        store.save_upload("a\nb", next(uploads()))


def test_unknown_names(store):
    with pytest.raises(UnknownIdError, match="nothing is saved"):
        store.scenario("none")
    with pytest.raises(UnknownIdError, match="nothing is saved"):
        store.upload("none")
    store.remove_upload("none")


def test_the_file_is_a_geopackage_and_the_variable_is_honoured(tmp_path, monkeypatch):
    monkeypatch.setenv(DATABASE, str(tmp_path / "deep" / "team.gpkg"))
    open_store().save_upload("a", next(uploads()))
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "deep" / "team.gpkg")}
    assert any(name.startswith("upload_") for name in layers)
    with closing(sqlite3.connect(tmp_path / "deep" / "team.gpkg")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_addresses_that_cannot_be_used_are_refused_without_the_password():
    for place in ("mysql://root:secret@127.0.0.1/a", "postgresql://u:secret@127.0.0.1:1/a?connect_timeout=1"):
        with pytest.raises(BadInputError) as error:
            open_store(place)
        assert "secret" not in str(error.value)


def test_many_sessions_save_at_once(store):
    upload = next(uploads())

    def save(number):
        store.save_scenario(Scenario(name=f"scenario {number}", close={"suez"}))
        store.save_upload(f"upload {number}", upload)
        return store.upload(f"upload {number}").rows_good

    with ThreadPoolExecutor(6) as sessions:
        assert list(sessions.map(save, range(12))) == [1] * 12
    assert len(store.names()) == 24


@pytest.mark.database
def test_the_layer_is_a_postgis_table_that_other_tools_read(postgis_url):
    store = open_store(postgis_url)
    store.save_upload("mine", next(uploads()))
    engine = sa.create_engine(postgis_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        query = "SELECT f_table_name, srid FROM geometry_columns WHERE f_table_name LIKE 'upload_%'"
        assert [srid for _, srid in connection.execute(sa.text(query))] == [4326]
    engine.dispose()
    store.remove_upload("mine")
