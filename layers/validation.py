"""
Every published number that the product recomputes, beside ours: distances, detours, days, costs, shares.

``python -m layers.validation --write`` writes `docs/validation.md` and the same as rows in `docs/validation.csv`, which
the screen *Validation* reads. A test holds both files to the code, and the changelog to every figure that has moved.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from layers.catalog import DATA, read_table
from layers.chokepoints import chokepoints
from layers.countries import countries
from layers.validation_shares import TOLERANCE_POINTS, share_table
from layers.validation_ways import BENCHMARK_TOLERANCE, benchmark_table, published_table

REPORT: Final = DATA.parent / "docs" / "validation.md"
FIGURES: Final = REPORT.with_suffix(".csv")
KINDS: Final = ("Distance at sea", "Distance inland", "Detour", "Days", "Cost", "Share")
COLUMNS: Final = (
    "kind", "figure", "unit", "published", "low", "high", "ours", "difference_pct", "passes", "source", "note",
)  # fmt: skip
_DECIMALS: Final = 1
_JOINED_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_METRIC_KIND: Final = {"cost": "Cost", "freight": "Cost", "distance": "Distance inland"}

_HEAD: Final = """# Validation

Written by `python -m layers.validation --write`, with the same rows in `docs/validation.csv`; a test holds both to the
code. Ways of least generalized cost for a cargo of average value on the default ship; lanes alone at sea, railways and
roads inland; shares from the allocation of tonnes among seven hubs, nothing closed. Nothing is fitted to a row.
Why a row misses is said in `docs/limits.md`, sections Network and Allocation.
"""


def figures() -> pd.DataFrame:
    """
    Recompute everything; takes about a minute.

    Returns
    -------
    table
        `COLUMNS`, one row a published figure, `figure` unique; `ours` null where we find none, which fails the row;
        ``low, high`` is the range within which a row passes; ``difference_pct = 100 (ours / published - 1)``.
    """
    parts = [_distances(), _benchmarks(), _shares()]
    table = pd.concat(parts, ignore_index=True)
    table["difference_pct"] = 100 * (table["ours"] / table["published"] - 1)
    numbers = ["published", "low", "high", "ours", "difference_pct"]
    table[numbers] = table[numbers].round(_DECIMALS)
    place = {kind: at for at, kind in enumerate(KINDS)}
    return table[list(COLUMNS)].sort_values("kind", key=lambda kind: kind.map(place), kind="stable", ignore_index=True)


def committed() -> pd.DataFrame:
    """Read the figures as they were last written: what the screen shows."""
    return pd.read_csv(FIGURES, keep_default_na=False, na_values={name: [""] for name in COLUMNS if name != "note"})


def _distances() -> pd.DataFrame:
    """Put the distances into the common form."""
    table = published_table()
    names = chokepoints()["name"].to_dict()
    shut = [", ".join(names[item] for item in text.split(";") if item) for text in table["closed"]]
    ends = [f"{_spaced(row.origin)} to {_spaced(row.destination)}" for row in table.itertuples()]
    inland = table["quantity"].eq("inland_distance")
    kind = inland.map({True: "Distance inland", False: "Distance at sea"}).where(table["closed"].eq(""), "Detour")
    part = table["published"] * table["tolerance_pct"] / 100
    return table.assign(
        kind=kind,
        figure=[f"{end}, {closed} closed" if closed else end for end, closed in zip(ends, shut, strict=True)],
        low=table["published"] - part,
        high=table["published"] + part,
        note="",
    )


def _spaced(place: str) -> str:
    """Split the words of a place's name."""
    return _JOINED_WORDS.sub(" ", place)


