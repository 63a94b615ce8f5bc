"""An invoice as EN 16931 XML, in the syntax of UN/CEFACT's Cross Industry Invoice, as Factur-X embeds it.

Names of the fields: EN 16931-1 (BT-…, BG-…). tests/invoices validates against its schema and schematron.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, tostring

from invoices.customs import siren_of
from invoices.document import Invoice, Kind, Line, Unmakeable, Vat, VatCategory
from invoices.text import names, plain
from invoices.words import why_no_vat, words
from rules.reason import Reason
from rules.sale import Party

PROFILE = "urn:cen.eu:en16931:2017"

_NAMESPACES = {
    "xmlns:rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "xmlns:ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "xmlns:udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "xmlns:qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
_TYPES = {Kind.INVOICE: "380", Kind.CREDIT_NOTE: "381"}  # UNTDID 1001
_WHY_NO_VAT = {
    VatCategory.REVERSE_CHARGE: "VATEX-EU-AE",
    VatCategory.INTRA_COMMUNITY: "VATEX-EU-IC",
    VatCategory.EXPORT: "VATEX-EU-G",
    VatCategory.OUTSIDE: "VATEX-EU-O",
}
_WITHOUT_REASON = (VatCategory.STANDARD, VatCategory.ZERO)  # BR-S-10, BR-Z-10
_ONLINE_PAYMENT = "68"  # UNTDID 4461
_DISCOUNT = "95"  # UNTDID 5189
_PIECES = "C62"  # UNECE Recommendation 20


def write(invoice: Invoice) -> bytes:
    """Raises Unmakeable when an address has no country, without which there is no valid XML."""
    root = _e(
        "rsm:CrossIndustryInvoice",
        _e("rsm:ExchangedDocumentContext", _e("ram:GuidelineSpecifiedDocumentContextParameter", _e("ram:ID", PROFILE))),
        _e(
            "rsm:ExchangedDocument",
            _e("ram:ID", invoice.number),
            _e("ram:TypeCode", _TYPES[invoice.kind]),
            _e("ram:IssueDateTime", _day(invoice.issued_on)),
            *(_e("ram:IncludedNote", _e("ram:Content", note)) for note in _notes(invoice)),
        ),
        _e(
            "rsm:SupplyChainTradeTransaction",
            *(_line(number, line) for number, line in enumerate(invoice.lines, 1)),
            _agreement(invoice),
            _delivery(invoice),
            _settlement(invoice),
        ),
        **_NAMESPACES,
    )
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _notes(invoice: Invoice) -> Iterator[str]:
    yield from invoice.notes
    yield from (vat.exemption for vat in invoice.vats if vat.category in _WITHOUT_REASON and vat.exemption)


def _line(number: int, line: Line) -> Element:
    return _e(
        "ram:IncludedSupplyChainTradeLineItem",
        _e("ram:AssociatedDocumentLineDocument", _e("ram:LineID", str(number))),
        _e(
            "ram:SpecifiedTradeProduct",
            line.sku and _e("ram:SellerAssignedID", line.sku),
            _e("ram:Name", line.description),
        ),
        _e(
            "ram:SpecifiedLineTradeAgreement",
            _e("ram:NetPriceProductTradePrice", _e("ram:ChargeAmount", _number(line.net_price))),
        ),
        _e(
            "ram:SpecifiedLineTradeDelivery",
            _e("ram:BilledQuantity", _number(line.quantity), unitCode=_PIECES),
        ),
        _e(
            "ram:SpecifiedLineTradeSettlement",
            _e(
                "ram:ApplicableTradeTax",
                _e("ram:TypeCode", "VAT"),
                _e("ram:CategoryCode", line.category),
                _rate(line),
            ),
            line.discount
            and _e(
                "ram:SpecifiedTradeAllowanceCharge",
                _e("ram:ChargeIndicator", _e("udt:Indicator", "false")),
                _e("ram:ActualAmount", _number(line.discount)),
                _e("ram:ReasonCode", _DISCOUNT),
            ),
            _e(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                _e("ram:LineTotalAmount", _number(line.net)),
            ),
        ),
    )


def _agreement(invoice: Invoice) -> Element:
    outside = any(vat.category == VatCategory.OUTSIDE for vat in invoice.vats)
    return _e(
        "ram:ApplicableHeaderTradeAgreement",
        _e("ram:SellerTradeParty", *_seller(invoice, outside)),
        _e("ram:BuyerTradeParty", *_buyer(invoice.buyer, outside)),
        _e("ram:SellerOrderReferencedDocument", _e("ram:IssuerAssignedID", invoice.order_id)),
        invoice.purchase_order
        and _e("ram:BuyerOrderReferencedDocument", _e("ram:IssuerAssignedID", invoice.purchase_order)),
    )


def _seller(invoice: Invoice, outside: bool) -> Iterator[Element]:
    """A seller without a VAT number, or outside VAT (BR-O-02), is identified by BT-29 instead (BR-CO-26)."""
    known = [] if outside else list(_vat_number(invoice.seller))
    if not any(each[0].get("schemeID") == "VA" for each in known):
        yield _e("ram:ID", invoice.seller.vat_number or invoice.seller.tax_number or invoice.seller.name)
    who, *where = _who_and_where(invoice.seller)
    yield who
    if invoice.footer:
        yield _e("ram:Description", " · ".join(invoice.footer))
    yield from _legal_id(invoice.seller)
    yield from where
    yield from known
    if invoice.seller.tax_number:
        yield _e("ram:SpecifiedTaxRegistration", _e("ram:ID", invoice.seller.tax_number, schemeID="FC"))


def _buyer(buyer: Party, outside: bool) -> Iterator[Element]:
    who, *where = _who_and_where(buyer)
    yield who
    yield from _legal_id(buyer)
    yield from where
    yield from () if outside else _vat_number(buyer)


def _legal_id(party: Party) -> Iterator[Element]:
    """A French business's SIREN, by which the platforms find it (BT-30, BT-47; ICD scheme 0002)."""
    if siren := siren_of(party):
        yield _e("ram:SpecifiedLegalOrganization", _e("ram:ID", siren, schemeID="0002"))


