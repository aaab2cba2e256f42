"""Where the time of a job goes: the profile that stands beside a promise that does not hold."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.report import ROOT

OWN = ("geo", "layers")
LEAST, MOST, SHOWN = 0.05, 0.97, 7


def profiled(work: Callable[[], Any]) -> str:
    """Name our functions with the share of the time that passes in each, those they call included, and the busiest."""
    watch = cProfile.Profile()
    watch.enable()
    work()
    watch.disable()
    stats: Any = pstats.Stats(watch)
    shares: dict[str, float] = {}
    for (file, _, name), (_, _, own, whole, _) in stats.stats.items():
        path = Path(file)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OWN and not name.startswith("<"):
            label = f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"
            shares[label] = max(shares.get(label, 0.0), whole / stats.total_tt)
        del own
    named = sorted(((share, name) for name, share in shares.items() if LEAST <= share <= MOST), reverse=True)[:SHOWN]
    busiest, row = max(stats.stats.items(), key=lambda item: item[1][2])
    alone = busiest[2].strip("<>").replace("built-in method ", "").replace("method ", "").replace("'", "`")
    told = ", ".join(f"`{name}` {share:.0%}" for share, name in named)
    return f"{told or 'nothing of ours'}; the busiest single function is {alone}, {row[2] / stats.total_tt:.0%}"


class Loading:
    """The first load, watched from before the first import."""

    def profile(self) -> str:
        """Load the world."""

        def work() -> None:
            from layers.planner import world  # noqa: PLC0415 - the import is part of what is watched

            world()

        return profiled(work)
