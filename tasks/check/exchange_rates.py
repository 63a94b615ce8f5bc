"""Check, the part about exchange rates: can the file be read, and is it kept up to date?"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from invoices import exchange
from invoices.document import Unmakeable
from settings.schema import Seller
from tasks.check.seller import Check, Outcome

NEWEST = timedelta(days=6)
"""How old the newest rates may be: the longest that no authority publishes any, and a day to fetch them."""


def check_exchange_rates(seller: Seller, now: datetime) -> Iterator[Check]:
    """Nothing for a seller whose settings name no file: an invoice that needs a rate is held, and says so."""
    file = seller.invoices.exchange_rates
    if file is None:
        return
    name, remedy = f"{seller.name}: exchange rates", f"bring a newer {file}: docs/invoices.md#set-it-up has the command"
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
