"""
The user's own data, from bytes and a file name only: never a path, never an address, never a GDAL driver's guess.

Readers (`delimited`, `excel`, `geojson`, `geopackage`, `parquet`, `shapefile`) turn bytes into a `RawTable`; the
mappings (`facilities`, `demand`, `closure`) hold each row against the contract. Rows in = good rows + bad rows.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final, Literal, get_args

from geo.errors import BadInputError
from geo.scenarios import Scenario
from layers.uploads.closure import read_closure
from layers.uploads.delimited import read_csv
from layers.uploads.demand import read_demand
from layers.uploads.excel import read_xlsx
from layers.uploads.facilities import read_facilities
from layers.uploads.geojson import read_geojson
from layers.uploads.geopackage import read_gpkg
from layers.uploads.parquet import read_parquet
from layers.uploads.raw import MAX_BYTES, MIB, RawTable, shown
from layers.uploads.scenario import read_scenario_bytes
from layers.uploads.shapefile import read_shapefile_zip
from layers.uploads.templates import templates
from layers.uploads.upload import Upload

__all__ = ["KINDS", "SUFFIXES", "Kind", "Upload", "read_raw", "read_scenario_file", "read_upload", "templates"]

Kind = Literal["facilities", "demand", "closure"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_READERS: Final[dict[str, Callable[[bytes, str], RawTable]]] = {
    ".csv": lambda raw, _: read_csv(raw),
    ".tsv": lambda raw, _: read_csv(raw),
    ".txt": lambda raw, _: read_csv(raw),
    ".geojson": lambda raw, _: read_geojson(raw),
    ".json": lambda raw, _: read_geojson(raw),
    ".gpkg": lambda raw, kind: read_gpkg(raw, layer=kind),
    ".zip": lambda raw, _: read_shapefile_zip(raw),
    ".parquet": lambda raw, _: read_parquet(raw),
    ".geoparquet": lambda raw, _: read_parquet(raw),
    ".xlsx": lambda raw, kind: read_xlsx(raw, sheet=kind),
}
SUFFIXES: Final = tuple(_READERS)
"""What a file name may end with."""
_SCENARIO_SUFFIXES: Final = (".json", ".yaml", ".yml")
_MAPPINGS: Final = {"facilities": read_facilities, "demand": read_demand, "closure": read_closure}
_NO_FILE_NAME = re.compile(r"[/\\:\x00-\x1f\x7f]|^\.*$")
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_LONGEST_NAME: Final = 255


def read_upload(file_name: str, raw: bytes, *, kind: Kind) -> Upload:
    r"""
    Read a user's file and map its rows.

    Parameters
    ----------
    file_name
        Plain name; only its suffix counts, and nothing of that name is opened.
    raw
        The bytes of the file.
    kind
        What its rows are: ``facilities``, ``demand`` or ``closure``.

    Returns
    -------
    upload
        Good rows at once usable; each bad row named in `problems` with line, column, value and remedy.

    Raises
    ------
    BadInputError
        One line, if the file as a whole cannot be used.

    Examples
    --------
    >>> csv = b"name;lat;lon;country;mineral;stage\nMutanda;-10,79;25,81;COD;Co;mine\nLost;25,81;-10,79;COD;Co;mine"
    >>> upload = read_upload("mine.csv", csv, kind="facilities")
    >>> upload.rows_good, upload.rows_bad
    (1, 1)
    >>> upload.problems.loc[0, "problem"]
    'outside COD, but inside it with lon and lat exchanged'
    """
    return _MAPPINGS[kind](read_raw(file_name, raw, kind=kind), file_name=shown(file_name))


def read_raw(file_name: str, raw: bytes, *, kind: Kind) -> RawTable:
    """Read a file without mapping its rows; see `read_upload`."""
    suffix = _suffix(file_name)
    if suffix not in _READERS:
        msg = f"files that end with {shown(suffix) or 'nothing'} are not read; use {', '.join(SUFFIXES)}"
        raise BadInputError(msg)
    _check_bytes(raw)
    return _READERS[suffix](raw, kind)


def read_scenario_file(file_name: str, raw: bytes) -> Scenario:
    """
    Read a scenario that a user hands in as JSON or YAML.

    Raises
    ------
    BadInputError
        One line that says what is wrong.
    """
    if _suffix(file_name) not in _SCENARIO_SUFFIXES:
        msg = f"a scenario file ends with {', '.join(_SCENARIO_SUFFIXES)}"
        raise BadInputError(msg)
    _check_bytes(raw)
    return read_scenario_bytes(raw)


def _suffix(file_name: str) -> str:
    """Give the suffix of a plain file name; paths, addresses and GDAL's virtual names are refused."""
    if len(file_name) > _LONGEST_NAME or _NO_FILE_NAME.search(file_name):
        msg = f"{shown(file_name)!r} is no plain file name: hand in the file itself, not a path or an address"
        raise BadInputError(msg)
    return PurePosixPath(file_name).suffix.lower()


def _check_bytes(raw: bytes) -> None:
    """Refuse what no reader needs to see."""
    if not raw:
        msg = "the file is empty"
        raise BadInputError(msg)
    if len(raw) > MAX_BYTES:
        msg = f"the file has {len(raw) / MIB:.0f} MB; {MAX_BYTES // MIB} MB is the most"
        raise BadInputError(msg)
    if raw.startswith(_OLD_EXCEL):
        msg = "the workbook is locked or in the old .xls form: save it as .xlsx without a password"
        raise BadInputError(msg)
