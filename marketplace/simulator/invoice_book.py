"""The invoices that the simulated Amazon has accepted or rejected; every one is counted, a second one too."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from marketplace.simulator.journal import Journal
from marketplace.simulator.sim_order import Utc

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True)
class AcceptedInvoice:
    """One document that the buyer got: by a feed, or as a message, which has no number but a file's name."""

    account: str
    order_id: str
    kind: Kind
    number: str
    sha256: str  # hexadecimal, of the PDF
    at: Utc
    route: Literal["feed", "message"]
    shipping_id: str | None = None
    transaction_id: str | None = None
    feed_id: str | None = None

    @property
    def subject(self) -> tuple[str | None, ...]:
        """Whatever shares it is a repeat: whether Amazon refuses, replaces or adds a second one is not documented.

        Credit notes that name no transaction, as without the VAT Calculation Service, are told apart by their numbers.
        """
        transaction_id = self.transaction_id or (self.number if self.kind == "credit_note" else "")
        told_apart = self.kind == "credit_note" or transaction_id.startswith(CORRECTION)
        return self.account, self.order_id, self.kind, self.shipping_id, transaction_id if told_apart else None


CORRECTION = "Correction:"
"""Begins the transaction of an invoice that replaces that of its shipment (SP-API docs, "Invoice correction")."""
INVOICE_JSON = TypeAdapter(AcceptedInvoice)


class InvoiceBook:
    """Knows what the journal knows."""

    def __init__(self, journal: Journal | None) -> None:
        self._journal = journal
        self.accepted = [INVOICE_JSON.validate_json(line) for line in journal.read_invoices()] if journal else []
        self.rejected: Counter[str] = Counter()
        self._subjects = Counter(invoice.subject for invoice in self.accepted)
        self._complaints: dict[tuple[str, str | None], str] = {}

    def accept(self, invoice: AcceptedInvoice) -> None:
        """On disk before in memory."""
        if self._journal:
            self._journal.append_invoice(INVOICE_JSON.dump_json(invoice).decode())
        self.accepted.append(invoice)
        self._subjects[invoice.subject] += 1

    def reject(self, code: str, words: str, order_id: str, shipping_id: str | None) -> None:
        self.rejected[code] += 1
        self._complaints[order_id, shipping_id] = words

    def has(self, account: str, order_id: str, kind: str, shipping_id: str, transaction_id: str | None) -> bool:
        """Whether the document for this shipment, or refund, is there; one for the order counts for its shipments."""
        named = (shipping_id, None) if kind == "invoice" else (shipping_id,)
        return any(self._subjects[account, order_id, kind, each, transaction_id] for each in named)

    def complaint(self, order_id: str, shipping_id: str) -> str:
        """Why the last upload for it was rejected; empty: none was."""
        return self._complaints.get((order_id, shipping_id), self._complaints.get((order_id, None), ""))

    @property
    def repeats(self) -> int:
        """How many of the accepted documents were not the first of their kind for their order or shipment."""
        return len(self.accepted) - len(self._subjects)

    def as_json(self) -> Iterator[object]:
        return (INVOICE_JSON.dump_python(invoice, mode="json") for invoice in self.accepted)
