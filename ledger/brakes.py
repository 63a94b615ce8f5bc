"""What brakes measure, counted day by day as it happens; and which brakes stop a seller's requests.

A day is one row of each marketplace: what is usual is read in a few rows, however many orders there are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from ledger import controls, meta
from ledger.controls import Scope
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.tables import attempts, brakings, daily_counts, entries, orders
from ledger.upsert import add_up, upsert
from rules.brakes import HISTORY, Brake, Counts, Verdict
from rules.order import Order
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES, marketplace_of

WHOLE = ""
"""In place of a marketplace: the seller as a whole."""
SETTINGS_AT, REFUND_AT = "settings_came:", "refund_told:"
"""Beginnings of keys in `meta` that end with a seller's name."""


class Tallying:
    """Counts up what happens, to be added to the ledger at once. An order of an unknown marketplace is not counted."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, date], Counter[str]] = {}

    def count(self, marketplace_id: str | None, at: datetime, what: str) -> None:
        """`what`: a name of `Counts`."""
        if marketplace := marketplace_of(marketplace_id):
            self._found.setdefault((marketplace.code, day_of(at)), Counter())[what] += 1

    def __bool__(self) -> bool:
        return bool(self._found)

    def ordered(self, order: Order, now: datetime) -> None:
        """A new order counts on the day on which it was bought."""
        if now - HISTORY <= order.purchased_at:
            self.count(order.marketplace_id, order.purchased_at, "ordered")

    def add(self, connection: Connection, seller: str) -> None:
        """Add it to the ledger, and begin anew."""
        found, self._found = self._found, {}
        for (marketplace, day), counts in sorted(found.items()):  # in one order: no deadlock
            add_up(connection, daily_counts, {"seller": seller, "marketplace": marketplace, "day": day}, counts)


def day_of(at: datetime) -> date:
    return at.astimezone(UTC).date()


def days(connection: Connection, seller: str, today: date) -> dict[str, list[Counts]]:
    """The counts of what is usual, and of today, by marketplace, oldest first."""
    found: dict[str, list[Counts]] = {}
    for row in connection.execute(_DAYS, {"s": seller, "since": today - HISTORY, "today": today}):
        found.setdefault(row.marketplace, []).append(Counts(*row[1:]))
    return found


def put_refusals(connection: Connection, seller: str, marketplace: str, today: date, in_a_row: int) -> None:
    """How many refusals in unknown words came since the last other answer."""
    row = {"seller": seller, "marketplace": marketplace, "day": today, "refused_in_a_row": in_a_row}
    upsert(connection, daily_counts, [row])


def refused_before(connection: Connection, seller: str, order_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these orders Amazon has not offered before, or refused in unknown words: with the reason."""
    return {(row.order_id, row.reason) for row in connection.execute(_REFUSED, {"s": seller, "ids": order_ids})}


def settings_came(connection: Connection, seller: str, now: datetime) -> None:
    """New settings: what is looked at now, is so because of them."""
    meta.put(connection, SETTINGS_AT + seller, now.isoformat())


def settings_at(connection: Connection, seller: str) -> datetime | None:
    """When the last new settings came, and all open orders were to be decided again."""
    return meta.moment(connection, SETTINGS_AT + seller)


def refunds_told(connection: Connection, seller: str, count: int, now: datetime) -> None:
    """So many refunds were told that were not known yet."""
    key = {"seller": seller, "marketplace": WHOLE, "day": day_of(now)}
    add_up(connection, daily_counts, key, {"refunds": count})
    meta.put(connection, REFUND_AT + seller, now.isoformat())


def refund_told_at(connection: Connection, seller: str) -> datetime | None:
    """When a refund was told last."""
    return meta.moment(connection, REFUND_AT + seller)


# the brakes


@dataclass(frozen=True, slots=True)
class Braking:
    """A brake that stops requests, or that did. `marketplace` is empty for the seller as a whole."""

    id: int
    seller: str
    marketplace: str
    brake: Brake
    since: datetime
    measure: int
    limit: int
    cause: str
    until: datetime | None
    ended_at: datetime | None
    ended_by: str | None

    @property
    def scope(self) -> str:
        """That of its stop."""
        return str(Scope(self.seller, self.marketplace, Action.REVIEW))


