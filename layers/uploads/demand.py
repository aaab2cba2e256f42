"""A user's demand: mineral, country, year and tonnes, mapped to the table `demand`."""

from typing import Final

import numpy as np
import pandas as pd

from geo.schema import validate
from layers.uploads.checks import Checks
from layers.uploads.columns import plain, to_number, uses_decimal_comma
from layers.uploads.raw import WARNING, RawTable, shown
from layers.uploads.units import factor
from layers.uploads.upload import Upload, finish
from layers.uploads.words import country_of, mineral_of

ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "mineral": ("mineral", "commodity", "material", "metal", "product"),
    "country": ("country_iso3", "country", "iso3", "country_code", "hub", "region", "iso2"),
    "year": ("year", "period", "jahr", "annee", "ano"),
    "value": ("value_t", "demand_t", "demand", "value", "tonnes", "quantity", "consumption", "amount", "need", "t"),
    "unit": ("unit", "units"),
    "metric": ("metric", "what", "measure"),
    "note": ("flag", "note", "notes", "comment"),
}
_METRIC = "user's demand"
_YEARS = (1900, 2100)
_WHOLE_HUB = "EU"


def read_demand(raw: RawTable, *, file_name: str) -> Upload:
    """
    Map a table to rows of the contract `demand`, in contained tonnes.

    Raises
    ------
    BadInputError
        If there is no column for mineral, country, year or value.
    """
    checks = Checks(raw, ALIASES)
    checks.require(("mineral", "country", "year", "value"), ALIASES)
    fields = ("mineral", "country", "year", "value")
    for field in fields:
        checks.report(checks.gaps(field), field, "is missing", "every row needs mineral, country, year and value")
    mineral = checks.translate("mineral", mineral_of, "use an id such as rare_earths or cobalt")
    country = checks.translate("country", _country, "write the English name or the ISO code, such as JPN, or EU")
    year = checks.parse("year", lambda value: to_number(value, decimal_comma=False), "write a year such as 2024")
    odd = (year < _YEARS[0]) | (year > _YEARS[1]) | ((year % 1 != 0) & np.isfinite(year))
    checks.report(odd, "year", "is no year", "write a year such as 2024")
    metric = checks.text("metric")
    rows = pd.DataFrame(
        {"mineral": mineral, "item": mineral, "country_iso3": country, "year": year, "period": None,
         "metric": metric.where(metric.notna(), _METRIC), "hs6": None, "basis": "contained",
         "value_t": _tonnes(checks, mineral), "low_t": np.nan, "high_t": np.nan, "content_factor": np.nan,
         "flag": checks.text("note"), "source": f"upload: {shown(file_name)}", "truth_state": "compiled"},
        index=checks.lines,
    )  # fmt: skip
    twice = rows.assign(bad=checks.bad)[~checks.bad].duplicated(["item", "country_iso3", "year", "metric"])
    mask = checks.lines.isin(twice[twice].index)
    checks.report(mask, "mineral", "mineral, country, year and metric stand further up", "add the two rows up")
    good = rows[~checks.bad].reset_index(drop=True)
    good["period"] = good["year"].astype("Int64").astype("str")
    return finish("demand", file_name, checks, validate("demand", good))


def _country(word: str) -> str | None:
    """Return the country meant; the European Union counts as one."""
    return _WHOLE_HUB if plain(word) in ("eu", "eu27", "european_union") else country_of(word)


def _tonnes(checks: Checks, mineral: pd.Series) -> np.ndarray:
    """Read the values and turn them into contained tonnes."""
    comma = uses_decimal_comma([checks.cells("value")], [])
    remedy = "write digits with a decimal point and no thousands separator"
    amount = checks.parse("value", lambda value: to_number(value, decimal_comma=comma), remedy)
    checks.report(np.isnan(amount) & ~checks.bad, "value", "is unknown", "write tonnes, or delete the row")
    checks.report(amount < 0, "value", "is negative", "write the tonnes needed")
    default = "contained" if plain(checks.columns["value"]) == "value_t" else "t"
    units = checks.text("unit").fillna(default)
    pairs = {
        pair: factor(pair[0], pair[1], None) for pair in set(zip(units, mineral, strict=True)) if pair[1] is not None
    }
    found = [pairs.get(pair) for pair in zip(units, mineral, strict=True)]
    faulty = np.array([isinstance(item, str) for item in found], dtype=bool)
    checks.report(faulty, "unit", lambda row: str(found[row]), "write t, kt, `t LCE` ...")
    bare = np.array([getattr(item, "bare", False) for item in found], dtype=bool)
    checks.report(
        bare, "unit", "the unit names no basis: read as contained tonnes", "write such as `t contained` or `t LCE`",
        severity=WARNING,
    )  # fmt: skip
    factors = [np.nan if item is None or isinstance(item, str) else item.value for item in found]
    return np.asarray(amount * np.array(factors))
