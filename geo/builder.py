"""Writes a linear programme: gathers columns, rows and coefficients that know what they stand for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geo.solver import Array, Ints, Program


class Builder:
    """Columns, rows and coefficients, gathered in any order and handed over as one `Program`."""

    def __init__(self) -> None:
        self._columns: list[_Block] = []
        self._rows: list[_Block] = []
        self._entries: list[tuple[Ints, Ints, Array]] = []

    def add_columns(self, kind: str, subject: npt.ArrayLike, *, cost: npt.ArrayLike, upper: npt.ArrayLike) -> Ints:
        """Add one column a subject, from zero to `upper`; return their positions."""
        return _add(self._columns, kind, subject, (cost, upper))

    def add_rows(
        self,
        kind: str,
        subject: npt.ArrayLike,
        *,
        lower: npt.ArrayLike = -np.inf,
        upper: npt.ArrayLike = np.inf,
        detail: str = "",
    ) -> Ints:
        """Add one row a subject; return their positions."""
        return _add(self._rows, kind, subject, (lower, upper), detail=detail)

    def put(self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add coefficients; those put twice in one cell add up."""
        at = np.asarray(rows, dtype=np.int64)
        self._entries.append((at, np.asarray(columns, dtype=np.int64), _spread(values, len(at))))

    def program(self) -> Program:
        """Return the programme."""
        columns, (cost, upper) = _stacked(self._columns)
        rows, (row_lower, row_upper) = _stacked(self._rows)
        at, across, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = sparse.csc_array((values, (at, across)), shape=(len(rows), len(columns)))
        matrix.sum_duplicates()
        return Program(
            cost=cost,
            lower=np.zeros(len(columns)),
            upper=upper,
            row_lower=row_lower,
            row_upper=row_upper,
            matrix=matrix,
            columns=columns[["kind", "subject"]],
            rows=rows,
        )


@dataclass(frozen=True, eq=False)
class _Block:
    """Columns or rows of one kind: what they stand for, and two numbers of each."""

    kind: str
    detail: str
    subject: pd.Index
    numbers: tuple[Array, Array]


def _add(
    blocks: list[_Block],
    kind: str,
    subject: npt.ArrayLike,
    numbers: tuple[npt.ArrayLike, npt.ArrayLike],
    detail: str = "",
) -> Ints:
    """Append a block; return the positions that it takes."""
    names, start = pd.Index(subject, dtype="str"), sum(len(block.subject) for block in blocks)
    first, second = (_spread(each, len(names)) for each in numbers)
    blocks.append(_Block(kind, detail, names, (first, second)))
    return np.arange(start, start + len(names))


def _stacked(blocks: list[_Block]) -> tuple[pd.DataFrame, tuple[Array, Array]]:
    """Put blocks into one frame of ``kind, subject, detail`` and two arrays of numbers."""
    count = [len(block.subject) for block in blocks]
    subject = blocks[0].subject.append([block.subject for block in blocks[1:]])
    named = {part: pd.Index([getattr(block, part) for block in blocks], dtype="str") for part in ("kind", "detail")}
    parts = {"kind": named["kind"].repeat(count), "subject": subject, "detail": named["detail"].repeat(count)}
    first, second = (np.concatenate(each) for each in zip(*(block.numbers for block in blocks), strict=True))
    return pd.DataFrame(parts), (first, second)


def _spread(values: npt.ArrayLike, count: int) -> Array:
    """Repeat a single number `count` times; leave an array as it is."""
    return np.broadcast_to(np.asarray(values, dtype=float), (count,)).copy()
