"""Messages to people, and what became of each: written with what they tell, and sent afterwards, each by one worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from ledger.tables import messages

TRY_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
"""After so long a message that was not taken is sent again; after the last of these it is given up. It is the claim,
too: who dies while sending has it sent again after as long, and not more often."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Message:
    """To one receiver, by a fingerprint of its URL. `kind`: failure, success or info. `error`: of the last try."""

    id: int
    receiver: str
    receiver_name: str
    kind: str
    title: str
    body: str
    made_at: datetime
    next_at: datetime | None
    tries: int
    sent_at: datetime | None
    error: str | None


def write(connection: Connection, to: tuple[str, str], kind: str, words: tuple[str, str], now: datetime) -> None:
    """Leave a message to be sent now. `to`: fingerprint and name of the receiver; `words`: title and body."""
    connection.execute(insert(messages).values(**_named(to, kind, words), made_at=now, next_at=now, tries=0))


def record(
    connection: Connection, to: tuple[str, str], kind: str, words: tuple[str, str], error: str, now: datetime
) -> None:
    """Keep a message that was sent already, or not taken (`error`), and is not to be sent again."""
    became = {"tries": 1, "error": error or None, "sent_at": None if error else now}
    connection.execute(insert(messages).values(**_named(to, kind, words), **became, made_at=now))


def _named(to: tuple[str, str], kind: str, words: tuple[str, str]) -> dict[str, str]:
    return dict(zip(("receiver", "receiver_name", "kind", "title", "body"), (*to, kind, *words), strict=True))


def claim(connection: Connection, receiver: str, now: datetime) -> Message | None:
    """Take the receiver's oldest message whose time has come. None: there is none, or another worker was quicker."""
    mine = (messages.c.receiver == receiver) & (messages.c.next_at <= now)
    row = connection.execute(select(messages).where(mine).order_by(messages.c.id).limit(1)).first()
    if row is None:
        return None
    later = now + TRY_AGAIN[row.tries] if row.tries < len(TRY_AGAIN) else None
    taken = update(messages).where(messages.c.id == row.id, messages.c.tries == row.tries)
    if connection.execute(taken.values(tries=row.tries + 1, next_at=later)).rowcount != 1:
        return None
    return Message(**row._mapping)


def settle(connection: Connection, message: Message, error: str, now: datetime) -> None:
    """Record that it was taken, or why not (`error`)."""
    became = {"error": error} if error else {"error": None, "sent_at": now, "next_at": None}
    connection.execute(update(messages).where(messages.c.id == message.id).values(**became))


def last(connection: Connection, count: int) -> list[Message]:
    """The newest, the newest first."""
    rows = connection.execute(select(messages).order_by(messages.c.id.desc()).limit(count))
    return [Message(**row._mapping) for row in rows]


def last_of_each(connection: Connection) -> list[Message]:
    """For each receiver, the last message that was tried."""
    newest = select(func.max(messages.c.id)).where(messages.c.tries > 0).group_by(messages.c.receiver)
    rows = connection.execute(select(messages).where(messages.c.id.in_(newest)).order_by(messages.c.receiver_name))
    return [Message(**row._mapping) for row in rows]


def waiting(connection: Connection) -> int:
    """How many are still to be sent."""
    return int(connection.execute(select(func.count()).where(messages.c.next_at.is_not(None))).scalar_one())


def forget(connection: Connection, now: datetime) -> None:
    """Delete the old ones."""
    connection.execute(delete(messages).where(messages.c.made_at < now - KEPT))