def _benchmarks() -> pd.DataFrame:
    """Put the benchmarks into the common form."""
    table = benchmark_table()
    kinds = [_METRIC_KIND.get(row.metric, "Days" if row.unit == "days" else "Detour") for row in table.itertuples()]
    kind = pd.Series(kinds, index=table.index)
    at_sea = kind.eq("Distance inland") & table["unit"].eq("nm")
    kind = kind.mask(at_sea, "Distance at sea").mask(table["detour"] & ~kind.eq("Days"), "Detour")
    return table.assign(
        kind=kind,
        figure=table["corridor"] + ": " + table["metric"],
        low=table["low"].fillna((1 - BENCHMARK_TOLERANCE) * table["published"]),
        high=table["high"].fillna((1 + BENCHMARK_TOLERANCE) * table["published"]),
        note="",
    )


def _shares() -> pd.DataFrame:
    """Put the shares into the common form."""
    table = share_table()
    names = countries()["name"].to_dict()
    worded = [_share_words(row, names) for row in table.itertuples()]
    titles = read_table("citations").set_index("key")["citation"].to_dict()
    source = table["source"].map(lambda key: titles.get(key, key))
    return table.assign(kind="Share", figure=worded, unit="%", source=source, note=table["note"].fillna(""))


def _share_words(row: Any, names: dict[str, str]) -> str:
    """Say what a share is of."""
    mineral, country = row.mineral.replace("_", " "), names[row.country_iso3]
    if row.quantity == "country_share":
        return f"Share of {country} in {mineral}, {row.stage.replace('_', ' ')}"
    if row.quantity == "supply_without_largest":
        return f"Demand for {mineral} that is met without {country}"
    return f"Quota of {country} on {mineral}, of its output"


def report(table: pd.DataFrame) -> str:
    """Write the figures as Markdown, with what of them holds."""
    counts = [f"- {_held(table[table['kind'] == kind], kind)}" for kind in KINDS]
    met = f"{int(table['passes'].sum())} of {len(table)} published figures are met."
    rule = (
        f"One without a published range passes within its tolerance: distances 4 to 20 %,\n"
        f"benchmarks {100 * BENCHMARK_TOLERANCE:.0f} %, shares {TOLERANCE_POINTS:.0f} points.\n"
    )
    lines = [
        _HEAD,
        f"{met} {rule}",
        *counts,
    ]
    for kind in KINDS:
        lines += [f"\n## {kind}\n", "| what | published | range | ours | difference | | source |"]
        lines += ["|---|---:|---|---:|---:|---|---|", *map(_line, table[table["kind"] == kind].itertuples())]
    return "\n".join(lines) + "\n"


def rows_text(table: pd.DataFrame) -> str:
    """Write the figures as CSV, as `docs/validation.csv` holds them."""
    text: str = table.to_csv(index=False, lineterminator="\n")
    return text


def _held(rows: pd.DataFrame, kind: str) -> str:
    """Count what of a kind is met."""
    off = rows["difference_pct"].abs()
    return f"{kind}: {int(rows['passes'].sum())} of {len(rows)}; median difference {off.median():.1f} %"


def _line(row: Any) -> str:
    """Write one figure."""
    ours = "none" if pd.isna(row.ours) else f"{row.ours:,.1f}"
    off = "" if pd.isna(row.difference_pct) else f"{row.difference_pct:+.1f} %"
    verdict = "ok" if row.passes else "**miss**"
    source = f"{row.source}; {row.note}" if row.note else row.source
    cells = [row.figure, f"{row.published:,.1f} {row.unit}", f"{row.low:,.0f}-{row.high:,.0f}", ours, off, verdict]
    return f"| {' | '.join([*cells, source])} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report, or write report and rows."""
    parser = argparse.ArgumentParser(
        prog="python -m layers.validation", description="Our numbers beside published ones."
    )
    parser.add_argument("--write", action="store_true", help=f"write docs/{REPORT.name} and docs/{FIGURES.name}")
    write, table = parser.parse_args(arguments).write, figures()
    if write:
        REPORT.write_text(report(table), encoding="utf-8")
        FIGURES.write_text(rows_text(table), encoding="utf-8")
    else:
        sys.stdout.write(report(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
