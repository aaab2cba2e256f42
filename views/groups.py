"""The control that picks a group of countries, and the editor in which a member leaves or a country joins."""

import streamlit as st

from geo.errors import CorridorError
from layers.countries import countries, groups
from layers.groups import Group, canonical, group, group_words, membership
from views.text import country, country_names, group_names, plain

ALLIANCE = "alliance"
PARTNERSHIP = "msp+eu"
_PARTS, _JOINED, _LEFT, _WRONG = "group_parts", "group_joined", "group_left", "_group_wrong"
_COLUMNS = {"name": "Country", "by": "Member by", "as_of": "As of", "source": "Source", "truth_state": "Truth"}
_HEAD_PX, _ROW_PX, _MOST_PX = 38, 35, 240


def group_control(label: str, told: str) -> None:
    """Draw the choice of a group, and the editor below it."""
    chosen = st.session_state[ALLIANCE]
    known = ["", PARTNERSHIP, *group_names()]
    options = known if chosen in known else [*known, chosen]
    st.selectbox(label, options, key=ALLIANCE, format_func=_name, help=told)
    with st.popover("Edit the group", width="stretch"):
        _editor(st.session_state[ALLIANCE])


def _name(text: str) -> str:
    """Name a group in the list."""
    return group_words(text) if text else "No group chosen"


def _editor(text: str) -> None:
    """Let members leave and join; every change is a group of its own, written into the address."""
    now = group(text) if text else Group((), (), ())
    st.session_state[_PARTS] = list(now.named)
    st.session_state[_JOINED], st.session_state[_LEFT] = list(now.joined), list(now.left)
    titles = group_names()
    st.multiselect("Starts from", list(titles), key=_PARTS, format_func=titles.__getitem__, on_change=_changed)
    of_named = sorted(frozenset().union(*(groups()["members"][name] for name in now.named)), key=country)
    st.multiselect("Leave", of_named, key=_LEFT, format_func=country, placeholder="Nobody", on_change=_changed)
    others = [code for code in country_names() if code not in of_named]
    st.multiselect("Join", others, key=_JOINED, format_func=country, placeholder="Nobody", on_change=_changed)
    if wrong := st.session_state.pop(_WRONG, None):
        st.error(plain(wrong))
    if not text:
        st.caption("Start from a named group, or let countries join one by one.")
        return
    _members(text)


def _changed() -> None:
    """Take over what the editor says; what makes no group is said, and the group stays."""
    state = st.session_state
    parts = [name for name in state[_PARTS] if name in groups().index]
    held = frozenset().union(*(groups()["members"][name] for name in parts))
    left = [code for code in state[_LEFT] if code in held]
    text = "+".join([*parts, *state[_JOINED]]) + "".join(f"-{code}" for code in left)
    try:
        state[ALLIANCE] = canonical(text) if text else ""
    except CorridorError as error:
        state[_WRONG] = str(error)


def _members(text: str) -> None:
    """List the members with what each membership rests on."""
    rows = membership(text)
    inside, outside = rows[rows["takes_part"]], rows[~rows["takes_part"]]
    st.caption(f"{len(inside)} of {len(countries())} countries. As text, for files and --group: {plain(text)}")
    st.dataframe(
        inside[list(_COLUMNS)].rename(columns=_COLUMNS), hide_index=True, placeholder="your choice",
        height=min(_MOST_PX, _HEAD_PX + _ROW_PX * len(inside)),
        alt="Members of the group",
    )  # fmt: skip
    if len(outside):
        st.caption(plain(f"Left: {', '.join(outside['name'])}."))
