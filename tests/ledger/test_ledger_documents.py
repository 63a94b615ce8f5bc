"""Which invoices and credit notes there are, and what is kept of them."""

from decimal import Decimal

import pytest

from ledger import credit_notes, documents, history, numbers, orders
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from tests.ledger import examples
from tests.ledger.examples import DAY, HOUR, NOW, SELLER, TOKEN, refund, review
from tests.ledger.invoice_examples import (
    brought_to,
    claimed,
    credit_note,
    document,
    due,
    kept,
    made,
    opened,
    row_of,
    rows_of,
    settled,
    standing,
)

SENT = Transition(Key("a", Action.INVOICE), State.SENT, Reason.INVOICED)
DUE = Transition(Key("a", Action.INVOICE), State.DUE, Reason.DUE, NOW)
LATER = NOW + HOUR


# rows


def test_an_order_of_a_seller_without_invoices_has_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        examples.known(connection, "a")
    assert rows_of(ledger) == {}


def test_a_new_order_is_to_be_looked_at_now_and_one_that_is_known_stays_where_it_is(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        brought_to(connection, "b", State.SENT)
        DOCUMENTS.open(connection, SELLER, [Key("a", Action.INVOICE), Key("b", Action.INVOICE)], LATER)
    row = row_of(ledger, "a")
    assert (row.state, row.reason, row.next_look_at, row.number) == (State.WAITING, Reason.NOT_SHIPPED, NOW, None)
    assert standing(ledger, "b") == (State.SENT, Reason.INVOICED)


def test_a_refund_of_an_order_opens_one_credit_note_however_often_it_is_read(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        for _ in range(2):
            orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        orders.record_refunds(connection, SELLER, {"a": {"t2": refund("3.00")}}, NOW, with_credit_notes=True)
    assert set(rows_of(ledger)) == {
        Key("a", Action.INVOICE),
        Key("a", Action.CREDIT_NOTE, "t1"),
        Key("a", Action.CREDIT_NOTE, "t2"),
    }


def test_a_refund_of_an_order_that_is_not_known_opens_no_credit_note(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        assert list(DOCUMENTS.looks(connection, SELLER, [State.WAITING], NOW, 10)) == []
        opened(connection, "a")
        orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        assert {row.key.action for row in DOCUMENTS.looks(connection, SELLER, [State.WAITING], NOW, 10)} == {
            Action.INVOICE,
            Action.CREDIT_NOTE,
        }


def test_switched_on_later_every_open_or_recent_order_gets_its_row_once(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for order_id, state in (("open", State.WAITING), ("held", State.HELD), ("recent", State.SENT)):
            examples.brought_to(connection, order_id, state)
        examples.known(connection, "old")
        long_ago = Transition(review("old"), State.SKIPPED, Reason.TOO_LATE)
        REVIEWS.decide(connection, SELLER, [long_ago], NOW - 90 * DAY)
        opened(connection, "known")
        documents.adopt(
            connection, SELLER, Key("known", Action.INVOICE, part="s1"), shipping_id="s1", transaction_id=None, now=NOW
        )
        for _ in range(2):
            DOCUMENTS.open_for_known_orders(connection, SELLER, Action.INVOICE, LATER, since=NOW - 60 * DAY)
        DOCUMENTS.open_for_known_orders(connection, "another", Action.INVOICE, LATER, since=NOW - 60 * DAY)
        found = [row.order_id for row in DOCUMENTS.looks(connection, SELLER, [State.WAITING], LATER, 10)]
    assert sorted(found) == ["held", "known", "open", "recent"]
    assert set(rows_of(ledger, "known")) == {Key("known", Action.INVOICE, part="s1")}
    assert row_of(ledger, "open").next_look_at == LATER


# Amazon's VAT Calculation Service


def adopt(connection: Connection, key: Key, shipping_id: str | None = None, transaction_id: str | None = None) -> None:
    documents.adopt(connection, SELLER, key, shipping_id=shipping_id, transaction_id=transaction_id, now=LATER)


def test_the_first_shipment_takes_the_orders_row_and_others_get_their_own(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        for shipment in ("s1", "s2", "s1"):
            adopt(connection, Key("a", Action.INVOICE, part=shipment), shipment)
    rows = rows_of(ledger)
    assert {key.part: (row.shipping_id, row.state) for key, row in rows.items()} == {
        "s1": ("s1", State.DUE),
        "s2": ("s2", State.WAITING),
    }


def test_an_invoice_of_the_whole_order_that_is_made_is_no_shipments(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        adopt(connection, Key("a", Action.INVOICE, part="s1"), "s1")
    assert {key.part: row.number for key, row in rows_of(ledger).items()} == {"": "2026-000001", "s1": None}


def test_a_refund_gets_its_row_beside_the_invoice(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        adopt(connection, Key("a", Action.CREDIT_NOTE, "t1"), "s1", "t1")
    rows = rows_of(ledger)
    assert set(rows) == {Key("a", Action.INVOICE), Key("a", Action.CREDIT_NOTE, "t1")}
    assert rows[Key("a", Action.CREDIT_NOTE, "t1")].transaction_id == "t1"


def test_what_is_sent_and_still_pending_is_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        brought_to(connection, "b", State.SENT)
        move = Transition(Key("a", Action.INVOICE), State.SENT, Reason.STILL_PENDING)
        assert DOCUMENTS.move(connection, SELLER, move, Answered(), LATER, out_of=[State.SENT])
        assert [row.order_id for row in documents.still_pending(connection, SELLER)] == ["a"]
        assert list(documents.still_pending(connection, "another")) == []
    assert row_of(ledger, "a").asked_at == NOW


# credit notes


ORIGINALS = {
    "of no shipment": (None, ["s2", "s1"]),
    "of a shipment": ("s1", ["s1"]),
    "of a shipment that has none": ("s3", []),
}


@pytest.mark.parametrize(("shipping_id", "parts"), ORIGINALS.values(), ids=ORIGINALS)
def test_a_credit_note_takes_back_its_own_shipments_invoice(
    ledger: Ledger, shipping_id: str | None, parts: list[str]
) -> None:
    with ledger.begin() as connection:
        assert documents.originals(connection, SELLER, "a", shipping_id) == []
        due(connection, "a")
        adopt(connection, Key("a", Action.INVOICE, part="s1"), "s1")
        adopt(connection, Key("a", Action.INVOICE, part="s2"), "s2")
        move = Transition(Key("a", Action.INVOICE, part="s2"), State.DUE, Reason.DUE, NOW)
        DOCUMENTS.decide(connection, SELLER, [move], NOW)
        kept(connection, Key("a", Action.INVOICE, part="s2"))
        found = documents.originals(connection, SELLER, "a", shipping_id)
    assert [each.key.part for each in found] == parts


def test_credit_notes_add_up(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
        invoice = DOCUMENTS.one(connection, SELLER, Key("a", Action.INVOICE))
        assert invoice
        assert credit_notes.taken_back(connection, invoice) == 0
        credit_note(connection, "a", "t1", "9.90")
        credit_note(connection, "a", "t2", "0.10")
        DOCUMENTS.open(connection, SELLER, [Key("a", Action.CREDIT_NOTE, "t3")], NOW)
        DOCUMENTS.open(connection, SELLER, [Key("a", Action.CREDIT_NOTE, "credit-1")], NOW, amount="5.00")
        assert credit_notes.taken_back(connection, invoice) == Decimal("15.00")
        assert credit_notes.taken_back(connection, invoice, but="credit-1") == Decimal("10.00")
        credit_notes.name_original(connection, invoice)
        DOCUMENTS.open(connection, SELLER, [Key("a", Action.CREDIT_NOTE, "credit-2")], NOW, amount="1", original="X")
        assert credit_notes.taken_back(connection, invoice) == Decimal("15.00")


# the legal period


def test_after_the_legal_period_the_content_is_gone_and_the_number_stays(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        kept(connection, Key("a", Action.INVOICE), keep_until=NOW + DAY)
        kept(connection, Key("b", Action.INVOICE), keep_until=NOW + 2 * DAY)
        assert documents.forget(connection, NOW) == 0
        assert documents.forget(connection, NOW + DAY) == 1
        assert documents.forget(connection, NOW + DAY) == 0
        assert history.broken_invariants(connection) == {}
    row = row_of(ledger, "a")
    assert (row.pdf, row.record, row.keep_until) == (None, None, None)
    assert (row.number, row.total, row.sha256) == ("2026-000001", "30.00", "0" * 64)
    assert row_of(ledger, "b").pdf


def test_a_seller_touches_nothing_of_another(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        other = "another"
        assert DOCUMENTS.orphaned(connection, other, TOKEN + 1, NOW, NOW) == []
        assert not DOCUMENTS.settle(connection, other, TOKEN, SENT, Answered(), NOW, asked=True)
        assert not DOCUMENTS.move(connection, other, DUE, Answered(), NOW, out_of=list(State))
        DOCUMENTS.wake_all(connection, other, LATER, since=NOW - DAY)
        assert settled(connection, "a", State.SENT)
        kept_by_other = document("2026-000001")
        with pytest.raises(numbers.Superseded):
            numbers.keep(connection, other, Key("a", Action.INVOICE), kept_by_other)
