"""Zip files from bytes: opened only when their sizes are sane, unpacked only as far as allowed."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from geo.errors import BadInputError
from layers.uploads.raw import MAX_UNPACKED, MIB

MAX_MEMBERS: Final = 500
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, KeyError)


@contextmanager
def opened(raw: bytes) -> Iterator[zipfile.ZipFile]:
    """
    Open a zip after checking what it says of itself.

    Raises
    ------
    BadInputError
        If it is broken, holds too many files or says that it expands too far.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except _BROKEN:
        msg = "the zip is broken or cut short: pack or save it again"
        raise BadInputError(msg) from None
    with archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS:
            msg = f"the zip holds {len(members):,} files; {MAX_MEMBERS} is the most"
            raise BadInputError(msg)
        if sum(member.file_size for member in members) > MAX_UNPACKED:
            raise BadInputError(_too_far())
        yield archive


def unpack(archive: zipfile.ZipFile, name: str, *, limit: int = MAX_UNPACKED) -> bytes:
    """
    Unpack one member in memory; a header that understates its size does not help it.

    Raises
    ------
    BadInputError
        If it expands beyond `limit` or cannot be read.
    """
    parts, size = [], 0
    try:
        with archive.open(name) as member:
            while part := member.read(MIB):
                size += len(part)
                if size > limit:
                    break
                parts.append(part)
    except _BROKEN:
        msg = "the zip is broken, cut short or locked: pack it again without a password"
        raise BadInputError(msg) from None
    if size > limit:
        raise BadInputError(_too_far())
    return b"".join(parts)


def _too_far() -> str:
    """Word the refusal of a zip bomb."""
    return f"the zip expands beyond {MAX_UNPACKED // MIB} MB"
