"""The choices a reader has: what each is when nothing is said, and how it reads in an address."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, get_args

from geo.scenario_text import plain_data
from geo.scenarios import LICENCES, Scenario, Vessel
from layers.basemap import CENTRES
from layers.chokepoints import chokepoints
from layers.criteria import criteria
from layers.groups import canonical
from layers.licences import licence_rules
from layers.own import Rows
from layers.planner import default_product, plants
from layers.policies import policy_rules
from layers.presets import presets
from layers.starts import STARTS
from views.text import chokepoint_names, country_names, hub_names, mineral_names, products

VESSELS: tuple[str, ...] = get_args(Vessel)
MODES: tuple[str, ...] = ("sea", "rail", "road")
VIEWS = ("Corridors", "What changed", "Concentration", "Sources", "Method & data")
NO_CONTROL = (
    "areas",
    "inputs",
    "restrictions",
    "decisions",
    "duration_days",
)  # parts of a scenario that come from a file only
WEIGHT = "w_"
MAX_WEIGHT = 5.0

Reader = Callable[[list[str]], Any]


class PartlyKnownError(ValueError):
    """Some of several texts are not known; `kept` holds the value of the others."""

    def __init__(self, wrong: list[str], kept: Any) -> None:
        """Name the texts that are not known."""
        super().__init__(", ".join(wrong))
        self.kept = kept


@dataclass(frozen=True)
class Field:
    """
    One choice.

    Attributes
    ----------
    default
        Value when nothing is said; such a field stays out of the address.
    read
        From the texts of the address to the value; raises ValueError for what it does not know.
    write
        Back to texts.
    """

    default: Any
    read: Reader
    write: Callable[[Any], list[str]]


def one_of(known: Callable[[], Any]) -> Reader:
    """Read one of some ids."""

    def read(texts: list[str]) -> str:
        if texts[-1] not in known():
            raise ValueError(texts[-1])
        return texts[-1]

    return read


def some_of(known: Callable[[], Any]) -> Reader:
    """Read several of some ids, in the order given, none twice; one that is not known takes no other with it."""

    def read(texts: list[str]) -> list[str]:
        given = list(dict.fromkeys(item for text in texts for item in text.split(",") if item))
        if wrong := [item for item in given if item not in known()]:
            raise PartlyKnownError(wrong, [item for item in given if item not in wrong])
        return given

    return read


def _flag(texts: list[str]) -> bool:
    """Read yes or no."""
    return {"1": True, "true": True, "0": False, "false": False}[texts[-1].lower()]


def _day(texts: list[str]) -> date:
    """Read a day."""
    return date.fromisoformat(texts[-1])


def _shares(texts: list[str]) -> dict[str, float]:
    """Read `suez:0.5` as half of Suez left; what is not understood takes nothing else with it."""
    shares, wrong = {}, []
    for text in texts:
        item, _, share = text.rpartition(":")
        try:
            Scenario(partial=frozenset({(item, float(share))}))  # its own rule: between 0 and 1
        except ValueError:
            wrong.append(text)
            continue
        if item in chokepoint_names():
            shares[item] = float(share)
        else:
            wrong.append(text)
    if wrong:
        raise PartlyKnownError(wrong, shares)
    return shares


def _rest(texts: list[str]) -> dict[str, Any]:
    """Read the parts of a scenario file that have no control of their own, as JSON."""
    values = plain_data(texts[-1])
    if not isinstance(values, dict) or set(values) - set(NO_CONTROL):
        raise ValueError(texts[-1])
    whole = Scenario.model_validate(values).to_dict()
    return {key: whole[key] for key in NO_CONTROL if whole[key]}


def _weight(texts: list[str]) -> float:
    """Read a weight, 0 to `MAX_WEIGHT`."""
    value = float(texts[-1])
    if not 0 <= value <= MAX_WEIGHT:
        raise ValueError(texts[-1])
    return value


def text_of(value: Any) -> list[str]:
    """Write one value; none is no text."""
    return [str(value)] if value not in (None, "") else []


def texts_of(values: Any) -> list[str]:
    """Write several values."""
    return list(values)


def _yes(value: Any) -> list[str]:
    return ["1" if value else "0"]


def flag_field() -> Field:
    """Describe a choice between yes and no, which is no by default."""
    return Field(default=False, read=_flag, write=_yes)


def _group(texts: list[str]) -> str:
    """Read a group, named or defined; a `+` that an address lost as a space is put back."""
    return canonical(texts[-1].replace(" ", "+"))


@lru_cache(maxsize=1)
def closable() -> tuple[str, ...]:
    """Give the chokepoints that are open by default, at sea first."""
    table = chokepoints()
    usual = table[table["default_open"].astype(bool)]
    return (*usual.index[usual["mode"] == "sea"], *usual.index[usual["mode"] != "sea"])


@lru_cache(maxsize=1)
def rule_ids() -> tuple[str, ...]:
    """List the dated rules."""
    return tuple(rule.rule_id for rule in policy_rules())


@lru_cache(maxsize=1)
def passages() -> tuple[str, ...]:
    """Give the passages that are normally closed."""
    table = chokepoints()
    return tuple(table.index[~table["default_open"].astype(bool)])


@lru_cache(maxsize=32)
def outable(mineral: str, places: Rows | None = None) -> dict[str, str]:
    """Name the facilities of a mineral that may be out, the user's own among them; once a mineral."""
    return plants(mineral, places)


