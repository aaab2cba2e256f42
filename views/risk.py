"""Screen *Risk*: what disruptions cost over the years, as distributions."""

import plotly.graph_objects as go
import streamlit as st

from geo.ensemble import fan
from layers.ensemble import Outcome, run
from layers.ensemble_case import hazard_events
from layers.ensemble_outputs import ensemble_files
from layers.flows import Wants
from layers.style import BLUE
from views.charts import CONFIG
from views.flow_controls import Chosen, chosen, files, told
from views.text import hub_names, mineral_names, plain

_ANSWER = "risk_answer"
_YEARS = (1_000, 10_000)
_HORIZON_YR = 10
_BANDS = (("p1", "p99", 0.12), ("p5", "p95", 0.2), ("p10", "p90", 0.3))
_WHAT = {"closures": "Pricing detours", "states": "Allocating"}


def render() -> None:
    """Draw the screen; the work starts when asked for."""
    asked = chosen()
    st.title(plain(f"What disruptions cost: {mineral_names()[asked.mineral]}, {asked.scenario.name}"), anchor=False)
    years = st.segmented_control("Years to draw", _YEARS, key="risk_years", default=_YEARS[0], required=True)
    seed = st.number_input("Seed", 0, 2**31, 0, key="risk_seed", help="The same seed draws the same years.")
    st.caption(
        "Closures of chokepoints come by published rates; severity is the chance that an onset shuts the passage. "
        "Nobody publishes rates for export stops or plant outages: the command line takes your own. Each year stands "
        "alone; stocks and waiting for a short closure to end are not in it."
    )
    question = (asked, years, seed)
    if st.button("Draw the years", type="primary", key="risk_run"):
        st.session_state[_ANSWER] = (question, _run(asked, years, seed))
    kept = st.session_state.get(_ANSWER)
    if kept is None or kept[0] != question:
        st.info("Press the button: a thousand years take about ten seconds.")
        return
    _show(kept[1], asked)


def _run(asked: Chosen, years: int, seed: int) -> Outcome:
    """Draw and solve, showing how far it is; Streamlit's own stop button ends it."""
    bar = st.progress(0.0, text="Drawing ...")

    def shown(what: str, done: int, count: int) -> bool:
        bar.progress(done / count, text=f"{_WHAT[what]}: {done} of {count}")
        return True

    wants = Wants(asked.mineral, hubs=asked.hubs)
    found = run(wants, asked.scenario, hazard_events(), years=years, seed=seed, progress=shown)
    bar.empty()
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
    measure = st.selectbox(
        "Added up over the years", list(measures), key="risk_measure", format_func=measures.__getitem__
    )
    figure = fan_figure(found, measure, measures[measure])
    st.plotly_chart(figure, config=CONFIG, key="risk_fan", alt=f"Fan of {measures[measure]} over {_HORIZON_YR} years")
    st.subheader("A year, with the error of each number", anchor=False)
    st.dataframe(answer.summary)
    st.subheader("Who leads: the widest way to each hub, by its share of the time", anchor=False)
    st.dataframe(answer.leading.reset_index())
    st.subheader("What it comes from", anchor=False)
    st.dataframe(answer.states)
    files(ensemble_files(found))


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
    return figure.update_layout(height=360, margin={"l": 4, "r": 4, "t": 8, "b": 8})
