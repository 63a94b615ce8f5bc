"""Check, the part about exchange rates: can they be read, and are they up to date?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from invoices import exchange
from invoices.document import Unmakeable
from ledger.database import Ledger
from settings.schema import Seller
from tasks.check.seller import Check, Outcome
from tasks.invoices.official_rates import are_needed_by, known, reading

NEWEST = timedelta(days=6)
"""How old the newest rates may be: the longest that no authority publishes any, and a day to fetch them."""
FETCHED = timedelta(days=2)
"""How long ago the fetched rates may have been read: they are fetched once a day."""


def check_exchange_rates(ledger: Ledger, seller: Seller, now: datetime) -> Iterator[Check]:
    """Nothing for a seller who names no file while none were ever asked for: an invoice that needs a rate says so."""
    name = f"{seller.name}: exchange rates"
    file = seller.invoices.exchange_rates
    if file is None:
        if are_needed_by(seller):
            yield from _fetched(ledger, name, now)
        return
    remedy = f"bring a newer {file}: docs/invoices.md#set-it-up has the command"
    try:
        rates = exchange.read(file)
    except Unmakeable as why:
        yield Check(name, Outcome.FAIL, why.detail, remedy)
        return
    last = max(rates.days, default=None)
    if last is None or now.date() - last > NEWEST:
        yield Check(name, Outcome.FAIL, f"the newest in {file} are of {last or 'no day'}", remedy)
    else:
        yield Check(name, Outcome.PASS, f"{rates.source}, up to {last}")


def _fetched(ledger: Ledger, name: str, now: datetime) -> Iterator[Check]:
    """Only an invoice in a foreign currency needs them: without them nothing has failed yet."""
    with ledger.read() as connection:
        last = reading(connection)
    if last.asked_at is None:
        return
    rates = known(ledger)
    said = f"ECB, up to {rates.days[-1]}, read on {last.day}" if rates else "ECB: none were fetched yet"
    if last.error or last.day is None or now.date() - last.day > FETCHED:
        remedy = "let this machine reach www.ecb.europa.eu, or name a file: docs/invoices.md#set-it-up"
        yield Check(name, Outcome.UNKNOWN, f"{said}. {last.error or ''}".strip(". "), remedy)
    else:
        yield Check(name, Outcome.PASS, said)
