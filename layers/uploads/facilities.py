"""A user's mines and plants: any table with a place and a mineral, mapped to the rows `layers.facilities` gives."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.schema import TEXT
from layers.uploads.checks import Checks
from layers.uploads.columns import plain, to_number, uses_decimal_comma
from layers.uploads.place import check_country, points
from layers.uploads.raw import WARNING, RawTable, shown
from layers.uploads.units import factor
from layers.uploads.upload import Upload, finish
from layers.uploads.words import chain_stages, country_of, minerals_in, stage_of, status_of

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "facility_id": ("facility_id", "id", "site_id", "mine_id", "plant_id", "asset_id"),
    "name": ("name", "facility", "facility_name", "site", "site_name", "mine", "mine_name", "plant", "project"),
    "lat": ("lat", "latitude", "y", "lat_dd", "latitude_dd", "breite", "latitud", "latitude_wgs84"),
    "lon": ("lon", "longitude", "long", "lng", "x", "lon_dd", "longitude_dd", "laenge", "longitud", "longitude_wgs84"),
    "wkt": ("wkt", "geometry", "geom", "the_geom"),
    "country": ("country_iso3", "country", "iso3", "country_code", "iso2", "nation", "pays", "land", "pais"),
    "minerals": ("mineral", "minerals", "commodity", "commodities", "product", "products", "metal", "materials"),
    "stage": ("chain_stage", "stage", "type", "facility_type", "kind", "process", "category"),
    "status": ("status", "operating_status", "state", "development_status"),
    "capacity": ("capacity_t_yr", "capacity", "capacity_t", "annual_capacity", "nameplate", "production"),
    "unit": ("unit", "capacity_unit", "units", "capacity_reported_unit"),
    "year": ("capacity_year", "year", "as_of"),
    "operator": ("operator", "company", "owner", "operating_company"),
    "note": ("note", "notes", "comment", "comments", "remark", "remarks"),
}  # fmt: skip
ID_PREFIX: Final = "U-"
"""Leads the ids of a user's facilities, so that they never stand for one of ours."""
_KINDS = {"mining": "mine", "concentration": "mine", "recycling": "recycling"}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_NEIGHBOUR_DEG = 0.01  # about 1 km: within it, rows of one id speak of one site


def read_facilities(raw: RawTable, *, file_name: str) -> Upload:
    """
    Map a table to facility rows, one per site and mineral.

    Returns
    -------
    upload
        `rows`: GeoDataFrame with the columns of `layers.facilities.facilities`; ids start with ``U-``; a capacity is
        contained tonnes a year, null where unknown or not convertible; ``truth_state`` is ``compiled``.

    Raises
    ------
    BadInputError
        If there is no column for name, mineral, stage or place.
    """
    aliases = _with_unit_in_header(raw)
    checks = Checks(raw, aliases)
    has_shapes = raw.geometry is not None or "wkt" in checks.columns
    checks.require(("name", "minerals", "stage", *(() if has_shapes else ("lat", "lon"))), aliases)
    lon, lat = points(checks)
    sites = pd.DataFrame({"name": checks.text("name"), "lon": lon, "lat": lat}, index=checks.lines)
    checks.report(sites["name"].isna(), "name", "is missing", "name the site")
    sites["country_iso3"] = check_country(
        checks, lon, lat, checks.translate("country", country_of, "write the English name or the ISO code, such as COD")
    )
    sites["stage"] = checks.translate("stage", stage_of, "write mining, refining, separation, anode, recycling ...")
    checks.report(checks.gaps("stage"), "stage", "is missing", "write mining, refining, separation ...")
    status = checks.translate("status", status_of, "write operating, construction, planned, closed or leave it empty")
    sites["status"] = status.where(status.notna(), "unknown")
    sites["facility_id"] = _ids(checks, sites)
    sites["operator"], sites["note"] = checks.text("operator"), checks.text("note")
    sites["minerals"] = _minerals(checks, sites["stage"])
    _capacity(checks, sites)
    _duplicates(checks, sites)
    return finish("facilities", file_name, checks, _contract(sites[~checks.bad], file_name))


