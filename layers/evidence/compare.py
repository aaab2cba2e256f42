"""Names the cells, values or bytes in which two versions of one file differ."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any

MOST_LINES = 20
_LONGEST = 60
_DERIVED = {"datapackage.json": {"bytes", "hash"}, "manifest.json": {"entries"}}
"""Keys that only repeat that another file differs."""


def differences(name: str, stored: bytes, again: bytes) -> list[str]:
    r"""
    Say where a file of a pack differs from the one made again.

    Parameters
    ----------
    name
        Its ending tells how to read it: CSV by cell, JSON by value, anything else by byte.

    Returns
    -------
    lines
        At most `MOST_LINES` and one that counts the others.

    Examples
    --------
    >>> differences("a.csv", b"id,cost_usd_t\nA,1.5\n", b"id,cost_usd_t\nA,2.5\n")
    ['a.csv: line 2 (A), cost_usd_t: 1.5 in the pack, 2.5 when run again']
    """
    ending = name.rsplit(".", maxsplit=1)[-1]
    try:
        if ending == "csv":
            found = _cells(stored, again)
        elif ending in ("json", "geojson"):
            found = _values(json.loads(stored), json.loads(again), "", skipped=_DERIVED.get(name, set()))
        else:
            found = iter(())
        lines = [f"{name}: {line}" for line in islice(found, MOST_LINES)]
        more = sum(1 for _ in found)
    except (ValueError, RecursionError, csv.Error):
        return [f"{name}: cannot be read"]
    if more:
        lines.append(f"{name}: {more:,} more differences")
    if not lines and not (name in _DERIVED and json.loads(stored) != json.loads(again)):
        place = next(i for i, (a, b) in enumerate(zip_longest(stored, again)) if a != b)
        lines.append(f"{name}: {len(stored):,} bytes in the pack, {len(again):,} when run again; differs at {place:,}")
    return lines


def _cells(stored: bytes, again: bytes) -> Iterator[str]:
    """Compare two CSV files by line and column."""
    ours, theirs = (list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""))) for raw in (stored, again))
    if len(ours) != len(theirs):
        yield _said("lines", len(ours), len(theirs))
    heads = theirs[0]
    for number, (mine, other) in enumerate(zip(ours, theirs, strict=False), start=1):
        label = f"line {number} ({other[0]})"
        if len(mine) != len(other):
            yield _said(f"{label}, cells", len(mine), len(other))
        for head, a, b in zip(heads, mine, other, strict=False):
            if a != b:
                yield _said(f"{label}, {head}", a, b)


def _values(a: Any, b: Any, place: str, *, skipped: set[str]) -> Iterator[str]:
    """Compare two JSON values; a list's items are named by their id or name where they have one."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted((a.keys() | b.keys()) - skipped):
            inner = f"{place}.{key}" if place else key
            yield from _values(a.get(key), b.get(key), inner, skipped=skipped)
    elif isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            yield _said(f"{place}, items", len(a), len(b))
        for number, (mine, other) in enumerate(zip(a, b, strict=False)):
            label = other.get("id") or other.get("name") if isinstance(other, dict) else None
            yield from _values(mine, other, f"{place}[{label or number}]", skipped=skipped)
    elif a != b or type(a) is not type(b):
        yield _said(place, a, b)


def _said(what: str, a: Any, b: Any) -> str:
    """Word one difference, cut to a line."""
    ours, theirs = (str("nothing" if value in (None, "") else value)[:_LONGEST] for value in (a, b))
    return f"{what}: {ours} in the pack, {theirs} when run again".replace("\n", " ").replace("\r", " ")
