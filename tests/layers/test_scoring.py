"""Scores: every part is there, and the parts multiply to the score."""

import numpy as np
import pytest

from geo.scenarios import Scenario
from layers.answer import Ask, answer
from layers.scoring import concentration

ASK = Ask("gallium", "JPN")


@pytest.fixture(scope="module")
def found():
    return answer(ASK, Scenario())


def test_the_parts_of_a_score_multiply_to_it(found):
    product = np.exp(found.base.parts.groupby("corridor_id")["contribution"].sum())
    score = found.base.score["score"]
    assert product.reindex(score.index).to_numpy() == pytest.approx(score.to_numpy(float))
    assert (found.base.score["score_low"] <= score + 1e-12).all()
    assert (score <= found.base.score["score_high"] + 1e-12).all()


def test_unknown_weighs_nothing_and_is_no_zero(found):
    parts = found.base.parts
    unknown = parts[parts["normalised"].isna()]
    assert len(unknown)
    assert unknown[["value", "contribution"]].isna().all(axis=None)
    assert (unknown["weight_used"] == 0).all()
    used = parts.groupby("corridor_id")["weight_used"].sum()
    assert used.to_numpy() == pytest.approx(1.0)


def test_a_weight_that_someone_sets_counts_alone(found):
    names = found.base.parts["criterion"].unique()
    alone = answer(ASK, Scenario(), weights=dict.fromkeys(names, 0.0) | {"cost_usd_t": 1.0})
    ranked = alone.corridors
    assert ranked["cost_usd_t"].is_monotonic_increasing
    normalised = alone.base.parts.query("criterion == 'cost_usd_t'").set_index("corridor_id")["normalised"]
    assert ranked["score"].corr(normalised.reindex(ranked.index), method="spearman") == pytest.approx(1.0)
    assert answer(ASK, Scenario()).corridors["score"].equals(found.corridors["score"])  # others keep their weights


def test_an_alliance_makes_its_criterion_known(found):
    def share(one):
        parts = one.base.parts
        return parts[parts["criterion"] == "allied_chain"]["value"]

    assert share(found).isna().all()
    assert share(answer(ASK, Scenario(alliance="oecd"))).notna().all()


def test_acceptabilities_are_shares(found):
    first = found.corridors["first_share"]
    assert first.between(0, 1).all()
    assert first.sum() == pytest.approx(1.0, abs=0.02)  # ties may share a first place


def test_shares_of_a_stage_are_shares_of_the_world():
    shares, stages = concentration()
    assert shares.dropna().between(0, 1).all()
    assert len(stages)


def test_pairs_that_the_draws_split_and_no_others_are_not_separable(found):
    winning = found.base.robustness.winning
    assert found.base.not_separable.equals((winning > 0.25) & (winning < 0.75))


def test_without_an_alliance_the_unknown_criterion_shields_no_corridor(found):
    base = found.corridors[found.corridors["case"] == "base"]
    assert found.asked.alliance is not None or not base["efficient"].all()
