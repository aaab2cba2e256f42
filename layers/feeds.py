"""What mines ship and plants take: `data/feeds.csv`, one reading of it for corridors and for the allocation."""

from pathlib import Path

import pandas as pd

from geo.errors import ContractError
from geo.feeds import Feeds
from layers.catalog import DATA, read_table

SHIPS, TAKES = "ships", "takes"
_KEY = ["facility_id", "mineral"]


def feeds(mineral: str, *, root: Path = DATA) -> Feeds:
    """
    Give the feeds of a mineral's mines and plants; a site without a row is not known and fits every other.

    Raises
    ------
    ContractError
        If a row names a facility that does not handle the mineral, a mine that takes or a plant that ships.
    """
    table = read_table("feeds", root=root)
    _check(table, read_table("facility_minerals", root=root), read_table("facilities", root=root))
    own = table[table["mineral"].eq(mineral)]
    ships, takes = (own[own["side"].eq(side)].groupby("facility_id")["feed"].agg(frozenset) for side in (SHIPS, TAKES))
    return Feeds(ships.to_dict(), takes.to_dict())


def _check(table: pd.DataFrame, minerals: pd.DataFrame, sites: pd.DataFrame) -> None:
    """Refuse rows of which no leg could make use."""
    known = minerals[_KEY].merge(sites[["facility_id", "kind"]], on="facility_id", how="left")
    rows = table.merge(known, on=_KEY, how="left")
    wrong = rows[rows["side"].map({SHIPS: "mine", TAKES: "processing"}).ne(rows["kind"])]
    if not wrong.empty:
        named = ", ".join(wrong["facility_id"].head(5))
        msg = f"feeds: {len(wrong)} rows are no mine that ships or plant that takes the mineral: {named}"
        raise ContractError(msg)
