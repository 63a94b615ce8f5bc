"""Replaces a file whole or not at all: a crash leaves the one from before, or the new one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

PRIVATE = 0o600


def replace_file(path: Path, content: bytes) -> None:
    """Write it beside the file, to the disk, then into its place. Mode and owner stay; a new file is its owner's alone.

    A link stays a link: what it leads to is replaced. Raises OSError: the file is as before.
    """
    path = path.resolve()
    number, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            _like(path, number)
            file.write(content)
            file.flush()
            os.fsync(number)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
    with _opened(path.parent) as folder:
        os.fsync(folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY)
    try:
        yield number
    finally:
        os.close(number)


def _like(path: Path, number: int) -> None:
    try:
        before = path.stat()
    except FileNotFoundError:
        os.fchmod(number, PRIVATE)
        return
    os.fchmod(number, before.st_mode & 0o777)
    with suppress(PermissionError):  # only root may give a file away
        os.fchown(number, before.st_uid, before.st_gid)
