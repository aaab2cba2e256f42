"""Screen *Stress*: what hurts most when it closes, one by one, in pairs, at worst."""

import streamlit as st

from layers.flow_outputs import stress_files
from layers.flows import Wants
from layers.stress import Stress, stress
from views.flow_controls import Chosen, chosen, files, told
from views.text import hub_names, mineral_names, plain

_KINDS = {1: "One by one", 2: "In pairs", 3: "The worst three"}
_ANSWER = "stress_answer"


def render() -> None:
    """Draw the screen; the work starts when asked for, since it closes one thing after another."""
    asked = chosen()
    st.title(plain(f"What hurts most: {mineral_names()[asked.mineral]}, {asked.scenario.name}"), anchor=False)
    focus = st.selectbox("For whom", asked.hubs, key="stress_focus", format_func=hub_names().__getitem__)
    size = st.segmented_control(
        "How many close at once", list(_KINDS), key="stress_k", default=1, required=True, format_func=_KINDS.__getitem__
    )
    st.caption("A closed chokepoint or port sends cargo round by what is left; a closed country keeps what it makes.")
    question = (asked, focus, size)
    if st.button("Close them", type="primary", key="stress_run"):
        st.session_state[_ANSWER] = (question, _run(asked, focus, size))
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != question:
        st.info("Press the button to try every chokepoint, port, country and facility that the supply uses.")
        return
    _show(kept[1], asked)


def _run(asked: Chosen, focus: str, size: int) -> Stress:
    """Try the closures, showing how far it is; Streamlit's own stop button ends it."""
    bar = st.progress(0.0, text="Closing one after another ...")

    def shown(done: int, count: int) -> bool:
        bar.progress(done / count, text=f"{done} of {count}")
        return True

    found = stress(Wants(asked.mineral, hubs=asked.hubs), asked.scenario, k=size, focus=focus, progress=shown)
    bar.empty()
    return found


def _show(found: Stress, asked: Chosen) -> None:
    """Show tables and findings."""
    told(found.findings)
    st.subheader("One by one", anchor=False)
    st.dataframe(found.singles)
    if len(found.pairs):
        st.subheader("In pairs, with what they cost beyond the sum of both", anchor=False)
        st.dataframe(found.pairs.reset_index())
    if found.worst is not None:
        st.subheader("The worst three", anchor=False)
        st.markdown(plain(", ".join(found.worst["closed"])))
    files(stress_files(found, asked.scenario))
