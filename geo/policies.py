"""
Export controls and trade rules as dated data: what holds on a day, and what it does to each arc.

Dates decide, never guesses. Where nobody knows what holds (a suspension has ended and no successor is known, the
source was not verified, only the month of the start is known) the status is `check`: the rule is shown, does nothing,
and is the user's switch (`decisions`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from geo.errors import BadInputError, UnknownIdError

RuleType = Literal["ban", "licence", "quota", "tariff", "content_threshold"]
Status = Literal["in_force", "suspended", "not_yet", "expired", "check"]
RULE_TYPES: Final[tuple[RuleType, ...]] = ("ban", "licence", "quota", "tariff", "content_threshold")
AFTERS: Final = ("unknown", "lapses", "resumes")
_EFFECTS: Final[dict[RuleType, str]] = {
    "ban": "blocked",
    "licence": "licence",
    "quota": "quota",
    "tariff": "tariff",
    "content_threshold": "content",
}
_NEED_VALUE = ("quota", "tariff", "content_threshold")
COLUMNS: Final = ("arc_id", "rule_id", "type", "status", "effect", "value", "origin_iso3", "origin_stage")
_LISTED: Final = (
    *("issuer", "minerals", "stages", "destinations", "type", "value", "status", "decided", "holds"),
    *("sentence", "source", "truth_state"),
)


class Rule(BaseModel):
    """One rule of one issuer; frozen and hashable, so that it can be part of a cache key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str
    issuer: str = Field(pattern=r"^[A-Z]{3}$")
    """Country whose exports it binds; for a content threshold, the origin it looks for."""
    minerals: frozenset[str] = Field(min_length=1)
    stages: frozenset[str] = frozenset()
    """Stages whose product it names; empty: all."""
    part: str | None = None
    """The part of the mineral it names (dysprosium, one mine); then it is listed and blocks nothing as a whole."""
    destinations: frozenset[str] = frozenset()
    """Countries it shuts out; empty: all but the issuer."""
    type: RuleType
    value: float | None = Field(default=None, ge=0)
    """Quota in contained t/yr; tariff as a share of the price; content threshold as a share of the flow."""
    origin_stage: str | None = None
    """For a content threshold: the stage at which the origin is set."""
    in_force: tuple[date, date] | None = None
    """First and last day on which it may have begun; null: not known."""
    ends: tuple[date, date] | None = None
    """First and last day on which it may have ended, that day included; null: no end known."""
    suspended_from: date | None = None
    suspended_to: date | None = None
    """Last day of the suspension."""
    after: Literal["unknown", "lapses", "resumes"] = "unknown"
    """What follows the suspension or the end."""
    verified: bool = True
    """Whether a source shows that it holds."""
    source: str
    truth_state: str

    @model_validator(mode="after")
    def _complete(self) -> "Rule":
        """Refuse a rule whose number, origin or dates are missing or the wrong way round."""
        if self.type in _NEED_VALUE and self.value is None:
            msg = f"{self.rule_id}: a {self.type} needs a value"
            raise ValueError(msg)
        if self.type == "content_threshold" and self.origin_stage is None:
            msg = f"{self.rule_id}: a content threshold needs the stage of its origin"
            raise ValueError(msg)
        if (self.suspended_from is None) != (self.suspended_to is None):
            msg = f"{self.rule_id}: a suspension needs both its days"
            raise ValueError(msg)
        spans = [self.in_force, self.ends]
        if self.suspended_from is not None and self.suspended_to is not None:
            spans.append((self.suspended_from, self.suspended_to))
        if any(span is not None and span[0] > span[1] for span in spans):
            msg = f"{self.rule_id}: a span ends before it begins"
            raise ValueError(msg)
        return self


def status_on(rule: Rule, on: date) -> Status:
    """
    Say whether a rule holds on a day.

    ``not_yet`` before its first possible day; ``suspended`` through the last day of a suspension; then what
    ``after`` says, and ``check`` if that is not known; ``expired`` after its end; ``check`` too for an unverified
    rule, an unknown start, and a day on which it may or may not have begun or ended; else ``in_force``.

    Examples
    --------
    >>> start = date(2025, 11, 8)
    >>> rule = Rule(rule_id="r", issuer="CHN", minerals=frozenset({"graphite"}), type="licence", source="s",
    ...     truth_state="compiled", in_force=(start, start), suspended_from=date(2025, 11, 7),
    ...     suspended_to=date(2026, 11, 10))
    >>> [status_on(rule, date(2026, 11, day)) for day in (10, 11)]
    ['suspended', 'check']
    """
    ended = _after_end(rule, on)
    if ended is not None:
        return ended
    if rule.in_force is not None and on < rule.in_force[0]:
        return "not_yet"
    paused = _suspension(rule, on)
    if paused is not None:
        return paused
    begun = rule.in_force is not None and on >= rule.in_force[1]
    maybe_over = rule.ends is not None and on > rule.ends[0]
    return "in_force" if begun and rule.verified and not maybe_over else "check"


