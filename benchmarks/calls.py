"""Calls to Amazon for each request that it accepted; two are the least: the look at what is offered, and the request.

Counted is every request to the SP-API, also those that refresh facts, in every pass in which at least one request was
accepted, from the pass's first call on. Token exchanges and downloads from signed addresses are no SP-API calls.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from benchmarks.figure import Figure
from benchmarks.report import DAYS, FIRST_DAY
from benchmarks.stage import Call, play
from worker.replay import STEP

GOAL = 2.05
NO_SP_API = ("/auth/", "/documents/")
ALL_ARRIVED = FIRST_DAY + timedelta(days=DAYS + 12, hours=8)  # all windows are open, and the day's slot begins
BETWEEN_PASSES = 0.9 * STEP


def measure() -> list[Figure]:
    return [_figure("calls, day by day", FIRST_DAY), _figure("calls, backlog", ALL_ARRIVED)]


def _figure(name: str, start: datetime) -> Figure:
    tape = [call for call in play(start).tape if not call.target.startswith(NO_SP_API)]
    busy = [each for each in _passes(tape) if any(map(_is_accepted, each))]
    accepted = sum(map(_is_accepted, tape))
    made = sum(map(len, busy))
    detail = (
        f"{made:,} calls for {accepted:,} accepted in {len(busy)} passes: {made - 2 * accepted} of them read facts; "
        f"{len(tape) - made:,} more in passes with nothing due"
    )
    return Figure(name, made / accepted, GOAL, detail)


def _passes(tape: Sequence[Call]) -> Iterator[list[Call]]:
    """The calls of each pass: between two passes the simulated clock moves by the replay's step at least."""
    found: list[Call] = []
    for call in tape:
        if found and call.at - found[-1].at >= BETWEEN_PASSES:
            yield found
            found = []
        found.append(call)
    yield found


def _is_accepted(call: Call) -> bool:
    return call.status == 201
