"""What the page shows, in words: every number, date and address as it is printed. template.typ only sets it."""

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

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
    said = words(invoice.language)
    title = said.invoice if invoice.kind == Kind.INVOICE else said.credit_note
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
        "vat_head": [] if invoice.sales_tax else [said.rate, said.net, said.vat],
        "vats": [] if invoice.sales_tax else list(_vats(invoice, said)),
        "totals": list(_totals(invoice, said)),
        "paid": [
            said.paid if invoice.kind == Kind.INVOICE else said.refunded,
            said.say_money(invoice.gross, invoice.currency),
        ],
        "notes": [_soft(note) for note in invoice.notes],
        "footer": [_soft(line) for line in invoice.footer],
        "page": said.page,
    }


def _facts(invoice: Invoice, said: Words) -> Iterator[tuple[str, str]]:
    yield said.issued_on, said.say_date(invoice.issued_on)
    if original := invoice.original:
        yield said.original, f"{original.number}, {said.say_date(original.issued_on)}"
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
        yield f"{said.vat_number} {plain(party.vat_number)}"


def _head(invoice: Invoice, said: Words) -> list[str]:
    if invoice.sales_tax:
        return [said.description, said.quantity, said.price, said.amount]
    return [said.description, said.quantity, said.net_price, said.rate, said.net]


def _line(line: Line, invoice: Invoice, said: Words) -> dict[str, Any]:
    small = [_soft(line.sku)] if line.sku else []
    if line.discount:
        small.append(f"{said.discount} {said.say_amount(-line.discount, invoice.currency)}")
    cells = [said.say_number(line.quantity), said.say_amount(line.net_price, invoice.currency)]
    if not invoice.sales_tax:
        cells.append(_rate(line, said))
    return {
        "description": _soft(line.description),
        "small": small,
        "cells": [*cells, said.say_amount(line.net, invoice.currency)],
    }


def _vats(invoice: Invoice, said: Words) -> Iterator[dict[str, Any]]:
    for vat in invoice.vats:
        amounts = [said.say_amount(amount, invoice.currency) for amount in (vat.net, vat.vat)]
        yield {"cells": [_rate(vat, said), *amounts], "why": why_no_vat(vat, said) or ""}


def _rate(taxed: Line | Vat, said: Words) -> str:
    return "–" if taxed.category == VatCategory.OUTSIDE else said.say_percent(taxed.rate)


def _totals(invoice: Invoice, said: Words) -> Iterator[list[str]]:
    tax = invoice.sales_tax
    yield [said.subtotal if tax else said.total_net, said.say_money(invoice.net, invoice.currency)]
    yield [said.sales_tax if tax else said.total_vat, said.say_money(invoice.vat, invoice.currency)]
    if invoice.vat_in:
        yield [said.total_vat, said.say_money(invoice.vat_in.vat, invoice.vat_in.currency)]
    if invoice.rounding:
        yield [said.rounding, said.say_money(invoice.rounding, invoice.currency)]
    yield [said.total if tax else said.total_gross, said.say_money(invoice.gross, invoice.currency)]


def _soft(text: str) -> str:
    """With places at which a very long word may be broken."""
    seen = normalize("NFC", plain(_INVISIBLE.sub("", text)))
    return _LONG.sub(lambda word: _PLACES.sub("\\g<0>\u200b", word[0]), seen)
