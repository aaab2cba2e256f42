"""
The contracts of every table: column, type, unit, range, meaning.

A module of this package that defines ``CONTRACTS: dict[str, pandera schema]`` (table name to contract, made
with `geo.schema.base.table`) is registered by being here. `contract` looks one up;
`validate` holds a frame to it. Pandera is imported with the first contract: a start that reads only tables that are
vouched for (`layers.vouched`) does without.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import pandas as pd

from geo.errors import ContractError
from geo.schema.types import TEXT, TRUTH_STATES

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = ["TEXT", "TRUTH_STATES", "contract", "contracts", "text_columns", "validate"]


@cache
def contracts() -> "dict[str, pa.DataFrameSchema]":
    """Return every contract by table name; two modules that claim one table are an error."""
    merged: dict[str, pa.DataFrameSchema] = {}
    for module in iter_modules(__path__):
        own = getattr(import_module(f"{__name__}.{module.name}"), "CONTRACTS", {})
        if twice := merged.keys() & own.keys():
            msg = f"two contracts for one table: {', '.join(sorted(twice))}"
            raise ContractError(msg)
        merged |= own
    return merged


def contract(table: str) -> "pa.DataFrameSchema":
    """Return the contract of a table, or raise `ContractError` if it has none."""
    try:
        return contracts()[table]
    except KeyError:
        msg = f"{table}: no contract in geo/schema, so the table does not load"
        raise ContractError(msg) from None


def validate(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the contract's types, or raise one `ContractError` that names every breach."""
    from geo.schema.base import check  # noqa: PLC0415 - see above

    return check(contract(table), frame)


def text_columns(table: str) -> list[str]:
    """Name the columns of a contract that hold text."""
    from geo.schema.base import is_text  # noqa: PLC0415 - see above

    return [name for name, column in contract(table).columns.items() if is_text(column)]
