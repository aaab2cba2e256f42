"""Modelled shares beside published ones: one mineral, and the section of the limits."""

from layers.calibration import BEGIN, END, calibration, section, with_section
from layers.limits import LIMITS


def test_shares_are_shares_and_misses_are_named():
    table = calibration(["gallium"])
    assert table[["modelled", "published"]].stack().between(0, 1).all()
    china = table.set_index("country_iso3").loc["CHN"]
    assert china["published"] > 0.9
    text = section(table)
    assert all((f"| {row.country_iso3} |" in text) != row.meets for row in table.itertuples())


def test_the_section_is_put_once_and_replaced_after_that():
    once = with_section("# Limits\n\nwords\n", "first")
    assert with_section(once, "second") == f"# Limits\n\nwords\n\n{BEGIN}\nsecond\n{END}\n"


def test_the_limits_hold_the_section():
    assert BEGIN in LIMITS.read_text(encoding="utf-8")
