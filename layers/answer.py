"""
The answer to a question: corridors of the base case and of a scenario, scored, with what changed in plain words.

Every step is kept by the question and the scenario it answers, so a toggle back costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd

from geo.chains import first_facility
from geo.corridors import Finder
from geo.detours import detours_h
from geo.feeds import unfed
from geo.legs import corridors_frame, legs_frame
from geo.pareto import non_dominated
from geo.questions import Corridor
from geo.robustness import Robustness
from geo.scenarios import Scenario
from geo.scores import CriteriaTable
from geo.ways import DEGRADED_STRETCH
from layers.findings import findings
from layers.licences import refused_words
from layers.once import once
from layers.own import NOTHING, Own
from layers.planner import finder, finder_with
from layers.restricted import has_rules, restricted, rule_words, without_rules
from layers.scoring import Scored, raw_criteria, robustness, scored
from layers.starts import Start, starts

CASES_KEPT = 24  # about 4 MB each
OBJECTIVES = {
    "cost_usd_t": False,
    "time_p95_days": False,
    "co2e_kg_t": False,
    "closure_delay_days": False,
    "country_risk_worst": False,
    "allied_chain": True,
    "capacity_cover": True,
}
"""What a corridor must be beaten in, all of it, to be left out; true where more is better."""


@dataclass(frozen=True)
class Ask:
    """
    What is wanted where.

    Attributes
    ----------
    mineral, hub
        Ids.
    final_stage
        The final product; by default the refined material.
    own
        What the asker brings: facilities beside ours, demand in place of ours. Part of the key of all that is kept.
    """

    mineral: str
    hub: str
    final_stage: str | None = None
    own: Own = NOTHING


@dataclass(frozen=True, eq=False)
class Case:
    """One case, base or scenario: its corridors, as found and as rows, and the criteria before any weight."""

    found: tuple[Corridor, ...]
    corridors: pd.DataFrame
    table: CriteriaTable
    delays: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Answer:
    """
    Corridors of both cases, scored.

    Attributes
    ----------
    ranked
        Rows of both cases (`case`; the base case alone where nothing is changed), index `corridor_id`, best first: the
        columns of the architecture note with `score, score_low, score_high, known_weight, rank, efficient`.
    base, scenario
        Scores with their parts; the scenario's are the base's where nothing is changed.
    weights
        The weights that were chosen, by criterion; the others are the default ones.
    start
        Which corridors and sources are here.
    """

    ask: Ask
    asked: Scenario
    ranked: pd.DataFrame
    base: Scored
    scenario: Scored
    weights: tuple[tuple[str, float], ...] = ()
    start: Start = "both"

    # what no map needs is worked out when it is first asked for: a map is sent before it

    @cached_property
    def corridors(self) -> pd.DataFrame:
        """`ranked` with `first_share`, the share of the draws of weights in which a corridor leads."""
        case, frame = self.ranked["case"], self.ranked.copy()
        base, now = (
            scores.first_share.reindex(frame.index[case == name])
            for name, scores in (("base", self.base), ("scenario", self.scenario))
        )
        frame.insert(frame.columns.get_loc("known_weight") + 1, "first_share", np.concatenate([base, now]))
        return frame

    @cached_property
    def legs(self) -> pd.DataFrame:
        """Legs of both cases, with `case`."""
        both = [_legs(self.ask, each).assign(case=case) for case, each in _cases(self.asked).items()]
        legs = pd.concat(both, ignore_index=True)
        return legs if self.start == "both" else legs[legs["corridor_id"].isin(self.ranked.index)]

    @cached_property
    def sources(self) -> pd.DataFrame:
        """
        Every source of the mineral with its cheapest chain in both cases.

        `name, stage, country_iso3, base_cost_usd_t, cost_usd_t, status, reason`.
        """
        rows = source_status(self.ask, self.asked)
        return rows[starts(rows.index, self.start, self.ask.own)]

    @cached_property
    def findings(self) -> tuple[str, ...]:
        """What changed, in plain words."""
        return (*findings(self.ranked, self.sources, self.asked), *_rules(self.ask, self.asked, self.ranked))


def answer(ask: Ask, scenario: Scenario, *, weights: Mapping[str, float] | None = None) -> Answer:
    """
    Answer a question under a scenario.

    Raises
    ------
    UnknownIdError
        For a mineral, hub, final product or alliance that no table holds.
    """
    weighed = tuple(sorted((weights or {}).items()))
    scores = {case: _scores(ask, each, weighed) for case, each in _cases(scenario).items()}
    return Answer(
        ask=ask,
        asked=scenario,
        ranked=pd.concat([_ranked(ask, each, weighed) for each in _cases(scenario).values()]),
        base=scores["base"],
        scenario=scores.get("scenario", scores["base"]),
        weights=weighed,
    )


def _cases(scenario: Scenario) -> dict[str, Scenario]:
    """Name what is asked: the base case, and the scenario where it changes anything."""
    return {"base": scenario.base} | ({} if scenario.is_base else {"scenario": scenario})


def the_finder(ask: Ask, scenario: Scenario) -> Finder:
    """Give the finder of a question; a base case and its scenario share one."""
    asked = (ask.mineral, ask.hub, ask.final_stage, scenario.alliance)
    return finder(*asked) if ask.own.facilities is None else finder_with(*asked, ask.own.facilities)


@once(maxsize=CASES_KEPT)
def _found(ask: Ask, scenario: Scenario) -> tuple[Corridor, ...]:
    return tuple(the_finder(ask, scenario).find(scenario))


def _stranded_by_rules(ask: Ask, scenario: Scenario) -> tuple[Corridor, ...]:
    """List the corridors that there would be without rules and that a ban in force on the day strands."""
    if scenario.as_of is None:
        return ()
    asked = the_finder(ask, scenario)
    return tuple(
        asked.judged(corridor, scenario)
        for corridor in _found(ask, without_rules(scenario.base))
        if asked.banned(corridor, scenario)
    )


@once(maxsize=CASES_KEPT)
def _scores(ask: Ask, scenario: Scenario, chosen: tuple[tuple[str, float], ...]) -> Scored:
    """Weigh a case."""
    case = _case(ask, scenario)
    return scored(case.table, case.delays, partial(_robust, ask, scenario), chosen=dict(chosen))


@once(maxsize=CASES_KEPT)
def _robust(ask: Ask, scenario: Scenario) -> tuple[Robustness | None, pd.DataFrame]:
    """Draw ten thousand weights for a case, once: they take memory, so sessions take turns here too."""
    return robustness(_case(ask, scenario).table)


@once(maxsize=CASES_KEPT)
def _case(ask: Ask, scenario: Scenario) -> Case:
    """Work out a case: what becomes of each corridor of the base case, and what else is found."""
    asked = the_finder(ask, scenario)
    before = (*_found(ask, scenario.base), *_stranded_by_rules(ask, scenario.base))
    if scenario.is_base:
        return _worked_out(ask, scenario, before, "base")
    known = {corridor.corridor_id: corridor for corridor in (*before, *_found(ask, scenario))}
    return _worked_out(ask, scenario, tuple(asked.judged(each, scenario) for each in known.values()), "scenario")


def _worked_out(ask: Ask, scenario: Scenario, corridors: tuple[Corridor, ...], case: str) -> Case:
    asked = the_finder(ask, scenario)
    frame = corridors_frame(asked, corridors, case=case)
    frame["hub"] = ask.hub
    status = asked.question.plants["status"]
    table, delays = raw_criteria(
        frame,
        detours_h(asked, corridors, scenario),
        status=status[~status.index.duplicated()],
        allied=asked.question.allied,
        alliance=scenario.alliance,
        told=ask.own.need(ask.mineral, ask.hub),
    )
    frame["maturity"] = table.raw["maturity"]
    return Case(corridors, frame, table, delays)


@once(maxsize=CASES_KEPT)
def _legs(ask: Ask, scenario: Scenario) -> pd.DataFrame:
    """List the legs of a case."""
    return legs_frame(the_finder(ask, scenario), _case(ask, scenario).found, scenario)


@once(maxsize=CASES_KEPT)
def _ranked(ask: Ask, scenario: Scenario, chosen: tuple[tuple[str, float], ...]) -> pd.DataFrame:
    """Join the scores of a case and order by them; stranded corridors come last."""
    corridors, scores = _case(ask, scenario).corridors, _scores(ask, scenario, chosen)
    own = scores.score[["score", "score_low", "score_high", "known_weight"]]
    own = own.where(corridors["cost_usd_t"].reindex(own.index).notna())  # a stranded one has no score to be known of
    frame = corridors.join(own)
    objectives = scores.table.raw[list(OBJECTIVES)]
    live = objectives[objectives["cost_usd_t"].notna()].dropna(axis=1, how="all")  # unknown of all tells none apart
    maximise = [name for name in live.columns if OBJECTIVES[name]]
    frame["efficient"] = non_dominated(live, maximise=maximise).reindex(frame.index, fill_value=False)
    # by what is sure: a corridor must not lead because little is known of it
    frame["rank"] = frame["score_low"].rank(ascending=False, method="min")
    return frame.sort_values(["score_low", "cost_usd_t"], ascending=[False, True], na_position="last")


def source_status(ask: Ask, scenario: Scenario) -> pd.DataFrame:
    """
    Say for every source of the mineral whether it still reaches the hub, by its cheapest chain.

    Returns
    -------
    sources
        Index `facility_id`; a source that our network does not join, even in the base case, or whose product no plant
        takes as far as we know, is `unknown`, not absent and not stranded: `unfed` tells the second from the first.
    """
    asked = the_finder(ask, scenario)
    # what no line reaches is unknown; what a rule of the day stops is stranded, in the base case too
    base, now = _best_of_source(ask, without_rules(scenario.base)), _best_of_source(ask, scenario)
    working = asked.plants(scenario.base)
    rows = working[working["source"] & ~working.index.duplicated()][
        ["name", "stage", "country_iso3", "status", "capacity_t_yr"]
    ]
    rows = rows.rename(columns={"status": "facility_status"})
    frame = rows.assign(base_cost_usd_t=base.reindex(rows.index), cost_usd_t=now.reindex(rows.index))
    access = asked.router.network.sites["access_km"].reindex(frame.index)
    stretch = frame["cost_usd_t"] / frame["base_cost_usd_t"]
    unlinked = access.isna() | ~np.isfinite(frame["base_cost_usd_t"])  # our network lacks the line: no word on the mine
    conditions = [unlinked, ~np.isfinite(frame["cost_usd_t"]), stretch > DEGRADED_STRETCH, stretch > 1 + 1e-6]
    frame["status"] = np.select(conditions, ["unknown", "stranded", "degraded", "rerouted"], "open")
    frame["access_km"] = access
    frame["unfed"] = frame.index.isin(unfed(asked.question.feeds, working, list(asked.question.stages.index)))
    numbers = frame[["base_cost_usd_t", "cost_usd_t"]]
    frame[["base_cost_usd_t", "cost_usd_t"]] = numbers.where(np.isfinite(numbers))
    return frame


@once(maxsize=CASES_KEPT)
def _best_of_source(ask: Ask, scenario: Scenario) -> pd.Series:
    """Give the cost of the cheapest chain of each source; infinite where all are stranded."""
    asked = the_finder(ask, scenario)
    chains = asked.chains(scenario)
    names = list(asked.question.stages.index)
    return chains.groupby(first_facility(chains, names), observed=True)["cost_usd_t"].min()


def _rules(ask: Ask, scenario: Scenario, corridors: pd.DataFrame) -> list[str]:
    """Say which rules strand corridors, and which only have to be known."""
    if not has_rules(scenario):
        return []
    shown = corridors[corridors["case"].eq("base" if scenario.is_base else "scenario")]
    found = restricted(the_finder(ask, scenario), scenario)
    return [*rule_words(found, shown), *refused_words(found.met, scenario)]
