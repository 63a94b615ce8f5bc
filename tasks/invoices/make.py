"""Make one document: its content, its number, its bytes. The number is given in the commit that keeps the bytes.

A number is assigned only when its document is stored; until then any process may take it, so there is never a gap.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from invoices import crediting, folder, page, record, vat, words
from invoices.document import Invoice, Kind, Unmakeable
from invoices.vault import Vault, WrongKey
from ledger import credit_notes, documents, numbers, orders, xml_to_write
from ledger.database import Connection
from ledger.documents import DOCUMENTS, Content, Document
from ledger.numbers import Made, Superseded, Taken
from ledger.refunds import named
from ledger.state import Action, State
from ledger.transitions import Answered, Transition
from marketplace.errors import Answer, Broken, NotAuthorised, Refused
from rules.invoices import supplied_at
from rules.order import UNKNOWN, Money, Refund
from rules.reason import Reason
from rules.sale import Party, Sale
from settings.marketplaces import MARKETPLACES_BY_ID, MarketplaceInfo, zone
from settings.schema import Invoices
from tasks.invoices import official_rates
from tasks.invoices.decide import LOOK_AGAIN
from tasks.line import Found, mask
from tasks.session import SellerSession

log = logging.getLogger("askonce.invoices")


class Maker(Protocol):
    """Where documents come from: made for one due document, or Unmakeable. `sale`: what Amazon's list says of it."""

    def __call__(self, session: SellerSession, document: Document, sale: Sale | None, /) -> Made: ...


def made(session: SellerSession, document: Document) -> Document | Reason:
    """The due document, made now if it is not yet. A reason: why it can't be, which is recorded.

    Raises an Answer of the marketplace, LaneLost.
    """
    if document.is_made:
        return document
    reason = make(session, document)
    with session.ledger.read() as connection:
        found = DOCUMENTS.one(connection, session.name, document.key)
    return found if found and found.is_made and found.state is State.DUE else reason


def make(session: SellerSession, document: Document, sale: Sale | None = None) -> Reason:
    """Make a due document, and keep it: DUE, it may go out now; else why it could not be made, which is recorded.

    `sale`: what Amazon's list of pending documents says of it. Raises an Answer of the marketplace, LaneLost.
    """
    key = document.key
    try:
        new = MAKERS[session.seller.invoices.source](session, document, sale)
        with session.begin() as connection:
            numbers.keep(connection, session.name, key, new)
            if session.seller.invoices.xml_folder:
                xml_to_write.remember(connection, session.name, key)
            if key.action == Action.INVOICE:  # its credit notes waited for it
                DOCUMENTS.wake(connection, session.name, [key.order_id], session.clock.now(), Action.CREDIT_NOTE)
    except Unmakeable as why:
        return hold(session, document, why)
    except Taken as why:
        return hold(session, document, Unmakeable(Reason.PDF_UNUSABLE, f"another document {why}"))
    except Superseded:
        return Reason.DUE  # another process was quicker; the next pass reads what it stored
    log.info("%s: order %s: %s %s made", session.name, mask(key.order_id), key.action, new.number)
    return Reason.DUE


def unmakeable(session: SellerSession, document: Document, why: Unmakeable) -> Found:
    """The document cannot be made: record why, and when it is tried again. No number is assigned."""
    now = session.clock.now()
    if why.reason in _FINAL:
        became = Transition(document.key, State.SKIPPED, why.reason)
    elif why.reason in PATIENT:
        became = Transition(document.key, State.WAITING, why.reason, now + PATIENT[why.reason])
    else:
        became = Transition(document.key, State.HELD, why.reason, now + LOOK_AGAIN)
        what = f"no {document.key.action} can be made: {why.detail}. Type: askonce held"
        log.warning("%s: order %s: %s", session.name, mask(document.order_id), what)
    return Found(became, Answered(why.detail))


def hold(session: SellerSession, document: Document, why: Unmakeable) -> Reason:
    """Record why a due document can't be made. Returns the reason."""
    found, now = unmakeable(session, document, why), session.clock.now()
    with session.begin() as connection:
        DOCUMENTS.move(connection, session.name, found.transition, found.answered, now, out_of=[State.DUE])
    return why.reason


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


def marketplace_of(document: Document) -> MarketplaceInfo:
    """The marketplace of a document's order, which the settings name."""
    return MARKETPLACES_BY_ID[document.facts.order.marketplace_id or ""]


_FINAL = (Reason.INVOICED_BY_AMAZON, Reason.NOTHING_TO_INVOICE)
BY_HAND = "credit it by hand (askonce invoice credit), and close this one (askonce resolve)"
PATIENT = {Reason.PDF_MISSING: timedelta(minutes=30), Reason.AWAITING_TAX_DATA: LOOK_AGAIN}
"""What arrives without the seller's doing, and how long until it is looked for again."""


