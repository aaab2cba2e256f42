"""
Groups of countries: named ones from `data/groups.csv`, and those that a user defines from them.

A group is one text, the same in the app, the address, a scenario file and on the command line: names and countries
joined by ``+``, countries that leave after ``-`` (``msp+eu+CHL-KOR``); commas join too (``USA,CAN,AUS``).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pandas as pd

from geo.errors import UnknownIdError
from layers.catalog import read_table
from layers.countries import countries, groups

_TERM: Final = re.compile(r"([+,-]?)\s*([^+,\s-]+)")
_MOST_CHARACTERS: Final = 2_000
_OWN_CHOICE: Final = "your choice"


@dataclass(frozen=True)
class Group:
    """
    Who belongs together.

    Attributes
    ----------
    named
        Groups it starts from, in the order given.
    joined, left
        Countries (ISO 3166 alpha-3) beside those of the named groups, and members of them that do not take part.
    """

    named: tuple[str, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def members(self) -> frozenset[str]:
        """Give the members."""
        return _members_of(self.named).union(self.joined).difference(self.left)

    @property
    def text(self) -> str:
        """Write it, equal groups alike."""
        return "+".join((*self.named, *self.joined)) + "".join(f"-{code}" for code in self.left)


@lru_cache(maxsize=256)
def group(text: str) -> Group:
    """
    Read a group.

    Raises
    ------
    UnknownIdError
        For a name or country that no table holds, a country that leaves what it is not in, and a group of nobody.

    Examples
    --------
    >>> group("quad+KOR-IND").text, sorted(group("USA,CAN").members)
    ('quad+KOR-IND', ['CAN', 'USA'])
    """
    if len(text) > _MOST_CHARACTERS or _TERM.sub("", text).strip():
        msg = f"group {text[:60]!r} is not written as names and countries joined by + or -"
        raise UnknownIdError(msg)
    terms = [(sign, name) for sign, name in _TERM.findall(text)]
    named = tuple(dict.fromkeys(name for sign, name in terms if sign != "-" and name in groups().index))
    added = [_country(name) for sign, name in terms if sign != "-" and name not in named]
    left = sorted({_country(name) for sign, name in terms if sign == "-"})
    of_named = _members_of(named)
    if absent := [code for code in left if code not in of_named.union(added)]:
        msg = f"{', '.join(absent)} cannot leave group {text!r}: no member"
        raise UnknownIdError(msg)
    joined = tuple(sorted(set(added) - of_named - set(left)))
    found = Group(named, joined, tuple(code for code in left if code in of_named))
    if not found.members:
        msg = f"group {text!r} has no members"
        raise UnknownIdError(msg)
    return found


def canonical(text: str) -> str:
    """
    Write a group the one way that equal groups share.

    Examples
    --------
    >>> canonical("KOR, quad, USA-IND")
    'quad+KOR-IND'
    """
    return group(text).text


def members(text: str) -> frozenset[str]:
    """Return the members of a group, named or defined; raises as `group`."""
    return group(text).members


@lru_cache(maxsize=256)
def group_words(text: str) -> str:
    """
    Name a group in words.

    Examples
    --------
    >>> group_words("quad+KOR-IND")
    'Quad with South Korea, without India'
    """
    one, names, titles = group(text), countries()["name"], groups()["name"]
    parts = [" and ".join(str(titles[name]) for name in one.named)] if one.named else []
    if one.joined:
        told = ", ".join(str(names[code]) for code in one.joined)
        parts.append(f"with {told}" if parts else told)
    if one.left:
        parts.append("without " + ", ".join(str(names[code]) for code in one.left))
    return ", ".join(parts).replace(", with ", " with ", 1)


def membership(text: str) -> pd.DataFrame:
    """
    Say where each membership comes from.

    Returns
    -------
    rows
        Index ``iso3``, by name of the country: ``name, takes_part, by`` (names of the groups it is in, or the user's
        choice), ``as_of, source, truth_state`` of the first of them; those who leave have ``takes_part`` false.
    """
    one, names = group(text), countries()["name"]
    rows = read_table("groups")
    rows = rows[rows["group"].isin(one.named)]
    order = {name: place for place, name in enumerate(one.named)}
    rows = rows.sort_values("group", key=lambda group: group.map(order), kind="stable").groupby("iso3", sort=False)
    table = rows.agg(by=("name", "; ".join), as_of=("as_of", "first"), source=("source", "first"),
                     truth_state=("truth_state", "first"))  # fmt: skip
    own = pd.DataFrame({"by": _OWN_CHOICE}, index=pd.Index(one.joined, name="iso3"))
    table = pd.concat([table, own.reindex(columns=table.columns)])
    table = table.assign(name=names.reindex(table.index), takes_part=~table.index.isin(one.left))
    return table.sort_values("name")[["name", "takes_part", "by", "as_of", "source", "truth_state"]]


@lru_cache(maxsize=64)
def _members_of(named: tuple[str, ...]) -> frozenset[str]:
    """Join the members of named groups."""
    held = groups()["members"]
    return frozenset().union(*(held[name] for name in named))


def _country(name: str) -> str:
    """Read a country, in either case."""
    code = name.upper()
    if code not in countries().index:
        msg = f"no group or country {name[:60]!r}; groups: {', '.join(groups().index)}; countries by ISO 3166 alpha-3"
        raise UnknownIdError(msg)
    return code
