"""Every preset runs for every one of the first minerals, and accounts for every tonne."""

import numpy as np
import pandas as pd
import pytest

from geo.__main__ import main
from geo.flow_compare import STATUSES
from layers.catalog import read_table
from layers.flow_commands import FIRST
from layers.flows import Wants, allocate_case
from layers.names import named
from layers.plant_inputs import touches_inputs
from layers.presets import preset, presets
from layers.restricted import has_rules

MINERALS = FIRST.split(",")
pytestmark = pytest.mark.slow


def test_the_first_minerals_of_the_command_are_those_of_the_table():
    table = read_table("minerals")
    assert set(MINERALS) == set(table.loc[table["first"].astype(bool), "mineral"])


@pytest.mark.parametrize("name", list(presets().index))
def test_a_preset_runs_for_every_first_mineral(name, tmp_path):
    scenario = preset(name)
    moved = 0.0
    for mineral in MINERALS:
        found = allocate_case(Wants(mineral, group="msp+eu"), scenario)
        rows = found.status
        assert rows[list(STATUSES)].sum(axis=1).to_numpy() == pytest.approx(rows["demand_t_yr"].to_numpy(), rel=1e-9)
        assert (rows[list(STATUSES)] >= -1e-9).all(axis=None)
        assert found.summary.loc["unmet_t_yr", "change"] >= -1e-6 * rows["demand_t_yr"].sum(), (
            "more shut, less delivered"
        )
        assert found.now.allocation.status["row_residual_t_yr"] <= 1e-6 * max(rows["demand_t_yr"].sum(), 1.0)
        assert found.findings[0].endswith(".")
        assert np.isfinite(found.now.allocation.status["cost_usd_yr"])
        moved += found.summary["change"].abs().sum() + rows["degraded"].sum()
        closed = found.now.effects["effect"].isin(["blocked", "quota"]).any()
        named = [one for one in scenario.restrictions if not one.minerals or mineral in one.minerals]
        assert bool(closed) == bool(named), "a restriction acts on the minerals it names, and on no other"
        if mineral in ("nickel", "cobalt") and touches_inputs(scenario):
            assert (found.now.short["fall"] > 0).any()
    assert has_rules(scenario) == bool(scenario.restrictions)
    assert moved > 0, "a preset that changes nothing anywhere is no preset"
    _by_command(name, tmp_path)


def _by_command(name, out):
    """Ask the same on the command line: the files hold every mineral."""
    assert main(["allocate", "--mineral", FIRST, "--group", "msp+eu", "--scenario", name, "--out", str(out)]) == 0
    balance = pd.read_csv(out / "balance.csv")
    assert set(balance["mineral"]) == set(MINERALS)
    told = (out / "findings.txt").read_text().splitlines()
    assert {line.split(":")[0] for line in told} == {named(mineral) for mineral in MINERALS}
