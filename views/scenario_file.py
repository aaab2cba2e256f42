"""A scenario as a file: out with the question it was asked of, and in again, refused in one line where it is none."""

import json
from typing import Any

import streamlit as st

from geo.errors import CorridorError
from geo.scenarios import QUESTION, Scenario
from layers.answer import Ask
from layers.outputs import read_asked
from layers.uploads.scenario import decoded
from views import state
from views.text import plain

_REFUSED = "_refused"


def scenario_text(ask: Ask, scenario: Scenario) -> str:
    """Write a scenario with its question; `read_file` reads it."""
    asked = {"mineral": ask.mineral, "hub": ask.hub, "final_stage": ask.final_stage}
    return json.dumps({**scenario.to_dict(), QUESTION: asked}, indent=2, sort_keys=True) + "\n"


def read_file(raw: bytes) -> tuple[Scenario, dict[str, Any]]:
    """
    Read a scenario file, with the question that our own files carry beside it (empty in others).

    Raises
    ------
    BadInputError
        In one line, for anything else.
    """
    return read_asked(decoded(raw))


def uploader(key: str) -> None:
    """Offer to take a scenario over from a file; what is wrong with it is said in one line."""
    st.file_uploader(
        "Scenario from a file (JSON or YAML)", type=["json", "yaml", "yml"], key=key, on_change=_take_over, args=(key,)
    )
    if refused := st.session_state.get(_REFUSED):
        st.error(plain(refused))


def _take_over(key: str) -> None:
    """Read the file that was handed in."""
    file = st.session_state[key]
    st.session_state[_REFUSED] = None
    if file is None:
        return
    try:
        scenario, asked = read_file(file.getvalue())
    except CorridorError as error:
        st.session_state[_REFUSED] = f"{file.name}: {error}"
        return
    state.adopt(scenario, asked)
