"""`ensemble` on the command line: arguments, and what it asks of the layers."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from geo.errors import BadInputError
from geo.scenarios import Scenario


def add_command(commands: Any, read_scenario: Callable[[argparse.Namespace], Scenario]) -> argparse.ArgumentParser:
    """
    Add the command.

    Parameters
    ----------
    commands
        The sub-parsers of `python -m geo`.
    read_scenario
        Joins file or preset and options.

    Returns
    -------
    parser
        The new command, for the options on what can go wrong.
    """
    one = commands.add_parser("ensemble", help="years of random disruptions: distributions of cost, days, unmet need")
    one.add_argument("--mineral", required=True, metavar="M")
    one.add_argument("--product", metavar="STAGE", help="the final product, by its stage")
    one.add_argument("--years", type=_count, default=10_000, metavar="N", help="years to draw (default 10000)")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="root of the random streams (default 0)")
    one.add_argument("--workers", type=_count, default=1, metavar="W", help="processes on this machine (default 1)")
    one.add_argument("--dask", metavar="tcp://HOST:PORT", help="a Dask scheduler, in place of --workers")
    one.add_argument("--chunk", type=_count, default=50, metavar="N", help="states in one task (default 50)")
    one.add_argument("--joint", type=int, metavar="N", help="joint closures with detours of their own (default 100)")
    one.add_argument("--events", type=Path, metavar="FILE", help="a CSV with events of your own, joint ones too")
    one.add_argument("--only-events", action="store_true", help="draw those alone, not the published hazards")
    one.add_argument("--checkpoint", type=Path, metavar="FILE", help="keep what is done, and take up from there")
    one.add_argument("--out", type=Path, required=True, metavar="DIR")
    one.set_defaults(run=lambda chosen: _ensemble(chosen, read_scenario(chosen)))
    return one  # type: ignore[no-any-return]


def _count(text: str) -> int:
    """Read a whole number above zero."""
    if not text.isdecimal() or not int(text):
        msg = f"{text} is not a whole number above zero"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _ensemble(chosen: argparse.Namespace, scenario: Scenario) -> int:
    """Write the distributions of a mineral."""
    from layers.ensemble import Engine, run  # noqa: PLC0415 - tables load only when a command runs
    from layers.ensemble_checkpoint import Checkpoint  # noqa: PLC0415
    from layers.ensemble_outputs import write_ensemble  # noqa: PLC0415
    from layers.flows import Wants  # noqa: PLC0415
    from layers.routes import check_scenario  # noqa: PLC0415

    if chosen.joint is not None and chosen.joint < 0:
        msg = f"--joint is {chosen.joint}: give 0 or more"
        raise BadInputError(msg)
    options = {} if chosen.joint is None else {"most_joint": chosen.joint}
    found = run(
        Wants(chosen.mineral, final_stage=chosen.product),
        check_scenario(scenario),
        _catalogue(chosen),
        years=chosen.years,
        seed=chosen.seed,
        engine=Engine(chosen.workers, chosen.chunk, chosen.dask),
        progress=_progress,
        store=Checkpoint(chosen.checkpoint) if chosen.checkpoint else None,
        **options,
    )
    if found is None:  # the command line never stops itself
        return 1
    sys.stdout.write("".join(f"{path}\n" for path in write_ensemble(found, chosen.out)))
    sys.stdout.write(f"sha256 {found.ensemble.sha256}\n")
    sys.stderr.write("".join(f"{line}\n" for line in found.findings))
    if chosen.dask is None and found.workers < chosen.workers:
        sys.stderr.write(f"Solved by one process: to start {chosen.workers} would have taken longer than they save.\n")
    return 0


def _catalogue(chosen: argparse.Namespace) -> pd.DataFrame:
    """Join the published hazards and the user's events."""
    from layers.ensemble_case import hazard_events, read_events  # noqa: PLC0415

    if chosen.only_events and chosen.events is None:
        msg = "--only-events needs --events FILE"
        raise BadInputError(msg)
    if chosen.events is None:
        return hazard_events()
    own = read_events(chosen.events)
    return own if chosen.only_events else pd.concat([hazard_events(), own])


def _progress(what: str, done: int, count: int) -> bool:
    """Show how far it is, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{what}: {done}/{count}   {'' if done < count else chr(10)}")
    return True
