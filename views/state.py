"""
What the reader chose: one list of fields that the widgets, the address and a scenario file share.

`restore` runs before any widget: it takes the address where that is news (a link, the browser's back button), else
what this session had; what it cannot read it names and replaces by the default. `publish` writes the address.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, get_args

import streamlit as st

from geo.scenarios import ALL_MODES, Scenario, Vessel
from layers.answer import Ask
from layers.basemap import CENTRES
from layers.chokepoints import chokepoints
from layers.criteria import criteria
from layers.facilities import of_mineral
from layers.planner import default_product, world
from views.text import chokepoint_names, country_names, group_names, hub_names, mineral_names, products

VESSELS: tuple[str, ...] = get_args(Vessel)
MODES: tuple[str, ...] = ("sea", "rail", "road")
VIEWS = ("Corridors", "What changed", "Concentration", "Sources", "Method & data")
NO_CONTROL = ("areas", "restrictions", "decisions", "duration_days")  # parts of a scenario that come from a file only
WEIGHT = "w_"
MAX_WEIGHT = 5.0
_ADDRESS, _KEPT, _PROBLEMS = "_address", "_kept", "_problems"
_EMBED = {"embed", "embed_options"}  # Streamlit's own

Reader = Callable[[list[str]], Any]


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


def _one(known: Callable[[], Any]) -> Reader:
    """Read one of some ids."""

    def read(texts: list[str]) -> str:
        if texts[-1] not in known():
            raise ValueError(texts[-1])
        return texts[-1]

    return read


def _some(known: Callable[[], Any]) -> Reader:
    """Read several of some ids, in the order given, none twice."""

    def read(texts: list[str]) -> list[str]:
        given = list(dict.fromkeys(item for text in texts for item in text.split(",") if item))
        if wrong := [item for item in given if item not in known()]:
            raise ValueError(", ".join(wrong))
        return given

    return read


def _flag(texts: list[str]) -> bool:
    """Read yes or no."""
    return {"1": True, "true": True, "0": False, "false": False}[texts[-1].lower()]


def _day(texts: list[str]) -> date:
    """Read a day."""
    return date.fromisoformat(texts[-1])


def _shares(texts: list[str]) -> dict[str, float]:
    """Read `suez:0.5` as half of Suez left."""
    pairs = [text.rsplit(":", 1) for text in texts]
    if wrong := [pair[0] for pair in pairs if pair[0] not in chokepoint_names()]:
        raise ValueError(", ".join(wrong))
    shares = {item: float(share) for item, share in pairs}
    Scenario(partial=frozenset(shares.items()))  # its own rule: between 0 and 1
    return shares


def _rest(texts: list[str]) -> dict[str, Any]:
    """Read the parts of a scenario file that have no control of their own, as JSON."""
    values = json.loads(texts[-1])
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


def _text(value: Any) -> list[str]:
    return [str(value)] if value not in (None, "") else []


def _texts(values: Any) -> list[str]:
    return list(values)


def _yes(value: Any) -> list[str]:
    return ["1" if value else "0"]


@lru_cache(maxsize=1)
def closable() -> tuple[str, ...]:
    """Give the chokepoints that are open by default, at sea first."""
    table = chokepoints()
    usual = table[table["default_open"].astype(bool)]
    return (*usual.index[usual["mode"] == "sea"], *usual.index[usual["mode"] != "sea"])


@lru_cache(maxsize=1)
def passages() -> tuple[str, ...]:
    """Give the passages that are normally closed."""
    table = chokepoints()
    return tuple(table.index[~table["default_open"].astype(bool)])


def plants(mineral: str) -> dict[str, str]:
    """Name the facilities of a mineral."""
    rows = of_mineral(world().facilities, mineral)
    return dict(zip(rows["facility_id"], rows["name"], strict=True))


@lru_cache(maxsize=1)
def fields() -> dict[str, Field]:
    """Describe every choice but those that hang on the mineral (`_tied`)."""
    plain_fields = {
        "mineral": Field("lithium", _one(mineral_names), _text),
        "hub": Field("USA", _one(hub_names), _text),
        "close": Field([], _some(closable), _texts),
        "partial": Field({}, _shares, lambda value: [f"{item}:{share:g}" for item, share in sorted(value.items())]),
        "rest": Field({}, _rest, lambda value: [json.dumps(value, sort_keys=True)] if value else []),
        "avoid": Field([], _some(country_names), _texts),
        "reopen": Field([], _some(passages), _texts),
        "alliance": Field("", _one(group_names), _text),
        "vessel": Field("", _one(lambda: VESSELS), _text),
        "as_of": Field(None, _day, _text),
        "planned": Field(default=False, read=_flag, write=_yes),
        "modes": Field(list(MODES), _some(lambda: MODES), _texts),
        "centre": Field("atlantic", _one(lambda: CENTRES), _text),
        "efficient": Field(default=True, read=_flag, write=_yes),
        "view": Field(VIEWS[0], _one(lambda: VIEWS), _text),
        "corridor": Field("", lambda texts: texts[-1][:200], _text),
    }
    weighed = {
        f"{WEIGHT}{name}": Field(float(weight), _weight, lambda value: [f"{value:g}"])
        for name, weight in criteria()["weight_default"].items()
    }
    return plain_fields | weighed


@lru_cache(maxsize=32)
def _tied(mineral: str) -> dict[str, Field]:
    """Describe the choices whose options are the mineral's: product and facilities out."""
    return {
        "product": Field(default_product(mineral), _one(lambda: products(mineral)), _text),
        "outages": Field([], _some(lambda: plants(mineral)), _texts),
    }


