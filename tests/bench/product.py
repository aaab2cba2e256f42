"""The product itself, for jobs (e) to (h): answers, loading, allocation, N-1. Runs in a process of its own."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import pandas as pd

from geo import solver
from geo.allocation import Allocation, allocate, allocate_used
from geo.allocation_input import Used, in_use
from geo.allocation_model import AllocationModel, build
from geo.contingency import closed_upper, components, single_losses
from geo.scenarios import Scenario
from layers.answer import Ask, answer, the_finder
from layers.flows import Wants, case, effects_of, options_of
from layers.planner import world
from layers.supply import supply
from tests.bench.profiling import profiled

HUB = "USA"
SAME_USD = 1e-6
"""Two optima of one programme are one, relative."""


class Product:
    """Everything an asker may want, timed inside; made once it is loaded."""

    def __init__(self) -> None:
        self.facilities = world().facilities
        self.inside_s = 0.0
        self._watch()

    def _watch(self) -> None:
        """Add up the seconds inside HiGHS itself."""
        plain = highspy.Highs.run

        def run(highs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return plain(highs)
            finally:
                self.inside_s += time.perf_counter() - begun

        solver._Quiet.run = run

    def minerals(self) -> list[str]:
        """List the minerals, those with most facilities first."""
        return [name for name, _ in Counter(self.facilities["mineral"]).most_common()]

    def ask(self, mineral: str, closed: str = "", hub: str = HUB, weight: float | None = None) -> dict[str, int]:
        """Answer one question, whole: corridors of both cases, scored, ranked under all weights, sources, words."""
        weights = None if weight is None else {"closure_delay_days": weight}
        found = answer(Ask(mineral, hub), Scenario(close=frozenset({closed} - {""})), weights=weights)
        later = {"legs": found.legs, "sources": found.sources, "findings": found.findings}  # when they are asked for
        counted = {name: len(each) for name, each in later.items()}
        counted["parts"] = sum(len(scores.parts) for scores in {found.base, found.scenario})
        return found.corridors["case"].value_counts().to_dict() | counted

    def get_ready(self, mineral: str, hub: str = HUB) -> bool:
        """Wait for what the app loads and weighs while the reader of its first page reads."""
        asked = the_finder(Ask(mineral, hub), Scenario())
        ready = asked.router.get_ready(Scenario(), asked.question.cargoes(Scenario()))
        return all(event.wait(60) for event in ready)

    def profile(self, job: str, *given: Any) -> str:
        """Say where the time of a job goes."""
        return profiled(lambda: getattr(self, job)(*given))

    def frames(self, mineral: str) -> int:
        """Price every arc of a mineral, which is no part of the allocation's time; give how many there are."""
        return len(supply(mineral, Scenario(), hubs=Wants(mineral).hubs).arcs)

    def allocation(self, mineral: str) -> dict[str, float]:
        """
        Allocate a mineral: seconds whole and inside HiGHS, and those of a bare solve of the same model.

        Once on frames never seen before, as after a closure, and once on frames that were checked and sorted before,
        as when a rule, a quota or the day changes: the product keeps these (`layers.supply.Supply.used`).
        """
        model, given = self._model(mineral)
        first, first_inside, _ = self._timed(lambda: self.allocated(*self._unseen(given)))
        used = in_use(*given[:3], unknown_capacity_t_yr=None)
        self.allocated_again(used, *given[3:])  # what is kept with the frames is made by the first answer
        again, again_inside, found = self._timed(lambda: self.allocated_again(used, *given[3:]))
        highs = solver._loaded(model.program)
        bare_s, _, _ = self._timed(highs.run)
        bare = highs.getInfo().objective_function_value * model.scale_t
        ours = found.status["cost_usd_yr"] + found.status["unmet_usd_yr"]
        return {
            "first": first,
            "first_inside": first_inside,
            "again": again,
            "again_inside": again_inside,
            "bare": bare_s,
            "columns": model.program.matrix.shape[1],
            "apart": abs(ours - bare) / max(abs(bare), 1.0),
        }

    def _timed(self, work: Callable[[], Any]) -> tuple[float, float, Any]:
        """Give the seconds of some work, those of it inside HiGHS, and the answer."""
        self.inside_s = 0.0
        begun = time.perf_counter()
        answer = work()
        return time.perf_counter() - begun, self.inside_s, answer

    @staticmethod
    def _unseen(given: tuple[Any, ...]) -> tuple[Any, ...]:
        """Copy frames, so that nothing is known of their ids."""
        frames = [frame.set_axis(pd.Index(frame.index.array.copy()).rename(frame.index.name)) for frame in given[:3]]
        return (*frames, *given[3:])

    @staticmethod
    def allocated(*given: Any) -> Allocation:
        """Allocate what was given by `_model`."""
        return allocate(*given[:3], options=given[3], effects=given[4])

    @staticmethod
    def allocated_again(used: Used, *asked: Any) -> Allocation:
        """Allocate on frames checked before."""
        return allocate_used(used, options=asked[0], effects=asked[1])

    def profile_allocations(self, minerals: Sequence[str], frames: str) -> str:
        """Say where the time of allocations goes, on frames seen for the ``first`` time or ``again``."""
        given = [self._model(mineral)[1] for mineral in minerals]
        if frames == "first":
            new = [self._unseen(each) for each in given]
            return profiled(lambda: [self.allocated(*each) for each in new])
        every = [(in_use(*each[:3], unknown_capacity_t_yr=None), *each[3:]) for each in given]
        for each in every:
            self.allocated_again(*each)
        return profiled(lambda: [self.allocated_again(*each) for each in every])

    def _model(self, mineral: str) -> tuple[AllocationModel, tuple[Any, ...]]:
        wants = Wants(mineral)
        held = supply(mineral, Scenario(), hubs=wants.hubs)
        given = (held.sites, held.arcs, held.demand, options_of(wants, held), effects_of(held, Scenario()))
        return build(*given[:3], options=given[3], effects=given[4]), given

    def parts_of(self, mineral: str, count: int) -> int:
        """Prepare the components of the N-1 table: those that the optimum uses, without their detours."""
        self.model, _ = self._model(mineral)
        flows = case(Wants(mineral), Scenario()).allocation.flows
        used = flows.index[flows["t_yr"] > 0]
        every = components(self.model.arcs, self.model.sites)
        held = [not set(ids).isdisjoint(used) for ids in every["arc_ids"]]
        self.parts = every[held]
        self.some = self.parts.iloc[np.linspace(0, len(self.parts) - 1, min(count, len(self.parts))).astype(int)]
        return len(self.parts)

    def one_by_one(self) -> dict[str, float]:
        """Close every component alone, as the product does: warm, from one basis."""
        found = single_losses(self.model, self.parts)
        return dict(found.table["extra_usd_yr"])

    def anew(self) -> tuple[float, dict[str, float]]:
        """Close some components alone, each by a model handed over and solved from nothing: what a script would do."""
        program, scale = self.model.program, self.model.scale_t
        base = solver.solve(program).objective
        found = {}
        for name in self.some.index:
            shut = replace(program, upper=closed_upper(self.model, self.parts, (name,)))
            found[name] = (solver.solve(shut).objective - base) * scale
        return len(self.some) / len(self.parts), found
