"""Reserved tonnes: nobody's tonne is counted twice, priority decides, a claim only ever helps its holder."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadInputError, UnknownIdError
from geo.reserve import REST, split_by_claims
from geo.stockpile import survival


def items(stock=10.0, demand=52.0):
    index = pd.MultiIndex.from_tuples([("gallium", "USA")], names=["mineral", "hub"])
    facts = {"stock_t": stock, "demand_t_yr": demand, "share_lost": 1.0, "lead_weeks": 30.0, "ramp_weeks": 10.0}
    return pd.DataFrame(facts, index=index)


def claims(*rows):
    frame = pd.DataFrame(rows, columns=["holder", "reserved_t", "need_t_yr", "priority"])
    return frame.assign(mineral="gallium", hub="USA")


AMOUNT = st.floats(0.0, 20.0)


@given(st.lists(st.tuples(AMOUNT, st.floats(0.0, 10.0), st.integers(1, 3)), min_size=1, max_size=5), AMOUNT)
def test_stock_and_need_are_split_whole_and_no_claim_gets_more_than_it_reserved(rows, stock):
    table = claims(*[(f"f{place}", *row) for place, row in enumerate(rows)])
    split = split_by_claims(items(stock=stock), table)
    assert split["stock_t"].sum() == pytest.approx(stock, abs=1e-9)
    assert split["demand_t_yr"].sum() == pytest.approx(52.0)
    firms = split[split["priority"].notna()]
    assert (firms["stock_t"] <= firms["reserved_t"] + 1e-9).all()
    full = firms["stock_t"] >= firms["reserved_t"] - 1e-9
    for place in firms["priority"].unique():
        if firms.loc[firms["priority"].gt(place), "stock_t"].gt(1e-9).any():
            assert full[firms["priority"].eq(place)].all(), "nobody is served before the priority above is full"


def test_who_reserves_gets_short_later_and_everyone_else_earlier():
    own = survival(split_by_claims(items(), claims(("A", 5.0, 10.4, 1))))["empty_week"].droplevel([0, 1])
    pooled = survival(items())["empty_week"].iloc[0]
    assert own[REST] < pooled < own["A"]
    nothing = survival(split_by_claims(items(), claims(("A", 0.0, 10.4, 1))))["empty_week"].droplevel([0, 1])
    assert nothing["A"] == 0


def test_priority_decides_where_the_stock_is_too_small():
    stock = split_by_claims(items(), claims(("A", 8.0, 4.0, 2), ("B", 8.0, 4.0, 1), ("C", 8.0, 4.0, 2)))["stock_t"]
    assert stock.droplevel([0, 1]).to_dict() == pytest.approx({"B": 8.0, "A": 1.0, "C": 1.0, REST: 0.0})


def test_an_unknown_stock_leaves_what_anyone_holds_unknown():
    split = split_by_claims(items(stock=np.nan), claims(("A", 5.0, 4.0, 1)))
    assert split["stock_t"].isna().all()
    assert survival(split)["empty_week"].isna().all()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("A", 1.0, 60.0, 1)], "60.0 t/yr, all demand is 52.0"),
        ([("A", -1.0, 1.0, 1)], "0 or more"),
        ([("A", 1.0, 1.0, 1), ("A", 1.0, 1.0, 1)], "claims once"),
        ([(REST, 1.0, 1.0, 1)], "of its own"),
    ],
)
def test_claims_that_cannot_be_are_refused(rows, told):
    with pytest.raises(BadInputError, match=told):
        split_by_claims(items(), claims(*rows))


def test_a_claim_on_what_nobody_asked_about_is_refused():
    with pytest.raises(UnknownIdError, match="tin for USA"):
        split_by_claims(items(), claims(("A", 1.0, 1.0, 1)).assign(mineral="tin"))
