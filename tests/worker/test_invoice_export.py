"""askonce invoice export: documents as they were made, for their owner only."""

import csv
import stat
import subprocess
import sys
from base64 import b64encode
from datetime import date
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import text

from tests.tasks.bookkeeping import NOW, OTHER_KEY, Shelf, document
from tests.worker.invoice_shop import ORDER, OTHER, InvoiceShop, blank_pdf, credited, files, opened


def test_documents_are_exported_byte_for_byte_for_their_owner_only(any_shop: InvoiceShop) -> None:
    numbers = [any_shop.shelf.sent(ORDER), credited(any_shop.shelf, ORDER), any_shop.shelf.sent(OTHER)]
    any_shop.shelf.order("not made")
    assert "3 documents written" in any_shop.types("invoice", "export", "--to", "out").stdout
    out = any_shop.folder / "out"
    assert files(out) == {f"{number}.pdf": document(number).pdf for number in numbers}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    again = any_shop.json("invoice", "export", "--to", "out")
    assert (again["written"], again["there"], again["left_out"]) == (0, 3, [])


def test_the_xml_inside_is_exported_and_a_pdf_without_one_is_named(shop: InvoiceShop) -> None:
    number = shop.shelf.sent(ORDER)
    shop.shelf.sent(OTHER, number="BOOK-7", pdf=blank_pdf())
    done = shop.types("invoice", "export", "--to", "out", "--format", "xml", expect=1)
    (name,) = files(shop.folder / "out")
    assert name == f"{number}.xml"
    assert ET.parse(shop.folder / "out" / name).getroot().tag.endswith("CrossIndustryInvoice")
    assert "left out: BOOK-7: BOOK-7 has no XML inside" in done.stderr


def test_a_csv_has_what_an_accountant_needs_and_no_buyer(any_shop: InvoiceShop) -> None:
    number = any_shop.shelf.sent(ORDER)
    any_shop.shelf.sent(OTHER, number="BOOK-7", vat=None, total="5.02")
    credit_note = credited(any_shop.shelf, ORDER)
    done = any_shop.types("invoice", "export", "--to", "out", "--format", "csv", INVOICE_KEY="")
    assert "3 documents written" in done.stdout
    text = (any_shop.folder / "out" / "documents.csv").read_text()
    assert "Łukasiewicz" not in text
    rows = {row["number"]: row for row in csv.DictReader(text.splitlines())}
    assert rows[number] == {
        "kind": "invoice",
        "number": number,
        "date": str(NOW.date()),
        "order_id": ORDER,
        "marketplace": "FR",
        "currency": "EUR",
        "net": "79.15",
        "vat": "15.83",
        "gross": "94.98",
        "original": "",
        "sha256": document(number).sha256,
    }
    taken_back = rows[credit_note]
    assert [taken_back[name] for name in ("net", "vat", "gross", "original")] == ["-8.25", "-1.65", "-9.90", number]
    assert (rows["BOOK-7"]["net"], rows["BOOK-7"]["vat"]) == ("", "")


def test_days_of_issue_and_orders_say_what_is_exported(any_shop: InvoiceShop) -> None:
    for day in (1, 2, 3):
        any_shop.shelf.sent(f"order-{day}", issued_on=date(2026, 11, day))
    days = ("--since", "2026-11-02", "--until", "2026-11-03")
    any_shop.types("invoice", "export", "--to", "days", *days)
    assert files(any_shop.folder / "days").keys() == {"000002.pdf", "000003.pdf"}
    any_shop.types("invoice", "export", "--to", "days", *days, "--format", "csv")
    assert (any_shop.folder / "days" / "documents_2026-11-02_2026-11-03.csv").read_text().count("\n") == 3
    done = any_shop.types("invoice", "export", "order-1", "nobody", "--to", "orders", expect=1)
    assert files(any_shop.folder / "orders").keys() == {"000001.pdf"}
    assert "left out: nobody: it has no document that was made" in done.stderr


def test_two_numbers_that_would_be_one_file_are_two_and_another_file_stays(shop: InvoiceShop) -> None:
    out = shop.folder / "out"
    out.mkdir()
    (out / "A-1.pdf").write_bytes(b"mine")
    for number, order_id in (("A/1", ORDER), ("A-1", OTHER), ("..", "dots")):
        shop.shelf.sent(order_id, number=number)
    shop.types("invoice", "export", "--to", "out")
    assert (out / "A-1.pdf").read_bytes() == b"mine"
    marked = {f"A-1-{document(number).sha256[:8]}.pdf": document(number).pdf for number in ("A/1", "A-1")}
    assert files(out) == {"A-1.pdf": b"mine", "document.pdf": document("..").pdf, **marked}
    assert shop.json("invoice", "export", "--to", "out")["there"] == 3


def test_each_of_several_sellers_has_a_folder_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url, tmp_path, "one", "two") as made:
        for name in ("one", "two"):
            Shelf(made.shelf.ledger, name).sent(ORDER)
        made.types("invoice", "export", "--to", "out")
        assert files(tmp_path / "out").keys() == {"one/000001.pdf", "two/000001.pdf"}
        made.types("invoice", "export", "--to", "only", "--seller", "two")
        assert files(tmp_path / "only").keys() == {"000001.pdf"}


def test_a_wrong_key_exports_nothing_and_says_so(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    wrong = {"INVOICE_KEY": b64encode(OTHER_KEY).decode()}
    done = any_shop.types("invoice", "export", "--to", "out", expect=1, **wrong)
    assert "left out: 000001: INVOICE_KEY does not open 000001" in done.stderr
    assert not (any_shop.folder / "out").exists()
    for words in (["export", "--to", "out"], ["show", ORDER, "--pdf", "one.pdf"], ["resend", ORDER, "--why", "lost"]):
        said = any_shop.types("invoice", *words, expect=1, INVOICE_KEY="").stderr
        assert "INVOICE_KEY is not set" in said


def test_bytes_that_are_not_those_of_the_hash_are_left_out(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    with shop.shelf.ledger.begin() as connection:
        connection.execute(text("UPDATE invoices SET sha256 = :other"), {"other": sha256().hexdigest()})
    done = shop.types("invoice", "export", "--to", "out", expect=1)
    assert "are not those that the ledger has the hash of" in done.stderr


def test_a_folder_that_cannot_be_written_is_said(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    (shop.folder / "file").touch()
    assert "Name another folder" in shop.types("invoice", "export", "--to", "file/out", expect=1).stderr
    assert "is a file" in shop.types("invoice", "export", "--to", "file", expect=2).stderr


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_a_full_disk_leaves_no_half_file(form: str, shop: InvoiceShop) -> None:
    """The disk is full for this process: no file of its may grow beyond some size."""
    for number in range(30 if form == "csv" else 1):
        shop.shelf.sent(
            f"order-{number}", number=f"{number:05000}" if form == "csv" else None, pdf=bytes([number]) * 200_000
        )
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from worker.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "invoice", "export", "--to", "out", "--format", form],
        cwd=shop.folder,
        env=shop.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((shop.folder / "out").iterdir()) == []
