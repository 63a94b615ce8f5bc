"""Which category and rate a sale's charges have, and who and what stands on the invoice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoices import xml
from invoices.crediting import credit_note
from invoices.document import Invoice, Kind, Reference, Unmakeable
from rules.reason import Reason
from rules.sale import Charge, Party, Sale, SaleLine
from settings.invoices import Invoices, InvoiceSeller, SkuRates, Texts
from tests.invoices.checker import complaints
from tests.invoices.vat_examples import (
    BUYER,
    FIRM,
    ISSUED,
    TWENTY,
    check_sums,
    item,
    made,
    paid,
    sale,
    settings,
    shipping,
    to,
)

D = Decimal


def taxes(found: Invoice) -> list[tuple[str, str, str, str]]:
    return [(vat.category, str(vat.rate), str(vat.net), str(vat.vat)) for vat in found.vats]


def test_an_invoice_says_who_and_what() -> None:
    wanted = sale(item("24.00", 2), shipping("6.00"), business=True, purchase_order="PO-7")
    found = made(wanted, settings(vat_rates={"FR": D(20)}, footer=("RCS Paris",)))
    assert (found.kind, found.number, found.issued_on, found.language) == (Kind.INVOICE, "2026-000001", ISSUED, "en")
    assert (found.order_id, found.currency, found.purchase_order) == ("403-0000001-0000001", "EUR", "PO-7")
    assert (found.ordered_on, found.supplied_on) == (date(2026, 12, 2), date(2026, 12, 2))  # in Paris
    assert (found.buyer, found.recipient) == (BUYER, None)
    assert found.seller == Party(
        "Maison Durand",
        lines=("12 rue des Lilas",),
        postal_code="75011",
        city="Paris",
        country="FR",
        vat_number="FR11123456782",
    )
    assert [(line.description, line.quantity, line.net_price, line.net) for line in found.lines] == [
        ("A mug", D(2), D("10.00"), D("20.00")),
        ("Shipping", D(1), D("5.00"), D("5.00")),
    ]
    assert (found.net, found.vat, found.rounding, found.gross) == (D("25.00"), D("5.00"), D(0), D("30.00"))
    assert (found.sales_tax, found.original, found.footer) == (False, None, ("RCS Paris",))


RECIPIENTS = {
    "the buyer": (None, None),
    "the buyer, said twice": (BUYER, None),
    "another": (replace(BUYER, name="Otto Beispiel"), replace(BUYER, name="Otto Beispiel")),
}


@pytest.mark.parametrize(("recipient", "expected"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_a_recipient_is_named_only_if_it_is_not_the_buyer(recipient: Party | None, expected: Party | None) -> None:
    assert made(sale(item("12"), recipient=recipient)).recipient == expected


NUMBERS = {
    "Amazon's": ({"seller_vat_number": "IT000"}, TWENTY, "IT000"),
    "of the country of delivery": (to("DE"), TWENTY, "DE999999999"),
    "of the seller's own country": (to("IT"), settings(vat_rates={"IT": D(22)}), "FR11123456782"),
    "else the first": (
        to("FR"),
        settings("CN", vat_numbers={"PL": "PL1", "CZ": "CZ1"}, vat_rates={"FR": D(20)}),
        "PL1",
    ),
}


@pytest.mark.parametrize(("changes", "wish", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_the_sellers_vat_number_is(changes: dict[str, Any], wish: Invoices, expected: str) -> None:
    assert made(sale(item("12"), **changes), wish).seller.vat_number == expected


BOOKS = settings(
    vat_rates={"FR": D(20), "DE": D(19), "CH": D("8.1")},
    sku_vat_rates=(
        SkuRates(skus=("BOOK-*", "map-?"), rates={"FR": D("5.5")}),
        SkuRates(skus=("*",), rates={"DE": D(7)}),
    ),
)
NO_RATES = settings()
BRITISH = settings("GB")
AUTOLIQUIDATION: dict[str, Any] = {"citations": (("fr", "Autoliquidation"), ("en", "Reverse charge applies"))}
CHINESE = settings("CN", vat_numbers={"GB": "GB1", "DE": "DE1"})

TAXED: dict[str, tuple[Sale, Invoices, list[tuple[str, str]]]] = {
    # Amazon says the rate
    "its rate": (sale(item("12", tax=D("2.00"), tax_rate=D("20.000"))), BOOKS, [("S", "20")]),
    "its rate of zero": (sale(item("12", tax=D(0), tax_rate=D(0))), BOOKS, [("Z", "0")]),
    "its rate of zero, abroad": (sale(item("12", tax=D(0), tax_rate=D(0)), **to("CH")), BOOKS, [("G", "0")]),
    # Amazon says the VAT
    "the standard rate": (sale(item("9.99", tax=D("1.67"))), NO_RATES, [("S", "20")]),
    "a reduced rate": (sale(item("9.99", tax=D("0.52"))), NO_RATES, [("S", "5.5")]),
    "of the country of delivery": (sale(item("9.99", tax=D("1.60")), **to("DE")), NO_RATES, [("S", "19")]),
    "of the seller's country": (sale(item("119.99", tax=D("20.00")), **to("DE")), NO_RATES, [("S", "20")]),
    "Finland's": (sale(item("12.55", tax=D("2.55")), **to("FI")), NO_RATES, [("S", "25.5")]),
    "rounded down by Amazon": (sale(item("9.99", tax=D("1.66"))), NO_RATES, [("S", "20")]),
    "rounded for each piece": (sale(item("9.90", 10, tax=D("1.70"))), NO_RATES, [("S", "20")]),
    "no legal rate": (sale(item("112.00", tax=D("12.00"))), NO_RATES, [("S", "12")]),
    "no legal rate, not even": (sale(item("100.00", tax=D("3.00"))), NO_RATES, [("S", "3.1")]),
    "of Monaco": (sale(item("9.99", tax=D("1.67")), **to("MC", "98000")), NO_RATES, [("S", "20")]),
    "small change goes with the rest": (
        sale(item("20.00", tax=D("1.04")), shipping("0.10", tax=D("0.01"))),
        NO_RATES,
        [("S", "5.5")],
    ),
    "two rates": (
        sale(item("20.00", tax=D("1.04")), item("12.00", tax=D("2.00"))),
        NO_RATES,
        [("S", "5.5"), ("S", "20")],
    ),
    "zero beside VAT": (
        sale(item("20.00", tax=D(0)), item("12.00", tax=D("2.00"))),
        NO_RATES,
        [("Z", "0"), ("S", "20")],
    ),
    "free beside VAT": (
        sale(item("20.00", discount=D(20), tax=D(0)), item("12.00", tax=D("2.00"))),
        NO_RATES,
        [("S", "20")],
    ),
    "VAT goes before the settings": (sale(item("20.00", tax=D("1.04"), sku="MUG-1")), BOOKS, [("S", "5.5")]),
    # the settings say it
    "by country": (sale(item("12")), BOOKS, [("S", "20")]),
    "by country, for Amazon's zero says nothing": (sale(item("12", tax=D(0))), BOOKS, [("S", "20")]),
    "by SKU": (sale(item("12", sku="book-1"), item("12"), item("12", sku="MAP-2")), BOOKS, [("S", "5.5"), ("S", "20")]),
    "by SKU, of another country": (sale(item("12", sku="BOOK-1"), **to("DE")), BOOKS, [("S", "7")]),
    "by country, without SKU": (sale(item("12", sku=None), **to("DE")), BOOKS, [("S", "7")]),
    "of a country outside": (sale(item("12"), **to("CH")), BOOKS, [("S", "8.1")]),
    "below the threshold, by the home country": (
        sale(item("12"), **to("DE")),
        settings(vat_rates={"FR": D(20)}, distance_sales="home"),
        [("S", "20")],
    ),
    "below the threshold, sent by Amazon from home": (
        sale(item("12"), **to("DE"), fulfilled_by_amazon=True, shipped_from="FR"),
        settings(vat_rates={"FR": D(20)}, distance_sales="home"),
        [("S", "20")],
    ),
    "zero": (sale(item("12")), settings(vat_rates={"FR": D(0)}), [("Z", "0")]),
    # nobody says it
    "exported": (sale(item("12"), **to("NO")), BOOKS, [("G", "0")]),
    "exported by Amazon's zero": (sale(item("12", tax=D(0)), **to("GB")), NO_RATES, [("G", "0")]),
    "the Canary Islands": (sale(item("12"), market="ES", **to("ES", "35 001")), BOOKS, [("G", "0")]),
    "Guadeloupe": (sale(item("12"), **to("FR", "97100")), BOOKS, [("G", "0")]),
    "out of Britain": (sale(item("12", tax=D(0)), market="UK", **to("IE")), BRITISH, [("Z", "0")]),
    "Monaco": (sale(item("12"), **to("MC", "98000")), BOOKS, [("S", "20")]),
    "Monaco, by its French address": (sale(item("12"), **to("FR", "98000")), BOOKS, [("S", "20")]),
    "Northern Ireland": (sale(item("12"), **to("GB", "BT1 5GS")), settings(vat_rates={"XI": D(20)}), [("S", "20")]),
    "Northern Ireland, at Britain's rate": (
        sale(item("12"), **to("GB", "BT1 5GS")),
        settings(vat_rates={"GB": D(20)}),
        [("S", "20")],
    ),
    "Northern Ireland, out of Britain": (
        sale(item("12"), market="UK", **to("GB", "BT1 5GS")),
        settings("GB", vat_rates={"GB": D(20)}),
        [("S", "20")],
    ),
    "Jersey, out of Britain": (sale(item("12"), market="UK", **to("GB", "JE2 3AB")), BRITISH, [("Z", "0")]),
    "Man, out of Britain": (
        sale(item("12"), market="UK", **to("IM", "IM1 2AB")),
        settings("GB", vat_rates={"GB": D(20)}),
        [("S", "20")],
    ),
    "Madeira, by Portugal's rate": (
        sale(item("12"), **to("PT", "9000-042")),
        settings(vat_rates={"PT": D(23)}),
        [("S", "22")],
    ),
    "the Azores, by Amazon's VAT": (
        sale(item("11.60", tax=D("1.60")), **to("PT", "9500-150")),
        NO_RATES,
        [("S", "16")],
    ),
    # nobody charges it
    "exempt": (sale(item("12", tax=D(0))), settings(exemption="art. 293 B"), [("E", "0")]),
    "reverse charge": (sale(item("12", tax=D(0)), **AUTOLIQUIDATION, buyer=FIRM), BOOKS, [("AE", "0")]),
    "to a business in another country": (
        sale(item("12", tax=D(0)), shipped_from="FR", buyer=FIRM, **to("DE")),
        BOOKS,
        [("K", "0")],
    ),
    "the same, in Amazon's words": (
        sale(item("12", tax=D(0), tax_rate=D(0)), buyer=FIRM, citations=(("en", "Art. 138"),)),
        BOOKS,
        [("K", "0")],
    ),
    "the same, although Amazon says reverse charge": (
        sale(item("12", tax=D(0)), **AUTOLIQUIDATION, shipped_from="FR", buyer=FIRM, **to("DE")),
        BOOKS,
        [("K", "0")],
    ),
    "to a business in Northern Ireland": (
        sale(
            item("12", tax=D(0)),
            shipped_from="FR",
            buyer=replace(FIRM, vat_number="XI123456789"),
            **to("GB", "BT1 5GS"),
        ),
        BOOKS,
        [("K", "0")],
    ),
    "to a British business": (
        sale(
            item("12", tax=D(0), tax_rate=D(0)),
            shipped_from="FR",
            buyer=replace(FIRM, vat_number="GB123456789"),
            **to("GB", "M1 1AE"),
        ),
        BOOKS,
        [("G", "0")],
    ),
    "in another country with VAT": (
        sale(item("11.90", tax=D("1.90"), tax_rate=D(19)), shipped_from="FR", buyer=FIRM, **to("DE")),
        BOOKS,
        [("S", "19")],
    ),
}


@pytest.mark.parametrize(("wanted", "wish", "expected"), TAXED.values(), ids=TAXED)
def test_a_sale_is_taxed(wanted: Sale, wish: Invoices, expected: list[tuple[str, str]]) -> None:
    found = made(wanted, wish)
    assert [(category, rate) for category, rate, *_ in taxes(found)] == expected
    assert found.gross == paid(wanted)
    check_sums(found)


def test_amazons_sentence_is_the_reason_and_our_own_names_the_law_where_there_is_none() -> None:
    to_germany = sale(item("12", tax=D(0)), shipped_from="FR", buyer=FIRM, **to("DE"))
    own = made(to_germany)
    assert [vat.exemption for vat in own.vats] == [None]  # invoices/words.py has it
    said = made(replace(to_germany, citations=(("fr", "Art. 138, exonéré"), ("en", "Exempt, Art. 138"))))
    assert ([vat.exemption for vat in said.vats], said.notes) == (["Exempt, Art. 138"], ())


def test_an_export_out_of_britain_names_its_own_law_and_no_directive() -> None:
    found = made(sale(item("12", tax=D(0)), market="UK", **to("IE")), BRITISH)
    written = xml.write(found).decode()
    assert "Value Added Tax Act 1994, section 30" in written
    assert "VATEX" not in written


def test_amazons_sentence_is_printed_beside_vat_too() -> None:
    found = made(sale(item("12", tax=D(2), tax_rate=D(20)), citations=(("en", "Distance sale"),)))
    assert found.notes == ("Distance sale",)


def test_a_supply_to_another_country_has_the_sellers_number_of_where_it_left() -> None:
    found = made(sale(item("12", tax=D(0)), shipped_from="FR", buyer=FIRM, **to("DE")))
    assert found.seller.vat_number == "FR11123456782"


def test_the_sentence_of_the_settings_stands_where_they_exempt() -> None:
    found = made(sale(item("12")), settings(exemption="art. 293 B"))
    assert [vat.exemption for vat in found.vats] == ["art. 293 B"]


UNMAKEABLE: dict[str, tuple[Sale, Invoices, Reason]] = {
    "no VAT and no rate": (sale(item("12")), NO_RATES, Reason.TAX_DATA_MISSING),
    "zero VAT, which says nothing": (sale(item("12", tax=D(0))), NO_RATES, Reason.TAX_DATA_MISSING),
    "no rate for the country": (sale(item("12"), **to("IT")), BOOKS, Reason.TAX_DATA_MISSING),
    "outside, but registered there": (sale(item("12"), **to("GB")), CHINESE, Reason.TAX_DATA_MISSING),
    "Amazon is the seller": (sale(item("12"), tax_by_amazon=True), BOOKS, Reason.INVOICED_BY_AMAZON),
    "no buyer": (sale(item("12"), buyer=None), BOOKS, Reason.BUYER_DATA_MISSING),
    "reverse charge without a number": (sale(item("12"), **AUTOLIQUIDATION), BOOKS, Reason.BUYER_DATA_MISSING),
    "reverse charge with VAT": (sale(item("12", tax=D(2)), **AUTOLIQUIDATION, buyer=FIRM), BOOKS, Reason.NOT_PRINTABLE),
    "to another country with a number of its own": (
        sale(item("12", tax=D(0)), shipped_from="DE", buyer=replace(FIRM, vat_number="DE136695976"), **to("AT")),
        BOOKS,
        Reason.TAX_DATA_MISSING,
    ),
    "to Northern Ireland with a number of Britain": (
        sale(
            item("12", tax=D(0)),
            shipped_from="FR",
            buyer=replace(FIRM, vat_number="GB123456789"),
            **to("GB", "BT1 5GS"),
        ),
        BOOKS,
        Reason.TAX_DATA_MISSING,
    ),
    "to a business, without its date": (
        sale(item("12", tax=D(0)), shipped_from="FR", buyer=FIRM, shipped_at=None, **to("DE")),
        BOOKS,
        Reason.TAX_DATA_MISSING,
    ),
    "an export that stays in the EU": (
        sale(item("12", tax=D(0), tax_rate=D(0)), shipped_from="FR", export=True, **to("DE")),
        BOOKS,
        Reason.TAX_DATA_MISSING,
    ),
    "below the threshold, sent by Amazon from wherever": (
        sale(item("12"), **to("DE"), fulfilled_by_amazon=True),
        settings(vat_rates={"FR": D(20)}, distance_sales="home"),
        Reason.TAX_DATA_MISSING,
    ),
    "Northern Ireland without a rate": (sale(item("12"), **to("GB", "BT1 5GS")), BOOKS, Reason.TAX_DATA_MISSING),
    "a forces' post office": (sale(item("12"), market="UK", **to("GB", "BF1 2AT")), BRITISH, Reason.TAX_DATA_MISSING),
    "exempt with VAT": (sale(item("12", tax=D(2))), settings(exemption="no VAT"), Reason.NOT_PRINTABLE),
    "less than was paid": (sale(item("12"), total=D("17.00")), BOOKS, Reason.NOT_PRINTABLE),
    "more than was paid": (sale(item("12"), total=D("11.99")), BOOKS, Reason.NOT_PRINTABLE),
    "nothing, of what was paid": (sale(item("0"), total=D("12")), BOOKS, Reason.NOT_PRINTABLE),
    "nothing sold": (sale(), BOOKS, Reason.NOTHING_TO_INVOICE),
    "nothing paid": (sale(item("12", discount=D(12)), shipping("0")), BOOKS, Reason.NOTHING_TO_INVOICE),
    "nothing paid by nobody": (sale(item("0"), buyer=None), BOOKS, Reason.NOTHING_TO_INVOICE),
    "a negative amount": (sale(item("12"), item("-1")), BOOKS, Reason.NOT_PRINTABLE),
    "half a cent": (sale(item("12.005")), BOOKS, Reason.NOT_PRINTABLE),
    "an endless amount": (sale(item("NaN")), BOOKS, Reason.NOT_PRINTABLE),
    "a discount beyond the price": (sale(item("12", discount=D(13))), BOOKS, Reason.NOT_PRINTABLE),
    "a negative discount": (sale(item("12", discount=D(-1))), BOOKS, Reason.NOT_PRINTABLE),
    "negative VAT": (sale(item("12", tax=D(-2))), BOOKS, Reason.NOT_PRINTABLE),
    "a VAT that is not its rate": (sale(item("120", tax=D(30), tax_rate=D(20))), BOOKS, Reason.NOT_PRINTABLE),
    "a quantity of none": (sale(item("12", 0)), BOOKS, Reason.NOT_PRINTABLE),
    "a quantity of ten thousand": (sale(item("12", 10_000)), BOOKS, Reason.NOT_PRINTABLE),
    "no seller": (sale(item("12")), Invoices(), Reason.NOT_PRINTABLE),
}


@pytest.mark.parametrize(("wanted", "wish", "reason"), UNMAKEABLE.values(), ids=UNMAKEABLE)
def test_what_cannot_be_invoiced_has_its_reason_and_no_personal_data(
    wanted: Sale, wish: Invoices, reason: Reason
) -> None:
    with pytest.raises(Unmakeable) as caught:
        made(wanted, wish)
    assert caught.value.reason == reason
    assert not {word for word in (BUYER.name, FIRM.vat_number, *BUYER.lines) if word and word in caught.value.detail}


def lines_of(*lines: SaleLine) -> list[tuple[str, str, str, str]]:
    found = made(sale(*lines))
    check_sums(found)
    return [(line.description, str(line.quantity), str(line.net_price), str(line.discount)) for line in found.lines]


LINES = {
    "a discount": ([item("12", discount=D(3))], [("A mug", "1", "10.00", "2.50")]),
    "a free gift": (
        [item("12"), item("6", discount=D(6))],
        [("A mug", "1", "10.00", "0.00"), ("A mug", "1", "5.00", "5.00")],
    ),
    "free shipping": ([item("12"), shipping("0")], [("A mug", "1", "10.00", "0.00")]),
    "free by a discount": (
        [item("12"), shipping("6", discount=D(6))],
        [("A mug", "1", "10.00", "0.00"), ("Shipping", "1", "5.00", "5.00")],
    ),
    "shipping of several": (
        [item("12"), shipping("6"), item("12"), shipping("3", discount=D(1))],
        [
            ("A mug", "1", "10.00", "0.00"),
            ("A mug", "1", "10.00", "0.00"),
            ("Shipping", "1", "7.50", "0.83"),
        ],
    ),
    "a price of three decimals": ([item("10", 3)], [("A mug", "3", "2.777", "0.00")]),
    "gift wrap and others": (
        [item("12"), SaleLine(Charge.GIFT_WRAP, "x", 3, D(6)), SaleLine(Charge.OTHER, "x", 1, D(6))],
        [("A mug", "1", "10.00", "0.00"), ("Gift wrap", "1", "5.00", "0.00"), ("Other charges", "1", "5.00", "0.00")],
    ),
    "no title": ([item("12", description=" ")], [("MUG-1", "1", "10.00", "0.00")]),
    "no title and no SKU": ([item("12", description="", sku=None)], [("–", "1", "10.00", "0.00")]),
}


@pytest.mark.parametrize(("lines", "expected"), LINES.values(), ids=LINES)
def test_charges_become_lines(lines: list[SaleLine], expected: list[tuple[str, str, str, str]]) -> None:
    assert lines_of(*lines) == expected


def test_charges_are_said_in_the_invoices_language() -> None:
    assert made(sale(shipping("6")), language="pl").lines[0].description == "Koszt dostawy"


OUT_OF_THE_GROSS = {
    "as everybody does it": (["9.99"], [("8.32", "1.67")]),
    "where no net gives it": (["0.99"], [("0.82", "0.17")]),
    "where one does": (["0.98"], [("0.82", "0.16")]),
    "of a group as a whole": (["0.99", "0.99"], [("1.65", "0.33")]),
    "half a cent up": (["0.03"], [("0.02", "0.01")]),
    "the smallest amount": (["0.01"], [("0.01", "0.00")]),
}


@pytest.mark.parametrize(("amounts", "expected"), OUT_OF_THE_GROSS.values(), ids=OUT_OF_THE_GROSS)
def test_vat_is_taken_out_of_what_was_paid_and_nothing_is_left_to_round(
    amounts: list[str], expected: list[tuple[str, str]]
) -> None:
    wanted = sale(*map(item, amounts))
    found = made(wanted)
    assert [(net, vat) for *_, net, vat in taxes(found)] == expected
    assert (found.rounding, found.gross) == (D(0), paid(wanted))
    check_sums(found)


def test_with_amazons_rates_its_vat_is_kept_to_the_cent() -> None:
    lines = [item("0.99", tax=D("0.17"), tax_rate=D(20)) for _ in range(3)]
    found = made(sale(*lines, shipping_id="S1"))
    assert taxes(found) == [("S", "20", "2.46", "0.51")]  # 20 % of 2.46 is 0.49
    assert (found.rounding, found.gross) == (D(0), D("2.97"))
    check_sums(found, vat_within=D("0.02"))


def test_in_north_america_the_sales_tax_is_on_top_and_as_amazon_says() -> None:
    wanted = sale(
        item("20.00", 2, discount=D(5), tax=D("1.24")),
        shipping("5.00", tax=D("0.40")),
        market="US",
        currency="USD",
        tax_by_amazon=True,
    )
    found = made(wanted, settings("US", vat_numbers={}))
    assert found.sales_tax
    assert taxes(found) == [("S", "8.2", "20.00", "1.64")]
    assert [(line.net_price, line.discount, line.net) for line in found.lines] == [
        (D(10), D(5), D(15)),
        (D(5), D(0), D(5)),
    ]
    assert (found.net, found.vat, found.gross, found.seller.vat_number) == (
        D("20.00"),
        D("1.64"),
        D("21.64"),
        None,
    )
    untaxed = made(sale(item("20.00"), market="US"), settings("US", vat_numbers={}))
    assert taxes(untaxed) == [("O", "0", "20.00", "0")]


ORIGINAL = made(
    sale(item("10.55", sku="BOOK-1"), item("24.00"), shipping("6.00")), BOOKS
)  # 10.55 at 5.5 %, 30.00 at 20 %


def credited(amount: str | None, refund: Sale | None = None, original: Invoice = ORIGINAL) -> Invoice:
    value = None if amount is None else D(amount)
    return credit_note(original, value, refund, number="C2026-000001", issued_on=date(2026, 12, 9))


@pytest.mark.parametrize("amount", [None, "40.55"])
def test_a_whole_credit_note_mirrors_the_invoice(amount: str | None) -> None:
    found = credited(amount)
    assert (found.kind, found.number, found.issued_on) == (Kind.CREDIT_NOTE, "C2026-000001", date(2026, 12, 9))
    assert found.original == Reference("2026-000001", ISSUED)
    assert [replace(line, takes_back=None) for line in found.lines] == list(ORIGINAL.lines)
    assert [line.takes_back for line in found.lines] == [0, 1, 2]
    assert (found.vats, found.gross) == (ORIGINAL.vats, D("40.55"))
    assert (found.buyer, found.order_id, found.language) == (ORIGINAL.buyer, ORIGINAL.order_id, "en")


def test_an_amount_that_is_of_nothing_in_particular_is_spread_over_the_rates() -> None:
    found = credited("20.00")
    assert [(line.description, line.rate, line.net) for line in found.lines] == [
        ("Refund for invoice 2026-000001", D("5.5"), D("4.93")),
        ("Refund for invoice 2026-000001", D(20), D("12.33")),
    ]
    assert found.gross == D("20.00")
    check_sums(found)


def test_a_cent_is_refunded_at_one_rate() -> None:
    found = credited("0.01")
    assert (len(found.lines), found.gross) == (1, D("0.01"))


def test_amazons_refund_has_its_own_lines() -> None:
    refund = sale(item("24.00", tax=D("4.00"), tax_rate=D(20)), transaction_id="T1")
    found = credited(None, refund)
    assert [(line.description, line.net) for line in found.lines] == [("A mug", D("20.00"))]
    assert (found.vat, found.gross) == (D("4.00"), D("24.00"))


REFUNDS = {
    "by its VAT": (item("12.00", tax=D("2.00")), ORIGINAL, [("S", "20")]),
    "by the invoice's one rate": (item("12.00"), made(sale(item("24.00"))), [("S", "20")]),
    "with the invoice's reason for none": (
        item("12.00", tax=D(0), tax_rate=D(0)),
        made(sale(item("24.00"), **AUTOLIQUIDATION, buyer=FIRM)),
        [("AE", "0")],
    ),
}


@pytest.mark.parametrize(("line", "original", "expected"), REFUNDS.values(), ids=REFUNDS)
def test_amazons_refund_is_taxed(line: SaleLine, original: Invoice, expected: list[tuple[str, str]]) -> None:
    found = credited(None, sale(line), original)
    assert [(category, rate) for category, rate, *_ in taxes(found)] == expected
    assert found.gross == D("12.00")


def test_a_partial_refund_keeps_the_exemption() -> None:
    exempt = made(sale(item("24.00")), settings(exemption="art. 293 B"))
    found = credited("10.00", original=exempt)
    assert [(vat.category, vat.vat, vat.exemption) for vat in found.vats] == [("E", D(0), "art. 293 B")]


def test_in_north_america_a_refund_takes_its_part_of_the_tax() -> None:
    american = made(sale(item("20.00", tax=D("1.64")), market="US"), settings("US", vat_numbers={}))
    found = credited("10.82", original=american)
    assert (found.net, found.vat, found.gross) == (D("10.00"), D("0.82"), D("10.82"))


WRONG_REFUNDS = {
    "nothing": ("0", None, Reason.NOTHING_TO_INVOICE),
    "less than nothing": ("-1", None, Reason.NOT_PRINTABLE),
    "half a cent": ("0.005", None, Reason.NOT_PRINTABLE),
    "more than the invoice": ("40.56", None, Reason.NOT_PRINTABLE),
    "rows of nothing": (None, sale(item("0")), Reason.NOTHING_TO_INVOICE),
    "rows without VAT": (None, sale(item("1")), Reason.TAX_DATA_MISSING),
    "rows below zero": (None, sale(item("-1")), Reason.NOT_PRINTABLE),
}


@pytest.mark.parametrize(("amount", "refund", "reason"), WRONG_REFUNDS.values(), ids=WRONG_REFUNDS)
def test_what_cannot_be_credited_has_its_reason(amount: str | None, refund: Sale | None, reason: Reason) -> None:
    with pytest.raises(Unmakeable) as caught:
        credited(amount, refund)
    assert caught.value.reason == reason


@pytest.mark.parametrize(("wanted", "wish"), [each[:2] for each in TAXED.values()], ids=TAXED)
def test_it_is_valid_and_so_is_its_credit_note(wanted: Sale, wish: Invoices) -> None:
    original = made(wanted, wish)
    for document in (original, credited(None, original=original), credited("5.55", original=original)):
        assert complaints(xml.write(document)) == set()


def small(country: str, number: str) -> Invoices:
    seller = InvoiceSeller(name="Anna", lines=("Weg 1",), postal_code="1", city="C", country=country, tax_number=number)
    return Invoices(enabled=True, since=date(2026, 1, 1), seller=seller)


SMALL_SELLERS = {
    "Kleinunternehmer": ("DE", "DE", "E", "§ 19 UStG"),
    "franchise en base": ("FR", "FR", "E", "art. 293 B du CGI"),
    "below the British threshold": ("GB", "UK", "O", "Not registered for VAT"),
    "regime forfettario": ("IT", "IT", "O", "regime forfettario"),
    "art. 113": ("PL", "PL", "E", "art. 113"),
}


@pytest.mark.parametrize(("country", "market", "category", "words"), SMALL_SELLERS.values(), ids=SMALL_SELLERS)
def test_a_small_business_charges_no_vat_and_says_why(country: str, market: str, category: str, words: str) -> None:
    found = made(sale(item("12"), shipping("3"), market=market, **to(country)), small(country, "12/345/67890"))
    assert [(vat.category, vat.net, vat.vat) for vat in found.vats] == [(category, D(15), D(0))]
    assert words in str(found.vats[0].exemption)
    assert (found.seller.vat_number, found.seller.tax_number) == (None, "12/345/67890")
    written = xml.write(found).decode()
    assert 'schemeID="FC">12/345/67890<' in written
    assert complaints(written.encode()) == set()


BY_LAW = {
    "an Italian seller's copy": ("IT", {}, ["Copia di cortesia"]),
    "a French seller's business order": ("FR", {"business": True}, ["livraison de biens", "40 €"]),
    "a French seller's consumer": ("FR", {}, []),
    "a German seller": ("DE", {"business": True}, []),
}


@pytest.mark.parametrize(("country", "changes", "expected"), BY_LAW.values(), ids=BY_LAW)
def test_what_the_sellers_country_wants_is_printed(country: str, changes: dict[str, Any], expected: list[str]) -> None:
    found = made(sale(item("12"), **changes), settings(country, vat_rates={"FR": D(20)}))
    assert len(found.notes) == len(expected)
    assert all(words in note for words, note in zip(expected, found.notes, strict=True))


def test_texts_are_those_of_the_marketplace_and_the_language() -> None:
    texts = (
        Texts(marketplaces=("DE",), footer=("HRB 1",)),
        Texts(languages=("en",), notes=("Thank you",)),
    )
    found = made(sale(item("12")), settings(vat_rates={"FR": D(20)}, texts=texts, footer=("RCS Paris",)))
    assert (found.footer, found.notes) == (("RCS Paris",), ("Thank you",))


def test_a_credit_note_has_neither_terms_of_payment_nor_an_annex() -> None:
    terms = made(sale(item("12"), business=True), settings(vat_rates={"FR": D(20)}))
    found = credited(None, original=replace(terms, annex="The right of withdrawal"))
    assert (found.notes, found.annex) == ((), "")
