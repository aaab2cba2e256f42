"""The question put together on the real tables: stages, sources, plants and hubs."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import UnknownIdError
from geo.scenarios import Scenario
from layers.catalog import read_table
from layers.planner import default_product, finder, hub_site, question, stages_of, world

STRAITS = ["suez", "panama", "malacca", "hormuz", "bab_el_mandeb", "gibraltar", "cape_good_hope", "taiwan"]


def test_every_hub_lies_in_one_of_its_members():
    network, hubs = world().router.network, world().hubs
    for hub, members in hubs["members"].items():
        node = network.sites.loc[hub_site(hub), "arrive"]
        assert network.iso3[network.nodes["country"].iloc[node]] in members


def test_every_facility_and_hub_is_a_site():
    here = world()
    assert set(here.facilities["facility_id"]) | set(map(hub_site, here.hubs.index)) == set(
        here.router.network.sites.index
    )


@pytest.mark.parametrize("mineral", read_table("minerals")["mineral"])
def test_each_mineral_has_stages_of_its_chain_and_plants_for_them(mineral):
    asked = question(mineral, "EU")
    assert asked.stages.index[-1] == default_product(mineral)
    assert (asked.stages["value_usd_t"] > 0).all()
    assert set(asked.plants["stage"]) <= set(asked.stages.index)
    assert asked.plants["source"].any()
    assert not asked.plants.reset_index().duplicated(["facility_id", "stage"]).any()


def test_the_worth_of_a_product_grows_with_what_it_contains():
    stages = stages_of("lithium", None)
    per_contained = stages["value_usd_t"] / stages["contained_fraction"]
    assert per_contained.to_numpy() == pytest.approx(per_contained.iloc[0])


@pytest.mark.parametrize(
    "asked", [("mithril", "USA"), ("lithium", "MARS"), ("lithium", "USA", "soup"), ("lithium", "USA", None, "soup")]
)
def test_an_unknown_id_is_refused(asked):
    names = ("mineral", "hub", "final_stage", "alliance")
    with pytest.raises(UnknownIdError):
        question(**dict(zip(names, asked, strict=False)))


def test_a_finder_is_kept_for_its_question():
    assert finder("lithium", "USA") is finder("lithium", "USA")
    assert finder("lithium", "USA") is not finder("lithium", "USA", None, "nato")


def test_planned_sites_add_to_what_works():
    asked = finder("lithium", "USA")
    without, with_it = asked.plants(Scenario()), asked.plants(Scenario(planned=True))
    assert set(without.index) < set(with_it.index)
    assert "closed" not in set(with_it["status"])


@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STRAITS), min_size=1, max_size=4, unique=True))
def test_closing_more_never_makes_the_cheapest_corridor_cheaper(shut):
    asked = finder("gallium", "JPN")
    least = [
        asked.chains(Scenario(close=frozenset(shut[:count])))["cost_usd_t"].min() for count in range(len(shut) + 1)
    ]
    assert (np.diff(least) >= -1e-4).all()
