"""Supply frames, presets and allocation on the real tables and the real network."""

import json

import numpy as np
import pytest

from geo.allocation import allocate
from geo.errors import BadInputError, UnknownIdError
from geo.exposure import exposure, least_time_h
from geo.flow_compare import STATUSES
from geo.scenarios import Scenario, read_scenario
from geo.ways import trace
from layers.flow_outputs import flow_files, write_flows
from layers.flow_rules import blocked_table, rules_table
from layers.flow_stages import stage_worth
from layers.flows import Wants, allocate_case, case
from layers.planner import default_product, finder
from layers.presets import preset, presets, scenario_from
from layers.routes import check_scenario
from layers.stress import stress
from layers.supply import DEFAULT_HUBS, SEPARATOR, parameter, supply, ways_of
from layers.value_chains import chain

CLUB = "msp+eu"
ALL_HUBS = (*DEFAULT_HUBS, "CAN", "AUS", "TWN", "BRA", "TUR")


def test_exposure_and_time_agree_with_walked_paths_on_the_real_network():
    found = supply("cobalt", Scenario())
    asked = finder("cobalt", "USA", default_product("cobalt"))
    draw = np.random.default_rng(3)
    rows = found.sites[found.sites["stage"].eq("mining")].index.to_numpy()
    plants = found.sites[found.sites["stage"].eq("refining") & ~found.sites["source"]].index.to_numpy()
    sources = [str(site).split(SEPARATOR)[0] for site in draw.choice(rows, 12, replace=False)]
    targets = [str(site).split(SEPARATOR)[0] for site in draw.choice(plants, 12, replace=False)]
    for scenario in (Scenario(), Scenario(close=frozenset({"suez", "chirundu"}))):
        cargo = asked.question.cargo("mining", scenario)
        passed = exposure(asked.router, scenario, cargo, sources, targets)
        hours = least_time_h(asked.router, scenario, cargo, sources, targets)
        for row, origin in enumerate(sources):
            for column, destination in enumerate(targets):
                way = trace(asked.router, scenario, cargo, origin=origin, destination=destination)
                own = {name for name, flags in passed.items() if flags[row, column]}
                assert own == (set(way.chokepoints) if way else set())
                assert hours[row, column] == pytest.approx(way.time_h if way else np.inf, rel=0.01, abs=0.05)


def test_frames_are_kept_by_the_ways_and_not_by_the_rules():
    banned = read_scenario("{name: x, restrictions: [{issuer: CHN}], as_of: 2026-01-01, partial: {panama: 0.5}}")
    assert ways_of(banned) == Scenario()
    assert supply("gallium", banned) is supply("gallium", Scenario())


def test_demand_says_where_it_is_from_and_unknown_stays_unknown():
    demand = supply("gallium", Scenario()).demand
    assert demand.loc["USA", "truth_state"] == "reported"
    assert demand.loc["JPN", "truth_state"] == "estimated"
    assert "manufacturing" in demand.loc["JPN", "metric"]
    assert parameter("demand_share", "nowhere") is None


def test_the_need_for_a_product_made_of_the_refined_material_is_no_figure_of_the_material():
    oxides, magnets = (
        supply("rare_earths", Scenario(), final_stage=stage).demand for stage in ("separation", "alloy_magnet")
    )
    assert "Consumption" in oxides.loc["USA", "metric"]
    assert magnets["truth_state"].eq("estimated").all()
    assert not magnets["metric"].str.contains("onsumption|import").any()
    assert magnets["metric"].str.contains("at most 100% of it made into alloy_magnet").all()
    kept = chain("rare_earths").loc["alloy_magnet", "yield"] * parameter("made_into", "rare_earths:alloy_magnet")
    assert magnets.loc["JPN", "demand_t_yr"] == pytest.approx(oxides.loc["JPN", "demand_t_yr"] * kept)
    assert supply("rare_earths", Scenario()).demand.equals(oxides)


@pytest.mark.parametrize("mineral", ["lithium", "cobalt", "nickel"])
def test_what_nobody_publishes_of_a_product_stays_unknown_and_is_said(mineral, tmp_path):
    wants = Wants(mineral, final_stage="precursor_cathode")
    demand = supply(mineral, Scenario(), final_stage=wants.final_stage).demand
    assert demand["demand_t_yr"].isna().all()
    assert demand["truth_state"].eq("unknown").all()
    assert demand["metric"].str.contains("made into precursor_cathode").all()
    found = allocate_case(wants, Scenario())
    assert found.findings[0].startswith("Nobody publishes what these hubs need")
    assert found.base.hubs["unmet_t_yr"].isna().all()
    assert len(write_flows([found], tmp_path)) > 5
    assert stress(wants, Scenario(), focus="USA").findings[0].startswith("Nobody publishes what these hubs need")


