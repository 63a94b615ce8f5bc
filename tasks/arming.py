"""Arming: a person's word, in the ledger, that a seller may send. The settings' `live` is the other half."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ledger import armings
from ledger.armings import Arming
from ledger.controls import Stop
from ledger.database import Connection, Ledger
from ledger.lanes import Lane
from ledger.seen import Seen
from rules.reason import Reason
from tasks import audit
from tasks.audit import Act, Person

OLDER = "the ledger is older than what was seen here, as after a restore from a backup: it has forgotten what was sent"


def arm(ledger: Ledger, seller: str, by: Person, now: datetime) -> Arming | None:
    """Arm the seller from now on. Returns its arming if it was armed already: that stays as it is."""
    with ledger.begin() as connection:
        known = armings.of(connection, seller)
        if known and not known.lost:
            return known
        before = {"lost": known.lost} if known else None
        audit.record(connection, by, Act.ARM, now, seller=seller, before=before)
        armings.arm(connection, seller, by.name, by.place, now)
    return None


def disarm(ledger: Ledger, seller: str, by: Person, now: datetime) -> bool:
    """Nothing goes out for the seller any more until it is armed anew. Returns whether it was armed."""
    with ledger.begin() as connection:
        audit.record(connection, by, Act.DISARM, now, seller=seller)
        return armings.disarm(connection, seller)


def look(connection: Connection, lane: Lane, seen: Seen) -> Arming | None:
    """The seller's arming as a session begins. Where the ledger is a copy, or an older one, it is lost from now on."""
    known = armings.of(connection, lane.seller)
    if known is None:
        return None
    why = known.lost or (OLDER if seen.contradicts(lane.seller, known.at, lane.token) else None)
    if why is None:
        return known
    armings.lose(connection, lane.seller, why)
    return None


def stops(connection: Connection, sellers: Iterable[str]) -> Iterator[Stop]:
    """Which of these sellers are not armed, and why, in the words of stops."""
    known = armings.known(connection)
    for seller in sellers:
        found = known.get(seller)
        if found is None or found.lost:
            yield Stop(seller, Reason.NOT_ARMED, None, found.lost or "" if found else "")
