"""A ledger of many shops as it is after a year of work: orders in every state, with answers, invoices and acts.

Its rows are written by the driver alone, so that a million orders take minutes; the triggers count them.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from msgspec.json import encode
from sqlalchemy import Table, text

from benchmarks.armed import arm
from benchmarks.stage import FOLDER, workplace
from ledger.database import Connection, Ledger, open_ledger
from ledger.state import Action, State
from ledger.tables import acts, attempts, controls, decisions, entries, heartbeats, invoices, lanes, orders, sources
from rules.order import Item, Order, Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from worker.clock import SystemClock

DAY = timedelta(days=1)
OPEN_FOR = 16 * DAY  # what was bought since then waits
CODES = (*("FR",) * 45, *("DE",) * 30, *("IT",) * 15, *("ES",) * 9, "NL")
RARE = "SE", 997  # one order in so many
PRODUCTS = 40  # of each shop
ASINS = 5_000  # of all
ACTS = 20  # of each shop
INVOICED = 5  # one order in so many
AT_ONCE = 20_000
_SKIPPED = (Reason.TOO_LATE, Reason.REFUNDED, Reason.RETURNED, Reason.CANCELLED)
_MIGRATIONS = Path(__file__).parents[1] / "ledger/migrations/versions"

Row = dict[str, Any]


def names(sellers: int) -> list[str]:
    return [f"seller-{number:04}" for number in range(sellers)]


def order_id(place: int) -> str:
    """That of an order by its place among all: digits in no order, as Amazon's."""
    return f"{402 + place % 3}-{place * 7654321 % 10**7:07}-{place * 3141593 % 10**7:07}"


def sku(seller: int, product: int) -> str:
    return f"TEAPOT-{product:02}-{seller:04}"


def asin(seller: int, product: int) -> str:
    return f"B0{(seller * PRODUCTS + product) % ASINS:08}"


def stored(sellers: int, many: int) -> Path:
    """The ledger of so many orders in SQLite, made once and kept under var/bench."""
    made_of = b"".join(file.read_bytes() for file in (Path(__file__), *sorted(_MIGRATIONS.glob("*.py"))))
    path = FOLDER / f"shops-{sellers}-{many}-{hashlib.sha256(made_of).hexdigest()[:8]}.db"
    if not path.exists():
        for outdated in FOLDER.glob(f"shops-{sellers}-{many}-*.db*"):
            outdated.unlink()
        with workplace() as folder:
            made = folder / path.name
            fill(f"sqlite:///{made}", sellers, many)
            made.replace(path)
    return path


