"""What more capacity at a stage is worth, against allocations solved anew with it."""

import numpy as np
import pandas as pd
import pytest

from geo.allocation import allocate
from geo.allocation_model import AllocationOptions, build
from geo.stage_values import stage_values
from tests.geo.supply_cases import random_case, toy

OPTIONS = AllocationOptions(unmet_usd_t=1000.0)


def told(sites, arcs, demand):
    model = build(sites, arcs, demand, options=OPTIONS)
    values = stage_values(model, allocate(sites, arcs, demand, options=OPTIONS).duals)
    return values, model.scale_t


def saved_usd_t(frames, site, step_t_yr):
    """Allocate with and without the step at a site."""
    sites, arcs, demand = frames
    larger = sites.copy()
    larger.loc[site, "capacity_t_yr"] += step_t_yr
    totals = [allocate(each, arcs, demand, options=OPTIONS).status for each in (sites, larger)]
    before, after = (one["cost_usd_yr"] + one["unmet_usd_yr"] for one in totals)
    return (before - after) / step_t_yr


@pytest.mark.parametrize("seed", [None, *range(8)])
def test_the_value_is_the_most_that_any_facility_saves_when_solved_again(seed):
    frames = toy() if seed is None else random_case(seed)
    sites = frames[0]
    values, scale_t = told(*frames)
    assert len(values) == 2 * sites["stage"].nunique()
    for row in values.itertuples():
        assert row.step_t_yr == pytest.approx(scale_t)
        held = sites[sites["stage"].eq(row.subject)]
        held = held[~held["source"]] if not held["source"].all() else held
        held = held[held["country_iso3"].ne(row.detail)]
        assert row.facilities == len(held)
        savings = {site: saved_usd_t(frames, site, row.step_t_yr) for site in held.index}
        if not savings:
            assert np.isnan(row.value_usd_t)
            assert "not known" in row.sentence
            continue
        assert row.value_usd_t == pytest.approx(max(savings.values()), rel=1e-5, abs=1e-4)
        if row.binding:
            assert savings[row.site_id] == pytest.approx(row.value_usd_t, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_that_is_there_gives_the_values_of_one_solved_anew(seed):
    answer = allocate(*random_case(seed), options=OPTIONS)
    kept = stage_values(answer.model, answer.duals, base=answer.priced)
    pd.testing.assert_frame_equal(kept, stage_values(answer.model, answer.duals), check_exact=True)


def test_outside_leaves_out_the_country_with_most_capacity_and_the_sentence_names_where():
    sites, arcs, demand = toy()
    sites.loc["plant_chn", "capacity_t_yr"] = 70.0
    values, _ = told(sites, arcs, demand)
    row = values.set_index(["kind", "subject"]).loc[("stage_outside", "refining")]
    assert row["detail"] == "CHN"
    assert row["site_id"] == "plant_jpn"
    assert row["value_usd_t"] == pytest.approx(saved_usd_t((sites, arcs, demand), "plant_jpn", row["step_t_yr"]))
    assert row["sentence"].startswith("One more t/yr of refining outside CHN is worth ")
    assert "at plant_jpn (refining, JPN), the best of 1 facilities" in row["sentence"]


def test_where_every_plant_has_room_more_is_worth_nothing():
    sites, arcs, demand = toy()
    sites["capacity_t_yr"] = 1_000.0
    values, _ = told(sites, arcs, demand)
    assert (values["value_usd_t"] == 0).all()
    assert not values["binding"].any()
    assert values["sentence"].str.contains("is worth nothing").all()


def test_the_first_price_may_promise_more_than_the_step_saves():
    """A plant short of a sliver: its price holds for the sliver, and the rest of the step saves nothing."""
    sites, arcs, demand = toy()
    sites["capacity_t_yr"] = 1_000.0
    model = build(sites, arcs, demand, options=OPTIONS)
    made = allocate(sites, arcs, demand, options=OPTIONS).balance["in_t_yr"]
    sites.loc["plant_chn", "capacity_t_yr"] = made["plant_chn"] - 0.25 * model.scale_t
    answer = allocate(sites, arcs, demand, options=OPTIONS)
    price = answer.duals.query("kind == 'capacity'").set_index("subject")["value_usd_t"]
    values, _ = told(sites, arcs, demand)
    row = values.set_index(["kind", "subject"]).loc[("stage", "refining")]
    assert row["site_id"] == "plant_chn"
    assert row["value_usd_t"] == pytest.approx(0.25 * price["plant_chn"], rel=1e-6)
