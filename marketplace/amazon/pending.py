"""The VAT invoice data report: shipments and refunds that still lack the seller's document, with Amazon's VAT.

Only for sellers who use Amazon's VAT Calculation Service and upload their own invoices. Its columns: SP-API docs,
"Invoice Data reports attributes". A row is one item of a shipment, refund or return (`transaction-type`). Amounts of
promotions are negative, and a rate is a fraction, 0.2 for 20 per cent, as M2E Pro's public Magento module reads them;
a refund's amounts are taken without their sign. A document of which one row cannot be read says so, and holds no line;
the others stand for themselves.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from marketplace.amazon.nodes import number, time_of
from marketplace.amazon.reports import header_of, lines
from marketplace.errors import Broken
from marketplace.port import PendingInvoice
from rules.sale import Charge, Party, Sale, SaleLine
from rules.text import storable
from settings.marketplaces import MARKETPLACES_BY_ID

REPORT = "the VAT invoice data report"
MARKETPLACES = frozenset({"IE", "ES", "UK", "FR", "BE", "NL", "DE", "IT", "SE", "PL"})
"""Those that have the report (SP-API docs, "Invoice Data Reports"); any other makes Amazon refuse all of it."""
REQUIRED = ("order-id", "shipping-id", "transaction-id", "transaction-type", "currency", "item-vat-incl-amount")

CHARGES = (  # the columns' first words: of the charge, and of its promotion
    (Charge.ITEM, "item", "item-promo"),
    (Charge.SHIPPING, "shipping", "shipping-promo"),
    (Charge.GIFT_WRAP, "gift-wrap", "gift-promo"),
)

LONGEST_PART = 255  # what the ledger keeps of a shipment's or a transaction's id
CITATION = "citation-"
"""Begins the columns of the sentence that is to be printed, one for each language."""
LONG_AGO = datetime(1995, 1, 1, tzinfo=UTC)

Row = Mapping[str, str]


class Unreadable(ValueError):
    """Why a row cannot be read; never quotes what it holds of the buyer."""


def invoices(pieces: Iterable[bytes]) -> Iterator[PendingInvoice]:
    """One for each shipment, refund and return. Shipments that Amazon invoices itself are left out.

    Raises Busy for a file that is empty or breaks off, Broken for one that is not the report.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in _rows(pieces):
        if row["order-id"] and not _yes(row, "is-amazon-invoiced"):
            same = tuple(row[name] for name in ("order-id", "shipping-id", "transaction-type", "transaction-id"))
            groups.setdefault(same, []).append(row)
    for rows in groups.values():
        yield _pending(rows)


def _pending(rows: list[Row]) -> PendingInvoice:
    first, problem = rows[0], ""
    try:
        sale = _sale(rows)
    except Unreadable as why:
        problem = f"{REPORT}: {why}"
        sale = _named(first)
    return PendingInvoice(
        sale=sale,
        credit_note=first["transaction-type"].upper() != "SHIPMENT",
        status=first.get("invoice-status", ""),
        detail=first.get("invoice-status-description", ""),
        problem=problem,
    )


def _named(row: Row) -> Sale:
    """What the document is of, and nothing else."""
    return Sale(
        order_id=row["order-id"],
        marketplace_id=row.get("marketplace-id", ""),
        purchased_at=LONG_AGO,
        currency=row["currency"],
        lines=(),
        buyer=None,
        shipping_id=row["shipping-id"][:LONGEST_PART] or None,
        transaction_id=row["transaction-id"][:LONGEST_PART] or None,
    )