def _with_unit_in_header(raw: RawTable) -> dict[str, tuple[str, ...]]:
    """Let a header such as `capacity (kt LCE/yr)` stand for the capacity."""
    taken = {name for names in ALIASES.values() for name in names}
    stated = [plain(name) for name in raw.cells.columns if plain(name).startswith("capacity_")]
    return ALIASES | {"capacity": (*ALIASES["capacity"], *(name for name in stated if name not in taken))}


def _stated_units(checks: Checks) -> pd.Series:
    """Give the unit of each row: its own, else the one in the header; `capacity_t_yr` means contained."""
    header = str(checks.columns.get("capacity", ""))
    by_contract = plain(header) == "capacity_t_yr"
    in_brackets = header.partition("(")[2].rpartition(")")[0].strip()
    fallback = "contained t/yr" if by_contract else in_brackets or "t"
    units = checks.text("unit")
    return units.where(units.notna(), fallback)


def _ids(checks: Checks, sites: pd.DataFrame) -> pd.Series:
    """Give each row the id it came with, else one made of its line; one id on two sites is reported."""
    given = checks.text("facility_id")
    own = pd.Series([f"{ID_PREFIX}{line}" for line in checks.lines], index=checks.lines, dtype=object)
    ids = own.where(given.isna(), ID_PREFIX + given.fillna("").str.removeprefix(ID_PREFIX))
    first = sites[["name", "lon", "lat"]].groupby(ids).transform("first")
    apart = (first["lon"] - sites["lon"]).abs().gt(_NEIGHBOUR_DEG) | (first["lat"] - sites["lat"]).abs().gt(
        _NEIGHBOUR_DEG
    )
    other = given.notna() & (apart | (first["name"].notna() & sites["name"].notna() & first["name"].ne(sites["name"])))
    checks.report(other, "facility_id", "the id stands for another site further up", "give each site its own id")
    return ids


def _minerals(checks: Checks, stages: pd.Series) -> pd.Series:
    """Read the minerals of each row, and check that their chains have its stage."""
    cells = checks.text("minerals")
    checks.report(cells.isna(), "minerals", "is missing", "name at least one mineral, such as cobalt")
    lists = {text: minerals_in(text) for text in cells.dropna().unique()}
    found = pd.Series([lists.get(text, ()) for text in cells], index=checks.lines, dtype=object)
    unknown = np.array([None in minerals or (not minerals and text is not None)
                        for minerals, text in zip(found, cells, strict=True)], dtype=bool)  # fmt: skip
    checks.report(unknown, "minerals", "a mineral is not known", "use ids such as rare_earths; separate several by ;")
    chains = chain_stages()
    lost = [
        [mineral for mineral in minerals if (mineral, stage) not in chains] if stage else []
        for minerals, stage in zip(found, stages, strict=True)
    ]
    mask = np.array([bool(minerals) for minerals in lost], dtype=bool) & ~unknown
    remedy = "use a stage of the mineral's chain: see data/value_chains.csv"
    checks.report(mask, "stage", lambda row: f"the chain of {lost[row][0]} has no such stage", remedy)
    return found


