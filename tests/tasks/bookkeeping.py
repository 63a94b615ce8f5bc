"""One seller's kept documents, real ones: made, sealed and brought to where the tests of the commands need them."""

from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from invoices import page
from invoices.document import Document, Kind
from invoices.vault import Vault
from ledger import documents, numbers, orders
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Content
from ledger.numbers import Made
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from settings.invoices import Invoices, InvoiceSeller
from settings.schema import Seller
from tests.armed import arm
from tests.invoices.samples import PLAIN
from tests.rules.examples import ORDER

NOW = datetime.now(UTC).replace(microsecond=0)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = bytes(range(32))
OTHER_KEY = bytes(32)
WITH_INVOICES: dict[str, Queue[Any]] = {Action.REVIEW: REVIEWS, Action.INVOICE: DOCUMENTS}
"""What a new order opens, of a seller who wants invoices."""
TOKEN = 7
VAULT = Vault(KEY)
ENDS = {
    State.SUBMITTED: (Reason.SUBMITTED, NOW + HOUR),
    State.UNCLEAR: (Reason.UNCLEAR, NOW + HOUR),
    State.SENT: (Reason.INVOICED, None),
    State.REFUSED: (Reason.INVOICED_BY_AMAZON, None),
    State.HELD: (Reason.INVOICE_REJECTED, None),
}
DURAND = InvoiceSeller(
    name="Maison Durand SARL",
    lines=("12 rue des Lilas",),
    postal_code="75011",
    city="Paris",
    country="FR",
    vat_numbers={"FR": "FR11123456782"},
)
SETTINGS = """
[sellers.{name}.invoices]
enabled = true
since = 2026-01-01
{more}
[sellers.{name}.invoices.seller]
name = "Maison Durand SARL"
lines = ["12 rue des Lilas"]
postal_code = "75011"
city = "Paris"
country = "FR"
vat_numbers = {{ FR = "FR11123456782" }}
"""
ENVIRONMENT = {"INVOICE_KEY": b64encode(KEY).decode()}


def seller(name: str = "maison-durand", *, live: bool = True, **wish: Any) -> Seller:
    """A seller who wants invoices."""
    footer = ("SARL, capital 5 000 €", "RCS Lyon 303 265 045")
    wanted: dict[str, Any] = {"enabled": True, "since": date(2026, 1, 1), "seller": DURAND, "footer": footer}
    marketplaces = ("FR", "DE")
    settings = Invoices(**wanted | wish)
    return Seller(name=name, region="eu", marketplaces=marketplaces, live=live, ramp_up=(), invoices=settings)


@cache
def document(number: str) -> Document:
    """A real PDF with its XML, of that number."""
    return page.document(replace(PLAIN, kind=Kind.INVOICE, number=number), None)


@dataclass(frozen=True)
class Shelf:
    """What one seller's ledger holds."""

    ledger: Ledger
    seller: str = "maison-durand"

    def __post_init__(self) -> None:
        arm(self.ledger, self.seller)

    def order(self, order_id: str, **changes: Any) -> None:
        """An order that the Orders API has named, whose invoice is still to be decided."""
        named = replace(ORDER, order_id=order_id, purchased_at=NOW - 5 * DAY, **changes)
        with self.ledger.begin() as connection:
            orders.record_orders(connection, self.seller, [named], as_of=NOW, previous=None, opens=WITH_INVOICES)

    def move(
        self, order_id: str, state: State, reason: Reason, *, kind: Action = Action.INVOICE, part: str = "", **more: Any
    ) -> None:
        """What the sweep decided."""
        with self.ledger.begin() as connection:
            key = Key(order_id, kind, part)
            DOCUMENTS.open(connection, self.seller, [key], NOW)
            DOCUMENTS.decide(connection, self.seller, [Transition(key, state, reason, **more)], NOW)

    def keep(
        self,
        order_id: str,
        *,
        kind: Action = Action.INVOICE,
        part: str = "",
        number: str | None = None,
        total: str = "94.98",
        vat: str | None = "15.83",
        pdf: bytes | None = None,
        issued_on: date | None = None,
        business: bool = False,
        deadline: datetime | None = None,
    ) -> str:
        """Make the document: from our own series, or with the number that bookkeeping gave. Returns the number."""
        self.move(
            order_id,
            State.DUE,
            Reason.DUE,
            kind=kind,
            part=part,
            next_look_at=NOW,
            deadline=deadline or NOW + DAY,
            business=business,
        )
        series = "{number:06}" if kind is Action.INVOICE else "C{number:06}"
        with self.ledger.begin() as connection:
            serial = None if number else numbers.next_serial(connection, self.seller, series)
            name = number or series.format(number=serial.serial if serial else 0)
            content = document(name).pdf if pdf is None else pdf
            kept = Made(
                number=name,
                serial=serial,
                issued_on=issued_on or NOW.date(),
                total=Decimal(total),
                vat=Decimal(vat) if vat else None,
                currency="EUR",
                sha256=sha256(content).hexdigest(),
                record=None,
                pdf=VAULT.seal(content, f"{self.seller}/{name}/pdf"),
                keep_until=NOW + 3650 * DAY,
            )
            numbers.keep(connection, self.seller, Key(order_id, kind, part), kept)
        return name

    def settle(
        self, order_id: str, state: State, *, kind: Action = Action.INVOICE, part: str = "", at: datetime = NOW
    ) -> None:
        """Claim the made document, and let Amazon answer."""
        key = Key(order_id, kind, part)
        move = Transition(key, state, *ENDS[state])
        with self.ledger.begin() as connection:
            assert DOCUMENTS.claim(connection, self.seller, key, TOKEN, at)
            answered = Answered(f"led to {state}", 202, f"request-{state}")
            assert DOCUMENTS.settle(connection, self.seller, TOKEN, move, answered, at, asked=True)

    def sent(self, order_id: str, **made: Any) -> str:
        """An order whose document was made and accepted."""
        if made.get("kind", Action.INVOICE) is Action.INVOICE and not made.get("part"):
            self.order(order_id)
        number = self.keep(order_id, **made)
        self.settle(order_id, State.SENT, kind=made.get("kind", Action.INVOICE), part=made.get("part", ""))
        return number

    def rows(self, order_id: str) -> dict[Key, Any]:
        with self.ledger.read() as connection:
            return {row.key: row for row in DOCUMENTS.of_order(connection, self.seller, order_id)}

    def row(self, order_id: str) -> Any:
        return self.rows(order_id)[Key(order_id, Action.INVOICE)]

    def content(self, order_id: str) -> Content:
        """The sealed bytes of the whole order's invoice."""
        with self.ledger.read() as connection:
            return documents.content(connection, self.seller, self.row(order_id).key)
