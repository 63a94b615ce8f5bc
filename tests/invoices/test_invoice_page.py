"""The PDF of an invoice: readable, reproducible, with the XML inside, or a reason why there is none."""

import re
import unicodedata
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from threading import Thread
from typing import Any

import facturx
import pytest
from hypothesis import HealthCheck, given, settings
from pypdf import PdfReader

from invoices import hybrid, page, xml
from invoices.customs import SIGNED
from invoices.document import Document, Invoice, Kind, Reference, Unmakeable, Vat, VatCategory
from invoices.view import view
from invoices.words import LANGUAGES, words
from rules.reason import Reason
from rules.sale import Party
from tests.invoices.samples import BUYER, LINE, PLAIN, SELLER, invoices

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><rect width="9" height="3" fill="#175"/></svg>'
A_FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def text(document: Document) -> str:
    """All that is printed, without white space."""
    return "".join("".join(each.extract_text() for each in PdfReader(BytesIO(document.pdf)).pages).split())


def printed(words: str) -> str:
    return "".join(words.split())


@A_FEW
@given(invoices(most_lines=10))
def test_any_invoice_becomes_a_pdf_with_its_xml_inside(invoice: Invoice) -> None:
    made = page.document(invoice, SVG)
    said = words(invoice.language)
    assert facturx.get_xml_from_pdf(made.pdf, check_xsd=False) == ("factur-x.xml", xml.write(invoice))
    assert made.sha256 == sha256(made.pdf).hexdigest()
    small = all(vat.category in "EO" for vat in invoice.vats)
    signed = -1 if invoice.kind == Kind.CREDIT_NOTE and invoice.language in SIGNED else 1
    for amount in (invoice.gross,) if small else (signed * invoice.net, signed * invoice.vat, invoice.gross):
        assert printed(said.say_money(amount, invoice.currency)) in text(made)


def test_the_pdf_says_that_it_is_factur_x() -> None:
    reader = PdfReader(BytesIO(page.document(PLAIN, None).pdf), strict=True)
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    found = dict(re.findall(r"<(fx:\w+|pdfaid:\w+)>([^<]*)<", metadata))
    assert found == {
        "pdfaid:part": "3",
        "pdfaid:conformance": "B",
        "fx:DocumentFileName": "factur-x.xml",
        "fx:DocumentType": "INVOICE",
        "fx:Version": "1.0",
        "fx:ConformanceLevel": "EN 16931",
    }
    assert root["/AF"][0]["/AFRelationship"] == "/Alternative"


def test_the_same_invoice_has_the_same_bytes() -> None:
    assert page.document(PLAIN, SVG) == page.document(PLAIN, SVG)


