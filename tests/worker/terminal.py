"""A terminal of 80 columns, as most open with, in which a seller types."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

COLUMNS, LINES = 80, 24
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_ERASED = re.compile(r"[^\n]*\r\x1b\[2K")
"""A line of progress that was written over."""
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """What is typed runs in `folder`, with nothing of this machine's environment."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm-256color", **variables}
        self.code = 0
        self.raw = ""

    def types(self, line: str, answer: str = "") -> str:
        """What is shown until the command ends, without colours; its exit code stays in `code`. `answer`: what is typed
        when it asks."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        _, *words = line.split()
        process = subprocess.Popen(
            [sys.executable, "-m", "worker", *words],
            cwd=self.folder,
            env=self.environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode() if answer else b"")
        self.raw = _all_of(ours)
        self.code = process.wait()
        shown = _STEERING.sub("", _STYLE.sub("", _ERASED.sub("", self.raw)))
        assert "Traceback" not in shown, shown
        return shown

    @property
    def is_coloured(self) -> bool:
        return bool(_STYLE.search(self.raw))


def _all_of(terminal: int) -> str:
    said = b""
    try:
        while some := os.read(terminal, 65536):
            said += some
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    return said.decode()