def _after_end(rule: Rule, on: date) -> Status | None:
    """Say what holds after the last day, or nothing if that has not passed."""
    if rule.ends is None or on <= rule.ends[1]:
        return None
    return "check" if rule.after == "unknown" else "expired"


def _suspension(rule: Rule, on: date) -> Status | None:
    """Say what a suspension does on a day, or nothing if it does not matter."""
    if rule.suspended_from is None or rule.suspended_to is None or on < rule.suspended_from:
        return None
    if on <= rule.suspended_to:
        return "suspended"
    outcomes: dict[str, Status | None] = {"unknown": "check", "lapses": "expired", "resumes": None}
    return outcomes[rule.after]


def statuses(rules: Iterable[Rule], on: date, decisions: Mapping[str, bool] | None = None) -> pd.DataFrame:
    """
    List the rules with their status on a day and what the user decided.

    Returns
    -------
    statuses
        Index ``rule_id``: ``issuer, minerals, stages, destinations, type, value, status, decided`` (true, false or
        null), ``holds`` (bool), ``sentence, source, truth_state``.

    Raises
    ------
    UnknownIdError
        If a decision names no rule.
    """
    known = tuple(rules)
    decided = dict(decisions or {})
    if lost := sorted(decided.keys() - {rule.rule_id for rule in known}):
        msg = f"decisions name no rule: {', '.join(lost)}"
        raise UnknownIdError(msg)
    rows = [_listed(rule, status_on(rule, on), decided.get(rule.rule_id)) for rule in known]
    frame = pd.DataFrame(rows, columns=["rule_id", *_LISTED])
    return frame.set_index("rule_id")


_SENTENCES: Final[dict[Status, str]] = {
    "in_force": "in force",
    "suspended": "suspended until {end}",
    "not_yet": "not yet in force",
    "expired": "expired",
    "check": "check: whether it holds is not known",
}


def _listed(rule: Rule, status: Status, decided: bool | None) -> dict[str, object]:  # noqa: FBT001 - one cell of a row
    """Describe one rule on one day; a decision counts where the status is `check`, and nowhere else."""
    words = _SENTENCES[status].format(end=rule.suspended_to)
    if status == "check" and rule.suspended_to is not None:
        words = f"check: the suspension ended on {rule.suspended_to}, what follows is not known"
    if status == "check" and decided is not None:
        words += f"; you decided that it {'holds' if decided else 'does not hold'}"
    plain = rule.model_dump(include={"rule_id", "issuer", "type", "value", "source", "truth_state"})
    sets = {name: tuple(sorted(getattr(rule, name))) for name in ("minerals", "stages", "destinations")}
    holds = status == "in_force" or (status == "check" and decided is True)
    return plain | sets | {"status": status, "decided": decided, "holds": holds, "sentence": words}


