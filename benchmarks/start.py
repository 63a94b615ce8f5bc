"""How long a command takes to start: its CPU time, divided by that of a click program that does nothing."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from benchmarks.daemon import SELLER, environment
from benchmarks.figure import Figure
from benchmarks.stage import workplace
from benchmarks.stored import fill
from ledger.database import open_ledger
from ledger.state import State
from worker.clock import SystemClock
from worker.commands import COMMANDS

ROUNDS = 7
ORDERS = 100
BARE = "import click\n@click.command()\ndef command():\n    'Nothing.'\ncommand()"
READERS = {
    "held": ("held",),
    "explain ID": ("explain", f"model-{State.SENT}"),
    "history": ("history",),
    "check --quick": ("check", "--quick"),
    "status": ("status",),
}
HELP_GOAL, READER_GOAL = 3, 5


def measure() -> list[Figure]:
    with workplace() as folder:
        variables = _with_byte_code(os.environ) | environment(folder, folder / "ledger.db", "http://127.0.0.1:9")
        _make_ledger(folder / "ledger.db")
        helps = {f"{name} --help": ("-m", "worker", name, "--help") for name in COMMANDS}
        readers = {name: ("-m", "worker", *words) for name, words in READERS.items()}
        programs = {
            "bare": ("-c", BARE, "--help"),
            **helps,
            **readers,
        }
        seconds = _measured(programs, variables)
    ratios = {name: median(each) / median(seconds["bare"]) for name, each in seconds.items()}
    slowest = max(helps, key=ratios.__getitem__)
    detail = f"CPU, medians of {ROUNDS} rounds in turn; the bare program takes {median(seconds['bare']) * 1000:.0f} ms"
    return [
        Figure("start, help", ratios[slowest], HELP_GOAL, f"the slowest of {len(helps)}: `{slowest}`. {detail}"),
        *(Figure(f"start, {name}", ratios[name], READER_GOAL, f"{ORDERS} orders on SQLite") for name in readers),
    ]


def _measured(programs: Mapping[str, Sequence[str]], variables: Mapping[str, str]) -> dict[str, list[float]]:
    """The CPU seconds of each, in each round; one before them writes the byte code, and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(ROUNDS + 1):
        for name, words in programs.items():
            before = _used()
            done = subprocess.run([sys.executable, *words], env=variables, capture_output=True, check=False)
            assert b"Traceback" not in done.stderr, done.stderr.decode()
            if number:
                seconds[name].append(_used() - before)
    return seconds


def _used() -> float:
    """The CPU seconds of all children so far."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _with_byte_code(variables: Mapping[str, str]) -> dict[str, str]:
    """As it is to be installed (docs/deployment.md): else each start would compile everything again."""
    return {name: value for name, value in variables.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _make_ledger(file: Path) -> None:
    ledger = open_ledger(f"sqlite:///{file}")
    with ledger.begin() as connection:
        fill(connection, SELLER, ORDERS, SystemClock().now())
    ledger.close()
