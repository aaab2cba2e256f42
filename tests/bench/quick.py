"""
`python -m tests.bench --quick`: the routing jobs small, with the peers that the tests install anyway.

It fails on a wrong answer, or where a ratio fell below half of the recorded one. Ratios are of the quickest of several
repetitions in turn: what else runs on the machine slows both sides.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.bench.process import Engine, Measured, interleaved
from tests.bench.routing import SEA_TOLERANCE, agreement

RECORDED = Path(__file__).with_name("recorded.json")
SOURCES, TARGETS, WALKED, ROUNDS = 60, 40, 8, 4
CLOSURES = ("suez", "malacca", "gibraltar", "hormuz")
FALLEN = 0.5


def measure() -> tuple[dict[str, float], list[str]]:
    """Give the ratios by job, and what was answered wrong."""
    ratios: dict[str, float] = {}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Engine("ours:Ours", Path(folder), SOURCES, TARGETS) as ours:
        with (
            Engine("peers:Searoute", "networkx", ours.call("places").answer) as searoute,
            Engine("peers:Networkx", Path(folder) / "sea.npz") as lanes,
        ):
            jobs = {"ours": lambda: ours.call("path", 20), "searoute": lambda: searoute.call("path")}
            found = interleaved(jobs | {"networkx": lambda: lanes.call("path")}, ROUNDS)
        held = found["ours"]
        for name in ("searoute", "networkx"):
            ratios[f"(a) {name}"] = 20 * found[name].best_s / held.best_s
        wrong += _pair_faults(found)
        with Engine("peers:Scipy", Path(folder) / "land.npz") as scipy:
            matrices(ours, scipy, ratios, wrong)
            passages(ours, scipy, ratios, wrong)
            closures(ours, scipy, ratios, wrong)
    return ratios, wrong


def _pair_faults(found: Mapping[str, Measured]) -> list[str]:
    """Compare the three answers to one pair."""
    wrong = [f"(a) {name}: {each.fault}" for name, each in found.items() if each.fault]
    if wrong:
        return wrong
    ours = found["ours"].answer
    if found["networkx"].answer[0] != ours["weight"]:
        wrong.append(f"(a) networkx weighs the way {found['networkx'].answer[0]:,.0f}, we {ours['weight']:,.0f}")
    if abs(found["searoute"].answer[0] / ours["km"] - 1) > SEA_TOLERANCE:
        wrong.append(f"(a) searoute measures {found['searoute'].answer[0]:,.0f} km, we {ours['km']:,.0f}")
    return wrong


def matrices(ours: Engine, scipy: Engine, ratios: dict[str, float], wrong: list[str]) -> None:
    """Job (b), small."""
    found = interleaved({"ours": lambda: ours.call("matrix"), "scipy": lambda: scipy.call("matrix")}, ROUNDS)
    ratios["(b) scipy"] = found["scipy"].best_s / found["ours"].best_s
    verdict = agreement("Scipy", found["scipy"].answer[2], found["ours"].answer)
    wrong += [f"(b) {verdict}"] * verdict.startswith("**")


def passages(ours: Engine, scipy: Engine, ratios: dict[str, float], wrong: list[str]) -> None:
    """Job (d), small."""
    found = interleaved({"ours": lambda: ours.call("passes"), "walk": lambda: scipy.call("passes", WALKED)}, ROUNDS)
    share, places, walked = found["walk"].answer
    ratios["(d) scipy walking"] = found["walk"].best_s / share / found["ours"].best_s
    missed = int((walked & ~found["ours"].answer[:, places] != 0).sum())
    wrong += [f"(d) {missed} passages missed"] * bool(missed)


def closures(ours: Engine, scipy: Engine, ratios: dict[str, float], wrong: list[str]) -> None:
    """Job (c), small: each round another closure, the quickest of all rounds."""
    took: dict[str, list[float]] = {"ours": [], "scipy": []}
    changed = 0
    before = ours.call("matrix").answer
    for chokepoint in CLOSURES:
        here = ours.call("toggle", chokepoint).answer
        there = scipy.call("toggle", ours.call("bit", chokepoint).answer).answer
        took["ours"].append(here["whole"])
        took["scipy"].append(there["weigh"] + there["matrix"])
        changed += int((np.nan_to_num(here["cost"], posinf=-1) != np.nan_to_num(before, posinf=-1)).sum())
        verdict = agreement("Scipy", there["cost"], here["cost"])
        wrong += [f"(c) {chokepoint}: {verdict}"] * verdict.startswith("**")
    ratios["(c) scipy"] = min(took["scipy"]) / min(took["ours"])
    wrong += ["(c) no closure changes any cost"] * (not changed)


def fallen(ratios: Mapping[str, float], recorded: Mapping[str, float]) -> list[str]:
    """
    List the ratios below half of the recorded ones, and those that are not recorded or not measured.

    Examples
    --------
    >>> fallen({"(a) peer": 9.0}, {"(a) peer": 20.0})
    ['(a) peer: 9.0 times, recorded 20.0']
    """
    unmatched = [f"{name}: recorded or measured, not both" for name in sorted(set(ratios) ^ set(recorded))]
    low = [name for name in ratios if name in recorded and ratios[name] < FALLEN * recorded[name]]
    return unmatched + [f"{name}: {ratios[name]:.1f} times, recorded {recorded[name]:.1f}" for name in low]


def main(*, record: bool) -> int:
    """Run, print, and judge or record."""
    ratios, wrong = measure()
    lines = [f"{name}: {ratio:.1f} times ours" for name, ratio in ratios.items()]
    if record:
        RECORDED.write_text(json.dumps({name: round(value, 1) for name, value in ratios.items()}, indent=2) + "\n")
    faults = wrong + fallen(ratios, json.loads(RECORDED.read_text()))
    sys.stdout.write("\n".join([*lines, *faults]) + "\n")
    return int(bool(faults))
