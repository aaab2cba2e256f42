"""Writes and reads the derived network files: named arrays in one compressed NPZ with fixed bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DEGREE_STEP = 1e-4  # about 11 m: finer than any line in the sources


def quantized(degrees: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Turn degrees into whole steps of `DEGREE_STEP`, which compress to half the size of floats."""
    return np.round(np.asarray(degrees, float) / DEGREE_STEP).astype(np.int32)


def degrees(steps: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Turn the steps of :func:`quantized` back into degrees."""
    return np.round(np.asarray(steps, float) * DEGREE_STEP, 4)


def save_arrays(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Write arrays to `path`; NPZ entries carry a fixed date, so equal arrays give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Read every array of `path`; pickled content is refused."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
