"""
What a contract is, and how a table is held to it.

A contract is a pandera schema whose columns also carry their unit and meaning, so that the data dictionary
is generated from the same object that refuses bad rows. Validation is lazy: every breach of a table is
gathered and one `ContractError` names them all.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from geo.errors import ContractError
from geo.schema.types import TEXT, TRUTH_STATES

_NAMED_IDS = 5
_DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"


def column(
    dtype: Any, meaning: str, *checks: pa.Check, unit: str = "", null: bool = False, regex: bool = False
) -> pa.Column:
    """
    Describe one column: its type, its meaning, its unit and what its values must satisfy.

    Parameters
    ----------
    dtype
        Anything pandera knows: ``str``, ``float``, ``bool``, or ``"Int64"`` for integers that may be unknown.
    meaning
        One plain phrase for the data dictionary.
    checks
        Pandera checks on the values that are not null.
    unit
        Unit of the values (``t/yr``, ``deg``, ``USD/t``); empty for text.
    null
        Whether a value may be unknown (an empty cell). Unknown is never zero.
    regex
        Whether the name under which the column is listed is a pattern for several columns.
    """
    return pa.Column(
        dtype,
        checks=list(checks),
        nullable=null,
        description=meaning,
        metadata={"unit": unit},
        coerce=True,
        regex=regex,
    )


def text(meaning: str, *checks: pa.Check, null: bool = False) -> pa.Column:
    """Describe a column of text."""
    return column(str, meaning, *checks, null=null)


def number(
    meaning: str, unit: str, *, low: float | None = None, high: float | None = None, null: bool = False
) -> pa.Column:
    """Describe a column of numbers within ``low`` and ``high``, both included."""
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low))
    if high is not None:
        checks.append(pa.Check.le(high))
    return column(float, meaning, *checks, unit=unit, null=null)


def year(meaning: str, *, null: bool = False) -> pa.Column:
    """Describe a column of calendar years."""
    return column("Int64", meaning, pa.Check.in_range(1900, 2100), unit="year", null=null)


def flag(meaning: str, *, null: bool = False) -> pa.Column:
    """Describe a column of true and false."""
    return column("boolean" if null else bool, meaning, null=null)


def one_of(meaning: str, values: Sequence[str], *, null: bool = False) -> pa.Column:
    """Describe a column of text that takes only the named values."""
    return text(f"{meaning}: {', '.join(values)}", pa.Check.isin(list(values)), null=null)


def iso3(meaning: str = "country, ISO 3166-1 alpha-3", *, null: bool = False) -> pa.Column:
    """Describe a column of three-letter country codes (``XKX`` for Kosovo and such pass)."""
    return text(meaning, pa.Check.str_matches(r"^[A-Z]{3}$"), null=null)


def lon(meaning: str = "longitude, WGS 84", *, null: bool = False) -> pa.Column:
    """Describe a column of longitudes."""
    return number(meaning, "deg", low=-180, high=180, null=null)


def lat(meaning: str = "latitude, WGS 84", *, null: bool = False) -> pa.Column:
    """Describe a column of latitudes."""
    return number(meaning, "deg", low=-90, high=90, null=null)


def truth_state(meaning: str = "how sure the row is", *, null: bool = False) -> pa.Column:
    """Describe the column that carries the truth state."""
    return one_of(meaning, TRUTH_STATES, null=null)


def source(meaning: str = "key in citations.csv, or the citation itself", *, null: bool = False) -> pa.Column:
    """Describe the column that names where the row is from."""
    return text(meaning, null=null)


def as_of(*, null: bool = False) -> pa.Column:
    """Describe the column that dates a row."""
    return text("date of the value: year, year-month or full", pa.Check.str_matches(_DATE), null=null)


def table(
    name: str,
    meaning: str,
    columns: dict[str, pa.Column],
    *,
    key: Sequence[str] = (),
    checks: Sequence[pa.Check] = (),
) -> pa.DataFrameSchema:
    """
    Make the contract of a table: exactly these columns, and `key` unique.

    `checks` see the whole frame, for rules over several columns.
    """
    return pa.DataFrameSchema(
        columns, name=name, description=meaning, strict=True, unique=list(key) or None, checks=list(checks)
    )


def unit_of(schema: pa.DataFrameSchema, name: str) -> str:
    """Return the unit of a column; empty for text."""
    return str((schema.columns[name].metadata or {}).get("unit", ""))


def is_text(column: pa.Column) -> bool:
    """Tell whether a column holds text, so that a reader keeps leading zeros and the code ``NA``."""
    return str(column.dtype).startswith("str")


def check(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> pd.DataFrame:
    """
    Return `frame` with the contract's types, or raise with every breach named.

    Raises
    ------
    ContractError
        One line a breach: table, column, what was expected, number of rows, and the first five ids (the key
        columns of the contract; else the row labels).

    Examples
    --------
    >>> ports = table("ports", "ports", {"port_id": text("id"), "lat": lat()}, key=["port_id"])
    >>> check(ports, pd.DataFrame({"port_id": ["A", "B"], "lat": [95.0, 1.0]}))
    Traceback (most recent call last):
    ...
    geo.errors.ContractError: ports.lat: less_than_or_equal_to(90) fails in 1 row: A
    """
    try:
        kept = schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = _first_causes(errors.failure_cases)
        breaches = [
            _breach(schema, frame, column_name, rule, cases_of_rule)
            for (column_name, rule), cases_of_rule in cases.groupby(["column", "check"], dropna=False, sort=False)
        ]
    else:
        # pandera's own text type compares missing cells to `NA`, which breaks boolean masks
        return kept.astype({name: TEXT for name in kept.columns if _holds_text(schema, name)})
    raise ContractError("\n".join(dict.fromkeys(breaches)))


def _holds_text(schema: pa.DataFrameSchema, name: str) -> bool:
    """Tell whether a column of the frame is one of the contract's text columns (patterns are never text)."""
    return name in schema.columns and is_text(schema.columns[name])


def _first_causes(cases: pd.DataFrame) -> pd.DataFrame:
    """Drop what only follows from a value of the wrong type: the type is the news."""
    is_coercion = cases["check"].str.startswith("coerce_dtype")
    spoilt = cases.loc[is_coercion, "column"].unique()
    return cases[is_coercion | ~cases["column"].isin(spoilt)]


def _breach(schema: pa.DataFrameSchema, frame: pd.DataFrame, column_name: Any, rule: Any, cases: pd.DataFrame) -> str:
    """Put one breached rule into words."""
    if rule == "column_in_dataframe":
        return f"{schema.name}.{cases['failure_case'].iloc[0]}: the column is missing"
    if rule == "column_in_schema":
        return f"{schema.name}.{cases['failure_case'].iloc[0]}: the contract knows no such column"
    labels = cases["index"].dropna().drop_duplicates()
    where = str(schema.name) if pd.isna(column_name) or column_name == schema.name else f"{schema.name}.{column_name}"
    if labels.empty:
        return f"{where}: {rule} fails"
    rows = "row" if len(labels) == 1 else "rows"
    named = ", ".join(_row_id(schema, frame, label) for label in labels.head(_NAMED_IDS))
    return f"{where}: {rule} fails in {len(labels)} {rows}: {named}"


def _row_id(schema: pa.DataFrameSchema, frame: pd.DataFrame, label: Any) -> str:
    """Name a row by its key, or by its label where a key column is missing."""
    key = [name for name in schema.unique or [] if name in frame.columns]
    if not key or label not in frame.index:
        return str(label)
    return "/".join(str(value) for value in frame.loc[[label], key].iloc[0])
