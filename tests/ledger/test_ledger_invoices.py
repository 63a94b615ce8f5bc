from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from threading import Barrier

import pytest

from ledger import entries, history, invoices, lanes, numbers, orders
from ledger.database import Connection, Ledger
from ledger.entries import Answered, Verdict
from ledger.invoices import Key, Move
from ledger.lanes import LEASE
from ledger.state import Action, State
from rules.reason import Reason
from tests.ledger import examples
from tests.ledger.examples import DAY, HOUR, MINUTE, NOW, SELLER, TOKEN, order, refund
from tests.ledger.invoice_examples import (
    ENDS,
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

WORKERS = 8
UNMADE = (State.WAITING, State.SKIPPED)
SENT = Move(Key("a"), State.SENT, Reason.INVOICED)
DUE = Move(Key("a"), State.DUE, Reason.DUE, NOW)
LATER = NOW + HOUR


def attempts(connection: Connection, order_id: str = "a") -> list[str]:
    found = history.attempts_of(connection, SELLER, order_id, Action.INVOICE)
    return [f"{attempt.state} {attempt.reason}: {attempt.detail}" for attempt in found]


# rows


def test_an_order_of_a_seller_without_invoices_has_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        examples.known(connection, "a")
    assert rows_of(ledger) == {}


def test_a_new_order_is_to_be_looked_at_now_and_one_that_is_known_stays_where_it_is(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        brought_to(connection, "b", State.SENT)
        invoices.open_documents(connection, SELLER, [Key("a"), Key("b")], LATER)
    row = row_of(ledger, "a")
    assert (row.state, row.reason, row.next_look_at, row.number) == (State.WAITING, Reason.NOT_SHIPPED, NOW, None)
    assert standing(ledger, "b") == (State.SENT, Reason.INVOICED)


def test_a_refund_of_an_order_opens_one_credit_note_however_often_it_is_read(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        for _ in range(2):
            orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        orders.record_refunds(connection, SELLER, {"a": {"t2": refund("3.00")}}, NOW, with_credit_notes=True)
    assert set(rows_of(ledger)) == {Key("a"), Key("a", Action.CREDIT_NOTE, "t1"), Key("a", Action.CREDIT_NOTE, "t2")}


def test_a_refund_of_an_order_that_is_not_known_opens_no_credit_note(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        assert invoices.looks(connection, SELLER, [State.WAITING], NOW, 10) == []
        opened(connection, "a")
        orders.record_refunds(connection, SELLER, {"a": {"t1": refund("5.00")}}, NOW, with_credit_notes=True)
        assert {row.kind for row in invoices.looks(connection, SELLER, [State.WAITING], NOW, 10)} == {
            Action.INVOICE,
            Action.CREDIT_NOTE,
        }


def test_switched_on_later_every_open_or_recent_order_gets_its_row_once(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for order_id, state in (("open", State.WAITING), ("held", State.HELD), ("recent", State.SENT)):
            examples.brought_to(connection, order_id, state)
        examples.known(connection, "old")
        long_ago = Verdict("old", State.SKIPPED, Reason.TOO_LATE)
        entries.decide(connection, SELLER, [long_ago], NOW - 90 * DAY)
        opened(connection, "known")
        invoices.adopt(connection, SELLER, Key("known", part="s1"), shipping_id="s1", transaction_id=None, now=NOW)
        for _ in range(2):
            invoices.open_for_known_orders(connection, SELLER, LATER, since=NOW - 60 * DAY)
        invoices.open_for_known_orders(connection, "another", LATER, since=NOW - 60 * DAY)
        found = [row.order_id for row in invoices.looks(connection, SELLER, [State.WAITING], LATER, 10)]
    assert sorted(found) == ["held", "known", "open", "recent"]
    assert set(rows_of(ledger, "known")) == {Key("known", part="s1")}
    assert row_of(ledger, "open").next_look_at == LATER


# waking


@pytest.mark.parametrize("state", State, ids=str)
def test_new_facts_wake_only_what_is_not_made_and_not_held(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        invoices.wake(connection, SELLER, ["a", "b"], LATER)
        invoices.wake(connection, SELLER, [], LATER)
    row = row_of(ledger)
    assert row.state == state
    assert (row.next_look_at == LATER) == (state in UNMADE)


def test_new_facts_bring_a_due_invoice_that_is_not_made_back_to_the_sweep(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        orders.record_orders(
            connection, SELLER, [order("a", updated_at=LATER)], as_of=LATER, previous=NOW, with_invoices=True
        )
    assert (standing(ledger, "a")[0], row_of(ledger, "a").next_look_at) == (State.WAITING, LATER)
    assert standing(ledger, "b")[0] == State.DUE


def test_new_settings_bring_back_to_the_sweep_what_is_not_under_way_or_at_its_end(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for state in State:
            brought_to(connection, state, state)
        due(connection, "unmade", "stuck", "old")
        stuck = Move(Key("stuck"), State.HELD, Reason.NOT_PRINTABLE, NOW + DAY)
        invoices.decide(connection, SELLER, [stuck], NOW)
        invoices.decide(connection, SELLER, [Move(Key("old"), State.SKIPPED, Reason.CANCELLED)], NOW - 90 * DAY)
        invoices.wake_all(connection, SELLER, LATER, since=NOW - 60 * DAY)
        rows = invoices.looks(connection, SELLER, list(State), LATER, 99)
    assert {row.order_id: row.state for row in rows if row.next_look_at == LATER} == {
        "waiting": State.WAITING,
        "skipped": State.SKIPPED,
        "due": State.WAITING,
        "unmade": State.WAITING,
        "stuck": State.HELD,
    }


@pytest.mark.parametrize("state", State, ids=str)
def test_a_clock_that_was_set_back_brings_forward_whatever_will_be_looked_at(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        invoices.wake_from_the_future(connection, SELLER, NOW - DAY)
    looks = row_of(ledger).next_look_at
    if state is State.SENDING:
        assert looks == NOW + LEASE
    else:
        brought_forward = state not in (State.SENT, State.REFUSED, State.HELD)
        assert looks == (NOW - DAY if brought_forward else None)


def test_a_clock_that_was_not_set_back_brings_nothing_forward(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.WAITING)
        invoices.wake_from_the_future(connection, SELLER, LATER)
    assert row_of(ledger).next_look_at == NOW + DAY


# deciding


@pytest.mark.parametrize("state", State, ids=str)
def test_a_sweep_moves_nothing_that_is_under_way_or_at_its_end(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        invoices.decide(connection, SELLER, [Move(Key("a"), State.SKIPPED, Reason.CANCELLED)], NOW)
    moved = state in (State.WAITING, State.SKIPPED, State.DUE, State.HELD)
    assert standing(ledger)[0] == (State.SKIPPED if moved else state)


def test_a_verdict_keeps_the_deadline_and_the_buyers_kind_that_are_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        first = Move(Key("a"), State.DUE, Reason.DUE, NOW, NOW + DAY, business=True)
        invoices.decide(connection, SELLER, [first], NOW)
        invoices.decide(connection, SELLER, [Move(Key("a"), State.WAITING, Reason.NOT_OFFERED, NOW)], NOW)
    row = row_of(ledger)
    assert (row.state, row.deadline, row.business) == (State.WAITING, NOW + DAY, True)


def test_the_nearest_deadline_goes_first_and_the_future_not_at_all(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a", "b", "c", "later")
        for order_id, days in (("a", 3), ("b", 1), ("c", 2)):
            move = Move(Key(order_id), State.DUE, Reason.DUE, NOW, NOW + days * DAY)
            invoices.decide(connection, SELLER, [move], NOW)
        invoices.decide(connection, SELLER, [Move(Key("later"), State.DUE, Reason.BUSY, LATER, NOW)], NOW)
        found = []
        while row := invoices.due(connection, SELLER, NOW):
            found.append(row.order_id)
            invoices.decide(connection, SELLER, [Move(Key(row.order_id), State.SKIPPED, Reason.CANCELLED)], NOW)
    assert found == ["b", "c", "a"]


def test_every_due_invoice_says_why_it_does_not_go_out(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a", "b")
        brought_to(connection, "c", State.WAITING)
        assert invoices.say_why(connection, SELLER, Reason.PAUSED, NOW) == 2
        assert invoices.say_why(connection, SELLER, Reason.PAUSED, NOW) == 0
    assert standing(ledger, "a") == (State.DUE, Reason.PAUSED)
    assert standing(ledger, "c") == (State.WAITING, Reason.NOT_SHIPPED)


def test_a_seller_has_work_when_a_look_is_due(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert not invoices.has_work(connection, SELLER, [State.SUBMITTED], NOW)
        assert not invoices.has_work(connection, SELLER, [State.DUE], LATER)
        assert not invoices.has_work(connection, "another", [State.SUBMITTED], LATER)
        assert invoices.has_work(connection, SELLER, [State.SUBMITTED], LATER)


@pytest.mark.parametrize(("state", "rung"), [(State.SUBMITTED, True), (State.SENDING, True), (State.SENT, False)])
def test_a_lane_is_rung_for_its_invoices_alone(ledger: Ledger, state: State, rung: bool) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        lane = lanes.acquire(connection, SELLER, "another-machine 0d5f:pid 17 4242", NOW)
        assert lane
        entries.decide(connection, SELLER, [Verdict("a", State.SKIPPED, Reason.CANCELLED)], NOW)
        assert lanes.with_work(connection, [State.SUBMITTED], NOW + MINUTE) == []
        lanes.release(connection, lane, {})
        assert lanes.with_work(connection, [State.SUBMITTED], NOW + MINUTE) == ([SELLER] if rung else [])


# claiming and settling


def test_of_eight_workers_that_claim_one_invoice_exactly_one_has_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    together = Barrier(WORKERS)

    def claim(token: int) -> bool:
        together.wait()
        with ledger.begin() as connection:
            return invoices.claim(connection, SELLER, Key("a"), token, NOW)

    with ThreadPoolExecutor(WORKERS) as pool:
        won = list(pool.map(claim, range(1, WORKERS + 1)))
    assert sorted(won) == [False] * (WORKERS - 1) + [True]
    with ledger.begin() as connection:
        token = won.index(True) + 1
        assert invoices.settle(connection, SELLER, token, SENT, Answered(), NOW, asked=True)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DUE], ids=str)
def test_only_a_due_invoice_can_be_claimed(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert not invoices.claim(connection, SELLER, Key("a"), TOKEN + 1, NOW)
    assert standing(ledger)[0] == state


def test_an_invoice_without_a_number_cannot_be_claimed(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        assert not invoices.claim(connection, SELLER, Key("a"), TOKEN, NOW)


def test_a_claim_that_is_rolled_back_is_none(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    with suppress(InterruptedError), ledger.begin() as connection:
        assert invoices.claim(connection, SELLER, Key("a"), TOKEN, NOW)
        raise InterruptedError
    assert standing(ledger) == (State.DUE, Reason.DUE)


def test_settling_records_the_answer_and_the_upload_and_moves_on(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        move = Move(Key("a"), State.SUBMITTED, Reason.SUBMITTED, LATER)
        answered = Answered("accepted", 202, "request-1")
        assert invoices.settle(connection, SELLER, TOKEN, move, answered, NOW, asked=True, feed_id="feed-1")
        (attempt,) = history.attempts_of(connection, SELLER, "a")
    row = row_of(ledger)
    assert (row.state, row.next_look_at, row.asked_at, row.feed_id) == (State.SUBMITTED, LATER, NOW, "feed-1")
    assert row.claim is None
    assert (attempt.action, attempt.state, attempt.detail) == (Action.INVOICE, State.SUBMITTED, "accepted")
    assert (attempt.status, attempt.request_id) == (202, "request-1")


def test_an_answer_before_the_call_leaves_the_invoice_unasked(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        move = Move(Key("a"), State.DUE, Reason.PAUSED, NOW, tries=2)
        assert invoices.settle(connection, SELLER, TOKEN, move, Answered(), NOW, asked=False)
    row = row_of(ledger)
    assert (row.state, row.asked_at, row.tries) == (State.DUE, None, 2)


def test_a_late_answer_of_a_lost_lane_moves_nothing_but_is_recorded(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        assert invoices.orphaned(connection, SELLER, TOKEN + 1, NOW, LATER) == [Key("a")]
        assert not invoices.settle(connection, SELLER, TOKEN, SENT, Answered("late"), LATER, asked=True)
        said = attempts(connection)
    assert standing(ledger) == (State.UNCLEAR, Reason.UNCLEAR)
    assert said == ["unclear unclear: the worker ended between claim and answer", "sent invoiced: late"]


def test_a_late_answer_does_not_settle_the_claim_of_the_next_lane(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN + 1)
        assert not invoices.settle(connection, SELLER, TOKEN, SENT, Answered(), NOW, asked=True)
    assert standing(ledger)[0] == State.SENDING


def test_the_claims_of_ended_lanes_become_doubts_since_their_claim_and_those_of_this_lane_stay(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a", token=TOKEN)
        claimed(connection, "b", token=TOKEN + 1)
        assert invoices.orphaned(connection, SELLER, TOKEN + 1, LATER, LATER + MINUTE) == [Key("a")]
        assert invoices.orphaned(connection, SELLER, TOKEN + 1, LATER, LATER + MINUTE) == []
    row = row_of(ledger, "a")
    assert (row.state, row.next_look_at, row.asked_at) == (State.UNCLEAR, LATER + MINUTE, NOW)
    assert (row.claim, row.changed_at) == (None, NOW)
    assert standing(ledger, "b")[0] == State.SENDING


def test_a_seller_with_a_lost_answer_is_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert not invoices.any_unclear(connection, SELLER)
        brought_to(connection, "b", State.UNCLEAR)
        assert invoices.any_unclear(connection, SELLER)
        assert not invoices.any_unclear(connection, "another")


# moving on


def test_a_move_out_of_another_state_is_none_and_leaves_no_attempt(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        assert not invoices.move_on(connection, SELLER, DUE, Answered(), NOW, out_of=[State.UNCLEAR])
        assert len(attempts(connection)) == 1


@pytest.mark.parametrize("state", ENDS, ids=str)
def test_a_document_that_is_to_be_sent_again_keeps_its_number_and_its_bytes(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        again = Answered("sent again by ann: the buyer lost it")
        assert invoices.move_on(connection, SELLER, DUE, again, NOW, out_of=[state])
        assert attempts(connection)[-1] == "due due: sent again by ann: the buyer lost it"
        assert invoices.claim(connection, SELLER, Key("a"), TOKEN, NOW)
    row = row_of(ledger)
    assert (row.number, row.pdf) == ("2026-000001", b"sealed page")
    assert row.asked_at == (NOW if state is State.SENT else None)  # Amazon counts when it first had it


def test_the_upload_of_a_document_that_is_sent_again_is_nobody_elses(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SUBMITTED)
        assert invoices.move_on(connection, SELLER, DUE, Answered(), NOW, out_of=[State.SUBMITTED])
        assert invoices.known_feeds(connection, SELLER, ["feed-1", "feed-2"]) == {"feed-1"}


@pytest.mark.parametrize(("state", "asked_at"), [(State.UNCLEAR, NOW), (State.WAITING, LATER)], ids=str)
def test_a_document_found_to_be_sent_was_asked_when_it_first_may_have_been(
    ledger: Ledger, state: State, asked_at: object
) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        assert invoices.move_on(connection, SELLER, SENT, Answered(), LATER, out_of=[state])
    assert row_of(ledger).asked_at == asked_at


def test_an_upload_that_was_found_is_the_documents_from_then_on(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.UNCLEAR)
        found = Move(Key("a"), State.SUBMITTED, Reason.SUBMITTED, NOW)
        invoices.move_on(connection, SELLER, found, Answered(), NOW, out_of=[State.UNCLEAR], feed_id="feed-7")
        read = Move(Key("a"), State.SENT, Reason.INVOICED)
        invoices.move_on(connection, SELLER, read, Answered(), NOW, out_of=[State.SUBMITTED])
        assert invoices.known_feeds(connection, SELLER, ["feed-7", "feed-8"]) == {"feed-7"}
        assert invoices.known_feeds(connection, SELLER, []) == set()
        assert invoices.known_feeds(connection, "another", ["feed-7"]) == set()
    assert row_of(ledger).feed_id == "feed-7"


# Amazon's VAT Calculation Service


def adopt(connection: Connection, key: Key, shipping_id: str | None = None, transaction_id: str | None = None) -> None:
    invoices.adopt(connection, SELLER, key, shipping_id=shipping_id, transaction_id=transaction_id, now=LATER)


def test_the_first_shipment_takes_the_orders_row_and_others_get_their_own(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        for shipment in ("s1", "s2", "s1"):
            adopt(connection, Key("a", part=shipment), shipment)
    rows = rows_of(ledger)
    assert {key.part: (row.shipping_id, row.state) for key, row in rows.items()} == {
        "s1": ("s1", State.DUE),
        "s2": ("s2", State.WAITING),
    }


def test_an_invoice_of_the_whole_order_that_is_made_is_no_shipments(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        adopt(connection, Key("a", part="s1"), "s1")
    assert {key.part: row.number for key, row in rows_of(ledger).items()} == {"": "2026-000001", "s1": None}


def test_a_refund_gets_its_row_beside_the_invoice(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        opened(connection, "a")
        adopt(connection, Key("a", Action.CREDIT_NOTE, "t1"), "s1", "t1")
    rows = rows_of(ledger)
    assert set(rows) == {Key("a"), Key("a", Action.CREDIT_NOTE, "t1")}
    assert rows[Key("a", Action.CREDIT_NOTE, "t1")].transaction_id == "t1"


def test_what_is_sent_and_still_pending_is_known(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        brought_to(connection, "b", State.SENT)
        move = Move(Key("a"), State.SENT, Reason.STILL_PENDING)
        assert invoices.move_on(connection, SELLER, move, Answered(), LATER, out_of=[State.SENT])
        assert [row.order_id for row in invoices.still_pending(connection, SELLER)] == ["a"]
        assert list(invoices.still_pending(connection, "another")) == []
    assert row_of(ledger, "a").asked_at == NOW


# credit notes


def test_the_original_is_the_orders_invoice_and_of_several_the_first_that_was_made(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert invoices.original(connection, SELLER, "a") is None
        due(connection, "a")
        adopt(connection, Key("a", part="s1"), "s1")
        adopt(connection, Key("a", part="s2"), "s2")
        move = Move(Key("a", part="s2"), State.DUE, Reason.DUE, NOW)
        invoices.decide(connection, SELLER, [move], NOW)
        kept(connection, Key("a", part="s2"))
        original = invoices.original(connection, SELLER, "a")
    assert original
    assert (original.part, original.number) == ("s2", "2026-000001")


def test_credit_notes_add_up(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
        assert numbers.credited(connection, SELLER, "a") == 0
        credit_note(connection, "a", "t1", "9.90")
        credit_note(connection, "a", "t2", "0.10")
        invoices.open_documents(connection, SELLER, [Key("a", Action.CREDIT_NOTE, "t3")], NOW)
        assert numbers.credited(connection, SELLER, "a") == Decimal("10.00")
        assert numbers.credited(connection, SELLER, "b") == 0


# the legal period


def test_after_the_legal_period_the_content_is_gone_and_the_number_stays(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        kept(connection, Key("a"), keep_until=NOW + DAY)
        kept(connection, Key("b"), keep_until=NOW + 2 * DAY)
        assert numbers.forget(connection, NOW) == 0
        assert numbers.forget(connection, NOW + DAY) == 1
        assert numbers.forget(connection, NOW + DAY) == 0
        assert history.broken_invariants(connection) == {}
    row = row_of(ledger, "a")
    assert (row.pdf, row.record, row.keep_until) == (None, None, None)
    assert (row.number, row.total, row.sha256) == ("2026-000001", "30.00", "0" * 64)
    assert row_of(ledger, "b").pdf


def test_a_seller_touches_nothing_of_another(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        claimed(connection, "a")
        other = "another"
        assert invoices.orphaned(connection, other, TOKEN + 1, NOW, NOW) == []
        assert not invoices.settle(connection, other, TOKEN, SENT, Answered(), NOW, asked=True)
        assert not invoices.move_on(connection, other, DUE, Answered(), NOW, out_of=list(State))
        invoices.wake_all(connection, other, LATER, since=NOW - DAY)
        assert settled(connection, "a", State.SENT)
        kept_by_other = document("2026-000001")
        with pytest.raises(numbers.Superseded):
            numbers.keep(connection, other, Key("a"), kept_by_other)
