"""A table without a source, a checksum or a kept contract does not load."""

import subprocess
import sys

import pandas as pd
import pytest

from geo.errors import ContractError, UnsourcedTableError
from geo.schema import contract, validate
from layers import catalog, vouched
from layers.catalog import DATA, SOURCE_COLUMNS, checked, checksum, data_file, file_tables, read_table, seal, sources
from layers.database import _csv, _text
from layers.vouched import types_of

GOOD = {
    "table": "recycling", "publisher": "P", "title": "T", "licence": "L", "licence_url": "", "as_of": "2026-01-01",
    "sha256": "", "note": "",
}  # fmt: skip
TABLE = (
    "mineral,item,year,eol_rir,region,source,truth_state\ntin,,2023,0.31,EU,s,reported\ngallium,,2023,,EU,s,unknown\n"
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "recycling.csv").write_text(TABLE, encoding="utf-8")
    write_sources(tmp_path, GOOD)
    seal(root=tmp_path)
    return tmp_path


def write_sources(root, *rows):
    pd.DataFrame(rows, columns=list(SOURCE_COLUMNS)).to_csv(root / "sources.csv", index=False)


def test_a_sealed_table_loads_and_unknown_stays_null(root):
    frame = read_table("recycling", root=root)
    assert frame["eol_rir"].isna().tolist() == [False, True]


def test_an_edit_without_a_seal_does_not_load(root):
    (root / "recycling.csv").write_text(TABLE.replace("0.31", "0.32"), encoding="utf-8")
    with pytest.raises(UnsourcedTableError, match="--seal"):
        read_table("recycling", root=root)
    seal(root=root)
    assert read_table("recycling", root=root)["eol_rir"].iloc[0] == pytest.approx(0.32)


@pytest.mark.parametrize("column", ["publisher", "licence", "as_of"])
def test_a_source_without_publisher_licence_or_date_does_not_load(root, column):
    write_sources(root, GOOD | {column: ""})
    seal(root=root)
    with pytest.raises(UnsourcedTableError, match=column):
        read_table("recycling", root=root)


def test_a_table_nobody_lists_does_not_load_and_the_seal_names_it(root):
    write_sources(root)
    with pytest.raises(UnsourcedTableError, match="no row"):
        data_file("recycling.csv", root=root)
    assert seal(root=root) == ["recycling.csv"]


def test_two_source_rows_for_one_table_are_refused(root):
    write_sources(root, GOOD, GOOD)
    with pytest.raises(UnsourcedTableError, match="more than one row for recycling"):
        sources(root=root)


def test_every_breach_is_named_at_once_with_the_ids(root):
    broken = TABLE.replace("tin,,2023,0.31", "tinn,,1023,3.1")
    (root / "recycling.csv").write_text(broken, encoding="utf-8")
    seal(root=root)
    with pytest.raises(ContractError) as error:
        read_table("recycling", root=root)
    text = str(error.value)
    assert all(f"recycling.{column}" in text for column in ("mineral", "year", "eol_rir"))


def test_missing_and_foreign_columns_are_both_named():
    with pytest.raises(ContractError) as error:
        validate("minerals", pd.DataFrame({"mineral": ["tin"], "colour": ["grey"]}))
    assert "minerals.colour: the contract knows no such column" in str(error.value)
    assert "minerals.name: the column is missing" in str(error.value)


def test_a_table_without_a_contract_is_refused():
    with pytest.raises(ContractError, match="no contract"):
        contract("rumours")


@pytest.mark.parametrize("table", [table for table in sources()["table"] if (DATA / f"{table}.csv").is_file()])
def test_every_listed_table_loads(table):
    assert not read_table(table).empty


@pytest.mark.parametrize("table", sorted(set(file_tables()) - {"sources"}))
def test_every_table_is_vouched_for_and_keeps_its_contract_when_held_to_it(table):
    """What a start skips is done here: an edit of a table or a contract fails until the tables are sealed again."""
    raw = file_tables()[table]
    assert types_of(table, checksum(raw)) is not None, "run python -m layers.catalog --seal"
    pd.testing.assert_frame_equal(read_table(table), checked(table, raw), check_exact=True)


def test_other_bytes_and_edited_contracts_are_not_vouched_for(monkeypatch):
    sealed = checksum(file_tables()["recycling"])
    assert types_of("recycling", checksum(b"other bytes")) is None
    assert types_of("ports", sealed) is None
    monkeypatch.setattr(vouched, "contracts_checksum", lambda: "edited since")
    vouched._vouched.cache_clear()
    assert types_of("recycling", sealed) is None
    vouched._vouched.cache_clear()


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD\n{", "{}", "[]", None])
def test_a_file_of_contracts_that_is_not_whole_vouches_for_nothing_and_stops_nobody(monkeypatch, tmp_path, text):
    """A merge leaves such a file; before, no command started until somebody sealed."""
    file = tmp_path / "contracts.json"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(vouched, "_FILE", file)
    vouched._vouched.cache_clear()
    assert types_of("recycling", checksum(file_tables()["recycling"])) is None
    vouched._vouched.cache_clear()


def test_a_start_reads_what_is_vouched_for_without_the_contracts():
    code = "import sys; from layers.planner import world; world(); sys.exit('pandera' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=DATA.parent, check=False).returncode == 0


def test_the_seal_does_not_vouch_for_a_broken_table_and_says_what_it_breaks(monkeypatch, capsys):
    broken = TABLE.replace("tin,,2023,0.31", "tinn,,2023,3.1").encode()
    written = {}
    monkeypatch.setattr(catalog, "seal", list)
    monkeypatch.setattr(catalog, "vouch", written.update)
    monkeypatch.setattr(catalog, "file_tables", lambda: file_tables() | {"recycling": broken})
    assert catalog.main(["--seal"]) == 1
    assert "recycling.eol_rir" in capsys.readouterr().err
    assert "recycling" not in written
    assert written["ports"][0] == checksum(file_tables()["ports"])


DATED = {"as_of", "year", "period", "date", "t_2024", "capacity_year"}
"""Columns of which one dates a row; `capacity_year` only beside the dated row of the facility."""


@pytest.mark.parametrize("table", sorted(set(file_tables()) - {"citations", "sources"}))
def test_every_row_keeps_its_source_date_and_truth_state(table):
    columns = set(read_table(table).columns)
    assert columns & {"source", "capacity_source"}
    assert columns & {"truth_state", "capacity_truth"}
    assert columns & DATED


def test_every_capacity_as_reported_names_its_source():
    rows = read_table("facility_minerals")
    assert rows["capacity_source"].notna().equals(rows["capacity_reported"].notna())


def test_the_code_of_namibia_is_text_not_a_missing_value():
    countries = read_table("countries")
    assert countries.loc[countries["iso3"].eq("NAM"), "iso2"].tolist() == ["NA"]


def test_every_source_key_of_the_supply_tables_has_its_citation():
    keys = set(read_table("citations")["key"])
    for table in ("facilities", "production", "demand", "prices", "trade_flows", "value_chains", "refining_shares"):
        assert set(read_table(table)["source"]) <= keys, table


def test_tables_are_in_the_one_form_that_a_database_gives_back():
    """Quotes only where they must be, one line end: then the bytes, and the checksum, are the same in PostGIS."""
    for name, raw in file_tables().items():
        assert _csv(_text(raw)) == raw, f"data/{name}.csv: write it with quotes only where needed, then --seal"
