"""What a run of the app shows, read for tests."""

import json
import re


def address(at, key) -> list[str]:
    """Read a choice from the address, as the list it is there."""
    value = at.query_params[key]
    return [value] if isinstance(value, str) else list(value)


def map_args(at) -> dict:
    """Read what the map component was sent."""
    return json.loads(at.get("component_instance")[0].proto.json_args)


def corridors_on_map(at) -> set[str]:
    """Give the keys of the lines on the map."""
    return set(re.findall(r'"key":"((?:base|scenario):[^"]+)"', map_args(at)["feature_group"].replace("\\u003e", ">")))
