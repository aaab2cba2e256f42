"""
Frames and their text, made of what is at hand in a part of the time that pandas takes to look at it again.

Text is as Arrow has it, which pandas' own is: thousands of ids are looked up and sorted there without Python strings.
Arrow orders text by its bytes in UTF-8, which is the order of Python's own strings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray

from geo.program import Ints

_TEXT: Final = pd.StringDtype(na_value=np.nan)


def as_arrow(labels: ExtensionArray) -> pa.Array:
    """Give text as one array of Arrow's."""
    given = labels if isinstance(labels, pd.arrays.ArrowStringArray) else labels.to_numpy()
    held = pa.array(given, type=pa.large_string(), from_pandas=True)
    return held.combine_chunks() if isinstance(held, pa.ChunkedArray) else held


def as_text(words: Sequence[str] | pa.Array) -> ExtensionArray:
    """Make a column of text, as pandas would of a list, in a third of the time."""
    held = words if isinstance(words, pa.Array) else pa.array(words, type=pa.large_string())
    return pd.arrays.ArrowStringArray(held, dtype=_TEXT)


def taken(labels: ExtensionArray, rows: Ints) -> ExtensionArray:
    """Take rows of a column; text without another look at every position."""
    return as_text(as_arrow(labels).take(rows)) if isinstance(labels, pd.arrays.ArrowStringArray) else labels.take(rows)


@dataclass(frozen=True, eq=False)
class ById:
    """The ids of a frame in their order."""

    rows: Ints
    """Where each stands in the frame."""
    ids: pa.Array
    unique: bool

    def index(self, kept: npt.NDArray[np.bool_], like: pd.Index, *, name: str | None = None) -> pd.Index:
        """Make an index, with the type of another, of those ids that are kept."""
        held = self.ids if kept.all() else self.ids.filter(pa.array(kept))
        return pd.Index(as_text(held), dtype=like.dtype, name=name or like.name, copy=False)


def by_id(index: pd.Index) -> ById:
    """Sort the ids of a frame."""
    ids = as_arrow(index.array)
    rows = pc.array_sort_indices(ids)
    held = ids.take(rows)
    repeated = pc.less(held[:-1], held[1:]).false_count  # a missing id is not compared
    return ById(rows.to_numpy().astype(np.int64), held, unique=not repeated and ids.null_count <= 1)


def places(among: pa.Array, *labels: pa.Array) -> list[Ints]:
    """Find where each label stands, where it stands first; -1 where it does not."""
    found = pc.index_in(pa.chunked_array(labels), value_set=among).fill_null(-1).to_numpy().astype(np.int64)
    ends = np.cumsum([len(each) for each in labels])
    return [found[end - len(each) : end] for end, each in zip(ends, labels, strict=True)]


def framed(columns: pd.Index, parts: Iterable[ExtensionArray | npt.NDArray[Any]], index: pd.Index) -> pd.DataFrame:
    """Put columns side by side under names that are an index already: pandas takes as long to make one of words."""
    frame = pd.DataFrame(dict(enumerate(parts)), index=index, copy=False)
    frame.columns = columns
    return frame
