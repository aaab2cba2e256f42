"""A user's scenario file, JSON or YAML: held small before it is read."""

from typing import Final

from geo.errors import BadInputError
from geo.scenarios import Scenario, read_scenario
from layers.uploads.delimited import decode
from layers.uploads.raw import MIB

MAX_BYTES: Final = MIB
"""Room for the areas that a user may close, each of some thousand corners."""


def read_scenario_bytes(raw: bytes) -> Scenario:
    """
    Read a scenario from the bytes of a file.

    Raises
    ------
    BadInputError
        If it is too large, nests too deeply, uses YAML references, or is no scenario.
    """
    return read_scenario(decoded(raw))


def decoded(raw: bytes) -> str:
    """
    Decode a scenario file.

    Raises
    ------
    BadInputError
        If it is too large, or no text.
    """
    if len(raw) > MAX_BYTES:
        msg = f"a scenario file has at most {MAX_BYTES // MIB} MB"
        raise BadInputError(msg)
    return decode(raw)[0]