def _sale(rows: list[Row]) -> Sale:
    first = rows[0]
    purchased_at = time_of(first.get("order-date", "")) or time_of(first.get("shipment-date", ""))
    if purchased_at is None:
        raise Unreadable("a row without its dates")
    if first.get("marketplace-id") not in MARKETPLACES_BY_ID:
        raise Unreadable("a row of a marketplace that is not known")
    if len(first["currency"]) != 3:
        raise Unreadable("a row without its currency")
    found = tuple(line for row in rows for line in _lines(row))
    return replace(
        _named(first),
        purchased_at=purchased_at,
        lines=found,
        buyer=_party(
            first,
            "bill",
            ("billing-name", "buyer-name"),
            "buyer-company-name",
            first.get("buyer-vat-number") or None,
        ),
        recipient=_party(first, "ship", ("recipient-name",)),
        shipped_at=time_of(first.get("shipment-date", "")),
        business=_yes(first, "is-business-order"),
        purchase_order=first.get("purchase-order-number") or None,
        seller_vat_number=first.get("seller-vat-number") or None,
        shipped_from=first.get("ship-from-country") or None,
        shipped_from_postal_code=first.get("ship-from-postal-code") or None,
        export=_yes(first, "export-outside-eu"),
        citations=tuple(
            (name[len(CITATION) :], said) for name, said in first.items() if name.startswith(CITATION) and said
        ),
    )


def _lines(row: Row) -> Iterator[SaleLine]:
    for charge, name, promotion in CHARGES:
        amount = _amount(row, f"{name}-vat-incl-amount")
        if not amount and charge is not Charge.ITEM:
            continue
        said = bool(row.get(f"{name}-vat-rate"))
        yield SaleLine(
            charge=charge,
            description=row.get("product-name", ""),
            quantity=_pieces(row),
            amount=amount,
            discount=_amount(row, f"{promotion}-vat-incl-amount"),
            # empty: Amazon could not calculate the VAT of this shipment, which is not to say that there is none
            tax=_amount(row, f"{name}-vat-amount") - _amount(row, f"{promotion}-vat-amount") if said else None,
            tax_rate=_per_cent(row, f"{name}-vat-rate") if said else None,
            sku=row.get("sku") or None,
            asin=row.get("asin") or None,
        )


def _party(
    row: Row, address: str, names: tuple[str, ...], company: str | None = None, vat_number: str | None = None
) -> Party | None:
    lines = tuple(line for number in (1, 2, 3) if (line := row.get(f"{address}-address-{number}", "")))
    business = row.get(company, "") if company else ""
    name = next((found for each in names if (found := row.get(each))), business)
    if not (name or lines):
        return None
    return Party(
        name=name,
        company=business or None,
        lines=lines,
        postal_code=row.get(f"{address}-postal-code") or None,
        city=row.get(f"{address}-city") or None,
        region=row.get(f"{address}-state") or None,
        country=row.get(f"{address}-country") or None,
        vat_number=vat_number,
    )


def _amount(row: Row, name: str) -> Decimal:
    """Without its sign; 0 where nothing is said."""
    amount = number(row.get(name) or "0")
    if amount is None:
        raise Unreadable(f"{name} is not a number")
    return abs(amount)


def _per_cent(row: Row, name: str) -> Decimal:
    rate = _amount(row, name)
    if rate >= 1:
        raise Unreadable(f"{name} is not a fraction")
    return rate * 100


def _pieces(row: Row) -> int:
    quantity = _amount(row, "quantity-purchased")
    if quantity != int(quantity):
        raise Unreadable("quantity-purchased is not a number of pieces")
    return int(quantity) or 1


def _yes(row: Row, name: str) -> bool:
    return row.get(name, "").lower() in ("true", "yes", "y", "1")


def _rows(pieces: Iterable[bytes]) -> Iterator[Row]:
    """By the names of the columns as Amazon's documentation spells them: lower case, and dashes."""
    fields = ([_cell(cell) for cell in _text(line).split("\t")] for line in lines(pieces))
    names = [re.sub(r"[ _]", "-", name.lower()) for name in header_of(REPORT, fields)]
    if missing := [name for name in REQUIRED if name not in names]:
        raise Broken(f"{REPORT}: a file without the column {missing[0]}")
    for row in fields:
        yield dict.fromkeys(REQUIRED, "") | dict(zip(names, row, strict=False))


def _cell(text: str) -> str:
    text = storable(text).strip()
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('""', '"').strip() if quoted else text


def _text(line: bytes) -> str:
    """UTF-8, or else Windows-1252: Amazon does not say which, and names and addresses need it."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
