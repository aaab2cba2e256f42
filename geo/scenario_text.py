"""Turns the text of a scenario into plain data: JSON or YAML, each key once, no references, no depth to speak of."""

import json
from typing import Any, Final

import yaml

from geo.errors import BadInputError

MAX_DEPTH: Final = 10
MAX_YAML: Final = 64 * 1024
"""Characters; the reader of YAML is slow, and long scenarios (areas of many corners) are JSON that we wrote."""
_TOO_DEEP: Final = "a scenario is a plain list of fields: it uses no references and is not nested deeply"


class _OnceEach(yaml.SafeLoader):
    """A safe loader that refuses a key given twice: the second would silently undo the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Read a mapping, each key once."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
            raise BadInputError(_twice(twice))
        return super().construct_mapping(node, deep)


def plain_data(text: str) -> Any:
    """
    Read JSON, else YAML.

    Raises
    ------
    BadInputError
        In one line: for what is neither, a key given twice, YAML references (with which a short text grows without
        bound) and more than `MAX_DEPTH` levels.

    Examples
    --------
    >>> plain_data("close: [suez]")
    {'close': ['suez']}
    """
    try:
        data = json.loads(text, object_pairs_hook=_each_once)  # first: JSON may be indented by tabs, which YAML refuses
    except RecursionError:
        raise BadInputError(_TOO_DEEP) from None
    except BadInputError:
        raise
    except ValueError:
        return _yaml(text)
    _check_depth(data)
    return data


def one_line(text: str) -> str:
    r"""
    Keep a message to one line of characters that can be seen.

    Examples
    --------
    >>> one_line("a\n b\0")
    'a b?'
    """
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def _yaml(text: str) -> Any:
    """Read YAML; what its reader says of a fault may run over lines, of which the first is kept."""
    if len(text) > MAX_YAML:
        msg = f"the scenario is no JSON, and as YAML it may have at most {MAX_YAML // 1024} KB"
        raise BadInputError(msg)
    try:
        _check_events(text)
        return yaml.load(text, _OnceEach)  # noqa: S506 - a safe loader
    except BadInputError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        # beside its own errors PyYAML lets others through: of a day that is none, a key that is a list
        said = next(iter(str(error).splitlines()), "")
        msg = f"the scenario is neither JSON nor YAML: {said[:300]}"
        raise BadInputError(one_line(msg)) from None


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key given twice."""
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise BadInputError(_twice(sorted({name for name in names if names.count(name) > 1})))
    return dict(pairs)


def _twice(names: list[str]) -> str:
    """Word the refusal of a key given twice."""
    return one_line(f"{', '.join(names)[:300]} given twice")


def _check_depth(data: object) -> None:
    """Refuse JSON that nests deeply."""
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for item in level
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
        ]
    if level:
        raise BadInputError(_TOO_DEEP)


def _check_events(text: str) -> None:
    """Refuse YAML's references and depth."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > MAX_DEPTH:
            raise BadInputError(_TOO_DEEP)
