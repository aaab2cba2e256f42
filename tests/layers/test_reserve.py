"""Firms' claims on a stockpile, from the command line to the files."""

import pandas as pd
import pytest

from geo.__main__ import main
from geo.errors import BadInputError
from layers.reserve import Claim, read_claim

WORDS = ["stockpile", "--budget-usd", "1e9", "--minerals", "gallium", "--scenario", "china_bans_us"]


def test_a_claim_reads_with_its_options():
    claim = read_claim("Acme, gallium, 2.5, need=4, priority=2, hub=JPN", hub="USA")
    assert claim == Claim("Acme", "gallium", 2.5, "JPN", 4.0, 2)


@pytest.mark.parametrize("text", ["Acme", "Acme,gallium", "Acme,gallium,much", "Acme,gallium,-1", "Acme,gallium,1,x=2",
                                  "Acme,gallium,1,priority=0", ",gallium,1", "Acme,gallium,nan"])  # fmt: skip
def test_what_is_no_claim_is_refused_in_one_line(text):
    with pytest.raises(BadInputError, match="is no reserve"):
        read_claim(text, hub="USA")


def test_the_command_says_who_gets_short_when(tmp_path, capsys):
    reserves = ["--reserve", "Acme,gallium,0.9,need=2", "--reserve", "Late,gallium,50,need=3,priority=2"]
    assert main([*WORDS, "--stock-days", "60", *reserves, "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().err
    assert "gallium, United States: Acme (priority 1) holds 0.9 t" in told
    assert "of its claim are not there" in told
    assert "everyone else" in told
    table = pd.read_csv(tmp_path / "reserve.csv").set_index("holder")
    plan, cover = (pd.read_csv(tmp_path / name) for name in ("plan.csv", "cover.csv"))
    held = cover.loc[cover["hub"].eq("USA"), "stock_t"].iloc[0]
    assert table["stock_t"].sum() == pytest.approx(held + plan["buy_t"].sum())
    assert table.loc["Acme", "empty_week"] >= table.loc["everyone else", "empty_week"]
    weeks = pd.read_csv(tmp_path / "reserve_weeks.csv")
    assert set(weeks["holder"]) == {"Acme", "Late", "everyone else"}


def test_without_a_published_stock_only_what_is_bought_counts_and_it_is_said(tmp_path, capsys):
    assert main([*WORDS, "--reserve", "Acme,gallium,1,need=2", "--out", str(tmp_path)]) == 0
    assert "only what the plan buys is shared out" in capsys.readouterr().err
    table = pd.read_csv(tmp_path / "reserve.csv")
    assert table["stock_t"].sum() == pytest.approx(pd.read_csv(tmp_path / "plan.csv")["buy_t"].sum())


def test_a_reserve_beyond_demand_or_on_another_mineral_stops_with_one_line(tmp_path, capsys):
    for claim, told in (("Acme,gallium,1,need=1e9", "all demand"), ("Acme,tin,1", "tin for USA")):
        assert main([*WORDS, "--reserve", claim, "--out", str(tmp_path)]) == 2
        err = capsys.readouterr().err
        assert told in err
        assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
