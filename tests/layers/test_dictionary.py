"""What is committed about the data is what the data say."""

import pandas as pd

from geo.schema import contract
from layers.catalog import DATA, sources
from layers.dictionary import README, dictionary
from layers.facilities import facilities
from layers.limits import LIMITS, coverage, with_data_section

AGAIN = "run python -m layers.dictionary"


def test_the_committed_dictionary_is_what_the_tables_generate():
    assert (DATA / README).read_text(encoding="utf-8") == dictionary(), AGAIN


def test_the_committed_limits_are_what_the_tables_generate():
    text = LIMITS.read_text(encoding="utf-8")
    assert with_data_section(text) == text, AGAIN


def test_the_section_goes_in_once_and_leaves_the_rest_alone():
    once = with_data_section("# Limits\n\n## Network\n\ntext\n")
    assert with_data_section(once) == once
    assert once.endswith("\n## Network\n\ntext\n")


def test_every_column_of_every_table_has_a_meaning():
    for table in sources()["table"]:
        if (DATA / f"{table}.csv").is_file():
            assert all(column.description for column in contract(table).columns.values()), table


def test_operating_facilities_are_known_assumed_spread_or_unknown_and_nothing_else():
    counted = coverage(facilities())
    parts = counted[["known", "assumed", "spread", "unknown"]].sum(axis=1)
    pd.testing.assert_series_equal(parts, counted["operating"], check_names=False)
