"""The same bits on a real Dask cluster of two processes on this machine, one of them killed on the way."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from layers.ensemble import Engine, running
from tests.conftest import free_port
from tests.geo.ensemble_cases import ensemble, fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # distributed warns as it loses a worker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cluster():
    """A scheduler and two workers; gives the address and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--no-dashboard"]
    start = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*dask, "--port", address.rsplit(":", 1)[1]], **start)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1", "--no-dashboard"]
    worker += ["--nthreads", "1", "--no-nanny"]
    workers = [subprocess.Popen(worker, **start) for _ in range(2)]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait(10)


def test_same_bits_on_dask_with_a_worker_killed(cluster):
    from distributed import get_client  # noqa: PLC0415 - an extra

    address, workers = cluster
    serial = fingerprint(ensemble())
    with running(Engine(dask=address)):
        client = get_client()
        client.wait_for_workers(2, timeout=60)
        assert fingerprint(ensemble(chunk=5)) == serial
        killed = []

        def kill_one(what, done, count):
            if what == "states" and done < count and not killed:
                workers[0].kill()
                killed.append(done)
            return True

        assert fingerprint(ensemble(chunk=5, progress=kill_one)) == serial
        assert killed
        deadline = time.monotonic() + 30
        while len(client.scheduler_info()["workers"]) > 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(client.scheduler_info()["workers"]) == 1
