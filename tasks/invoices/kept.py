"""What is kept of a made document, opened; and what every document needs besides."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from invoices import record
from invoices.document import Invoice, Unmakeable
from invoices.vault import Vault, WrongKey
from ledger.documents import Content, Document
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES_BY_ID, MarketplaceInfo
from settings.schema import Invoices

if TYPE_CHECKING:  # what is only shown has no session
    from tasks.session import SellerSession


def pdf_of(vault: Vault, document: Document, content: Content) -> bytes:
    """A kept document, byte for byte. Raises Unmakeable: another key, or it was deleted after its legal period."""
    return _opened(vault, document, content.pdf, "pdf")


def record_of(vault: Vault, document: Document, content: Content) -> Invoice:
    """What a kept document of our own says. Raises Unmakeable as `pdf_of` does."""
    return record.read(_opened(vault, document, content.record, "record"))


def _opened(vault: Vault, document: Document, sealed: bytes | None, what: str) -> bytes:
    if sealed is None:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the {what} of {document.number} is not kept, or no longer")
    try:
        return vault.open(sealed, f"{document.sealed_for}/{document.number}/{what}")
    except WrongKey:
        raise Unmakeable(Reason.WRONG_KEY, f"INVOICE_KEY does not open {document.number}") from None


def vault_of(session: "SellerSession") -> Vault:
    """The vault; settings with invoices enabled do not load without its key."""
    assert session.vault, "the settings do not load without INVOICE_KEY"
    return session.vault


def marketplace_of(document: Document) -> MarketplaceInfo:
    """The marketplace of a document's order, which the settings name."""
    return MARKETPLACES_BY_ID[document.facts.order.marketplace_id or ""]


def keep_until(settings: Invoices, issued_on: date) -> datetime:
    """The end of the legal period: it runs from the end of the year of issue, as tax laws count it."""
    return datetime(issued_on.year + settings.keep_years + 1, 1, 1, tzinfo=UTC)