@pytest.mark.parametrize("name", list(presets().index))
def test_every_preset_reads_names_known_ids_and_comes_back(name):
    scenario = check_scenario(preset(name))
    assert not scenario.is_base
    assert read_scenario(json.dumps(scenario.to_dict())) == scenario


def test_presets_join_and_an_unknown_one_names_those_there_are():
    assert preset("red_sea+hormuz").close == preset("red_sea_hormuz").close
    with pytest.raises(UnknownIdError, match="malacca"):
        preset("no_such")


def test_a_scenario_file_of_our_own_reads_with_its_question(tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({**preset("red_sea").to_dict(), "question": {"mineral": "lithium"}}))
    assert scenario_from(str(path)) == preset("red_sea")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="a scenario is a mapping"):
        scenario_from(str(path))


@pytest.mark.parametrize("mineral", ["rare_earths", "lithium", "cobalt", "nickel"])
def test_the_seed_case_runs_and_adds_up(mineral):
    wants = Wants(mineral, hubs=ALL_HUBS, group=CLUB)
    found = allocate_case(wants, preset("partnership_cut"))
    sums = found.status[list(STATUSES)].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(found.status["demand_t_yr"].to_numpy(), rel=1e-9)
    china = found.now.allocation.flows
    sold = china[china["from_id"].map(found.now.supply.sites["country_iso3"]).eq("CHN")]
    assert sold.loc[sold["to_id"].isin(["USA", "EU", "JPN", "KOR", "IND", "GBR"]), "t_yr"].sum() == pytest.approx(0)
    assert found.summary.loc["unmet_t_yr", "change"] >= -1e-6
    assert any(line.startswith("Inside") for line in found.findings)
    assert any(line.startswith("Outside") for line in found.findings)


def test_closing_more_never_delivers_more():
    wants = Wants("cobalt")
    unmet = [
        case(wants, scenario).hubs["unmet_t_yr"].sum()
        for scenario in (Scenario(), preset("drc_quota"), read_scenario("restrictions: [{issuer: COD}]"))
    ]
    assert unmet == sorted(unmet)


def test_dated_rules_hold_on_their_day_and_open_ones_are_the_users_switch():
    wants = Wants("gallium")
    before, after = (read_scenario(f"as_of: {day}") for day in ("2025-06-01", "2026-12-01"))
    banned = case(wants, before).hubs.loc["USA", "unmet_t_yr"]
    open_again = case(wants, after).hubs.loc["USA", "unmet_t_yr"]
    decided = read_scenario("{as_of: 2026-12-01, decisions: {CHN-07-gallium: true}}")
    assert banned > open_again == pytest.approx(0, abs=1e-6)
    assert case(wants, decided).hubs.loc["USA", "unmet_t_yr"] == pytest.approx(banned)
    assert any(line.startswith("Check") for line in allocate_case(wants, after).findings)


def test_files_hold_both_cases_and_what_was_asked(tmp_path):
    found = allocate_case(Wants("gallium"), preset("china_bans_us"))
    paths = {path.name: path for path in write_flows([found], tmp_path)}
    assert {"flows.geojson", "flows.csv", "balance.csv", "duals.csv", "scenario.json"} <= set(paths)
    lines = json.loads(paths["flows.geojson"].read_text())
    assert {row["properties"]["case"] for row in lines["features"]} == {"base", "scenario"}
    assert scenario_from(str(paths["scenario.json"])) == preset("china_bans_us")


def test_a_ban_on_those_who_buy_nothing_there_is_said_not_to_bite():
    cannot = "CHN supplies nothing to those it shuts out in the base case: the ban cannot bite."
    lithium = allocate_case(Wants("lithium", group=CLUB), preset("partnership_cut"))
    assert cannot in lithium.findings
    assert any("imports only" in line for line in lithium.findings)
    gallium = allocate_case(Wants("gallium"), preset("china_bans_us"))
    assert cannot not in gallium.findings
    assert not any("imports only" in line for line in gallium.findings)


def test_a_hub_partly_inside_a_club_is_named_and_no_hub_inside_is_said():
    told = allocate_case(Wants("gallium", hubs=("EU", "CHN"), group="msp"), Scenario()).findings
    assert any(line.startswith("No hub lies wholly inside Minerals Security") for line in told)
    assert any(line.startswith("Partly inside") and "EU (6 of 27 countries)" in line for line in told)
    whole = allocate_case(Wants("gallium", hubs=("EU", "USA"), group=CLUB), Scenario()).findings
    assert not any(line.startswith(("No hub", "Partly")) for line in whole)


