"""askonce invoice resend: a document goes out again only because a person said so."""

import os
import pty
import subprocess
import sys
from base64 import b64encode

import pytest

from ledger.documents import DOCUMENTS
from ledger.state import Action, State
from ledger.transitions import Key
from rules.reason import Reason
from tests.tasks.bookkeeping import NOW, OTHER_KEY, TOKEN
from tests.worker.invoice_shop import ORDER, InvoiceShop, credited
from tests.worker.seller_folder import SELLER


def test_a_document_is_sent_again_byte_for_byte_with_who_and_why(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    before, content = any_shop.shelf.row(ORDER), any_shop.shelf.content(ORDER)
    done = any_shop.types("invoice", "resend", ORDER, "--why", "the buyer\ncannot find it", "--by", "Claire")
    assert f"askonce sweep --seller {SELLER}" in done.stdout
    after = any_shop.shelf.row(ORDER)
    assert (after.state, after.reason) == (State.DUE, Reason.DUE)
    assert (after.number, after.sha256) == (before.number, before.sha256)
    assert any_shop.shelf.content(ORDER) == content
    *_, attempt = any_shop.json("invoice", "show", ORDER)["attempts"]
    assert attempt["detail"] == "sent again by Claire: the buyer cannot find it"
    any_shop.shelf.settle(ORDER, State.SENT)


def test_who_sends_again_is_the_login_unless_said(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    shop.types("invoice", "resend", ORDER, "--why", "lost", LOGNAME="claire")
    *_, attempt = shop.json("invoice", "show", ORDER)["attempts"]
    assert attempt["detail"] == "sent again by claire: lost"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.WAITING, "it was never made"),
        (State.DUE, "has not gone out yet, and does so by itself"),
        (State.SENDING, "is under way"),
        (State.SUBMITTED, "is under way"),
        (State.UNCLEAR, "is under way"),
    ],
)
def test_what_is_not_at_its_end_is_not_sent_again(state: State, said: str, shop: InvoiceShop) -> None:
    shop.shelf.order(ORDER)
    if state is not State.WAITING:
        shop.shelf.keep(ORDER)
    if state is State.SENDING:
        with shop.shelf.ledger.begin() as connection:
            assert DOCUMENTS.claim(connection, SELLER, Key(ORDER, Action.INVOICE), TOKEN, NOW)
    elif state in (State.SUBMITTED, State.UNCLEAR):
        shop.shelf.settle(ORDER, state)
    before = shop.shelf.row(ORDER)
    done = shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1)
    assert said in done.stderr
    assert f"Type: askonce explain {ORDER}" in done.stderr
    assert shop.shelf.row(ORDER) == before


@pytest.mark.parametrize("state", [State.HELD, State.REFUSED])
def test_what_amazon_did_not_take_may_be_sent_again(state: State, shop: InvoiceShop) -> None:
    shop.shelf.order(ORDER)
    shop.shelf.keep(ORDER)
    shop.shelf.settle(ORDER, state)
    shop.types("invoice", "resend", ORDER, "--why", "mended")
    assert shop.shelf.row(ORDER).state == State.DUE


def test_a_credit_note_that_amazon_does_not_take_is_not_sent_again(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    credited(shop.shelf, ORDER)
    words = ("invoice", "resend", ORDER, "--kind", "credit_note", "--why", "lost")
    assert Reason.CREDIT_NOTE_KEPT.meaning in shop.types(*words, expect=1).stderr
    settings = shop.folder / "sellers.toml"
    settings.write_text(settings.read_text().replace("since =", "vat_calculation_service = true\nsince ="))
    credited(shop.shelf, ORDER, "refund-2")
    assert "--part refund-1 or --part refund-2" in shop.types(*words, expect=1).stderr
    shop.types(*words, "--part", "refund-2")
    states = {key.part: row.state for key, row in shop.shelf.rows(ORDER).items()}
    assert states == {"": State.SENT, "refund-1": State.SENT, "refund-2": State.DUE}


def test_a_document_that_the_key_does_not_open_is_not_sent_again(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    wrong = {"INVOICE_KEY": b64encode(OTHER_KEY).decode()}
    done = any_shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1, **wrong)
    assert "INVOICE_KEY does not open 000001" in done.stderr
    assert any_shop.shelf.row(ORDER).state == State.SENT


def test_nothing_is_sent_again_where_invoices_are_not_enabled(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    settings = shop.folder / "sellers.toml"
    settings.write_text(settings.read_text().replace("enabled = true", "enabled = false"))
    assert "enabled = false" in shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1).stderr


@pytest.mark.parametrize(("typed", "state"), [("n", State.SENT), ("y", State.DUE)])
def test_on_a_terminal_a_person_is_asked(typed: str, state: State, shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    ours, theirs = pty.openpty()
    words = ["invoice", "resend", ORDER, "--why", "lost", "--by", "Claire"]
    with subprocess.Popen(
        [sys.executable, "-m", "worker", *words], cwd=shop.folder, env=shop.environ, stdin=theirs, stdout=theirs
    ) as started:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        assert started.wait(60) == (typed == "n")
    os.close(ours)
    assert shop.shelf.row(ORDER).state == state
