"""Documents are listed with their sum, and one is sent again by whom it may be, with a reason."""

import re
from datetime import date
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from ledger.documents import DOCUMENTS
from tasks.invoices.books import Books, export_zip
from tasks.invoices.export import Exported, Wish
from tests.screens.world import NOW
from tests.web.opened import Opened, Visitor, sums, values
from web.person import Person, Role


def test_the_documents_add_up_and_open_by_state(owner: Visitor) -> None:
    found = sums(owner.html("/invoices"))
    assert found["seen"] == sum(number for name, number in found.items() if name != "seen") > 0
    sent = owner.json("/invoices.json?state=sent")
    assert (sent["total"], {each["state"] for each in sent["entries"]}) == (found["sent"], {"sent"})
    assert all(each["number"] and each["total"] for each in sent["entries"])


def test_a_document_is_sent_again_with_a_reason_alone(owner: Visitor) -> None:
    document = owner.json("/invoices.json?state=sent")["entries"][0]
    form = {name: document[name] for name in ("seller", "action", "part")} | {"order": document["order_id"]}
    refused = owner.does("/invoices", "resend", **form)
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert owner.does("/invoices", "resend", **form, why="the buyer lost it").status_code == 303
    (again,) = owner.json(f"/invoices.json?q={document['order_id']}")["entries"]
    assert (again["state"], again["number"]) == ("due", document["number"])
    assert owner.json("/audit.json")["acts"][0]["act"] == "invoice_resend"


def test_credit_notes_are_listed_by_themselves(owner: Visitor) -> None:
    assert {each["action"] for each in owner.json("/invoices.json?action=credit_note")["entries"]} == {"credit_note"}


def opened_paper(visitor: Visitor) -> tuple[dict[str, str], str]:
    """A document that was sent, and the address of its PDF."""
    each = visitor.json("/invoices.json?state=sent")["entries"][0]
    html = visitor.html(f"/invoices?state=sent&show={each['order_id']}&part={each['part']}")
    (address,) = re.findall(r'<iframe class="sheet" src="([^"]+)"', html)
    return each, unescape(address)


def test_the_pdf_stands_beside_the_list_and_is_the_one_that_was_sent(page: Opened, owner: Visitor) -> None:
    document, address = opened_paper(owner)
    reply = owner.get(address)
    with page.app.ledger.read() as connection:
        kept = DOCUMENTS.of_order(connection, document["seller"], document["order_id"])
    assert sha256(reply.content).hexdigest() in [each.sha256 for each in kept]
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.headers["content-disposition"].startswith("inline; filename=")
    assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'self'"
    assert (reply.headers["x-frame-options"], reply.headers["cache-control"]) == ("SAMEORIGIN", "no-store")


def test_a_pdf_is_for_operators_as_it_has_the_buyers_address(page: Opened, owner: Visitor) -> None:
    _, address = opened_paper(owner)
    with page.visitor(Person("eve", Role.VIEWER)) as viewer, page.visitor(None) as nobody:
        assert viewer.get(address).status_code == 403
        assert "<iframe" not in viewer.html(f"/invoices?show={address.split('/')[2].removesuffix('.pdf')}")
        assert nobody.get(address).status_code == 303
    assert owner.get("/invoices/999-9999999-9999999.pdf").status_code == 404


def test_a_month_for_the_accountant_is_what_the_command_makes(page: Opened, owner: Visitor, tmp_path: Path) -> None:
    name, seller = next(iter(page.app.sellers.items()))
    reply = owner.get(f"/invoices/month.zip?seller={name}&month=2026-11")
    assert reply.headers["content-disposition"] == f'attachment; filename="{name}_2026-11.zip"'
    assert page.app.vault
    done = Exported()
    books = Books(page.app.ledger, page.app.vault, seller, Wish(date(2026, 11, 1), date(2026, 11, 30)), done)
    export_zip(books, tmp_path, NOW)
    (made,) = tmp_path.glob("*.zip")
    assert reply.content == made.read_bytes()
    assert done.written > 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("month=1999-01", "No document was made in that month."),
        ("month=odd", "Say which month"),
        ("", "Say which month"),
    ],
)
def test_a_month_that_is_none_is_said(owner: Visitor, query: str, words: str) -> None:
    reply = owner.get(f"/invoices/month.zip?{query}")
    assert (reply.status_code, words in reply.text) == (409, True)


def test_the_defect_rate_is_that_of_what_amazon_counts_today(owner: Visitor) -> None:
    found = owner.json("/invoices.json")["defects"]
    html = owner.html("/invoices")
    assert values(html, "data-rate") == [each["rate"] for each in found]
    assert all(each["defects"] <= each["orders"] and each["limit"] == "0.05" for each in found)


def test_what_cannot_be_sent_again_says_why_in_the_readers_language(page: Opened) -> None:
    with page.visitor() as visitor:
        waiting = next(each for each in visitor.json("/invoices.json?state=waiting")["entries"] if not each["number"])
        form = {name: waiting[name] for name in ("seller", "action", "part")} | {"order": waiting["order_id"]}
        reply = visitor.does("/invoices?lang=fr", "resend", **form, why="x")
        assert (reply.status_code, "il n’a jamais été fait" in reply.text) == (409, True)
        visitor.html("/?lang=en")
