"""Tell the log, unasked: once an hour that somebody is at work and what comes next, once a day what the day brought."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from ledger import meta
from ledger.database import Connection
from settings.schema import Seller
from tasks.app import App
from tasks.day import day_lines
from tasks.gate import day_start
from tasks.status import Status, status

log = logging.getLogger("askonce.day")

EVERY = timedelta(minutes=55)
"""The tick comes once an hour, and again after each restart."""
TOLD = "told"


@dataclass(slots=True)
class _Told:
    """What was told last. Times and days as text, for JSON; days by time zone."""

    at: str = ""
    days: dict[str, str] = field(default_factory=dict)


def tell(app: App, _seller: str | None = None) -> None:
    """Say what was not said yet. A demo or a replay is shown in other ways."""
    if app.settings is None:
        return
    now = app.clock.now()
    with app.ledger.begin() as connection:
        told = _Told(**json.loads(meta.get(connection, TOLD) or "{}"))
        if told.at and timedelta() <= now - datetime.fromisoformat(told.at) < EVERY:
            return
        lines = list(_days(connection, app.sellers, told, now))
        told.at = now.isoformat()
        meta.put(connection, TOLD, json.dumps(asdict(told)))
    for line in lines:
        log.info("%s", line)
    _hour(status(app.ledger, app.sellers, now, app.stop_file), app.sellers, now)


def _hour(found: Status, sellers: Mapping[str, Seller], now: datetime) -> None:
    if found.needs_attention:
        log.warning("%s. Type: askonce status", found.line)
        return
    times = [(each.next_at, each.seller) for each in found.sellers if each.next_at]
    at, seller = min(times, default=(None, ""))
    if at is None:
        log.info("%s; nothing is to come yet", found.line)
    else:
        when = "now" if at <= now else f"{at.astimezone(sellers[seller].zone):%d %b %H:%M %Z}"
        log.info("%s; next: %s, for %s", found.line, when, seller)


def _days(connection: Connection, sellers: Mapping[str, Seller], told: _Told, now: datetime) -> Iterator[str]:
    """A line for each seller whose day is over since the last time; of the first day nothing is said."""
    for zone in sorted({seller.zone.key for seller in sellers.values()}):
        there = [seller for seller in sellers.values() if seller.zone.key == zone]
        today = day_start(there[0], now)
        day = f"{today.astimezone(there[0].zone):%Y-%m-%d}"
        before = told.days.get(zone, day)
        told.days[zone] = day
        if before < day:
            yield from day_lines(connection, there, today)
