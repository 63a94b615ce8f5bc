"""The European Central Bank's exchange rates, as the ledger keeps them. A file that the settings name goes first.

Fetched on a day (tasks/fetch_rates.py), they are whole up to the day before: that is what an invoice of this day needs.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.json import decode, encode

from invoices import exchange
from invoices.exchange import ECB, Rates
from ledger import meta
from ledger.database import Connection, Ledger
from settings.schema import Seller

Costs = Mapping[date, Mapping[str, Decimal]]
COSTS, READING = "exchange_rates", "exchange_rates_reading"


class Reading(Struct, frozen=True):
    """`day`: of the bank's calendar, on which the rates that are kept were fetched; None: none are."""

    asked_at: datetime | None = None
    day: date | None = None
    error: str | None = None

    @property
    def text(self) -> str:
        """As the ledger keeps it."""
        return encode(self).decode()


def read(text: str | None) -> Reading:
    """How the last fetch went, from how the ledger keeps it."""
    return decode(text or "{}", type=Reading)


def reading(connection: Connection) -> Reading:
    return read(meta.get(connection, READING))


def costs(connection: Connection) -> Costs:
    """What a euro costs, by day and currency."""
    return decode(meta.get(connection, COSTS) or "{}", type=dict[date, dict[str, Decimal]])


def known(ledger: Ledger) -> Rates | None:
    """What is kept; None: nothing was fetched yet."""
    with ledger.read() as connection:
        kept, last = costs(connection), reading(connection)
    return Rates(ECB, tuple(sorted(kept)), kept, last.day - timedelta(days=1)) if last.day else None


def of_the_bank(ledger: Ledger, file: Path | None) -> Rates | None:
    """The European Central Bank's alone: those of a file of its own, else what is kept.

    Raises Unmakeable if its file cannot be read.
    """
    rates = exchange.read(file) if file else None
    return rates if rates and rates.source == ECB else known(ledger)


def are_needed_by(seller: Seller) -> bool:
    """Whether invoices are made here that may need rates, and no file of them is named."""
    wish = seller.invoices
    return wish.enabled and seller.region == "eu" and wish.source == "generate" and wish.exchange_rates is None
