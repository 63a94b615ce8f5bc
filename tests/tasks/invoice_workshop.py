"""The workshop of a seller who wants invoices: orders with prices and buyers, and what Amazon has of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from invoices.vault import Vault
from ledger import document_reports, documents, history
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Content, Document
from ledger.state import Action, State
from ledger.transitions import Key
from marketplace.amazon.client import Amazon
from marketplace.simulator.invoice_book import AcceptedInvoice
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from rules.order import Item, Money
from settings.marketplaces import MARKETPLACES, Region
from settings.schema import Invoices, Seller
from tasks.invoices.kept import pdf_of, record_of
from tests.tasks.workshop import HOUR, MINUTE, NOW, Workshop
from worker.clock import SimulatedClock
from worker.schedule import RUN

FR, DE, US = (MARKETPLACES[code].marketplace_id for code in ("FR", "DE", "US"))
KEY = bytes(range(32))
MAKER: dict[str, Any] = {
    "name": "Maison Durand SARL",
    "lines": ["12 rue des Lilas"],
    "postal_code": "75011",
    "city": "Paris",
    "country": "FR",
    "vat_numbers": {"FR": "FR11123456782"},
}
JEAN = SimBuyer("Jean Petit", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
MUG = SimPrice(Decimal("36.00"), shipping=Decimal("4.90"), tax_rate=Decimal(20), title="Mug")
FEED, MESSAGE = "createFeed", "sendInvoice"


class InvoiceWorkshop(Workshop):
    """Its sellers want invoices; `wants` takes their settings."""

    def __init__(self, simulator: SimulatorProcess, ledger: Ledger, amazon: Amazon, clock: SimulatedClock) -> None:
        super().__init__(simulator, ledger, amazon, clock)
        self.key(KEY)
        self.resent: set[str] = set()  # orders whose document went out again on purpose

    def key(self, key: bytes) -> None:
        """INVOICE_KEY from now on."""
        self.app = replace(self.app, vault=Vault(key))

    def wants(self, name: str | None = None, *, live: bool = True, region: Region = "eu", **wish: Any) -> None:
        name = name or self.name
        wanted: dict[str, Any] = {"enabled": True, "since": date(2026, 1, 1), "seller": MAKER} | wish
        marketplaces = ("US",) if region == "na" else ("FR", "DE")
        settings = Invoices(**wanted)
        self.sellers[name] = Seller(
            name=name, region=region, marketplaces=marketplaces, live=live, ramp_up=(), invoices=settings
        )
        self.restarts()

    def account(self, **account: Any) -> None:
        self.simulator.set_account(self.name, SimAccount(**account))

    def shipped(self, *prices: SimPrice, **changes: Any) -> str:
        """An order that was shipped an hour ago and is on its way. Returns its id."""
        prices = prices or (MUG,)
        order: dict[str, Any] = {
            "prices": prices,
            "items": tuple(Item(f"SKU-{number}", f"B{number}") for number, _ in enumerate(prices)),
            "value": Money(Decimal(0), "EUR"),  # that of the prices
            "buyer": JEAN,
            "purchased_at": self.clock.now() - 26 * HOUR,
            "shipped_at": self.clock.now() - HOUR,
            "delivered_at": None,
        }
        return self.order(**order | changes)

    def refunds(self, order_id: str, *euros: str) -> None:
        """From now on, a minute apart."""
        refunds = [
            {"at": (self.clock.now() + n * MINUTE).isoformat(), "amount": {"amount": each, "currency": "EUR"}}
            for n, each in enumerate(euros)
        ]
        self.simulator.patch_order(order_id, refunds=refunds)

    def passes(self, count: int = 2, every: timedelta = MINUTE) -> None:
        """A pass now and after each pause: documents are made and sent in the first, and read of in the second."""
        for number in range(count):
            self.wait(every if number else timedelta())
            self.whole_pass()

    def ticks(self, count: int) -> None:
        """So many minutes of the daemon: its ticks, what they ring for, and what that rings for."""
        for _ in range(count):
            self.rung[:] = [(task, "") for task in ("sweep", "send_due", "reconcile")]
            while self.rung:
                task, seller = self.rung.pop(0)
                RUN[task](self.app, seller or None)
            self.wait(MINUTE)

    # what became of it

    def rows(self, order_id: str) -> dict[Key, Any]:
        with self.ledger.read() as connection:
            return {each.key: each for each in DOCUMENTS.of_order(connection, self.name, order_id)}

    def invoice(self, order_id: str) -> Any:
        """The order's invoice; with Amazon's VAT Calculation Service that of its only shipment."""
        (row,) = (row for key, row in self.rows(order_id).items() if key.action == Action.INVOICE)
        return row

    def credit_notes(self, order_id: str) -> list[Any]:
        return [row for key, row in self.rows(order_id).items() if key.action == Action.CREDIT_NOTE]

    def stands(self, order_id: str) -> tuple[str, str]:
        """State and reason of the order's invoice."""
        row = self.invoice(order_id)
        return row.state, row.reason

    def got(self, order_id: str) -> list[AcceptedInvoice]:
        """What Amazon accepted for the order."""
        return [each for each in self.simulator.invoices() if each.order_id == order_id]

    def sealed(self, document: Document) -> Content:
        """The sealed bytes of a document."""
        with self.ledger.read() as connection:
            return documents.content(connection, self.name, document.key)

    def content(self, document: Document) -> Any:
        """What a kept document says."""
        return record_of(Vault(KEY), document, self.sealed(document))

    def said(self, order_id: str, action: Action = Action.INVOICE) -> list[str]:
        """What the attempts say, oldest first."""
        with self.ledger.read() as connection:
            return [each.detail for each in history.attempts_of(connection, self.name, order_id, action)]

    def must_hold(self) -> None:
        super().must_hold()
        with self.ledger.read() as connection:
            rows = list(document_reports.listed(connection, list(self.sellers)))
            kept = {row.sha256: row for row in rows if row.number}
        assert len(kept) == len([row for row in rows if row.number]), "two documents are the same"
        mine = [each for each in self.simulator.invoices() if each.account in self.sellers]
        mine = [each for each in mine if each.order_id not in self.resent]
        assert len({each.subject for each in mine}) == len(mine), "Amazon accepted a document twice"
        for each in mine:
            row = kept[each.sha256]
            assert each.order_id == row.order_id
            assert each.route == "message" or each.number == row.number
        sent = {row.sha256 for row in rows if row.state == State.SENT and row.order_id not in self.resent}
        assert sent <= {each.sha256 for each in mine}, "Amazon never got what the ledger says is sent"


@contextmanager
def invoice_workshop(simulator: SimulatorProcess, ledger: Ledger) -> Iterator[InvoiceWorkshop]:
    simulator.clear_faults()
    simulator.set_clock(NOW)
    clock = SimulatedClock(NOW)
    amazon = Amazon(clock, simulator.url, simulator.url, lambda: {"x-simulated-now": clock.now().isoformat()})
    open_for_work = InvoiceWorkshop(simulator, ledger, amazon, clock)
    yield open_for_work
    amazon.close()
    open_for_work.must_hold()


def pdf_is_that_of(shop: InvoiceWorkshop, row: Any) -> bool:
    """Whether the kept bytes are those of the hash, and Amazon's."""
    digest = sha256(pdf_of(Vault(KEY), row, shop.sealed(row))).hexdigest()
    return digest == row.sha256 and [each.sha256 for each in shop.got(row.order_id)] == [digest]
