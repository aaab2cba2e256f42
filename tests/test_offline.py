"""The guards that keep tests on this machine and name what it lacks, shown to work."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import has_postgis

ROOT = Path(__file__).parents[1]


def test_no_test_may_reach_the_internet():
    with pytest.raises(ConnectionRefusedError, match="this machine only"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect_ex(("192.0.2.1", 80))
    with pytest.raises(ConnectionRefusedError):
        socket.getaddrinfo("example.org", 80)


def test_this_machine_may_be_reached():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=1).close()


@pytest.mark.browser
def test_the_browser_draws_a_page_and_knows_no_host(page):
    page.set_content("<svg><path d='M0 0 L9 9'/></svg>")
    assert page.locator("path").count() == 1
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org")
    with pytest.raises(Exception, match=r"ERR_\w+"):
        page.goto("http://192.0.2.1")


@pytest.mark.parametrize(
    ("programs", "extensions"),
    [
        ("usr/lib/postgresql/15/bin", "usr/share/postgresql/15"),
        ("brew/Cellar/postgresql@17/17.2/bin", "brew/share/postgresql@17"),
        ("opt/pg/bin", "opt/pg/share"),
        ("opt/pg/bin", "opt/pg/share/postgresql"),
    ],
)
def test_postgis_is_looked_for_beside_the_postgresql_it_belongs_to(programs, extensions, tmp_path):
    other = tmp_path / "usr/share/postgresql/14/extension"
    other.mkdir(parents=True)
    (other / "postgis.control").touch()
    assert not has_postgis(tmp_path / programs)
    (tmp_path / extensions / "extension").mkdir(parents=True)
    assert not has_postgis(tmp_path / programs)
    (tmp_path / extensions / "extension" / "postgis.control").touch()
    assert has_postgis(tmp_path / programs)


@pytest.mark.slow
@pytest.mark.parametrize(("required", "code", "outcome"), [("0", 0, "1 skipped"), ("1", 1, "1 error")])
def test_a_postgresql_without_postgis_skips_with_a_plain_word_and_fails_where_all_is_required(
    required, code, outcome, tmp_path
):
    (tmp_path / "initdb").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "initdb").chmod(0o755)
    (tmp_path / "bare.py").write_text("import tests.conftest\ntests.conftest.SERVERS = tests.conftest.Path('none')\n")
    test = "tests/layers/saved/test_saved.py::test_the_layer_is_a_postgis_table_that_other_tools_read"
    environment = os.environ | {
        "CORRIDOR_REQUIRE_ALL": required,
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-n", "0", "-p", "no:cacheprovider", "-p", "bare", test]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout
    assert outcome in done.stdout
    assert "the PostgreSQL on this machine lacks PostGIS" in done.stdout
