"""`python -m layers.build`: rebuild `data/network/`, or check that what is committed is what the packages give."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from filecmp import cmp
from pathlib import Path
from shutil import copytree

from layers.build import connectors, countries, land, sea

DATA = Path(__file__).resolve().parents[2] / "data"
NETWORK = DATA / "network"
RAW = Path("build") / "raw"

Step = Callable[[Path, Path], list[Path]]
STEPS: dict[str, Step] = {
    "countries": countries.build,
    "sea": lambda raw, out: sea.build(raw, out, tables=DATA),
    "land": lambda raw, out: land.build(raw, out, tables=DATA),
    "connectors": lambda raw, out: connectors.build(raw, out, tables=DATA),
}
"""In order: sea and land ask the countries where land is, connectors join what the others wrote."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the named steps, or with `--check` build them apart and compare; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m layers.build", description=(__doc__ or "").strip())
    parser.add_argument("step", nargs="?", default="all", choices=[*STEPS, "all"])
    parser.add_argument("--raw", type=Path, default=RAW, help="folder of unpacked packages (default build/raw)")
    parser.add_argument("--check", action="store_true", help="build elsewhere and compare with data/network")
    chosen = parser.parse_args(arguments)
    steps = list(STEPS) if chosen.step == "all" else [chosen.step]
    if not chosen.check:
        for path in run(steps, chosen.raw, NETWORK):
            print(f"{path.name}: {path.stat().st_size:,} bytes")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        differing = differences(steps, chosen.raw, Path(scratch))
    for name in differing:
        sys.stderr.write(f"data/network/{name}: not what layers.build makes of the packages\n")
    return 1 if differing else 0


def run(steps: Sequence[str], raw: Path, out: Path) -> list[Path]:
    """Run steps in order and return what they wrote."""
    return [path for step in steps for path in STEPS[step](raw, out)]


def differences(steps: Sequence[str], raw: Path, scratch: Path, *, committed: Path = NETWORK) -> list[str]:
    """
    Build in `scratch` and name the files whose bytes differ from those in `committed`.

    A step that reads an earlier one's file finds the committed file when the earlier step is not among `steps`.
    """
    if committed.is_dir():
        copytree(committed, scratch, dirs_exist_ok=True)
    built = [path.relative_to(scratch) for path in run(steps, raw, scratch)]
    return [path.as_posix() for path in built if not _same(scratch / path, committed / path)]


def _same(left: Path, right: Path) -> bool:
    """Compare two files byte by byte; a missing one differs."""
    return right.is_file() and cmp(left, right, shallow=False)


if __name__ == "__main__":
    sys.exit(main())
