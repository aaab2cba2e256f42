"""Scenarios known by name, and scenarios from a file or a name: what every command accepts after `--scenario`."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geo.errors import UnknownIdError
from geo.scenarios import Scenario, read_scenario, refused_in_any
from layers.catalog import read_table
from layers.uploads.scenario import MAX_BYTES, read_scenario_bytes

_JOIN = "+"
_SETS = ("close", "partial", "areas", "avoid", "outages", "restrictions", "decisions", "reopen", "inputs")


def presets() -> pd.DataFrame:
    """Return the table on index `preset`: `name, scenario` (YAML), `since, plausibility_yr, source, …`."""
    return read_table("presets").set_index("preset")


def preset(name: str) -> Scenario:
    """
    Give a scenario by its name; several joined by `+` hold together.

    Raises
    ------
    UnknownIdError
        Naming the presets there are.

    Examples
    --------
    >>> sorted(preset("red_sea+hormuz").close)
    ['bab_el_mandeb', 'hormuz', 'suez']
    """
    table = presets()
    names = name.split(_JOIN)
    if lost := [one for one in names if one not in table.index]:
        msg = f"no preset {', '.join(lost)}; known: {', '.join(table.index)}"
        raise UnknownIdError(msg)
    found = [read_scenario(str(table.loc[one, "scenario"])) for one in names]
    title = "; ".join(str(table.loc[one, "name"]) for one in names)
    return joined(found).model_copy(update={"name": title[:120]})


def joined(scenarios: Sequence[Scenario]) -> Scenario:
    """
    Join scenarios: everything that goes wrong in any of them, together; the rest is the first's.

    A chokepoint that two leave at different shares keeps the smaller, an input the larger share gone.
    """
    sets = {field: frozenset().union(*(getattr(one, field) for one in scenarios)) for field in _SETS}
    sets["licences"] = refused_in_any(scenarios)
    shares: dict[str, float] = {}
    for item, share in sets["partial"]:
        shares[item] = min(share, shares.get(item, 1.0))
    sets["partial"] = frozenset((item, share) for item, share in shares.items() if item not in sets["close"])
    gone = sorted(sets["inputs"])  # the largest share of an input comes last
    sets["inputs"] = frozenset(dict(gone).items())
    return scenarios[0].model_copy(update=sets)


def scenario_from(given: str) -> Scenario:
    """
    Read a scenario from a file, or give a preset by its name.

    Raises
    ------
    BadInputError, UnknownIdError
        In one line, for a file that is none and a name that nobody knows.
    """
    path = Path(given)
    if not path.is_file() and path.suffix == "" and len(path.parts) == 1:
        return preset(given)
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    return read_scenario_bytes(raw)
