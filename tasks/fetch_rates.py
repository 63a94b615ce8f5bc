"""Fetch the European Central Bank's exchange rates, once a day. What is kept of them: tasks/invoices/official_rates.py.

A file that cannot be had, is cut short or is odd changes nothing that is kept, and is asked for again after six hours.
What was kept of a day stays as it was kept, whatever a later file says.
"""

import logging
from datetime import date, datetime, timedelta
from itertools import pairwise

from msgspec.json import encode

from invoices import exchange
from ledger import meta
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.state import State
from marketplace.ecb import LATER, published_before
from marketplace.errors import Busy
from rules.reason import Reason
from settings.marketplaces import zone
from tasks.app import App
from tasks.invoices.official_rates import COSTS, READING, Costs, Reading, are_needed_by, costs, read

log = logging.getLogger("askonce.rates")

BANKS_ZONE = "Europe/Berlin"
KEPT = timedelta(days=4 * 366)
"""A one-stop shop's return may be corrected for three years after it was due (Directive 2006/112/EC, art. 369i)."""
CURRENCIES = frozenset({"CHF", "CZK", "DKK", "GBP", "HUF", "NOK", "PLN", "RON", "SEK", "TRY", "USD"})
"""In which orders of Amazon's stores in Europe are paid, or VAT is due."""


def fetch_rates(app: App, _seller: str | None = None) -> None:
    """Fetch the rates if they were not fetched today, and some seller's invoices may need them."""
    sellers = [name for name, seller in app.sellers.items() if are_needed_by(seller)]
    now = app.clock.now()
    if app.central_bank is None or not sellers or (last := _claimed(app.ledger, now)) is None:
        return
    try:
        new = believed(app.central_bank.history(), _day(now))
    except (Busy, ValueError) as why:
        log.warning("the exchange rates of the European Central Bank are not read: %s", why)
        with app.ledger.begin() as connection:
            meta.put(connection, READING, Reading(now, last.day, str(why)).text)
        return
    with app.ledger.begin() as connection:
        meta.put(connection, COSTS, encode(_kept(costs(connection), new, _day(now))).decode())
        meta.put(connection, READING, Reading(now, _day(now)).text)
        for name in sellers:  # what waited for them
            DOCUMENTS.look_at(connection, name, State.HELD, Reason.TAX_DATA_MISSING, now)
    log.info("exchange rates of the European Central Bank read, up to %s", max(new))


def believed(data: bytes, today: date) -> Costs:
    """What is needed of the bank's file, as it comes today. Raises ValueError, which says why it is not believed."""
    if not data.startswith(b"PK"):  # anything else may look whole when it is cut short
        raise ValueError("it is no whole zip file")
    found = exchange.parsed(data)
    newest = max(found, default=None)
    if newest is None or not published_before(today) <= newest <= today:
        raise ValueError(f"its newest rates are of {newest or 'no day'}")
    recent = {day: of for day, of in found.items() if day >= today - KEPT}
    needed = {day: {name: cost for name, cost in of.items() if name in CURRENCIES} for day, of in recent.items()}
    _must_be_steady(needed)
    return needed


def _must_be_steady(found: Costs) -> None:
    """No currency doubles or halves from one day to the next: raises ValueError."""
    for (_, before), (day, after) in pairwise(sorted(found.items())):
        for name in before.keys() & after.keys():
            if not before[name] / 2 < after[name] < before[name] * 2:
                raise ValueError(f"its {name} goes from {before[name]} to {after[name]} on {day}")


def _kept(before: Costs, new: Costs, today: date) -> Costs:
    days = {day for day in (*before, *new) if day >= today - KEPT}
    return {day: {**new.get(day, {}), **before.get(day, {})} for day in sorted(days)}


def _claimed(ledger: Ledger, now: datetime) -> Reading | None:
    """The reading before, if this process is to fetch today's; None: another has, or does, or has tried lately."""
    with ledger.begin() as connection:
        found = meta.get(connection, READING)
        last = read(found)
        tried = last.asked_at and _day(last.asked_at) == _day(now) and timedelta() <= now - last.asked_at < LATER
        if last.day == _day(now) or tried:
            return None
        mine = meta.claim(connection, READING, found, Reading(now, last.day, last.error).text)
    return last if mine else None


def _day(moment: datetime) -> date:
    """On the bank's calendar."""
    return moment.astimezone(zone(BANKS_ZONE)).date()
