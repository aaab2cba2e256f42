"""The estimation rule on a country one can add up by hand, and on the real tables."""

import pandas as pd
import pytest

from geo.errors import ContractError
from layers.capacity import TOTAL_YEAR, capacity_balance, check_balance, estimate_capacity, national_totals
from layers.catalog import read_table
from layers.facilities import facilities

UNALLOCATED_SHARE = 0.05


def row(facility_id, capacity=None, **changes):
    base = {
        "facility_id": facility_id, "mineral": "tin", "chain_stage": "refining", "country_iso3": "BOL",
        "kind": "processing", "status": "operating", "capacity_t_yr": capacity,
        "capacity_truth": "unknown" if capacity is None else "compiled",
        "capacity_year": pd.NA, "capacity_rule": None if capacity is None else "contained: as reported",
    }  # fmt: skip
    return base | changes


def plants(*rows):
    frame = pd.DataFrame(rows).astype({"capacity_t_yr": float, "capacity_year": "Int64", "capacity_rule": "str"})
    return frame.set_index(pd.Index(range(10, 10 + len(frame))))


def total(value, **changes):
    base = {"mineral": "tin", "chain_stage": "refining", "country_iso3": "BOL", "total_t_yr": value, "total_year": 2024}
    return pd.DataFrame([base | changes])


def test_what_the_known_plants_leave_is_shared_by_the_operating_plants_without_a_capacity():
    frame = plants(
        row("A", 60), row("B"), row("C"), row("closed", status="closed"), row("planned", 500, status="planned")
    )
    filled = estimate_capacity(frame, total(100))
    assert filled["capacity_t_yr"].tolist()[:3] == [60, 20, 20]
    assert filled["capacity_truth"].tolist()[:3] == ["compiled", "estimated", "estimated"]
    assert pd.isna(filled["capacity_t_yr"].iloc[3])
    assert "total 100 t (2024) less known 60 t, shared equally by 2" in filled["capacity_rule"].iloc[1]


def test_the_rule_reads_the_index_and_leaves_its_input_alone():
    frame = plants(row("A", 60), row("B"))
    before = frame.copy()
    filled = estimate_capacity(frame, total(100))
    pd.testing.assert_frame_equal(frame, before)
    assert filled.index.equals(frame.index)


def test_a_total_below_the_known_plants_leaves_the_rest_unknown_and_never_zero():
    filled = estimate_capacity(plants(row("A", 120), row("B")), total(100))
    assert pd.isna(filled["capacity_t_yr"].iloc[1])
    assert filled["capacity_truth"].iloc[1] == "unknown"


def test_a_plant_of_unknown_status_takes_no_share_and_the_rule_warns_of_it():
    filled = estimate_capacity(plants(row("B"), row("U", status="unknown")), total(100))
    assert filled["capacity_t_yr"].iloc[0] == 100
    assert pd.isna(filled["capacity_t_yr"].iloc[1])
    assert filled["capacity_rule"].iloc[0].endswith("1 of unknown status left aside, so this may be too high")


def test_without_a_total_unknown_stays_unknown():
    filled = estimate_capacity(plants(row("B")), total(100, country_iso3="PER"))
    assert filled["capacity_t_yr"].isna().all()


def test_recycling_takes_no_share_and_is_not_counted_as_known():
    frame = plants(row("R", kind="recycling"), row("K", 90, kind="recycling"), row("B"))
    filled = estimate_capacity(frame, total(100))
    assert pd.isna(filled["capacity_t_yr"].iloc[0])
    assert filled["capacity_t_yr"].iloc[2] == 100


def test_stages_and_countries_do_not_share_a_total():
    frame = plants(row("B"), row("mine", chain_stage="mining", kind="mine"), row("P", country_iso3="PER"))
    filled = estimate_capacity(frame, total(100))
    assert filled["capacity_t_yr"].notna().tolist() == [True, False, False]


def test_the_check_names_the_place_where_tonnes_are_lost_or_doubled():
    filled = estimate_capacity(plants(row("A", 60), row("B")), total(100))
    assert check_balance(capacity_balance(filled, total(100)), unallocated_share=0)["sum_t_yr"].tolist() == [100]
    doubled = filled.assign(capacity_t_yr=filled["capacity_t_yr"].where(filled["facility_id"].eq("A"), 80))
    with pytest.raises(ContractError, match="tin/refining/BOL"):
        check_balance(capacity_balance(doubled, total(100)), unallocated_share=UNALLOCATED_SHARE)


def test_a_total_that_nobody_carries_is_shown_as_unallocated():
    balance = capacity_balance(plants(row("A", 60)), total(100))
    assert balance["unallocated_t_yr"].tolist() == [40]
    with pytest.raises(ContractError, match="tin/refining/BOL"):
        check_balance(balance, unallocated_share=UNALLOCATED_SHARE)


def test_totals_skip_world_rows_withheld_years_and_later_estimates():
    production = pd.DataFrame(
        [("WLD", 2024, 9.0), ("BOL", 2023, 5.0), ("BOL", 2024, 6.0), ("BOL", 2025, 7.0),
         ("PER", 2024, None), ("CHL", 2024, 0.0)],
        columns=["country_iso3", "year", "value_t"],
    ).assign(mineral="tin", stage="mining")  # fmt: skip
    totals = national_totals(production, year=2024)
    assert totals[["country_iso3", "total_t_yr"]].to_numpy().tolist() == [["BOL", 6.0]]


@pytest.fixture(scope="module")
def real():
    return facilities()


@pytest.fixture(scope="module")
def totals():
    return national_totals(read_table("production"))


def test_every_country_and_stage_sums_to_the_larger_of_known_and_national_total(real, totals):
    balance = check_balance(capacity_balance(real, totals), unallocated_share=UNALLOCATED_SHARE)
    assert balance["total_t_yr"].notna().sum() == len(totals)
    assert balance["unallocated_t_yr"].sum() < 0.001 * totals["total_t_yr"].sum()


def test_the_estimates_of_a_stage_never_exceed_its_published_world_total(real):
    production = read_table("production")
    world = production[production["country_iso3"].eq("WLD") & production["year"].eq(TOTAL_YEAR)]
    world = world.set_index(["mineral", "stage"])["value_t"]
    spread = real[real["capacity_rule"].fillna("").str.startswith("national_remainder")]
    sums = spread.groupby(["mineral", "chain_stage"])["capacity_t_yr"].sum()
    # USGS rounds world totals to two or three figures
    assert (sums <= 1.02 * world.reindex(sums.index)).all()


def test_no_capacity_is_zero_and_none_is_without_a_truth_state(real):
    assert not real["capacity_t_yr"].eq(0).any()
    assert (real["capacity_t_yr"].isna() == real["capacity_truth"].eq("unknown")).all()
    assert real.loc[real["capacity_t_yr"].notna(), "capacity_rule"].notna().all()
