"""Rules hold by date; what nobody knows is `check` and the user's switch; effects land on the right arcs."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.allocation import allocate
from geo.allocation_model import AllocationOptions
from geo.errors import BadInputError, UnknownIdError
from geo.policies import Rule, evaluate, status_on, statuses, with_ends
from tests.geo.supply_cases import toy

HUBS = {"USA": ("USA",), "JPN": ("JPN",), "PAIR": ("JPN", "USA")}
DAY = date(2026, 6, 1)


def rule(**changes):
    plain = {
        "rule_id": "r", "issuer": "CHN", "minerals": frozenset({"gallium"}), "type": "ban", "source": "s",
        "truth_state": "compiled", "in_force": (date(2025, 1, 1), date(2025, 1, 1)),
    }  # fmt: skip
    return Rule(**(plain | changes))


PAUSED = rule(suspended_from=date(2025, 11, 9), suspended_to=date(2026, 11, 27))


def effects(*rules, on=DAY, **options):
    sites, arcs, _ = toy()
    return evaluate(rules, with_ends(arcs, sites, HUBS), on, mineral="gallium", **options)


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (date(2024, 12, 31), "not_yet"),
        (date(2025, 1, 1), "in_force"),
        (date(2025, 11, 8), "in_force"),
        (date(2025, 11, 9), "suspended"),
        (date(2026, 11, 27), "suspended"),
        (date(2026, 11, 28), "check"),
        (date(2030, 1, 1), "check"),
    ],
)
def test_a_suspension_ends_in_a_question(on, status):
    assert status_on(PAUSED, on) == status


@pytest.mark.parametrize(("after", "status"), [("resumes", "in_force"), ("lapses", "expired"), ("unknown", "check")])
def test_a_known_successor_answers_it(after, status):
    assert status_on(PAUSED.model_copy(update={"after": after}), date(2026, 11, 28)) == status


def test_a_month_is_not_a_day():
    june = rule(in_force=(date(2025, 6, 1), date(2025, 6, 30)), ends=(date(2026, 3, 1), date(2026, 3, 31)))
    june = june.model_copy(update={"after": "lapses"})
    days = [date(2025, 5, 31), date(2025, 6, 10), date(2025, 6, 30), date(2026, 3, 10), date(2026, 4, 1)]
    assert [status_on(june, day) for day in days] == ["not_yet", "check", "in_force", "check", "expired"]
    assert status_on(june.model_copy(update={"after": "unknown"}), date(2026, 4, 1)) == "check"


def test_what_no_source_shows_is_never_in_force():
    assert status_on(rule(verified=False), DAY) == "check"
    assert status_on(rule(in_force=None), DAY) == "check"


@given(offset=st.integers(-2000, 2000), other=st.integers(0, 2000))
def test_once_begun_a_rule_is_never_not_yet_again(offset, other):
    day = DAY + timedelta(days=offset)
    if status_on(PAUSED, day) != "not_yet":
        assert status_on(PAUSED, day + timedelta(days=other)) != "not_yet"


def test_a_decision_counts_only_where_the_status_is_check():
    assert statuses([PAUSED], date(2026, 11, 28), {"r": True}).loc["r", "holds"]
    assert not statuses([PAUSED], date(2026, 11, 28), {"r": False}).loc["r", "holds"]
    assert not statuses([PAUSED], date(2026, 11, 28)).loc["r", "holds"]
    assert not statuses([PAUSED], date(2026, 11, 27), {"r": True}).loc["r", "holds"]
    assert statuses([rule()], DAY, {"r": False}).loc["r", "holds"]
    words = statuses([PAUSED], date(2026, 11, 28)).loc["r", "sentence"]
    assert words == "check: the suspension ended on 2026-11-27, what follows is not known"
    with pytest.raises(UnknownIdError, match="nonsense"):
        statuses([PAUSED], DAY, {"nonsense": True})


def test_a_ban_blocks_what_leaves_and_nothing_at_home():
    found = effects(rule())
    assert found["arc_id"].tolist() == ["mine_chn>plant_jpn", "plant_chn>JPN", "plant_chn>USA"]
    assert found["effect"].eq("blocked").all()
    refined = effects(rule(stages=frozenset({"refining"}), destinations=frozenset({"USA"})))
    assert refined["arc_id"].tolist() == ["plant_chn>USA"]
    assert effects(rule(minerals=frozenset({"tin"}))).empty


def test_a_rule_on_a_part_or_on_some_members_is_listed_and_blocks_nothing():
    assert effects(rule(part="dysprosium"))["effect"].eq("partial").all()
    sites, arcs, _ = toy()
    arcs = arcs.replace({"to_id": {"USA": "PAIR"}})
    one_member = rule(destinations=frozenset({"USA"}))
    found = evaluate([one_member], with_ends(arcs, sites, HUBS), DAY, mineral="gallium")
    assert found["effect"].tolist() == ["partial"]


def test_an_open_question_is_listed_until_decided():
    after = date(2026, 11, 28)
    assert effects(PAUSED, on=after)["effect"].eq("check").all()
    assert effects(PAUSED, on=after, decisions={"r": True})["effect"].eq("blocked").all()
    assert effects(PAUSED, on=after, decisions={"r": False}).empty
    assert effects(PAUSED, on=date(2026, 11, 27)).empty


def test_licences_are_listed_and_block_when_refused():
    assert effects(rule(type="licence"))["effect"].eq("licence").all()
    assert effects(rule(type="licence"), refused={"r"})["effect"].eq("blocked").all()


def test_a_tariff_needs_a_price():
    tariff = rule(type="tariff", value=0.25)
    assert effects(tariff, price_usd_t=400.0)["value"].eq(100.0).all()
    with pytest.raises(BadInputError, match="price"):
        effects(tariff)


def test_a_content_threshold_looks_abroad_and_at_the_origin():
    threshold = rule(
        type="content_threshold", value=0.001, origin_stage="mining", stages=frozenset({"refining"}),
        destinations=frozenset({"USA"}),
    )  # fmt: skip
    found = effects(threshold)
    assert found["arc_id"].tolist() == ["plant_jpn>USA", "scrap_usa>USA"]
    assert found["effect"].eq("content").all()
    content = pd.DataFrame(
        [("plant_jpn>USA", "mining", "CHN", 0.001), ("scrap_usa>USA", "mining", "CHN", 0.0)],
        columns=["arc_id", "stage", "origin_iso3", "share"],
    )
    found = effects(threshold, content=content)
    assert found[["arc_id", "effect"]].to_numpy().tolist() == [["plant_jpn>USA", "blocked"]]


def test_effects_go_straight_into_the_allocation():
    sites, arcs, demand = toy()
    options = AllocationOptions(unmet_usd_t=10_000.0)
    found = effects(rule(stages=frozenset({"refining"})))
    answer = allocate(sites, arcs, demand, options=options, effects=found)
    assert answer.balance.loc[["USA", "JPN"], "in_t_yr"].sum() == pytest.approx(35.0)
    quota = effects(rule(type="quota", value=12.0, stages=frozenset({"refining"})))
    answer = allocate(sites, arcs, demand, options=options, effects=quota)
    assert answer.flows.loc[["plant_chn>USA", "plant_chn>JPN"], "t_yr"].sum() == pytest.approx(12.0)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "quota"},
        {"type": "content_threshold", "value": 0.1},
        {"suspended_from": DAY},
        {"suspended_from": DAY, "suspended_to": date(2020, 1, 1)},
        {"issuer": "China"},
        {"minerals": frozenset()},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(change):
    with pytest.raises(ValueError, match="validation error"):
        rule(**change)
