"""Screen *Risk*: what disruptions cost over the years, as distributions."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from geo.ensemble import fan
from geo.errors import BadInputError
from layers.ensemble import Outcome, run
from layers.ensemble_case import hazard_events
from layers.ensemble_outputs import ensemble_files
from layers.flows import Wants
from layers.names import named, place
from layers.style import BLUE
from views import state
from views.charts import CONFIG, quiet
from views.flow_controls import Chosen, cargo, chosen, files, title, told
from views.flow_fields import MAX_SEED, YEARS
from views.text import hub_names, plain

SCREEN = "risk"
_ANSWER = "risk_answer"
_HORIZON_YR = 10
_BANDS = (("p1", "p99", 0.12), ("p5", "p95", 0.2), ("p10", "p90", 0.3))
_POINTS = {"mean": "Mean", "p50": "Median", "p90": "One in ten", "p95": "One in twenty", "p99": "One in a hundred"}
_SMALL, _LEAST_SHARE, _MOST_ROWS = 1_000, 0.001, 12
_WHAT = {"closures": "Pricing detours", "states": "Allocating"}


def render() -> None:
    """Draw the screen; the work starts when asked for."""
    asked = chosen(SCREEN)
    title(f"What disruptions of {cargo(asked)} cost", asked.scenario)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        years = (
            st.segmented_control("Years to draw", YEARS, key="years", required=True, format_func="{:,}".format)
            or YEARS[0]
        )
        seed = st.number_input("Seed", 0, MAX_SEED, key="seed", help="The same seed draws the same years.", width=160)
        pressed = st.button("Draw the years", type="primary", key="risk_run")
    st.caption(
        "Closures of chokepoints come by published rates; severity is the chance that an onset shuts the passage. "
        "Nobody publishes rates for export stops or plant outages: the command line takes your own. Each year stands "
        "alone; stocks and waiting for a short closure to end are not in it."
    )
    question = (asked, years, seed)
    if pressed:
        try:
            st.session_state[_ANSWER] = (question, _run(asked, years, seed))
        except BadInputError as error:  # a need that nobody publishes
            st.session_state.pop(_ANSWER, None)
            st.warning(plain(named(str(error))))
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != question:
        state.publish(SCREEN)
        st.info("Press “Draw the years”: a thousand take about ten seconds.")
        return
    _show(kept[1], asked)
    state.publish(SCREEN)


def _run(asked: Chosen, years: int, seed: int) -> Outcome:
    """Draw and solve, showing how far it is; a click on Stop, as on anything else, ends it."""
    room = st.empty()
    with room.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text="Drawing ...")
        st.button("Stop", key="risk_stop")

    def shown(what: str, done: int, count: int) -> bool:
        bar.progress(done / count, text=f"{_WHAT[what]}: {done} of {count}")
        return True

    wants = Wants(asked.mineral, hubs=asked.hubs, final_stage=asked.final_stage)
    try:
        found = run(wants, asked.scenario, hazard_events(), years=years, seed=seed, progress=shown)
    finally:
        room.empty()
    if found is None:  # `shown` never stops it
        msg = "stopped before the end"
        raise RuntimeError(msg)
    return found


def _show(found: Outcome, asked: Chosen) -> None:
    """Show findings, fans and tables."""
    told(found.findings)
    answer, hubs = found.ensemble, hub_names()
    measures = {"loss_usd": "Loss, USD", "unmet_t": "Unmet, tonnes"}
    measures |= {
        f"unmet_t_{hub}": f"Unmet in {hubs[hub]}, tonnes" for hub in asked.hubs if f"unmet_t_{hub}" in answer.years
    }
    if st.session_state["measure"] not in measures:
        st.session_state["measure"] = next(iter(measures))
    measure = st.selectbox("Added up over the years", list(measures), key="measure", format_func=measures.__getitem__)
    figure = fan_figure(found, measure, measures[measure])
    st.plotly_chart(figure, config=CONFIG, key="risk_fan", alt=f"Fan of {measures[measure]} over {_HORIZON_YR} years")
    files(lambda: ensemble_files(found))
    st.subheader("A year, with the error of each number", anchor=False)
    _table(year_table(answer.summary), "What a year costs")
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("What it comes from", anchor=False)
        _table(states_table(answer.states), "States that the loss comes from")
    with right:
        st.subheader("The widest way to each hub", anchor=False)
        _table(leading_table(answer.leading), "Ways by the share of time that they lead")


def year_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Write the distribution of a year for a person: each number with its standard error."""
    names = {"loss_usd": "Loss, USD", "freight_usd": "Freight, USD", "transit_days": "Days on the way",
             "unmet_t": "Unmet, t", "disrupted_days": "Days with something shut"}  # fmt: skip
    hubs = {f"unmet_t_{hub}": f"Unmet in {name}, t" for hub, name in hub_names().items()}
    # a hub that is never short needs no line of zeros
    dull = [name for name in summary.index if str(name).startswith("unmet_t_") and not summary.loc[name, "mean"]]
    summary = summary.drop(index=dull)
    kept = summary[[column for column in summary if column in _POINTS]]
    rows = {"Of a year": [(names | hubs).get(str(measure), str(measure)) for measure in kept.index]}
    for column, label in _POINTS.items():
        if column in kept:
            errors = summary[f"{column}_se"]
            rows[label] = [_with_error(value, error) for value, error in zip(kept[column], errors, strict=True)]
    return pd.DataFrame(rows)


