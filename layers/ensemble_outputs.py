"""Files of an ensemble."""

import json
from pathlib import Path

import pandas as pd

from layers.ensemble import Outcome
from layers.writing import write_together

_JOIN = ";"


def ensemble_files(found: Outcome) -> dict[str, str]:
    """Write `years.csv`, `summary.csv`, `states.csv`, `leading.csv`, `events.csv` and `ensemble.json` as text."""
    answer, wants = found.ensemble, found.wants
    leading = answer.leading.reset_index()
    told = {
        "question": {"mineral": wants.mineral, "hubs": list(wants.hubs), "final_stage": wants.final_stage},
        "scenario": found.asked.to_dict(),
        "years": len(answer.years),
        "seed": found.seed,
        "sha256": answer.sha256,
        "solves": answer.solves,
        "findings": list(found.findings),
    }
    return {
        "years.csv": _csv(answer.years.reset_index()),
        "summary.csv": _csv(answer.summary.reset_index()),
        "states.csv": _csv(_joined(answer.states, "shut")),
        "leading.csv": _csv(_joined(leading, "chain")),
        "events.csv": _csv(_joined(found.catalogue.reset_index(), "targets")),
        "ensemble.json": json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    }


def write_ensemble(found: Outcome, out: Path) -> list[Path]:
    """Write the files of an ensemble to a folder."""
    return write_together(out, ensemble_files(found))


def _joined(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Write tuples as lists joined by a semicolon."""
    return frame.assign(**{column: frame[column].map(_JOIN.join)})


def _csv(frame: pd.DataFrame) -> str:
    return str(frame.to_csv(index=False, lineterminator="\n"))