def test_a_refused_licence_blocks_its_arcs_and_is_listed_with_the_rule():
    wants = Wants("graphite")
    day, licensed = "as_of: 2025-06-01", "CHN-03-graphite"
    granted, refused = (read_scenario(f"{{{day}{more}}}") for more in ("", ", licences: refused"))
    found, free = allocate_case(wants, refused), allocate_case(wants, granted)
    arcs = found.now.supply.arcs
    abroad = arcs["from_iso3"].eq("CHN") & arcs["to_iso3"].map(lambda ends: "CHN" not in ends)
    named = abroad & arcs["stage"].isin(["mining", "anode"])
    flows = found.now.allocation.flows["t_yr"]
    assert flows[flows.index.isin(arcs.index[named])].sum() == 0
    assert free.now.allocation.flows["t_yr"].reindex(arcs.index[named]).sum() > 0
    assert found.base.allocation.flows["t_yr"].equals(free.base.allocation.flows["t_yr"])
    rows = blocked_table(found).query("case == 'scenario' and rule_id == @licensed and effect == 'blocked'")
    assert set(rows["arc_id"]) == set(arcs.index[named])
    assert set(blocked_table(free).query("rule_id == @licensed")["effect"]) == {"licence"}
    told = [rules_table(one).set_index("rule_id").loc[licensed, "licence"] for one in (free, found)]
    assert told == ["granted", "refused"]
    assert found.summary.loc["unmet_t_yr", "change"] > 0
    assert any(line.startswith(f"A refused licence under {licensed} closes") for line in found.findings)
    assert any(line.startswith("Export licences taken as granted") for line in free.findings)


def test_refusing_is_as_good_as_the_ban_of_the_same_reach():
    licensed = case(Wants("graphite"), read_scenario("{as_of: 2025-06-01, licences: refused}"))
    banned = case(Wants("graphite"), read_scenario("restrictions: [{issuer: CHN}]"))
    assert licensed.hubs["unmet_t_yr"].to_numpy() == pytest.approx(banned.hubs["unmet_t_yr"].to_numpy())
    assert licensed.hubs["unmet_t_yr"].sum() > case(Wants("graphite"), Scenario()).hubs["unmet_t_yr"].sum()


def test_a_licence_on_a_part_of_the_mineral_blocks_nothing_even_refused_and_that_is_said():
    found = allocate_case(Wants("rare_earths"), read_scenario("{as_of: 2025-06-01, licences: refused}"))
    own = found.now.effects[found.now.effects["type"].eq("licence")]
    assert set(own["effect"]) == {"partial"}
    assert any("Refused on a part of the product" in line for line in found.findings)


def test_what_more_separation_outside_china_is_worth_is_what_a_larger_plant_there_saves():
    """Solved anew from the frames, by another road than the product: a larger plant, the whole allocation again."""
    found = allocate_case(Wants("rare_earths"), preset("china_bans_partnership"))
    rows = stage_worth(found.now).set_index(["kind", "subject"])
    assert list(rows.index.get_level_values("subject").unique()) == ["mining", "separation"], (
        "in the order of the chain"
    )
    row = rows.loc[("stage_outside", "separation")]
    assert row["detail"] == "CHN"
    held = found.now.supply
    outside = held.sites[
        held.sites["stage"].eq("separation") & ~held.sites["source"] & held.sites["capacity_t_yr"].notna()
    ]
    outside = outside[outside["country_iso3"].ne("CHN")]
    assert row["facilities"] == len(outside) > 1

    def total_usd(sites):
        given = {"options": found.now.options, "effects": found.now.effects}
        status = allocate(sites, held.arcs, held.demand, **given).status
        return status["cost_usd_yr"] + status["unmet_usd_yr"]

    before = total_usd(held.sites)
    savings = {}
    for site in outside.index:
        larger = held.sites.copy()
        larger.loc[site, "capacity_t_yr"] += row["step_t_yr"]
        savings[site] = (before - total_usd(larger)) / row["step_t_yr"]
    assert row["value_usd_t"] == pytest.approx(max(savings.values()), rel=1e-6)
    assert savings[row["site_id"]] == pytest.approx(row["value_usd_t"], rel=1e-6)
    assert row["value_usd_t"] > 1e4, "the ban leaves the partnership short of it"
    assert row["sentence"] in found.findings
    duals = flow_files([found])["duals.csv"].splitlines()
    assert sum(",stage_outside,separation,CHN," in line for line in duals) == 2, "of both cases"
