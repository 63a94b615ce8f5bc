"""Who holds a lane: a process, named so that another process of the same machine can see whether it is gone."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """This process's name: host, kernel boot, process namespace, pid and start time, where the system tells them."""
    return f"{socket.gethostname()} {_world()} {os.getpid()} {_started(os.getpid())}"


def is_gone(holder: str) -> bool:
    """True only when the holder surely ended: same boot, same process namespace, and no such process any more.

    Anything less sure (another machine, another container, a system without /proc) is False: its lease must expire.
    """
    _, _, rest = holder.partition(" ")
    world, _, process = rest.partition(" ")
    pid, _, started = process.partition(" ")
    return bool(started) and world == _world() and started != _started(int(pid))


def _world() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return "unknown"


def _started(pid: int) -> str:
    """The start time of a live process in clock ticks since boot; empty when there is none (a zombie has ended)."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]
