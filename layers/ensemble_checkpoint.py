"""A file that keeps the work of an ensemble, so that it can be taken up again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import BadInputError

_Held = npt.NDArray[Any]
_KEY = "key"


class Checkpoint:
    """
    Arrays by name in one NumPy archive, written whole and moved into place, so that a crash leaves the last one.

    Parameters
    ----------
    path
        The file; made when first saved.

    Raises
    ------
    BadInputError
        If there is such a file and it is no checkpoint.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: dict[str, _Held] = {}
        if path.exists():
            try:
                with np.load(path, allow_pickle=False) as held:
                    self._held = {name: held[name] for name in held.files}
            except (OSError, ValueError, EOFError, KeyError) as error:
                msg = f"{path.name} is no checkpoint of an ensemble: {error}"
                raise BadInputError(msg) from None

    def load(self, name: str, key: str) -> dict[str, _Held] | None:
        """Give what was kept under a name; another question's is refused, lest it be overwritten."""
        if f"{name}/{_KEY}" not in self._held:
            return None
        if str(self._held[f"{name}/{_KEY}"]) != key:
            msg = f"{self.path.name} belongs to another question: name another file, or delete it"
            raise BadInputError(msg)
        start = f"{name}/"
        return {
            full.removeprefix(start): held
            for full, held in self._held.items()
            if full.startswith(start) and full != f"{start}{_KEY}"
        }

    def save(self, name: str, key: str, arrays: Mapping[str, _Held]) -> None:
        """Keep arrays under a name."""
        self._held |= {f"{name}/{_KEY}": np.array(key)} | {f"{name}/{one}": held for one, held in arrays.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.part")
        with fresh.open("wb") as file:
            np.savez(file, allow_pickle=False, **self._held)
        fresh.replace(self.path)
