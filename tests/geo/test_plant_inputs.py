"""Plants without an input: how far output falls, when, and what stays unknown."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInputError
from geo.plant_inputs import capacity_left, input_losses

HORMUZ = {"hormuz": 1.0}


def needs(**changes):
    """Two plants that need sulphur by Hormuz; what comes to `dim` is not published."""
    row = {
        "site_id": ["known", "dim"],
        "input": "sulphur",
        "chokepoint_id": "hormuz",
        "share": [0.75, np.nan],
        "share_low": [0.5, 0.0],
        "share_high": [0.8, 1.0],
        "stock_days": 45.0,
        "stock_days_low": 30.0,
        "stock_days_high": 60.0,
    }
    return pd.DataFrame(row | changes)


def test_nothing_closed_touches_no_plant():
    assert input_losses(needs(), closed={"suez": 1.0}, cut={}).empty


def test_a_standing_closure_takes_the_share_that_came_past_it():
    fall = input_losses(needs(), closed=HORMUZ, cut={})["fall"]
    assert fall["known"] == pytest.approx(0.75)
    assert np.isnan(fall["dim"])
    assert input_losses(needs(), closed={"hormuz": 0.4}, cut={})["fall"]["known"] == pytest.approx(0.3)


@pytest.mark.parametrize(("days", "fall"), [(10.0, 0.0), (45.0, 0.0), (90.0, 0.375), (450.0, 0.675)])
def test_nothing_falls_before_the_stock_is_gone(days, fall):
    found = input_losses(needs(), closed=HORMUZ, cut={}, duration_days=days)
    assert found["fall"]["known"] == pytest.approx(fall)


def test_an_input_named_as_cut_falls_everywhere_even_where_its_way_is_unknown():
    found = input_losses(needs(), closed=HORMUZ, cut={"sulphur": 1.0})
    assert found["fall"].to_list() == [1.0, 1.0]
    nowhere = needs(chokepoint_id=None, share=np.nan)
    assert input_losses(nowhere, closed=HORMUZ, cut={"sulphur": 0.5})["fall"].to_list() == [0.5, 0.5]
    assert input_losses(nowhere, closed=HORMUZ, cut={"power": 1.0}).empty


@given(st.floats(0.01, 1.0), st.floats(1.0, 800.0))
def test_the_bounds_hold_what_is_stated(gone, days):
    low, mid, high = (
        input_losses(needs(), closed={"hormuz": gone}, cut={}, duration_days=days, bound=bound)["fall"]
        for bound in ("least", "stated", "most")
    )
    assert low["known"] <= mid["known"] <= high["known"]
    assert low["dim"] == 0.0
    assert high["dim"] <= 1.0


def test_the_scarcest_input_decides_and_an_unknown_one_lowers_nothing():
    sites = pd.DataFrame({"capacity_t_yr": [100.0, 50.0, np.nan]}, index=["a", "b", "c"])
    losses = pd.DataFrame({"fall": [0.2, 0.6, np.nan, 0.5]}, index=["a", "a", "b", "c"])
    assert capacity_left(sites, losses)["capacity_t_yr"].to_list()[:2] == [pytest.approx(40.0), 50.0]
    assert np.isnan(capacity_left(sites, losses).loc["c", "capacity_t_yr"])
    assert capacity_left(sites, losses, unknown_capacity_t_yr=10.0).loc["c", "capacity_t_yr"] == pytest.approx(5.0)
    assert sites.loc["a", "capacity_t_yr"] == 100.0, "the frame given is left alone"


def test_a_bound_that_is_none_is_refused():
    with pytest.raises(BadInputError, match="least"):
        input_losses(needs(), closed={}, cut={}, bound="worst")
