"""The screen of what disruptions cost, run whole."""

from streamlit.testing.v1 import AppTest


def test_risk_draws_when_asked_and_not_before():
    at = AppTest.from_string("from views.risk import render\nrender()\n", default_timeout=180)
    at.query_params["mineral"] = "gallium"
    at.run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 0
    at.button(key="risk_run").click().run()
    assert not at.exception
    assert len(at.get("plotly_chart")) == 1
    assert "distinct allocations solved" in " ".join(item.value for item in at.markdown)
    tables = [each.value for each in at.dataframe]
    year = next(table for table in tables if "Of a year" in table)
    assert "Loss, USD" in set(year["Of a year"])
    shut = next(table for table in tables if "Shut" in table)["Shut"]
    assert not shut.str.contains(":", regex=False).any()


def test_a_product_without_a_published_need_is_said_and_nothing_drawn():
    at = AppTest.from_string("from views.risk import render\nrender()\n", default_timeout=180)
    at.query_params["mineral"] = "cobalt"
    at.query_params["product"] = "precursor_cathode"
    at.run()
    assert "as precursor cathode" in at.title[0].value
    at.button(key="risk_run").click().run()
    assert not at.exception
    assert ["nobody publishes what any of these hubs needs" in item.value for item in at.warning] == [True]
    assert len(at.get("plotly_chart")) == 0
