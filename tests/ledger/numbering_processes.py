"""Eight processes that number the same documents at once. Some are killed (SIGKILL) in mid-keep, others take over.

They hold no lane: nothing but `ledger.invoices` stands between them. Run as
`python -m tests.ledger.numbering_processes DATABASE_URL SEED DEADLY`; prints how many were killed.
"""

import os
import signal
import sys
import time
from random import Random
from typing import Any

from sqlalchemy import event, select

from ledger import numbers, tables
from ledger.database import Ledger, open_ledger
from ledger.numbers import Superseded
from ledger.state import State
from ledger.transitions import Key
from tests.ledger.invoice_examples import SERIES, document

WORKERS = 8
BATCH = 40
"""Documents that a worker looks up at a time: others have numbered most of them when it comes to them."""
PAUSE = 0.3
"""Seconds, at most, that a worker leaves a number to whoever was quicker: or most of the work would be in vain."""


def give_numbers(ledger: Ledger, chance: Random) -> None:
    """Number documents, in any sequence, until there is none left."""
    unmade = (
        select(tables.invoices)
        .where(tables.invoices.c.state == State.DUE.value, tables.invoices.c.number.is_(None))
        .limit(BATCH)
    )
    while True:
        with ledger.read() as connection:
            rows = list(connection.execute(unmade.offset(chance.randrange(BATCH))).all())
            rows = rows or list(connection.execute(unmade).all())
        if not rows:
            return
        chance.shuffle(rows)
        for row in rows:
            if not _keep(ledger, row):
                time.sleep(chance.uniform(0, PAUSE))


def _keep(ledger: Ledger, row: Any) -> bool:
    with ledger.read() as connection:
        serial = numbers.next_serial(connection, row.seller, SERIES)
    made = document(SERIES.format(number=serial.serial), serial)
    try:
        with ledger.begin() as connection:
            numbers.keep(connection, row.seller, Key(row.order_id, row.kind, row.part), made)
    except Superseded:
        return False  # somebody was quicker, with the number or with the document
    return True


def be_killed(ledger: Ledger, chance: Random, deadly: int) -> None:
    """Once in so many statements or commits of a transaction that writes: right before it, or right after."""

    def perhaps(*_: object) -> None:
        if chance.randrange(deadly) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(ledger.engine, moment, perhaps)


def work(url: str, seed: int, deadly: int) -> None:
    chance = Random(seed)
    ledger = open_ledger(url, durable=False)
    if deadly:
        be_killed(ledger, chance, deadly)
    give_numbers(ledger, chance)


def main(url: str, seed: int, deadly: int) -> int:
    """Workers side by side until all is numbered. Returns how many were killed; raises when one failed otherwise."""
    begun, killed = 0, 0
    running: set[int] = set()
    while begun < WORKERS or running:
        while len(running) < WORKERS and begun < WORKERS + killed:
            begun += 1
            if pid := os.fork():
                running.add(pid)
            else:
                work(url, seed * 1000 + begun, deadly if begun <= 3 * WORKERS else 0)
                os._exit(0)
        pid, status = os.wait()
        running.discard(pid)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.waitstatus_to_exitcode(status):
            raise SystemExit("a worker failed")
    return killed


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
