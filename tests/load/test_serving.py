"""Serving others: health, one JSON object a line in the log, an end on SIGTERM with a session open."""

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
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

ROOT = Path(__file__).parents[2]


def healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as told:
            return told.status == 200
    except OSError:
        return False


@pytest.mark.slow
def test_it_is_healthy_logs_json_and_stops_on_sigterm_with_a_session_open(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"CORRIDOR_LOGS": "json"}, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while not healthy(port) and time.monotonic() < until:
            time.sleep(0.2)
        assert healthy(port)
        with connect(f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=2**26) as session:
            asked = BackMsg()
            asked.rerun_script.query_string = "mineral=lithium&hub=USA"
            session.send(asked.SerializeToString())
            session.recv(timeout=30)
            server.send_signal(signal.SIGTERM)
            assert server.wait(15) in (0, -signal.SIGTERM)
    finally:
        server.kill()
        server.wait(5)
    told = (tmp_path / "log").read_text()
    assert "Traceback" not in told
    assert str(ROOT) not in told
    lines = [line for line in told.splitlines() if line.strip().startswith("{")]
    assert all(json.loads(line)["level"] for line in lines)
