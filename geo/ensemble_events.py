"""
Years of disruptions, drawn: which chokepoints, countries and facilities are shut on which days of a year.

Every event of a catalogue comes at random (Poisson) and lasts a lognormal time. Severity, the published share of
capacity lost, is read as the probability that an onset shuts its targets altogether: what a partly shut passage lets
through of one mineral is not published, and the same reading gives the long-run shares of `geo.risk`. Years are
drawn independently, each from the steady state: what began before the first day may still last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.distance import Floats, Ints
from geo.errors import BadInputError, ContractError
from geo.risk import DAYS_PER_YEAR

TARGET_KINDS: Final = ("chokepoint", "country", "facility")
NUMBERS: Final = ("annual_rate", "duration_days", "duration_cv", "severity")
MOST_YEARS: Final = 1_000_000
_WORD = 64

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Draws:
    """Years cut into stretches in which the same things are shut; stretches with everything open are left out."""

    years: int
    states: tuple[tuple[str, ...], ...]
    """What is shut (``kind:id``, sorted) in each state that occurs, the states sorted."""
    year: Ints
    """Year of each stretch, ascending."""
    state: Ints
    """Its position in `states`."""
    days: Floats
    """How long it lasts."""


def chokepoint_events(events: pd.DataFrame, *, duration_cv: float, source: str) -> pd.DataFrame:
    """
    Make a catalogue of the events of `geo.risk.single_events` or `geo.risk.common_shocks`.

    Parameters
    ----------
    events
        ``event, chokepoint_id, annual_rate, duration_days, severity``; several rows with one event are a joint one.
    duration_cv
        Coefficient of variation of the durations, which no table gives.
    source
        Where the rates are from.

    Returns
    -------
    catalogue
        Index ``event``; ``targets`` (tuple of ``kind:id``), ``annual_rate`` (onsets a year), ``duration_days`` (mean),
        ``duration_cv``, ``severity`` (0 to 1), ``source``. Null means unknown: such an event is never drawn, and
        `unknown_events` names it.
    """
    targets = ("chokepoint:" + events["chokepoint_id"].astype(str)).groupby(events["event"]).agg(tuple)
    numbers = events.drop_duplicates("event").set_index("event")[["annual_rate", "duration_days", "severity"]]
    frame = numbers.assign(targets=targets, duration_cv=float(duration_cv), source=source).sort_index()
    return frame[["targets", *NUMBERS, "source"]]


def unknown_events(catalogue: pd.DataFrame) -> tuple[str, ...]:
    """Name the events of which a number is missing: they cannot be drawn, which does not make them harmless."""
    return tuple(catalogue.index[catalogue[list(NUMBERS)].isna().any(axis=1)])


def check_catalogue(catalogue: pd.DataFrame) -> None:
    """Gather what is wrong with a catalogue, and raise once."""
    numbers = catalogue[list(NUMBERS)]
    kinds = catalogue["targets"].map(lambda ids: bool(ids) and {item.split(":", 1)[0] for item in ids})
    faults = {
        "event is not unique": catalogue.index[catalogue.index.duplicated()],
        f"targets are kind:id, of {', '.join(TARGET_KINDS)}": catalogue.index[
            [not found or bool(found - set(TARGET_KINDS)) for found in kinds]
        ],
        "numbers must be 0 or more, and finite": catalogue.index[((numbers < 0) | np.isinf(numbers)).any(axis=1)],
        "severity is a share, at most 1": catalogue.index[catalogue["severity"] > 1],
    }
    told = [f"{what}: {', '.join(map(str, ids[:5]))} ({len(ids)})" for what, ids in faults.items() if len(ids)]
    if told:
        raise ContractError("; ".join(told))


def draw(catalogue: pd.DataFrame, *, years: int, seed: int) -> Draws:
    r"""
    Draw years of disruptions.

    An event of rate :math:`\lambda`, severity :math:`s` and mean duration :math:`D` shuts its targets
    :math:`N \sim Poisson(\lambda s)` times a year, for lognormal times; on the first day
    :math:`M \sim Poisson(\lambda s D)` such spells are under way, their whole length drawn in proportion to length
    and their rest uniform in it (the stationary M/G/:math:`\infty` queue). Each year has its own stream, Philox with
    the key `seed` and the year in its counter, so that a year is the same whatever else is drawn.

    Parameters
    ----------
    catalogue
        From `chokepoint_events`, or of the same shape.
    years
        How many, independent of each other.
    seed
        Root of the streams; the same seed draws the same years.

    Raises
    ------
    BadInputError
        For a number of years outside 1 to a million, or a negative seed.
    ContractError
        If the catalogue cannot be used.
    """
    if not 1 <= years <= MOST_YEARS:
        msg = f"{years} years: give a number from 1 to {MOST_YEARS:,}"
        raise BadInputError(msg)
    if not 0 <= seed < 2**64:
        msg = f"seed {seed}: give a whole number from 0 to 2^64 - 1"
        raise BadInputError(msg)
    check_catalogue(catalogue)
    known = catalogue.drop(index=list(unknown_events(catalogue))).sort_index()
    names = sorted({item for ids in known["targets"] for item in ids})
    shuts = _bits(known["targets"], names)
    law = _Law.of(known)
    parts = [_stretches(year, *law.spells(seed, year), shuts) for year in range(years)]
    year, masks, days = (np.concatenate(part) for part in zip(*parts, strict=True))
    found, state = np.unique(masks, axis=0, return_inverse=True)
    keys = [tuple(name for place, name in enumerate(names) if _has(mask, place)) for mask in found]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = np.arange(len(keys))
    return Draws(years, tuple(keys[place] for place in order), year, rank[state.reshape(-1)], days)


@dataclass(frozen=True, eq=False)
class _Law:
    """The numbers of a catalogue, ready to draw from."""

    onsets: Floats
    under_way: Floats
    location: Floats
    scale: Floats

    @classmethod
    def of(cls, catalogue: pd.DataFrame) -> "_Law":
        """Turn mean and coefficient of variation into the lognormal's location and scale."""
        rate, mean, spread, severity = (catalogue[name].to_numpy(dtype=float) for name in NUMBERS)
        variance = np.log1p(spread**2)
        with np.errstate(divide="ignore"):  # a mean of nothing: lasts no time at all
            location = np.log(mean) - variance / 2
        shut = rate * severity
        return cls(shut, shut * mean / DAYS_PER_YEAR, location, np.sqrt(variance))

    def spells(self, seed: int, year: int) -> tuple[Ints, Floats, Floats]:
        """Draw the spells of one year: event, first day, last day; cut to the year."""
        stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, year]))
        counts: Ints = np.asarray(stream.poisson(np.r_[self.onsets, self.under_way]), dtype=np.int64)
        row = np.repeat(np.arange(len(counts)), counts)
        events = self.onsets.size
        event, fresh = row % max(events, 1), row < events
        scale = self.scale[event]
        # drawn in proportion to its length, a lognormal is a lognormal with its location raised by the variance
        location = self.location[event] + np.where(fresh, 0.0, scale**2)
        lasts = np.exp(location + scale * stream.standard_normal(len(row)))
        chance = stream.random(len(row))
        start = np.where(fresh, chance * DAYS_PER_YEAR, 0.0)
        end = np.where(fresh, start + lasts, chance * lasts)
        return event, start, np.minimum(end, DAYS_PER_YEAR)


