"""
What is asked: a frozen, hashable set of changes to the base case, with a JSON and YAML round trip.

A scenario is the key of every cache: two users with different scenarios hold different keys and so never meet each
other's answers.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from geo.errors import BadInputError
from geo.scenario_text import one_line, plain_data

Vessel = Literal["handysize", "supramax", "panamax", "capesize", "container"]
TransportMode = Literal["sea", "rail", "road"]
QUESTION: Final = "question"
"""Member of a scenario file that says what it was asked about; it changes nothing."""
Licence = Literal["granted", "refused"]
LICENCES: Final[tuple[Licence, ...]] = ("granted", "refused")
EVERY_LICENCE: Final = "all"
"""What is said of every licence that is not named."""
ALL_MODES: Final[frozenset[TransportMode]] = frozenset({"sea", "rail", "road"})
_CHANGES: Final = ("close", "partial", "areas", "avoid", "outages", "inputs", "restrictions", "licences")


_MOST_FAULTS, _MOST_WORDS = 20, 300
"""Faults that a refusal names, and the characters it spends on one."""
# Nothing else reaches GEOS: it recurses into nested collections until the process crashes.
_AREA: Final = re.compile(r"\s*(?:MULTI)?POLYGON\b", re.IGNORECASE)
_MOST_LON, _MOST_LAT = 540.0, 90.0  # a ring over the date line may run on past 180 degrees
# What breaks a line, or turns the reading order of what follows.
_NOT_IN_NAMES: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Restriction(BaseModel):
    """A ban or quota that a scenario supposes, beside the dated rules that are data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(pattern=r"^[A-Z]{3}$")
    """Country whose exports it binds (ISO 3166 alpha-3)."""
    minerals: frozenset[str] = frozenset()
    """Minerals it names; empty: all."""
    stages: frozenset[str] = frozenset()
    """Stages whose product it names, or `final` for whatever a hub is supplied with; empty: all."""
    destinations: frozenset[str] = frozenset()
    """Countries or groups it shuts out; empty: everyone abroad."""
    quota_t_yr: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Contained tonnes a year that may leave; null: none, a ban."""

    def to_dict(self) -> dict[str, Any]:
        """Give plain, sorted values."""
        plain = self.model_dump(mode="json")
        return {key: sorted(value) if isinstance(value, list) else value for key, value in plain.items()}


class Scenario(BaseModel):
    """Changes to the base case; the default is the base case itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="base", max_length=120)
    """A name for screens and files."""
    close: frozenset[str] = frozenset()
    """Ids of chokepoints that nothing passes."""
    partial: frozenset[tuple[str, float]] = frozenset()
    """Chokepoints at part of their capacity: (id, share left, between 0 and 1)."""
    reopen: frozenset[str] = frozenset()
    """Passages normally closed (Corinth, Volga-Don, the Arctic) that this scenario opens."""
    avoid: frozenset[str] = frozenset()
    """Countries (ISO 3166 alpha-3) through which nothing moves and from which nothing comes."""
    areas: frozenset[str] = frozenset()
    """Areas that nothing passes, drawn by the user: polygons in WKT, degrees on WGS 84."""
    outages: frozenset[str] = frozenset()
    """Ids of facilities that stand still."""
    inputs: frozenset[tuple[str, float]] = frozenset()
    """Inputs of plants (sulphur, power) that cannot be bought: (input, share gone, above 0 to 1)."""
    restrictions: frozenset[Restriction] = frozenset()
    """Bans and quotas supposed; they change who gets what, and a ban strands the corridors it names."""
    decisions: frozenset[tuple[str, bool]] = frozenset()
    """What the user decided of dated rules whose status is not known: (rule id, holds)."""
    licences: frozenset[tuple[str, Licence]] = frozenset()
    """What becomes of export licences: (rule id or `all`, granted or refused); all are granted where nothing is said.
    Only what differs from `all` is kept. A refused licence is a ban while its rule is in force."""
    duration_days: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """How long it lasts; null: it stays."""
    vessel: Vessel | None = None
    """One class for every sea leg; by default bulk or container, by the value of the cargo."""
    modes: frozenset[TransportMode] = ALL_MODES
    """Modes that may be used."""
    planned: bool = False
    """Whether facilities and lines planned or under construction count."""
    alliance: str | None = None
    """The group whose members count as allied."""
    as_of: date | None = None
    """The day whose rules hold."""

    @field_validator("name")
    @classmethod
    def _one_line(cls, value: str) -> str:
        """Refuse what would break a title, a log or a table."""
        if _NOT_IN_NAMES.search(value):
            msg = "name: give one line without control characters"
            raise ValueError(msg)
        return value

    @field_validator("partial", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """Accept a mapping of id to share, as people write it."""
        return _as_pairs(value)

    @field_validator("inputs", mode="before")
    @classmethod
    def _cut(cls, value: object) -> object:
        """Accept a mapping of input to the share gone, or a list of inputs that are gone whole."""
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [(item, 1.0) for item in value]
        return _as_pairs(value)

    @field_validator("inputs")
    @classmethod
    def _parts(cls, value: frozenset[tuple[str, float]]) -> frozenset[tuple[str, float]]:
        """Refuse a share outside (0, 1]."""
        for item, part in value:
            if not 0 < part <= 1:
                msg = f"inputs: {item} has share {part}; give the share that is gone, above 0 to 1"
                raise ValueError(msg)
        return value

    @field_validator("decisions", mode="before")
    @classmethod
    def _decided(cls, value: object) -> object:
        """Accept a mapping of rule to yes or no, as people write it."""
        return _as_pairs(value)

    @field_validator("licences", mode="before")
    @classmethod
    def _licensed(cls, value: object) -> object:
        """Accept one word for all licences, or a mapping of rule to word, as people write it."""
        if isinstance(value, str):
            return frozenset({(EVERY_LICENCE, value)})
        return _as_pairs(value)

    @field_validator("licences")
    @classmethod
    def _licences_once(cls, value: frozenset[tuple[str, Licence]]) -> frozenset[tuple[str, Licence]]:
        """Refuse a rule with two words; leave out what says no more than `all` does."""
        if twice := sorted({rule for rule, _ in value if len({word for own, word in value if own == rule}) > 1}):
            msg = f"licences: {', '.join(twice)} both granted and refused"
            raise ValueError(msg)
        return plain_licences(dict(value))

    @field_validator("partial")
    @classmethod
    def _shares(cls, value: frozenset[tuple[str, float]]) -> frozenset[tuple[str, float]]:
        """Refuse a share outside (0, 1): nothing left is a closure, all left is no change."""
        for item, part in value:
            if not 0 < part < 1:
                msg = f"partial: {item} has share {part}; give a number between 0 and 1, or close it"
                raise ValueError(msg)
        return value

    @field_validator("areas")
    @classmethod
    def _polygons(cls, value: frozenset[str]) -> frozenset[str]:
        """Refuse what is no polygon, and take the heights from what is: one area is one scenario, flat on every map."""
        flat = set()
        for text in value:
            with np.errstate(over="ignore"):  # 1e400 is infinite, and refused below
                shape = shapely.from_wkt(text, on_invalid="ignore") if _AREA.match(text) else None
            if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
                msg = "areas: give polygons in WKT, such as POLYGON ((32 29, 34 29, 34 31, 32 31, 32 29))"
                raise ValueError(msg)
            if not (np.abs(shapely.get_coordinates(shape)) <= (_MOST_LON, _MOST_LAT)).all():
                msg = "areas: give longitudes and latitudes in degrees"
                raise ValueError(msg)
            flat.add(shapely.to_wkt(shapely.force_2d(shape), rounding_precision=-1) if shape.has_z else text)
        return frozenset(flat)

    @property
    def base(self) -> "Scenario":
        """Give the case to compare with: the same question with nothing gone wrong."""
        untouched: dict[str, Any] = dict.fromkeys(_CHANGES, frozenset())
        untouched |= {"name": "base", "duration_days": None}
        return self.model_copy(update=untouched)

    @property
    def is_base(self) -> bool:
        """Tell whether nothing is closed, avoided, reduced, restricted, cut or out."""
        return not any(getattr(self, field) for field in _CHANGES)

    def refuses(self, rule_id: str) -> bool:
        """Tell whether no licence is given under a rule; under `all`, where the rule is not named."""
        said = dict(self.licences)
        return said.get(rule_id, said.get(EVERY_LICENCE)) == "refused"

    def to_dict(self) -> dict[str, Any]:
        """Give plain, sorted values: equal scenarios give equal text."""
        plain = self.model_dump(mode="json")
        for field in ("partial", "decisions", "inputs"):
            plain[field] = dict(sorted(getattr(self, field)))
        named = {rule: word for rule, word in sorted(self.licences) if rule != EVERY_LICENCE}
        word = LICENCES[self.refuses(EVERY_LICENCE)]
        plain["licences"] = {EVERY_LICENCE: word, **named} if named else word
        ordered = sorted((one.to_dict() for one in self.restrictions), key=lambda one: json.dumps(one, sort_keys=True))
        plain.pop("restrictions")
        rest = {key: sorted(value) if isinstance(value, list) else value for key, value in plain.items()}
        return rest | {"restrictions": ordered}


def _as_pairs(value: object) -> object:
    """Turn a mapping into a list of pairs: no set yet, so that a value which cannot be in one is named as a fault."""
    return [(str(key), part) for key, part in value.items()] if isinstance(value, dict) else value


def plain_licences(said: Mapping[str, Licence]) -> frozenset[tuple[str, Licence]]:
    """
    Keep of what is said of licences what matters: `all` where it is refused, and rules that differ from it.

    Examples
    --------
    >>> plain_licences({"all": "granted", "CHN-01-gallium": "granted"})
    frozenset()
    """
    whole = said.get(EVERY_LICENCE, "granted")
    kept: dict[str, Licence] = {rule: word for rule, word in said.items() if word != whole}
    return frozenset((kept | ({EVERY_LICENCE: whole} if whole == "refused" else {})).items())


def refused_in_any(scenarios: Sequence[Scenario]) -> frozenset[tuple[str, Licence]]:
    """Join what scenarios say of licences: one that any of them refuses is refused."""
    named = {EVERY_LICENCE} | {rule for one in scenarios for rule, _ in one.licences}
    return plain_licences({rule: LICENCES[any(one.refuses(rule) for one in scenarios)] for rule in named})


def read_scenario(text: str) -> Scenario:
    """
    Read a scenario from JSON or YAML.

    Raises
    ------
    BadInputError
        One line naming the fields that are wrong.

    Examples
    --------
    >>> sorted(read_scenario("close: [suez]").close)
    ['suez']
    """
    return scenario_of(plain_data(text))


def scenario_of(data: Any) -> Scenario:
    """Make a scenario of plain data; what our own files say of the question is left aside. See `read_scenario`."""
    if not isinstance(data, dict):
        msg = "a scenario is a mapping of fields, such as `close: [suez]`"
        raise BadInputError(msg)
    try:
        return Scenario.model_validate({name: value for name, value in data.items() if name != QUESTION})
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"[:_MOST_WORDS] for fault in error.errors()]
        more = f"; and {len(faults) - _MOST_FAULTS:,} more" if len(faults) > _MOST_FAULTS else ""
        msg = f"the scenario has {len(faults):,} fault(s): {'; '.join(faults[:_MOST_FAULTS])}{more}"
        raise BadInputError(one_line(msg)) from None
