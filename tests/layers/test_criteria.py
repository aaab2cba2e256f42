"""The criteria as shipped keep their contract and say why."""

import pytest

from geo.schema import contract, validate
from geo.scores import weights
from layers.criteria import criteria, maturity_by_status, score_parameters


def test_every_pillar_weighs_the_same_by_default():
    table = criteria()
    by_pillar = weights(table).groupby(table["pillar"]).sum()
    assert by_pillar.tolist() == pytest.approx([1 / len(by_pillar)] * len(by_pillar))
    assert table[["why", "source"]].notna().all(axis=None)


def test_maturity_is_known_for_every_status_but_unknown():
    values = maturity_by_status(score_parameters())
    known = values.drop("unknown")
    assert set(known.index) == {"operating", "care_and_maintenance", "construction", "planned", "closed"}
    assert known.between(0, 1).all()
    assert known.is_monotonic_decreasing
    assert values.isna().to_dict()["unknown"]


def test_goalposts_on_the_wrong_side_are_refused():
    table = criteria().reset_index()
    table["direction"] = table["direction"].map({"lower": "higher", "higher": "lower"})
    with pytest.raises(ValueError, match="goalposts follow direction"):
        validate("criteria", table)
    assert contract("criteria").unique == ["criterion"]
