"""What changed between the base case and a scenario, in plain words."""

from typing import Final

import pandas as pd

from geo.scenarios import ALL_MODES, Scenario

_MOST: Final = 4


def findings(corridors: pd.DataFrame, sources: pd.DataFrame, scenario: Scenario) -> tuple[str, ...]:
    """Put what changed into sentences, the most important first."""
    reach = sources["status"].isin(["open", "rerouted", "degraded"])
    unfed = sources["unfed"] & sources["status"].eq("unknown")
    unknown = int((sources["status"].eq("unknown") & ~unfed).sum())
    told = [f"{int(reach.sum())} of {len(sources)} sources reach the hub."]
    if unknown:
        by = "" if scenario.modes == ALL_MODES else f" by {' or '.join(sorted(scenario.modes))} alone"
        lacking = f"For {unknown} our network lacks a line{by} even in the base case"
        told.append(f"{lacking}: whether they reach it is unknown.")
    if unfed.any():
        told.append(f"No plant that we list takes what {_named(sources[unfed])} would ship: where it goes is unknown.")
    told += _unsure(corridors, sources, "base" if scenario.is_base else "scenario")
    if scenario.is_base:
        return tuple(told)
    now = corridors[corridors["case"] == "scenario"]
    base = corridors[corridors["case"] == "base"]
    kept = now.loc[now.index.isin(base.index), "status"].value_counts()
    counts = [f"{kept[name]} {name}" for name in ("open", "rerouted", "degraded", "stranded") if kept.get(name, 0)]
    of_base = f"Of {len(base)} corridors of the base case: {', '.join(counts)}."
    told.insert(0, of_base if len(base) else "Nothing gets through in the base case either.")
    cut = sources[sources["status"] == "stranded"]
    if len(cut):
        lost = "1 source no longer reaches" if len(cut) == 1 else f"{len(cut)} sources no longer reach"
        told.append(f"{lost} the hub: {_named(cut)}.")
    return (*told, *_cheapest(base, now), *_largest_shift(base, now))


def _unsure(corridors: pd.DataFrame, sources: pd.DataFrame, case: str) -> list[str]:
    """Count what rests on a facility of which it is not known that it works."""
    shown = corridors[corridors["case"].eq(case)]
    ways = int(shown["status_unknown"].map(len).gt(0).sum())
    starts = int(sources["facility_status"].eq("unknown").sum())
    ours = "1 source whether it operates" if starts == 1 else f"{starts} sources whether they operate"
    theirs = f"a facility on {ways} of the {len(shown)} corridors shown"
    if starts and ways:
        return [f"It is not known of {ours}, nor of {theirs}: counted as operating."]
    if ways:
        return [f"It is not known of {theirs} whether it operates: counted as operating."]
    return [f"It is not known of {ours}: counted as operating."] if starts else []


def _named(sources: pd.DataFrame) -> str:
    """Name the first few of some sources."""
    return ", ".join(sources["name"].head(_MOST)) + (" and others" if len(sources) > _MOST else "")


def _cheapest(base: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Compare the cheapest corridor of both cases."""
    live = now[now["cost_usd_t"].notna()]
    if live.empty:
        return ["Nothing gets through."]
    before, after = base["cost_usd_t"].min(), live["cost_usd_t"].min()
    best = live.loc[live["cost_usd_t"].idxmin()]
    change = f"{after - before:+,.0f} USD per contained tonne" if abs(after - before) >= 1 else "as before"
    named = " → ".join(best["facility_names"])
    return [f"The cheapest way left is {named}, {after:,.0f} USD per contained tonne ({change})."]


def _largest_shift(base: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Name the corridor that loses most time."""
    both = now[now.index.isin(base.index) & now["time_h"].notna()]
    extra = (both["time_h"] - base["time_h"].reindex(both.index)) / 24
    if extra.empty or extra.max() < 1:
        return []
    worst = both.loc[extra.idxmax()]
    return [
        f"The longest delay is {extra.max():,.0f} days, on {' → '.join(worst['facility_names'])} ({worst['reason']})."
    ]