def _generated(session: SellerSession, document: Document, sale: Sale | None) -> Made:
    """A document of our own, under the next number of its series."""
    settings = session.seller.invoices
    if sale is None and settings.vat_calculation_service:
        raise Unmakeable(Reason.AWAITING_TAX_DATA, "it is made when Amazon's list names it")
    market = marketplace_of(document)
    today = session.clock.now().astimezone(zone(market.timezone)).date()
    pattern = settings.number if document.key.action == Action.INVOICE else settings.credit_note_number
    series = _series(pattern, today, market.code)
    with session.ledger.read() as connection:
        serial = numbers.next_serial(connection, session.name, series)
    number = series.format(number=serial.serial)
    if document.is_credit_note:
        content = _credit_note(session, document, sale, number, today)
    else:
        sale = sale or session.marketplace.sale(document.order_id)
        if sale.shipped_at is None:
            sale = replace(sale, shipped_at=supplied_at(document.facts))
        party = sale.recipient or sale.buyer
        locale = _buyer_language(session, document, market)
        language = words.language(locale, market.code, party.postal_code if party else None)
        content = vat.invoice(
            sale,
            settings,
            number=number,
            issued_on=today,
            language=language,
            annex=_annex(settings, market.code, language),
            official=partial(official_rates.known, session.ledger),
        )
    printed = page.document(content, _logo(settings))
    bound_to = f"{session.name}/{number}"
    return Made(
        number=number,
        serial=serial,
        issued_on=today,
        total=content.gross,
        vat=content.vat,
        currency=content.currency,
        sha256=printed.sha256,
        record=vault_of(session).seal(record.write(content), f"{bound_to}/record"),
        pdf=vault_of(session).seal(printed.pdf, f"{bound_to}/pdf"),
        keep_until=_keep_until(settings, today),
        original=content.original.number if content.original else None,
    )


def _series(pattern: str, today: date, marketplace: str) -> str:
    """The pattern of a number with its dates and its marketplace filled in: a new year begins a new series."""
    known = {"year": today.year, "month": today.month, "marketplace": marketplace}
    return re.sub(r"\{(year|month|marketplace)[^}]*\}", lambda found: found[0].format(**known), pattern)


def _credit_note(session: SellerSession, document: Document, refund: Sale | None, number: str, today: date) -> Invoice:
    """What takes back the invoice of the refund's shipment, or a part of it."""
    with session.ledger.read() as connection:
        original, before = _to_take_back(connection, session, document)
        known = None if refund or document.is_by_hand else _refund(connection, session.name, document)
    if known is None:
        amount = document.amount
        return crediting.credit_note(original, amount, refund, number=number, issued_on=today, before=before)
    amount = _given_back(known, crediting.left_of(original, before), original.currency)
    return crediting.credit_note(original, amount, number=number, issued_on=today, parts=known.parts, before=before)


def _to_take_back(
    connection: Connection, session: SellerSession, document: Document
) -> tuple[Invoice, Sequence[Invoice]]:
    """The invoice that a credit note takes back, and those that have taken back a part of it already.

    A corrected invoice has been taken back whole, and another has come in its place.
    """
    named = credit_notes.original(connection, document) if document.original else None
    every = documents.originals(connection, session.name, document.key.order_id, document.shipping_id)
    made = [each for each in ([named] if named else every) if each.is_made]
    if not made:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the invoice that it would take back is not made")
    if len({each.shipping_id for each in made}) > 1:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the order has {len(made)} invoices, and which is refunded is not said")

    def said(each: Document) -> Invoice:
        return record_of(vault_of(session), each, documents.content(connection, session.name, each.key))

    notes = [said(each) for each in DOCUMENTS.of_order(connection, session.name, document.order_id) if _is_note(each)]
    ways = [(original, [note for note in notes if _takes_back(note, original)]) for original in map(said, made)]
    return next((way for way in ways if crediting.left_of(*way)), ways[-1])


def _takes_back(note: Invoice, original: Invoice) -> bool:
    return note.original is not None and note.original.number == original.number


def _is_note(document: Document) -> bool:
    return document.is_credit_note and document.is_made


def _to_give_back(connection: Connection, document: Document, invoice: Document) -> Decimal:
    """What a credit note of the bookkeeping takes back, VAT included: as a person says, or as was refunded."""
    assert invoice.total is not None
    assert invoice.currency
    left = invoice.total - credit_notes.taken_back(connection, invoice, but=document.key.part)
    if document.is_by_hand:
        amount = left if document.amount is None else document.amount
    else:
        amount = _given_back(_refund(connection, document.seller, document), left, invoice.currency)
    if amount > left:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"{amount} is more than the {left} that is left of {invoice.number}")
    return amount


