"""Writes a linear programme: gathers columns, rows and coefficients that know what they stand for."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geo.program import Array, Ints, Named, Program, Subjects

_Places: TypeAlias = npt.NDArray[np.int32]
_Entries: TypeAlias = tuple[_Places, _Places, Array]


class Builder:
    """Columns, rows and coefficients, gathered in any order and handed over as one `Program`."""

    def __init__(self, begun: "Rows | None" = None) -> None:
        """Begin with nothing, or with rows written before."""
        self._begun = begun
        self._columns: list[_Block] = []
        self._rows: list[_Block] = [] if begun is None else list(begun.blocks)
        self._entries: list[_Entries] = []

    def add_columns(self, kind: str, subject: Subjects, *, cost: npt.ArrayLike, upper: npt.ArrayLike) -> Ints:
        """Add one column a subject, from zero to `upper`; return their positions."""
        return _add(self._columns, Named(kind, subject), (cost, upper), len(subject))

    def add_rows(
        self,
        kind: str,
        subject: Subjects,
        *,
        lower: npt.ArrayLike = -np.inf,
        upper: npt.ArrayLike = np.inf,
        detail: str = "",
    ) -> Ints:
        """Add one row a subject; return their positions."""
        return _add(self._rows, Named(kind, subject, detail), (lower, upper), len(subject))

    def put(self, rows: npt.ArrayLike, columns: npt.ArrayLike, values: npt.ArrayLike) -> None:
        """Add coefficients; those put twice in one cell add up."""
        at = np.asarray(rows, dtype=np.int32)  # as HiGHS wants them
        self._entries.append((at, np.asarray(columns, dtype=np.int32), _spread(values, len(at))))

    def program(self) -> Program:
        """Return the programme."""
        column_names, (cost, upper) = _stacked(self._columns)
        row_names, (row_lower, row_upper) = _stacked(self._rows)
        return Program(
            cost=cost,
            lower=np.zeros(len(cost)),
            upper=upper,
            row_lower=row_lower,
            row_upper=row_upper,
            matrix=self._matrix((len(row_lower), len(cost))),
            column_names=column_names,
            row_names=row_names,
        )

    def rows(self, columns: int) -> "Rows":
        """Return the rows with what was put into them, for programmes whose first `columns` are those put in."""
        return Rows(tuple(self._rows), self._matrix((sum(len(block.numbers[0]) for block in self._rows), columns)))

    def _matrix(self, shape: tuple[int, int]) -> sparse.csc_array:
        """Put the coefficients together; those of one cell add up."""
        entries = list(self._entries)
        if self._begun is not None:
            held = self._begun.matrix
            if not entries and held.shape == shape:
                return held
            column = np.repeat(np.arange(held.shape[1], dtype=np.int32), np.diff(held.indptr))
            entries.insert(0, (held.indices, column, held.data))
        at, column, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        matrix = sparse.csc_array((values, (at, column)), shape=shape)
        matrix.sum_duplicates()
        return matrix


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows and coefficients written once, with which many programmes begin; shared, never written."""

    blocks: tuple["_Block", ...]
    matrix: sparse.csc_array


@dataclass(frozen=True, eq=False)
class _Block:
    """Columns or rows of one kind: what they stand for, and two numbers of each."""

    named: Named
    numbers: tuple[Array, Array]


def _add(blocks: list[_Block], named: Named, numbers: tuple[npt.ArrayLike, npt.ArrayLike], count: int) -> Ints:
    """Append a block; return the positions that it takes."""
    start = sum(len(block.numbers[0]) for block in blocks)
    first, second = (_spread(each, count) for each in numbers)
    blocks.append(_Block(named, (first, second)))
    return np.arange(start, start + count)


def _stacked(blocks: list[_Block]) -> tuple[tuple[Named, ...], tuple[Array, Array]]:
    """Put the names of blocks together, and their numbers into two arrays."""
    first, second = (np.concatenate(each) for each in zip(*(block.numbers for block in blocks), strict=True))
    return tuple(block.named for block in blocks), (first, second)


def _spread(values: npt.ArrayLike, count: int) -> Array:
    """Repeat a single number `count` times; leave an array as it is."""
    given = np.array(values, dtype=float)
    return given if given.ndim else np.full(count, given)
