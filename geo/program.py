"""A linear programme as arrays, and what its columns and rows stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Subjects: TypeAlias = Sequence[str] | range | pd.Index | Ints


@dataclass(frozen=True, eq=False)
class Named:
    """Columns or rows of one kind that follow each other: what each stands for."""

    kind: str
    subject: Subjects
    detail: str = ""

    @property
    def subjects(self) -> pd.Index:
        """Give the subjects as text."""
        own = self.subject
        return own if isinstance(own, pd.Index) and own.dtype == "str" else pd.Index(own, dtype="str")


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``cost @ x`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``."""

    cost: Array
    lower: Array
    upper: Array
    row_lower: Array
    row_upper: Array
    matrix: sparse.csc_array
    column_names: tuple[Named, ...] = ()
    row_names: tuple[Named, ...] = ()
    integer: npt.NDArray[np.bool_] | None = None
    """Columns that take whole values only."""

    @cached_property
    def columns(self) -> pd.DataFrame:
        """What each column stands for: ``kind, subject``; made when first read, which a solve does not."""
        return _labels(self.column_names)[["kind", "subject"]]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """What each row stands for: ``kind, subject, detail``."""
        return _labels(self.row_names)


def _labels(blocks: tuple[Named, ...]) -> pd.DataFrame:
    """Put the names of columns or rows into one frame of ``kind, subject, detail``."""
    count = [len(block.subjects) for block in blocks]
    subject = pd.Index([], dtype="str").append([block.subjects for block in blocks])
    named = {part: pd.Index([getattr(block, part) for block in blocks], dtype="str") for part in ("kind", "detail")}
    return pd.DataFrame(
        {"kind": named["kind"].repeat(count), "subject": subject, "detail": named["detail"].repeat(count)}
    )
