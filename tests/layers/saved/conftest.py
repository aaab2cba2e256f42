"""A PostgreSQL cluster with PostGIS that lives as long as the tests, on a free port of this machine."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests.conftest import free_port, postgres_bin

START_S = 60


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then its own user runs it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str], log: Path) -> None:
    result = subprocess.run(_as_postgres(command), capture_output=True, text=True, timeout=START_S, check=False)
    if result.returncode:
        pytest.fail(f"{command[0]}: {result.stderr[-500:]}\n{log.read_text()[-500:] if log.exists() else ''}")


@pytest.fixture(scope="session")
def postgis_url():
    """Start a throw-away cluster, yield its address, stop it and delete it."""
    programs, port = postgres_bin(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="corridor-pg-"))  # short: a socket's path has at most 107 characters
    data, log = folder / "data", folder / "log"
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        _run(
            [str(programs / "initdb"), "-D", str(data), "-U", "corridor", "-A", "trust", "-E", "UTF8", "--no-sync"], log
        )
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        server = [str(programs / "pg_ctl"), "-D", str(data), "-l", str(log), "-w"]
        _run([*server, "-o", settings, "start"], log)
        try:
            url = f"postgresql://corridor@127.0.0.1:{port}/postgres"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION postgis")
            yield url
        finally:
            _run([*server, "-m", "immediate", "stop"], log)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
