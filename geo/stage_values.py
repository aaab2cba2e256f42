"""
What more capacity at a stage is worth: anywhere, and outside the country that has most of it.

A price of a row says what the *first* tonne saves, at most: where an optimum is degenerate the next tonne may save
less. So the programme is solved again with a little more capacity at one facility, and what that saves is told.
"""

from typing import Final

import numpy as np
import pandas as pd

from geo.allocation_model import AllocationModel
from geo.solver import TOLERANCE, Prepared, Solution

STEP: Final = 1.0
"""Capacity added, in units of the programme: a thousandth of the demand of all hubs."""
_FEW_T: Final = 10.0
STAGE_KINDS: Final = ("stage", "stage_outside")
_COLUMNS: Final = [
    "kind",
    "subject",
    "detail",
    "value_usd_t",
    "binding",
    "sentence",
    "site_id",
    "facilities",
    "step_t_yr",
]


def stage_values(model: AllocationModel, duals: pd.DataFrame, *, base: Solution | None = None) -> pd.DataFrame:
    r"""
    Say what one more tonne a year of capacity at each stage is worth, where it is worth most.

    .. math:: v = \max_{f} \frac{z(K) - z(K + \delta e_f)}{\delta}

    over the facilities f of the stage that there are, with :math:`\delta` = `STEP`. The optimum is convex in the
    capacities, so no facility saves more than its price: those are tried in the order of their prices, until the
    next price is below what was found.

    Parameters
    ----------
    model
        From `geo.allocation_model.build`.
    duals
        From `geo.allocation.allocate` on the same frames and options.
    base
        The first optimum of the same allocation; solved here where it is not given.

    Returns
    -------
    values
        Two rows a stage, in order of the stages' names: ``kind`` (`STAGE_KINDS`), ``subject`` (stage), ``detail`` (for
        ``stage_outside`` the country left out, which has most of the known capacity), ``value_usd_t`` (null where no
        facility has a known capacity), ``binding`` (worth more than nothing), ``sentence``, ``site_id`` (where),
        ``facilities`` (how many there are to choose from), ``step_t_yr`` (how much was added). Plants count;
        at a stage that has none, its sources.
    """
    price = duals[duals["kind"].eq("capacity")].set_index("subject")["value_usd_t"]
    saving = _Savings(model, base)
    rows = []
    for stage, sites in model.sites.groupby("stage"):
        plants = sites[~sites["source"].astype(bool)]
        held = sites if plants.empty else plants
        sizes = held.groupby("country_iso3")["capacity_t_yr"].sum().sort_index()
        largest = str(sizes.idxmax()) if len(sizes) else ""
        rows.append(_row(saving, price, held, (str(stage), "")))
        if largest:
            rows.append(_row(saving, price, held[held["country_iso3"].ne(largest)], (str(stage), largest)))
    return pd.DataFrame(rows, columns=_COLUMNS)


class _Savings:
    """What a step more capacity at a facility saves, each solved once."""

    def __init__(self, model: AllocationModel, base: Solution | None) -> None:
        self._base = base
        self.step_t_yr = STEP * model.scale_t
        self._program = model.program
        rows = model.program.rows
        own = rows["kind"].eq("capacity")
        self._row = pd.Series(np.flatnonzero(own.to_numpy()), index=rows.loc[own, "subject"])
        self._prepared: Prepared | None = None
        self._kept: dict[str, float] = {}

    def usd_t(self, site: str) -> float:
        """Give the saving by tonne."""
        if site not in self._kept:
            self._prepared = self._prepared or Prepared(self._program, base=self._base)
            held = self._program.row_upper.copy()
            held[int(self._row[site])] += STEP
            found = self._prepared.solve(upper=self._program.upper, row_upper=held)
            self._kept[site] = (self._prepared.base.objective - found.objective) / STEP
        return self._kept[site]


def _row(saving: _Savings, price: pd.Series, sites: pd.DataFrame, where: tuple[str, str]) -> dict[str, object]:
    """Find the facility where a step is worth most, and say so."""
    best, at = 0.0, ""
    for site, most in price.reindex(sites.index).sort_values(ascending=False, kind="stable").items():
        if most <= max(best, TOLERANCE):
            break
        if (saved := saving.usd_t(str(site))) > max(best, TOLERANCE):
            best, at = saved, str(site)
    stage, outside = where
    place = f"{stage} outside {outside}" if outside else stage
    if sites.empty:
        told = f"No facility of {place} has a known capacity: what more of it is worth is not known."
    elif at:
        told = (
            f"One more t/yr of {place} is worth {best:,.0f} USD/t, at {at} ({stage}, {sites.loc[at, 'country_iso3']}), "
            f"the best of {len(sites)} facilities (solved again with {_amount(saving.step_t_yr)} t/yr more there)."
        )
    else:
        told = f"More {place} is worth nothing: room at any of its {len(sites)} facilities would save no cost."
    return {
        "kind": STAGE_KINDS[bool(outside)],
        "subject": stage,
        "detail": outside,
        "value_usd_t": best if len(sites) else np.nan,
        "binding": bool(at),
        "sentence": told,
        "site_id": at or None,
        "facilities": len(sites),
        "step_t_yr": saving.step_t_yr,
    }


def _amount(tonnes: float) -> str:
    """Write tonnes: whole ones, two digits where there are few."""
    return f"{tonnes:,.0f}" if tonnes >= _FEW_T else f"{tonnes:.2g}"
