"""Names that try to run are shown as names, on the screen as in the map."""

import dataclasses
import os

import pytest

import layers.answer
import layers.planner
import views.answers
import views.atlas
import views.explore
import views.fields
from tests.app.screen import map_args
from tests.layers.payloads import PAYLOADS

CACHES = (
    layers.planner.finder,
    layers.answer._found,
    layers.answer._case,
    layers.answer._legs,
    layers.answer._best_of_source,
    views.answers.answered,
    views.fields.tied,
)
ASKERS = (layers.planner, views.explore)


def forget():
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def hostile_world(monkeypatch):
    """Give every facility one of the payloads as its name."""
    real = layers.planner.world()
    facilities = real.facilities.copy()
    facilities["name"] = [PAYLOADS[place % len(PAYLOADS)] for place in range(len(facilities))]
    facilities["operator"] = facilities["name"]
    world = dataclasses.replace(real, facilities=facilities)
    forget()
    for module in ASKERS:
        monkeypatch.setattr(module, "world", lambda: world)
    yield world
    forget()


@pytest.mark.parametrize("view", views.fields.VIEWS)
def test_no_name_runs_on_the_server_or_reaches_markup(at, hostile_world, view):
    at.query_params["view"] = view
    at.query_params["close"] = "suez"
    at.query_params["avoid"] = "CHL"
    at.query_params["outages"] = "F0110"
    at.run()
    assert not at.exception
    assert "CORRIDOR_HACKED" not in os.environ
    args = map_args(at)
    for text in (args["feature_group"], args["script"]):
        data = text.lower()
        assert "hacked()" in data or text is args["script"]
        assert not any(opener in data for opener in ("<script", "<img", "<svg", "{{", "{%", "{#"))
    for element in (*at.title, *at.markdown, *at.caption, *at.subheader, *at.info, *at.warning):
        if not element.value.startswith("\n<style>"):
            bare = element.value.replace("\\\\", "").replace("\\<", "").replace("\\[", "").replace("\\$", "")
            assert "hacked" not in bare or not any(opener in bare for opener in ("<", "[", "$"))


def test_a_hostile_corridor_opens(at, hostile_world):
    at.run()
    at.session_state["corridor"] = at.dataframe[0].value.index[0]
    at.run()
    assert not at.exception
    assert len(at.dataframe) == 3
