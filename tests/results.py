"""What the changelog says of the figures we have published: the first value of each, and every move since."""

import re
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
FIRST = ROOT / "tests" / "golden" / "figures.csv"
GONE = "gone"
_MOVE = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_RESULTS = re.compile(r"^### Results\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def moved(text: str) -> dict[str, list[tuple[str, str]]]:
    """Read lines `| figure | from | to | why |`, oldest last as in a changelog; give them oldest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for figure, before, after, _ in reversed(_MOVE.findall(text)):
        found.setdefault(figure.strip(), []).append((before.strip(), after.strip()))
    return found


def told() -> dict[str, list[tuple[str, str]]]:
    """Read every move under a Results heading of the changelog."""
    return moved("\n".join(_RESULTS.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))))


def problems(table: pd.DataFrame, moves: dict[str, list[tuple[str, str]]] | None = None) -> list[str]:
    """Replay the moves from the first values; give the line that is missing for each figure that does not come out."""
    history = told()
    for figure, steps in (moves or {}).items():
        history[figure] = [*history.get(figure, []), *steps]
    first = pd.read_csv(FIRST, dtype=str, keep_default_na=False).set_index("figure")["first"].to_dict()
    now = {row.figure: _text(row.ours) for row in table.itertuples()}
    found = []
    for figure in [*now, *sorted(first.keys() - now.keys())]:
        said, is_now = first.get(figure, "new"), now.get(figure, GONE)
        for before, after in history.get(figure, []):
            if before != said:
                found.append(f"| {figure} | {said} | {after} | (the line says it was {before}) |")
            said = after
        if said != is_now:
            found.append(f"| {figure} | {said} | {is_now} | why |")
    return found


def _text(value: float) -> str:
    """Write a figure as the changelog does."""
    return "none" if pd.isna(value) else f"{value:,.1f}"
