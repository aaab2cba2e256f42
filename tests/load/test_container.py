"""What a container installs: every package by checksum, at the versions that were tested."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE | re.IGNORECASE)


def test_every_package_has_a_checksum_and_the_locked_version():
    text = (ROOT / "requirements.hashes").read_text()
    pins, locked = dict(PIN.findall(text)), dict(PIN.findall((ROOT / "requirements.lock").read_text()))
    assert set(dict(PIN.findall((ROOT / "requirements.txt").read_text().lower()))) <= set(map(str.lower, pins))
    assert pins.items() <= locked.items()
    blocks = re.split(r"\n(?=[a-zA-Z])", text)[1:]
    assert len(blocks) == len(pins)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_what_postgis_needs_is_pinned_by_checksum_too_and_left_out_unless_asked_for():
    text = (ROOT / "requirements-postgis.hashes").read_text()
    pins, locked = dict(PIN.findall(text)), dict(PIN.findall((ROOT / "requirements.lock").read_text()))
    assert {"psycopg", "psycopg-binary", "geoalchemy2"} <= set(pins)
    assert pins.items() <= locked.items()
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-zA-Z])", text)[1:])
    assert "psycopg" not in (ROOT / "requirements.hashes").read_text()
    container = (ROOT / "Containerfile").read_text()
    assert re.search(r"^ARG POSTGIS=$", container, re.MULTILINE)
    assert "!requirements-postgis.hashes\n" in (ROOT / ".dockerignore").read_text()


def test_the_documented_build_keeps_the_health_check():
    """Podman's default format, OCI, drops HEALTHCHECK with no more than a warning (buildah 1.28)."""
    for name in ("Containerfile", "docs/deploy.md"):
        builds = re.findall(r"podman build .*", (ROOT / name).read_text())
        assert any("-t corridor-mapper" in build for build in builds)
        assert all("--format docker" in build or "--build-arg" in build for build in builds)


def test_the_container_copies_what_the_app_is_made_of():
    text = (ROOT / "Containerfile").read_text()
    assert "--require-hashes -r requirements.hashes" in text
    assert "/_stcore/health" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    for part in ("app.py", "geo", "layers", "views", "data", ".streamlit"):
        assert re.search(rf"^COPY {re.escape(part)} ", text, re.MULTILINE)
        assert f"!{part}\n" in (ROOT / ".dockerignore").read_text()
