import gzip
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from marketplace.amazon.downloads import unpacked
from marketplace.amazon.pending import invoices
from marketplace.errors import Broken, Busy
from marketplace.port import PendingInvoice
from rules.sale import Charge, Party, SaleLine

ORDER = "403-1234567-7654321"
ROW = {
    "marketplace-id": "A13V1IB3VIYZZH",
    "order-id": ORDER,
    "shipping-id": "S1",
    "transaction-id": "amzn:crow:1",
    "transaction-type": "SHIPMENT",
    "invoice-number": "",
    "invoice-status": "Pending",
    "invoice-status-description": "",
    "is-amazon-invoiced": "false",
    "order-date": "2026-03-01T10:00:00+01:00",
    "shipment-date": "2026-03-02T10:00:00Z",
    "buyer-vat-number": "",
    "seller-vat-number": "FR00000000000",
    "asin": "B0C",
    "sku": "TEAPOT",
    "product-name": "Théière bleue",
    "quantity-purchased": "2",
    "currency": "EUR",
    "item-vat-incl-amount": "36.00",
    "item-vat-amount": "6.00",
    "item-vat-rate": "0.2",
    "item-promo-vat-incl-amount": "-6.00",
    "item-promo-vat-amount": "-1.00",
    "shipping-vat-incl-amount": "6.00",
    "shipping-vat-amount": "1.00",
    "shipping-vat-rate": "0.2",
    "gift-wrap-vat-incl-amount": "0.00",
    "is-business-order": "false",
    "purchase-order-number": "",
    "recipient-name": "Zoë Łukasiewicz",
    "ship-address-1": "12 rue des Lilas",
    "ship-address-2": "",
    "ship-city": "Paris",
    "ship-postal-code": "75011",
    "ship-country": "FR",
    "ship-from-postal-code": "69003",
    "ship-from-country": "FR",
    "billing-name": "Jean Petit",
    "bill-address-1": "1 place du Marché",
    "bill-city": "Lyon",
    "bill-country": "FR",
    "buyer-name": "J. P.",
    "buyer-company-name": "",
    "citation-de": "",
    "citation-en": "",
    "export-outside-eu": "false",
}


ODD_CELLS = (
    "NaN",
    "-1",
    "1E+30",
    "9" * 50,
    "1e99999999999999999999",
    "19",
    "x\x00y",
    "x" * 400,
    "0001-01-01T00:00+14:00",
)


def file(*rows: dict[str, str]) -> str:
    lines = ["\t".join(ROW), *("\t".join((ROW | row).values()) for row in rows)]
    return "\n".join([*lines, ""])


def read(text: str | bytes) -> list[PendingInvoice]:
    data = text.encode() if isinstance(text, str) else text
    return list(invoices(data[start : start + 50] for start in range(0, len(data), 50)))


def test_a_row_becomes_a_sale_with_amazons_own_tax() -> None:
    [found] = read(file({}))
    sale = found.sale
    assert (found.credit_note, found.status, found.detail) == (False, "Pending", "")
    assert (sale.order_id, sale.shipping_id, sale.transaction_id) == (ORDER, "S1", "amzn:crow:1")
    assert (sale.marketplace_id, sale.currency, sale.seller_vat_number) == ("A13V1IB3VIYZZH", "EUR", "FR00000000000")
    assert sale.purchased_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert sale.shipped_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert sale.buyer == Party("Jean Petit", lines=("1 place du Marché",), city="Lyon", country="FR")
    assert sale.recipient == Party(
        "Zoë Łukasiewicz", lines=("12 rue des Lilas",), postal_code="75011", city="Paris", country="FR"
    )
    assert sale.lines == (
        SaleLine(
            charge=Charge.ITEM,
            description="Théière bleue",
            quantity=2,
            amount=Decimal("36.00"),
            discount=Decimal("6.00"),
            tax=Decimal("5.00"),
            tax_rate=Decimal("20.0"),
            sku="TEAPOT",
            asin="B0C",
        ),
        SaleLine(
            charge=Charge.SHIPPING,
            description="Théière bleue",
            quantity=2,
            amount=Decimal("6.00"),
            tax=Decimal("1.00"),
            tax_rate=Decimal("20.0"),
            sku="TEAPOT",
            asin="B0C",
        ),
    )


def test_the_rows_of_a_shipment_belong_together_wherever_they_stand() -> None:
    found = read(file({}, {"shipping-id": "S2"}, {"sku": "CUP"}))
    assert [(each.sale.shipping_id, len(each.sale.lines)) for each in found] == [("S1", 4), ("S2", 2)]


@pytest.mark.parametrize("kind", ["REFUND", "RETURN"])
def test_refunds_and_returns_ask_for_credit_notes_with_positive_amounts(kind: str) -> None:
    refund = {
        "transaction-type": kind,
        "transaction-id": "amzn:crow:2",
        "item-vat-incl-amount": "-36.00",
        "item-vat-amount": "-6.00",
        "item-promo-vat-incl-amount": "6.00",
        "item-promo-vat-amount": "1.00",
        "shipping-vat-incl-amount": "",
    }
    shipment, found = read(file({}, refund))
    assert (shipment.credit_note, found.credit_note, found.sale.transaction_id) == (False, True, "amzn:crow:2")
    [line] = found.sale.lines
    assert (line.amount, line.discount, line.tax) == (Decimal(36), Decimal(6), Decimal(5))


