"""Writes what people take away from an allocation: flows as lines and rows, balances, prices in words, the scenario."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd

from geo.scenarios import Scenario
from layers.catalog import sources
from layers.exports import corridors_geojson, to_csv
from layers.flow_rules import blocked_table, rules_table
from layers.flow_stages import stage_worth
from layers.flow_ways import flow_arcs
from layers.flows import Flows
from layers.names import named
from layers.outputs import METHOD_VERSION
from layers.provenance import Provenance
from layers.purchase import Buying
from layers.reserve import Reserve
from layers.stockpile import Cover
from layers.stress import Stress
from layers.writing import write_together


def flow_provenance(found: Sequence[Flows]) -> Provenance:
    """Say which minerals, scenario, date and method the files rest on."""
    return provenance_of(", ".join(one.wants.mineral for one in found), found[0].asked)


def flow_files(found: Sequence[Flows]) -> dict[str, str]:
    """
    Make the files of an allocation, each row with its mineral and, where it has one, its case.

    `flows.geojson`, `flows.csv`, `balance.csv`, `inputs.csv`, `duals.csv`, `summary.csv` (base beside
    scenario), `changes.csv` (the ten corridors that change most), `passages.csv` (passages at part of their capacity:
    what still passes, what goes round), `rules.csv`, `blocked.csv`, `scenario.json`,
    `findings.txt`.
    """
    origin = flow_provenance(found)
    arcs = pd.concat([flow_arcs(one) for one in found])
    arcs = arcs.set_axis(arcs["mineral"] + " " + arcs.index, axis=0).rename_axis("corridor_id")
    asked = {**found[0].asked.to_dict(), "question": [_question(one) for one in found]}
    return {
        "flows.geojson": corridors_geojson(arcs, provenance=origin),
        "flows.csv": to_csv(arcs.drop(columns="geometry"), provenance=origin),
        "balance.csv": to_csv(_balances(found), provenance=origin),
        "inputs.csv": to_csv(_inputs(found), provenance=origin),
        "duals.csv": to_csv(_duals(found), provenance=origin),
        "summary.csv": _each(found, lambda one: one.summary.reset_index(), origin),
        "changes.csv": _each(found, _changes, origin),
        "passages.csv": _each(found, lambda one: one.passages.reset_index(), origin),
        "rules.csv": _each(found, rules_table, origin),
        "blocked.csv": _each(found, blocked_table, origin),
        "scenario.json": json.dumps(asked, indent=2, sort_keys=True) + "\n",
        "findings.txt": "".join(
            f"{named(one.wants.mineral)}: {named(line)}\n" for one in found for line in one.findings
        ),
    }


def _each(found: Sequence[Flows], table: Callable[[Flows], pd.DataFrame], origin: Provenance) -> str:
    """Write one table for all minerals."""
    parts = [table(one).assign(mineral=one.wants.mineral) for one in found]
    return to_csv(pd.concat(parts, ignore_index=True).rename_axis("row"), provenance=origin)


def _changes(one: Flows) -> pd.DataFrame:
    """Write the corridors that change most, by the ids of their stops."""
    table = one.changes.reset_index()
    return table.assign(site_ids=table["site_ids"].map(";".join))


def write_flows(found: Sequence[Flows], out: Path) -> list[Path]:
    """Write the files to a folder."""
    return write_together(out, flow_files(found))


def _question(one: Flows) -> dict[str, object]:
    """Write what was asked as plain values."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(one.wants).items()}


def _balances(found: Sequence[Flows]) -> pd.DataFrame:
    """Put the balances of both cases together, hubs with the status of their tonnes."""
    parts = []
    for one in found:
        for name, case in (("base", one.base), ("scenario", one.now)):
            rows = case.allocation.balance.assign(mineral=one.wants.mineral, case=name)
            facts = case.supply.sites[["name", "stage", "country_iso3", "capacity_truth"]].add_prefix("site_")
            rows = rows.join(facts).join(case.supply.demand[["truth_state", "metric"]].add_prefix("demand_"))
            if name == "scenario":
                rows = rows.join(one.status.drop(columns="demand_t_yr").add_suffix("_t_yr"))
            parts.append(rows)
    return pd.concat(parts).rename_axis("node_id")


def _inputs(found: Sequence[Flows]) -> pd.DataFrame:
    """List the plants that lose an input in the scenario, with what they make in both cases."""
    parts = []
    for one in found:
        made = {name: case.allocation.balance["out_t_yr"] for name, case in (("base", one.base), ("scenario", one.now))}
        out = {f"out_{name}_t_yr": own.reindex(one.now.short.index) for name, own in made.items()}
        parts.append(one.now.short.assign(mineral=one.wants.mineral, **out))
    return pd.concat(parts).rename_axis("node_id")


