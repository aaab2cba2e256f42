"""What an answer was made with: Python, packages, our code, the data, the seeds."""

import hashlib
import importlib.metadata
import platform
import re
import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

import pyogrio
import shapely

from layers.catalog import sources
from layers.criteria import score_parameters
from layers.outputs import METHOD_VERSION

_ROOT = Path(__file__).resolve().parents[2]
_REQUIREMENT = re.compile(r"^([\w.-]+)==")
_CODE = ("geo", "layers")
_CODE_ENDINGS = {".py", ".js", ".css"}
_SEEDS = ("smaa_seed", "smaa_draws")


def versions() -> dict[str, Any]:
    """
    Say what an answer is made with here and now.

    Returns
    -------
    versions
        ``python``; ``packages`` (those of requirements.txt that are installed); ``libraries`` (GDAL, GEOS, SQLite:
        they write the files); ``code`` (version, and a checksum of the modules); ``data`` (checksum by table, as
        sealed in ``sources.csv``); ``seeds``.
    """
    table, parameters = sources(), score_parameters()["value"]
    return {
        "python": platform.python_version(),
        "packages": _packages(),
        "libraries": {
            "GDAL": pyogrio.__gdal_version_string__,
            "GEOS": shapely.geos_version_string,
            "SQLite": sqlite3.sqlite_version,
        },
        "code": {"version": METHOD_VERSION, "sha256": _code_checksum()},
        "data": dict(sorted(zip(table["table"], table["sha256"], strict=True))),
        "seeds": {name: int(parameters[name]) for name in _SEEDS},
    }


def _packages() -> dict[str, str]:
    """Read the installed version of each package that requirements.txt names."""
    lines = (_ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = sorted(found.group(1) for line in lines if (found := _REQUIREMENT.match(line)))
    return {name: version for name in names if (version := _installed(name))}


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def _code_checksum() -> str:
    """Hash the code that computes and writes, once: what runs is what was loaded."""
    total = hashlib.sha256()
    files = [path for folder in _CODE for path in (_ROOT / folder).rglob("*") if path.suffix in _CODE_ENDINGS]
    for path in sorted(files):
        total.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
