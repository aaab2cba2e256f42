"""What goes wrong, joined from the presets and the controls, with a name in words."""

from geo.scenarios import Scenario
from layers.presets import joined, preset, presets
from layers.scenario_words import scenario_parts

_LONGEST, _NAMED = 120, 3


def with_presets(own: Scenario, names: list[str], held: list[str]) -> Scenario:
    """
    Join what the controls say and scenarios by name; all of it goes wrong together.

    Parameters
    ----------
    held
        Dated rules that hold because the reader says so.
    """
    decided = dict(own.decisions) | dict.fromkeys(held, True)
    own = own.model_copy(update={"decisions": frozenset(decided.items()), "name": scenario_name(own, names)})
    return joined([own, *(preset(name) for name in names)])


def scenario_name(own: Scenario, names: list[str]) -> str:
    """Name a scenario by its presets and what else goes wrong; `base` where nothing does."""
    table = presets()
    parts = [str(table.loc[name, "name"]) for name in names]
    return "; ".join([*parts, *scenario_parts(own, most=_NAMED)])[:_LONGEST] or "base"
