"""Screen *Stress*: what hurts most when it closes, one by one, in pairs, at worst."""

from dataclasses import dataclass
from typing import cast

import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from layers.choice import Choice
from layers.flow_outputs import stress_files
from layers.flows import Wants
from layers.maps import layer_control
from layers.names import named, place
from layers.safe import SafeGeoJson, SafeGroup, SafePanel
from layers.stress import Stress, stress
from layers.stress_map import FIELDS, legend, stress_points
from layers.worst import WEIGHINGS, Weigh, worst_words
from views import state
from views.atlas import bare_map
from views.flow_controls import Chosen, cargo, chosen, files, title, told
from views.flow_fields import SIZES
from views.text import hub_names, plain, words

SCREEN = "stress"
_SIZES = {1: "One by one", 2: "In pairs", 3: "The worst three", 4: "The worst four"}
_WEIGHINGS = {"plausible": "Plausible sets", "equal": "Any sets"}
_ANSWERS, _KEPT = "stress_answers", 8
_MAP_PX, _TABLE_PX = 460, 460
_MILLION = 1e6


@dataclass(frozen=True)
class _Question:
    """What is to be tried; the key under which the answer is kept."""

    asked: Chosen
    focus: str
    size: int
    weigh: Weigh


def render() -> None:
    """Draw the screen; the work starts when asked for, since it closes one thing after another."""
    asked = chosen(SCREEN)
    title(f"What hurts most in {cargo(asked)}", asked.scenario)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        question = _controls(asked)
        pressed = st.button("Close them", type="primary", key="stress_run")
    state.publish(SCREEN)
    st.caption("A closed chokepoint or port sends cargo round by what is left; a closed country keeps what it makes.")
    answers = st.session_state.setdefault(_ANSWERS, {})
    if pressed:
        answers[question] = _run(question)
        for old in list(answers)[:-_KEPT]:
            del answers[old]
    if question not in answers:
        st.info("Press “Close them” to try every chokepoint, port, country and facility that the supply uses.")
        return
    _show(answers[question], asked)


def _controls(asked: Chosen) -> _Question:
    """Ask for whom, how many at once, and which sets count."""
    if st.session_state["focus"] not in asked.hubs:
        st.session_state["focus"] = asked.hubs[0]
    focus = st.selectbox("For whom", asked.hubs, key="focus", format_func=hub_names().__getitem__, width=230)
    size = st.segmented_control(
        "How many close at once", SIZES, key="closures", required=True, format_func=_SIZES.__getitem__
    )
    st.segmented_control(
        "The worst of", WEIGHINGS, key="weigh", required=True, format_func=_WEIGHINGS.__getitem__, disabled=size == 1,
        help="Plausible: sets as likely together as closures of 5 % a year each, so that it is not always one country.",
    )  # fmt: skip
    return _Question(asked, focus, size or SIZES[0], cast("Weigh", st.session_state["weigh"]))


def _run(question: _Question) -> Stress:
    """Try the closures, showing how far it is; a click on Stop, as on anything else, ends it."""
    room = st.empty()
    with room.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Closing one after another ...")
        st.button("Stop", key="stress_stop")

    def shown(done: int, count: int) -> bool:
        bar.progress(done / count, text=f"{done} of {count} closures tried")
        return True

    asked = question.asked
    found = stress(
        Wants(asked.mineral, hubs=asked.hubs, final_stage=asked.final_stage), asked.scenario, k=question.size,
        weigh=question.weigh, focus=question.focus, progress=shown,
    )  # fmt: skip
    room.empty()
    return found


def _show(found: Stress, asked: Chosen) -> None:
    """Show findings, map and tables."""
    told(found.findings)
    files(lambda: stress_files(found, asked.scenario))
    st.subheader("Where it hurts", anchor=False)
    _map(found)
    st.subheader("One by one, the worst on top", anchor=False)
    _table(singles_table(found.singles))
    if len(found.pairs):
        st.subheader("In pairs, with what they cost beyond the sum of both", anchor=False)
        _table(pairs_table(found.pairs))
    if found.worst is not None:
        st.subheader(f"The worst {found.worst['k']} together", anchor=False)
        st.markdown(plain(named(worst_words(found.worst))))
        _table(worst_table(found))


