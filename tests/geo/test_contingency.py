"""Closures one by one, in pairs and at worst: warm answers equal fresh ones, and the programme equals enumeration."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from geo.allocation import allocate
from geo.allocation_model import NO_EFFECTS, AlliedShare, AllocationOptions, CountryCap, build
from geo.contingency import components, pair_losses, single_losses
from geo.errors import BadInputError, UnknownIdError
from geo.interdiction import closing_price, worst_closures
from geo.solver import solve
from tests.geo.supply_cases import ALLIES, arcs_frame, demand_frame, effects_frame, random_case, toy

OPTIONS = AllocationOptions(unmet_usd_t=10_000.0)
HUBS = frozenset({"USA", "JPN"})
RULED = AllocationOptions(
    unmet_usd_t=10_000.0,
    allied=AlliedShare(members=ALLIES, share=0.4, hubs=HUBS),
    caps=(CountryCap(share=0.6, home=frozenset({"USA"}), hubs=HUBS),),
)


def prepared(seed, options=OPTIONS):
    sites, arcs, demand = random_case(seed, mines=5, plants=4)
    model = build(sites, arcs, demand, options=options)
    return model, components(model.arcs, sites), (sites, arcs, demand)


def total(frames, options, arc_ids):
    blocked = effects_frame([(arc, "closed", "blocked", np.nan, None, None) for arc in sorted(arc_ids)])
    status = allocate(*frames, options=options, effects=blocked).status
    return status["cost_usd_yr"] + status["unmet_usd_yr"]


def extra_of(frames, options, parts, closed):
    arc_ids = {arc for component in closed for arc in parts.loc[component, "arc_ids"]}
    return total(frames, options, arc_ids) - total(frames, options, set())


def test_components_name_the_arcs_that_fall_with_them():
    sites, arcs, _ = toy()
    parts = components(arcs, sites)
    assert parts.loc["chokepoint:panama", "arc_ids"] == ("plant_chn>USA", "plant_jpn>USA")
    assert parts.loc["country:CHN", "arc_ids"] == ("mine_chn>plant_jpn", "plant_chn>JPN", "plant_chn>USA")
    assert parts.loc["country:JPN", "arc_ids"] == ("plant_jpn>USA",)
    assert len(parts.loc["facility:plant_chn", "arc_ids"]) == 4
    assert set(parts["kind"]) == {"chokepoint", "country", "facility"}


@pytest.mark.parametrize("options", [OPTIONS, RULED])
def test_each_row_is_what_a_fresh_allocation_says(options):
    model, parts, frames = prepared(1, options)
    table = single_losses(model, parts).table
    assert set(table.index) == set(parts.index)
    for component in parts.index:
        expected = extra_of(frames, options, parts, [component])
        assert table.loc[component, "extra_usd_yr"] == pytest.approx(expected, abs=1e-3)
    assert table["extra_usd_yr"].is_monotonic_decreasing
    assert (table["extra_usd_yr"] >= -1e-3).all()


def test_unmet_by_hub_adds_up():
    model, parts, frames = prepared(2)
    table = single_losses(model, parts).table
    base = allocate(*frames, options=OPTIONS).status["unmet_t_yr"]
    hubs = table.filter(like="unmet_t_yr_").drop(columns="extra_unmet_t_yr", errors="ignore")
    assert np.allclose(hubs.sum(axis=1) - base, table["extra_unmet_t_yr"], atol=1e-6)


def test_pairs_carry_their_interaction():
    model, parts, frames = prepared(3)
    singles = single_losses(model, parts).table
    table = pair_losses(model, parts, singles, top=6).table
    assert len(table) == 15
    for first, second in table.index:
        extra = extra_of(frames, OPTIONS, parts, [first, second])
        row = table.loc[(first, second)]
        assert row["extra_usd_yr"] == pytest.approx(extra, abs=1e-3)
        alone = singles.loc[[first, second], "extra_usd_yr"].sum()
        assert row["interaction_usd_yr"] == pytest.approx(extra - alone, abs=1e-3)


def test_the_order_of_components_changes_no_digit():
    model, parts, _ = prepared(4)
    forth, back = single_losses(model, parts).table, single_losses(model, parts[::-1]).table
    pd.testing.assert_frame_equal(forth, back.loc[forth.index], check_exact=True)


def test_work_stops_when_told_to_and_says_so():
    model, parts, _ = prepared(1)
    seen = []
    part = single_losses(model, parts, progress=lambda done, whole: seen.append((done, whole)) or done < 3)
    assert not part.complete
    assert len(part.table) == 3
    assert seen[-1] == (3, len(parts))
    assert single_losses(model, parts, progress=lambda _done, _whole: True).complete


def test_bounds_of_rows_hold_for_their_own_question_only():
    model, parts, (sites, arcs, demand) = prepared(1)
    held = model.program.row_upper.copy()
    capacity = model.program.rows["kind"].eq("capacity").to_numpy()
    held[capacity] *= 0.3
    first = parts.index[0]
    asked = single_losses(model, parts, weakened=lambda closed: held if closed == (first,) else None).table
    plain = single_losses(model, parts).table
    others = plain.index.drop(first)
    pd.testing.assert_frame_equal(asked.loc[others], plain.loc[others])
    smaller = sites.assign(capacity_t_yr=sites["capacity_t_yr"] * 0.3)
    expected = total((smaller, arcs, demand), OPTIONS, parts.loc[first, "arc_ids"]) - total(
        (sites, arcs, demand), OPTIONS, []
    )
    assert asked.loc[first, "extra_usd_yr"] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("options", [OPTIONS, RULED])
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_the_worst_few_are_those_that_enumeration_finds(seed, k, options):
    model, parts, _ = prepared(seed, options)
    singles = single_losses(model, parts).table
    listed = singles if k == 1 else pair_losses(model, parts, singles, top=len(parts)).table
    answer = worst_closures(model, parts, k=k)
    assert answer.proven
    assert answer.extra_usd_yr == pytest.approx(listed["extra_usd_yr"].max(), rel=1e-6, abs=1e-3)
    assert len(answer.closed) <= k


def test_three_at_once_equal_enumeration_too():
    sites, arcs, demand = random_case(7)
    model = build(sites, arcs, demand, options=OPTIONS)
    parts = components(model.arcs, sites)
    frames = (sites, arcs, demand)
    worst = max(extra_of(frames, OPTIONS, parts, closed) for closed in combinations(parts.index[:8], 3))
    answer = worst_closures(model, parts.iloc[:8], k=3)
    assert answer.extra_usd_yr == pytest.approx(worst, rel=1e-6)


def ruled_content(seed, share, options=OPTIONS, *, rules=1):
    """Write a model in which content thresholds cost something, and the same one without them."""
    sites, arcs, demand = random_case(seed, mines=5, plants=4, makers=3)
    origins = sites.loc[sites["stage"].eq("mining"), "country_iso3"].value_counts().index[:rules]
    rows = [(arc, f"from {code}", "content", share, code, "mining") for code in origins for arc in arcs.index]
    held = arcs.loc[[row[0] for row in rows], "stage"].ne("mining")
    content = effects_frame([row for row, kept in zip(rows, held, strict=True) if kept])
    models = [build(sites, arcs, demand, options=options, effects=each) for each in (content, NO_EFFECTS)]
    assert solve(models[0].program).objective > solve(models[1].program).objective + 1e-6, "the threshold binds"
    return models[0], components(models[0].arcs, sites)


def enumerated(model, parts, k):
    """Close every set of up to two, each by a solve of its own."""
    singles = single_losses(model, parts).table
    listed = singles if k == 1 else pair_losses(model, parts, singles, top=len(parts)).table
    return listed["extra_usd_yr"].max()


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize(("seed", "share"), [(0, 0.05), (1, 0.3), (3, 0.3), (6, 0.05), (8, 0.3)])
def test_under_a_content_threshold_too_the_worst_few_are_those_that_enumeration_finds(seed, share, k):
    model, parts = ruled_content(seed, share)
    answer = worst_closures(model, parts, k=k)
    assert answer.proven
    assert answer.extra_usd_yr == pytest.approx(enumerated(model, parts, k), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(("options", "rules"), [(RULED, 1), (OPTIONS, 2)])
def test_several_rules_on_marked_tonnes_are_searched_and_not_called_proven(options, rules):
    model, parts = ruled_content(0, 0.05, options, rules=rules)
    answer = worst_closures(model, parts, k=2)
    assert answer.extra_usd_yr == pytest.approx(enumerated(model, parts, 2), rel=1e-6, abs=1e-3)
    assert not answer.proven


def test_a_tonne_that_makes_room_for_another_is_worth_both():
    """Half may be Chinese: 20 t from elsewhere carry 20 t more, so without them 40 t are lost, not 20."""
    sites = pd.DataFrame(
        [
            ("mine_aus", "mining", "AUS", 20.0, 1.0, True),
            ("mine_chn", "mining", "CHN", 900.0, 1.0, True),
            ("plant_jpn", "refining", "JPN", 900.0, 1.0, False),
            ("scrap_usa", "refining", "USA", 30.0, 1.0, True),
        ],
        columns=["site_id", "stage", "country_iso3", "capacity_t_yr", "yield", "source"],
    ).set_index("site_id")
    ways = [("mine_aus", "plant_jpn"), ("mine_chn", "plant_jpn"), ("plant_jpn", "USA"), ("scrap_usa", "USA")]
    arcs = arcs_frame([(*way, 0.0, 1.0, ()) for way in ways], sites)
    content = effects_frame([("plant_jpn>USA", "half", "content", 0.5, "CHN", "mining")])
    model = build(sites, arcs, demand_frame(USA=100.0), options=OPTIONS, effects=content)
    parts = components(model.arcs, sites).loc[["facility:mine_aus", "facility:scrap_usa"]]
    answer = worst_closures(model, parts, k=1)
    assert (answer.closed, answer.proven) == (("facility:mine_aus",), True)
    assert answer.extra_usd_yr == pytest.approx(40.0 * OPTIONS.unmet_usd_t)
    assert closing_price(model) == (2.0, True)


def test_plausibility_keeps_the_answer_from_being_the_largest_producer():
    model, parts, _ = prepared(1)
    free = worst_closures(model, parts, k=1)
    unlikely = pd.Series(1.0, index=parts.index)
    unlikely[free.closed[0]] = 9.0
    held = worst_closures(model, parts, k=1, implausibility=unlikely, implausibility_budget=5.0)
    assert held.closed != free.closed
    assert held.extra_usd_yr <= free.extra_usd_yr
    unlikely[held.closed[0]] = np.nan
    assert worst_closures(model, parts, k=1, implausibility=unlikely, implausibility_budget=5.0).closed != held.closed


def test_what_cannot_be_answered_is_refused():
    model, parts, _ = prepared(1)
    with pytest.raises(BadInputError, match="1 to 4"):
        worst_closures(model, parts, k=5)
    strange = parts.iloc[:1].assign(arc_ids=[("nowhere",)])
    with pytest.raises(UnknownIdError, match=r"model\.arcs"):
        single_losses(model, strange)
