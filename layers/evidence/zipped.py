"""The pack itself: entries, manifest, and a zip whose bytes depend on nothing but them."""

import hashlib
import io
import json
import zipfile
from datetime import date
from typing import Any

from layers.answer import Answer
from layers.evidence.descriptor import datapackage
from layers.evidence.versions import versions
from layers.exports import to_csv
from layers.outputs import answer_files, provenance, shown
from layers.score_tables import score_rows, undecided_pairs

MANIFEST = "manifest.json"
OWN = "yours.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: a date of its own would change the bytes
_PLAIN_FILE = 0o644 << 16
_UNIX = 3


def pack(answer: Answer, *, most: int, day: date | None = None) -> bytes:
    """
    Make the evidence pack of an answer.

    Parameters
    ----------
    most
        Corridors a case, as on the map.
    day
        The day it states: by default the day whose rules hold, else today.

    Returns
    -------
    zip
        The same answer, day, code, data and packages give the same bytes, in any process and on any number of
        threads. Entries are stored, not compressed: compressors differ between builds.
    """
    origin = provenance(answer, day=day)
    chosen = shown(answer, most=most)
    tables = {
        "corridors.csv": chosen,
        "legs.csv": answer.legs[answer.legs["corridor_id"].isin(chosen.index)],
        "scores.csv": score_rows(answer, chosen),
        "not_separable.csv": undecided_pairs(answer, chosen),
        "sources.csv": answer.sources,
    }
    entries = answer_files(answer, most=most, day=date.fromisoformat(origin.date))
    entries["sources.csv"] = to_csv(answer.sources, provenance=origin).encode()
    if answer.ask.own:
        entries[OWN] = answer.ask.own.to_json()
    entries["datapackage.json"] = as_json(datapackage(entries, tables, provenance=origin))
    return zipped({**entries, MANIFEST: as_json(_manifest(entries, origin.date))})


def _manifest(entries: dict[str, bytes], day: str) -> dict[str, Any]:
    """List the checksum of every entry, and what made them."""
    checksums = {name: hashlib.sha256(raw).hexdigest() for name, raw in entries.items()}
    return {"format": "corridor mapper evidence pack 1", "date": day, "entries": checksums, **versions()}


def as_json(value: Any) -> bytes:
    """Write JSON in one way only."""
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n").encode()


def zipped(entries: dict[str, bytes]) -> bytes:
    """
    Zip entries in the order of their names, stored, with one fixed date.

    Examples
    --------
    >>> zipped({"b": b"2", "a": b"1"}) == zipped({"a": b"1", "b": b"2"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, date_time=_EPOCH)
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(info, entries[name])
    return buffer.getvalue()
