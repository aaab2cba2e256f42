"""
Tables that were found to keep their contract when they were sealed: the same bytes need no second look.

Holding every table to its contract takes a second of each start. Whoever seals the tables has it done once, and
`data/contracts.json` then says which bytes kept which contracts, and with what types they read. Other bytes, or a
contract that was edited since, are checked in full: nothing is vouched for but what was looked at.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, TypedDict

import pandas as pd

from geo.schema import TEXT

_HOUSE: Final = Path(__file__).resolve().parents[1]
VOUCHED: Final = "contracts.json"
_FILE: Final = _HOUSE / "data" / VOUCHED
_CONTRACTS: Final = _HOUSE / "geo" / "schema"


class Kept(TypedDict):
    """What is vouched for of one table: the checksum of its bytes and the type of each column."""

    sha256: str
    types: dict[str, str]


def types_of(table: str, checksum: str) -> dict[str, object] | None:
    """
    Give the type of each column of a table whose bytes are known to keep its contract; None where they are not.

    Parameters
    ----------
    table
        Its name.
    checksum
        SHA-256 of the bytes that are about to be read.
    """
    kept = _vouched().get(table)
    if kept is None or kept["sha256"] != checksum:
        return None
    return {name: TEXT if kind == "str" else kind for name, kind in kept["types"].items()}


def vouch(tables: Mapping[str, tuple[str, pd.DataFrame]]) -> None:
    """Write down the checksum and the types of tables that were just held to their contracts."""
    kept = {
        name: Kept(sha256=checksum, types={str(column): str(kind) for column, kind in frame.dtypes.items()})
        for name, (checksum, frame) in sorted(tables.items())
    }
    text = json.dumps({"contracts": contracts_checksum(), "tables": kept}, indent=1, sort_keys=True)
    _FILE.write_text(text + "\n", encoding="utf-8")
    _vouched.cache_clear()


def contracts_checksum() -> str:
    """Hash the contracts as they are written: an edit voids what was vouched for."""
    hashed = sha256()
    for path in sorted(_CONTRACTS.glob("*.py")):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


@cache
def _vouched() -> dict[str, Kept]:
    """Read what was written down; nothing where the contracts are others by now, or the file is not whole."""
    try:
        written = json.loads(_FILE.read_text(encoding="utf-8"))
        tables: dict[str, Kept] = written["tables"] if written["contracts"] == contracts_checksum() else {}
    except (OSError, ValueError, KeyError, TypeError):  # a merge left its marks: every table is checked, none refused
        return {}
    return tables
