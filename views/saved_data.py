"""What is saved: listed, put to use again, handed out, removed. Everyone who reaches this server shares it."""

from collections.abc import Callable
from pathlib import PurePath

import streamlit as st

from geo.errors import CorridorError
from geo.scenarios import Scenario
from layers.saved import Store, open_store
from layers.uploads import Upload
from layers.uploads.report import rows_file
from views import brought, scenario_file, state
from views.text import plain

_SAID = "_saved_said"
_SHARED = "Saved work is kept on this server, for everyone who uses it."


def save_upload(upload: Upload) -> None:
    """Offer to keep an upload under a name."""
    key = f"save_{upload.kind}"
    stem = PurePath(upload.file_name).stem[:100] or upload.kind
    with st.popover("Save", width="content"):
        st.text_input("Name", stem, key=key, help=f"{_SHARED} A name that is taken is replaced.")
        st.button("Save it", key=f"{key}_go", on_click=_keep_upload, args=(key, upload))
        _say()


def save_scenario(scenario: Scenario) -> None:
    """Offer to keep a scenario under a name."""
    with st.popover("Save", width="content"):
        st.text_input("Name", "My scenario", key="save_scenario", help=f"{_SHARED} A name that is taken is replaced.")
        st.button("Save it", key="save_scenario_go", on_click=_keep_scenario, args=(scenario,))
        _say()


def saved() -> None:
    """List what is saved and offer what can be done with it."""
    st.caption(_SHARED)
    _say()
    try:
        store = open_store()
        names = store.names()
    except CorridorError as error:
        st.error(plain(error))
        return
    if names.empty:
        st.info("Nothing is saved yet. Save a file or a scenario after you brought it in.")
        return
    st.dataframe(
        names.rename(columns={"what": "What", "name": "Name", "saved_at": "Saved (UTC)"}), hide_index=True,
        alt="What is saved",
    )  # fmt: skip
    choices = list(zip(names["what"], names["name"], strict=True))
    chosen = st.selectbox("Choose one", choices, key="saved_choice", format_func=lambda item: f"{item[1]} ({item[0]})")
    what, name = chosen if chosen in choices else choices[0]
    with st.container(horizontal=True):
        (_scenario_buttons if what == "scenario" else _upload_buttons)(store, name)
        st.button("Remove", key="saved_remove", on_click=_remove, args=(what, name))


def _upload_buttons(store: Store, name: str) -> None:
    """Offer to use an upload or to hand it out."""
    upload = store.upload(name)
    file = rows_file(upload)
    st.button("Use it", key="saved_use", on_click=_use, args=(upload,))
    st.download_button("Download", file.raw, f"{upload.kind}.{file.suffix}", file.media_type, on_click="ignore")
    st.caption(
        plain(f"{upload.kind}, {upload.rows_good:,} of {upload.rows_in:,} rows of {upload.file_name}"), width="content"
    )


def _scenario_buttons(store: Store, name: str) -> None:
    """Offer to use a scenario or to hand it out."""
    scenario = store.scenario(name)
    st.button("Use it", key="saved_use", on_click=_adopt, args=(scenario,))
    text = scenario_file.scenario_text(state.ask(), scenario)
    st.download_button("Download", text, "scenario.json", "application/json", on_click="ignore")


def _use(upload: Upload) -> None:
    """Put a saved upload to use in this session."""
    try:
        brought.use(upload)
        st.session_state[_SAID] = f"{upload.file_name} is in use in this session."
    except CorridorError as error:
        st.session_state[_SAID] = str(error)


def _adopt(scenario: Scenario) -> None:
    """Take a saved scenario over."""
    lost = state.adopt(scenario, {})
    st.session_state[_SAID] = f"Left out: {'; '.join(lost)}" if lost else "Explore shows that scenario now."


def _keep_upload(key: str, upload: Upload) -> None:
    """Keep an upload."""
    name = st.session_state[key].strip()
    _tried(lambda: open_store().save_upload(name, upload), f"Saved as {name}.")


def _keep_scenario(scenario: Scenario) -> None:
    """Keep a scenario."""
    name = st.session_state["save_scenario"].strip()
    _tried(lambda: open_store().save_scenario(scenario.model_copy(update={"name": name})), f"Saved as {name}.")


def _remove(what: str, name: str) -> None:
    """Forget what is saved under a name."""

    def forget() -> None:
        store = open_store()
        (store.remove_scenario if what == "scenario" else store.remove_upload)(name)

    _tried(forget, f"Removed {name}.")


def _tried(act: Callable[[], object], done: str) -> None:
    """Do it, and note in one line what came of it."""
    try:
        act()
        st.session_state[_SAID] = done
    except CorridorError as error:
        st.session_state[_SAID] = str(error)


def _say() -> None:
    """Say once what came of the last click."""
    if said := st.session_state.pop(_SAID, None):
        st.info(plain(said))
