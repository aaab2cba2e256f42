"""What people call minerals, stages, states and countries, and which id is meant; all ids come from `data/`."""

import re
from functools import cache
from typing import Any, Final

from geo.schema.types import FACILITY_STATUSES
from layers.catalog import read_table
from layers.uploads.columns import plain

# Words that are not the table's own id, name or stage.
_MINERAL_WORDS: Final = {
    "rare_earths": "ree reo rees rare_earth rare_earth_elements ndpr", "lithium": "li", "cobalt": "co", "nickel": "ni",
    "graphite": "natural_graphite", "gallium": "ga", "germanium": "ge", "antimony": "sb", "copper": "cu",
    "tungsten": "w wolfram", "manganese": "mn", "pgm": "pge platinum palladium pt pd pgms", "titanium": "ti",
    "vanadium": "v", "tin": "sn", "tantalum": "ta coltan",
}  # fmt: skip
_STAGE_WORDS: Final = {
    "mining": "mine extraction open_pit underground quarry brine", "concentration": "concentrator mill beneficiation",
    "refining": "refinery refined chemical chemicals conversion converter hydrometallurgy processing plant",
    "metal": "smelter smelting metals", "separation": "sx solvent_extraction", "anode": "anode_material",
    "alloy_magnet": "magnet magnets alloy", "precursor_cathode": "precursor pcam cathode cam",
    "recycling": "recycler recycle secondary scrap",
}  # fmt: skip
_STATUS_WORDS: Final = {
    "operating": "active producing production open in_operation operational",
    "construction": "under_construction building commissioning", "planned": "project proposed development announced",
    "care_and_maintenance": "suspended idle mothballed paused", "closed": "shut retired abandoned",
}  # fmt: skip
_LISTED = re.compile(r"[;,/|+&]|\band\b")


def _lookup(words: dict[str, str]) -> dict[str, str]:
    """Turn `id: words` into word to id, the id itself included."""
    return {word: key for key, listed in words.items() for word in [key, *listed.split()]}


_STAGES: Final = _lookup(_STAGE_WORDS)
_STATUS: Final = _lookup(_STATUS_WORDS) | {status: status for status in FACILITY_STATUSES}


@cache
def _minerals() -> dict[str, str]:
    """Map words to mineral ids."""
    table = read_table("minerals")
    return _lookup(_MINERAL_WORDS) | {
        plain(name): key for key, name in zip(table["mineral"], table["name"], strict=True)
    }


@cache
def _countries() -> dict[str, str]:
    """Map names and codes to ISO 3166 alpha-3."""
    table = read_table("countries")
    pairs = [(row.iso3, word) for row in table.itertuples() for word in (row.name, row.iso2, row.iso3)]
    return {plain(word): iso3 for iso3, word in pairs if isinstance(word, str)}


def mineral_of(word: str) -> str | None:
    """Return the mineral id meant, or None."""
    return _minerals().get(plain(word))


def minerals_in(text: str) -> tuple[str | None, ...]:
    """
    Read a list of minerals, each an id or None where a word is not known.

    Examples
    --------
    >>> minerals_in("Cu; Co")
    ('copper', 'cobalt')
    """
    words = [word for word in _LISTED.split(text) if word.strip()]
    return tuple(dict.fromkeys(mineral_of(word) for word in words))


def stage_of(word: str) -> str | None:
    """Return the source stage meant (`mining`, `metal`, ...), or None."""
    return _STAGES.get(plain(word))


def status_of(word: str) -> str | None:
    """Return the status meant, or None."""
    return _STATUS.get(plain(word))


def country_of(word: str) -> str | None:
    """Return the country meant by a name or a code, or None."""
    return _countries().get(plain(word))


@cache
def chain_stages() -> dict[tuple[str, str], str]:
    """Map mineral and source stage to the stage of the chain; recycling stands at the first stage it joins."""
    rows = list(read_table("value_chains").itertuples())
    joins = {(row.mineral, "recycling"): row.stage for row in reversed(rows) if row.recycling_joins}
    return joins | {(row.mineral, part): row.stage for row in rows for part in _source_stages(row)}


def _source_stages(row: Any) -> list[str]:
    """List the words that mean one stage of a chain."""
    return [*str(row.facility_stages).split(";"), row.stage]
