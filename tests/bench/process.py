"""Engines in processes of their own: each has its own memory, and one that dies takes nothing with it."""

import importlib
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Self

MIB = 2**20
LONGEST_S = 240


class EngineError(RuntimeError):
    """An engine that failed or did not answer."""


@dataclass
class Measured:
    """One job of one engine: seconds of each repetition, the last answer, the most memory its process ever held."""

    seconds: list[float] = field(default_factory=list)
    answer: Any = None
    peak_mb: float = 0.0
    share: float = 1.0
    """Part of the work that was done; the seconds are for all of it."""
    fault: str = ""

    @property
    def typical_s(self) -> float:
        """Give the median."""
        return median(self.seconds) if self.seconds else float("nan")

    @property
    def best_s(self) -> float:
        """Give the least: what the work takes when nothing else runs."""
        return min(self.seconds, default=float("nan"))


class Engine:
    """A class made in a process of its own, whose methods are called by name."""

    def __init__(self, target: str, *args: Any) -> None:
        self.name = target
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, target, args), daemon=True)
        self._process.start()
        other.close()
        self.built = self._receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join(10)

    def call(self, method: str, *args: Any) -> Measured:
        """Call a method and wait for its answer."""
        self._pipe.send((method, args))
        return self._receive()

    def _receive(self) -> Measured:
        try:
            if not self._pipe.poll(LONGEST_S):
                self._process.terminate()
                msg = f"{self.name} gave no answer in {LONGEST_S} s"
                raise EngineError(msg)
            found = self._pipe.recv()
        except (EOFError, BrokenPipeError) as error:
            msg = f"{self.name} died"
            raise EngineError(msg) from error
        if isinstance(found, str):
            raise EngineError(found)
        return found


def peak_mb() -> float:
    """
    Give the most memory this process ever held.

    Linux's `ru_maxrss` outlives an exec and would tell the parent's; the kernel's own mark does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (MIB if sys.platform == "darwin" else 1024)


def _serve(pipe: Any, target: str, args: tuple[Any, ...]) -> None:
    """Make the engine, then answer until the parent goes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # some peers write their progress to standard output, from C
    module, name = target.split(":")
    engine: Any = None

    def made(*_: Any) -> None:
        nonlocal engine
        engine = getattr(importlib.import_module(f"tests.bench.{module}"), name)(*args)

    _answer(pipe, made, ())
    while True:
        try:
            method, given = pipe.recv()
        except EOFError:
            return
        _answer(pipe, getattr(engine, method), given)


def _answer(pipe: Any, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    try:
        begun = time.perf_counter()
        found = work(*given)
        pipe.send(Measured([time.perf_counter() - begun], found, peak_mb()))
    except Exception:  # noqa: BLE001 - whatever it is, the parent tells it
        pipe.send(traceback.format_exc(limit=3))


def keep_bytecode(module: str) -> None:
    """
    Run a module again with compiled modules kept, in a folder of its own, where Python was told to keep none.

    Compiling everything anew takes 6 s of every start, which no installation of the product pays.
    """
    if not sys.flags.dont_write_bytecode:
        return
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", module, *sys.argv[1:]]
        done = subprocess.run(command, env=kept | {"PYTHONPYCACHEPREFIX": folder}, check=False)
    sys.exit(done.returncode)


def interleaved(jobs: Mapping[str, Callable[[], Measured]], rounds: int) -> dict[str, Measured]:
    """
    Do all jobs in turn, round after round, so that a slow spell of the machine meets all of them.

    A job gives seconds for the share it did; they are scaled to the whole. One that fails is left out from then on.
    """
    found = {name: Measured() for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            held = found[name]
            if held.fault:
                continue
            try:
                once = job()
            except EngineError as error:
                held.fault = str(error).strip().splitlines()[-1]
                continue
            held.seconds += [each / once.share for each in once.seconds]
            held.answer, held.share = once.answer, once.share
            held.peak_mb = max(held.peak_mb, once.peak_mb)
    return found
