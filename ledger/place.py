"""Where a ledger stands: what stays the same when it is moved, and when its machine is started again, and differs in
every copy (docs/decisions/0026-armed.md)."""

import ctypes
import hashlib
import os
import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

Place = Mapping[str, str]
"""What is known of it, by name. What a system does not tell is left out."""

_MACHINE_IDS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_NO_MACHINE_OF_ITS_OWN = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/machine-id"))
"""There the id of the machine is that of an image, or a new one at each start."""
_SERVER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()), "
    "(SELECT oid FROM pg_database WHERE datname = current_database()), "
    "'armings'::regclass::oid"
)
_WORDS = {
    "machine": "on another machine",
    "inode": "in another file",
    "made": "in another file",
    "server": "on another server",
    "database": "in another database",
    "table": "in other tables, as after a restore",
}


def here(connection: Connection) -> Place:
    """Where the ledger of this connection stands."""
    if connection.dialect.name == "postgresql":
        found = connection.execute(_SERVER).one()
        return dict(zip(("server", "database", "table"), map(str, found), strict=True))
    file = connection.engine.url.database
    assert file
    try:
        inode = str(Path(file).stat().st_ino)
    except OSError:  # it was moved or deleted while it is open
        inode = "gone"
    known = {"machine": _machine(), "inode": inode, "made": _made(file)}
    return {name: value for name, value in known.items() if value}


def moved(then: Place, now: Place) -> str | None:
    """Why it is not the same place, in words; None: it is. What one of the two does not know says nothing."""
    both = then.keys() & now.keys()
    if not both:
        return "in another kind of database"
    return next((words for name, words in _WORDS.items() if name in both and then[name] != now[name]), None)


@cache
def _machine() -> str:
    """A digest of the machine's id (machine-id(5)), which is not to be shown; empty: there is none to go by."""
    if any(each.exists() for each in _NO_MACHINE_OF_ITS_OWN):
        return ""
    for file in _MACHINE_IDS:
        try:
            if told := file.read_text(encoding="ascii").strip():
                return hashlib.sha256(f"askonce {told}".encode()).hexdigest()[:16]
        except (OSError, ValueError):
            continue
    return ""


def _made(file: str) -> str:
    """When the file was made, in nanoseconds (statx(2), which Python 3.11 has not); empty: the system does not tell.

    The file is not opened: closing it again would end the locks that SQLite holds in this process.
    """
    statx = getattr(ctypes.CDLL(None), "statx", None)
    if statx is None:
        return ""
    answer = ctypes.create_string_buffer(256)
    if statx(_AT_FDCWD, os.fsencode(file), 0, _BTIME, answer) != 0:
        return ""
    (known,) = struct.unpack_from("I", answer, 0)
    seconds, nanoseconds = struct.unpack_from("qI", answer, 80)
    return f"{seconds}.{nanoseconds:09}" if known & _BTIME else ""


_AT_FDCWD = -100
_BTIME = 0x800