def brake(
    connection: Connection, seller: str, marketplace: str, found: Verdict, now: datetime, until: datetime | None
) -> Braking:
    """Stop the marketplace's requests, and say why."""
    row: dict[str, Any] = {
        "seller": seller,
        "marketplace": marketplace,
        "brake": found.brake.value,
        "since": now,
        "measure": found.measure,
        "limit": found.limit,
        "cause": found.cause,
        "until": until,
    }
    key = connection.execute(insert(brakings).values(row)).inserted_primary_key
    made = Braking(key[0] if key else 0, **{**row, "brake": found.brake}, ended_at=None, ended_by=None)
    controls.stop(connection, made.scope, Reason.BRAKED, until=until, detail=found.cause, at=now)
    return made


def in_force(connection: Connection, sellers: Iterable[str] | None = None) -> list[Braking]:
    """The brakes that stop requests, of these sellers or of all, oldest first."""
    query = select(brakings).where(brakings.c.ended_at.is_(None)).order_by(brakings.c.id)
    found = connection.execute(query if sellers is None else query.where(brakings.c.seller.in_([*sellers])))
    return [_braking(row) for row in found]


def lately(connection: Connection, seller: str, since: datetime) -> list[Braking]:
    """The seller's brakes that stop requests, or that ended since then."""
    return [_braking(row) for row in connection.execute(_LATELY, {"s": seller, "since": since})]


def end(connection: Connection, ended: Braking, now: datetime, by: str | None) -> None:
    """Let the marketplace's requests go on, if no other brake stops them. What waits for it is looked at now."""
    mine = update(brakings).where(brakings.c.id == ended.id)
    connection.execute(mine.values(ended_at=now, ended_by=by))
    if not any(each.scope == ended.scope for each in in_force(connection, [ended.seller])):
        controls.lift_alone(connection, ended.scope, Reason.BRAKED)
    REVIEWS.look_at(connection, ended.seller, State.DUE, Reason.BRAKED, now)


def forget_counts(connection: Connection, seller: str, marketplace: str, since: date, what: Iterable[str]) -> None:
    """Count these anew, from that day on: what made a brake is known, and is not to make another."""
    mine = (daily_counts.c.seller == seller) & (daily_counts.c.day >= since)
    mine &= daily_counts.c.marketplace == marketplace
    connection.execute(update(daily_counts).where(mine).values(dict.fromkeys(what, 0)))


def stopped_orders(connection: Connection, seller: str, marketplace: str, limit: int) -> tuple[int, list[str]]:
    """How many orders are due there and do not go out, and the ids of those whose deadline is nearest."""
    mine = (entries.c.seller == seller) & (entries.c.state == State.DUE.value) & entries.c.next_look_at.is_not(None)
    mine &= REVIEWS.is_mine
    found = select(entries.c.order_id).where(mine)
    if marketplace:
        of_order = (entries.c.seller == orders.c.seller) & (entries.c.order_id == orders.c.order_id)
        there = orders.c.placed.like(f'%"marketplace_id":"{MARKETPLACES[marketplace].marketplace_id}"%')
        found = found.join(orders, of_order).where(there)
    count = connection.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    ids = connection.execute(found.order_by(entries.c.deadline, entries.c.order_id).limit(limit)).scalars()
    return int(count), list(ids)


def _braking(row: Any) -> Braking:
    return Braking(**{**row._mapping, "brake": Brake(row.brake)})


_DAYS = (
    select(daily_counts.c.marketplace, *(daily_counts.c[name] for name in Counts.__struct_fields__))
    .where(
        daily_counts.c.seller == bindparam("s"),
        daily_counts.c.day >= bindparam("since"),
        daily_counts.c.day <= bindparam("today"),
    )
    .order_by(daily_counts.c.day)
)
_REFUSED = (
    select(attempts.c.order_id, attempts.c.reason)
    .distinct()
    .where(
        attempts.c.seller == bindparam("s"),
        attempts.c.order_id.in_(bindparam("ids", expanding=True)),
        attempts.c.reason.in_([Reason.NOT_OFFERED.value, Reason.UNKNOWN_REFUSAL.value]),
    )
)
_LATELY = (
    select(brakings)
    .where(
        brakings.c.seller == bindparam("s"),
        or_(brakings.c.ended_at.is_(None), brakings.c.ended_at >= bindparam("since")),
    )
    .order_by(brakings.c.id)
)
