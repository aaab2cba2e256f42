"""The export controls as rules: the reviewed reading in `policy_rules.csv`, held to `export_controls.csv`."""

import calendar
from datetime import date
from pathlib import Path

import pandas as pd

from geo.errors import ContractError
from geo.policies import Rule
from layers.catalog import DATA, read_table

_MONTHS = 12


def policy_rules(*, root: Path = DATA) -> tuple[Rule, ...]:
    """
    Read every modelled rule, in the order of the table.

    Raises
    ------
    ContractError
        If an export control has neither a rule nor a reason why not, or a mineral or stage has no chain.
    """
    table = read_table("policy_rules", root=root)
    _check_complete(table, read_table("export_controls", root=root))
    _check_stages(table, read_table("value_chains", root=root))
    return tuple(_rule(row) for row in table[table["modelled"]].itertuples())


def not_modelled(*, root: Path = DATA) -> pd.DataFrame:
    """Return the controls that are no rule: ``control_id, issuer, minerals, reason, source``."""
    table = read_table("policy_rules", root=root)
    kept = ["control_id", "issuer", "minerals", "reason", "source"]
    return table.loc[~table["modelled"], kept].reset_index(drop=True)


def first_and_last_day(text: str) -> tuple[date, date]:
    """
    Return the span that a day, month or year names.

    Examples
    --------
    >>> [day.isoformat() for day in first_and_last_day("2024-02")]
    ['2024-02-01', '2024-02-29']
    """
    year, month, day = [*map(int, text.split("-")), 0, 0][:3]
    first = date(year, month or 1, day or 1)
    last_month = month or _MONTHS
    last_day = day or calendar.monthrange(year, last_month)[1]
    return first, date(year, last_month, last_day)


def _rule(row: object) -> Rule:
    """Turn one row into a rule; empty cells are what the rule's defaults say."""
    cells = {name: value for name, value in row._asdict().items() if not pd.isna(value)}  # type: ignore[attr-defined]
    plain = {name: cells[name] for name in _PLAIN if name in cells}
    sets = {name: frozenset(str(cells[name]).split(";")) for name in _SETS if name in cells}
    spans = {name: first_and_last_day(str(cells[name])) for name in ("in_force", "ends") if name in cells}
    days = {name: date.fromisoformat(str(cells[name])) for name in ("suspended_from", "suspended_to") if name in cells}
    return Rule(**(plain | sets | spans | days))


_PLAIN = ("rule_id", "issuer", "part", "type", "value", "origin_stage", "after", "verified", "source", "truth_state")
_SETS = ("minerals", "stages", "destinations")


def _check_complete(table: pd.DataFrame, controls: pd.DataFrame) -> None:
    """Refuse a table that has no line for one of the controls."""
    lost = sorted(set(controls["control_id"]) - set(table["control_id"]))
    if lost:
        msg = f"policy_rules: {len(lost)} of export_controls have neither a rule nor a reason: {', '.join(lost[:5])}"
        raise ContractError(msg)


def _check_stages(table: pd.DataFrame, chains: pd.DataFrame) -> None:
    """Refuse a rule on a stage that a mineral's chain does not have: it would silently bind nothing."""
    known = set(zip(chains["mineral"], chains["stage"], strict=True))
    rules = table[table["modelled"]]
    lost = [
        f"{row.rule_id}: {mineral} {stage}"
        for row in rules.assign(stages=rules["stages"].fillna("")).itertuples()
        for mineral in str(row.minerals).split(";")
        for stage in filter(None, str(row.stages).split(";"))
        if (mineral, stage) not in known
    ]
    if lost:
        msg = f"policy_rules: {len(lost)} stages that no chain has: {', '.join(lost[:5])}"
        raise ContractError(msg)
