"""
What trade rules do to corridors: which legs a ban stops, and which rules are only to be told.

A leg is what leaves a stage in one country for another, or for the hub. A ban in force on the day of a scenario
(`as_of`), one that the scenario supposes, or a licence that it says is refused, strands every corridor over the leg;
licences granted, quotas, tariffs and contents are listed and strand nothing. Without a day no dated rule acts.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final

import pandas as pd

from geo.bans import HUB, Bans, Leg
from geo.corridors import Finder
from geo.policies import Rule, evaluate
from geo.questions import Question
from geo.scenarios import Restriction, Scenario
from layers.groups import members
from layers.policies import policy_rules

FINAL: Final = "final"
SUPPOSED: Final = "supposed"
LONG_AGO: Final = date.min  # what a scenario supposes holds on any day that may be asked for
NOTHING: Final[Bans] = {}
LEG: Final = ("stage", "start", "end")
MET: Final = (*LEG, "rule_id", "issuer", "type", "effect")
_RULES: Final = ("restrictions", "decisions", "as_of", "licences")
_KEPT: Final = 64
_MOST: Final = 4


@dataclass(frozen=True, eq=False)
class Restricted:
    """
    What rules do to the legs of a question.

    Attributes
    ----------
    blocked
        Leg to the words that name the ban and its issuer.
    met
        A row a leg and rule that meet: ``stage, start, end, rule_id, issuer, type, effect``.
    """

    blocked: Bans
    met: pd.DataFrame

    @property
    def listed(self) -> pd.DataFrame:
        """Give the rules that only are to be told."""
        return self.met[self.met["effect"].ne("blocked")]


def rules_of(mineral: str, final_stage: str, scenario: Scenario) -> tuple[tuple[Rule, ...], dict[str, bool]]:
    """Give the rules that a scenario supposes, those of its day, and what the user decided of open ones."""
    supposed = [supposed_rule(one, mineral, final_stage) for one in sorted(scenario.restrictions, key=repr)]
    rules = [rule for rule in supposed if rule is not None]
    decided: dict[str, bool] = {}
    if scenario.as_of is not None:
        decided = dict(scenario.decisions)
        rules += [rule for rule in _dated_rules() if mineral in rule.minerals or rule.rule_id in decided]
    return tuple(rules), decided


@lru_cache(maxsize=1)
def _dated_rules() -> tuple[Rule, ...]:
    return policy_rules()


def supposed_rule(one: Restriction, mineral: str, final_stage: str) -> Rule | None:
    """Turn a restriction of a scenario into a rule on one mineral; none where it does not name it."""
    if one.minerals and mineral not in one.minerals:
        return None
    named = ", ".join(sorted(one.destinations)) or "everyone"
    what = "ban" if one.quota_t_yr is None else f"quota {one.quota_t_yr:,.0f} t/yr"
    stages = sorted(one.stages) or ["all stages"]
    return Rule(
        rule_id=f"{SUPPOSED}: {one.issuer} {what} on {mineral} ({', '.join(stages)}) to {named}",
        issuer=one.issuer,
        minerals=frozenset({mineral}),
        stages=frozenset(final_stage if stage == FINAL else stage for stage in one.stages),
        destinations=frozenset().union(*(members(place) for place in one.destinations)),
        type="ban" if one.quota_t_yr is None else "quota",
        value=one.quota_t_yr,
        in_force=(LONG_AGO, LONG_AGO),
        source="the scenario",
        truth_state="estimated",
    )


def held_to_rules(
    arcs: pd.DataFrame, mineral: str, final_stage: str, scenario: Scenario, *, price_usd_t: float | None
) -> pd.DataFrame:
    """
    Say what each rule of a scenario does to each arc, as `geo.policies.evaluate`; a refused licence blocks.

    Parameters
    ----------
    arcs
        Index ``arc_id``; ``stage, from_iso3, to_iso3``.
    """
    rules, decided = rules_of(mineral, final_stage, scenario)
    return evaluate(
        rules,
        arcs,
        scenario.as_of or LONG_AGO,
        mineral=mineral,
        decisions=decided,
        refused=frozenset(rule.rule_id for rule in rules if scenario.refuses(rule.rule_id)),
        price_usd_t=price_usd_t,
    )


def has_rules(scenario: Scenario) -> bool:
    """Tell whether any rule may act in a scenario, or is meant to and has no day."""
    return bool(scenario.restrictions or scenario.licences) or scenario.as_of is not None


def without_rules(scenario: Scenario) -> Scenario:
    """Give the same scenario under no rule."""
    return scenario.model_copy(update=dict.fromkeys(_RULES, frozenset()) | {"as_of": None})


class Ruled:
    """
    Looks the rules up for one question, kept by what they depend on.

    Parameters
    ----------
    question
        Its stages and the countries of its facilities make the legs.
    hub_members
        Countries of the hub: a rule strands what goes there where it bars all of them.
    """

    def __init__(self, question: Question, hub_members: tuple[str, ...]) -> None:
        self._question, self._members = question, hub_members
        self._legs = legs_of(question, hub_members)
        self._kept = lru_cache(maxsize=_KEPT)(self._judge)

    def __call__(self, scenario: Scenario) -> Bans:
        """Give the legs that a ban stops."""
        return self.of(scenario).blocked if has_rules(scenario) else NOTHING

    def of(self, scenario: Scenario) -> Restricted:
        """Give all that rules do to the legs."""
        return self._kept(Scenario(**{field: getattr(scenario, field) for field in _RULES}))

    def _judge(self, scenario: Scenario) -> Restricted:
        return judge(self._question.mineral, str(self._question.stages.index[-1]), self._legs, scenario)


def judge(mineral: str, final_stage: str, legs: pd.DataFrame, scenario: Scenario) -> Restricted:
    """Hold legs (from `legs_of`) to the rules of a scenario."""
    # what a tariff costs is no matter here: it is told, not charged
    effects = held_to_rules(legs, mineral, final_stage, scenario, price_usd_t=float("nan"))
    # `origin_iso3` is the issuer, whatever the type
    table = effects.rename(columns={"origin_iso3": "issuer"}).join(legs[list(LEG)], on="arc_id")
    banned = table[table["effect"].eq("blocked")].sort_values("rule_id")
    words = [_ban_words(row.rule_id, row.type, row.issuer, scenario.as_of) for row in banned.itertuples()]
    keys = list(zip(*(banned[name] for name in LEG), strict=True))
    blocked: dict[Leg, str] = {}
    for key, word in zip(keys, words, strict=True):
        blocked[key] = f"{blocked[key]}; {word}" if key in blocked else word
    return Restricted(blocked, table[list(MET)])


def _ban_words(rule_id: str, kind: str, issuer: str, as_of: date | None) -> str:
    """Name a ban, or the licence refused, so that it can be looked up."""
    when = f", in force on {as_of}" if as_of is not None and not rule_id.startswith(SUPPOSED) else ""
    what = "refused export licence" if kind == "licence" else "export ban"
    return f"{what} {rule_id} (issuer {issuer}{when})"


def legs_of(question: Question, hub_members: tuple[str, ...]) -> pd.DataFrame:
    """List every pair of countries that a leg of each stage may join, as the arcs that rules are held to."""
    plants = question.plants[["stage", "country_iso3"]].dropna().drop_duplicates()
    held = {stage: sorted(rows["country_iso3"]) for stage, rows in plants.groupby("stage")}
    rows: list[tuple[str, str, str, tuple[str, ...]]] = []
    for stage, following in pairwise([*question.stages.index, None]):
        for start in held.get(stage, ()):
            rows += [(stage, start, end, (end,)) for end in held.get(following, ())]
            rows += [] if following else [(stage, start, HUB, hub_members)]
    frame = pd.DataFrame(rows, columns=["stage", "start", "end", "to_iso3"])
    frame.index = pd.Index([f"{row[0]}:{row[1]}>{row[2]}" for row in rows], name="arc_id")
    return frame.assign(from_iso3=frame["start"])


def restricted(finder: Finder, scenario: Scenario) -> Restricted:
    """Say what rules do to the legs of a finder's question."""
    if not isinstance(finder.rules, Ruled):
        return Restricted({}, pd.DataFrame(columns=list(MET)))
    return finder.rules.of(scenario)


