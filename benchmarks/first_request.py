"""From the tick to each seller's first request: 1,000 sellers, each with one order that may be asked for now.

Distributed: the workers are at rest, the pause has just been lifted, and one tick of `send_due` goes out as the beat
sends it. Embedded: the ticks are those of the start of `askonce run`. The time is that at which Amazon accepts.
"""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from benchmarks.agency import Agency, Sent, agency
from benchmarks.figure import Figure
from benchmarks.servers import postgres, redis
from benchmarks.stage import workplace
from worker.clock import SystemClock

SELLERS = 1000
PROCESSES = 4  # two for each core
GOAL = 60  # seconds: everybody has begun when the next tick comes
PATIENCE = 600
TIME = "%Y-%m-%d %H:%M:%S,%f"  # of a line in the log


def measure() -> list[Figure]:
    return [*_figures("distributed", *_distributed()), *_figures("embedded", *_embedded())]


def _distributed() -> tuple[datetime, list[Sent]]:
    with (
        workplace() as folder,
        postgres() as database,
        redis() as broker,
        agency(folder, database.url, broker.url, sellers=SELLERS, due=1) as made,
    ):
        made.askonce("pause").wait()
        workers = made.workers(PROCESSES)
        made.wait_until_quiet([*workers, database.pid])
        made.askonce("resume").wait()
        ticked_at = SystemClock().now()
        made.tick("send_due")
        made.wait_for(SELLERS, PATIENCE)
        return ticked_at, made.sent()


def _embedded() -> tuple[datetime, list[Sent]]:
    with (
        workplace() as folder,
        agency(folder, f"sqlite:///{folder}/askonce.db", "", sellers=SELLERS, due=1) as made,
    ):
        made.askonce("run")
        made.wait_for(SELLERS, PATIENCE)
        return _began(made), made.sent()


def _began(made: Agency) -> datetime:
    """When `askonce run` had started."""
    said = next(line for line in made.lines() if "working for" in line)
    return datetime.strptime(" ".join(said.split()[:2]), TIME).astimezone()


def _figures(mode: str, ticked_at: datetime, sent: Sequence[Sent]) -> list[Figure]:
    took = [(each.at - ticked_at).total_seconds() for each in sent]
    detail = f"{SELLERS:,} sellers with one due order each: first {min(took):.1f} s, last {max(took):.1f} s"
    return [
        Figure(f"first request, {mode}, median", median(took), GOAL, detail, unit=" s"),
        Figure(f"first request, {mode}, last", max(took), GOAL, detail, unit=" s"),
    ]
