"""The screens of who gets what, run whole."""

import pytest
from streamlit.testing.v1 import AppTest

SCREEN = "from views.{0} import render\nrender()\n"


@pytest.fixture
def screen(request):
    at = AppTest.from_string(SCREEN.format(request.param), default_timeout=180)
    at.session_state["flow_mineral"] = "gallium"
    at.session_state["flow_presets"] = ["china_bans_us"]
    return at


@pytest.mark.parametrize("screen", ["flows"], indirect=True)
def test_flows_say_who_goes_short(screen):
    screen.run()
    assert not screen.exception
    assert "USA" in " ".join(item.value for item in screen.markdown)
    assert len(screen.get("plotly_chart")) == 2


@pytest.mark.parametrize("screen", ["stress"], indirect=True)
def test_stress_works_when_asked_and_not_before(screen):
    screen.run()
    assert not screen.exception
    assert len(screen.dataframe) == 0
    screen.button(key="stress_run").click().run()
    assert not screen.exception
    assert len(screen.dataframe) == 1


@pytest.mark.parametrize("screen", ["stockpile"], indirect=True)
def test_stockpile_says_how_long_stocks_last(screen):
    screen.run()
    assert not screen.exception
    assert "week" in " ".join(item.value for item in screen.markdown)
    assert len(screen.get("plotly_chart")) == 1
