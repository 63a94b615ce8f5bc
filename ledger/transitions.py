"""What work is named by, what becomes of it, and every answer that led there."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert

from ledger.hot_statements import HotStatement
from ledger.settings_at_work import digits
from ledger.state import State
from ledger.tables import attempts
from rules.reason import Reason
from rules.text import storable


class Key(Struct, frozen=True):
    """Which work of a seller. `part`: "" for the whole order, a shipment's id, or a refund's transaction id."""

    order_id: str
    action: str
    part: str = ""


class Transition(Struct, frozen=True):
    """What becomes of it: its state, why, and when to look again (None: never). What is None of the rest stays."""

    key: Key
    state: State
    reason: Reason
    next_look_at: datetime | None = None
    deadline: datetime | None = None
    tries: int = 0
    business: bool | None = None  # documents only
    feed_id: str | None = None  # documents only


class Answered(Struct, frozen=True):
    """What the marketplace answered, for the attempts table."""

    detail: str = ""
    status: int | None = None
    request_id: str | None = None


def record_attempt(
    connection: Connection, seller: str, transition: Transition, answered: Answered, now: datetime
) -> None:
    """Append what was answered. Never changed afterwards."""
    _ATTEMPT.run(
        connection,
        {
            "seller": seller,
            "order_id": transition.key.order_id,
            "action": transition.key.action,
            "part": transition.key.part,
            "at": now,
            "state": transition.state,
            "reason": transition.reason,
            "detail": storable(answered.detail),
            "status": answered.status,
            "request_id": answered.request_id and storable(answered.request_id)[:_REQUEST_ID],
        },
    )


_REQUEST_ID = 128  # characters of its column
_ATTEMPT = HotStatement(
    insert(attempts)
    .inline()
    .values({column.name: bindparam(column.name) for column in attempts.c if column.name not in ("id", "settings")})
    .values(settings=digits(bindparam("seller", type_=attempts.c.seller.type)))
)