def _refund(connection: Connection, seller: str, document: Document) -> Refund:
    """The refund of which a credit note is. Amazon lists some twice: one that has its credit note gets no other."""
    found = named(orders.refunds(connection, seller, document.order_id), document.key.part)
    assert found, "finances have named it"
    ids, refund = found
    for other in DOCUMENTS.of_order(connection, seller, document.order_id):
        if _is_note(other) and other.key.part in ids:
            raise Unmakeable(Reason.NOTHING_TO_INVOICE, f"it is the refund that {other.number} takes back")
    return refund


def _given_back(refund: Refund, left: Decimal, currency: str) -> Decimal:
    """What the buyer got back. `left`: what is not taken back yet of the invoice, in its currency."""
    amount = refund.amount.amount
    if refund.amount == UNKNOWN:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "the amount that was refunded cannot be read")
    if refund.amount.currency != currency:
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"the refund is not in the {currency} of the invoice")
    if refund.parts is None and amount != left:
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"Amazon does not say what the buyer got of {amount}: {BY_HAND}")
    return amount


def _from_folder(session: SellerSession, document: Document, sale: Sale | None) -> Made:
    """The PDF that the seller's bookkeeping put into the folder."""
    settings, now = session.seller.invoices, session.clock.now()
    assert settings.folder
    value = _worth(session, document, sale)
    found = folder.look(settings.folder).find(
        document.order_id,
        value,
        now,
        kind=Kind(document.key.action),
        taken=_numbers_of_the_order(session, document),
        buyers=lambda: _buyers(session, document, sale),
    )
    if value is None:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "Amazon does not say what the order is worth")
    number = found.number or document.order_id
    today = now.astimezone(zone(marketplace_of(document).timezone)).date()
    return Made(
        number=number,
        serial=None,
        issued_on=today,
        total=value.amount if found.total is None else found.total,
        vat=found.vat,
        currency=value.currency,
        sha256=found.sha256,
        record=None,
        pdf=vault_of(session).seal(found.pdf, f"{session.name}/{number}/pdf"),
        keep_until=_keep_until(settings, today),
        original=_original_of(session, document),
    )


def _original_of(session: SellerSession, document: Document) -> str | None:
    if not document.is_credit_note:
        return None
    with session.ledger.read() as connection:
        invoice = credit_notes.original(connection, document)
    return invoice.number if invoice else None


def _worth(session: SellerSession, document: Document, sale: Sale | None) -> Money | None:
    """What the document comes to, VAT included: as Amazon's list says, as was refunded, or what the order is worth."""
    if sale is not None:
        return Money(sum((line.amount - line.discount for line in sale.lines), Decimal(0)), sale.currency)
    if not document.is_credit_note:
        return document.facts.order.value
    if session.seller.invoices.vat_calculation_service:
        raise Unmakeable(Reason.AWAITING_TAX_DATA, "it is made when Amazon's list names it")
    with session.ledger.read() as connection:
        invoice = credit_notes.original(connection, document)
        if invoice is None or invoice.total is None or invoice.currency is None:
            raise Unmakeable(Reason.PDF_MISSING, "the invoice that it would take back is not there yet")
        return Money(_to_give_back(connection, document, invoice), invoice.currency)


def _numbers_of_the_order(session: SellerSession, document: Document) -> set[str]:
    with session.ledger.read() as connection:
        return {each.number for each in DOCUMENTS.of_order(connection, session.name, document.order_id) if each.number}


def _buyers(session: SellerSession, document: Document, sale: Sale | None) -> Sequence[Party]:
    """Buyer and recipient, as Amazon names them; none: it does not tell this account."""
    try:
        told = sale or session.marketplace.sale(document.order_id)
    except (NotAuthorised, Refused, Broken):
        return ()
    return [party for party in (told.buyer, told.recipient) if party]


def _keep_until(settings: Invoices, issued_on: date) -> datetime:
    """The end of the legal period: it runs from the end of the year of issue, as tax laws count it."""
    return datetime(issued_on.year + settings.keep_years + 1, 1, 1, tzinfo=UTC)


def _annex(settings: Invoices, marketplace: str, language: str) -> str:
    path = vat.texts_of(settings, marketplace, language).annex
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the annex {path} cannot be read as text: {error}") from None


def _logo(settings: Invoices) -> bytes | None:
    try:
        return settings.logo.read_bytes() if settings.logo else None
    except OSError as error:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the logo {settings.logo} cannot be read: {error.strerror}") from None


def vault_of(session: SellerSession) -> Vault:
    """The vault; settings with invoices enabled do not load without its key."""
    assert session.vault, "the settings do not load without INVOICE_KEY"
    return session.vault


def _buyer_language(session: SellerSession, document: Document, market: MarketplaceInfo) -> str | None:
    """The buyer's language, as Amazon says it; without the role for that call, the marketplace's."""
    try:
        return session.marketplace.buyer_language(document.order_id, market.marketplace_id)
    except Answer:
        return None


MAKERS: Mapping[str, Maker] = {"generate": _generated, "folder": _from_folder}
"""By the name that the settings have for each."""
