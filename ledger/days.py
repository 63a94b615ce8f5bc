"""What a day brought, and what the next one will: counted once a day, in two statements, whatever is stored."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from ledger.requests import COMING, REVIEWS
from ledger.state import ENDED, State
from ledger.tables import entries, invoices


def ended(connection: Connection, since: datetime, until: datetime) -> Mapping[str, Counter[str]]:
    """By seller: how many requests came to their end in that time; `sent`, or the reason why not."""
    is_sent = entries.c.state == State.SENT.value
    at = case((is_sent, entries.c.asked_at), else_=entries.c.changed_at)
    what = case((is_sent, State.SENT.value), else_=entries.c.reason)
    query = select(entries.c.seller, what.label("what"), func.count().label("number")).where(
        REVIEWS.is_mine, entries.c.state.in_([state.value for state in ENDED]), at >= since, at < until
    )
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(query.group_by(entries.c.seller, "what")):
        found[row.seller][row.what] = row.number
    return found


def to_come(connection: Connection, until: datetime) -> Counter[str]:
    """By seller: how many requests are due, or go out by then if no fact changes."""
    soon = entries.c.next_look_at.is_not(None) & (entries.c.next_look_at < until)
    query = select(entries.c.seller, func.count().label("number")).where(REVIEWS.is_mine, soon, COMING)
    return Counter({row.seller: row.number for row in connection.execute(query.group_by(entries.c.seller))})


def documents_sent(connection: Connection, since: datetime, until: datetime) -> Counter[str]:
    """By seller: how many invoices and credit notes went out, or may have."""
    query = select(invoices.c.seller, func.count().label("number")).where(
        invoices.c.asked_at >= since, invoices.c.asked_at < until
    )
    return Counter({row.seller: row.number for row in connection.execute(query.group_by(invoices.c.seller))})