def test_a_rejected_upload_is_told_in_amazons_words() -> None:
    [found] = read(file({"invoice-status": "Rejected", "invoice-status-description": "Not a PDF"}))
    assert (found.status, found.detail) == ("Rejected", "Not a PDF")


def test_what_amazon_invoices_itself_is_left_out() -> None:
    assert read(file({"is-amazon-invoiced": "true"})) == []


def test_where_it_left_and_amazons_sentences_are_read() -> None:
    [found] = read(file({"citation-en": "Reverse charge", "citation-de": "", "export-outside-eu": "true"}))
    sale = found.sale
    assert (sale.shipped_from, sale.shipped_from_postal_code, sale.export) == ("FR", "69003", True)
    assert sale.citations == (("en", "Reverse charge"),)


def test_a_business_order_has_its_numbers() -> None:
    business = {"is-business-order": "true", "purchase-order-number": "PO-7", "buyer-company-name": "Ateliers"}
    [found] = read(file(business | {"buyer-vat-number": "FR11123456782"}))
    assert (found.sale.business, found.sale.purchase_order) == (True, "PO-7")
    assert found.sale.buyer is not None
    assert (found.sale.buyer.company, found.sale.buyer.vat_number) == ("Ateliers", "FR11123456782")


def test_without_the_buyers_data_there_is_no_buyer() -> None:
    nobody = dict.fromkeys(
        ("billing-name", "buyer-name", "bill-address-1", "recipient-name", "ship-address-1", "ship-address-2"), ""
    )
    [found] = read(file(nobody))
    assert (found.sale.buyer, found.sale.recipient) == (None, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_names_are_read_in_either_encoding(encoding: str, line_end: str) -> None:
    text = file({"recipient-name": '"Agnès ""Nès"" Œuvré"'}).replace("\n", line_end)
    [found] = read(text.encode(encoding))
    assert found.sale.recipient is not None
    assert found.sale.recipient.name == 'Agnès "Nès" Œuvré'


def test_columns_are_known_by_their_names_however_they_are_spelt() -> None:
    header, rest = file({}).split("\n", 1)
    assert read(header.upper().replace("-", "_") + "\n" + rest) == read(file({}))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Busy),
        (b"<html>\n<body>Sorry</body>\n</html>\n", Broken),
        (file({}).replace("shipping-id", "ship-no").encode(), Broken),
    ],
    ids=["empty", "html", "a column is missing"],
)
def test_a_file_that_is_not_the_report_is_an_answer(data: bytes, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        read(data)


UNREADABLE: dict[str, tuple[dict[str, str], str]] = {
    "no amount": ({"item-vat-incl-amount": "a lot"}, "item-vat-incl-amount is not a number"),
    "an amount beyond all measure": ({"item-vat-incl-amount": "1E+30"}, "item-vat-incl-amount is not a number"),
    "no rate": ({"item-vat-rate": "N/A"}, "item-vat-rate is not a number"),
    "a rate in per cent": ({"shipping-vat-rate": "19"}, "shipping-vat-rate is not a fraction"),
    "a quantity that is none": ({"quantity-purchased": "NaN"}, "quantity-purchased is not a number"),
    "half a piece": ({"quantity-purchased": "0.5"}, "quantity-purchased is not a number of pieces"),
    "no date": ({"order-date": "", "shipment-date": "9999-12-31T23:59:59-12:00"}, "a row without its dates"),
    "no marketplace": ({"marketplace-id": ""}, "a row of a marketplace that is not known"),
    "no currency": ({"currency": ""}, "a row without its currency"),
}
GOOD = {"order-id": "403-0000000-0000001"}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_row_that_cannot_be_read_costs_its_document_alone(case: str) -> None:
    changes, why = UNREADABLE[case]
    spoilt, good = read(file(changes, GOOD, {}))
    assert spoilt.problem == f"the VAT invoice data report: {why}"
    assert (spoilt.sale.order_id, spoilt.sale.shipping_id, spoilt.sale.lines) == (ORDER, "S1", ())
    assert [good] == read(file(GOOD))


@given(column=st.sampled_from(list(ROW)), cell=st.sampled_from(ODD_CELLS) | st.text())
def test_any_text_in_any_column_costs_its_document_alone(column: str, cell: str) -> None:
    assume(not {"\n", "\t", "\r"} & {*cell})
    found = read(file({column: cell}, GOOD).encode("utf-8", "surrogatepass"))
    assert found[-1] in read(file(GOOD))
    for each in found:
        assert len(each.sale.shipping_id or "") <= 255
        assert "\x00" not in repr((each.sale.order_id, each.sale.shipping_id, each.detail))


def test_a_file_that_breaks_off_gives_nothing() -> None:
    data = gzip.compress(file({}, {}).encode())[:-1]
    with pytest.raises(Busy):
        next(invoices(unpacked([data])))
