"""Ensembles on random supply: events, detours and a case, all in a module that worker processes can import."""

import hashlib

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationOptions, build
from geo.ensemble import gather
from geo.ensemble_events import chokepoint_events, draw
from geo.ensemble_plan import plan
from geo.ensemble_run import Case, solve_all
from tests.geo.supply_cases import random_case

HAZARDS = [
    ("suez:war", "suez", 0.6, 60.0, 1.0),
    ("malacca:piracy", "malacca", 2.0, 10.0, 0.5),
    ("panama:drought", "panama", 0.5, 120.0, 0.6),
    ("storm", "malacca", 0.4, 5.0, 1.0),
    ("storm", "suez", 0.4, 5.0, 1.0),
]
PLANTS = ("p0", "p1", "p2", "p3", "p4", "p5", "p6", "k0", "k1")


def catalogue():
    """Hazards of three chokepoints, one of them joint, and plants that stand still now and then."""
    events = pd.DataFrame(HAZARDS, columns=["event", "chokepoint_id", "annual_rate", "duration_days", "severity"])
    frame = chokepoint_events(events, duration_cv=1.2, source="made up for tests")
    outages = pd.DataFrame(
        {
            "targets": [(f"facility:{plant}",) for plant in PLANTS],
            "annual_rate": 0.6,
            "duration_days": 30.0,
            "duration_cv": 0.8,
            "severity": 1.0,
            "source": "made up for tests",
        },
        index=pd.Index([f"{plant}:fire" for plant in PLANTS], name="event"),
    )
    return pd.concat([frame, outages])


class Detours:
    """Arcs past a closed chokepoint cost three times as much and take 500 h more; past malacca nothing gets through."""

    def __init__(self, arcs):
        self.arcs = arcs

    def __call__(self, closed):
        cost, hours = (self.arcs[name].to_numpy(dtype=float).copy() for name in ("cost_usd_t", "time_h"))
        hit = np.array([bool(set(names) & set(closed)) for names in self.arcs["chokepoints"]])
        cost[hit] *= 3
        hours[hit] += 500.0
        cost[[bool("malacca" in names and "malacca" in closed) for names in self.arcs["chokepoints"]]] = np.inf
        return cost, hours


def model(seed=7):
    sites, arcs, demand = random_case(seed, mines=12, plants=8, makers=5, hubs=3)
    return build(sites, arcs, demand, options=AllocationOptions(unmet_usd_t=2000.0))


def planned(made, years, *, seed=11, **options):
    case, draws = Case.of(made), draw(catalogue(), years=years, seed=seed)
    arcs = made.arcs
    falls = {
        f"facility:{plant}": np.flatnonzero(arcs["from_id"].eq(plant) | arcs["to_id"].eq(plant)).astype(np.int64)
        for plant in PLANTS
    }
    passed = frozenset(name for names in arcs["chokepoints"] for name in names)
    return (
        case,
        draws,
        plan(draws, case, detours=Detours(arcs), passed=passed, falls=falls, **options),
    )


def ensemble(years=1000, *, chunk=50, store=None, progress=None):
    made = model()
    case, draws, found = planned(made, years)
    solved = solve_all(case, found.changes, chunk=chunk, store=store, progress=progress)
    return gather(draws, found, solved, sites=list(made.sites.index), demand=made.demand["demand_t_yr"])


def fingerprint(answer):
    """Hash the years, the states and the leading chains."""
    text = answer.sha256 + answer.states.to_csv() + answer.leading.to_csv()
    return hashlib.sha256(text.encode()).hexdigest()