def test_eight_threads_make_the_same_bytes() -> None:
    made: list[Document] = []
    threads = [Thread(target=lambda: made.append(page.document(PLAIN, SVG))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [page.document(PLAIN, SVG)] * 8


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Kind)
def test_every_language_says_what_the_law_asks_for(language: str, kind: Kind) -> None:
    original = Reference("2026-000042", PLAIN.issued_on) if kind == Kind.CREDIT_NOTE else None
    sign = -1 if original and language in SIGNED else 1
    invoice = replace(
        PLAIN, kind=kind, language=language, original=original, buyer=replace(BUYER, vat_number="DE136695976")
    )
    said = words(language)
    wanted = [
        *(said.invoice if kind == Kind.INVOICE else said.credit_note, invoice.number, said.say_date(invoice.issued_on)),
        *(said.say_date(date) for date in (invoice.ordered_on, PLAIN.supplied_on) if date),
        *(SELLER.name, BUYER.name, "FR40303265045", "DE136695976", *SELLER.lines, *BUYER.lines),
        *(said.say_country("FR"), said.say_country("DE"), invoice.order_id, "PO 4711", "Bouilloire", "RCS Lyon"),
        said.say_percent(Decimal(20)),
        *(said.say_amount(sign * amount, "EUR") for amount in (-LINE.discount, LINE.net)),
        *(said.say_money(sign * amount, "EUR") for amount in (invoice.net, invoice.vat, invoice.gross)),
        said.refund_reason if sign < 0 else "",
        said.paid if kind == Kind.INVOICE else said.refunded,
        said.page.format(page=1, pages=1),
        "2026-000042" if original else "",
    ]
    shown = text(page.document(invoice, None))
    assert [each for each in wanted if printed(each) not in shown] == []


@pytest.mark.parametrize("category", [each for each in VatCategory if each not in "SZ"])
def test_the_page_says_why_no_vat_is_charged(category: VatCategory) -> None:
    invoice = replace(
        PLAIN,
        lines=(replace(LINE, category=category, rate=Decimal(0)),),
        vats=(Vat(category, Decimal(0), PLAIN.net, Decimal(0)),),
        vat=Decimal(0),
        gross=PLAIN.net,
    )
    assert printed(words("fr").exemptions[category]) in text(page.document(invoice, None))


def test_a_long_invoice_has_numbered_pages_with_repeated_heads() -> None:
    made = page.document(replace(PLAIN, lines=(LINE,) * 80), None)
    pages = [each.extract_text() for each in PdfReader(BytesIO(made.pdf)).pages]
    said = words("fr")
    assert len(pages) > 2
    for number, shown in enumerate(pages, 1):
        assert said.page.format(page=number, pages=len(pages)) in shown
    assert all(said.net_price in shown for shown in pages[:-1])
    assert all(f"{said.invoice} {PLAIN.number}" in shown for shown in pages[1:])


def test_north_america_has_sales_tax_and_no_xml() -> None:
    buyer = Party("John Q. Public", None, ("1 Infinite Loop",), "95014", "Cupertino", "CA", "US")
    made = page.document(replace(PLAIN, language="en", currency="USD", buyer=buyer, sales_tax=True), None)
    assert hybrid.embedded(made.pdf) is None
    assert printed("Sales tax (collected by Amazon)$15.83") in text(made)
    assert printed("Cupertino, CA 95014") in text(made)
    assert "VATrate" not in text(made)


def test_text_is_never_markup() -> None:
    name = '#panic("x") *b* _i_ $x$ `c` <label> @ref = \\ // [y] "q" #sys.inputs.data'
    assert printed(name) in text(page.document(replace(PLAIN, buyer=replace(BUYER, name=name)), None))


@pytest.mark.parametrize(
    "name", ["田中太郎", "김철수", "北京市", "محمد", "Ελένη Παπαδοπούλου", "Łukasz Żółć", "Дмитро Їжак", "नमन"]
)
def test_a_name_of_any_of_these_scripts_is_printed(name: str) -> None:
    shown = unicodedata.normalize("NFKC", text(page.document(replace(PLAIN, buyer=replace(BUYER, name=name)), None)))
    assert set(printed(name)) <= set(shown)  # Arabic is written from right to left, in forms that depend on neighbours


WITHOUT_FONT = {
    "Hebrew": ("קומקום חשמלי X500", ["kvmkvm", "X500"]),
    "Thai": ("กาน้ำ 1.7L", ["ka", "1.7L"]),
    "runes": ("Maria ᚠ", ["Maria", "f"]),
}


@pytest.mark.parametrize(("title", "expected"), WITHOUT_FONT.values(), ids=WITHOUT_FONT)
def test_a_word_without_a_font_is_written_in_latin_letters_beside_its_sku(title: str, expected: list[str]) -> None:
    found = text(page.document(replace(PLAIN, lines=(replace(LINE, description=title, sku="POT-1"),)), None)).lower()
    assert [each for each in (*expected, "POT-1") if each.lower() not in found] == []


def test_a_title_without_any_letter_left_is_its_sku() -> None:
    made = page.document(replace(PLAIN, lines=(replace(LINE, description="\u0787", sku="POT-1"),)), None)
    assert text(made).count("POT-1") == 2


def test_a_person_without_any_letter_left_is_refused_by_the_code_point_alone() -> None:
    with pytest.raises(Unmakeable) as refused:
        page.document(replace(PLAIN, buyer=replace(BUYER, name="\u0787")), None)
    assert refused.value.reason == Reason.NOT_PRINTABLE
    assert refused.value.detail == "no font here has the character U+0787"


RIGHT_TO_LEFT = {
    "Arabic": ("سماعات W5 بلوتوث", True),
    "Latin with Arabic": ("W5 سماعات", False),
    "digits before Arabic": ("2024 سماعات", True),
}


@pytest.mark.parametrize(("title", "expected"), RIGHT_TO_LEFT.values(), ids=RIGHT_TO_LEFT)
def test_a_title_runs_from_the_right_if_its_first_letter_does(title: str, expected: bool) -> None:
    assert view(replace(PLAIN, lines=(replace(LINE, description=title),)))["lines"][0]["rtl"] is expected


def test_a_symbol_that_is_left_out_leaves_no_second_blank() -> None:
    assert page._without("a 🎁 b", {"🎁"}) == "a b"


def test_a_small_business_has_no_column_of_vat_and_the_sentence_of_its_law() -> None:
    sentence = "TVA non applicable, art. 293 B du CGI"
    invoice = replace(
        PLAIN,
        seller=replace(SELLER, vat_number=None, tax_number="303 265 045 00012"),
        lines=(replace(LINE, category=VatCategory.EXEMPT, rate=Decimal(0)),),
        vats=(Vat(VatCategory.EXEMPT, Decimal(0), PLAIN.net, Decimal(0), sentence),),
        vat=Decimal(0),
        gross=PLAIN.net,
    )
    found = text(page.document(invoice, None))
    assert printed(sentence) in found
    assert "SIRET30326504500012" in found
    assert [
        each for each in (words("fr").rate, words("fr").vat_number, words("fr").total_net) if printed(each) in found
    ] == []


NORTH_AMERICA = {
    "US": ("en", "USD", ["Invoice", "November22,2026", "Salestax(collectedbyAmazon)"]),
    "CA": ("fr", "CAD", ["Reçu", "TPS/TVH/TVP/TVQ(perçueparAmazon)"]),
    "MX": ("es", "MXN", ["Recibo", "IVA(recaudadoporAmazon)"]),
}


@pytest.mark.parametrize(("market", "said"), NORTH_AMERICA.items(), ids=NORTH_AMERICA)
def test_north_america_names_its_documents_and_its_taxes(market: str, said: tuple[str, str, list[str]]) -> None:
    language, currency, expected = said
    invoice = replace(PLAIN, language=language, currency=currency, marketplace=market, sales_tax=True)
    found = text(page.document(invoice, None))
    assert [each for each in expected if each not in found] == []
    memo = text(page.document(replace(invoice, kind=Kind.CREDIT_NOTE), None))
    assert ("Creditmemo" in memo) == (market == "US")


def test_an_annex_stands_on_pages_of_its_own() -> None:
    made = page.document(replace(PLAIN, annex="Widerrufsbelehrung\n\nSie haben das Recht"), None)
    pages = [each.extract_text() for each in PdfReader(BytesIO(made.pdf)).pages]
    assert len(pages) == 2
    assert "Widerrufsbelehrung" in pages[1]


def test_a_symbol_that_no_font_has_is_left_out() -> None:
    titled = replace(PLAIN, lines=(replace(LINE, description="🎁 Bouilloire 👨‍👩‍👧 ✅ fine"),))
    assert "Bouillo" in text(page.document(titled, None))


def test_a_letter_that_is_joined_to_such_a_symbol_is_printed() -> None:
    titled = replace(PLAIN, lines=(replace(LINE, description="서\u200d\u200d✅"),))
    assert "서" in text(page.document(titled, None))


@pytest.mark.parametrize("logo", [b"no image", b"\x89PNG\r\n\x1a\nbroken", b"<svg", b"\xff\xd8\xff\xe0broken"])
def test_a_broken_logo_is_refused(logo: bytes) -> None:
    with pytest.raises(Unmakeable) as refused:
        page.document(PLAIN, logo)
    assert refused.value.reason == Reason.NOT_PRINTABLE
    assert "logo" in refused.value.detail
