"""A document of our own: what it says, under the next number of its series."""

import re
from dataclasses import replace
from datetime import date
from functools import partial

from invoices import page, record, vat, words
from invoices.document import Unmakeable
from invoices.shipments import Part
from ledger import numbers
from ledger.documents import Document
from ledger.numbers import Made, Next
from ledger.state import Action
from marketplace.errors import Answer
from rules.reason import Reason
from rules.sale import Sale
from settings.marketplaces import MarketplaceInfo, zone
from settings.schema import Invoices
from tasks.invoices import official_rates
from tasks.invoices.credit import credit_note
from tasks.invoices.kept import keep_until, marketplace_of, vault_of
from tasks.invoices.shipment import rest, shipment
from tasks.session import SellerSession


def generated(session: SellerSession, document: Document, sale: Sale | None) -> Made:
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
    then: tuple[Next, ...] = ()
    if document.is_credit_note:
        note = credit_note(session, document, sale, number, today)
        content, then = note.content, note.then
    else:
        part = Part(sale) if sale else shipment(session, document)
        party = part.sale.recipient or part.sale.buyer
        locale = _buyer_language(session, document, market)
        language = words.language(locale, market.code, party.postal_code if party else None)
        content = vat.invoice(
            part.sale,
            settings,
            number=number,
            issued_on=today,
            language=language,
            annex=_annex(settings, market.code, language),
            official=partial(official_rates.known, session.ledger),
        )
        content = replace(content, pieces=part.pieces)
        then = () if part.last else (rest(session, document, part.sale),)
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
        keep_until=keep_until(settings, today),
        original=content.original.number if content.original else None,
        then=then,
    )


def _series(pattern: str, today: date, marketplace: str) -> str:
    """The pattern of a number with its dates and its marketplace filled in: a new year begins a new series."""
    known = {"year": today.year, "month": today.month, "marketplace": marketplace}
    return re.sub(r"\{(year|month|marketplace)[^}]*\}", lambda found: found[0].format(**known), pattern)


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


def _buyer_language(session: SellerSession, document: Document, market: MarketplaceInfo) -> str | None:
    """The buyer's language, as Amazon says it; without the role for that call, the marketplace's."""
    try:
        return session.marketplace.buyer_language(document.order_id, market.marketplace_id)
    except Answer:
        return None
