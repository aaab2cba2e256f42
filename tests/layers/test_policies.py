"""Every export control is a rule or has a reason; the open dates of November 2026 stay open."""

from datetime import date

import pytest

from geo.errors import ContractError
from geo.policies import status_on
from layers import policies
from layers.catalog import read_table
from layers.policies import not_modelled, policy_rules

NUMBERED = 58
"""Rows of the list as compiled; `export_controls` keeps those of the sixteen minerals."""


@pytest.fixture(scope="module")
def rules():
    return {rule.rule_id: rule for rule in policy_rules()}


def test_each_of_the_numbered_controls_is_a_rule_or_has_a_reason(rules):
    table = read_table("policy_rules")
    numbers = {int(control.split("-")[1]) for control in table["control_id"]}
    assert numbers == set(range(1, NUMBERED + 1))
    assert set(read_table("export_controls")["control_id"]) <= set(table["control_id"])
    assert len(rules) + len(not_modelled()) == len(table)
    assert not_modelled()["reason"].notna().all()


def test_dates_and_sources_are_those_of_the_compiled_rows(rules):
    controls = read_table("export_controls").set_index("control_id")
    table = read_table("policy_rules").set_index("rule_id")
    own = table[table["control_id"].isin(controls.index)]
    compiled = controls.reindex(own["control_id"])
    assert (own["source"].to_numpy() == compiled["source"].to_numpy()).all()
    assert (own["issuer"].to_numpy() == compiled["country_iso3"].to_numpy()).all()
    for rule_id, row in own[own["suspended_to"].notna()].iterrows():
        words = controls.loc[row["control_id"], "to_date_or_suspended"]
        assert words == f"suspended {row['suspended_from']} to {row['suspended_to']}", rule_id


@pytest.mark.parametrize(
    ("rule_id", "on", "status"),
    [
        ("CHN-25-holmium", date(2025, 11, 6), "not_yet"),
        ("CHN-25-holmium", date(2026, 11, 10), "suspended"),
        ("CHN-25-holmium", date(2026, 11, 11), "check"),
        ("CHN-33-rare_earths", date(2026, 11, 11), "check"),
        ("CHN-07-gallium", date(2025, 11, 8), "in_force"),
        ("CHN-07-gallium", date(2026, 11, 27), "suspended"),
        ("CHN-07-gallium", date(2026, 11, 28), "check"),
        ("CHN-01-gallium", date(2026, 11, 28), "in_force"),
        ("COD-38-cobalt", date(2025, 10, 15), "in_force"),
        ("COD-38-cobalt", date(2025, 10, 16), "expired"),
        ("COD-39-cobalt-2025", date(2025, 10, 16), "in_force"),
        ("COD-39-cobalt-2026", date(2026, 1, 1), "in_force"),
        ("COD-39-cobalt-2026", date(2028, 1, 1), "check"),
        ("GAB-48-manganese", date(2026, 11, 24), "not_yet"),
        ("GAB-48-manganese", date(2029, 1, 1), "check"),
        ("IND-50-rare_earths", date(2026, 11, 24), "check"),
        ("MMR-47-rare_earths", date(2026, 11, 24), "expired"),
    ],
)
def test_status_by_date(rules, rule_id, on, status):
    assert status_on(rules[rule_id], on) == status


def test_the_status_of_the_day_of_compilation_is_the_compiled_one(rules):
    controls = read_table("export_controls").set_index("control_id")["status"]
    table = read_table("policy_rules").set_index("rule_id")["control_id"]
    allowed = {"in_force": {"in_force", "expired"}, "check": {"check"}, "ended": {"expired"}}
    allowed |= {"unverified": {"check", "suspended", "not_yet"}}
    for rule_id, rule in rules.items():
        assert status_on(rule, date(2026, 11, 23)) in allowed[controls[table[rule_id]]], rule_id


def test_the_cobalt_quota_is_the_published_number(rules):
    quota = rules["COD-39-cobalt-2026"]
    assert (quota.type, quota.value, quota.stages, quota.destinations) == ("quota", 96_600, frozenset(), frozenset())


def test_a_control_without_a_line_is_refused(monkeypatch):
    def without_gallium(name, *, root):
        frame = read_table(name, root=root)
        return frame[~frame["control_id"].eq("CHN-01-gallium")] if name == "policy_rules" else frame

    monkeypatch.setattr(policies, "read_table", without_gallium)
    with pytest.raises(ContractError, match="CHN-01-gallium"):
        policy_rules()


def test_a_stage_that_no_chain_has_is_refused(monkeypatch):
    def misread(name, *, root):
        frame = read_table(name, root=root)
        return frame.replace({"stages": {"anode": "anodes"}}) if name == "policy_rules" else frame

    monkeypatch.setattr(policies, "read_table", misread)
    with pytest.raises(ContractError, match="graphite anodes"):
        policy_rules()
