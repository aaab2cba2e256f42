"""Nothing is told by colour alone."""

import pytest

from layers import style

STATUSES = ("open", "rerouted", "degraded", "unknown")


def test_cases_differ_without_colour():
    assert len({(look["weight"], look.get("dashArray")) for look in style.CORRIDOR.values()}) == len(style.CORRIDOR)


def test_statuses_of_a_scenario_differ_by_dash():
    assert len({style.corridor("scenario", s).get("dashArray") for s in STATUSES}) == len(STATUSES)


@pytest.mark.parametrize("looks", [style.KIND, style.CHOKEPOINT])
def test_points_differ_by_shape(looks):
    assert len({look["shape"] for look in looks.values()}) == len(looks)


def test_modes_that_are_drawn_over_land_differ_by_dash():
    over_land = [style.MODE[mode].get("dashArray") for mode in ("rail", "road", "access", "border")]
    assert len(set(over_land)) == len(over_land)


def test_planned_is_hollow_and_a_rough_place_is_dashed():
    exact = style.facility("mine", "operating", approximate=False)
    assert "dashArray" not in exact
    assert style.facility("mine", "planned", approximate=False)["fillColor"] == style.WHITE
    assert style.facility("mine", "operating", approximate=True)["dashArray"]


def test_the_legend_explains_what_is_drawn_and_nothing_else():
    entries = style.legend(
        cases=[("scenario", "rerouted"), ("lost", "open")],
        facilities=[("mine", "planned", False)],
        chokepoints=["closed"],
    )
    assert [label for label, _, _ in entries] == [
        "Scenario: rerouted",
        "Lost in the scenario",
        "Mine",
        "Planned or under construction",
        "Chokepoint, closed",
    ]
