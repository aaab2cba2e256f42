"""
Names in place of the ids that findings and prices are made with: on screens, in findings.txt, on the command line.

Tables keep the ids.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import pandas as pd

from layers.catalog import read_table
from layers.chokepoints import chokepoints
from layers.countries import countries, groups
from layers.hubs import hubs
from layers.ports import ports

_RULE = re.compile(r"\b([A-Z]{3})-(\d+)-([a-z_]+)")
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
    >>> named("MYS-46-rare_earths closes 24 arcs.")
    "Malaysia's rule MYS-46 on rare earths closes 24 legs."
    """
    found = _RULE.sub(lambda hit: f"{country(hit[1])}'s rule {hit[1]}-{hit[2]} on {hit[3]}", text)
    found = _NODE.sub(lambda hit: place(hit[0]) + (f" ({country(hit[4])})" if hit[4] else ""), found)
    found = _PART.sub(lambda hit: place(hit[0]), found)
    found = _SHUT_OUT.sub(lambda hit: "to " + " and ".join(map(_group, hit[1].split(", "))), found)
    found = found.replace("supposed: ", "Supposed: ").replace(" arcs.", " legs.")
    found = _CODE.sub(lambda hit: hub_names().get(hit[1]) or country_names().get(hit[1], hit[1]), found)
    found = _chokepoint_ids().sub(lambda hit: chokepoint(hit[1]), found)
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
    rows = read_table("facilities")
    return {str(key): str(name) for key, name in zip(rows["facility_id"], rows["name"], strict=True)}


@lru_cache(maxsize=1)
def _ports() -> dict[str, str]:
    """Name the ports."""
    return {str(key): str(name) for key, name in ports()["name"].items()}


@lru_cache(maxsize=1)
def _chokepoint_ids() -> re.Pattern[str]:
    """Find ids of chokepoints, the longest first."""
    longest_first = sorted(chokepoint_names(), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b")


def words(identifier: object) -> str:
    """
    Write an id as words.

    Examples
    --------
    >>> words("alloy_magnet")
    'Alloy magnet'
    """
    return str(identifier).replace("_", " ").capitalize()


@lru_cache(maxsize=1)
def mineral_names() -> dict[str, str]:
    """Name the minerals, the first eight on top."""
    table = read_table("minerals").sort_values("first", ascending=False, kind="stable")
    return dict(zip(table["mineral"], table["name"], strict=True))


@lru_cache(maxsize=1)
def hub_names() -> dict[str, str]:
    """Name the places where minerals are needed."""
    return {str(key): str(name) for key, name in hubs()["name"].items()}


@lru_cache(maxsize=1)
def country_names() -> dict[str, str]:
    """Name the countries, in alphabetical order."""
    return {str(key): str(name) for key, name in countries()["name"].sort_values().items()}


@lru_cache(maxsize=1)
def chokepoint_names() -> dict[str, str]:
    """Name the chokepoints."""
    return {str(key): str(name) for key, name in chokepoints()["name"].items()}


@lru_cache(maxsize=1)
def group_names() -> dict[str, str]:
    """Name the groups of countries that may count as allied."""
    return {str(key): str(name) for key, name in groups()["name"].items()}


def country(iso3: object) -> str:
    """Name a country, or repeat the code of one we have no name for."""
    return country_names().get(str(iso3), str(iso3))


def chokepoint(identifier: object) -> str:
    """Name a chokepoint, or repeat an id that the table does not hold."""
    return chokepoint_names().get(str(identifier), str(identifier))


def listed(names: list[str], most: int = 8) -> str:
    """
    Join names, and count those left out.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def told_apart(names: list[str], corridors: pd.DataFrame) -> list[str]:
    """
    Tell apart corridors of one name, as are those of the same facilities: by the ports, else the modes, of each.

    Parameters
    ----------
    names
        Of the rows of the `corridors` frame, whose two cases may both be there: the same corridor twice is one.

    Examples
    --------
    >>> ways = pd.DataFrame({"ports": [("NLRTM",), (), ()], "modes": [("sea",), ("rail",), ("rail",)]}, index=[0, 1, 2])
    >>> told_apart(["A → B", "A → B", "C → B"], ways)
    ['A → B, by Rotterdam', 'A → B, by rail', 'C → B']
    """
    ids: dict[str, set[object]] = {}
    for name, corridor_id in zip(names, corridors.index, strict=True):
        ids.setdefault(name, set()).add(corridor_id)
    ways = [
        ", ".join(place(f"port:{port}") for port in ports) or ", ".join(modes)
        for ports, modes in zip(corridors["ports"], corridors["modes"], strict=True)
    ]
    return [f"{name}, by {way}" if way and len(ids[name]) > 1 else name for name, way in zip(names, ways, strict=True)]