def fill(url: str, sellers: int, many: int) -> None:
    """Give each of the sellers its share of so many orders."""
    ledger = open_ledger(url, durable=False)
    with ledger.begin() as connection:
        for table, rows in _tables(sellers, many // sellers, SystemClock().now()):
            _write(connection, table, rows)
    _analyse(ledger)
    ledger.close()


def freshen(url: str, sellers: int) -> None:
    """A worker is at work, every source has just been read, and sellers are armed: a ledger that was kept is of another
    day, and may have been moved."""
    ledger, now = open_ledger(url), SystemClock().now()
    with ledger.begin() as connection:
        connection.execute(sources.update().values(as_of=now, next_read_at=now + DAY))
        connection.execute(heartbeats.update().values(seen_at=now + DAY))
        connection.execute(lanes.update().values(expires_at=now + DAY))
    arm(ledger, names(sellers))
    ledger.close()


@dataclass(frozen=True, slots=True)
class _Sold:
    """One order: of which shop, its place among all, and when it was bought."""

    seller: str
    shop: int
    place: int
    at: datetime
    now: datetime

    @property
    def key(self) -> Row:
        return {"seller": self.seller, "order_id": order_id(self.place)}

    @property
    def mixed(self) -> int:
        """A number without order, so that neighbours differ."""
        return (self.place * 2654435761 + self.shop * 40503) % 2**32 >> 8

    @property
    def stands(self) -> tuple[State, Reason]:
        share = self.mixed % 1000
        if self.now - self.at < OPEN_FOR:
            return State.WAITING, Reason.TOO_EARLY
        if share == 1:
            return State.HELD, Reason.UNKNOWN_REFUSAL
        if share < 30:
            return State.REFUSED, Reason.ALREADY_REQUESTED
        if share < 300:
            return State.SKIPPED, _SKIPPED[share % len(_SKIPPED)]
        return State.SENT, Reason.REQUESTED

    @property
    def changed_at(self) -> datetime:
        return self.at + 2 * DAY if self.stands[0] is State.WAITING else self.at + OPEN_FOR

    def order(self) -> Row:
        code = RARE[0] if self.place % RARE[1] == 0 else CODES[self.mixed // 7 % 100]
        products = [self.mixed % PRODUCTS, *([(self.mixed + 1) % PRODUCTS] if self.place % 9 == 0 else [])]
        order = Order(
            order_id=order_id(self.place),
            purchased_at=self.at,
            updated_at=self.at + 2 * DAY,
            channel="AMAZON",
            marketplace_id=MARKETPLACES[code].marketplace_id,
            status="SHIPPED",
            fulfilled_by="AMAZON",
            items=tuple(Item(sku(self.shop, each), asin(self.shop, each)) for each in products),
        )
        return {**self.key, "placed": encode(order).decode(), "funds_released_for": self.at + 9 * DAY}

    def entry(self) -> Row:
        state, reason = self.stands
        waits, asked = state is State.WAITING, state in (State.SENT, State.REFUSED)
        return {
            **self.key,
            "action": Action.REVIEW.value,
            "state": state.value,
            "reason": reason.value,
            "next_look_at": max(self.at + OPEN_FOR, self.now + DAY) if waits else None,
            "deadline": self.at + 33 * DAY if waits or asked else None,
            "tries": 0,
            "asked_at": self.changed_at if asked else None,
            "changed_at": self.changed_at,
        }

    def told(self) -> Row:
        """What is said of it, as an answer or as a decision."""
        state, reason = self.stands
        return {
            **self.key,
            "action": Action.REVIEW.value,
            "part": "",
            "at": self.changed_at,
            "state": state.value,
            "reason": reason.value,
        }

    def invoice(self) -> Row:
        return {
            **self.key,
            "kind": Action.INVOICE.value,
            "part": "",
            "state": State.SENT.value,
            "reason": Reason.REQUESTED.value,
            "business": False,
            "tries": 0,
            "asked_at": self.at + DAY,
            "changed_at": self.at + DAY,
            "deadline": self.at + 2 * DAY,
            "number": f"F-{self.place:07}",
            "issued_on": self.at.date(),
            "total": "48.00",
            "vat": "8.00",
            "currency": "EUR",
        }


def _tables(sellers: int, each: int, now: datetime) -> Iterator[tuple[Table, Iterator[Row]]]:
    shops = list(enumerate(names(sellers)))

    def sold(make: Callable[[_Sold], Row], *states: State, every: int = 1) -> Iterator[Row]:
        """Of each shop one order after another, from now to a year ago."""
        for shop, name in shops:
            for number in range(0, each, every):
                at = now - timedelta(days=1 + 364 * number / each, seconds=41 * shop)
                one = _Sold(name, shop, shop * each + number, at, now)
                if not states or one.stands[0] in states:
                    yield make(one)

    yield orders, sold(_Sold.order)
    yield entries, sold(_Sold.entry)
    yield attempts, ({**row, "detail": "201 Created", "status": 201} for row in sold(_Sold.told, State.SENT))
    refused = sold(_Sold.told, State.REFUSED, State.HELD)
    yield attempts, ({**row, "detail": "403 You cannot use this operation", "status": 403} for row in refused)
    yield decisions, sold(_Sold.told, State.SKIPPED)
    yield invoices, sold(_Sold.invoice, every=INVOICED)
    yield lanes, ({"seller": name, "token": 1, "holder": "", "expires_at": now, "pace": "{}"} for _, name in shops)
    yield sources, ({"seller": name, "source": source.value, "as_of": now} for _, name in shops for source in Source)
    yield acts, (_act(name, now - number * DAY) for number in reversed(range(ACTS)) for _, name in shops)
    yield controls, ({"scope": name, "reason": Reason.PAUSED.value, "detail": "", "at": now} for _, name in shops[::50])
    worker = {"name": "another-host 1 1", "mode": "run", "version": "1.0", "started_at": now, "seen_at": now}
    yield heartbeats, iter([worker])


def _act(seller: str, at: datetime) -> Row:
    return {"at": at, "person": "claire", "place": "page on here", "act": "pause", "seller": seller, "after": "{}"}


def _write(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    first = next(rows)
    dialect = connection.dialect
    processes = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in first]

    def values(some: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
        for row in some:
            yield tuple(
                process(value) if process else value for process, value in zip(processes, row.values(), strict=True)
            )

    cursor: Any = connection.connection.cursor()
    columns, made = ", ".join(first), values(chain([first], rows))
    if dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
            for row in made:
                copy.write_row(row)
        return
    statement = f"INSERT INTO {table.name} ({columns}) VALUES ({', '.join('?' * len(first))})"
    while some := list(islice(made, AT_ONCE)):
        cursor.executemany(statement, some)


def _analyse(ledger: Ledger) -> None:
    """On PostgreSQL what autovacuum does by and by; on SQLite nothing does it, so the measure does without."""
    if ledger.is_file:
        return
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
