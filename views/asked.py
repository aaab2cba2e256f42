"""What goes wrong, joined from the presets and the controls, with a name in words."""

from geo.scenarios import EVERY_LICENCE, Scenario
from layers.presets import joined, preset, presets
from views.text import chokepoint, country, listed

_LONGEST = 120


def with_presets(own: Scenario, names: list[str], held: list[str]) -> Scenario:
    """
    Join what the controls say and scenarios by name; all of it goes wrong together.

    Parameters
    ----------
    held
        Dated rules that hold because the reader says so.
    """
    decided = dict(own.decisions) | dict.fromkeys(held, True)
    own = own.model_copy(update={"decisions": frozenset(decided.items()), "name": scenario_words(own, names)})
    return joined([own, *(preset(name) for name in names)])


def scenario_words(own: Scenario, names: list[str]) -> str:
    """Name a scenario by its presets and what else goes wrong; `base` where nothing does."""
    table = presets()
    parts = [str(table.loc[name, "name"]) for name in names]
    parts += [f"{listed(sorted(map(chokepoint, own.close)), 3)} closed"] if own.close else []
    parts += [f"without {listed(sorted(map(country, own.avoid)), 3)}"] if own.avoid else []
    parts += [f"{len(own.outages)} facilities out"] if own.outages else []
    parts += [f"{chokepoint(item)} at {share:.0%}" for item, share in sorted(own.partial)]
    parts += licence_parts(own)
    parts += ["drawn areas closed"] if own.areas else []
    return "; ".join(parts)[:_LONGEST] or "base"


def licence_parts(scenario: Scenario) -> list[str]:
    """Say which export licences are refused, as a part of a name; none where all are granted."""
    named = len({rule for rule, _ in scenario.licences} - {EVERY_LICENCE})
    if scenario.refuses(EVERY_LICENCE):
        return [f"export licences refused{f' but {named}' if named else ''}"]
    return [f"{named} export licence{'s' if named > 1 else ''} refused"] if named else []
