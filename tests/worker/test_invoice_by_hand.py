"""askonce invoice credit and correct: only because a person said so, and once."""

import os
import pty
import subprocess
import sys

import pytest

from ledger.state import Action, State
from ledger.transitions import Key
from rules.reason import Reason
from tests.worker.invoice_shop import ORDER, InvoiceShop, credited
from tests.worker.seller_folder import SELLER

CREDIT = ("invoice", "credit", ORDER, "12,50", "--why", "scratched", "--by", "Claire")
CORRECT = ("invoice", "correct", ORDER, "--why", "wrong\nrate", "--by", "Claire")


def parts(shop: InvoiceShop) -> dict[tuple[str, str], State]:
    return {(key.action, key.part): row.state for key, row in shop.shelf.rows(ORDER).items()}


def test_a_credit_note_is_asked_for_once_with_who_and_why(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    done = any_shop.types(*CREDIT)
    assert f"askonce sweep --seller {SELLER}" in done.stdout
    row = any_shop.shelf.rows(ORDER)[Key(ORDER, Action.CREDIT_NOTE, "credit-1")]
    assert (row.state, row.reason, str(row.amount), row.original) == (
        *(State.WAITING, Reason.ASKED_BY_HAND),
        *("12.50", "000001"),
    )
    *_, attempt = any_shop.json("invoice", "show", ORDER)["attempts"]
    assert attempt["detail"] == "credit note over 12.50, asked for by Claire: scratched"
    assert "it was asked for already" in any_shop.types(*CREDIT).stdout
    assert len(parts(any_shop)) == 2


def test_a_correction_is_asked_for_once_with_who_and_why(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    credited(any_shop.shelf, ORDER)
    any_shop.types(*CORRECT)
    assert "it was asked for already" in any_shop.types(*CORRECT).stdout
    assert parts(any_shop) == {
        ("invoice", ""): State.SENT,
        ("invoice", "correction-1"): State.WAITING,
        ("credit_note", "correction-1"): State.WAITING,
        ("credit_note", "correction-1-refunds"): State.WAITING,
        ("credit_note", "refund-1"): State.SENT,
    }
    assert any_shop.shelf.row(ORDER).reason == Reason.CORRECTED
    details = {each["detail"] for each in any_shop.json("invoice", "show", ORDER)["attempts"]}
    assert "correction, asked for by Claire: wrong rate" in details
    resend = any_shop.types("invoice", "resend", ORDER, "--part", "", "--why", "lost", expect=1)
    assert "was taken back, and another one replaces it" in resend.stderr


@pytest.mark.parametrize("amount", ["0", "94.99", "1e3", "-1", "1.234", "one", "NaN", "1,234.50"])
def test_an_amount_that_is_none_or_more_than_the_invoice_is_refused(amount: str, shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    code = 1 if amount in ("0", "94.99") else 2
    shop.types("invoice", "credit", "--why", "x", "--by", "Claire", "--", ORDER, amount, expect=code)
    assert len(parts(shop)) == 1


def test_an_order_without_an_invoice_says_so(shop: InvoiceShop) -> None:
    assert "was not seen" in shop.types(*CORRECT, expect=1).stderr
    shop.shelf.order(ORDER)
    assert "it was never made" in shop.types(*CORRECT, expect=1).stderr
    assert parts(shop) == {("invoice", ""): State.WAITING}


@pytest.mark.parametrize("words", [CREDIT, CORRECT], ids=["credit", "correct"])
@pytest.mark.parametrize(("typed", "rows"), [("n", False), ("y", True)])
def test_on_a_terminal_a_person_is_asked(typed: str, rows: bool, words: tuple[str, ...], shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "worker", *words], cwd=shop.folder, env=shop.environ, stdin=theirs, stdout=theirs
    ) as started:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        assert started.wait(60) == (typed == "n")
    os.close(ours)
    assert (len(parts(shop)) > 1) == rows


KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine

left = [int(sys.argv.pop())]

@event.listens_for(Engine, "before_cursor_execute")
def one_less(*_):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(Engine, "commit")
def commit(_):
    one_less()

from worker.__main__ import main
main()
"""
"""The command, killed before its statement of that number."""


@pytest.mark.parametrize("words", [CREDIT, CORRECT], ids=["credit", "correct"])
def test_killed_at_any_statement_and_typed_again_it_happens_once(words: tuple[str, ...], shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    code, number, seen = -9, 0, set()
    while code == -9:
        number += 3
        command = [sys.executable, "-c", KILLED, *words, str(number)]
        code = subprocess.run(command, cwd=shop.folder, env=shop.environ, capture_output=True, check=False).returncode
        seen.add(len(parts(shop)))
    assert (code, number > 6) == (0, True)
    whole = 2 if words is CREDIT else 3
    assert seen == {1, whole}
