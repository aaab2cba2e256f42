"""Production, demand, prices, recycling, trade flows and reserves, as the corridor rooms ask for them."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from geo.errors import UnknownIdError
from layers.catalog import DATA, read_table

_KG_PER_T = 1000.0
_NOT_COUNTRIES = ("WLD", "OTH")
_CONSUMPTION = ("apparent", "estimated", "reported")


class Need(NamedTuple):
    """What a place needs of a mineral in a year: contained tonnes, null where nobody publishes a usable figure."""

    value_t_yr: float | None
    year: int | None
    metric: str
    truth_state: str


def production_shares(mineral: str, *, stage: str, year: int, root: Path = DATA) -> pd.DataFrame:
    """
    Return the share of each country in the output of a stage, largest first.

    Returns
    -------
    shares
        ``country_iso3, value_t`` (contained), ``share`` of the published world total (of the sum of countries where
        no total is published), ``source, truth_state``. Empty where nobody publishes the stage.
    """
    rows = read_table("production", root=root)
    rows = rows[rows["mineral"].eq(mineral) & rows["stage"].eq(stage) & rows["year"].eq(year)]
    countries = rows[~rows["country_iso3"].isin(_NOT_COUNTRIES) & rows["value_t"].notna()]
    world = rows.loc[rows["country_iso3"].eq("WLD"), "value_t"]
    # rounded world totals may be less than what the countries add up to
    total = max(world.max() if world.notna().any() else 0.0, countries["value_t"].sum())
    ranked = countries.assign(share=countries["value_t"] / total if total else float("nan"))
    columns = ["country_iso3", "value_t", "share", "source", "truth_state"]
    return ranked[columns].sort_values("value_t", ascending=False, ignore_index=True)


def reference_prices(*, root: Path = DATA) -> pd.DataFrame:
    """
    Return one price series per mineral in USD per contained tonne.

    The priced item and its contained fraction are named in the table ``minerals``; the price is the item's divided
    by that fraction.

    Returns
    -------
    prices
        ``mineral, year, price_usd_t`` (contained), ``item, source, truth_state``.
    """
    minerals = read_table("minerals", root=root)
    prices = read_table("prices", root=root)
    columns = ["mineral", "price_part", "price_item", "price_contained_fraction"]
    named = minerals[columns].rename(columns={"price_part": "part", "price_item": "item"})
    priced = prices.merge(named, on=["mineral", "part", "item"])
    priced["price_usd_t"] = priced["price_usd_kg"] * _KG_PER_T / priced["price_contained_fraction"]
    kept = ["mineral", "year", "price_usd_t", "item", "source", "truth_state"]
    return priced[kept].sort_values(["mineral", "year"], ignore_index=True)


def need(mineral: str, place: str, *, root: Path = DATA) -> Need:
    """
    Return the best published figure of what `place` (a country, or ``EU``) consumes.

    Consumption in contained tonnes where published (apparent before estimated before reported, latest year; the
    parts of a mineral, platinum and palladium, added). Elsewhere gross imports times the contained factor of each
    heading that has one, marked ``estimated``: a trade proxy counts what is imported to be re-exported, and misses
    what comes in magnets, cells and alloys.

    Raises
    ------
    UnknownIdError
        If the table knows no such mineral.
    """
    rows = read_table("demand", root=root)
    if mineral not in set(rows["mineral"]) | set(read_table("minerals", root=root)["mineral"]):
        msg = f"unknown mineral {mineral!r}"
        raise UnknownIdError(msg)
    return best_need(rows[rows["mineral"].eq(mineral) & rows["country_iso3"].eq(place)])


def best_need(rows: pd.DataFrame) -> Need:
    """Pick the best figure, as `need` says, from the rows of ``demand`` of one mineral and one place."""
    filled = rows[rows["value_t"].notna()]
    return _consumption(filled) or _proxy(filled) or Need(None, None, "nobody publishes a usable figure", "unknown")


def _consumption(rows: pd.DataFrame) -> Need | None:
    """Pick contained consumption of the latest year, in the order of preference."""
    contained = rows[rows["basis"].eq("contained") & rows["hs6"].isna()]
    words = contained["metric"].str.lower()
    for word in _CONSUMPTION:
        found = contained[words.str.contains("consumption") & words.str.contains(word)]
        if found.empty:
            continue
        latest = found[found["year"].eq(found["year"].max())].drop_duplicates("item")
        worst = "reported" if latest["truth_state"].eq("reported").all() else "compiled"
        return Need(float(latest["value_t"].sum()), int(latest["year"].max()), latest["metric"].iloc[0], worst)
    return None


def _proxy(rows: pd.DataFrame) -> Need | None:
    """Add up gross imports, contained, over the headings whose content is known."""
    imports = rows[rows["metric"].str.startswith("gross imports") & rows["content_factor"].notna()]
    if imports.empty:
        return None
    contained = (imports["value_t"] * imports["content_factor"]).sum()
    headings = ", ".join(sorted(imports["hs6"].unique()))
    return Need(float(contained), int(imports["year"].max()), f"imports under HS {headings}, contained", "estimated")


def trade_flows(mineral: str, *, root: Path = DATA) -> pd.DataFrame:
    """
    Return the usable bilateral flows of a mineral (gross tonnes).

    Spurious rows are left out; where one flow is booked under two headings (Congolese cobalt under 282200 and
    810510) the larger stays.
    """
    flows = read_table("trade_flows", root=root)
    own = flows[flows["mineral"].eq(mineral) & flows["flag"].ne("spurious")]
    twice = own["flag"].notna()
    pair = ["exporter_iso3", "importer_iso3"]
    larger = own[twice].sort_values("mean_t").drop_duplicates(pair, keep="last")
    return pd.concat([own[~twice], larger]).sort_values("mean_t", ascending=False, ignore_index=True)
