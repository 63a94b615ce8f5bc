"""A PDF is found by the order's id in its name, or a sentence says why it cannot be sent."""

import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from invoices import file_name, folder, hybrid, page
from invoices.document import Kind, Unmakeable
from rules.order import Money
from rules.reason import Reason
from tests.invoices.samples import PLAIN

ORDER, OTHER = "171-1234567-1234567", "171-1234567-0000001"


def a_pdf(*, pages: int = 1, password: str | None = None, xml: bytes | None = None, name: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if xml is not None:
        writer.add_attachment(name, xml)
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def with_xml(xml: str, name: str = "factur-x.xml") -> bytes:
    return a_pdf(xml=xml.encode(), name=name)


def encrypted(dictionary: bytes) -> bytes:
    """A PDF whose trailer names a way of encryption that pypdf does not have."""
    return PDF.replace(b"trailer\n<<", b"trailer\n<<\n/Encrypt " + dictionary)


PDF = a_pdf()
FACTUR_X = page.document(PLAIN, None).pdf

NAMES = {
    f"INV-7_{ORDER}.pdf": "INV-7",
    f"{ORDER}_INV-7.pdf": "INV-7",
    f"{ORDER} (2026/17).PDF".replace("/", "-"): "2026-17",
    f"INV_2026_00117_{ORDER}.pdf": "INV_2026_00117",
    f"INV 2026-17 {ORDER}.pdf": "INV 2026-17",
    f"Rechnung_RE-2026-0118_{ORDER}.pdf": "RE-2026-0118",
    f"Rechnung-RE-2026-0118-{ORDER}.pdf": "RE-2026-0118",
    f"RE-17_{ORDER}_RE-17.pdf": "RE-17",
    f"1.4.2026 {ORDER} Seite 1.pdf": None,
    f"Rechnung Nr 2026-118 {ORDER}.pdf": "2026-118",
    f"M\udcfcller_RE-17_{ORDER}.pdf": "RE-17",
    f"{ORDER}_RE-17_v2.pdf": "RE-17",
    f"2026-04-01_{ORDER}_RE-17.pdf": "RE-17",
    f"{ORDER}_20260401-0017.pdf": "20260401-0017",
    f"{ORDER}.pdf": None,
    f"Rechnung {ORDER}.pdf": None,
    f"_{ORDER}_.Pdf": None,
    f"{ORDER} (1).pdf": None,
    f"{ORDER} - Kopie (2).pdf": None,
    f"Copy of {ORDER}.pdf": None,
    f"{ORDER}_v2.pdf": None,
    f"{ORDER}-copy-3.pdf": None,
    f"2026-04-01_{ORDER}.pdf": None,
    f"{ORDER} 01.04.2026 08.15.pdf": None,
    f"20260401_{ORDER}.pdf": None,
}


@pytest.mark.parametrize(("name", "number"), NAMES.items(), ids=map(ascii, NAMES))
def test_the_name_has_the_number_where_it_leaves_no_doubt(tmp_path: Path, name: str, number: str | None) -> None:
    (tmp_path / name).write_bytes(PDF)
    found = folder.find(tmp_path, ORDER)
    assert (found.pdf, found.number, found.total, found.vat) == (PDF, number, None, None)


DOUBTFUL = {
    f"2026_{ORDER}_17.pdf": "does not show the invoice's number",
    f"{ORDER}_1.pdf": "does not show the invoice's number",
    f"2026-04_{ORDER}.pdf": "does not show the invoice's number",
    f"RE-17 RE-18 {ORDER}.pdf": "does not show the invoice's number",
    f"Facture n°2026.17 - {ORDER}.pdf": "not n°2026.17",
    f"{ORDER} (2026.17).pdf": "not 2026.17",
    f"RE\udcfc17 {ORDER}.pdf": "not RE 17",
    f"RE\x1b[31m17 {ORDER}.pdf": "does not show the invoice's number",
    f"=cmd|7 {ORDER}.pdf": "not =cmd|7",
    f"{'N' * 70}-17_{ORDER}.pdf": "has 73 characters, more than 64",
}


@pytest.mark.parametrize(("name", "says"), DOUBTFUL.items(), ids=map(ascii, DOUBTFUL))
def test_a_number_that_is_in_doubt_or_that_amazon_does_not_take_is_not_used(
    tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / name).write_bytes(PDF)
    reason, detail = refused(tmp_path)
    assert (reason, says in detail) == (Reason.PDF_UNUSABLE, True), detail
    assert detail.isprintable()


CII = """<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">
<rsm:ExchangedDocument><ram:ID>RE/2026/17</ram:ID><ram:TypeCode>{type}</ram:TypeCode></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction><ram:ApplicableHeaderTradeAgreement><ram:BuyerOrderReferencedDocument>
<ram:IssuerAssignedID>{order}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>{sums}</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"""
SUMS = """<ram:TaxTotalAmount currencyID="PLN">17.11</ram:TaxTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">3.98</ram:TaxTotalAmount><ram:GrandTotalAmount>24.90</ram:GrandTotalAmount>"""
ZUGFERD_1 = """<rsm:CrossIndustryDocument xmlns:rsm="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12">
<rsm:HeaderExchangedDocument><ram:ID>RE/2026/17</ram:ID><ram:TypeCode>380</ram:TypeCode></rsm:HeaderExchangedDocument>
<rsm:SpecifiedSupplyChainTradeTransaction><ram:ApplicableSupplyChainTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode><ram:SpecifiedTradeSettlementMonetarySummation>
<ram:TaxTotalAmount currencyID="EUR">3.98</ram:TaxTotalAmount>
<ram:GrandTotalAmount currencyID="EUR">24.90</ram:GrandTotalAmount>
</ram:SpecifiedTradeSettlementMonetarySummation></ram:ApplicableSupplyChainTradeSettlement>
</rsm:SpecifiedSupplyChainTradeTransaction></rsm:CrossIndustryDocument>"""
UBL = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
<cbc:ID>RE/2026/17</cbc:ID><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">3.98</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal>
<cbc:TaxInclusiveAmount currencyID="EUR">24.90</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal></Invoice>"""
INVOICE = CII.format(type=380, order=ORDER, sums=SUMS)
FORMS = {
    "Factur-X": (INVOICE, "factur-x.xml"),
    "ZUGFeRD 2": (INVOICE, "zugferd-invoice.xml"),
    "ZUGFeRD 1": (ZUGFERD_1, "ZUGFeRD-invoice.xml"),
    "XRechnung": (INVOICE, "xrechnung.xml"),
    "UBL, under a name of its own": (UBL, "RE_2026_17_ubl.xml"),
}


@pytest.mark.parametrize(("xml", "file"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", [f"{ORDER}.pdf", f"RE_2026_17_{ORDER}.pdf", f"{ORDER} (1).pdf", f"1 2 3 {ORDER}.pdf"])
def test_the_xml_inside_comes_before_the_name(tmp_path: Path, name: str, xml: str, file: str) -> None:
    (tmp_path / name).write_bytes(with_xml(xml, file))
    found = folder.look(tmp_path).find(ORDER, Money(Decimal("24.90"), "EUR"))
    assert (found.number, found.total, found.vat) == ("RE/2026/17", Decimal("24.90"), Decimal("3.98"))


def test_our_own_pages_are_read(tmp_path: Path) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(FACTUR_X)
    found = folder.find(tmp_path, ORDER)
    assert (found.number, found.total, found.vat) == (PLAIN.number, PLAIN.gross, PLAIN.vat)


LAUGHS = "".join(
    (
        '<!DOCTYPE a [<!ENTITY a0 "ha">',
        *("".join((f'<!ENTITY a{n} "', f"&a{n - 1};" * 99, '">')) for n in range(1, 9)),
        "]><CrossIndustryInvoice>&a8;</CrossIndustryInvoice>",
    )
)
NEGATIVE = "<ram:GrandTotalAmount>-24.90</ram:GrandTotalAmount>"
CONTRADICTIONS = {
    "the name": (INVOICE, f"INV-7_{ORDER}.pdf", "its name says INV-7, the XML inside RE/2026/17"),
    "the end of a number": (INVOICE, f"XRE-2026-17_{ORDER}.pdf", "its name says XRE-2026-17"),
    "another order": (CII.format(type=380, order="171-7654321-7654321", sums=SUMS), "", "names another order"),
    "a credit note": (CII.format(type=381, order=ORDER, sums=SUMS), "", "credit note or a correction"),
    "a correction": (CII.format(type=384, order=ORDER, sums=SUMS), "", "credit note or a correction"),
    "a credit note in UBL": (UBL.replace("Invoice", "CreditNote"), "", "credit note or a correction"),
    "a number that is none": (INVOICE.replace("RE/2026/17", "---"), "", "Amazon takes letters, digits"),
    "less than nothing": (CII.format(type=380, order=ORDER, sums=NEGATIVE), "", "credit note or a correction"),
    "another total": (
        INVOICE.replace("24.90", "24.91").replace("24.91", "25.00"),
        "",
        "says 25.00, the order is worth 24.90",
    ),
    "another currency": (INVOICE.replace("EUR", "SEK"), "", "is in SEK, the order in EUR"),
    "no XML": ("rubbish", "", "cannot be read as an invoice"),
    "a cut XML": (INVOICE[:-20], "", "cannot be read as an invoice"),
    "another kind of XML": ("<a/>", "", "cannot be read as an invoice"),
    "entities without an end": (LAUGHS, "", "cannot be read as an invoice"),
}


@pytest.mark.parametrize(("xml", "name", "says"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_an_xml_that_contradicts_or_cannot_be_read_holds_the_document(
    tmp_path: Path, xml: str, name: str, says: str
) -> None:
    (tmp_path / (name or f"{ORDER}.pdf")).write_bytes(with_xml(xml))
    with pytest.raises(Unmakeable) as error:
        folder.look(tmp_path).find(ORDER, Money(Decimal("24.90"), "EUR"))
    assert (error.value.reason, says in error.value.detail) == (Reason.PDF_UNUSABLE, True), error.value.detail


def test_an_xml_that_leaves_out_number_and_amounts_contradicts_nothing(tmp_path: Path) -> None:
    (tmp_path / f"INV-7_{ORDER}.pdf").write_bytes(with_xml("<a:CrossIndustryInvoice xmlns:a='b'/>"))
    found = folder.look(tmp_path).find(ORDER, Money(Decimal("24.90"), "EUR"))
    assert (found.number, found.total, found.vat) == ("INV-7", None, None)


def test_an_xml_that_is_no_invoice_is_passed_over_under_another_name(tmp_path: Path) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(with_xml("<a/>", "notes.xml"))
    assert folder.find(tmp_path, ORDER).number is None


OTHERS = {
    "nothing": None,
    "another order's": "171-1234567-7654321.pdf",
    "longer digits": f"9{ORDER}.pdf",
    "another kind of file": f"{ORDER}.xml",
    "half copied": f"{ORDER}.pdf.part",
    "hidden": f".{ORDER}.pdf",
    "in a folder below": f"below/{ORDER}.pdf",
    "itself a folder": f"{ORDER}.pdf/file",
}


@pytest.mark.parametrize("name", OTHERS.values(), ids=OTHERS)
def test_no_other_file_is_taken(tmp_path: Path, name: str | None) -> None:
    if name:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PDF)
    assert refused(tmp_path) == (Reason.PDF_MISSING, f"no PDF in the invoice folder has {ORDER} in its name")


CONTENTS = {
    "empty": (b"", Reason.PDF_UNUSABLE, "the PDF is empty"),
    "no PDF": (b"<html>%%EOF", Reason.PDF_UNUSABLE, "the file is named .pdf but is no PDF"),
    "being written": (FACTUR_X[:20_000], Reason.PDF_MISSING, "the PDF has no end: it is still being written"),
    "12 MB": (PDF + bytes(12_000_000), Reason.PDF_UNUSABLE, "the PDF has 12.0 MB; Amazon takes 10 MB"),
    "certificate": (
        encrypted(b"<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s5/V 4>>"),
        *(Reason.PDF_UNUSABLE, "the PDF cannot be read: it is encrypted, or damaged"),
    ),
    "no filter": (encrypted(b"<<>>"), Reason.PDF_UNUSABLE, "the PDF cannot be read: it is encrypted, or damaged"),
    "locked": (a_pdf(password="x"), Reason.PDF_UNUSABLE, "the PDF cannot be read: it is locked with a password"),
    "without a page": (a_pdf(pages=0), Reason.PDF_UNUSABLE, "the PDF cannot be read: it has no page"),
    "rubbish": (b"%PDF-1.7\nrubbish\n%%EOF", Reason.PDF_UNUSABLE, "the PDF cannot be read: it is damaged"),
}


@pytest.mark.parametrize(("content", "reason", "detail"), CONTENTS.values(), ids=CONTENTS)
def test_a_pdf_that_cannot_be_sent_is_refused(tmp_path: Path, content: bytes, reason: Reason, detail: str) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(content)
    assert refused(tmp_path) == (reason, detail)


AFTER = {
    "zeros": (bytes(2_000), True),
    "blank lines": (b"\r\n" * 2_000, True),
    "a page of a proxy": (b"<html>" + b"x" * 2_000, True),
    "an update that is still being written": (b"\n9 0 obj\n<<" + b"x" * 2_000, False),
}


@pytest.mark.parametrize(("after", "readable"), AFTER.values(), ids=AFTER)
def test_bytes_after_the_end_of_a_pdf_do_not_matter(tmp_path: Path, after: bytes, readable: bool) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(PDF + after)
    if readable:
        assert folder.find(tmp_path, ORDER).pdf == PDF + after
    else:
        assert refused(tmp_path)[0] == Reason.PDF_MISSING


def test_a_pdf_without_an_end_is_waited_for_a_day(tmp_path: Path) -> None:
    path = tmp_path / f"{ORDER}.pdf"
    path.write_bytes(PDF[:-10])
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    for later, reason in ((timedelta(hours=23), Reason.PDF_MISSING), (timedelta(hours=25), Reason.PDF_UNUSABLE)):
        with pytest.raises(Unmakeable) as error:
            folder.look(tmp_path).find(ORDER, now=written + later)
        assert error.value.reason == reason


def test_a_pdf_that_takes_too_long_to_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hybrid, "READING", 0.1)
    (tmp_path / f"{ORDER}.pdf").write_bytes(b"%PDF-1.7\n" + b"1 0 obj\n" * 1_200_000 + b"startxref\n0\n%%EOF")
    assert refused(tmp_path) == (Reason.PDF_UNUSABLE, "the PDF cannot be read: reading it takes too long")


def test_copies_of_a_pdf_are_one(tmp_path: Path) -> None:
    for name in (f"{ORDER}.pdf", f"INV-7 {ORDER}.PDF", f"{ORDER} (1).pdf"):
        (tmp_path / name).write_bytes(PDF)
    assert folder.find(tmp_path, ORDER).number == "INV-7"


AMBIGUOUS = {
    "two that differ": (
        {f"{ORDER}.pdf": PDF, f"INV-7 {ORDER}.pdf": FACTUR_X},
        f"2 PDFs in the invoice folder have {ORDER}",
    ),
    "alike, with two numbers": ({f"INV-8 {ORDER}.pdf": PDF, f"INV-7 {ORDER}.pdf": PDF}, "with other numbers"),
    "two orders in a name": ({f"{ORDER}_171-7654321-7654321.pdf": PDF}, "the ids of several orders"),
}


@pytest.mark.parametrize(("files", "says"), AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_may_be_either_of_two_is_held(tmp_path: Path, files: dict[str, bytes], says: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    reason, detail = refused(tmp_path)
    assert (reason, says in detail) == (Reason.PDF_AMBIGUOUS, True), detail


def test_a_credit_note_beside_an_invoice_is_told_apart_by_its_type(tmp_path: Path) -> None:
    credit_note = with_xml(CII.format(type=381, order=ORDER, sums=SUMS).replace("RE/2026/17", "GS/1"))
    (tmp_path / f"GS-1_{ORDER}.pdf").write_bytes(credit_note)
    (tmp_path / f"RE-2026-17_{ORDER}.pdf").write_bytes(with_xml(INVOICE))
    look, worth = folder.look(tmp_path), Money(Decimal("24.90"), "EUR")
    assert look.find(ORDER, worth).number == "RE/2026/17"
    assert look.find(ORDER, worth, kind=Kind.CREDIT_NOTE, taken={"RE/2026/17"}).number == "GS/1"
    for taken, value, says in (({"GS/1"}, worth, "no credit note"), (set(), Money(Decimal(5), "EUR"), "over 24.90")):
        with pytest.raises(Unmakeable) as error:
            look.find(ORDER, value, kind=Kind.CREDIT_NOTE, taken=taken)
        assert (error.value.reason, says in error.value.detail) == (Reason.PDF_MISSING, True)


def test_a_folder_names_what_was_written_and_the_orders_in_it(tmp_path: Path) -> None:
    names = (f"INV-7_{ORDER}.pdf", f"INV-8_{ORDER}_{OTHER}.pdf", "INV-9.pdf", f".{ORDER}.pdf", f"{ORDER}.xml")
    for name in names:
        (tmp_path / name).write_bytes(PDF)
    (tmp_path / "gone.pdf").symlink_to(tmp_path / "nothing")
    os.utime(tmp_path / "INV-9.pdf", (0, 0))
    look = folder.look(tmp_path)
    found = {names[0]: {ORDER}, names[1]: {ORDER, OTHER}}
    assert dict(look.written(datetime.now(UTC) - timedelta(days=1))) == found
    assert dict(look.written(datetime(1970, 1, 1, tzinfo=UTC))) == found | {"INV-9.pdf": set()}


def test_a_look_sees_what_comes_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = folder.look(tmp_path)
    for _ in range(3):
        with pytest.raises(Unmakeable):
            look.find(ORDER)
        (tmp_path / f"INV-7_{ORDER}.pdf").write_bytes(PDF)
        os.utime(tmp_path, ns=(0, time.time_ns()))
        assert look.find(ORDER).number == "INV-7"
        (tmp_path / f"INV-7_{ORDER}.pdf").unlink()
    (tmp_path / f"INV-7_{ORDER}.pdf").write_bytes(PDF)
    os.utime(tmp_path, ns=(0, 1))
    with pytest.raises(Unmakeable):
        look.find("171-0000000-0000000")
    (tmp_path / f"INV-8_{OTHER}.pdf").write_bytes(a_pdf(pages=2))
    os.utime(tmp_path, ns=(0, 1))  # as a file system with coarse times
    monkeypatch.setattr(folder, "FRESH", 0)
    assert look.find(OTHER).number == "INV-8"


def test_one_look_serves_all_orders_of_a_large_folder(tmp_path: Path) -> None:
    for number in range(5_000):
        (tmp_path / f"INV-{number}_999-{number:07}-0000000.pdf").touch()
    look = folder.look(tmp_path)
    began = time.perf_counter()
    for number in range(500):
        with pytest.raises(Unmakeable):
            look.find(f"171-{number:07}-0000000")
    assert time.perf_counter() - began < 2  # 500 looks take more than 5 s


def test_a_folder_that_is_not_there_is_named_as_the_reason(tmp_path: Path) -> None:
    reason, detail = refused(tmp_path / "gone")
    assert (reason, detail) == (
        Reason.PDF_MISSING,
        "the invoice folder cannot be read: No such file or directory",
    )


def test_a_pdf_that_needs_no_password_to_be_read_is_taken(tmp_path: Path) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(a_pdf(password=""))
    assert folder.find(tmp_path, ORDER).number is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(10, len(FACTUR_X) - 10), st.binary(min_size=1, max_size=30)), min_size=1, max_size=8)
)
def test_no_damage_is_worse_than_a_refusal(tmp_path: Path, damages: list[tuple[int, bytes]]) -> None:
    broken = bytearray(FACTUR_X)
    for place, bytes_ in damages:
        broken[place : place + len(bytes_)] = bytes_
    (tmp_path / f"{ORDER}.pdf").write_bytes(bytes(broken))
    try:
        found = folder.find(tmp_path, ORDER)
    except Unmakeable:
        return
    assert found.total is None or found.total.is_finite()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400), st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), max_size=20)
)
def test_any_bytes_under_any_name_are_taken_or_refused(tmp_path: Path, content: bytes, name: str) -> None:
    for each in tmp_path.iterdir():
        each.unlink()
    (tmp_path / f"x{name}{ORDER}.pdf").write_bytes(b"%PDF-1.7\n" + content + b"\n%%EOF")
    (tmp_path / f"y{ORDER}.pdf").write_bytes(with_xml(content.decode("latin-1")) if len(content) % 2 else PDF)
    with suppress(Unmakeable):
        folder.find(tmp_path, ORDER)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.text(max_size=10))
def test_any_name_has_a_number_or_none_or_leaves_it_in_doubt(before: str, after: str) -> None:
    with suppress(file_name.Doubtful):
        number = file_name.number(f"{before}{ORDER}{after}", ORDER)
        assert number is None or any(each.isdigit() for each in number)


def refused(where: Path) -> tuple[Reason, str]:
    with pytest.raises(Unmakeable) as error:
        folder.find(where, ORDER)
    return error.value.reason, error.value.detail
