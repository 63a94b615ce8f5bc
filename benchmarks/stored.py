"""Orders with nothing due: in any ledger, or in one of SQLite that is made once and kept under var/bench."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from benchmarks.daemon import SELLER, environment
from benchmarks.stage import FOLDER, workplace
from ledger import orders
from ledger.database import Connection, open_ledger
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.order import Item, Order
from rules.reason import Reason
from settings.load import load_settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks import new_settings
from tasks.audit import Person
from worker.clock import SystemClock

FAR = timedelta(days=3650)  # the ledger is kept: nothing may fall due while it is
# three orders, and how many of a hundred are like each
KINDS = ((State.SENT, 70), (State.SKIPPED, 27), (State.WAITING, 3))

_COUNT = "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :many)"
_ID = ":kind || substr(CAST(1000000 + n AS text), 2) || '-0000000'"
_COPIES = (
    f"""{_COUNT} INSERT INTO orders (seller, order_id, placed, seen_delivered_at, funds_released_for)
    SELECT seller, {_ID}, replace(placed, order_id, {_ID}), seen_delivered_at,
    funds_released_for FROM numbers, orders WHERE seller = :seller AND order_id = :model""",
    f"""{_COUNT} INSERT INTO entries
    (seller, order_id, action, state, reason, next_look_at, deadline, tries, asked_at, changed_at)
    SELECT seller, {_ID}, action, state, reason, next_look_at, deadline, tries, asked_at, changed_at
    FROM numbers, entries WHERE seller = :seller AND order_id = :model""",
    f"""{_COUNT} INSERT INTO attempts (seller, order_id, action, at, state, reason, detail, status, request_id)
    SELECT seller, {_ID}, action, at, state, reason, detail, status, request_id
    FROM numbers, attempts WHERE seller = :seller AND order_id = :model""",
)


def load_seller(folder: Path) -> Seller:
    """The seller as `askonce run` reads it from its settings."""
    return load_settings(environment(folder, folder / "unused.db", "http://127.0.0.1")).sellers[SELLER]


def stored(many: int) -> Path:
    """A ledger of so many orders of one seller, none of which has anything due."""
    path = FOLDER / f"{many}-{_digest()}.db"
    if path.exists():
        return path
    for outdated in FOLDER.glob(f"{many}-*.db*"):
        outdated.unlink()
    with workplace() as folder:
        made = folder / path.name
        ledger = open_ledger(f"sqlite:///{made}", durable=False)
        now = SystemClock().now()
        with ledger.begin() as connection:
            new_settings.reconsider_all(connection, load_seller(folder), Person("bench", "here"), now)
            fill(connection, SELLER, many, now)
        ledger.close()  # the last connection folds the write-ahead log into the file
        made.replace(path)
    return path


def fill(connection: Connection, seller: str, many: int, now: datetime) -> None:
    """Give the seller so many orders, none of which has anything due."""
    for kind, (state, share) in enumerate(KINDS):
        model = _model(connection, seller, state, now)
        wish = {"many": many * share // 100 - 1, "kind": f"402-{kind + 1}", "seller": seller, "model": model}
        for statement in _COPIES:
            connection.execute(text(statement), wish)


def _digest() -> str:
    """Of all that decides what a stored ledger looks like."""
    migrations = (Path(__file__).parents[1] / "ledger/migrations/versions").glob("*.py")
    sources = (Path(__file__), *sorted(migrations))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]


def _model(connection: Connection, seller: str, state: State, now: datetime) -> str:
    """One order in this state, brought there as the tasks would."""
    order = Order(
        order_id=f"model-{state}",
        purchased_at=now - timedelta(days=90),
        updated_at=now - timedelta(days=85),
        channel="AMAZON",
        marketplace_id=MARKETPLACES["FR"].marketplace_id,
        status="SHIPPED",
        fulfilled_by="AMAZON",
        items=(Item("TEAPOT-BLUE", "B0CTEAPOT1"),),
    )
    orders.record_orders(connection, seller, [order], as_of=now, previous=None)
    orders.record_releases(connection, seller, {order.order_id: now - timedelta(days=78)}, now)
    key, then = Key(order.order_id, Action.REVIEW), now - timedelta(days=75)
    match state:
        case State.SENT:
            REVIEWS.decide(connection, seller, [Transition(key, State.DUE, Reason.DUE, now, now)], then)
            REVIEWS.claim(connection, seller, key, 1, then)
            sent = Transition(key, State.SENT, Reason.REQUESTED)
            REVIEWS.settle(connection, seller, 1, sent, Answered("accepted", 201, "request"), then, asked=True)
        case State.SKIPPED:
            REVIEWS.decide(connection, seller, [Transition(key, state, Reason.TOO_LATE)], then)
        case _:
            REVIEWS.decide(connection, seller, [Transition(key, state, Reason.TOO_EARLY, now + FAR)], then)
    return order.order_id