def rule_words(found: Restricted, corridors: pd.DataFrame) -> list[str]:
    """Say which bans strand corridors (by their `reason`), and which rules only have to be known."""
    stopped = corridors.loc[corridors["status"].eq("stranded"), "reason"]
    stopped = stopped[[any(ban in reason for ban in found.blocked.values()) for reason in stopped]].value_counts()
    told = [f"{count} corridor{'s' if count > 1 else ''} stranded by {reason}." for reason, count in stopped.items()]
    return [*told, *_listed_words(corridors[corridors["status"].ne("stranded")], found.listed)]


def _listed_words(corridors: pd.DataFrame, listed: pd.DataFrame) -> list[str]:
    """Say which rules meet live corridors, whose `stages` and `countries` are in order of travel, to the hub."""
    passed = [
        (stage, start, end)
        for stages, countries in zip(corridors["stages"], corridors["countries"], strict=True)
        for stage, (start, end) in zip(stages, pairwise([*countries, HUB]), strict=False)
    ]
    counts = pd.Series(passed, dtype=object).value_counts()
    legs = list(zip(listed["stage"], listed["start"], listed["end"], strict=True))
    met = listed.assign(corridors=[int(counts.get(leg, 0)) for leg in legs])
    met = met[met["corridors"] > 0]
    if met.empty:
        return []
    sums = met.groupby(["rule_id", "issuer", "effect"])["corridors"].sum().sort_values(ascending=False)
    effect_words = {"licence": "licence taken as granted"}
    named = [
        f"{rule} ({issuer}, {effect_words.get(effect, effect)}) on {count} leg{'s' if count > 1 else ''}"
        for (rule, issuer, effect), count in sums.items()
    ]
    more = f" and {len(named) - _MOST} more" if len(named) > _MOST else ""
    return [f"Rules that are listed and strand nothing: {'; '.join(named[:_MOST])}{more}."]
