"""Programs as processes that are forked from one that has loaded them: a start costs no second of CPU.

Each is as real as one that a shell has started: it has a folder, an environment, files and signals of its own.
"""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from multiprocessing import get_context
from multiprocessing.reduction import DupFd
from pathlib import Path
from threading import Lock
from typing import IO, Any

from marketplace.simulator.process import SimulatorProcess
from worker.commands import COMMANDS

LOADED = [
    *("tests.forked", "marketplace.simulator.server", "worker.demo", "worker.embedded", "worker.replay"),
    *("tasks.check.identity", "tasks.check.invoices", "tasks.check.workers", "tasks.controls", "tasks.explain"),
    *("tasks.invoices.export", "tasks.invoices.listing", "tasks.invoices.resend", "tasks.plan"),
    *(f"worker.commands.{name}" for name in COMMANDS),
    *("alembic.command", "alembic.context", "psycopg", "rich.progress", "sqlalchemy.dialects.postgresql.psycopg"),
    *("celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.thread"),
    *("celery.worker.components", "celery.worker.consumer", "kombu.transport.redis"),
]
"""Nearly all that the programs load. Not worker.celery: it looks at the environment when it is loaded."""
_context = get_context("forkserver")
_context.set_forkserver_preload(LOADED)
_one_at_a_time = Lock()  # multiprocessing looks after all children whenever one is started


@dataclass
class _Files:
    """What the process has for standard input, output and error."""

    numbers: Sequence[int]

    def __getstate__(self) -> list[Any]:
        return [DupFd(number) for number in self.numbers]

    def __setstate__(self, theirs: list[Any]) -> None:
        self.numbers = [each.detach() for each in theirs]


class Forked:
    """`python -m program`, with what is used here of the interface of `subprocess.Popen`."""

    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None

    def __init__(self, program: Sequence[str], folder: Path, environ: Mapping[str, str], files: Sequence[int]) -> None:
        work = (list(program), str(folder), dict(environ), _Files(files))
        self._process = _context.Process(target=_work, args=work, daemon=True)
        with _one_at_a_time:
            self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        with _one_at_a_time:
            return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float = float("inf")) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.returncode) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self._process.name, timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class ForkedSimulator(SimulatorProcess):
    def _spawn(self, program: Sequence[str], folder: Path) -> Any:
        theirs, to_it = os.pipe()
        from_it, its = os.pipe()
        forked = Forked(program, folder, os.environ, (theirs, its, 2))
        forked.stdin, forked.stdout = os.fdopen(to_it, "wb", 0), os.fdopen(from_it, "rb", 0)
        os.close(theirs)
        os.close(its)
        return forked


def _work(program: list[str], folder: str, environ: dict[str, str], files: _Files) -> None:
    for number, theirs in enumerate(files.numbers):
        os.dup2(theirs, number)
        os.close(theirs)
    sys.stdin, sys.stdout, sys.stderr = (
        TextIOWrapper(os.fdopen(number, mode, 0), encoding="utf-8", write_through=True)
        for number, mode in enumerate(("rb", "wb", "wb"))
    )
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = program
    runpy.run_module(program[0], run_name="__main__", alter_sys=True)
