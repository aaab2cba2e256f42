"""What goes wrong in a scenario, in words: one wording for headings, names of scenarios and titles of files."""

from collections.abc import Mapping

from geo.scenarios import EVERY_LICENCE, Scenario
from layers.names import chokepoint, country, listed


def scenario_words(scenario: Scenario, *, plants: Mapping[str, str] | None = None, most: int = 8) -> str:
    """
    Put what goes wrong into words.

    Parameters
    ----------
    plants
        Name of each facility by its id; without them those that are out are counted.
    most
        How many names of a kind to write out; the rest is counted.

    Returns
    -------
    words
        Parts joined by ``;``, or ``base case`` where nothing goes wrong.

    Examples
    --------
    >>> scenario_words(Scenario(close={"suez"}, avoid={"CHN"}))
    'Suez Canal closed; without China'
    >>> scenario_words(Scenario(outages={"F0001"})), scenario_words(Scenario())
    ('1 facility out', 'base case')
    """
    return "; ".join(scenario_parts(scenario, plants=plants, most=most)) or "base case"


def scenario_parts(scenario: Scenario, *, plants: Mapping[str, str] | None = None, most: int = 8) -> list[str]:
    """List what goes wrong, a part each (see `scenario_words`)."""
    areas, out = len(scenario.areas), sorted(scenario.outages)
    parts = [f"{listed(sorted(map(chokepoint, scenario.close)), most)} closed"] if scenario.close else []
    parts += [f"{chokepoint(item)} at {share:.0%}" for item, share in sorted(scenario.partial)]
    parts += [f"{areas} drawn area{'s' * (areas > 1)} closed"] if areas else []
    parts += [f"without {listed(sorted(map(country, scenario.avoid)), most)}"] if scenario.avoid else []
    if out and plants is None:
        parts.append(f"{len(out)} facilit{'ies' if len(out) > 1 else 'y'} out")
    elif out and plants is not None:
        parts.append(f"{listed(sorted(plants.get(item, item) for item in out), most)} out")
    return parts + _licences(scenario)


def _licences(scenario: Scenario) -> list[str]:
    """Say which export licences are refused; nothing where all are granted."""
    named = len({rule for rule, _ in scenario.licences} - {EVERY_LICENCE})
    if scenario.refuses(EVERY_LICENCE):
        return [f"export licences refused{f' but {named}' if named else ''}"]
    return [f"{named} export licence{'s' if named > 1 else ''} refused"] if named else []
