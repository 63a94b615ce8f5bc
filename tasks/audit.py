"""Who did what: each act of a person is a row, written in the transaction of the act itself, and never changed.

A row has no buyer's data and no secret, and it is kept for ever. So a person's reasons, in words, stay with the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledger import acts
from ledger.acts import Recorded
from ledger.database import Connection, Ledger
from ledger.transitions import Key
from marketplace.words import clean


class Act(StrEnum):
    """What a person can do."""

    PAUSE = "pause"
    RESUME = "resume"
    ARM = "arm"
    DISARM = "disarm"
    RELEASE = "release"
    RESOLVE = "resolve"
    SKIP = "skip"
    UNDO_SKIP = "undo_skip"
    ASK = "ask"
    BULK = "bulk"
    IMPORT = "import_asked"
    UNDO_IMPORT = "undo_import"
    RENAME = acts.RENAME
    FORGET = "forget"
    RESEND = "invoice_resend"
    CREDIT = "invoice_credit"
    CORRECT = "invoice_correct"
    SETTINGS = "settings"
    SECRETS = "secrets"
    USER_ADD = "user_add"
    USER_CHANGE = "user_change"
    USER_PASSWORD = "user_password"  # noqa: S105  # the name of an act
    USER_UNLOCK = "user_unlock"
    USER_REMOVE = "user_remove"


@dataclass(frozen=True, slots=True)
class Person:
    """Who does it, and where: made at the edge, as time is. `place`: the command line or the page, and the machine."""

    name: str
    place: str


def the_file(holder: str) -> Person:
    """Whoever edited the settings, as the process `holder` has read them."""
    return Person("the file", f"settings on {holder.partition(' ')[0]}")


def record(
    connection: Connection,
    by: Person,
    act: Act,
    now: datetime,
    *,
    seller: str | None = None,
    order_id: str | None = None,
    action: str | None = None,
    part: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write who did what, in the transaction of the act. `seller`: None: all.

    `before`, `after`: what it changed, as small values by name: text, numbers, times, and lists of these. Tokens and
    addresses in a text become "…".
    """
    about = (seller, order_id, action, part, _cleaned(before), _cleaned(after))
    acts.append(connection, Recorded(now, clean(by.name, 100), clean(by.place, 200), act, *about))


def newest(ledger: Ledger) -> int:
    """A number that is another one after each act of a person."""
    with ledger.read() as connection:
        return acts.newest(connection)


def about(seller: str, key: Key) -> dict[str, Any]:
    """The arguments of `record` that name a request or a document."""
    return {"seller": seller, "order_id": key.order_id, "action": key.action, "part": key.part or None}


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {str(name): _cleaned(each) for name, each in value.items()}
        case list() | tuple():
            return [_cleaned(each) for each in value]
    return value
