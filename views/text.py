"""Names and numbers as a person reads them. What others wrote is plain text here, never markup."""

import re
from functools import lru_cache
from typing import Any

from layers.catalog import read_table
from layers.chokepoints import chokepoints
from layers.features import known
from layers.names import (
    chokepoint,
    chokepoint_names,
    country,
    country_names,
    group_names,
    hub_names,
    listed,
    mineral_names,
    place,
    words,
)
from layers.value_chains import chain

__all__ = [  # screens take all their words from here
    "H_PER_DAY",
    "UNKNOWN",
    "chokepoint",
    "chokepoint_kinds",
    "chokepoint_names",
    "corridor_name",
    "country",
    "country_names",
    "days",
    "group_names",
    "hub_names",
    "listed",
    "mineral_names",
    "number",
    "place",
    "plain",
    "products",
    "readable",
    "tonnes",
    "units",
    "words",
]

UNKNOWN = "unknown"
H_PER_DAY = 24.0
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")
_EXCLUDED = re.compile(r"\b([A-Z]{3})(?= is excluded)")


def plain(text: object) -> str:
    r"""
    Make Markdown show a text as it is: no link, formula, colour or tag in it works.

    Examples
    --------
    >>> print(plain("[x](y) $1 a_b"))
    \[x\]\(y\) \$1 a\_b
    """
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def number(value: Any, *, decimals: int = 0) -> str:
    """
    Write a number with thousands separated, or "unknown".

    Examples
    --------
    >>> number(1234.4), number(None), number(0.5, decimals=1)
    ('1,234', 'unknown', '0.5')
    """
    return f"{float(value):,.{decimals}f}" if known(value) else UNKNOWN


def days(hours: Any) -> float | None:
    """Turn hours into days; unknown stays unknown."""
    return float(hours) / H_PER_DAY if known(hours) else None


def tonnes(value: Any, truth: object, unit: str) -> str:
    """
    Write a capacity with how sure it is.

    Examples
    --------
    >>> tonnes(2395.7, "estimated", "t Li"), tonnes(None, "unknown", "t Li")
    ('2,396 t Li (estimated)', 'unknown')
    """
    if not known(value):
        return UNKNOWN
    return f"{number(value)} {unit}" + (f" ({truth})" if truth in {"estimated", "compiled"} else "")


@lru_cache(maxsize=1)
def units() -> dict[str, str]:
    """Name the contained unit of each mineral."""
    table = read_table("minerals")
    return dict(zip(table["mineral"], table["contained_unit"], strict=True))


@lru_cache(maxsize=1)
def chokepoint_kinds() -> dict[str, str]:
    """Give the kind of each chokepoint: strait, canal, land border ..."""
    return {str(key): str(kind) for key, kind in chokepoints()["kind"].items()}


@lru_cache(maxsize=64)
def products(mineral: str) -> dict[str, str]:
    """Name the final products that a mineral's chain may end in, by stage."""
    stages = chain(mineral)
    return {str(key): str(name) for key, name in stages.loc[stages["final"].astype(bool), "product"].items()}


@lru_cache(maxsize=1)
def _ids() -> re.Pattern[str]:
    longest_first = sorted(chokepoint_names(), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b")


def readable(text: str) -> str:
    """
    Put names where a message of the layers has ids.

    Examples
    --------
    >>> readable("by cape_good_hope: suez is closed; CHL is excluded")
    'by Cape of Good Hope: Suez Canal is closed; Chile is excluded'
    """
    named = _ids().sub(lambda found: chokepoint(found.group(1)), text)
    return _EXCLUDED.sub(lambda found: country(found.group(1)), named)


def corridor_name(row: Any, *, hub: bool = True) -> str:
    """Name a corridor by its facilities, each with its country's code, and the hub."""
    stops = [f"{name} ({code})" for name, code in zip(row["facility_names"], row["countries"], strict=True)]
    return " → ".join([*stops, hub_names().get(str(row["hub"]), str(row["hub"]))] if hub else stops)
