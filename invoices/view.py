"""What the page shows, in words: every number, date and address as it is printed. template.typ only sets it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unicodedata import bidirectional, normalize

from invoices.customs import PIECES, RECEIPTS, SALES_TAX, SIGNED, siren_of, tax_number_name
from invoices.document import Invoice, Kind, Line, Vat, VatCategory
from invoices.text import names, plain
from invoices.words import Words, why_no_vat, words
from rules.sale import Party

_HAN = {"JP": "JP", "KR": "KR", "TW": "TC", "HK": "HK", "MO": "HK"}  # one code point, drawn by each country's custom
_REGION_MATTERS = {"AU", "BR", "CA", "IN", "MX", "US"}
_CITY_FIRST = {"GB", "IE"}
# typst counts them to the glyph before, and so spoils that glyph's text wherever it stands, in a sum for instance
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u2060-\u2064\ufe00-\ufe0f\U000e0000-\U000e0fff]")
_LONG = re.compile("[!-~\u00a1-\u052f]{20,}")
_PLACES = re.compile(r"[-_/.,:;+@&=]|[^-_/.,:;+@&=]{14}")


def view(invoice: Invoice) -> dict[str, Any]:
    """JSON for the template: text as it is printed, never markup."""
    said = _words(invoice)
    title = said.invoice if invoice.kind == Kind.INVOICE else said.credit_note
    paid = said.say_money(invoice.gross, invoice.currency)
    if invoice.language in SIGNED and invoice.kind == Kind.CREDIT_NOTE:
        invoice = _signed(invoice)
    recipient = invoice.recipient if invoice.recipient != invoice.buyer else None
    return {
        "language": invoice.language,
        "han": _HAN.get(invoice.buyer.country or "", "SC"),
        "paper": "us-letter" if invoice.sales_tax else "a4",
        "date": [invoice.issued_on.year, invoice.issued_on.month, invoice.issued_on.day],
        "title": title,
        "number": _soft(invoice.number),
        "name": f"{title} {plain(invoice.number)}",
        "author": plain(invoice.seller.name),
        "facts": [[label, _soft(value)] for label, value in _facts(invoice, said) if value],
        "parties": [
            {"label": label, "lines": [_soft(line) for line in _address(party, said)]}
            for label, party in _parties(invoice, recipient, said)
        ],
        "head": _head(invoice, said),
        "lines": [_line(line, invoice, said) for line in invoice.lines],
        "vat_head": [] if _without_vat(invoice) else [said.rate, said.net, said.vat],
        "vats": [] if invoice.sales_tax else list(_vats(invoice, said)),
        "totals": list(_totals(invoice, said)),
        "paid": [said.paid if invoice.kind == Kind.INVOICE else said.refunded, paid],
        "notes": [_soft(note) for note in invoice.notes],
        "annex": [_soft(line) for line in invoice.annex.splitlines()],
        "footer": [_soft(line) for line in invoice.footer],
        "page": said.page,
    }


def _words(invoice: Invoice) -> Words:
    """With the names that North America has for the document, and its dates."""
    said = words(invoice.language)
    if not invoice.sales_tax:
        return said
    names = SALES_TAX.get(invoice.marketplace, {})
    tax = names.get(invoice.language) or names.get("") or said.sales_tax
    said = replace(said, sales_tax=f"{tax} ({said.collected})" if invoice.collected_by_amazon else tax)
    if invoice.language == "en":
        said = replace(said, date="{month} {day}, {year}", supplied_on="Shipped on")
        said = replace(said, credit_note="Credit memo", credited_on="Credit memo date")
    if invoice.marketplace in RECEIPTS:
        said = replace(said, invoice=said.receipt, issued_on=said.credited_on if invoice.language != "en" else "Date")
    return said


def _signed(invoice: Invoice) -> Invoice:
    """What is taken back, below zero."""
    lines = (replace(each, quantity=-each.quantity, net=-each.net, discount=-each.discount) for each in invoice.lines)
    vats = (replace(each, net=-each.net, vat=-each.vat) for each in invoice.vats)
    return replace(
        invoice,
        lines=tuple(lines),
        vats=tuple(vats),
        net=-invoice.net,
        vat=-invoice.vat,
        rounding=-invoice.rounding,
        gross=-invoice.gross,
        vat_in=replace(invoice.vat_in, vat=-invoice.vat_in.vat) if invoice.vat_in else None,
    )


def _without_vat(invoice: Invoice) -> bool:
    """Whether there is no VAT to be shown: of a small business, or in North America."""
    return invoice.sales_tax or all(vat.category in (VatCategory.EXEMPT, VatCategory.OUTSIDE) for vat in invoice.vats)


def _facts(invoice: Invoice, said: Words) -> Iterator[tuple[str, str]]:
    yield said.issued_on if invoice.kind == Kind.INVOICE else said.credited_on, said.say_date(invoice.issued_on)
    if original := invoice.original:
        yield said.original, f"{original.number}, {said.say_date(original.issued_on)}"
        if invoice.language in SIGNED:
            yield said.reason, said.refund_reason
    if invoice.supplied_on:
        yield said.supplied_on, said.say_date(invoice.supplied_on)
    yield said.order, invoice.order_id
    yield said.ordered_on, said.say_date(invoice.ordered_on)
    yield said.purchase_order, invoice.purchase_order or ""


def _parties(invoice: Invoice, recipient: Party | None, said: Words) -> Iterator[tuple[str, Party]]:
    yield said.seller, invoice.seller
    yield said.billed_to, invoice.buyer
    if recipient:
        yield said.delivered_to, recipient


def _address(party: Party, said: Words) -> Iterator[str]:
    yield from names(party)
    yield from (plain(line) for line in party.lines if plain(line))
    code, city, region = (plain(each or "") for each in (party.postal_code, party.city, party.region))
    if party.country in _REGION_MATTERS:
        yield ", ".join(filter(None, (city, f"{region} {code}".strip())))
    elif party.country in _CITY_FIRST:
        yield from filter(None, (city, code))
    else:
        yield f"{code} {city or region}".strip()
    if party.country:
        yield said.say_country(party.country)
    if party.vat_number:
        number = plain(party.vat_number)
        yield f"{said.vat_number_home if number.upper().startswith(said.home) else said.vat_number} {number}"
    if party.tax_number:
        yield f"{tax_number_name(party.country)} {plain(party.tax_number)}"
    if siren := siren_of(party):
        yield f"SIREN {siren}"


def _head(invoice: Invoice, said: Words) -> list[str]:
    if _without_vat(invoice):
        return [said.description, said.quantity, said.price, said.amount]
    return [said.description, said.quantity, said.net_price, said.rate, said.net]


def _line(line: Line, invoice: Invoice, said: Words) -> dict[str, Any]:
    small = [_soft(line.sku)] if line.sku else []
    if line.discount:
        small.append(f"{said.discount} {said.say_amount(-line.discount, invoice.currency)}")
    quantity = f"{said.say_number(line.quantity)} {PIECES.get(invoice.language, '')}".strip().replace(" ", "\u00a0")
    cells = [quantity, said.say_amount(line.net_price, invoice.currency)]
    if not _without_vat(invoice):
        cells.append(_rate(line, said))
    return {
        "description": _soft(line.description),
        "rtl": _is_rtl(line.description),
        "small": small,
        "cells": [*cells, said.say_amount(line.net, invoice.currency)],
    }


def _vats(invoice: Invoice, said: Words) -> Iterator[dict[str, Any]]:
    for vat in invoice.vats:
        amounts = [said.say_amount(amount, invoice.currency) for amount in (vat.net, vat.vat)]
        cells = [] if _without_vat(invoice) else [_rate(vat, said), *amounts]
        yield {"cells": cells, "why": why_no_vat(vat, said) or ""}


def _rate(taxed: Line | Vat, said: Words) -> str:
    return "–" if taxed.category == VatCategory.OUTSIDE else said.say_percent(taxed.rate)


def _totals(invoice: Invoice, said: Words) -> Iterator[list[str]]:
    tax = invoice.sales_tax
    if tax or not _without_vat(invoice):
        yield [said.subtotal if tax else said.total_net, said.say_money(invoice.net, invoice.currency)]
        yield [said.sales_tax if tax else said.total_vat, said.say_money(invoice.vat, invoice.currency)]
        if there := invoice.vat_in:
            yield [f"{said.total_vat} ({there.currency})", said.say_money(there.vat, there.currency)]
    if invoice.rounding:
        yield [said.rounding, said.say_money(invoice.rounding, invoice.currency)]
    yield [said.total if _without_vat(invoice) else said.total_gross, said.say_money(invoice.gross, invoice.currency)]


def _is_rtl(text: str) -> bool:
    """Whether it is read from the right: its first letter is Arabic, the only such script with a font here."""
    return next((each for each in map(bidirectional, text) if each in ("L", "R", "AL")), "L") == "AL"


def _soft(text: str) -> str:
    """With places at which a very long word may be broken."""
    seen = normalize("NFC", plain(_INVISIBLE.sub("", text)))
    return _LONG.sub(lambda word: _PLACES.sub("\\g<0>\u200b", word[0]), seen)
