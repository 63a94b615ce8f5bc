"""The tick of alerts: look, write messages in the same transaction, send them, and call the dead man's switch."""

import logging
from collections.abc import Iterable
from datetime import datetime

from ledger import alerts, messages, meta
from ledger.database import Connection
from tasks.alerts import digest, words
from tasks.alerts.causes import Cause, causes
from tasks.alerts.change import compare
from tasks.alerts.receiver import Receiver, Tone
from tasks.app import App
from tasks.check.alerts import PING

log = logging.getLogger("askonce.alerts")


def watch(app: App, _seller: str | None = None) -> None:
    """Tell what is wrong, or over, and once a day how it stands. A demo or a replay tells nobody."""
    if app.settings is None or not app.sellers:
        return
    now = app.clock.now()
    with app.ledger.read() as connection:
        is_time = alerts.is_time(connection, now)
    if is_time:
        found = causes(app, now)
        if _look(app, found, now):
            _ping(app, "fail" if found else "")
    deliver(app)


def _look(app: App, found: Iterable[Cause], now: datetime) -> bool:
    """Record what was found, with the messages about it. False: another worker was quicker."""
    news = _digest(app, now)
    with app.ledger.begin() as connection:
        if not alerts.take_turn(connection, now):
            return False
        change = compare(alerts.known(connection), found, now, telling=bool(app.receivers))
        alerts.record(connection, change.changed)
        if change.raised:
            _write(connection, app.receivers, Tone.WRONG, words.raised(change.raised), now)
        if change.over:
            _write(connection, app.receivers, Tone.OVER, words.over(change.over), now)
        if news:
            _write(connection, app.receivers, Tone.NEWS, news, now)
        if news or not meta.get(connection, digest.TOLD):
            meta.put(connection, digest.TOLD, digest.day_of(app.sellers, now))
            messages.forget(connection, now)
    return True


def _digest(app: App, now: datetime) -> tuple[str, str] | None:
    """Made before the transaction that writes it, as it counts all orders."""
    with app.ledger.read() as connection:
        if not digest.is_due(connection, app.sellers, now):
            return None
        raised = [each for each in alerts.known(connection).values() if each.over_at is None]
        return digest.digest(connection, app.sellers, raised, now)


def _write(
    connection: Connection, receivers: Iterable[Receiver], tone: Tone, message: tuple[str, str], now: datetime
) -> None:
    title, body = message
    for each in receivers:
        messages.write(connection, (each.fingerprint, each.name), tone, (f"askonce: {title}", body), now)


def deliver(app: App) -> None:
    """Send what is to be sent. Of a receiver that does not take a message, the others wait for the next tick."""
    for receiver in app.receivers:
        while not app.stopping.is_set() and _deliver_one(app, receiver):
            pass


def _deliver_one(app: App, receiver: Receiver) -> bool:
    """False: there is no more, or it was not taken."""
    with app.ledger.begin() as connection:
        message = messages.claim(connection, receiver.fingerprint, app.clock.now())
    if message is None:
        return False
    error = receiver.post(message.title, message.body, message.kind)
    with app.ledger.begin() as connection:
        messages.settle(connection, message, error, app.clock.now())
    if error:
        log.error("alerts to %s: not taken: %s. Type: askonce alerts test", receiver.name, error)
    return not error


def _ping(app: App, signal: str) -> None:
    trouble = app.ping(signal) if app.ping else ""
    with app.ledger.read() as connection:
        before = meta.get(connection, PING) or ""
    if trouble != before:
        with app.ledger.begin() as connection:
            meta.put(connection, PING, trouble)
        if trouble:
            log.error("PING_URL: %s", trouble)