def evaluate(  # noqa: PLR0913 - the world the rules meet: arcs, day, decisions, price, content
    rules: Iterable[Rule],
    arcs: pd.DataFrame,
    on: date,
    *,
    mineral: str,
    decisions: Mapping[str, bool] | None = None,
    refused: Collection[str] = (),
    price_usd_t: float | None = None,
    content: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Say what each rule does to each arc of a mineral on a day.

    Parameters
    ----------
    rules, on, decisions
        As in `statuses`.
    arcs
        Index ``arc_id``; ``stage`` (that the product has left), ``from_iso3``, ``to_iso3`` (tuple: the country, or
        the members of the hub), from `with_ends`.
    refused
        Ids of licence rules under which no licence is given: they block.
    price_usd_t
        Price of a contained tonne, for tariffs.
    content
        Known origins of flows: ``arc_id, stage, origin_iso3, share`` (an origin that is absent is unknown). With it
        a content threshold blocks arcs at or above it and frees those below; without it the allocation bounds it.

    Returns
    -------
    effects
        `COLUMNS`, one row an arc and rule that meet. ``effect``: ``blocked``, ``quota`` (`value`: t/yr over all its
        arcs), ``tariff`` (USD/t), ``content`` (share), ``licence`` (listed, does not block), ``partial`` (binds a
        part of the mineral or some members of the hub: listed), ``check`` (not known whether it holds).

    Raises
    ------
    BadInputError
        If a tariff holds and there is no price.
    """
    known = tuple(rules)
    decided = decisions or {}
    listed = statuses(known, on, decided)
    found = []
    for rule in known:
        status, holds = listed.loc[rule.rule_id, "status"], bool(listed.loc[rule.rule_id, "holds"])
        open_question = status == "check" and rule.rule_id not in decided
        if mineral not in rule.minerals or not (holds or open_question):
            continue
        met = _met(rule, arcs)
        effect = _effect(rule, refused=rule.rule_id in refused) if holds else "check"
        rows = pd.DataFrame({"arc_id": met.index, "whole": met.to_numpy()})
        rows["effect"] = rows["whole"].map({True: effect, False: "partial" if holds else "check"})
        rows = rows.assign(rule_id=rule.rule_id, type=rule.type, status=status, value=_value(rule, price_usd_t, holds))
        rows = rows.assign(origin_iso3=rule.issuer, origin_stage=rule.origin_stage)
        found.append(_with_content(rows, rule, content))
    frame = pd.concat(found) if found else pd.DataFrame(columns=list(COLUMNS))
    return frame[list(COLUMNS)].astype({"value": float}).sort_values(["arc_id", "rule_id"], ignore_index=True)


def with_ends(arcs: pd.DataFrame, sites: pd.DataFrame, hubs: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """
    Add the countries at the ends of the arcs: ``from_iso3`` and ``to_iso3`` (tuple).

    Reads ``country_iso3`` of `sites` (index ``site_id``); `hubs` maps a hub to its members.
    """
    country = sites["country_iso3"]
    ends = {site: (code,) for site, code in country.items()} | dict(hubs)
    return arcs.assign(from_iso3=arcs["from_id"].map(country), to_iso3=arcs["to_id"].map(ends))


def _met(rule: Rule, arcs: pd.DataFrame) -> pd.Series:
    """Return the arcs a rule names; true where it binds the arc as a whole."""
    staged = arcs["stage"].isin(rule.stages) if rule.stages else pd.Series(data=True, index=arcs.index)
    abroad = rule.type == "content_threshold"
    starts = arcs["from_iso3"].ne(rule.issuer) if abroad else arcs["from_iso3"].eq(rule.issuer)
    candidates = arcs.loc[staged & starts, "to_iso3"]
    barred = candidates.map(
        lambda ends: [end != rule.issuer and (not rule.destinations or end in rule.destinations) for end in ends]
    )
    some = barred[barred.map(any)]
    return some.map(all).astype(bool) & (rule.part is None)


def _effect(rule: Rule, *, refused: bool) -> str:
    """Name what a rule that holds does to an arc it binds as a whole."""
    return "blocked" if refused and rule.type == "licence" else _EFFECTS[rule.type]


def _value(rule: Rule, price_usd_t: float | None, holds: bool) -> float | None:  # noqa: FBT001 - a fact, not a mode
    """Return the number of a rule; a tariff in USD per tonne."""
    if rule.type != "tariff" or rule.value is None or not holds:
        return rule.value
    if price_usd_t is None:
        msg = f"{rule.rule_id}: a tariff is a share of the price; give price_usd_t"
        raise BadInputError(msg)
    return rule.value * price_usd_t


def _with_content(rows: pd.DataFrame, rule: Rule, content: pd.DataFrame | None) -> pd.DataFrame:
    """Decide a content threshold where the origin of the flow is known."""
    if content is None or rule.type != "content_threshold" or rule.value is None:
        return rows
    own = content[content["stage"].eq(rule.origin_stage) & content["origin_iso3"].eq(rule.issuer)]
    share = rows["arc_id"].map(own.set_index("arc_id")["share"])
    open_question = rows["effect"].eq("content") & share.notna()
    at_or_above = open_question & share.ge(rule.value)
    return rows.assign(effect=rows["effect"].mask(at_or_above, "blocked"))[~open_question | at_or_above]
