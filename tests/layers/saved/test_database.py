"""The project's own tables in a real PostGIS: the same rows, contracts and checksums as the files."""

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa

from geo.errors import BadInputError, ContractError, UnsourcedTableError
from layers import database
from layers.catalog import DATABASE, file_tables, read_table, sources
from layers.database import SCHEMA, Tables, checksum, main, tables_in_use

pytestmark = pytest.mark.database


@pytest.fixture
def loaded(postgis_url, monkeypatch, capsys):
    """Load the tables and use them."""
    monkeypatch.setenv(DATABASE, postgis_url)
    database._in_use.cache_clear()
    assert main(["--load"]) == 0
    assert "tables loaded" in capsys.readouterr().out
    yield postgis_url
    with connected(postgis_url) as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    database._in_use.cache_clear()


def connected(url):
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool).begin()


def test_every_table_reads_the_same_from_the_database_and_from_the_files(loaded, monkeypatch):
    names = [name for name in file_tables() if name != "sources"]
    assert len(names) > 35
    stored = {name: read_table(name) for name in names}
    listed = sources()
    monkeypatch.delenv(DATABASE)
    assert tables_in_use() is None
    pd.testing.assert_frame_equal(listed, sources())
    for name in names:
        pd.testing.assert_frame_equal(stored[name], read_table(name))


def test_the_bytes_and_so_the_checksums_are_those_of_the_files(loaded):
    tables = Tables(loaded)
    for name, raw in file_tables().items():
        assert tables.raw(name) == raw, name
    assert tables.seal() == []


def test_an_edit_is_refused_until_it_is_sealed(loaded, capsys):
    before = read_table("criteria")
    with connected(loaded) as connection:
        connection.execute(sa.text(f"UPDATE {SCHEMA}.criteria SET label = label || ' x' WHERE row_no = 0"))
        connection.execute(sa.text(f"UPDATE {SCHEMA}.sources SET note = 'edited' WHERE \"table\" = 'ports'"))
    from layers.catalog import _stored  # noqa: PLC0415

    _stored.cache_clear()  # as another server would read it
    with pytest.raises(UnsourcedTableError, match="--seal"):
        read_table("criteria")
    assert main(["--seal"]) == 0
    assert capsys.readouterr().out == "criteria\n"
    assert read_table("criteria")["label"].iloc[0] == before["label"].iloc[0] + " x"


def test_a_row_that_breaks_its_contract_does_not_load(loaded):
    with connected(loaded) as connection:
        connection.execute(sa.text(f"UPDATE {SCHEMA}.ports SET lat = '99' WHERE row_no = 0"))
    main(["--seal"])
    with pytest.raises(ContractError, match="lat"):
        read_table("ports")


def test_places_and_lines_open_in_geopandas(loaded):
    with connected(loaded) as connection:
        ports = gpd.read_postgis(f"SELECT * FROM {SCHEMA}.ports ORDER BY row_no", connection, geom_col="geometry")
        links = gpd.read_postgis(f"SELECT * FROM {SCHEMA}.links", connection, geom_col="geometry")
    assert ports.crs.to_epsg() == links.crs.to_epsg() == 4326
    assert ports.geometry.x.tolist() == pytest.approx(read_table("ports")["lon"].tolist())
    assert set(links.geom_type) == {"LineString"}


def test_a_database_without_the_tables_leaves_the_files_in_use(postgis_url, monkeypatch):
    monkeypatch.setenv(DATABASE, postgis_url)
    database._in_use.cache_clear()
    assert tables_in_use() is None
    assert len(read_table("minerals")) == 16
    database._in_use.cache_clear()


def test_a_load_that_fails_leaves_what_was_there(loaded):
    tables = Tables(loaded)
    with pytest.raises(BadInputError):
        tables.load({"sources": b"table\na\n", 'x"; DROP TABLE y; --': b"a\n1\n"})
    assert checksum(tables.raw("ports")) == checksum(file_tables()["ports"])


def test_a_server_that_does_not_answer_is_one_line_without_the_password(monkeypatch, capsys):
    monkeypatch.setenv(DATABASE, "postgresql://u:secret@127.0.0.1:1/a?connect_timeout=1")
    assert main(["--load"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "secret" not in told
    monkeypatch.setenv(DATABASE, "")
    assert main(["--load"]) == 1
