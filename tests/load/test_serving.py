"""Serving others: health, nobody outside asked, one JSON object a line in the log, an end on SIGTERM with a session."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

ROOT = Path(__file__).parents[2]


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as told:
            return told.status == 200
    except OSError:
        return False


# Read by Python at its start: keeps a list of the foreign names that the server looks up, and answers none of them.
LISTENER = """
import os, pathlib, socket
look_up = socket.getaddrinfo
def heard(host, *args, **options):
    if host and not str(host).startswith(("127.", "localhost", "0.0.0.0", "::1")):
        with pathlib.Path(os.environ["ASKED"]).open("a") as asked:
            asked.write(f"{host}\\n")
        raise socket.gaierror(-2, "no such name")
    return look_up(host, *args, **options)
socket.getaddrinfo = heard
"""


def open_session(port, **options):
    """Ask one question over a WebSocket and wait for the end of the answer."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=2**26, **options) as session:
        asked = BackMsg()
        asked.rerun_script.query_string = "mineral=lithium&hub=USA"
        session.send(asked.SerializeToString())
        while ForwardMsg.FromString(session.recv(timeout=60)).WhichOneof("type") != "script_finished":
            pass


@pytest.fixture
def served(tmp_path):
    """Start the server as the container does, or as given, on all addresses; hand back process, port and files."""
    started = []

    def serve(*program):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (tmp_path / "sitecustomize.py").write_text(LISTENER)
        environment = os.environ | {
            "CORRIDOR_LOGS": "json", "PYTHONPATH": str(tmp_path), "ASKED": str(tmp_path / "asked"),
        }  # fmt: skip
        command = [sys.executable, "-m", *program, "--server.headless", "true"]
        command += ["--server.address", "0.0.0.0", "--server.port", str(port)]
        with (tmp_path / "log").open("w") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        started.append(server)
        until = time.monotonic() + 60
        while not healthy(port) and time.monotonic() < until:
            time.sleep(0.2)
        assert healthy(port)
        return server, port, tmp_path / "asked", tmp_path / "log"

    yield serve
    for server in started:
        server.kill()
        server.wait(5)


@pytest.mark.slow
def test_it_is_healthy_logs_json_and_stops_on_sigterm_with_a_session_open(served):
    server, port, _, log = served("views.serve")
    with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=2**26) as session:
        asked = BackMsg()
        asked.rerun_script.query_string = "mineral=lithium&hub=USA"
        session.send(asked.SerializeToString())
        session.recv(timeout=30)
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) in (0, -signal.SIGTERM)
    told = log.read_text()
    assert "Traceback" not in told
    assert str(ROOT) not in told
    lines = [line for line in told.splitlines() if line.strip() not in ("", "Stopping...")]
    assert lines
    assert all(json.loads(line)["level"] for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("program", [("views.serve",), ("streamlit", "run", "app.py")], ids=["serve", "streamlit run"])
def test_nobody_outside_is_asked_when_a_foreign_page_tries_to_connect(program, served):
    _, port, asked, _ = served(*program)
    open_session(port)
    if program[0] == "streamlit":
        asked.unlink(missing_ok=True)  # at its start, before any code of ours is read
    with pytest.raises(websockets.InvalidStatus):
        open_session(port, origin="http://elsewhere.example")
    assert not asked.exists()
