"""Files of an ensemble."""

import json
from dataclasses import replace
from pathlib import Path

from layers.ensemble import Outcome
from layers.exports import to_csv
from layers.flow_outputs import provenance_of
from layers.writing import write_together


def ensemble_files(found: Outcome) -> dict[str, str]:
    """
    Write `years.csv`, `summary.csv`, `states.csv`, `leading.csv`, `events.csv` and `ensemble.json` as text.

    Each says scenario, date, method and sources; `years.csv` leaves the sources to `ensemble.json`: a kilobyte a year.
    """
    answer, wants = found.ensemble, found.wants
    origin = provenance_of(f"{wants.mineral}, disruptions", found.asked)
    tables = {
        "summary": answer.summary.reset_index(),
        "states": answer.states,
        "leading": answer.leading.reset_index(),
        "events": found.catalogue.reset_index(),
    }
    told = {
        "question": {"mineral": wants.mineral, "hubs": list(wants.hubs), "final_stage": wants.final_stage},
        "scenario": found.asked.to_dict(),
        "years": len(answer.years),
        "seed": found.seed,
        "sha256": answer.sha256,
        "solves": answer.solves,
        "findings": list(found.findings),
        "provenance": origin.as_dict(),
    }
    rows = {name: table.reset_index(drop=True).rename_axis("row") for name, table in tables.items()}
    return {
        "years.csv": to_csv(answer.years, provenance=replace(origin, sources=())),
        **{f"{name}.csv": to_csv(table, provenance=origin) for name, table in rows.items()},
        "ensemble.json": json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    }


def write_ensemble(found: Outcome, out: Path) -> list[Path]:
    """Write the files of an ensemble to a folder."""
    return write_together(out, ensemble_files(found))