def _delivery(invoice: Invoice) -> Element:
    return _e(
        "ram:ApplicableHeaderTradeDelivery",
        _e("ram:ShipToTradeParty", *_who_and_where(invoice.recipient or invoice.buyer)),
        invoice.supplied_on
        and _e(
            "ram:ActualDeliverySupplyChainEvent",
            _e("ram:OccurrenceDateTime", _day(invoice.supplied_on)),
        ),
    )


def _settlement(invoice: Invoice) -> Element:
    original = invoice.original
    return _e(
        "ram:ApplicableHeaderTradeSettlement",
        invoice.vat_in and _e("ram:TaxCurrencyCode", invoice.vat_in.currency),
        _e("ram:InvoiceCurrencyCode", invoice.currency),
        _e(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            _e("ram:TypeCode", _ONLINE_PAYMENT),
            _e("ram:Information", "Amazon"),
        ),
        *(_vat(vat, invoice.language) for vat in invoice.vats),
        _e(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _e("ram:LineTotalAmount", _number(invoice.net)),
            _e("ram:TaxBasisTotalAmount", _number(invoice.net)),
            _e("ram:TaxTotalAmount", _number(invoice.vat), currencyID=invoice.currency),
            invoice.vat_in
            and _e("ram:TaxTotalAmount", _number(invoice.vat_in.vat), currencyID=invoice.vat_in.currency),
            invoice.rounding and _e("ram:RoundingAmount", _number(invoice.rounding)),
            _e("ram:GrandTotalAmount", _number(invoice.net + invoice.vat)),
            _e("ram:TotalPrepaidAmount", _number(invoice.gross)),
            _e("ram:DuePayableAmount", _number(invoice.net + invoice.vat + invoice.rounding - invoice.gross)),
        ),
        original
        and _e(
            "ram:InvoiceReferencedDocument",
            _e("ram:IssuerAssignedID", original.number),
            _e("ram:FormattedIssueDateTime", _day(original.issued_on, "qdt")),
        ),
    )


def _vat(vat: Vat, language: str) -> Element:
    why = None if vat.category in _WITHOUT_REASON else why_no_vat(vat, words(language))
    return _e(
        "ram:ApplicableTradeTax",
        _e("ram:CalculatedAmount", _number(vat.vat)),
        _e("ram:TypeCode", "VAT"),
        why and _e("ram:ExemptionReason", why),
        _e("ram:BasisAmount", _number(vat.net)),
        _e("ram:CategoryCode", vat.category),
        why and vat.category in _WHY_NO_VAT and _e("ram:ExemptionReasonCode", _WHY_NO_VAT[vat.category]),
        _rate(vat),
    )


def _rate(taxed: Line | Vat) -> Element | None:
    return None if taxed.category == VatCategory.OUTSIDE else _e("ram:RateApplicablePercent", _number(taxed.rate))


def _who_and_where(party: Party) -> Iterator[Element]:
    if not party.country:
        raise Unmakeable(Reason.BUYER_DATA_MISSING, "an address has no country")
    yield _e("ram:Name", ", ".join(names(party)) or "–")
    lines = [line for line in map(plain, party.lines) if line]
    yield _e(
        "ram:PostalTradeAddress",
        party.postal_code and _e("ram:PostcodeCode", party.postal_code),
        lines[:1] and _e("ram:LineOne", lines[0]),
        lines[1:] and _e("ram:LineTwo", lines[1]),
        lines[2:] and _e("ram:LineThree", ", ".join(lines[2:])),
        party.city and _e("ram:CityName", party.city),
        _e("ram:CountryID", party.country),
        party.region and _e("ram:CountrySubDivisionName", party.region),
    )


def _vat_number(party: Party) -> Iterator[Element]:
    """A VAT number begins with its country's letters (BR-CO-09); any other is a tax number (BT-32)."""
    if party.vat_number:
        scheme = "VA" if party.vat_number[:2].isalpha() else "FC"
        yield _e("ram:SpecifiedTaxRegistration", _e("ram:ID", party.vat_number, schemeID=scheme))


def _day(day: date, names: str = "udt") -> Element:
    return _e(f"{names}:DateTimeString", f"{day:%Y%m%d}", format="102")


def _number(number: Decimal) -> str:
    return f"{number:f}"


def _e(name: str, *content: object, **attributes: str) -> Element:
    """An element of texts and elements; whatever is empty is left out."""
    made = Element(name, attributes)
    for each in content:
        if isinstance(each, Element):
            made.append(each)
        elif isinstance(each, str):
            made.text = plain(each)
    return made
