"""How files reach a disk: whole or not at all, those of one answer together, a fault in one line with its file."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyogrio

from geo.errors import BadInputError


def write_atomic(path: Path, data: bytes | str) -> Path:
    """
    Write a file so that a kill leaves the old one or the new one, never a part.

    Parameters
    ----------
    path
        Its folder is made if need be; text is written as UTF-8 without changing line ends.

    Raises
    ------
    OSError
        With the name of the file, the old one still there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomic(Path(folder) / "a" / "b.txt", "text").read_text()
    'text'
    """
    return write_together(path.parent, {path.name: data})[0]


def write_together(folder: Path, files: Mapping[str, bytes | str]) -> list[Path]:
    """
    Write the files of one answer: a disk that fills up leaves all as they were, for they take their names last.

    Returns
    -------
    paths
        In the order of `files`.

    Raises
    ------
    OSError
        With the name of the file that could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged: dict[Path, Path] = {}
    try:
        for name, data in files.items():
            with _naming(folder / name):
                handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
                staged[folder / name] = Path(temporary)
                with os.fdopen(handle, "wb") as file:
                    file.write(data.encode("utf-8") if isinstance(data, str) else data)
                    file.flush()
                    os.fsync(file.fileno())
        _take_names(staged)
    except BaseException:
        for temporary_path in staged.values():
            temporary_path.unlink(missing_ok=True)
        raise
    return list(staged)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """
    Give a program that writes files by itself a place beside a file; when it is done, its file takes the name.

    Raises
    ------
    OSError, BadInputError
        With the name of the file, the old one still there; before anything is made for a path that GDAL takes for
        one of its virtual file systems.
    """
    if path.absolute().as_posix().startswith("/vsi"):
        msg = f"{path}: names that start with /vsi are GDAL's own, some on other machines: give a file on this one"
        raise BadInputError(msg)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _naming(path), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch:
        fresh = Path(scratch) / path.name
        with gdal_in_one_line(path.name):
            yield fresh
        _take_names({path: fresh})


@contextmanager
def gdal_in_one_line(name: str) -> Iterator[None]:
    """Turn what GDAL says of a file that it cannot write into one line: a full disk has many words there."""
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        msg = f"{name} cannot be written: {' '.join(str(error).split())[:200]}"
        raise BadInputError(msg) from error


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that was meant, not the temporary one or none."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _take_names(staged: Mapping[Path, Path]) -> None:
    """Put finished files in place of the old ones."""
    for path, temporary in staged.items():
        with _naming(path):
            temporary.chmod(0o644)
            temporary.replace(path)