@lru_cache(maxsize=1)
def weighted() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """List the pillars of the score, each with the ids and labels of its criteria."""
    pillars = criteria().groupby("pillar", sort=False)["label"]
    return tuple((str(pillar), tuple(labels.astype(str).items())) for pillar, labels in pillars)


@lru_cache(maxsize=1)
def preset_notes() -> dict[str, tuple[str, str]]:
    """Name the scenarios, each with its source and how sure that is."""
    table = presets()
    notes = table["source"] + " (" + table["truth_state"] + ")"
    return {
        str(key): (name, f"{name}: {note}.") for key, name, note in zip(table.index, table["name"], notes, strict=True)
    }


@lru_cache(maxsize=1)
def fields() -> dict[str, Field]:
    """Describe every choice but those that hang on the mineral (`tied`)."""
    plain_fields = {
        "mineral": Field("lithium", one_of(mineral_names), text_of),
        "hub": Field("USA", one_of(hub_names), text_of),
        "close": Field([], some_of(closable), texts_of),
        "partial": Field({}, _shares, lambda value: [f"{item}:{share:g}" for item, share in sorted(value.items())]),
        "rest": Field({}, _rest, lambda value: [json.dumps(value, sort_keys=True)] if value else []),
        "presets": Field([], some_of(lambda: presets().index), texts_of),
        "hold": Field([], some_of(rule_ids), texts_of),
        "licences": Field(LICENCES[0], one_of(lambda: LICENCES), text_of),
        "licences_but": Field([], some_of(licence_rules), texts_of),
        "avoid": Field([], some_of(country_names), texts_of),
        "reopen": Field([], some_of(passages), texts_of),
        "alliance": Field("", _group, text_of),
        "vessel": Field("", one_of(lambda: VESSELS), text_of),
        "as_of": Field(None, _day, text_of),
        "planned": flag_field(),
        "modes": Field(list(MODES), some_of(lambda: MODES), texts_of),
        "start": Field(STARTS[0], one_of(lambda: STARTS), text_of),
        "centre": Field("atlantic", one_of(lambda: CENTRES), text_of),
        "efficient": flag_field(),
        "view": Field(VIEWS[0], one_of(lambda: VIEWS), text_of),
        "corridor": Field("", lambda texts: texts[-1][:200], text_of),
    }
    weighed = {
        f"{WEIGHT}{name}": Field(float(weight), _weight, lambda value: [f"{value:g}"])
        for name, weight in criteria()["weight_default"].items()
    }
    return plain_fields | weighed


@lru_cache(maxsize=32)
def tied(mineral: str, places: Rows | None = None) -> dict[str, Field]:
    """Describe the choices whose options are the mineral's: product and facilities out."""
    return {
        "product": Field(default_product(mineral), one_of(lambda: products(mineral)), text_of),
        "outages": Field([], some_of(lambda: outable(mineral, places)), texts_of),
    }
