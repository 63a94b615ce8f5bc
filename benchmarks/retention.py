"""Whether deleting costs what is deleted: old orders, beside many that stay and beside few."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.figure import Figure
from benchmarks.report import FIRST_DAY
from ledger import orders, retention
from ledger.database import Ledger, open_ledger
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.order import Order
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES

SELLER = "maison-durand"
MANY, FEW, OLD = 40_000, 2_000, 4_000
GOAL = 1.5
LATER = FIRST_DAY + timedelta(days=400)
ORDER = Order("", FIRST_DAY, FIRST_DAY, "AMAZON", MARKETPLACES["FR"].marketplace_id, "CANCELLED", "MERCHANT")


def measure() -> list[Figure]:
    with TemporaryDirectory() as folder:
        many, few = (_deleted(Path(folder) / f"{stay}.db", stay) for stay in (MANY, FEW))
    detail = (
        f"{OLD:,} orders beside {MANY:,} that stay {many:.2f} s, beside {FEW:,} {few:.2f} s; {retention.BATCH} a batch"
    )
    return [Figure("retention", many / few, GOAL, detail)]


def _deleted(file: Path, stay: int) -> float:
    with closing(open_ledger(f"sqlite:///{file}")) as ledger:
        _skipped(ledger, "old", OLD, FIRST_DAY)
        _skipped(ledger, "new", stay, LATER)
        begun = perf_counter()
        with ledger.read() as connection:
            found = retention.old(connection, SELLER, LATER)
        for start in range(0, len(found), retention.BATCH):
            with ledger.begin() as connection:
                retention.delete_old(connection, SELLER, found[start : start + retention.BATCH], LATER)
        assert len(found) == OLD
        return perf_counter() - begun


def _skipped(ledger: Ledger, name: str, count: int, at: datetime) -> None:
    ids = [f"{name}-{number}" for number in range(count)]
    page = [replace(ORDER, order_id=each, purchased_at=at, updated_at=at) for each in ids]
    skipped = [Transition(Key(each, Action.REVIEW), State.SKIPPED, Reason.CANCELLED) for each in ids]
    with ledger.begin() as connection:
        orders.record_orders(connection, SELLER, page, as_of=at, previous=None)
        REVIEWS.decide(connection, SELLER, skipped, at)
