"""Turns a capacity or demand as stated into contained tonnes, with the rule in words; factors come from `data/`."""

import re
from functools import cache
from typing import Final, NamedTuple

from layers.catalog import read_table

_MASS_T: Final = {
    "t": 1.0, "tonne": 1.0, "tonnes": 1.0, "ton": 1.0, "tons": 1.0, "mt": None, "tpa": 1.0, "tpy": 1.0,
    "kt": 1e3, "ktpa": 1e3, "ktpy": 1e3, "kg": 1e-3, "kgpa": 1e-3, "lb": 0.45359237e-3, "lbs": 0.45359237e-3,
}  # fmt: skip
_PER_YEAR = re.compile(r"\s*(?:/\s*(?:yr?|year|a|an|annum)|per\s+(?:year|annum)|p\.?a\.?|_yr|_t_yr)\s*$", re.IGNORECASE)
_GROSS = frozenset({"gross", "concentrate", "ore", "product", "conc"})
# The compound that the reference price of the mineral is quoted in: its content is in `minerals.csv`.
_COMPOUNDS: Final = {"lithium": ("lce", "li2co3"), "tungsten": ("wo3",), "vanadium": ("v2o5",), "tantalum": ("ta2o5",)}


class Factor(NamedTuple):
    """Contained tonnes per stated unit, how sure that is, and in words."""

    value: float
    truth: str
    rule: str
    bare: bool = False
    """Whether the unit names no basis, so that contained tonnes were assumed."""


def factor(unit: str | None, mineral: str, stage: str | None) -> Factor | str:
    """
    Find contained tonnes per unit, or return what is wrong with the unit.

    Examples
    --------
    >>> factor("kt LCE/yr", "lithium", "refining").value
    187.9
    >>> factor("Mt", "copper", "mining")
    "'Mt' is read as million or as metric tonnes: write kt or t"
    """
    if unit is None or unit.lower() in ("contained", "contained t/yr"):
        return Factor(1.0, "compiled", "contained: as reported")
    words = re.sub(r"[()\[\]]", " ", _PER_YEAR.sub("", unit)).replace("_", " ").split()
    if not words or words[0].lower() not in _MASS_T:
        return f"unit {unit[:40]!r} is not known"
    mass = _MASS_T[words[0].lower()]
    if mass is None:
        return f"{words[0]!r} is read as million or as metric tonnes: write kt or t"
    basis = " ".join(words[1:]).lower().removeprefix("of ")
    return _with_basis(mass, basis, mineral, stage)


def _with_basis(mass: float, basis: str, mineral: str, stage: str | None) -> Factor | str:
    """Multiply by what a tonne of the stated substance contains."""
    contained_unit, content, name = _minerals()[mineral]
    own = contained_unit.removeprefix("t ").lower()
    if not basis:
        return Factor(mass, "compiled", "contained: unit without a basis", bare=True)
    if basis in (own, own.split()[0], name, mineral, "contained", f"contained {own}", f"{own} contained"):
        return Factor(mass, "compiled", "contained: as reported")
    if basis in _COMPOUNDS.get(mineral, ()):
        return Factor(mass * content, "compiled", f"{basis}: x {content:g} (stoichiometry)")
    gross = _gross().get((mineral, stage))
    if _GROSS & set(basis.split()) and gross is not None:
        return Factor(mass * gross, "estimated", f"gross: product x {gross:g} (value_chains)")
    return f"basis {basis[:40]!r} is not known for {mineral}"


@cache
def _minerals() -> dict[str, tuple[str, float, str]]:
    """Read contained unit, content of the priced compound and name of each mineral."""
    rows = read_table("minerals").itertuples()
    return {
        row.mineral: (row.contained_unit, float(row.price_contained_fraction), str(row.name).lower()) for row in rows
    }


@cache
def _gross() -> dict[tuple[str, str | None], float]:
    """Read what a tonne of each stage's product contains."""
    rows = read_table("value_chains").itertuples()
    return {(row.mineral, row.stage): float(row.contained_fraction) for row in rows}
