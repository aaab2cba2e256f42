"""What every map and file says about itself: scenario, date, method version, sources and licences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geo.errors import ContractError

OURSELVES = "this project"
OSM_CREDIT = "© OpenStreetMap contributors"
BOUNDARIES = "Boundaries are drawn from the source named and imply no view on any claim."
_SOURCE_KEYS = ("publisher", "title", "licence", "licence_url", "as_of")


@dataclass(frozen=True)
class Provenance:
    """
    Who said it, under what assumption and when.

    Attributes
    ----------
    scenario, date, method_version
        Name of the scenario, its date (ISO 8601) and the version of the code; never empty.
    sources
        One tuple ``(publisher, title, licence, licence_url, as_of)`` per source, sorted, none twice.
    """

    scenario: str
    date: str
    method_version: str
    sources: tuple[tuple[str, str, str, str, str], ...] = ()

    def __post_init__(self) -> None:
        empty = [name for name in ("scenario", "date", "method_version") if not getattr(self, name)]
        if empty:
            msg = f"a map or file without {', '.join(empty)} may not leave: say which scenario, when, by what"
            raise ContractError(msg)

    @classmethod
    def of(cls, sources: pd.DataFrame, *, scenario: str, date: str, method_version: str) -> "Provenance":
        """
        Read the sources from a frame with the columns of ``data/sources.csv``.

        Examples
        --------
        >>> frame = pd.DataFrame({"publisher": ["USGS"], "title": ["MCS"], "licence": ["public domain"]})
        >>> Provenance.of(frame, scenario="base", date="2026-11-23", method_version="0.1").sources
        (('USGS', 'MCS', 'public domain', '', ''),)
        """
        blank = [""] * len(sources)
        columns = [sources[key].to_numpy(dtype=object) if key in sources else blank for key in _SOURCE_KEYS]
        rows: set[Any] = {
            tuple("" if pd.isna(value) else str(value) for value in row) for row in zip(*columns, strict=True)
        }
        return cls(scenario, date, method_version, tuple(sorted(rows)))

    @property
    def credits(self) -> tuple[str, ...]:
        """Publishers to name on a map, OpenStreetMap in its prescribed words first."""
        named = {part.strip() for source in self.sources for part in source[0].split(";")}
        others = {name for name in named if name and "openstreetmap" not in name.lower() and name != OURSELVES}
        return (OSM_CREDIT, *sorted(others))

    def as_dict(self) -> dict[str, Any]:
        """Write all of it as plain JSON values."""
        return {
            "scenario": self.scenario,
            "date": self.date,
            "method_version": self.method_version,
            "sources": [dict(zip(_SOURCE_KEYS, source, strict=True)) for source in self.sources],
        }

    def as_columns(self) -> Mapping[str, str]:
        """Write all of it as constant columns, for formats that have rows and nothing else."""
        licences = sorted({f"{source[0]} ({source[2]})" for source in self.sources})
        return {
            "scenario": self.scenario,
            "scenario_date": self.date,
            "method_version": self.method_version,
            "data_sources": "; ".join(licences),  # `sources` counts mines in the corridors frame
        }
