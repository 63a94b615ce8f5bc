"""How much memory `askonce run` takes beside a large ledger; beside a small one is the baseline."""

from contextlib import ExitStack
from pathlib import Path
from time import sleep

from benchmarks.daemon import askonce_run
from benchmarks.figure import Figure
from benchmarks.idle_sweep import FEW, MANY
from benchmarks.stage import workplace
from benchmarks.stored import stored
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from worker.clock import SystemClock

SECONDS = 130  # the first tick of everything, and two more of the sender
GOAL = 120


def measure() -> list[Figure]:
    ledgers = [stored(many) for many in (MANY, FEW)]
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        amazon = stack.enter_context(SimulatorProcess(Options(start=SystemClock().now())))
        daemons = [stack.enter_context(askonce_run(folder, ledger, amazon.url)) for ledger in ledgers]
        sleep(SECONDS)
        peaks = [megabytes(daemon.pid, "VmHWM") for daemon in daemons]
        steady = [megabytes(daemon.pid, "VmRSS") for daemon in daemons]
    detail = (
        f"peak of `askonce run` with {MANY:,} stored orders, {steady[0]:.0f} MB after {SECONDS} s; "
        f"with {FEW:,}: peak {peaks[1]:.0f} MB, then {steady[1]:.0f} MB"
    )
    return [Figure("memory", peaks[0], GOAL, detail, unit=" MB")]


def megabytes(pid: int, name: str) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines[name].removesuffix("kB")) / 1000
