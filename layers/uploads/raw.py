"""
What every reader hands on: cells as they stand, shapes in degrees, and what is wrong with which line.

A reader never drops a row. A line that it cannot read stays, with an error beside it, so that in the end
rows in = good rows + bad rows.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import BadInputError

MIB: Final = 2**20
MAX_BYTES: Final = 64 * MIB
MAX_UNPACKED: Final = 256 * MIB
"""What a packed file may come to in memory."""
MAX_ROWS: Final = 250_000
MAX_COLUMNS: Final = 200
MAX_VERTICES: Final = 2_000_000
MAX_CELL: Final = 32_767
"""Characters in one cell: Excel's own limit."""
_SHOWN: Final = 80

Severity = Literal["error", "warning"]
ERROR: Final = "error"
WARNING: Final = "warning"


class Problem(NamedTuple):
    """One fault in one line: an error leaves the row out, a warning keeps it."""

    line: int
    column: str
    value: str
    problem: str
    remedy: str
    severity: Severity = "error"


@dataclass(frozen=True, eq=False)
class RawTable:
    """
    A table as it came.

    Attributes
    ----------
    cells
        Text, numbers and None, indexed by `line`: the line, sheet row or feature number a person would look up.
    geometry
        One shape or None a row, EPSG:4326; None when the file holds no shapes.
    problems
        Faults of reading; their lines are in `cells` too.
    notes
        What was decided on the way (encoding, layer, reprojection), for the screen.
    """

    cells: pd.DataFrame
    geometry: npt.NDArray[np.object_] | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what the mapping relies on."""
        if self.cells.index.has_duplicates or (self.geometry is not None and len(self.geometry) != len(self.cells)):
            msg = "a raw table needs one shape and one line number a row"
            raise ValueError(msg)


def raw_table(
    header: list[Any],
    rows: list[tuple[Any, ...]],
    *,
    lines: list[int] | None = None,
    geometry: npt.NDArray[np.object_] | None = None,
    problems: list[Problem] | None = None,
    notes: list[str] | None = None,
) -> RawTable:
    """
    Build a table after checking its header.

    Raises
    ------
    BadInputError
        If there are too many columns, none, one without a name or two of the same name.
    """
    names = [str(name).strip() if name is not None else "" for name in header]
    while names and not names[-1] and all(len(row) < len(names) or row[len(names) - 1] in (None, "") for row in rows):
        names.pop()
        rows = [row[: len(names)] for row in rows]
    if len(names) > MAX_COLUMNS:
        msg = f"the file has {len(names)} columns; {MAX_COLUMNS} is the most"
        raise BadInputError(msg)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        msg = f"column {shown(twice[0]) or 'without a name'!s} stands twice: give each column its own name"
        raise BadInputError(msg)
    index = pd.Index(lines if lines is not None else range(1, len(rows) + 1), name="line", dtype="int64")
    cells = pd.DataFrame(rows, index=index, columns=pd.Index(names, dtype=object), dtype=object)
    return RawTable(cells, geometry, tuple(problems or ()), tuple(notes or ()))


def check_rows(count: int) -> None:
    """Refuse more rows than memory and patience allow."""
    if count > MAX_ROWS:
        msg = f"the file has more than {MAX_ROWS:,} rows: split it"
        raise BadInputError(msg)


def shown(value: Any) -> str:
    """
    Cut a value to what fits in a message, control characters replaced.

    Examples
    --------
    >>> shown("a" + chr(0) + "b")
    'a?b'
    """
    text = "" if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) else str(value)[:200]
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 1]}…"
