"""Who holds a lane: a process, named so that another process of the same machine can see whether it is gone."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """This process's name: host, kernel boot, process namespace, pid and start time, where the system tells them."""
    started = "".join(_stat(os.getpid())[19:20])
    return f"{socket.gethostname()} {_world()} {os.getpid()} {started}"


def is_gone(holder: str) -> bool:
    """True only when the holder surely ended: same boot, same process namespace, and no such process any more.

    Anything less sure (another machine, another container, a system without /proc) is False: its lease must expire.
    """
    _, _, rest = holder.partition(" ")
    world, _, process = rest.partition(" ")
    pid, _, started = process.partition(" ")
    return bool(started) and world == _world() and _ended(int(pid), started)


def _ended(pid: int, started: str) -> bool:
    """Whether the pid is unused, a zombie, or another process's by now. A process that is only hidden has not ended."""
    if fields := _stat(pid):
        return fields[0] == "Z" or fields[19] != started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _world() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "unknown"


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: state first, start time in clock ticks since boot at 19."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
