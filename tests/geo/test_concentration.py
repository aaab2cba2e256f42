"""Concentration, chain exposure: bounds, published formulas, unknowns."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.chain import allied_share, capacity_cover, chain_concentration, country_risk, maturity
from geo.concentration import (
    geopolrisk,
    governance_risk,
    hhi,
    hhi_wgi,
    import_reliance,
    n_minus_1,
    stage_concentration,
    stage_shares,
    supply_risk,
)
from geo.errors import BadInputError

PRODUCTION = pd.DataFrame(
    [
        ("gallium", "refining", "CHN", 60.0),
        ("gallium", "refining", "CHN", 30.0),
        ("gallium", "refining", "JPN", 10.0),
        ("gallium", "mining", "AUS", np.nan),
        ("gallium", "mining", "GIN", 5.0),
    ],
    columns=["mineral", "stage", "country_iso3", "value_t"],
)
CHAINS = pd.DataFrame(
    {
        "mineral": "gallium",
        "hub": ["USA", "USA", "EU"],
        "stages": [("refining",), ("mining", "refining"), ("refining",)],
        "countries": [("JPN",), ("GIN", "CHN"), ("DEU",)],
        "transit_countries": [("PAN",), (None,), ()],
        "capacity_t_yr": [10.0, np.nan, 10.0],
        "capacity_truth": ["reported", "unknown", "estimated"],
    },
    index=pd.Index(["a", "b", "c"], name="corridor_id"),
)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40))
def test_hhi_lies_between_equal_shares_and_monopoly(amounts):
    value = hhi(pd.Series(amounts))
    assert 10_000 / len(amounts) - 1e-6 <= value <= 10_000 + 1e-6
    assert value == pytest.approx(hhi(pd.Series(amounts[::-1])))


def test_hhi_of_the_unknown_is_unknown_and_negative_is_refused():
    assert np.isnan(hhi(pd.Series([1.0, np.nan])))
    assert np.isnan(hhi(pd.Series([0.0])))
    with pytest.raises(BadInputError):
        hhi(pd.Series([1.0, -1.0]))


def test_stage_concentration_names_its_universe_and_keeps_gaps():
    table = stage_concentration(PRODUCTION, universe="test tonnes")
    refining = table.loc[("gallium", "refining")]
    assert refining["hhi"] == pytest.approx(8200)
    assert (refining["largest_country"], refining["countries"]) == ("CHN", 2)
    assert refining["largest_share"] == pytest.approx(0.9)
    assert table.loc[("gallium", "mining"), ["hhi", "largest_share", "listed_share"]].isna().all()
    assert set(table["universe"]) == {"test tonnes"}
    assert stage_shares(PRODUCTION).loc[("gallium", "refining")].sum() == pytest.approx(1)


def test_a_published_total_bounds_what_is_not_listed():
    rows = [("tin", "refining", land, t) for land, t in [("CHN", 50.0), ("PER", 20.0), ("WLD", 100.0)]]
    rows += [("tin", "mining", land, t) for land, t in [("CHN", 30.0), ("USA", np.nan), ("OTH", 10.0), ("WLD", 90.0)]]
    production = pd.DataFrame(rows, columns=PRODUCTION.columns)
    table, shares = stage_concentration(production, universe="test"), stage_shares(production)
    assert set(shares.index.get_level_values(2)) == {"CHN", "PER", "USA"}
    refining, mining = table.loc[("tin", "refining")], table.loc[("tin", "mining")]
    assert (refining["largest_country"], refining["largest_share"]) == ("CHN", 0.5)
    assert np.isnan(refining["hhi"])
    assert (refining["hhi_low"], refining["hhi_high"]) == pytest.approx((2900, 3800))
    # A third is known; the other two thirds could be one country's.
    assert np.isnan(mining["largest_share"])
    lanes = pd.DataFrame({"mineral": "tin", "stages": [("refining",)] * 2, "countries": [("PER",), ("MYS",)]})
    own = chain_concentration(lanes, shares, table)["stage_own_share"]
    assert own.tolist() == pytest.approx([0.2, np.nan], nan_ok=True)


def test_supply_risk_reproduces_the_formula_by_hand():
    shares = pd.Series({"CHN": 0.8, "DEU": 0.2})
    wgi = pd.Series({"CHN": -0.5, "DEU": 1.5})
    trade = pd.Series({"CHN": 1.2, "DEU": 0.8})
    value = hhi_wgi(shares, wgi, trade=trade)
    assert value == pytest.approx(0.64 * 6 * 1.2 + 0.04 * 2 * 0.8)
    rest = {"import_reliance": 0.5, "recycling_rate": 0.2, "substitution": 0.9}
    assert supply_risk(hhi_global=value, hhi_eu=2.0, **rest) == pytest.approx((value * 0.25 + 2.0 * 0.75) * 0.8 * 0.9)
    assert supply_risk(hhi_global=value, hhi_eu=np.nan, **rest) == pytest.approx(value * 0.8 * 0.9)
    assert np.isnan(supply_risk(hhi_global=np.nan, hhi_eu=np.nan, **rest))
    assert np.isnan(hhi_wgi(shares, wgi.drop("CHN"), trade=trade))


def test_geopolrisk_is_zero_without_imports_and_hhi_times_risk_with_one_source():
    risk = governance_risk(pd.Series({"COD": -2.0, "AUS": 1.0}))
    assert risk.to_dict() == pytest.approx({"COD": 0.9, "AUS": 0.3})
    only = pd.Series({"COD": 50.0})
    assert geopolrisk(hhi_share=0.5, imports_t=only, risk=risk, domestic_t=0) == pytest.approx(0.45)
    assert geopolrisk(hhi_share=0.5, imports_t=only * 0, risk=risk, domestic_t=10) == 0
    assert np.isnan(geopolrisk(hhi_share=0.5, imports_t=pd.Series({"XXX": 1.0}), risk=risk, domestic_t=10))


def test_import_reliance_and_n_minus_1():
    assert import_reliance(domestic_t=0, imports_t=10, exports_t=0) == 1
    assert np.isnan(import_reliance(domestic_t=0, imports_t=0, exports_t=0))
    assert np.isnan(n_minus_1(pd.Series([1.0, np.nan]), demand_t=1))
    assert np.isnan(n_minus_1(pd.Series([1.0, 2.0]), demand_t=np.nan))


def test_one_unknown_country_makes_the_chain_unknown_and_is_counted():
    risk = country_risk(CHAINS, pd.Series({"JPN": 0.3, "PAN": 0.5, "CHN": 0.6, "GIN": 0.7}))
    assert risk.loc["a", "country_risk_worst"] == 0.5
    assert risk.loc["a", "country_risk_mean"] == pytest.approx(0.4)
    assert risk.loc[["b", "c"], "country_risk_worst"].isna().all()
    assert risk.loc["b", "country_risk_worst_known"] == 0.7
    assert risk.loc["b", "country_risk_at"] == "GIN"
    assert risk["countries_unknown"].tolist() == [0, 1, 1]


def test_allied_is_the_weakest_link():
    allied = allied_share(CHAINS, {"JPN", "PAN", "CHN", "GIN"})
    assert allied["allied_chain"].tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)
    assert allied["non_allied_share"].tolist() == pytest.approx([0, np.nan, 1], nan_ok=True)
    # One known country outside settles it, whatever the unknown one is.
    assert allied_share(CHAINS, {"GIN"}).loc["b", "allied_chain"] == 0
    assert allied_share(CHAINS, {"GIN"}).loc["b", "outside"] == ("CHN",)


def test_chain_concentration_tells_largest_from_own():
    stages = stage_concentration(PRODUCTION, universe="test tonnes")
    table = chain_concentration(CHAINS, stage_shares(PRODUCTION), stages)
    assert table.loc["a", ["stage_largest_share", "stage_own_share"]].tolist() == pytest.approx([0.9, 0.1])
    assert table.loc["c", ["stage_largest_share", "stage_own_share"]].tolist() == pytest.approx([0.9, 0.0])
    assert np.isnan(table.loc["b", "stage_largest_share"])
    assert table.loc["b", "stage_largest_share_known"] == pytest.approx(0.9)
    assert table["largest_unknown"].tolist() == [0, 1, 0]


def test_capacity_and_maturity_keep_the_unknown():
    need = pd.Series({("gallium", "USA"): 20.0})
    cover = capacity_cover(CHAINS, need)
    assert cover["capacity_cover"].tolist() == pytest.approx([0.5, np.nan, np.nan], nan_ok=True)
    assert cover["capacity_cover_truth"].tolist() == ["reported", "unknown", "unknown"]
    status = pd.Series({"m1": "operating", "m2": "planned", "m3": "unknown"})
    values = pd.Series({"operating": 1.0, "planned": 0.55, "unknown": np.nan})
    ids = pd.Series([("m1", "m2"), ("m1", "m3"), ("m1", "m9"), ()], index=list("wxyz"))
    assert maturity(ids, status, values).tolist() == pytest.approx([0.55, np.nan, np.nan, np.nan], nan_ok=True)
