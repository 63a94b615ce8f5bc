"""How much of a replay's time goes to the calls themselves: the same calls, made by a bare loop, are the baseline."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter

import httpx2

from benchmarks.figure import Figure
from benchmarks.report import FIRST_DAY, ORDERS, write_report
from benchmarks.stage import Call, play, simulator, workplace

ROUNDS = 3
GOAL = 0.5
_MADE_BY_CLIENT = ("host", "connection", "content-length")


def measure() -> list[Figure]:
    stack, bare = [], []
    for _ in range(ROUNDS):
        played = play()
        stack.append(played.seconds)
        bare.append(_bare(played.tape))
    ratios = sorted(mine / theirs for mine, theirs in zip(bare, stack, strict=True))
    detail = (
        f"{ORDERS:,} orders, {len(played.tape):,} calls: "
        f"stack {median(stack):.1f} s, bare loop {median(bare):.1f} s; "
        f"medians of {ROUNDS} rounds, whose ratios go from {ratios[0]:.2f} to {ratios[-1]:.2f}"
    )
    return [Figure("replay", median(ratios), GOAL, detail, more_is_better=True)]


def _bare(tape: Sequence[Call]) -> float:
    """Seconds for the calls alone, against a simulator that begins where the stack's did."""
    prepared = [
        (call, {name: value for name, value in call.headers.items() if name not in _MADE_BY_CLIENT}) for call in tape
    ]
    with workplace() as folder:
        report = write_report(folder / "report.txt")
        with (
            simulator(report, FIRST_DAY, folder / "journal") as process,
            httpx2.Client(base_url=process.url, timeout=60, trust_env=False) as client,
        ):
            begun = perf_counter()
            for call, headers in prepared:
                reply = client.request(call.method, call.target, headers=headers, content=call.body)
                if reply.status_code != call.status:
                    raise RuntimeError(f"{call.method} {call.target}: {reply.status_code}, not {call.status} as before")
            return perf_counter() - begun
