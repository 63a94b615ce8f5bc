"""CPU time of processes, as the system counts it."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """CPU seconds so far of this process, its children, and those of its children that have ended."""
    found = _stat(pid)
    if found is None:
        return 0.0
    mine = sum(map(int, found[11:15])) / _TICKS
    return mine + sum(seconds(child) for child in _children(pid))


def busy() -> float:
    """CPU seconds so far of the whole machine, whoever used them."""
    user, nice, system, _idle, _iowait, irq, softirq, _steal = _machine()
    return (user + nice + system + irq + softirq) / _TICKS


def stolen() -> float:
    """CPU seconds so far that this machine wanted, and its host gave to others."""
    return _machine()[-1] / _TICKS


class Meter:
    """What some processes, by name, and all others together use from now on."""

    def __init__(self, pids: Mapping[str, list[int]]) -> None:
        self._pids = pids
        self._before = self._now()
        self._busy = busy()

    def used(self) -> dict[str, float]:
        """CPU seconds by name; `others`: whatever else runs on this machine."""
        used = {name: after - self._before[name] for name, after in self._now().items()}
        return used | {"others": max(busy() - self._busy - sum(used.values()), 0.0)}

    def _now(self) -> dict[str, float]:
        return {name: sum(map(seconds, pids)) for name, pids in self._pids.items()}


def _machine() -> list[int]:
    return [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; None: it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, path.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return children
