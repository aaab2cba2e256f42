"""
The contracts of every table: column, type, unit, range, meaning.

A module of this package that defines ``CONTRACTS: dict[str, pandera schema]`` (table name to contract, made
with `geo.schema.base.table`) is registered by being here. `contract` looks one up;
`validate` holds a frame to it.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import pandas as pd
import pandera.pandas as pa

from geo.errors import ContractError
from geo.schema.base import TRUTH_STATES, check

__all__ = ["TRUTH_STATES", "contract", "contracts", "validate"]


@cache
def contracts() -> dict[str, pa.DataFrameSchema]:
    """Return every contract by table name; two modules that claim one table are an error."""
    merged: dict[str, pa.DataFrameSchema] = {}
    for module in iter_modules(__path__):
        own = getattr(import_module(f"{__name__}.{module.name}"), "CONTRACTS", {})
        if twice := merged.keys() & own.keys():
            msg = f"two contracts for one table: {', '.join(sorted(twice))}"
            raise ContractError(msg)
        merged |= own
    return merged


def contract(table: str) -> pa.DataFrameSchema:
    """Return the contract of a table, or raise `ContractError` if it has none."""
    try:
        return contracts()[table]
    except KeyError:
        msg = f"{table}: no contract in geo/schema, so the table does not load"
        raise ContractError(msg) from None


def validate(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the contract's types, or raise one `ContractError` that names every breach."""
    return check(contract(table), frame)
