"""
What the reader chose: one list of fields that the widgets, the address and a scenario file share.

`restore` runs before any widget: it takes the address where that is news (a link, the browser's back button), else
what this session had; what it cannot read it names and replaces by the default. `publish` writes the address.
"""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.scenarios import ALL_MODES, EVERY_LICENCE, LICENCES, Licence, Scenario
from layers.answer import Ask
from views import brought
from views.asked import with_presets
from views.fields import NO_CONTROL, WEIGHT, Field, PartlyKnownError, fields, tied
from views.flow_fields import OF_SCREEN, other_fields
from views.text import plain

_ADDRESS, _KEPT, _PROBLEMS = "_address", "_kept", "_problems"
_EMBED = {"embed", "embed_options"}  # Streamlit's own
EXPLORE = "explore"
_MOST_NAMED, _LONGEST = 40, 120  # a link of ours has fewer fields than that
"""Faults of a link that are named, and the characters of one."""


def restore(screen: str = EXPLORE) -> None:
    """Fill the widgets' values: from the address where it is news, else from what this session had."""
    given, kept = _given(), st.session_state.get(_KEPT, {})
    if given != st.session_state.get(_ADDRESS) and (given or not kept):
        values, st.session_state[_PROBLEMS] = parse(given, screen)
        for key, value in values.items():
            if key not in kept or _holds(screen, key):  # a link says nothing of what its screen does not hold
                st.session_state[key] = value
    for key, value in kept.items():  # a widget that another screen did not draw lost its value
        st.session_state.setdefault(key, value)
    _fit_to_mineral(screen)


def _given() -> dict[str, list[str]]:
    """Read the address as it stands."""
    return {key: st.query_params.get_all(key) for key in st.query_params if key not in _EMBED}


def _holds(screen: str, key: str) -> bool:
    """Tell whether the address of a screen holds a choice."""
    return key not in other_fields() if screen == EXPLORE else key in OF_SCREEN[screen]


def _tied(screen: str, mineral: str) -> dict[str, Field]:
    """Give the choices whose options hang on the mineral, where the screen has any: they need the facilities."""
    needed = screen == EXPLORE or "outages" in OF_SCREEN[screen]
    return tied(mineral, brought.own().facilities) if needed else {}


def parse(given: Mapping[str, list[str]], screen: str = EXPLORE) -> tuple[dict[str, Any], list[str]]:
    """
    Read an address of a screen.

    Returns
    -------
    values
        All fields; the default for what is absent or wrong, and of several the ones that are known.
    problems
        ``key=value`` of all that was not understood, and of nothing else.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    known = fields() | other_fields()
    for key, field in known.items():
        values[key] = _read(key, field, given, wrong)
    own = _tied(screen, values["mineral"])
    for key, field in own.items():
        values[key] = _read(key, field, given, wrong)
    wrong += [key[:_LONGEST] for key in given if key not in known and key not in own]
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
    except PartlyKnownError as error:
        wrong.append(f"{key}={error}"[:_LONGEST])
        return error.kept or field.default
    except (ValueError, KeyError):
        wrong.append(f"{key}={', '.join(texts)}"[:_LONGEST])
        return field.default


def _fit_to_mineral(screen: str) -> None:
    """Drop product and facilities that the mineral does not have: it has just been changed."""
    for key, field in _tied(screen, st.session_state["mineral"]).items():
        texts = field.write(st.session_state.get(key, field.default))
        try:
            field.read(texts or [""])
        except PartlyKnownError as error:
            st.session_state[key] = error.kept
        except ValueError:
            st.session_state[key] = field.default
        st.session_state.setdefault(key, field.default)


def publish(screen: str = EXPLORE) -> None:
    """Write the screen's choices that differ from the defaults into the address; keep all for the other screens."""
    known = fields() | other_fields() | _tied(screen, st.session_state["mineral"])
    values = {key: st.session_state[key] for key in known}
    changed = [key for key, field in known.items() if _holds(screen, key) and values[key] != field.default]
    address = {key: known[key].write(values[key]) or [""] for key in changed}
    st.session_state[_KEPT] = st.session_state.get(_KEPT, {}) | values
    st.session_state[_ADDRESS] = address
    if address != _given():
        st.query_params.from_dict(address)


def warn() -> None:
    """Say what the last link held that we do not know."""
    if wrong := st.session_state.get(_PROBLEMS, []):
        more = f" and {len(wrong) - _MOST_NAMED:,} more" if len(wrong) > _MOST_NAMED else ""
        st.warning(f"Left out, as this app does not know it: {plain('; '.join(wrong[:_MOST_NAMED]))}{more}")


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
    given["presets"] = given["hold"] = [""]  # a file holds what they came to
    given["licences"] = [LICENCES[scenario.refuses(EVERY_LICENCE)]]
    given["licences_but"] = sorted({rule for rule, _ in scenario.licences} - {EVERY_LICENCE}) or [""]
    given["planned"] = ["1" if scenario.planned else "0"]
    values, wrong = parse(given)
    for key in given:
        st.session_state[key] = values[key]
    st.session_state[_PROBLEMS] = wrong
    return wrong


def ask() -> Ask:
    """Give what is wanted where, with what this session brought."""
    state = st.session_state
    return Ask(state["mineral"], state["hub"], state["product"], brought.own())


def scenario() -> Scenario:
    """Give what goes wrong."""
    state = st.session_state
    close = frozenset(state["close"])
    own = Scenario.model_validate(
        state["rest"]
        | {
            "close": close,
            "areas": frozenset(state["rest"].get("areas", ())) | brought.areas(),
            "partial": {item: share for item, share in state["partial"].items() if item not in close},
            "reopen": frozenset(state["reopen"]),
            "avoid": frozenset(state["avoid"]),
            "outages": frozenset(state["outages"]),
            "vessel": state["vessel"] or None,
            "modes": frozenset(state["modes"]) or ALL_MODES,
            "planned": state["planned"],
            "alliance": state["alliance"] or None,
            "as_of": state["as_of"],
            "licences": _licences(),
        }
    )
    return with_presets(own, state["presets"], state["hold"])


def _licences() -> dict[str, Licence]:
    """Give what becomes of export licences: one word for all, the other for those named."""
    word: Licence = st.session_state["licences"]
    other = next(each for each in LICENCES if each != word)
    return {EVERY_LICENCE: word} | dict.fromkeys(st.session_state["licences_but"], other)


def weights() -> dict[str, float]:
    """Give the weight of each criterion; the default ones where all are zero."""
    chosen = {key.removeprefix(WEIGHT): st.session_state[key] for key in fields() if key.startswith(WEIGHT)}
    return chosen if any(chosen.values()) else {}
