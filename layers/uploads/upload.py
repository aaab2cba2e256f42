"""What comes of an upload: good rows in the contract's form, the problems, and a count that adds up."""

from dataclasses import dataclass

import pandas as pd

from layers.uploads.checks import Checks


@dataclass(frozen=True, eq=False)
class Upload:
    """
    A file that was read.

    Attributes
    ----------
    kind
        ``facilities``, ``demand`` or ``closure``.
    file_name
        As given, fit for display.
    rows
        The good rows, ready for use.
    problems
        ``line, column, value, problem, remedy, severity``: every line with an ``error`` was left out, one with only
        a ``warning`` is in `rows`.
    notes
        What was decided on the way: encoding, sheet or layer, reprojection, columns not used.
    rows_in, rows_bad
        Rows in the file and rows left out.
    """

    kind: str
    file_name: str
    rows: pd.DataFrame
    problems: pd.DataFrame
    notes: tuple[str, ...]
    rows_in: int
    rows_bad: int

    def __post_init__(self) -> None:
        """Check that nothing was lost: every row left out has its error."""
        named = self.problems.loc[self.problems["severity"].eq("error"), "line"].nunique()
        if named != self.rows_bad or not 0 <= self.rows_bad <= self.rows_in:
            msg = f"{self.rows_bad} rows were left out but {named} have an error"
            raise ValueError(msg)

    @property
    def rows_good(self) -> int:
        """Count the rows of the file that are used; one may become several rows, one per mineral."""
        return self.rows_in - self.rows_bad


def finish(kind: str, file_name: str, checks: Checks, rows: pd.DataFrame) -> Upload:
    """Put rows and problems together."""
    return Upload(
        kind=kind,
        file_name=file_name,
        rows=rows,
        problems=checks.frame(),
        notes=(*checks.raw.notes, *checks.unused()),
        rows_in=len(checks.lines),
        rows_bad=int(checks.bad.sum()),
    )