def restore() -> None:
    """Fill the widgets' values: from the address where it is news, else from what this session had."""
    given = {key: st.query_params.get_all(key) for key in st.query_params if key not in _EMBED}
    kept = st.session_state.get(_KEPT, {})
    if given != st.session_state.get(_ADDRESS) and (given or not kept):
        values, st.session_state[_PROBLEMS] = parse(given)
        for key, value in values.items():
            st.session_state[key] = value
    for key, value in kept.items():  # a widget that another screen did not draw lost its value
        st.session_state.setdefault(key, value)
    _fit_to_mineral()


def parse(given: Mapping[str, list[str]]) -> tuple[dict[str, Any], list[str]]:
    """
    Read an address.

    Returns
    -------
    values
        All fields; the default for what is absent or wrong.
    problems
        ``key=value`` of all that was not understood.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    known = fields()
    for key, field in known.items():
        values[key] = _read(key, field, given, wrong)
    tied = _tied(values["mineral"])
    for key, field in tied.items():
        values[key] = _read(key, field, given, wrong)
    wrong += [key for key in given if key not in known and key not in tied]
    return values, wrong


def _read(key: str, field: Field, given: Mapping[str, list[str]], wrong: list[str]) -> Any:
    """Read one field, noting what is wrong."""
    if key not in given:
        return field.default
    texts = given[key]
    if texts == [""] or not texts:
        return [] if isinstance(field.default, list) else field.default
    try:
        return field.read(texts)
    except (ValueError, KeyError):
        wrong.append(f"{key}={', '.join(texts)}"[:120])
        return field.default


def _fit_to_mineral() -> None:
    """Drop product and facilities that the mineral does not have: it has just been changed."""
    for key, field in _tied(st.session_state["mineral"]).items():
        texts = field.write(st.session_state.get(key, field.default))
        try:
            field.read(texts or [""])
        except ValueError:
            st.session_state[key] = field.default
        st.session_state.setdefault(key, field.default)


def publish() -> None:
    """Write what differs from the defaults into the address, and keep it for the other screens."""
    known = fields() | _tied(st.session_state["mineral"])
    values = {key: st.session_state[key] for key in known}
    address = {key: field.write(values[key]) or [""] for key, field in known.items() if values[key] != field.default}
    st.session_state[_KEPT] = values
    if address != st.session_state.get(_ADDRESS):
        st.session_state[_ADDRESS] = address
        st.query_params.from_dict(address)


def problems() -> list[str]:
    """Give what the last link held that we do not know."""
    found: list[str] = st.session_state.get(_PROBLEMS, [])
    return found


def reset() -> None:
    """Forget every choice; for the button's callback."""
    values, _ = parse({})
    for key, value in values.items():
        st.session_state[key] = value
    st.session_state[_PROBLEMS] = []


def adopt(scenario: Scenario, asked: Mapping[str, Any]) -> list[str]:
    """
    Take over a scenario from a file; for a callback.

    Parameters
    ----------
    scenario
        As read.
    asked
        Mineral, hub and final_stage, where the file has them.

    Returns
    -------
    problems
        What this app's tables do not hold, left out.
    """
    plain_values = scenario.to_dict()
    given = {key: [str(asked[key])] for key in ("mineral", "hub") if asked.get(key)}
    if asked.get("final_stage"):
        given["product"] = [str(asked["final_stage"])]
    for key in ("mineral", "hub"):
        given.setdefault(key, [st.session_state[key]])
    for key in ("close", "avoid", "reopen", "outages", "modes"):
        given[key] = plain_values[key] or [""]
    given["partial"] = [f"{item}:{share}" for item, share in plain_values["partial"].items()] or [""]
    given["rest"] = [json.dumps({key: plain_values[key] for key in NO_CONTROL if plain_values[key]})]
    for key in ("vessel", "alliance", "as_of"):
        given[key] = [str(plain_values[key] or "")]
    given["planned"] = ["1" if scenario.planned else "0"]
    values, wrong = parse(given)
    for key in given:
        st.session_state[key] = values[key]
    st.session_state[_PROBLEMS] = wrong
    return wrong


def ask() -> Ask:
    """Give what is wanted where."""
    state = st.session_state
    return Ask(state["mineral"], state["hub"], state["product"])


def scenario() -> Scenario:
    """Give what goes wrong."""
    state = st.session_state
    close = frozenset(state["close"])
    return Scenario.model_validate(
        state["rest"]
        | {
            "close": close,
            "partial": {item: share for item, share in state["partial"].items() if item not in close},
            "reopen": frozenset(state["reopen"]),
            "avoid": frozenset(state["avoid"]),
            "outages": frozenset(state["outages"]),
            "vessel": state["vessel"] or None,
            "modes": frozenset(state["modes"]) or ALL_MODES,
            "planned": state["planned"],
            "alliance": state["alliance"] or None,
            "as_of": state["as_of"],
        }
    )


def weights() -> dict[str, float]:
    """Give the weight of each criterion; the default ones where all are zero."""
    chosen = {key.removeprefix(WEIGHT): st.session_state[key] for key in fields() if key.startswith(WEIGHT)}
    return chosen if any(chosen.values()) else {}