def singles_table(singles: pd.DataFrame) -> pd.DataFrame:
    """Write the closures for a person."""
    unmet = singles.filter(regex="^unmet_t_yr_")
    names = hub_names()
    short = [
        ", ".join(
            f"{names[column.removeprefix('unmet_t_yr_')]} {value:,.0f}" for column, value in row.items() if value >= 1
        )
        for _, row in unmet.iterrows()
    ]
    return pd.DataFrame(
        {
            "What closes": [place(str(item)) for item in singles.index],
            "Kind": singles["kind"].map(words),
            "Loss, M USD/yr": singles["extra_usd_yr"] / _MILLION,
            "Chance a year, %": 100 * singles["plausibility_yr"],
            "Unmet more, t/yr": singles["extra_unmet_t_yr"],
            "Freight more, M USD/yr": singles["extra_freight_usd_yr"] / _MILLION,
            "Days later, at most": singles["late_days"],
            "Days to shortage": singles["shortage_days"],
            "Who goes short, t/yr": [text or "nobody" for text in short],
        }
    )


def pairs_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Write the pairs for a person."""
    first, second = (pairs.index.get_level_values(level) for level in (0, 1))
    return pd.DataFrame(
        {
            "First": [place(str(item)) for item in first],
            "Second": [place(str(item)) for item in second],
            "Loss, M USD/yr": pairs["extra_usd_yr"].to_numpy() / _MILLION,
            "Beyond the sum, M USD/yr": pairs["interaction_usd_yr"].to_numpy() / _MILLION,
            "Unmet more, t/yr": pairs["extra_unmet_t_yr"].to_numpy(),
        }
    )


def worst_table(found: Stress) -> pd.DataFrame:
    """List what shuts in the worst set, with what each costs alone and how likely it is taken to be."""
    if found.worst is None:
        return pd.DataFrame()
    rows = found.singles.reindex(list(found.worst["closed"]))
    return pd.DataFrame(
        {
            "What closes": [place(str(item)) for item in rows.index],
            "Kind": rows["kind"].map(words),
            "Alone, M USD/yr": rows["extra_usd_yr"] / _MILLION,
            "Chance a year, %": 100 * rows["plausibility_yr"],
            "Facts": rows["plausibility_truth"].map(words),
        }
    )


def _table(frame: pd.DataFrame) -> None:
    """Draw a table with its numbers rounded."""
    tonnes, money = st.column_config.NumberColumn(format="localized"), st.column_config.NumberColumn(format="%,.1f")
    exact = ("USD", "Chance")
    formats = {
        name: money if any(word in name for word in exact) else tonnes for name in frame.select_dtypes("number").columns
    }
    rounded = frame.round({name: 0 for name, form in formats.items() if form is tonnes})
    formats |= {name: st.column_config.TextColumn(width=260) for name in ("What closes", "First", "Second")}
    formats["Kind"] = st.column_config.TextColumn(width=100)
    st.dataframe(rounded, hide_index=True, height=min(_TABLE_PX, 38 + 35 * len(frame)), column_config=formats,
                 placeholder="–", alt="Closures and what they cost")  # noqa: RUF001 # fmt: skip


def _bounds(points: list[list[float]]) -> list[list[float]] | None:
    """Find what to show first: all points."""
    if not points:
        return None
    lons, lats = zip(*points, strict=True)
    return [[min(lats), min(lons)], [max(lats), max(lons)]]


def _map(found: Stress) -> None:
    """Draw the worst closures, as large as their loss."""
    singles = found.singles
    names = {str(item): place(str(item)) for item in singles.index}
    group = SafeGroup(name="Closures")
    data = stress_points(singles, names, centre="atlantic")
    SafeGeoJson(data, fields=FIELDS, pane="points", options={"label": "label"}).add_to(group)
    SafePanel("legend", entries=legend(), summary="Size: loss a year").add_to(group)
    points = [feature["geometry"]["coordinates"] for feature in data["features"]]
    first = SafeGroup(control=False)
    Choice(None, bounds=_bounds(points), question=found.wants.mineral).add_to(first)
    st_folium(
        bare_map("atlantic"), key="stress-map", height=_MAP_PX,
        use_container_width=True, returned_objects=[], feature_group_to_add=[group, first],
        layer_control=layer_control(),
    )  # fmt: skip
