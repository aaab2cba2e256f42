"""The choices of the screens beside Explore, and which choices each screen's address holds."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from geo.plant_inputs import BOUNDS
from layers.reserve import read_claim
from layers.supply import DEFAULT_HUBS
from layers.validation import KINDS
from layers.worst import WEIGHINGS
from views.fields import Field, Reader, flag_field, one_of, some_of, text_of, texts_of
from views.text import hub_names, mineral_names

CLUB = "club"
"""Who buys a stockpile: the chosen group, pooled."""
VERDICTS = ("All", "Met", "Missed")
SIZES = (1, 2, 3, 4)
YEARS = (1_000, 10_000)
MAX_SEED = 2**31
BUDGET_BN = (0.1, 12.0, 100.0)  # least, usual (Project Vault), most
CHANCE_YR = (0.01, 1.0)
"""Least and most chance of the user's scenario in a year."""
MAX_DAYS = 1_000.0
MAX_CLAIMS, MAX_CLAIM = 20, 200
"""Reserves in an address, and the length of one."""
_SCENARIO = (
    "presets",
    "hold",
    "licences",
    "licences_but",
    "close",
    "partial",
    "rest",
    "avoid",
    "outages",
    "reopen",
    "vessel",
    "modes",
    "planned",
    "as_of",
)
_ASKED = ("mineral", "hubs", "alliance", *_SCENARIO)
OF_SCREEN: dict[str, tuple[str, ...]] = {
    "flows": (*_ASKED, "product", "allied_share", "crma", "inputs"),
    "stress": (*_ASKED, "product", "focus", "closures", "weigh"),
    "stockpile": (*_ASKED, "stocked", "buyer", "budget", "held", "plan", "chance", "reserve"),
    "risk": (*_ASKED, "product", "years", "seed", "measure"),
    "validation": ("kind", "verdict"),
}
"""Names of the choices that a screen's address holds; those of Explore are all of `views.fields`."""


def _number(low: float, high: float) -> Reader:
    """Read a number between two bounds."""

    def read(texts: list[str]) -> float:
        value = float(texts[-1])
        if not low <= value <= high:
            raise ValueError(texts[-1])
        return value

    return read


def _whole(known: Callable[[int], bool]) -> Reader:
    """Read a whole number that passes a test."""

    def read(texts: list[str]) -> int:
        value = int(texts[-1])
        if not known(value):
            raise ValueError(texts[-1])
        return value

    return read


def _claims(texts: list[str]) -> str:
    """Read reserves, one a line, as the command line takes them."""
    lines = [line[:MAX_CLAIM] for line in texts[:MAX_CLAIMS]]
    for line in lines:
        read_claim(line, hub="USA")
    return "\n".join(lines)


def _figure(value: Any) -> list[str]:
    """Write a number."""
    return [f"{value:g}"]


def _measures() -> tuple[str, ...]:
    """List what a year may be summed up by."""
    return ("loss_usd", "unmet_t", *(f"unmet_t_{hub}" for hub in hub_names()))


@lru_cache(maxsize=1)
def other_fields() -> dict[str, Field]:
    """Describe every choice that only other screens than Explore have."""
    least, usual, most = BUDGET_BN
    return {
        "hubs": Field(list(DEFAULT_HUBS), some_of(hub_names), texts_of),
        "allied_share": Field(0.0, _number(0.0, 1.0), _figure),
        "crma": flag_field(),
        "inputs": Field(BOUNDS[0], one_of(lambda: BOUNDS), text_of),
        "weigh": Field(WEIGHINGS[0], one_of(lambda: WEIGHINGS), text_of),
        "focus": Field("USA", one_of(hub_names), text_of),
        "closures": Field(1, _whole(SIZES.__contains__), _figure),
        "stocked": Field([], some_of(mineral_names), texts_of),
        "buyer": Field("USA", one_of(lambda: {CLUB, *hub_names()}), text_of),
        "budget": Field(usual, _number(least, most), _figure),
        "held": Field(0.0, _number(0.0, MAX_DAYS), _figure),
        "plan": flag_field(),
        "chance": Field(None, _number(*CHANCE_YR), _figure),
        "reserve": Field("", _claims, lambda text: [line for line in text.splitlines() if line.strip()]),
        "years": Field(YEARS[0], _whole(YEARS.__contains__), _figure),
        "seed": Field(0, _whole(range(MAX_SEED + 1).__contains__), lambda value: [str(value)]),
        "measure": Field("loss_usd", one_of(_measures), text_of),
        "kind": Field([], some_of(lambda: KINDS), texts_of),
        "verdict": Field(VERDICTS[0], one_of(lambda: VERDICTS), text_of),
    }  # fmt: skip