def _capacity(checks: Checks, sites: pd.DataFrame) -> None:
    """Read capacities, convert them to contained tonnes and say by which rule; add the columns to `sites`."""
    comma = uses_decimal_comma([checks.cells("capacity")], [checks.cells("lon"), checks.cells("lat")])
    remedy = "write digits with a decimal point and no thousands separator, or leave it empty"
    amount = checks.parse("capacity", lambda value: to_number(value, decimal_comma=comma), remedy)
    checks.report(amount < 0, "capacity", "is negative", "write tonnes a year, or leave it empty if unknown")
    units = _stated_units(checks)
    stages, chains = sites["stage"], chain_stages()
    rules: list[Any] = []
    for unit, minerals, stage, value in zip(units, sites["minerals"], stages, amount, strict=True):
        if np.isnan(value) or not minerals or None in minerals:
            rules.append(None)
        elif len(minerals) > 1:
            rules.append("shared")
        else:
            rules.append(factor(unit, minerals[0], chains.get((minerals[0], stage))))
    shared = np.array([rule == "shared" for rule in rules], dtype=bool)
    checks.report(
        shared, "capacity", "one capacity for several minerals: kept as reported, not used", "write one row a mineral",
        severity=WARNING,
    )  # fmt: skip
    faulty = np.array([isinstance(rule, str) for rule in rules], dtype=bool) & ~shared
    checks.report(faulty, "unit", lambda row: str(rules[row]), "write t/yr, kt/yr, `t LCE/yr`, `kt gross/yr` ...")
    bare = np.array([getattr(rule, "bare", False) for rule in rules], dtype=bool)
    checks.report(
        bare, "unit", "the unit names no basis: read as contained tonnes", "write such as `t LCE/yr` or `t gross/yr`",
        severity=WARNING,
    )  # fmt: skip
    usable = [rule if rule is not None and not isinstance(rule, str) else None for rule in rules]
    sites["capacity_t_yr"] = [v * r.value if r else np.nan for v, r in zip(amount, usable, strict=True)]
    sites["capacity_truth"] = [rule.truth if rule else "unknown" for rule in usable]
    sites["capacity_rule"] = [rule.rule if rule else None for rule in usable]
    sites["capacity_reported"] = amount
    sites["capacity_reported_unit"] = units.where(~np.isnan(amount), None)
    year = checks.parse("year", lambda value: to_number(value, decimal_comma=False), "write a year such as 2024")
    odd = (year < _FIRST_YEAR) | (year > _LAST_YEAR) | (year % 1 != 0) & np.isfinite(year)
    checks.report(odd, "year", "is no year", "write a year such as 2024")
    sites["capacity_year"] = pd.array(np.where(odd, np.nan, year), dtype="Float64").astype("Float64")


def _duplicates(checks: Checks, sites: pd.DataFrame) -> None:
    """Report a mineral that one site has twice; the first good row stays."""
    seen: dict[tuple[str, str], int] = {}
    twice = np.zeros(len(sites), dtype=bool)
    above: dict[int, int] = {}
    for row, (line, site, minerals) in enumerate(
        zip(sites.index, sites["facility_id"], sites["minerals"], strict=True)
    ):
        if checks.bad[row]:
            continue
        earlier = next((seen[site, mineral] for mineral in minerals if (site, mineral) in seen), None)
        if earlier is not None:
            twice[row], above[row] = True, earlier
        else:
            seen |= {(site, mineral): line for mineral in minerals}
    checks.report(
        twice, "facility_id", lambda row: f"same site and mineral as line {above[row]}", "delete one of the two rows"
    )


def _contract(sites: pd.DataFrame, file_name: str) -> gpd.GeoDataFrame:
    """Give good rows the columns and types of `layers.facilities.facilities`."""
    rows = sites.explode("minerals").rename(columns={"minerals": "mineral"}).reset_index(drop=True)
    chains = chain_stages()
    rows["chain_stage"] = [chains.get(pair) for pair in zip(rows["mineral"], rows["stage"], strict=True)]
    rows["kind"] = [_KINDS.get(stage, "processing") for stage in rows["stage"]]
    source = f"upload: {shown(file_name)}"
    rows = rows.assign(
        coord_precision="site",
        truth_state="compiled",
        source=source,
        capacity_source=rows["capacity_reported"].notna().map({True: source, False: None}),
        as_of=None,
        is_country_node=False,
    )
    names = [
        "facility_id", "mineral", "chain_stage", "capacity_truth", "capacity_source", "capacity_reported_unit",
        "capacity_rule", "name", "kind", "stage", "country_iso3", "coord_precision", "operator", "status",
        "truth_state", "source", "as_of", "note",
    ]  # fmt: skip
    rows = rows.astype(dict.fromkeys(names, TEXT) | dict.fromkeys(("capacity_t_yr", "capacity_reported"), "float64"))
    rows["capacity_year"] = rows["capacity_year"].astype("Int64")
    return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326")
