"""A door is where something from outside comes in. Each case has a seed of its own, so that it can be repeated."""

import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from random import Random
from types import FrameType

KINDS = ("traceback", "hang", "wrong")


class Hang(BaseException):
    """A case took too long. No `except Exception` stops it."""


class Wrong(AssertionError):
    """No traceback, and yet wrong: asked what must not be asked, or left out what must be."""


@dataclass
class Tally:
    """What came of a door's cases so far. `found`: by what is wrong, the first case that showed it, and how many."""

    door: str
    seed: str
    inputs: int = 0
    seconds: float = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    found: dict[str, tuple[str, int]] = field(default_factory=dict)
    case: int = 0

    def add(self, kind: str, what: str) -> None:
        self.counts[kind] += 1
        first, times = self.found.get(what, (f"SEED={self.seed} CASE={self.door}:{self.case}", 0))
        self.found[what] = (first, times + 1)


Case = Callable[[Random, Tally], None]
"""Tries one case: counts its inputs, and adds what is wrong or raises it."""


@dataclass(frozen=True)
class Door:
    """`share`: its part of all inputs; `seconds`: longer than this no case may take."""

    name: str
    what: str
    share: float
    seconds: float
    open: Callable[[], AbstractContextManager[Case]]


def run(door: Door, seed: str, inputs: int, only: int | None = None) -> Tally:
    """Cases one after another until there were so many inputs; or one case `only`."""
    tally = Tally(door.name, seed)
    started = time.monotonic()
    with door.open() as case:
        while tally.inputs < inputs:
            tally.case = tally.case if only is None else only
            _try(case, Random(f"{seed}/{door.name}/{tally.case}"), tally, door.seconds)
            if only is not None:
                break
            tally.case += 1
    tally.seconds = time.monotonic() - started
    return tally


def _try(case: Case, chance: Random, tally: Tally, seconds: float) -> None:
    before = tally.inputs
    try:
        with at_most(seconds):
            case(chance, tally)
    except Hang:
        tally.add("hang", f"more than {seconds:g} s: {_place()}")
    except Wrong as wrong:
        tally.add("wrong", str(wrong))
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        tally.add("traceback", f"{type(error).__name__}: {ascii(str(error))[:200]} {_place()}")
    tally.inputs = max(tally.inputs, before + 1)


def _place() -> str:
    """The innermost lines of the traceback."""
    lines = traceback.format_exc().splitlines()
    return "; ".join(line.strip() for line in lines if line.lstrip().startswith('File "'))[-600:]


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raises Hang in the main thread when it takes longer."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
