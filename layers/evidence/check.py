"""Asks a pack's question again and names, in one line each, what differs."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from geo.errors import BadInputError, CorridorError
from layers.answer import Ask, answer
from layers.evidence.compare import differences
from layers.evidence.zipped import MANIFEST, OWN, pack
from layers.outputs import read_asked
from layers.own import NOTHING, read_own
from layers.routes import check_scenario
from layers.uploads.archive import opened, unpack
from layers.uploads.raw import MAX_BYTES, MIB

_SCENARIO = "scenario.json"
_DAMAGED = "damaged: its bytes do not match the zip's own checksum"


def verify(path: Path) -> list[str]:
    """
    Check an evidence pack by making it again.

    Parameters
    ----------
    path
        A zip that `layers.evidence.pack` made, here or elsewhere.

    Returns
    -------
    differences
        One line each: files damaged, changed, missing or added; packages, code, data or seeds that differ from
        those here; cells that come out otherwise. Empty: the pack holds, byte for byte.

    Raises
    ------
    BadInputError
        If it is no zip, expands too far, holds an entry with a path or twice, or has no manifest.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        msg = f"{path.name}: a pack has at most {MAX_BYTES // MIB} MB"
        raise BadInputError(msg)
    stored = _entries(raw)
    listed, found = _listed(stored)
    try:
        again = _again(stored.get(_SCENARIO), stored.get(OWN))
    except CorridorError as error:
        return [*found, *_against_manifest(stored, listed), f"{_SCENARIO}: cannot be asked again: {error}"]
    found += [*_against_manifest(stored, listed), *_against_rerun(stored, _entries(again))]
    if not found and raw != again:
        found.append("the zip itself: order, dates or other bytes around the entries were changed")
    return list(dict.fromkeys(found))


def _entries(raw: bytes) -> dict[str, bytes | None]:
    """Read the entries; one that is damaged is null."""
    stored: dict[str, bytes | None] = {}
    with opened(raw) as archive:
        names = [member.filename for member in archive.infolist()]
        if wrong := [name for name in names if not _plain(name)]:
            msg = f"the pack holds {wrong[0][:80]!r}: its entries are plain file names without a folder"
            raise BadInputError(msg)
        if len(set(names)) < len(names):
            msg = "the pack holds two entries of one name"
            raise BadInputError(msg)
        if MANIFEST not in names:
            msg = f"no {MANIFEST} inside: this is no evidence pack"
            raise BadInputError(msg)
        for name in names:
            try:
                stored[name] = unpack(archive, name)
            except BadInputError:
                stored[name] = None
    return stored


def _plain(name: str) -> bool:
    """Tell a file name from a path."""
    return name.isprintable() and not any(part in name for part in ("/", "\\", ":")) and not name.startswith(".")


def _listed(stored: Mapping[str, bytes | None]) -> tuple[dict[str, str], list[str]]:
    """Read the manifest's checksums; what is wrong with them is a difference, not an end."""
    try:
        manifest = json.loads(stored[MANIFEST] or b"")
        checksums = {str(name): str(value) for name, value in manifest["entries"].items()}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return {}, [f"{MANIFEST}: {_DAMAGED if stored[MANIFEST] is None else 'cannot be read'}"]
    return checksums, []


def _against_manifest(stored: Mapping[str, bytes | None], listed: Mapping[str, str]) -> Iterator[str]:
    """Compare the entries with the checksums that the pack states."""
    for name, raw in sorted(stored.items()):
        if name != MANIFEST and raw is None:
            yield f"{name}: {_DAMAGED}"
        elif listed and name != MANIFEST and name not in listed:
            yield f"{name}: not in the manifest"
        elif name in listed and hashlib.sha256(raw or b"").hexdigest() != listed[name]:
            yield f"{name}: changed: its SHA-256 is not the one in the manifest"
    for name in sorted(set(listed) - set(stored)):
        yield f"{name}: missing"


def _again(text: bytes | None, brought: bytes | None) -> bytes:
    """Ask the question again, with what the asker brought to it, and pack the answer."""
    if text is None:
        msg = "missing or damaged"
        raise BadInputError(msg)
    own = NOTHING if brought is None else read_own(brought)
    try:
        scenario, asked = read_asked(text.decode("utf-8"))
        ask = Ask(str(asked["mineral"]), str(asked["hub"]), _stage(asked["final_stage"]), own)
        weights = {str(name): float(value) for name, value in asked["weights"].items()}
        most, day = int(asked["most"]), date.fromisoformat(asked["date"])
    except (KeyError, TypeError, AttributeError, OverflowError, ValueError) as error:
        msg = str(error) if isinstance(error, BadInputError) else "question, weights, most or date cannot be read"
        raise BadInputError(msg) from None
    checked = check_scenario(scenario, own_ids=own.facility_ids)
    return pack(answer(ask, checked, weights=weights), most=most, day=day)


def _stage(value: object) -> str | None:
    """Take a stage as it was asked: null is the last of the chain."""
    return None if value is None else str(value)


def _against_rerun(stored: Mapping[str, Any], again: Mapping[str, Any]) -> Iterator[str]:
    """Compare the entries with those made again, versions first: they explain the rest."""
    for name in sorted(again, key=lambda name: (name != MANIFEST, name)):
        if name not in stored:
            yield f"{name}: missing"
        elif stored[name] is not None and stored[name] != again[name]:
            yield from differences(name, stored[name], again[name])