def _with_error(value: float, error: float) -> str:
    """Write a number with its standard error, as far as it is known."""
    decimals = 1 if abs(value) < _SMALL else 0
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def states_table(states: pd.DataFrame) -> pd.DataFrame:
    """List what is shut together, by its part of the loss."""
    rows = states[states["loss_share"] > _LEAST_SHARE].head(_MOST_ROWS)
    return pd.DataFrame(
        {
            "Shut": [", ".join(place(str(one)) for one in shut) or "nothing" for shut in rows["shut"]],
            "Days a year": rows["days_yr"].round(2),
            "Part of the loss, %": (100 * rows["loss_share"]).round(1),
            "Unmet while it lasts, t/yr": rows["unmet_t_yr"].round(1),
        }
    )


def leading_table(leading: pd.DataFrame) -> pd.DataFrame:
    """List the widest ways."""
    rows = leading.reset_index()
    return pd.DataFrame(
        {
            "Hub": rows["hub"].map(hub_names()),
            "Way": [" → ".join(place(str(stop)) for stop in chain) for chain in rows["chain"]],
            "Leads, % of the time": (100 * rows["time_share"]).round(1),
        }
    )


def _table(frame: pd.DataFrame, alt: str) -> None:
    """Draw a table."""
    st.dataframe(frame, hide_index=True, height="content", placeholder="unknown", alt=alt)


def fan_figure(found: Outcome, measure: str, title: str) -> go.Figure:
    """Draw the median of a running total and the bands around it."""
    spread = fan(found.ensemble.years[measure], horizon_yr=_HORIZON_YR)
    figure = go.Figure()
    for low, high, shade in _BANDS:
        figure.add_scatter(
            x=spread.index, y=spread[low], mode="lines", line_width=0, showlegend=False, hoverinfo="skip"
        )
        figure.add_scatter(
            x=spread.index, y=spread[high], mode="lines", line_width=0, fill="tonexty",
            fillcolor=f"rgba(0, 114, 178, {shade})", name=f"{low[1:]} to {high[1:]} % of futures",
        )  # fmt: skip
    figure.add_scatter(x=spread.index, y=spread["p50"], mode="lines", line_color=BLUE, name="Median")
    figure.update_xaxes(title="Years ahead")
    figure.update_yaxes(title=title, rangemode="tozero")
    layout = {"margin": {"l": 4, "r": 12, "t": 8, "b": 8}, "legend": {"orientation": "h", "y": -0.2, "yanchor": "top"}}
    return quiet(figure, height=380, **layout)
