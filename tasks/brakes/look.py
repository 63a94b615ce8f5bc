"""Compare what happened today with what is usual, and stop what is not. Done before anything of a seller is sent."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime

from ledger import brakes, sources
from ledger.brakes import WHOLE, Braking, day_of
from ledger.database import Connection
from rules.brakes import ACCEPTED, RESTS, Brake, Days, Verdict, judge, silence
from rules.order import Source
from rules.window import DAY
from settings.schema import Seller
from tasks.session import SellerSession

log = logging.getLogger("askonce.brakes")

MEASURES: Mapping[Brake, tuple[tuple[str, ...], int]] = {
    Brake.NOT_OFFERED: (("offered", "not_offered"), 3),
    Brake.MANY_DUE: (("due", "due_by_settings"), 1),
    Brake.SETTINGS_DUE: (("due", "due_by_settings"), 1),
    Brake.MANY_DELIVERED: (("delivered",), 1),
    Brake.DATES_CHANGED: (("redated",), 1),
    Brake.REFUNDS_TAKEN_BACK: (("taken_back",), 1),
    Brake.UNKNOWN_REFUSALS: (("refused_in_a_row",), 60),
    Brake.REFUNDS_SILENT: ((), 1),
}
"""What each brake measures, of how many days: counted anew when it ends, so that it does not stop again at once."""


def look(session: SellerSession) -> None:
    """Stop what is not usual, and end the brakes that end by themselves. Writes only if there is one of either."""
    now = session.clock.now()
    with session.ledger.read() as connection:
        found = list(_found(connection, session.seller, now))
        over = list(_over(connection, session.seller, now))
    if found or over:
        with session.begin() as connection:
            for each in over:
                finish(connection, each, now, None)
            for marketplace, verdict in found:
                put(connection, session.name, marketplace, verdict, now)


def put(connection: Connection, seller: str, marketplace: str, verdict: Verdict, now: datetime) -> Braking:
    """Stop the marketplace, and say so."""
    rests = RESTS.get(verdict.brake)
    made = brakes.brake(connection, seller, marketplace, verdict, now, now + rests if rests else None)
    where = f"{seller} {marketplace}".rstrip()
    log.warning("%s: braked: %s (limit: %d). Type: askonce brakes", where, verdict.cause, verdict.limit)
    return made


def finish(connection: Connection, braking: Braking, now: datetime, by: str | None) -> None:
    """Let the marketplace go on, and count anew what was measured. `by`: who released it; None: it ended by itself."""
    what, span = MEASURES[braking.brake]
    if what:
        since = day_of(now) - (span - 1) * DAY
        brakes.forget_counts(connection, braking.seller, braking.marketplace, since, what)
    brakes.end(connection, braking, now, by)
    if by is None:
        log.warning("%s: no longer braked: %s", braking.scope, braking.brake)


def left_alone(connection: Connection, seller: str, now: datetime) -> set[tuple[str, Brake]]:
    """By marketplace: the brakes that stop it already, and those that a person released lately."""
    return {
        (each.marketplace, each.brake) for each in brakes.lately(connection, seller, now - ACCEPTED) if _is_known(each)
    }


def _is_known(braking: Braking) -> bool:
    return braking.ended_at is None or braking.ended_by is not None


def _found(connection: Connection, seller: Seller, now: datetime) -> Iterator[tuple[str, Verdict]]:
    days = brakes.days(connection, seller.name, day_of(now))
    known = left_alone(connection, seller.name, now)
    for marketplace, verdict in _judged(connection, seller, days, now):
        if (marketplace, verdict.brake) not in known and verdict.brake not in seller.brakes.off:
            yield marketplace, verdict


def _judged(
    connection: Connection, seller: Seller, days: Mapping[str, Days], now: datetime
) -> Iterator[tuple[str, Verdict]]:
    for marketplace, counted in days.items():
        if marketplace:
            for verdict in judge(counted, seller.brakes, day_of(now)):
                yield marketplace, verdict
        elif as_of := sources.readings(connection, seller.name)[Source.FINANCES].as_of:
            told_at = brakes.refund_told_at(connection, seller.name)
            if silent := silence(counted, seller.brakes, told_at, as_of):
                yield WHOLE, silent


def _over(connection: Connection, seller: Seller, now: datetime) -> Iterator[Braking]:
    """Brakes that have rested long enough, that wait for a refund that was told, or that are switched off."""
    for each in brakes.in_force(connection, [seller.name]):
        told_at = brakes.refund_told_at(connection, seller.name) if each.brake is Brake.REFUNDS_SILENT else None
        rested = each.until is not None and each.until <= now
        if rested or (told_at and told_at > each.since) or each.brake in seller.brakes.off:
            yield each
