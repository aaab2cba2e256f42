"""The purchase plan counts the scenario that a user supposes, says so, and says what is bought because of it."""

import pytest

from geo.scenarios import Scenario
from layers.buying import SUPPOSED, buying
from layers.presets import preset

WITHOUT_CHINA = Scenario(avoid=frozenset({"CHN"}), name="without China")


def plan(supposed):
    return buying(["gallium"], budget_usd=1e9, scenarios=["hormuz", "panama_drought"], supposed=supposed)


def test_what_the_user_supposes_is_bought_against_at_the_mean_chance():
    calm, asked = plan(None), plan(WITHOUT_CHINA)
    assert asked.shortfalls_t.loc[SUPPOSED, "gallium"] > 0
    assert asked.plan.purchases.loc["gallium", "buy_t"] > calm.plan.purchases.loc["gallium", "buy_t"]
    assert asked.probability[SUPPOSED] == pytest.approx(1 / 3)
    assert asked.probability.sum() == pytest.approx(1.0)
    told = next(line for line in asked.findings if line.startswith("Your scenario counts"))
    assert "nobody says how likely" in told
    assert "t gallium" in told


@pytest.mark.parametrize("supposed", [Scenario(), preset("hormuz"), preset("hormuz").model_copy(update={"name": "x"})])
def test_the_base_case_or_a_preset_that_counts_already_adds_nothing(supposed):
    found = plan(supposed)
    assert SUPPOSED not in found.probability.index
    assert not any("Your scenario" in line for line in found.findings)
