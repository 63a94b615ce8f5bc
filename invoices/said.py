"""What the XML inside a PDF says of the invoice.

Cross Industry Invoice (Factur-X, ZUGFeRD 2, XRechnung), CrossIndustryDocument (ZUGFeRD 1), or UBL (XRechnung).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

ORDER_ID = re.compile(r"(?<!\d)\d{3}-\d{7}-\d{7}(?!\d)")

# UNTDID 1001, as far as EN 16931 has it for what a seller asks money with
_INVOICES = frozenset(("80", "82", "84", "130", "202", "203", "204", "211", "295", "325", "326", "380", "382", "383"))
_INVOICES |= {"385", "386", "387", "388", "389", "390", "393", "394", "395", "575", "623", "751", "780", "935"}
# the same list, of what a seller gives money back with; 384, a correction, may be either
_CREDIT_NOTES = frozenset(("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"))
_DOCUMENTS = ("{*}ExchangedDocument", "{*}HeaderExchangedDocument", ".")
_TYPES = ("{*}TypeCode", "{*}InvoiceTypeCode", "{*}CreditNoteTypeCode")
_SUMS = (
    ".//{*}SpecifiedTradeSettlementHeaderMonetarySummation",
    ".//{*}ApplicableSupplyChainTradeSettlement/{*}SpecifiedTradeSettlementMonetarySummation",
)
_BUYERS = (".//{*}BuyerTradeParty", "{*}AccountingCustomerParty/{*}Party")
_NAMES = ("Name", "TradingBusinessName", "PersonName", "RegistrationName")
_POSTAL_CODES = ("PostcodeCode", "PostalZone")
_ROOTS = ("CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote")


class NotSaid(Exception):
    """This is no XML of an invoice that can be read."""


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """None: it does not say. `total` is with VAT; `orders` are the Amazon orders that it names anywhere."""

    number: str | None
    is_invoice: bool
    is_credit_note: bool
    currency: str | None
    total: Decimal | None
    vat: Decimal | None
    orders: frozenset[str]
    buyer: tuple[str, ...]  # the names that it has for the buyer: company, person
    postal_codes: tuple[str, ...]  # the buyer's


def read(xml: bytes) -> Said:
    """Raises NotSaid."""
    try:
        root = ET.fromstring(xml)  # noqa: S314 (the seller's own file; expat bounds what entities grow to)
    except (ET.ParseError, LookupError, ValueError) as error:
        raise NotSaid from error
    name = root.tag.rpartition("}")[2]
    if name not in _ROOTS:
        raise NotSaid
    document = next(found for path in _DOCUMENTS if (found := root.find(path)) is not None)
    type_code = next((text for path in _TYPES if (text := _text(document, path))), None)
    currency = _text(root, ".//{*}InvoiceCurrencyCode") or _text(root, "{*}DocumentCurrencyCode")
    total, rounding, vat = (
        _amount(currency, (found for path in paths for found in root.iterfind(path)))
        for paths in (
            [*(f"{sums}/{{*}}GrandTotalAmount" for sums in _SUMS), "{*}LegalMonetaryTotal/{*}TaxInclusiveAmount"],
            [*(f"{sums}/{{*}}RoundingAmount" for sums in _SUMS), "{*}LegalMonetaryTotal/{*}PayableRoundingAmount"],
            [*(f"{sums}/{{*}}TaxTotalAmount" for sums in _SUMS), "{*}TaxTotal/{*}TaxAmount"],
        )
    )
    return Said(
        number=_text(document, "{*}ID"),
        is_invoice=name != "CreditNote" and (type_code is None or type_code in _INVOICES),
        is_credit_note=type_code in _CREDIT_NOTES or (name == "CreditNote" and type_code is None),
        currency=currency,
        total=None if total is None else total + (rounding or 0),
        vat=vat,
        orders=frozenset(found for text in root.itertext() for found in ORDER_ID.findall(text)),
        buyer=_of_buyer(root, _NAMES),
        postal_codes=_of_buyer(root, _POSTAL_CODES),
    )


def _of_buyer(root: ET.Element, names: Iterable[str]) -> tuple[str, ...]:
    parties = [party for path in _BUYERS for party in root.iterfind(path)]
    found = (each.text for party in parties for name in names for each in party.iterfind(f".//{{*}}{name}"))
    return tuple(text for each in found if (text := (each or "").strip()))


def _text(element: ET.Element, path: str) -> str | None:
    return (element.findtext(path) or "").strip() or None


def _amount(currency: str | None, found: Iterable[ET.Element]) -> Decimal | None:
    """The one in the invoice's currency (EN 16931 has a second VAT total, BT-111, in that of the tax office)."""
    amounts = {
        Decimal(text)
        for each in found
        if each.get("currencyID") in (None, currency)
        and re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", text := (each.text or "").strip())
    }
    return amounts.pop() if len(amounts) == 1 else None
