"""What the plants of a supply need besides ore, what a scenario takes of it, and how to say so."""

from functools import lru_cache
from typing import Final

import pandas as pd

from geo.plant_inputs import BOUNDS, Bound, capacity_left, input_losses
from geo.scenarios import Scenario
from layers.catalog import read_table
from layers.chokepoints import chokepoints

_MOST: Final = 3
_STOCKS: Final = ["stock_days", "stock_days_low", "stock_days_high", "stock_truth"]
_SHARES: Final = ["chokepoint_id", "share", "share_low", "share_high", "source", "as_of", "truth_state"]
_KEPT: Final = ["share_lost", "stock_days", "fall"]


@lru_cache(maxsize=1)
def process_inputs() -> pd.DataFrame:
    """Return what each facility needs: ``facility_id, process, input``, its stock, and past what it comes."""
    plants = read_table("plant_processes")[["facility_id", "process"]]
    return plants.merge(read_table("process_inputs")[["process", "input", *_STOCKS]], on="process")


def input_names() -> frozenset[str]:
    """List the inputs that a scenario may name."""
    return frozenset(process_inputs()["input"])


@lru_cache(maxsize=1)
def _passages() -> frozenset[str]:
    """List the chokepoints past which any input comes."""
    return frozenset(read_table("input_supply")["chokepoint_id"])


def lost_passages(scenario: Scenario) -> dict[str, float]:
    """Give the share that is gone of each chokepoint past which an input comes."""
    shares = {item: 1.0 - left for item, left in scenario.partial} | dict.fromkeys(scenario.close, 1.0)
    return {item: gone for item, gone in shares.items() if item in _passages()}


def passages_of(sites: pd.DataFrame) -> frozenset[str]:
    """List the chokepoints past which an input of these sites comes, as far as anything is known of it."""
    return frozenset(site_needs(sites)["chokepoint_id"].dropna())


def touches_inputs(scenario: Scenario) -> bool:
    """Tell whether a scenario takes any input away."""
    return bool(scenario.inputs or lost_passages(scenario))


def short_inputs(sites: pd.DataFrame, scenario: Scenario, *, bound: Bound = "stated") -> pd.DataFrame:
    """
    List the sites that lose an input in a scenario.

    Returns
    -------
    short
        Index ``site_id``, a row an input: ``name, country_iso3, stage, process, input, chokepoints``; ``share_lost,
        stock_days, fall`` (share of capacity) and the same with ``_least`` and ``_most``; ``capacity_t_yr`` before,
        ``capacity_left_t_yr``; ``source, as_of, truth_state`` of the share, ``stock_truth``. Null: not published.
    """
    if not touches_inputs(scenario):
        return _none_short()
    return _short(sites, scenario, bound)


@lru_cache(maxsize=1)
def _none_short() -> pd.DataFrame:
    """Keep the table of a scenario that takes no input: its heads alone."""
    heads = ["site_id", "facility_id", "name", "country_iso3", "stage"]
    sites = pd.DataFrame({name: pd.Series(dtype=str) for name in heads}).set_index("site_id")
    return _short(sites.assign(capacity_t_yr=pd.Series(dtype=float)), Scenario(), "stated")


def _short(sites: pd.DataFrame, scenario: Scenario, bound: Bound) -> pd.DataFrame:
    """Work the table of `short_inputs` out."""
    needs = site_needs(sites)
    asked = {"closed": lost_passages(scenario), "cut": dict(scenario.inputs), "duration_days": scenario.duration_days}
    found = {one: input_losses(needs, bound=one, **asked) for one in BOUNDS}  # type: ignore[arg-type]
    table = found[bound].set_index("input", append=True)
    for one in ("least", "most"):
        own = found[one].set_index("input", append=True)[_KEPT]
        table = table.join(own.add_suffix(f"_{one}"))
    told = needs.drop_duplicates(["site_id", "input"]).set_index(["site_id", "input"])
    table = table.join(told[["process", "stock_truth", "source", "as_of", "truth_state"]]).reset_index("input")
    table = table.join(sites[["name", "country_iso3", "stage", "capacity_t_yr"]])
    return table.assign(capacity_left_t_yr=table["capacity_t_yr"] * (1.0 - table["fall"])).sort_values(
        ["input", "capacity_t_yr"], ascending=[True, False]
    )


def site_needs(sites: pd.DataFrame) -> pd.DataFrame:
    """Join the needs of facilities to the sites of a supply, one row a site, input and chokepoint."""
    named = sites.reset_index()[["site_id", "facility_id", "country_iso3"]].merge(process_inputs(), on="facility_id")
    supply = read_table("input_supply")[["input", "country_iso3", *_SHARES]]
    return named.merge(supply, on=["input", "country_iso3"], how="left")


def without_inputs(sites: pd.DataFrame, short: pd.DataFrame, *, unknown_capacity_t_yr: float | None) -> pd.DataFrame:
    """Lower the capacities of the sites that are short of an input."""
    return capacity_left(sites, short, unknown_capacity_t_yr=unknown_capacity_t_yr)


def input_words(short: pd.DataFrame, scenario: Scenario) -> list[str]:
    """Say which plants lose what because of which input, and which plants nobody knows about."""
    told = []
    for name, rows in short.groupby("input"):
        why = ", ".join(chokepoints()["name"].reindex(sorted({item for act in rows["chokepoints"] for item in act})))
        cause = f"with {why} shut" if why else "as the scenario supposes"
        known = rows[rows["share_lost"].notna()]
        falls = known[known["fall"] > 0]
        if len(falls):
            told.append(_fall_words(str(name), cause, falls))
        elif len(known):
            days, lasts = float(known["stock_days"].min()), scenario.duration_days
            told.append(
                f"No plant runs out of {name} {cause}: stocks last {days:,.0f} days or more, the scenario {lasts:,.0f}."
            )
        if lost := list(rows.loc[rows["share_lost"].isna(), "name"]):
            told.append(
                f"Not known how much {name} {len(lost)} plants lose {cause}, nothing to all of it: "
                f"{', '.join(lost[:_MOST])}{f' and {len(lost) - _MOST} more' if len(lost) > _MOST else ''}. "
                "Their output is left as it is."
            )
    return told


def _fall_words(name: str, cause: str, falls: pd.DataFrame) -> str:
    """Name the plants that fall, those that lose most first."""
    lost = (falls["capacity_t_yr"] - falls["capacity_left_t_yr"]).sort_values(ascending=False)
    named = [
        f"{row.name} ({row.country_iso3}) {row.capacity_t_yr:,.0f} to {row.capacity_left_t_yr:,.0f}"
        for row in falls.loc[lost.dropna().index[:_MOST]].itertuples(index=False)
    ]
    low, high = falls["stock_days_most"].min(), falls["stock_days_least"].max()
    days = f"{low:,.0f} to {high:,.0f}" if low < high else f"{low:,.0f}"
    least, most = falls["share_lost"].min(), falls["share_lost"].max()
    share = f"{least:.0%}" if least == most else f"{least:.0%} to {most:.0%}"
    less = f"can make {lost.sum():,.0f} t/yr less (estimated). Of these: {'; '.join(named)} t/yr."
    return (
        f"{name.capitalize()} runs short {cause}: once stocks of {days} days are gone, {len(falls)} plants lose "
        f"{share} of it and {less if named else 'make less; how much they make is not known.'}"
    )
