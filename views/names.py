"""Names in place of the ids that findings, prices and tables of the layers are written with."""

import re
from collections.abc import Callable
from functools import lru_cache

from layers.planner import world
from layers.ports import ports
from views.text import (
    chokepoint,
    chokepoint_names,
    country,
    country_names,
    group_names,
    hub_names,
    mineral_names,
    words,
)

_NODE = re.compile(r"\b(?:facility:)?([\w-]+)\|(\w+)(?: \((\w+), ([A-Z]{3})\))?")
_PART = re.compile(r"\b(country|chokepoint|port):([\w-]+)")
_CODE = re.compile(r"\b([A-Z]{3}|EU)\b(?!-\d)")  # CHN-07 is a rule's own id
_SHUT_OUT = re.compile(r"\bto ([a-z_]+(?:, [a-z_]+)*)(?= closes)")
_ID_WORDS = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


@lru_cache(maxsize=4_096)
def named(text: str) -> str:
    """
    Put names where a sentence of the layers has ids.

    Examples
    --------
    >>> named("Short most: EU 5% of its need; suez is closed; CHN, port:CNSHA")
    'Short most: European Union 5% of its need; Suez Canal is closed; China, Shanghai'
    """
    found = _NODE.sub(lambda hit: place(hit[0]) + (f" ({country(hit[4])})" if hit[4] else ""), text)
    found = _PART.sub(lambda hit: place(hit[0]), found)
    found = _SHUT_OUT.sub(lambda hit: "to " + " and ".join(map(_group, hit[1].split(", "))), found)
    found = found.replace("supposed: ", "Supposed: ").replace(" arcs.", " legs.")
    found = _CODE.sub(lambda hit: hub_names().get(hit[1]) or country_names().get(hit[1], hit[1]), found)
    found = _chokepoints().sub(lambda hit: chokepoint(hit[1]), found)
    return _ID_WORDS.sub(lambda hit: mineral_names().get(hit[0], hit[0].replace("_", " ")).lower(), found)


def _group(identifier: str) -> str:
    """Name a group, or repeat a word that is none."""
    return group_names().get(identifier, identifier)


def place(identifier: str) -> str:
    """
    Name what a component or node stands for.

    Examples
    --------
    >>> place("country:CHN"), place("chokepoint:suez"), place("F0001|mining").endswith(", mining")
    ('China', 'Suez Canal', True)
    """
    kind, _, rest = identifier.rpartition(":")
    if "|" in rest:
        facility, _, stage = rest.split(" ")[0].partition("|")
        return f"{_facilities().get(facility, facility)}, {words(stage).lower()}"
    known: dict[str, Callable[[str], str]] = {
        "country": country,
        "chokepoint": chokepoint,
        "port": lambda code: _ports().get(code, code),
    }
    return known[kind](rest) if kind in known else rest


@lru_cache(maxsize=1)
def _facilities() -> dict[str, str]:
    """Name the facilities."""
    rows = world().facilities
    return {str(key): str(name) for key, name in zip(rows["facility_id"], rows["name"], strict=True)}


@lru_cache(maxsize=1)
def _ports() -> dict[str, str]:
    """Name the ports."""
    return {str(key): str(name) for key, name in ports()["name"].items()}


@lru_cache(maxsize=1)
def _chokepoints() -> re.Pattern[str]:
    """Find ids of chokepoints, the longest first."""
    longest_first = sorted(chokepoint_names(), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b")
