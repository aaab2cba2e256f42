"""
The only reader of `data/`, or of the same tables in a team's database (`layers.database`).

A table loads when `data/sources.csv` names its publisher, licence, date and the checksum of its bytes,
and when its rows keep the contract in `geo.schema`. After an edit run ``python -m layers.catalog --seal``.
"""

import argparse
import csv
import hashlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from geo.errors import ContractError, UnsourcedTableError
from geo.schema import TEXT, text_columns, validate
from layers.vouched import VOUCHED, types_of, vouch

if TYPE_CHECKING:
    from layers.database import Tables

DATA = Path(__file__).resolve().parent.parent / "data"
DATABASE: Final = "CORRIDOR_DB"
"""Environment variable with a `postgresql://` address, for a team that shares its work."""
SOURCES = "sources.csv"
SOURCE_COLUMNS = ("table", "publisher", "title", "licence", "licence_url", "as_of", "sha256", "note")
REQUIRED = ("publisher", "licence", "as_of", "sha256")
_UNSOURCED = (SOURCES, VOUCHED, "README.md")
_SEAL = "python -m layers.catalog --seal"
_SEAL_STORED = "python -m layers.database --seal"


def read_table(name: str, *, root: Path = DATA) -> pd.DataFrame:
    """
    Read `data/<name>.csv` after checking its source row, its checksum and its contract.

    Parameters
    ----------
    name
        Table name without suffix, such as ``facilities``.
    root
        Folder that stands for `data/`; tests use their own.

    Returns
    -------
    frame
        A fresh frame with the contract's types. Empty cells are null; the text ``NA`` is text.

    Raises
    ------
    UnsourcedTableError
        If publisher, licence, date or checksum is missing or does not match.
    ContractError
        If the table has no contract or breaks it.
    """
    tables = _tables() if root == DATA else None
    if tables is not None:
        return _stored(name, tables, _listed(name, sources())["sha256"]).copy()
    path = data_file(f"{name}.csv", root=root)
    return _validated(name, path, path.stat().st_mtime_ns).copy()


def _tables() -> "Tables | None":
    """Give a team's tables where a database is named: without one nobody waits 0.15 s for SQLAlchemy."""
    if not os.environ.get(DATABASE):
        return None
    from layers.database import tables_in_use  # noqa: PLC0415 - see above

    return tables_in_use()


@lru_cache(maxsize=128)
def _validated(name: str, path: Path, _changed_ns: int) -> pd.DataFrame:
    """Read and check a table once for as long as its file stays the same."""
    return _parsed(name, path.read_bytes())


@lru_cache(maxsize=128)
def _stored(name: str, tables: "Tables", sealed: str) -> pd.DataFrame:
    """Read and check a table of the database once for as long as its seal stays the same."""
    raw = tables.raw(name)
    if checksum(raw) != sealed:
        msg = f"{name}: its checksum differs from {tables.schema}.sources; if the edit is meant, {_SEAL_STORED}"
        raise UnsourcedTableError(msg)
    return _parsed(name, raw)


def _parsed(name: str, raw: bytes) -> pd.DataFrame:
    """Read the bytes of a table by its contract; bytes that are vouched for were held to it when they were sealed."""
    types = types_of(name, checksum(raw))
    return checked(name, raw) if types is None else _read(raw, types)


def checked(name: str, raw: bytes) -> pd.DataFrame:
    """Read the bytes of a table and hold them to its contract."""
    return validate(name, _read(raw, dict.fromkeys(text_columns(name), TEXT)))


def _read(raw: bytes, types: Mapping[str, Any]) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(raw), dtype=types, keep_default_na=False, na_values=[""], encoding="utf-8")


def file_tables(*, root: Path = DATA) -> dict[str, bytes]:
    """Give the bytes of every listed CSV file whose checksum holds, and of `sources.csv`; for `layers.database`."""
    rows = _file_sources(root)
    names = [name for name in rows["table"] if (root / f"{name}.csv").is_file()]
    files = {name: data_file(f"{name}.csv", root=root).read_bytes() for name in names}
    return {SOURCES.removesuffix(".csv"): (root / SOURCES).read_bytes(), **files}


