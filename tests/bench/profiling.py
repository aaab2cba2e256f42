"""Where the time of a job goes: the profile that stands beside a promise that does not hold."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.report import ROOT

OWN = ("geo", "layers")
LEAST, MOST, SHOWN, BUSIEST = 0.05, 0.9, 7, 4


def profiled(work: Callable[[], Any]) -> str:
    """Name our functions with the share of the time that passes in each, those they call included; then the busiest."""
    watch = cProfile.Profile()
    watch.enable()
    work()
    watch.disable()
    stats: Any = pstats.Stats(watch)
    shares: dict[str, float] = {}
    for (file, _, name), (_, _, _, whole, _) in stats.stats.items():
        label = _ours(file, name)
        if label and not name.startswith("<"):
            shares[label] = max(shares.get(label, 0.0), whole / stats.total_tt)
    named = sorted(((share, name) for name, share in shares.items() if LEAST <= share <= MOST), reverse=True)[:SHOWN]
    told = ", ".join(f"`{name}` {share:.0%}" for share, name in named)
    alone = sorted(stats.stats.items(), key=lambda item: item[1][2], reverse=True)[:BUSIEST]
    busiest = ", ".join(
        f"{_ours(file, name) or _outside(name)} {row[2] / stats.total_tt:.0%}" for (file, _, name), row in alone
    )
    return f"{told or 'nothing of ours'}; busiest by themselves: {busiest}"


def _ours(file: str, name: str) -> str:
    """Name a function of the product by its module; empty for any other."""
    path = Path(file)
    if not path.is_relative_to(ROOT) or path.relative_to(ROOT).parts[0] not in OWN:
        return ""
    return f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"


def _outside(name: str) -> str:
    """Name a function of a library."""
    return name.strip("<>").replace("built-in method ", "").replace("method ", "").replace("'", "`")


class Loading:
    """The first load, watched from before the first import."""

    def profile(self) -> str:
        """Load the world."""

        def work() -> None:
            from layers.planner import world  # noqa: PLC0415 - the import is part of what is watched

            world()

        return profiled(work)
