"""
What one user brings to a question, beside our tables: facilities that join the network, demand that replaces ours.

It is known by its content alone. There is no register of it: who does not hold the rows cannot name them, so no
session meets another's, and equal rows share what was worked out for them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from geo.errors import BadInputError, ContractError
from geo.schema import contract, validate
from layers.facilities import CRS, facilities
from layers.trade import Need
from layers.uploads import KINDS, Kind, Upload, read_upload
from layers.uploads.closure import areas
from layers.uploads.facilities import ID_PREFIX
from layers.uploads.raw import MAX_BYTES

MOST_SITES: Final = 5_000
"""What joins the network at once: more would slow everybody's questions down."""
YOURS: Final = " (yours)"
"""Follows the name of a user's facility wherever a person reads it."""
_LICENCE: Final = "yours: not ours to license"
_FACILITY_TABLES: Final = ("facilities", "facility_minerals")


@dataclass(frozen=True)
class Rows:
    """Rows of a user; equal content is an equal key."""

    digest: str
    frame: pd.DataFrame = field(compare=False, repr=False)

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "Rows | None":
        """Take rows over; none is nothing."""
        if frame.empty:
            return None
        return cls(hashlib.sha256(_text(frame).encode()).hexdigest(), frame.reset_index(drop=True))


@dataclass(frozen=True)
class Own:
    """
    A user's own data, fit for a key.

    Attributes
    ----------
    facilities
        Rows as `layers.facilities.facilities` gives them, ids led by ``U-``.
    demand
        Rows of the contract ``demand``.
    """

    facilities: Rows | None = None
    demand: Rows | None = None

    def need(self, mineral: str, hub: str) -> Need | None:
        """
        Give what the user says that a hub needs of a mineral: the latest year, the row that stands first in it.

        Returns
        -------
        need
            Null where the user says nothing: then the published figure holds.
        """
        if self.demand is None:
            return None
        rows = self.demand.frame
        rows = rows[rows["mineral"].eq(mineral) & rows["country_iso3"].eq(hub)]
        if rows.empty:
            return None
        last = rows[rows["year"].eq(rows["year"].max())].iloc[0]
        words = f"{last['metric']}, {last['source']}{YOURS}"
        return Need(float(last["value_t"]), int(last["year"]), words, str(last["truth_state"]))

    @property
    def facility_ids(self) -> frozenset[str]:
        """Give the ids of the user's facilities."""
        return frozenset() if self.facilities is None else frozenset(self.facilities.frame["facility_id"])

    def sources(self) -> pd.DataFrame:
        """Name the user's files as sources, in the columns of `data/sources.csv`."""
        named = sorted({(part.name, source) for part, rows in self._parts() for source in rows.frame["source"]})
        titles = [f"{kind}, {source.removeprefix('upload: ')}" for kind, source in named]
        return pd.DataFrame({"publisher": "yours", "title": titles, "licence": _LICENCE}, dtype=object)

    def to_json(self) -> bytes:
        """Write all of it, so that `read_own` gives the same back."""
        parts = {part.name: json.loads(_text(rows.frame)) for part, rows in self._parts()}
        return (json.dumps(parts, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n").encode()

    def _parts(self) -> list[tuple[Any, Rows]]:
        return [(part, rows) for part in fields(self) if (rows := getattr(self, part.name)) is not None]

    def __bool__(self) -> bool:
        """Tell whether there is anything."""
        return bool(self._parts())


NOTHING: Final = Own()


def own_of(*uploads: Upload) -> Own:
    """
    Put the good rows of uploads to use: of facilities and of demand, one upload each.

    Raises
    ------
    BadInputError
        For more sites than may join the network.
    """
    by_kind = {upload.kind: upload.rows for upload in uploads}
    sites = by_kind.get("facilities", pd.DataFrame())
    count = sites["facility_id"].nunique() if len(sites) else 0
    if count > MOST_SITES:
        msg = f"{count:,} sites: at most {MOST_SITES:,} join the network at once; split the file, by mineral say"
        raise BadInputError(msg)
    return Own(Rows.of(sites), Rows.of(by_kind.get("demand", pd.DataFrame())))


def read_own(raw: bytes) -> Own:
    """
    Read what `Own.to_json` wrote, and hold it against the contracts.

    Raises
    ------
    BadInputError
        In one line, for anything else.
    """
    try:
        parts = json.loads(raw)
        found = Own(_facilities(parts.get("facilities", [])), _demand(parts.get("demand", [])))
        known = set(parts) <= {part.name for part in fields(Own)}
    except (ContractError, KeyError, TypeError, ValueError, AttributeError, RecursionError):
        known = False
    if not known:
        msg = "your data cannot be read"
        raise BadInputError(msg)
    return found


def read_files(paths: Mapping[str, Path | None], *, told: Callable[[str], object]) -> tuple[Own, frozenset[str]]:
    """
    Read a user's files from this machine, for the command line.

    Parameters
    ----------
    paths
        By kind: facilities, demand, closure; null for none.
    told
        Hears a line for every row that is left out or doubtful, and one that counts.

    Returns
    -------
    own, areas
        What is beside our tables, and the closed areas as a scenario takes them.

    Raises
    ------
    BadInputError
        For a file that cannot be used, or of which no row can.
    """
    uploads = {kind: _read(path, kind) for kind in KINDS if (path := paths.get(kind)) is not None}
    for kind, upload in uploads.items():
        for row in upload.problems.itertuples():
            told(f"{upload.file_name} line {row.line}, {row.column} {row.value!r}: {row.problem}; {row.remedy}\n")
        told(f"{upload.file_name}: {upload.rows_good} of {upload.rows_in} rows used as {kind}\n")
        if not upload.rows_good:
            msg = f"{upload.file_name}: no row can be used"
            raise BadInputError(msg)
    closed = areas(uploads["closure"]) if "closure" in uploads else frozenset()
    return own_of(*uploads.values()), closed


def _read(path: Path, kind: Kind) -> Upload:
    """Read one file, no more of it than is taken."""
    with path.open("rb") as file:
        return read_upload(path.name, file.read(MAX_BYTES + 1), kind=kind)


def is_own(facility_id: object) -> bool:
    """
    Tell a user's facility from ours.

    Examples
    --------
    >>> is_own("U-7"), is_own("F0001")
    (True, False)
    """
    return str(facility_id).startswith(ID_PREFIX)


def _facilities(records: list[dict[str, Any]]) -> Rows | None:
    """Rebuild facilities and check them like our own tables."""
    if not records:
        return None
    types = facilities().drop(columns="geometry").dtypes
    frame = pd.DataFrame(records)[list(types.index)].astype(types)
    for name in _FACILITY_TABLES:
        columns = list(contract(name).columns)
        validate(name, frame[columns].drop_duplicates(["facility_id"] if name == _FACILITY_TABLES[0] else None))
    if not frame["facility_id"].map(is_own).all():
        msg = "an id is not led by U-"
        raise ContractError(msg)
    return Rows.of(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=CRS))


def _demand(records: list[dict[str, Any]]) -> Rows | None:
    """Rebuild demand and check it."""
    return Rows.of(validate("demand", pd.DataFrame(records))) if records else None


def _text(frame: pd.DataFrame) -> str:
    """Write rows as JSON in one way only; a point is its lon and lat."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    return json.dumps(records, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