def data_file(name: str, *, root: Path = DATA) -> Path:
    """
    Return the path of a file in `data/` (``network/sea.npz``, ``ports.csv``) once its source holds.

    Raises
    ------
    UnsourcedTableError
        If the file, its row in `sources.csv`, or a required cell is missing, or if the checksum differs.
    """
    path = root / name
    row = _listed(name, _file_sources(root))
    if not path.is_file():
        msg = f"{name}: listed in data/{SOURCES} but not there"
        raise UnsourcedTableError(msg)
    if _sha256(path) != row["sha256"]:
        msg = f"{name}: its checksum differs from data/{SOURCES}; if the edit is meant, {_SEAL}"
        raise UnsourcedTableError(msg)
    return path


def _listed(name: str, rows: pd.DataFrame) -> pd.Series:
    """Find the source row of a table or file, and hold it to what every row says."""
    own = np.flatnonzero(rows["table"].to_numpy() == name.removesuffix(".csv"))
    if not len(own):
        msg = f"{name}: no row in data/{SOURCES}; add publisher, licence and date, then {_SEAL}"
        raise UnsourcedTableError(msg)
    row = rows.iloc[own[0]]
    if missing := [column for column in REQUIRED if pd.isna(row[column])]:
        msg = f"{name}: data/{SOURCES} leaves {', '.join(missing)} empty"
        raise UnsourcedTableError(msg)
    return row


def sources(*, root: Path = DATA) -> pd.DataFrame:
    """Return `sources.csv` (or the database's) as text: one row a table, columns `SOURCE_COLUMNS`; a fresh frame."""
    tables = _tables() if root == DATA else None
    raw = (root / SOURCES).read_bytes() if tables is None else tables.raw(SOURCES.removesuffix(".csv"))
    return _read_sources(raw).copy()


def _file_sources(root: Path) -> pd.DataFrame:
    return _read_sources((root / SOURCES).read_bytes())


@lru_cache(maxsize=8)
def _read_sources(raw: bytes) -> pd.DataFrame:
    """Read the list of sources and check its form, once for as long as it stays the same; do not write to it."""
    frame = pd.read_csv(io.BytesIO(raw), dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8")
    if missing := [column for column in SOURCE_COLUMNS if column not in frame.columns]:
        msg = f"data/{SOURCES}: missing column {', '.join(missing)}"
        raise UnsourcedTableError(msg)
    if twice := frame.loc[frame["table"].duplicated(), "table"].tolist():
        msg = f"data/{SOURCES}: more than one row for {', '.join(twice)}"
        raise UnsourcedTableError(msg)
    return frame


def seal(*, root: Path = DATA) -> list[str]:
    """
    Write the checksum of every listed file into `sources.csv`, rows sorted by table.

    Returns
    -------
    unlisted
        Files in `data/` that no row names: they will not load until someone writes their row.
    """
    rows = _file_sources(root).sort_values("table")
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - set(_UNSOURCED)
    names = {name.removesuffix(".csv"): name for name in files}
    rows["sha256"] = [_sha256(root / names[table]) if table in names else None for table in rows["table"]]
    rows[list(SOURCE_COLUMNS)].to_csv(root / SOURCES, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return sorted(names[table] for table in names.keys() - set(rows["table"]))


def checksum(raw: bytes) -> str:
    """Hash a table's bytes."""
    return hashlib.sha256(raw).hexdigest()


def _sha256(path: Path) -> str:
    """Hash the bytes as they lie on disk."""
    return checksum(path.read_bytes())


def vouch_for_all() -> list[str]:
    """
    Hold every listed table of `data/` to its contract, and write down which bytes keep it.

    Returns
    -------
    breaches
        What the others break, in words: they are held to their contract, and refused, whenever they are read.
    """
    kept: dict[str, tuple[str, pd.DataFrame]] = {}
    breaches = []
    for name, raw in file_tables().items():
        try:
            if f"{name}.csv" != SOURCES:
                kept[name] = (checksum(raw), checked(name, raw))
        except ContractError as error:
            breaches.append(str(error))
    vouch(kept)
    return breaches


def main(arguments: Sequence[str] | None = None) -> int:
    """Seal the tables and vouch for those that keep their contract; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m layers.catalog", description=(__doc__ or "").strip())
    parser.add_argument("--seal", action="store_true", required=True, help="recompute the checksums in sources.csv")
    parser.parse_args(arguments)
    wrong = [f"data/{name}: no row in data/{SOURCES}, so it does not load" for name in seal()] + vouch_for_all()
    for words in wrong:
        sys.stderr.write(f"{words}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
