"""Make one document: its content, its number, its bytes. The number is given in the commit that keeps the bytes.

A number that was looked up and not kept is nobody's: whoever comes next takes it, so there is never a gap.
"""

import logging
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from invoices import folder, page, record, vat, words
from invoices.document import Invoice, Unmakeable
from invoices.vault import Vault, WrongKey
from ledger import documents, numbers, orders
from ledger.documents import Move, key_of
from ledger.numbers import Made, NumberTaken, Superseded
from ledger.requests import Answered
from ledger.state import Action, State
from marketplace.errors import Answer
from rules.order import UNKNOWN
from rules.reason import Reason
from rules.sale import Sale
from settings.marketplaces import MARKETPLACES_BY_ID, MarketplaceInfo
from settings.schema import Invoices
from tasks.app import SellerSession
from tasks.invoices.decide import LOOK_AGAIN
from tasks.reviews.send import mask

log = logging.getLogger("askonce.invoices")


class Source(Protocol):
    """Where documents come from: made for one due row, or Unmakeable. `sale`: what Amazon's own list says of it."""

    def __call__(self, session: SellerSession, row: Any, sale: Sale | None, /) -> Made: ...


def make(session: SellerSession, row: Any, sale: Sale | None = None) -> Reason:
    """Make the document of a due row, and keep it: DUE, it may go out now; else why it could not be made.

    `sale`: what Amazon's list of pending documents says of it. Raises an Answer of the marketplace, LaneLost.
    """
    try:
        made = SOURCES[session.seller.invoices.source](session, row, sale)
        with session.ledger.begin() as connection:
            session.renew(connection)
            numbers.keep(connection, session.name, key_of(row), made)
            if row.kind == Action.INVOICE:  # its credit notes waited for it
                documents.wake(connection, session.name, [row.order_id], session.clock.now(), Action.CREDIT_NOTE)
    except Unmakeable as why:
        return hold(session, row, why)
    except NumberTaken as taken:
        return hold(session, row, Unmakeable(Reason.PDF_UNUSABLE, f"another document has the number {taken} already"))
    except Superseded:
        return Reason.DUE  # the next round sees who was quicker
    log.info("%s: order %s: %s %s made", session.name, mask(row.order_id), row.kind, made.number)
    return Reason.DUE


def hold(session: SellerSession, row: Any, why: Unmakeable) -> Reason:
    """Wait for the seller, or for Amazon; tried again by itself later. No number is given."""
    now = session.clock.now()
    if why.reason in _FINAL:
        move = Move(key_of(row), State.SKIPPED, why.reason)
    elif why.reason in _PATIENT:
        move = Move(key_of(row), State.WAITING, why.reason, now + _PATIENT[why.reason])
    else:
        move = Move(key_of(row), State.HELD, why.reason, now + LOOK_AGAIN)
    with session.ledger.begin() as connection:
        session.renew(connection)
        moved = documents.move_on(connection, session.name, move, Answered(why.detail), now, out_of=[State.DUE])
    if moved and move.state is State.HELD:
        log.warning("%s: order %s: no %s can be made: %s", session.name, mask(row.order_id), row.kind, why.detail)
    return why.reason


def pdf_of(vault: Vault, seller: str, row: Any) -> bytes:
    """A kept document, byte for byte. Raises Unmakeable: another key, or it was deleted after its legal period."""
    return _opened(vault, seller, row, row.pdf, "pdf")


def record_of(vault: Vault, seller: str, row: Any) -> Invoice:
    """What a kept document of our own says. Raises Unmakeable as `pdf_of` does."""
    return record.read(_opened(vault, seller, row, row.record, "record"))


def _opened(vault: Vault, seller: str, row: Any, sealed: bytes | None, what: str) -> bytes:
    if sealed is None:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the {what} of {row.number} is not kept, or no longer")
    try:
        return vault.open(sealed, f"{seller}/{row.number}/{what}")
    except WrongKey:
        raise Unmakeable(Reason.WRONG_KEY, f"INVOICE_KEY does not open {row.number}") from None


def marketplace_of(row: Any) -> MarketplaceInfo:
    """The marketplace of a row's order, which the settings name."""
    return MARKETPLACES_BY_ID[orders.facts(row).order.marketplace_id or ""]


_FINAL = (Reason.INVOICED_BY_AMAZON, Reason.NOTHING_TO_INVOICE)
_PATIENT = {Reason.PDF_MISSING: timedelta(minutes=30), Reason.AWAITING_TAX_DATA: LOOK_AGAIN}
"""What comes by itself, and when it is looked for again."""


