"""`make fuzz`: every door, with seeded inputs, to a bounded end. Exit code 1: something was found."""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fuzz.door import Tally, run
from tests.fuzz.doors import doors
from tests.postgres import postgres_server


def main() -> int:
    wish = _wish()
    name, _, number = wish.case.partition(":")
    logging.getLogger().addHandler(logging.NullHandler())  # it is looked at where it matters, and nowhere shown
    tallies: list[Tally] = []
    print(f"seed {wish.seed}\n\n{'door':10}{'inputs':>8}{'tracebacks':>12}{'hangs':>7}{'wrong':>7}{'seconds':>9}")
    with _database(wish.database) as url:
        for door in doors(url).values():
            if name in ("", door.name):
                tallies.append(run(door, wish.seed, round(wish.inputs * door.share), int(number) if number else None))
                _print(tallies[-1])
    total = Tally("in all", wish.seed, sum(each.inputs for each in tallies), sum(each.seconds for each in tallies))
    total.counts = {kind: sum(each.counts[kind] for each in tallies) for kind in total.counts}
    _print(total)
    for tally in tallies:
        for what, (case, times) in tally.found.items():
            print(f"\n{tally.door}, {times} times; make fuzz {case}\n  {what}")
    return 1 if any(total.counts.values()) else 0


def _print(tally: Tally) -> None:
    tracebacks, hangs, wrong = tally.counts.values()
    print(f"{tally.door:10}{tally.inputs:8,}{tracebacks:12}{hangs:7}{wrong:7}{tally.seconds:9.0f}", flush=True)


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", default="1", help="the same seed makes the same inputs")
    parser.add_argument("--inputs", type=int, default=24_000, help="in all; each door has its share")
    parser.add_argument("--case", default="", metavar="DOOR[:N]", help="only this door, or this case of it")
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"], help="of the sellers' lives")
    return parser.parse_args()


@contextmanager
def _database(kind: str) -> Iterator[str | None]:
    if kind == "sqlite":
        yield None
        return
    with postgres_server() as server:
        yield server.get_uri()


if __name__ == "__main__":
    sys.exit(main())
