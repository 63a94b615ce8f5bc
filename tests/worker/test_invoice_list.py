"""askonce invoice list and show: what a seller sees of real documents, on each database."""

import stat

import pytest

from ledger import documents
from ledger.state import State
from tests.tasks.bookkeeping import DAY, NOW, document
from tests.worker.invoice_shop import ORDER, OTHER, SUMS, InvoiceShop, blank_pdf, credited
from tests.worker.seller_folder import SELLER


def test_a_list_has_every_document_and_sums_that_add_up(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    credited(any_shop.shelf, ORDER)
    any_shop.shelf.sent(OTHER, total="5.02", vat=None)
    any_shop.shelf.order("unshipped")
    any_shop.shelf.order("rejected")
    any_shop.shelf.keep("rejected")
    any_shop.shelf.settle("rejected", State.HELD)
    found = any_shop.json("invoice", "list", expect=1)
    assert {(each["order_id"], each["action"], each["number"], each["state"]) for each in found["documents"]} == {
        (ORDER, "invoice", "000001", "sent"),
        (ORDER, "credit_note", "C000001", "sent"),
        (OTHER, "invoice", "000002", "sent"),
        ("unshipped", "invoice", None, "waiting"),
        ("rejected", "invoice", "000003", "held"),
    }
    assert found["totals"]["seen"] == sum(found["totals"][name] for name in SUMS) == len(found["documents"])
    assert found["amounts"] == [{"currency": "EUR", "invoiced": "194.98", "credited": "9.90", "balance": "185.08"}]
    shown = any_shop.types("invoice", "list", expect=1).stdout
    assert "194.98 EUR invoiced - 9.90 credited = 185.08 EUR" in shown
    assert "5 seen = 3 sent + 1 waiting + 0 skipped + 0 refused + 1 held" in shown


def test_a_pdf_that_fits_no_order_is_named(shop: InvoiceShop) -> None:
    shop.shelf.order(ORDER)
    (shop.folder / "pdf").mkdir()
    settings = shop.folder / "sellers.toml"
    settings.write_text(settings.read_text().replace("since =", 'source = "folder"\nfolder = "pdf"\nsince ='))
    for name in (f"INV-7_{ORDER}.pdf", f"INV-8_{OTHER}.pdf"):
        (shop.folder / "pdf" / name).write_bytes(blank_pdf())
    assert shop.json("invoice", "list")["unmatched"] == [{"seller": SELLER, "file": f"INV-8_{OTHER}.pdf"}]
    said = f"{SELLER}: INV-8_{OTHER}.pdf in the invoice folder fits no order"
    assert said in shop.types("invoice", "list").stdout
    shop.shelf.order(OTHER)
    assert shop.json("invoice", "list")["unmatched"] == []


@pytest.mark.parametrize(
    ("words", "orders"),
    [
        pytest.param(["--state", "sent"], [ORDER], id="a state"),
        pytest.param(["--state", "sent", "--state", "waiting"], [ORDER, OTHER], id="two states"),
        pytest.param(["--since", "2d"], [ORDER, OTHER], id="of late"),
        pytest.param(["--since", "2099-01-01"], [], id="of nothing"),
        pytest.param(["--seller", SELLER], [ORDER, OTHER], id="a seller"),
    ],
)
def test_a_list_may_be_narrowed(words: list[str], orders: list[str], shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    shop.shelf.order(OTHER)
    assert [each["order_id"] for each in shop.json("invoice", "list", *words)["documents"]] == orders


def test_an_orders_documents_are_shown_with_their_answers(any_shop: InvoiceShop) -> None:
    number = any_shop.shelf.sent(ORDER)
    credited(any_shop.shelf, ORDER)
    found = any_shop.json("invoice", "show", ORDER)
    invoice, credit_note = found["documents"]
    assert (invoice["number"], invoice["state"], invoice["next"]) == (number, "sent", "nothing")
    assert invoice["sha256"] == document(number).sha256
    assert (invoice["kept"], credit_note["action"]) == (True, "credit_note")
    assert [(each["action"], each["request_id"]) for each in found["attempts"]] == [
        ("invoice", "request-sent"),
        ("credit_note", "request-sent"),
    ]
    shown = any_shop.types("invoice", "show", ORDER).stdout
    assert all(words in shown for words in (number, document(number).sha256, "kept until", "request-sent"))
    assert f"askonce invoice export {ORDER} --to FOLDER" in shown


def test_a_document_whose_legal_period_is_over_is_said_to_be_deleted(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    with shop.shelf.ledger.begin() as connection:
        assert documents.forget(connection, NOW + 4000 * DAY) == 1
    assert "deleted: its legal period is over" in shop.types("invoice", "show", ORDER).stdout
    assert "no longer" in shop.types("invoice", "export", ORDER, "--to", "out", expect=1).stderr
    assert "no longer kept" in shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1).stderr


def test_the_pdf_of_an_order_is_written_byte_for_byte_and_over_no_other_file(shop: InvoiceShop) -> None:
    number = shop.shelf.sent(ORDER)
    assert "one.pdf: written" in shop.types("invoice", "show", ORDER, "--pdf", "one.pdf").stdout
    written = shop.folder / "one.pdf"
    assert written.read_bytes() == document(number).pdf
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "is there already" in shop.types("invoice", "show", ORDER, "--pdf", "one.pdf", expect=1).stderr
    credited(shop.shelf, ORDER)
    both = shop.types("invoice", "show", ORDER, "--pdf", "two.pdf", expect=1).stderr
    assert f"Type: askonce invoice export {ORDER} --to FOLDER" in both