def _stretches(year: int, event: Ints, start: Floats, end: Floats, shuts: Words) -> tuple[Ints, Words, Floats]:
    """Cut one year where something begins or ends, and say what is shut in between."""
    cuts = np.unique(np.r_[start, end])
    active = (start <= cuts[:-1, None]) & (end > cuts[:-1, None])
    masks = np.bitwise_or.reduce(np.where(active[:, :, None], shuts[event], np.uint64(0)), axis=1, initial=np.uint64(0))
    kept = masks.any(axis=1)
    return np.full(int(kept.sum()), year, dtype=np.int64), masks[kept], np.diff(cuts)[kept]


def _bits(targets: Iterable[tuple[str, ...]], names: list[str]) -> Words:
    """Mark the targets of each event, a bit a name."""
    place = {name: number for number, name in enumerate(names)}
    groups = list(targets)
    bits = np.zeros((len(groups), len(names) // _WORD + 1), dtype=np.uint64)
    for row, ids in enumerate(groups):
        for name in ids:
            bits[row, place[name] // _WORD] |= np.uint64(1) << np.uint64(place[name] % _WORD)
    return bits


def _has(mask: Words, place: int) -> bool:
    """Tell whether a bit is set."""
    return bool(int(mask[place // _WORD]) >> place % _WORD & 1)