def _generated(session: SellerSession, row: Any, sale: Sale | None) -> Made:
    """A document of our own, under the next number of its series."""
    settings = session.seller.invoices
    if sale is None and settings.vat_calculation_service:
        raise Unmakeable(Reason.AWAITING_TAX_DATA, "it is made when Amazon's list names it")
    market = marketplace_of(row)
    today = session.clock.now().astimezone(ZoneInfo(market.timezone)).date()
    pattern = settings.number if row.kind == Action.INVOICE else settings.credit_note_number
    series = _series(pattern, today)
    with session.ledger.read() as connection:
        serial = numbers.next_serial(connection, session.name, series)
    number = series.format(number=serial.serial)
    if row.kind == Action.CREDIT_NOTE:
        content = _credit_note(session, row, sale, number, today)
    else:
        sale = sale or session.marketplace.sale(row.order_id)
        language = words.language(_buyer_language(session, row, market), market.code)
        content = vat.invoice(sale, settings, number=number, issued_on=today, language=language)
    document = page.document(content, _logo(settings))
    bound_to = f"{session.name}/{number}"
    return Made(
        number=number,
        serial=serial,
        issued_on=today,
        total=content.gross,
        vat=content.vat,
        currency=content.currency,
        sha256=document.sha256,
        record=_vault(session).seal(record.write(content), f"{bound_to}/record"),
        pdf=_vault(session).seal(document.pdf, f"{bound_to}/pdf"),
        keep_until=_keep_until(settings, today),
    )


def _series(pattern: str, today: date) -> str:
    """The pattern of a number with its dates filled in: a new year begins a new series."""
    return re.sub(r"\{(year|month)[^}]*\}", lambda found: found[0].format(year=today.year, month=today.month), pattern)


def _credit_note(session: SellerSession, row: Any, refund: Sale | None, number: str, today: date) -> Invoice:
    """What takes back the order's invoice, or a part of it."""
    with session.ledger.read() as connection:
        before = documents.original(connection, session.name, row.order_id)
        credited = numbers.credited(connection, session.name, row.order_id)
    if before is None or before.number is None:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the invoice that it would take back is not made")
    original = record_of(_vault(session), session.name, before)
    known = None if refund else orders.refunds_of(row)[row.part].amount
    if known == UNKNOWN:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "the amount that was refunded cannot be read")
    amount = known.amount if known else None
    if amount is not None and credited + amount > original.gross:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the refunds are more than the invoice")
    whole = amount == original.gross
    return vat.credit_note(original, None if whole else amount, refund, number=number, issued_on=today)


def _from_folder(session: SellerSession, row: Any, _sale: Sale | None) -> Made:
    """The PDF that the seller's bookkeeping put into the folder."""
    settings = session.seller.invoices
    assert settings.folder
    if row.kind == Action.CREDIT_NOTE:
        raise Unmakeable(Reason.PDF_MISSING, "credit notes are not taken from the folder: give it to Amazon by hand")
    found = folder.find(settings.folder, row.order_id)
    value = orders.facts(row).order.value
    if value is None:
        raise Unmakeable(Reason.TAX_DATA_MISSING, "Amazon does not say what the order is worth")
    number = found.number or row.order_id
    today = session.clock.now().astimezone(ZoneInfo(marketplace_of(row).timezone)).date()
    return Made(
        number=number,
        serial=None,
        issued_on=today,
        total=value.amount if found.total is None else found.total,
        vat=found.vat,
        currency=value.currency,
        sha256=found.sha256,
        record=None,
        pdf=_vault(session).seal(found.pdf, f"{session.name}/{number}/pdf"),
        keep_until=_keep_until(settings, today),
    )


def _keep_until(settings: Invoices, issued_on: date) -> datetime:
    """The end of the legal period: it runs from the end of the year of issue, as tax laws count it."""
    return datetime(issued_on.year + settings.keep_years + 1, 1, 1, tzinfo=UTC)


def _logo(settings: Invoices) -> bytes | None:
    try:
        return settings.logo.read_bytes() if settings.logo else None
    except OSError as error:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"the logo {settings.logo} cannot be read: {error.strerror}") from None


def _vault(session: SellerSession) -> Vault:
    assert session.vault, "the settings do not load without INVOICE_KEY"
    return session.vault


def _buyer_language(session: SellerSession, row: Any, market: MarketplaceInfo) -> str | None:
    """Asked of Amazon as a courtesy: without the role for it, the marketplace's language serves."""
    try:
        return session.marketplace.buyer_language(row.order_id, market.marketplace_id)
    except Answer:
        return None


SOURCES: Mapping[str, Source] = {"generate": _generated, "folder": _from_folder}
"""By the name that the settings have for each."""
