"""The screen of what disruptions cost, run whole."""

from streamlit.testing.v1 import AppTest


def test_risk_draws_when_asked_and_not_before():
    at = AppTest.from_string("from views.risk import render\nrender()\n", default_timeout=180)
    at.session_state["flow_mineral"] = "gallium"
    at.run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 0
    at.button(key="risk_run").click().run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 1
    assert "distinct allocations solved" in " ".join(item.value for item in at.markdown)
