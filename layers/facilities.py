"""Mines, plants and recycling sites as points, one row per facility and mineral, capacities filled and marked."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.errors import ContractError, UnknownIdError
from layers.capacity import estimate_capacity, national_totals
from layers.catalog import DATA, read_table

CRS = "EPSG:4326"


def facilities(*, root: Path = DATA) -> gpd.GeoDataFrame:
    """
    Read every facility with each of its minerals.

    Returns
    -------
    facilities
        One row per facility and mineral, EPSG:4326 points. Columns of the tables ``facilities`` and
        ``facility_minerals``; ``capacity_t_yr`` is contained tonnes a year, estimated by the rule of
        `layers.capacity` where ``capacity_truth`` is ``estimated`` and ``capacity_rule`` says so, null where
        unknown. ``chain_stage`` is null where the site is no stage of the mineral's chain.
        ``is_country_node`` marks rows that stand for a national total, not for a site.

    Raises
    ------
    ContractError
        If a row names a facility or a stage that the other tables do not hold.
    """
    sites = read_table("facilities", root=root)
    minerals = read_table("facility_minerals", root=root)
    _check_ids(sites, minerals)
    _check_stages(minerals, read_table("value_chains", root=root))
    joined = minerals.merge(sites, on="facility_id", how="left", validate="many_to_one")
    filled = estimate_capacity(joined, national_totals(read_table("production", root=root)))
    filled["is_country_node"] = filled["facility_id"].str.startswith("N-")
    points = gpd.points_from_xy(filled["lon"], filled["lat"])
    return gpd.GeoDataFrame(filled, geometry=points, crs=CRS)


def of_mineral(frame: gpd.GeoDataFrame, mineral: str) -> gpd.GeoDataFrame:
    """
    Return the rows of one mineral that are a stage of its chain.

    Raises
    ------
    UnknownIdError
        If no facility handles `mineral`.
    """
    its_own = frame["mineral"].eq(mineral)
    if not its_own.any():
        msg = f"unknown mineral {mineral!r}; known: {', '.join(sorted(frame['mineral'].unique()))}"
        raise UnknownIdError(msg)
    return frame[its_own & frame["chain_stage"].notna()].reset_index(drop=True)


def _check_ids(sites: pd.DataFrame, minerals: pd.DataFrame) -> None:
    """Refuse rows whose facility is in one table only: a join would drop or blank them."""
    apart = sorted(set(sites["facility_id"]) ^ set(minerals["facility_id"]))
    if apart:
        msg = f"facilities and facility_minerals differ in {len(apart)} facility_id: {', '.join(apart[:5])}"
        raise ContractError(msg)


def _check_stages(minerals: pd.DataFrame, chains: pd.DataFrame) -> None:
    """Refuse a stage that the mineral's chain does not have."""
    known = set(zip(chains["mineral"], chains["stage"], strict=True))
    staged = minerals[minerals["chain_stage"].notna()]
    pairs = pd.Series(list(zip(staged["mineral"], staged["chain_stage"], strict=True)), index=staged.index)
    lost = staged[~pairs.isin(known)]
    if not lost.empty:
        named = ", ".join(lost["facility_id"].head(5))
        msg = f"facility_minerals.chain_stage: {len(lost)} rows name a stage their chain does not have: {named}"
        raise ContractError(msg)
