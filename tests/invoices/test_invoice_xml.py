"""An invoice's XML is what EN 16931 asks for, and says what the invoice says."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from invoices import xml
from invoices.document import Invoice, Unmakeable, Vat, VatCategory
from rules.reason import Reason
from tests.invoices.checker import complaints
from tests.invoices.samples import BUYER, PLAIN, SELLER, invoices

ONE = Decimal(1)
FIFTY = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


@FIFTY
@given(invoices())
def test_any_invoice_is_valid(invoice: Invoice) -> None:
    assert complaints(xml.write(invoice)) == set()


@pytest.mark.long
@settings(FIFTY, max_examples=500)
@given(invoices())
def test_five_hundred_invoices_are_valid(invoice: Invoice) -> None:
    assert complaints(xml.write(invoice)) == set()


WRONG = {
    "net": (replace(PLAIN, net=PLAIN.net + ONE), "BR-CO-10"),
    "vat": (replace(PLAIN, vat=PLAIN.vat + ONE), "BR-CO-14"),
    "vat of a rate": (replace(PLAIN, vats=(replace(PLAIN.vats[0], vat=PLAIN.vat + 2 * ONE),)), "BR-S-09"),
    "net of a rate": (replace(PLAIN, vats=(replace(PLAIN.vats[0], net=PLAIN.net - ONE),)), "BR-S-08"),
    "no date of supply": (
        replace(
            PLAIN,
            buyer=replace(BUYER, vat_number="DE123456788"),
            supplied_on=None,
            lines=(replace(PLAIN.lines[0], category=VatCategory.INTRA_COMMUNITY, rate=Decimal(0)),),
            vats=(Vat(VatCategory.INTRA_COMMUNITY, Decimal(0), PLAIN.net, Decimal(0)),),
            vat=Decimal(0),
            gross=PLAIN.net,
        ),
        "BR-IC-11",
    ),
}


@pytest.mark.parametrize(("invoice", "rule"), WRONG.values(), ids=WRONG)
def test_the_checker_bites(invoice: Invoice, rule: str) -> None:
    assert rule in complaints(xml.write(invoice))


@pytest.mark.parametrize(
    ("total", "rule"),
    [("GrandTotalAmount", "BR-CO-15"), ("DuePayableAmount", "BR-CO-16"), ("TaxBasisTotalAmount", "BR-CO-13")],
)
def test_a_wrong_total_is_found(total: str, rule: str) -> None:
    right = xml.write(PLAIN)
    wrong = re.sub(rf"(<ram:{total}>)[^<]*".encode(), rb"\g<1>1.23", right)
    assert wrong != right
    assert rule in complaints(wrong)


# there is no exempt seller without any number: BR-E-02
SELLERS = {
    "exempt, a VAT number": (VatCategory.EXEMPT, "FR40303265045"),
    "exempt, a tax number": (VatCategory.EXEMPT, "12/345/67890"),
    "outside, a VAT number": (VatCategory.OUTSIDE, "FR40303265045"),
    "outside, no number": (VatCategory.OUTSIDE, None),
}


@pytest.mark.parametrize(("category", "number"), SELLERS.values(), ids=SELLERS)
def test_a_seller_who_charges_no_vat_is_identified(category: VatCategory, number: str | None) -> None:
    invoice = replace(
        PLAIN,
        seller=replace(SELLER, vat_number=number),
        lines=(replace(PLAIN.lines[0], category=category, rate=Decimal(0)),),
        vats=(Vat(category, Decimal(0), PLAIN.net, Decimal(0), "TVA non applicable, art. 293 B du CGI"),),
        vat=Decimal(0),
        gross=PLAIN.net,
    )
    assert complaints(xml.write(invoice)) == set()


def test_an_address_without_a_country_cannot_be_written() -> None:
    with pytest.raises(Unmakeable) as refused:
        xml.write(replace(PLAIN, buyer=replace(BUYER, country=None)))
    assert refused.value.reason == Reason.BUYER_DATA_MISSING


def test_a_french_business_has_its_siren_beside_its_vat_number() -> None:
    buyer = replace(BUYER, country="FR", postal_code="69003", city="Lyon", vat_number="FR83404833048")
    written = xml.write(replace(PLAIN, buyer=buyer))
    assert re.findall(rb'schemeID="0002">(\d+)<', written) == [b"303265045", b"404833048"]
    assert complaints(written) == set()
    assert b'schemeID="0002"' not in xml.write(replace(PLAIN, seller=replace(SELLER, vat_number=None)))
