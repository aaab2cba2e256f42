"""
`python -m tests.bench`: our engine and its peers on the same work; writes `docs/benchmarks.md`.

Every group of jobs stands alone: one that breaks is told in the document and the others still run.
"""

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.bench import answers, quick, routing, screen, server
from tests.bench.process import keep_bytecode
from tests.bench.report import ROOT, Bar, Row, document

NOTES = (
    (
        "Weights are whole numbers, the same for every engine, so answers are compared to the last digit. Pandana "
        "keeps thousandths in single precision; it is compared at a millionth."
    ),
    (
        "Sources and targets are the first 500 and the next 200 sites of the product; peers get a graph without roads, "
        "numbered anew, while ours keeps its whole hierarchy with the roads shut."
    ),
    (
        "Peers search from the smaller side (the 200 targets, on the reversed graph): 2.5 times quicker than from the "
        "500 sources. scgraph is its compiled class: a tree a target is its quickest for (b). Its contraction "
        "hierarchy took 34 s to build and 0.5 ms a pair (52 s in all), its transit nodes 48 s and 0.2 ms (20 s), "
        "measured once."
    ),
    (
        "Our compiled loops are loaded before the first repetition (in (e) after the first question, in (j) after the "
        "first page): a server loads them while its first reader reads."
    ),
    "Pandana runs on all cores (OpenMP), everything else on one.",
    "igraph (GPL) and pandana (AGPL) are bench-only: `requirements-bench.txt`, never imported by the product.",
)


def main() -> int:
    """Run what was asked; the exit code is 1 where an answer differs or a group of jobs broke."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").strip())
    parser.add_argument("--quick", action="store_true", help="small, under a minute: ratios against the recorded ones")
    parser.add_argument("--record", action="store_true", help="with --quick: write the ratios down")
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of each job, in turn")
    parser.add_argument(
        "--only", choices=["routing", "answers", "server", "screen"], action="append", help="some groups alone"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs/benchmarks.md")
    chosen = parser.parse_args()
    if chosen.quick:
        return quick.main(record=chosen.record)
    rows: list[Row] = []
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as folder:
        groups: dict[str, Callable[[], None]] = {
            "routing": lambda: routing.run(Path(folder), routing.Effort(chosen.rounds), rows, bars),
            "answers": lambda: answers.run(chosen.rounds, rows, bars),
            "server": lambda: server.run(chosen.rounds, rows, bars),
            "screen": lambda: screen.run(Path(folder), chosen.rounds, rows, bars),
        }
        broken = [name for name in chosen.only or groups if not _done(name, groups[name])]
    notes = [*NOTES, *(f"**The {name} jobs broke on the way**: see the log." for name in broken)]
    text = document(rows, sorted(bars, key=lambda bar: bar.job), notes)
    chosen.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    wrong = [row for row in rows if "**" in row.answers]
    return int(bool(broken or wrong))


def _done(name: str, work: Callable[[], None]) -> bool:
    """Run a group; tell what broke, with the time it took."""
    begun = time.monotonic()
    try:
        work()
    except Exception:  # noqa: BLE001 - the other groups still have something to say
        traceback.print_exc()
        return False
    sys.stderr.write(f"{name}: {time.monotonic() - begun:.0f} s\n")
    return True


if __name__ == "__main__":
    keep_bytecode("tests.bench")
    sys.exit(main())
