"""Which column of a stranger's table is which: forgiving names, numbers with points or commas, words for ids."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

_GAPS: Final = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "unknown", "n.a."})
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f'\u2019]")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_DECIMAL_COMMA = re.compile(
    r"[+-]?\d+,(?:\d{1,2}|\d{4,})|[+-]?\d{4,},\d+|[+-]?0,\d+|[+-]?\d{1,3}(?:\.\d{3})+,\d+", re.ASCII
)
_GROUPING_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_GROUPS_BY_POINT = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?", re.ASCII)
_GROUPS_BY_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_DEGREE_COMMA = re.compile(r"[+-]?\d{1,3},\d+", re.ASCII)
_LONGEST_NUMBER: Final = 60


def plain(name: Any) -> str:
    """
    Reduce a name to lower-case ASCII words joined by `_`, so that spellings meet.

    Examples
    --------
    >>> plain(" Capacité (t/an) ")
    'capacite_t_an'
    """
    text = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def find_columns(header: Iterable[Any], aliases: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """
    Match fields to columns by any of their names; the first name of a field wins.

    Examples
    --------
    >>> find_columns(["Longitude", "Y"], {"lon": ("lon", "longitude"), "lat": ("lat", "y"), "note": ("note",)})
    {'lon': 'Longitude', 'lat': 'Y'}
    """
    by_name: dict[str, Any] = {}
    for column in header:
        by_name.setdefault(plain(column), column)
    found = {}
    for field, names in aliases.items():
        column = next((by_name[name] for name in names if name in by_name), None)
        if column is not None:
            found[field] = column
    return found


def is_gap(value: Any) -> bool:
    """Tell whether a cell says nothing: empty, or a word for unknown."""
    if value is None:
        return True
    if isinstance(value, float):
        return bool(np.isnan(value))
    return isinstance(value, str) and value.strip().lower() in _GAPS


def text_of(cells: pd.Series) -> pd.Series:
    """Give every cell as text, gaps as None; whole numbers lose their `.0`."""

    def text(value: Any) -> str | None:
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return None
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip() or None

    return pd.Series([text(value) for value in cells], index=cells.index, dtype=object)


def uses_decimal_comma(columns: Iterable[pd.Series], degrees: Iterable[pd.Series]) -> bool | None:
    """
    Find out whether commas are decimal: True, False, or None where the file does not say.

    Parameters
    ----------
    columns
        Cells of numeric columns.
    degrees
        Cells of longitude and latitude, where a comma cannot group thousands.

    Examples
    --------
    >>> uses_decimal_comma([pd.Series(["1.234,5"])], []), uses_decimal_comma([pd.Series(["1,234"])], [])
    (True, None)
    """
    texts = [_SPACES.sub("", value) for cells in columns for value in cells if isinstance(value, str)]
    decimal = any(_DECIMAL_COMMA.fullmatch(text) for text in texts if len(text) < _LONGEST_NUMBER)
    decimal |= any(_DEGREE_COMMA.fullmatch(v.strip()) for cells in degrees for v in cells if isinstance(v, str))
    grouping = any(_GROUPING_COMMA.fullmatch(text) for text in texts if len(text) < _LONGEST_NUMBER)
    return decimal if decimal != grouping else None


def to_number(value: Any, *, decimal_comma: bool | None) -> float | str:
    """
    Read one number, or return what is wrong with it; a gap is NaN.

    Examples
    --------
    >>> to_number("1.234,5", decimal_comma=True), to_number("1,234.5", decimal_comma=False)
    (1234.5, 1234.5)
    >>> to_number("1,234", decimal_comma=None)
    'can mean 1.234 or 1234'
    """
    if is_gap(value):
        return float("nan")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e300 else "is not finite"  # noqa: PLR2004 beyond any tonnage
    text = _SPACES.sub("", str(value)).replace("\u2212", "-")
    if len(text) > _LONGEST_NUMBER:
        return "is no number"
    if "," in text:
        if decimal_comma is None and _GROUPS_BY_COMMA.fullmatch(text) and text.count(",") == 1:
            return f"can mean {text.replace(',', '.')} or {text.replace(',', '')}"
        if decimal_comma:
            grouped = _GROUPS_BY_POINT.fullmatch(text)
            text = (text.replace(".", "") if grouped else text).replace(",", ".", 1)
        elif _GROUPS_BY_COMMA.fullmatch(text):
            text = text.replace(",", "")
    elif decimal_comma and _GROUPS_BY_POINT.fullmatch(text):
        text = text.replace(".", "")
    return _finite(text)


def to_degrees(value: Any) -> float | str:
    """
    Read one longitude or latitude in decimal degrees, comma or point, or return what is wrong with it.

    Examples
    --------
    >>> to_degrees("-12,345"), to_degrees("12°30'S")
    (-12.345, 'is no decimal degree')
    """
    if is_gap(value):
        return "is missing"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if abs(value) < 1e300 else "is not finite"  # noqa: PLR2004 as above
    text = str(value).strip().replace("\u2212", "-")
    found = _finite(text.replace(",", ".", 1) if _DEGREE_COMMA.fullmatch(text) else text)
    return "is no decimal degree" if isinstance(found, str) else found


def _finite(text: str) -> float | str:
    """Turn plain digits into a number."""
    if not _PLAIN.fullmatch(text):
        return "is no number"
    number = float(text)
    return number if np.isfinite(number) else "is not finite"
