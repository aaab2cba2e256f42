"""
The load test: `make load MINUTES=1 USERS=20`.

The app is copied first, so that an edit of the tree while the test runs changes nothing. Every question is asked alone,
on a server of its own; then many users toggle between the questions on a fresh server of the same copy, each in a
session of the app over its WebSocket. An answer whose words, table or map differ from those given alone is a mix-up,
and the difference is named. The exit code is 0 only without error and mix-up.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # a script beside its module, not a package of the product

from client import Page, User

ROOT = Path(__file__).parents[2]
PARTS = ("app.py", "geo", "layers", "views", "data", ".streamlit", "requirements.txt")
SAMPLE_S, START_S, STOP_S = 1.0, 90, 20
WARM_UP_SHARE = 0.4
RAMP_S = 5
SEED = 20261124
PLACES = (("lithium", "USA"), ("gallium", "JPN"), ("cobalt", "EU"))
SHOCKS: tuple[dict[str, str], ...] = (
    {},
    {"close": "suez"},
    {"close": "suez,bab_el_mandeb"},
    {"close": "malacca"},
    {"close": "hormuz", "avoid": "RUS"},
    {"avoid": "CHN"},
)


@dataclass
class Tally:
    """What happened, from all users."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed_up: list[str] = field(default_factory=list)
    memory_mb: list[tuple[float, float]] = field(default_factory=list)

    def count(self, query: str, page: Page, expected: Page) -> None:
        """Judge one answer."""
        self.seconds.append(page.seconds)
        if page.fault:
            self.errors.append(f"{query}: {page.fault}")
        elif difference := page.differs_from(expected):
            self.mixed_up.append(f"{query}: {difference}")

    def slope_mb_min(self) -> float:
        """Fit a line through the server's memory after warm-up."""
        rows = self.memory_mb[int(WARM_UP_SHARE * len(self.memory_mb)) :]
        if len(rows) < 3:
            return float("nan")
        at, used = np.array(rows).T
        return float(np.polyfit(at / 60, used, 1)[0])


def questions(most: int) -> list[str]:
    """List the addresses that users toggle between."""
    pairs = [{"mineral": mineral, "hub": hub} | shock for shock in SHOCKS for mineral, hub in PLACES]
    return [urlencode(each) for each in pairs[:most]]


@contextmanager
def frozen() -> Iterator[Path]:
    """Copy what the app is made of, as the container does, and give the copy's folder."""
    with tempfile.TemporaryDirectory(prefix="corridor-load-") as folder:
        for name in PARTS:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        yield Path(folder)


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, int]]:
    """Run the app of a folder on a free port; give the port and the process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(
            command, cwd=folder, env=_clean(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(port)
            yield port, running.pid
        finally:
            stop(running)


def stop(running: subprocess.Popen[bytes]) -> None:
    """End a server and what it started: the process that compiles outlives it, and would write into its folder."""
    running.terminate()
    try:
        running.wait(STOP_S)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
    until = time.monotonic() + STOP_S
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in its session
        while time.monotonic() < until:
            os.killpg(running.pid, signal.SIGKILL)
            time.sleep(0.05)


def _clean() -> dict[str, str]:
    """Give the environment without what would lead Python back to the tree, or the app to a team's database."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CORRIDOR_DB")}


def _wait(port: int) -> None:
    """Wait until the server says that it is healthy."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    message = f"the app did not start within {START_S} s"
    raise TimeoutError(message)


def memory_mb(pid: int) -> float:
    """Ask the system how much memory a process holds."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(told.stdout.strip() or 0) / 1024


def asked_alone(folder: Path, queries: Sequence[str]) -> dict[str, Page]:
    """Ask every question with nobody else there, each in a session of its own."""
    found = {}
    with server(folder) as (port, _):
        for query in queries:
            with User(port) as user:
                found[query] = user.ask(query)
            if found[query].fault:
                message = f"{query} fails even alone: {found[query].fault}"
                raise RuntimeError(message)
    return found


def toggle(port: int, number: int, expected: dict[str, Page], tally: Tally, *, until: float, think_s: float) -> None:
    """Be one user: ask, look, ask something else."""
    dice = random.Random(SEED + number)
    time.sleep(dice.uniform(0, RAMP_S))
    try:
        with User(port) as user:
            while time.monotonic() < until:
                query = dice.choice(list(expected))
                tally.count(query, user.ask(query), expected[query])
                time.sleep(dice.uniform(0.5, 1.5) * think_s)
    except Exception as error:  # noqa: BLE001 - whatever ends a user's session is a figure of the test
        tally.errors.append(f"user {number}: {type(error).__name__}: {error}")


def load(*, users: int, seconds: float, think_s: float, most: int = len(PLACES) * len(SHOCKS)) -> Tally:
    """Run the load test and hand back what happened."""
    with frozen() as folder:
        expected = asked_alone(folder, questions(most))
        return crowded(folder, expected, users=users, seconds=seconds, think_s=think_s)


def crowded(folder: Path, expected: dict[str, Page], *, users: int, seconds: float, think_s: float) -> Tally:
    """Let many users toggle between questions whose answers are known."""
    tally = Tally()
    with server(folder) as (port, pid):
        with User(port) as first:  # a server that is just started loads the network
            first.ask(next(iter(expected)))
        begun = time.monotonic()
        until = begun + seconds
        options = {"until": until, "think_s": think_s}
        crowd = [
            threading.Thread(target=toggle, args=(port, number, expected, tally), kwargs=options, daemon=True)
            for number in range(users)
        ]
        for each in crowd:
            each.start()
        while any(each.is_alive() for each in crowd):
            if time.monotonic() < until:
                tally.memory_mb.append((time.monotonic() - begun, memory_mb(pid)))
            time.sleep(SAMPLE_S)
    return tally


def report(tally: Tally, *, users: int, seconds: float) -> str:
    """Write the figures as a table."""
    p50, p95 = np.percentile(tally.seconds or [np.nan], [50, 95])
    used = [memory for _, memory in tally.memory_mb] or [float("nan")]
    rows = {
        "users": users,
        "seconds": f"{seconds:.0f}",
        "answers": len(tally.seconds),
        "errors": len(tally.errors),
        "mix-ups": len(tally.mixed_up),
        "median, s": f"{p50:.2f}",
        "p95, s": f"{p95:.2f}",
        "memory at the end, MB": f"{used[-1]:.0f}",
        "memory slope after warm-up, MB/min": f"{tally.slope_mb_min():+.1f}",
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    return "\n".join(["| figure | value |", "|---|---:|", *lines, *tally.errors[:5], *tally.mixed_up[:5]])


def main() -> int:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip())
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--think", type=float, default=8.0, help="mean pause between questions, seconds")
    chosen = parser.parse_args()
    tally = load(users=chosen.users, seconds=60 * chosen.minutes, think_s=chosen.think)
    sys.stdout.write(f"{report(tally, users=chosen.users, seconds=60 * chosen.minutes)}\n")
    return int(bool(tally.errors or tally.mixed_up or not tally.seconds))


if __name__ == "__main__":
    sys.exit(main())