def _duals(found: Sequence[Flows]) -> pd.DataFrame:
    """Put the prices of both cases together in words: rows that bind, and what more of each stage is worth."""
    parts = []
    for one in found:
        for name, case in (("base", one.base), ("scenario", one.now)):
            prices = case.allocation.duals
            rows = pd.concat([prices[prices["binding"]], stage_worth(case)])
            parts.append(rows.assign(mineral=one.wants.mineral, case=name))
    return pd.concat(parts, ignore_index=True).rename_axis("row")


def provenance_of(title: str, asked: Scenario) -> Provenance:
    """Say what a table rests on."""
    day = (asked.as_of or date.today()).isoformat()  # noqa: DTZ011 - the day on the reader's calendar
    name = asked.name if asked.name != "base" else "base case"
    return Provenance.of(sources(), scenario=f"{title}: {name}", date=day, method_version=METHOD_VERSION)


def _scenario_text(asked: Scenario, question: dict[str, object]) -> str:
    return json.dumps({**asked.to_dict(), "question": question}, indent=2, sort_keys=True) + "\n"


def stress_files(found: Stress, asked: Scenario) -> dict[str, str]:
    """Make `n1.csv`, `n2.csv`, `worst.csv`, `scenario.json`, `findings.txt`; those that were asked for."""
    origin = provenance_of(f"{found.wants.mineral}, closures", asked)
    files = {"n1.csv": to_csv(found.singles, provenance=origin)}
    if len(found.pairs):
        files["n2.csv"] = to_csv(found.pairs.reset_index().rename_axis("row"), provenance=origin)
    if found.worst is not None:
        files["worst.csv"] = to_csv(found.worst.to_frame().T.rename_axis("row"), provenance=origin)
    wants = found.wants
    question: dict[str, object] = {"mineral": wants.mineral, "hubs": list(wants.hubs), "final_stage": wants.final_stage}
    files["scenario.json"] = _scenario_text(asked, question)
    return files | {"findings.txt": "".join(f"{named(line)}\n" for line in found.findings)}


def write_stress(found: Stress, asked: Scenario, out: Path) -> list[Path]:
    """Write the files of `stress_files` to a folder."""
    return write_together(out, stress_files(found, asked))


def stockpile_files(plan: Buying, lasting: Cover, asked: Scenario, held: Reserve | None = None) -> dict[str, str]:
    """
    Make `plan.csv`, `shortfalls.csv`, `cover.csv`, `weeks.csv`, `measures.csv`, `scenario.json`, `findings.txt`.

    With reserves also `reserve.csv` and `reserve_weeks.csv`. Where the scenario is one of those bought against,
    `plan.csv` has what the plan would buy without it beside.
    """
    origin = provenance_of("stockpile", asked)
    bought = plan.minerals.join(plan.plan.purchases)
    if plan.without is not None:
        bought = bought.join(plan.without.purchases[["buy_t", "spend_usd"]].add_prefix("without_yours_"))
    short = plan.shortfalls_t.assign(probability=plan.probability)
    told = [*plan.findings, *lasting.findings, *(held.findings if held else ())]
    claimed = {}
    if held is not None:
        frames = {"reserve.csv": held.holders, "reserve_weeks.csv": held.weeks}
        claimed = {
            name: to_csv(table.reset_index().rename_axis("row"), provenance=origin) for name, table in frames.items()
        }
    return claimed | {
        "plan.csv": to_csv(bought.rename_axis("mineral"), provenance=origin),
        "shortfalls.csv": to_csv(short.rename_axis("preset"), provenance=origin),
        "cover.csv": to_csv(lasting.items.reset_index().rename_axis("row"), provenance=origin),
        "weeks.csv": to_csv(lasting.weeks.reset_index().rename_axis("row"), provenance=origin),
        "measures.csv": to_csv(lasting.measures.rename_axis("measure"), provenance=origin),
        "scenario.json": _scenario_text(asked, {"minerals": list(plan.minerals.index), "counted_as": plan.own}),
        "findings.txt": "".join(f"{named(line)}\n" for line in told),
    }


def write_stockpile(
    plan: Buying, lasting: Cover, asked: Scenario, out: Path, held: Reserve | None = None
) -> list[Path]:
    """Write the files of `stockpile_files` to a folder."""
    return write_together(out, stockpile_files(plan, lasting, asked, held))
