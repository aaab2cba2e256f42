"""Holds rows against rules: each fault with its line, column, value and remedy; a bad row is kept aside, not lost."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import BadInputError
from layers.uploads.columns import find_columns, is_gap, text_of
from layers.uploads.raw import ERROR, Problem, RawTable, Severity, shown

PROBLEM_COLUMNS = ["line", "column", "value", "problem", "remedy", "severity"]


class Checks:
    """The rows of one upload while they are checked: which are bad, and why."""

    def __init__(self, raw: RawTable, aliases: dict[str, tuple[str, ...]]) -> None:
        self.raw = raw
        self.columns = find_columns(raw.cells.columns, aliases)
        self.lines = raw.cells.index
        self.problems: list[Problem] = list(raw.problems)
        self.bad = self.lines.isin([problem.line for problem in raw.problems if problem.severity == ERROR])

    def require(self, fields: Iterable[str], aliases: dict[str, tuple[str, ...]]) -> None:
        """
        Refuse a file without the columns that every row needs.

        Raises
        ------
        BadInputError
            Naming the fields and the columns there are.
        """
        missing = [field for field in fields if field not in self.columns]
        if missing:
            wanted = "; ".join(f"{field} (or {', '.join(aliases[field][1:4])})" for field in missing)
            there = shown(", ".join(map(str, self.raw.cells.columns))) or "none"
            msg = f"the file lacks {wanted}; its columns: {there}"
            raise BadInputError(msg)

    def cells(self, field: str) -> pd.Series:
        """Give the cells of a field as they came; all None when the file has no such column."""
        if field in self.columns:
            return self.raw.cells[self.columns[field]]
        return pd.Series(None, index=self.lines, dtype=object)

    def text(self, field: str) -> pd.Series:
        """Give the cells of a field as text or None."""
        return text_of(self.cells(field))

    def gaps(self, field: str) -> pd.Series:
        """Mark the rows whose cell says nothing: empty, or a word for unknown."""
        return self.text(field).map(is_gap).astype(bool)

    def report(
        self, mask: Any, field: str, problem: str | Callable[[int], str], remedy: str, *, severity: Severity = "error"
    ) -> None:
        """
        Note a problem for every marked row; an error leaves the row out.

        Parameters
        ----------
        mask
            One bool a row.
        problem
            The fault, or a function of the row's position that words it.
        """
        marked = np.flatnonzero(np.asarray(mask, dtype=bool))
        if not len(marked):
            return
        values = self.cells(field).to_numpy()
        column = str(self.columns.get(field, field))
        for row in marked:
            worded = problem if isinstance(problem, str) else problem(int(row))
            line = int(self.lines[row])
            self.problems.append(Problem(line, shown(column), shown(values[row]), worded, remedy, severity))
        if severity == ERROR:
            self.bad[marked] = True

    def parse(self, field: str, read: Callable[[Any], float | str], remedy: str) -> np.ndarray:
        """Read a column of numbers; cells that are none become NaN and their rows are reported."""
        found = [read(value) for value in self.cells(field)]
        faulty = np.array([isinstance(item, str) for item in found], dtype=bool)
        self.report(faulty, field, lambda row: str(found[row]), remedy)
        return np.array([np.nan if isinstance(item, str) else item for item in found], dtype=float)

    def translate(self, field: str, read: Callable[[str], str | None], remedy: str) -> pd.Series:
        """Read a column of words; unknown ones become None and their rows are reported, gaps stay None."""
        cells = self.text(field)
        words = {word: read(word) for word in cells.dropna().unique()}
        found = pd.Series([words.get(word) for word in cells], index=self.lines, dtype=object)
        gap = np.array([is_gap(word) for word in cells], dtype=bool)
        self.report(found.isna().to_numpy() & ~gap, field, "is not known", remedy)
        return found

    def unused(self) -> list[str]:
        """Say which columns were not read."""
        rest = [str(name) for name in self.raw.cells.columns if name not in self.columns.values()]
        return [f"columns not used: {shown(', '.join(rest))}"] if rest else []

    def frame(self) -> pd.DataFrame:
        """Give the problems, by line."""
        table = pd.DataFrame(self.problems, columns=PROBLEM_COLUMNS)
        types = {"line": "int64"} | dict.fromkeys(PROBLEM_COLUMNS[1:], "str")
        return table.astype(types).sort_values("line", kind="stable", ignore_index=True)
