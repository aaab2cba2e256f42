"""Scores corridors: brings the tables to the formulas of `geo`, and keeps every part that went in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pandas as pd

from geo.chain import allied_share, capacity_cover, chain_concentration, country_risk, maturity
from geo.concentration import governance_risk, stage_concentration, stage_shares
from geo.recourse import delay_if_closed, worst_delay
from geo.risk import corridor_risk, single_events
from geo.robustness import Robustness, separable, smaa
from geo.scores import CriteriaTable, criteria_table, normalise, score, score_parts, transport_criteria, weights
from layers.catalog import read_table
from layers.chokepoints import hazards
from layers.countries import countries
from layers.criteria import criteria, maturity_by_status, score_parameters
from layers.trade import Need, need

SHARES_YEAR = 2024


@dataclass(frozen=True, eq=False)
class Scored:
    """
    A score with its parts.

    Attributes
    ----------
    table
        Raw criteria and how sure each is.
    score
        Per corridor: `score, score_low, score_high, known_weight, ...` (see :func:`geo.scores.score`).
    weight
        Of each criterion.
    delays
        `corridor_id, chokepoint_id, delay_days`.
    draws
        Gives what :func:`robustness` gives of the table.
    """

    table: CriteriaTable
    score: pd.DataFrame
    weight: pd.Series
    delays: pd.DataFrame
    draws: Callable[[], tuple[Robustness | None, pd.DataFrame]]

    # what no map needs is worked out when it is first asked for: a map is sent before it

    @cached_property
    def parts(self) -> pd.DataFrame:
        """Every criterion of every corridor: raw, normalised, weight, contribution."""
        return score_parts(self.table, tables()[0], self.weight, floor=_floor())

    @cached_property
    def _drawn(self) -> tuple[Robustness | None, pd.DataFrame]:
        return self.draws()

    @property
    def robustness(self) -> Robustness | None:
        """Rank acceptability over the weight draws; null where fewer than two corridors are scored."""
        return self._drawn[0]

    @property
    def not_separable(self) -> pd.DataFrame:
        """Pairs of corridors that the data cannot tell apart."""
        return self._drawn[1]

    @property
    def first_share(self) -> pd.Series:
        """Share of the draws in which each corridor leads; of one that has no score there is none."""
        return pd.Series(dtype=float) if self.robustness is None else self.robustness.summary["first_share"]


@lru_cache(maxsize=1)
def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """Read criteria, score parameters, closure events and country risk once."""
    risk = governance_risk(countries()["wgi_political_stability"])
    return criteria(), score_parameters(), single_events(hazards()), risk


@lru_cache(maxsize=256)
def wanted(mineral: str, hub: str) -> Need:
    """Give what a hub needs of a mineral, read once."""
    return need(mineral, hub)


@lru_cache(maxsize=1)
def concentration() -> tuple[pd.Series, pd.DataFrame]:
    """Give each country's share of each stage of the world, and how concentrated each stage is."""
    production = read_table("production")
    year = production[production["year"] == SHARES_YEAR]
    universe = f"output {SHARES_YEAR}, contained tonnes (USGS, BGS, IEA)"
    return stage_shares(year), stage_concentration(year, universe=universe)


def raw_criteria(
    corridors: pd.DataFrame,
    detours_h: pd.DataFrame,
    *,
    status: pd.Series,
    allied: frozenset[str],
    alliance: str | None,
    told: Need | None = None,
) -> tuple[CriteriaTable, pd.DataFrame]:
    """
    Work out every criterion of every corridor, before any weight.

    Parameters
    ----------
    corridors
        One case of the corridors frame.
    detours_h
        From :func:`geo.detours.detours_h`.
    status
        Status by facility.
    allied, alliance
        Members of the alliance, and its name; without one the alliance criterion is unknown.
    told
        What the asker says that the hub needs, in place of the published figure.

    Returns
    -------
    table, delays
    """
    _, parameters, events, risk = tables()
    shares, stages = concentration()
    asked = set(zip(corridors["mineral"], corridors["hub"], strict=True))
    demand = pd.Series({pair: (told or wanted(*pair)).value_t_yr for pair in asked}, dtype=float)
    delays = delay_if_closed(corridors, detours_h)
    ready = corridors.assign(
        maturity=maturity(corridors["facility_ids"], status, maturity_by_status(parameters)),
    )
    inside = allied_share(ready, allied)
    if alliance is None:
        inside = pd.DataFrame({"allied_chain": float("nan")}, index=ready.index)
    parts = [
        transport_criteria(ready),
        corridor_risk(ready, events),
        worst_delay(ready, delays),
        country_risk(ready, risk),
        chain_concentration(ready, shares, stages),
        inside,
        capacity_cover(ready, demand),
    ]
    return criteria_table(ready, tables()[0], parts=parts), delays


def robustness(table: CriteriaTable) -> tuple[Robustness | None, pd.DataFrame]:
    """
    Say how far a ranking holds under any weights, whatever weights are chosen.

    Returns
    -------
    robustness, not_separable
        As in `Scored`.
    """
    rules, parameters = tables()[0], tables()[1]["value"].astype(float)
    live = normalise(table.raw, rules)[table.raw["cost_usd_t"].notna()]
    if len(live) < 2:  # noqa: PLR2004 - one corridor has no rank
        return None, pd.DataFrame()
    robust = smaa(
        live,
        live,
        alpha=pd.Series(1.0, index=live.columns),
        floor=_floor(),
        draws=int(parameters["smaa_draws"]),
        seed=int(parameters["smaa_seed"]),
    )
    low, high = float(parameters["separable_low"]), float(parameters["separable_high"])
    return robust, robust.winning.notna() & ~separable(robust.winning, low=low, high=high)


def _floor() -> float:
    """Give the least that a normalised criterion counts: a product with a zero in it would tell nothing."""
    return float(tables()[1]["value"]["floor"])


def scored(
    table: CriteriaTable,
    delays: pd.DataFrame,
    draws: Callable[[], tuple[Robustness | None, pd.DataFrame]],
    *,
    chosen: dict[str, float] | None = None,
) -> Scored:
    """
    Weigh the criteria.

    Parameters
    ----------
    table, delays
        From :func:`raw_criteria`.
    draws
        Gives what :func:`robustness` gives.
    chosen
        Weights by criterion that replace the default ones.
    """
    rules = tables()[0]
    weight = weights(rules, chosen=chosen or {})
    return Scored(
        table=table,
        score=score(normalise(table.raw, rules), weight, floor=_floor()),
        weight=weight,
        delays=delays,
        draws=draws,
    )
