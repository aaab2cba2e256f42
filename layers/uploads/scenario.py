"""A user's scenario file, JSON or YAML: held small and without YAML's references before it is read."""

import json
from typing import Final

import yaml

from geo.errors import BadInputError
from geo.scenarios import Scenario, read_scenario
from layers.uploads.delimited import decode
from layers.uploads.raw import shown

MAX_BYTES: Final = 64 * 1024
_MAX_DEPTH: Final = 10


def read_scenario_bytes(raw: bytes) -> Scenario:
    """
    Read a scenario from the bytes of a file.

    Raises
    ------
    BadInputError
        If it is too large, nests too deeply, uses YAML references, or is no scenario.
    """
    if len(raw) > MAX_BYTES:
        msg = f"a scenario file has at most {MAX_BYTES // 1024} KB"
        raise BadInputError(msg)
    text, _ = decode(raw)
    try:
        data = json.loads(text, object_pairs_hook=_each_once)  # first: JSON may be indented by tabs, which YAML refuses
    except (ValueError, RecursionError):
        data = None
    try:
        if data is None:
            _check_events(text)
        return read_scenario(text if data is None else json.dumps(data))
    except BadInputError as error:
        raise BadInputError(_one_line(str(error))) from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        msg = f"the scenario is neither JSON nor YAML: {_one_line(str(error))}"
        raise BadInputError(msg) from None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key given twice: the second would silently undo the first."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        msg = f"{', '.join(sorted({name for name in names if names.count(name) > 1}))} given twice"
        raise BadInputError(msg)
    return dict(pairs)


def _check_events(text: str) -> None:
    """Refuse references and depth, with which a short YAML grows without bound."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _MAX_DEPTH:
            msg = "a scenario is a plain list of fields: it uses no references and is not nested deeply"
            raise BadInputError(msg)


def _one_line(text: str) -> str:
    """Keep a message to one line of plain characters."""
    limit = 400
    words = " ".join(text.split())
    return "".join(shown(character) for character in words[:limit])
