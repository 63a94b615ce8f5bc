"""A PDF is found by the order's id in its name, or a sentence says why it cannot be sent."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from invoices import folder, page
from invoices.document import Unmakeable
from rules.reason import Reason
from tests.invoices.samples import PLAIN

ORDER = "171-1234567-1234567"


def a_pdf(*, pages: int = 1, password: str | None = None) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if password is not None:
        writer.encrypt(password, algorithm="AES-256")
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


PDF = a_pdf()
FACTUR_X = page.document(PLAIN, None).pdf

NAMES = {
    f"INV-7_{ORDER}.pdf": "INV-7",
    f"{ORDER}_INV-7.pdf": "INV-7",
    f"{ORDER} (2026.17).PDF": "2026.17",
    f"2026_{ORDER}_17.pdf": "2026-17",
    f"{ORDER}.pdf": None,
    f"Rechnung {ORDER}.pdf": None,
    f"_{ORDER}_.Pdf": None,
}


@pytest.mark.parametrize(("name", "number"), NAMES.items(), ids=NAMES)
def test_the_rest_of_the_name_is_the_number(tmp_path: Path, name: str, number: str | None) -> None:
    (tmp_path / name).write_bytes(PDF)
    found = folder.find(tmp_path, ORDER)
    assert (found.pdf, found.number, found.total, found.vat) == (PDF, number, None, None)


@pytest.mark.parametrize(("name", "number"), [(f"{ORDER}.pdf", PLAIN.number), (f"INV-7 {ORDER}.pdf", "INV-7")])
def test_the_xml_inside_says_what_the_name_does_not(tmp_path: Path, name: str, number: str) -> None:
    (tmp_path / name).write_bytes(FACTUR_X)
    found = folder.find(tmp_path, ORDER)
    assert (found.number, found.total, found.vat) == (number, PLAIN.gross, PLAIN.vat)


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
    "locked": (a_pdf(password="x"), Reason.PDF_UNUSABLE, "the PDF cannot be read: it is locked with a password"),
    "without a page": (a_pdf(pages=0), Reason.PDF_UNUSABLE, "the PDF cannot be read: it has no page"),
    "rubbish": (b"%PDF-1.7\nrubbish\n%%EOF", Reason.PDF_UNUSABLE, "the PDF cannot be read: it is damaged"),
}


@pytest.mark.parametrize(("content", "reason", "detail"), CONTENTS.values(), ids=CONTENTS)
def test_a_pdf_that_cannot_be_sent_is_refused(tmp_path: Path, content: bytes, reason: Reason, detail: str) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(content)
    assert refused(tmp_path) == (reason, detail)


def test_two_pdfs_are_one_too_many(tmp_path: Path) -> None:
    for name in (f"{ORDER}.pdf", f"INV-7 {ORDER}.PDF"):
        (tmp_path / name).write_bytes(PDF)
    assert refused(tmp_path) == (Reason.PDF_AMBIGUOUS, f"2 PDFs in the invoice folder have {ORDER} in the name")


def test_a_folder_that_is_not_there_is_named_as_the_reason(tmp_path: Path) -> None:
    reason, detail = refused(tmp_path / "gone")
    assert (reason, detail) == (
        Reason.PDF_MISSING,
        "the invoice folder cannot be read: No such file or directory",
    )


def test_a_pdf_that_needs_no_password_to_be_read_is_taken(tmp_path: Path) -> None:
    (tmp_path / f"{ORDER}.pdf").write_bytes(a_pdf(password=""))
    assert folder.find(tmp_path, ORDER).number is None


BAD_XML = {
    "no XML": b"rubbish",
    "another kind of XML": b"<a/>",
    "no amounts": b'<a xmlns:ram="x"><ram:ID/></a>',
}


@pytest.mark.parametrize("xml", BAD_XML.values(), ids=BAD_XML)
def test_an_xml_that_says_nothing_is_passed_over(tmp_path: Path, xml: bytes) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("factur-x.xml", xml)
    writer.write(tmp_path / f"{ORDER}.pdf")
    found = folder.find(tmp_path, ORDER)
    assert (found.number, found.total, found.vat) == (None, None, None)


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


def refused(where: Path) -> tuple[Reason, str]:
    with pytest.raises(Unmakeable) as error:
        folder.find(where, ORDER)
    return error.value.reason, error.value.detail
