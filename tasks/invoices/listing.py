"""Lists of documents with totals, and finding the one of an order that is meant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from invoices.vault import Vault
from ledger import document_reports, history
from ledger.database import Ledger
from ledger.documents import DOCUMENTS, Document, content
from ledger.history import Attempt, Totals
from ledger.state import Action, State
from rules.reason import Reason
from settings.schema import Seller
from tasks import terms
from tasks.gate import closed
from tasks.invoices.present import ShownDocument, pdf, shown
from tasks.invoices.unmatched import unmatched
from tasks.not_done import NotDone
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.where import place_of


@dataclass(frozen=True, slots=True)
class Amounts:
    """Totals in one currency: invoiced, credited, and the balance."""

    currency: str
    invoiced: Decimal
    credited: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Listing:
    """Documents by order, and their sums."""

    documents: list[Document]
    totals: Totals
    amounts: list[Amounts]
    unmatched: list[tuple[str, str]]
    """Sellers, and the names of PDFs in their invoice folders that fit no order."""


def listing(ledger: Ledger, sellers: Sequence[Seller], since: datetime | None, states: Sequence[State]) -> Listing:
    """The documents of these sellers in these states (none: in any); `since`: those that changed from then on."""
    unknown: list[tuple[str, str]] = []
    with ledger.read() as connection:
        names = [each.name for each in sellers]
        found = list(document_reports.listed(connection, names, since=since, states=states))
        for seller in sellers:
            with suppress(OSError):  # `askonce check` says that the folder cannot be read
                unknown += [(seller.name, name) for name in unmatched(connection, seller)]
    totals = history.summed((each.state, each.reason, 1) for each in found)
    return Listing(found, totals, list(_amounts(found)), unknown)


def chosen(ledger: Ledger, sellers: Sequence[str], order_id: str, action: str, part: str | None) -> Document:
    """The one document that is meant; where it is not said, none that was corrected since. Raises NotDone."""
    with ledger.read() as connection:
        found = [
            each
            for each in document_reports.listed(connection, sellers, order_id=order_id)
            if each.key.action == action and part in (None, each.key.part)
        ]
    if part is None:
        found = [each for each in found if each.reason is not Reason.CORRECTED] or found
    if not found:
        raise NotDone(f"order {order_id} has no such document. Type: askonce invoice show {order_id}")
    if len(found) > 1:
        parts = " or ".join(f"--part {each.key.part}" for each in found)
        raise NotDone(f"order {order_id} has {len(found)} of them. Type one of: {parts}")
    return found[0]


def _amounts(documents: Iterable[Document]) -> Iterable[Amounts]:
    sums: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in documents:
        if each.currency and each.total is not None:
            sums[each.currency][each.key.action] += each.total
    for currency, of in sorted(sums.items()):
        invoiced, credited = of[Action.INVOICE], of[Action.CREDIT_NOTE]
        yield Amounts(currency, invoiced, credited, invoiced - credited)


@dataclass(frozen=True, slots=True)
class OrderDocuments:
    """Every document of one order, and what Amazon answered about them, oldest first."""

    seller: str
    order_id: str
    documents: list[ShownDocument]
    attempts: list[Attempt]


def of_order(
    ledger: Ledger, sellers: Iterable[Seller], order_id: str, now: datetime, stop_file: StopFile = NO_STOP_FILE
) -> OrderDocuments | None:
    """The order's documents; None: it has none."""
    with ledger.read() as connection:
        for seller in sellers:
            documents = list(document_reports.listed(connection, [seller.name], order_id=order_id))
            if documents:
                shut = closed(connection, terms.INVOICE, seller, now, stop_file, place_of(documents[0].facts))
                attempts = history.attempts_of(connection, seller.name, order_id)
                about = [each for each in attempts if each.action != Action.REVIEW]
                return OrderDocuments(
                    seller.name, order_id, [shown(each, shut, seller.zone) for each in documents], about
                )
    return None


def only_pdf(ledger: Ledger, vault: Vault, seller: str, order_id: str) -> bytes:
    """The order's one PDF. Raises NotDone, Unmakeable."""
    with ledger.read() as connection:
        found = [each for each in DOCUMENTS.of_order(connection, seller, order_id) if each.is_made]
        if len(found) != 1:
            how = f"Type: askonce invoice export {order_id} --to FOLDER"
            raise NotDone(f"the order has {len(found)} documents that were made. {how}")
        return pdf(vault, found[0], content(connection, seller, found[0].key))
