"""
What the reader chose: one list of fields that the widgets, the address and a scenario file share.

`restore` runs before any widget: it takes the address where that is news (a link, the browser's back button), else
what this session had; what it cannot read it names and replaces by the default. `publish` writes the address.
"""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from geo.scenarios import ALL_MODES, Scenario
from layers.answer import Ask
from views import brought
from views.fields import NO_CONTROL, WEIGHT, Field, fields, tied

_ADDRESS, _KEPT, _PROBLEMS = "_address", "_kept", "_problems"
_EMBED = {"embed", "embed_options"}  # Streamlit's own


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
    own = tied(values["mineral"], brought.own().facilities)
    for key, field in own.items():
        values[key] = _read(key, field, given, wrong)
    wrong += [key for key in given if key not in known and key not in own]
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
    for key, field in tied(st.session_state["mineral"], brought.own().facilities).items():
        texts = field.write(st.session_state.get(key, field.default))
        try:
            field.read(texts or [""])
        except ValueError:
            st.session_state[key] = field.default
        st.session_state.setdefault(key, field.default)


def publish() -> None:
    """Write what differs from the defaults into the address, and keep it for the other screens."""
    known = fields() | tied(st.session_state["mineral"], brought.own().facilities)
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
    """Give what is wanted where, with what this session brought."""
    state = st.session_state
    return Ask(state["mineral"], state["hub"], state["product"], brought.own())


def scenario() -> Scenario:
    """Give what goes wrong."""
    state = st.session_state
    close = frozenset(state["close"])
    return Scenario.model_validate(
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
        }
    )


def weights() -> dict[str, float]:
    """Give the weight of each criterion; the default ones where all are zero."""
    chosen = {key.removeprefix(WEIGHT): st.session_state[key] for key in fields() if key.startswith(WEIGHT)}
    return chosen if any(chosen.values()) else {}
