"""What Amazon answers to an invoice, or does not, and what becomes of it: it never accepts a second one."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger import controls, lanes
from ledger.documents import DOCUMENTS
from ledger.lanes import LEASE, LaneLost
from ledger.state import Action, State
from ledger.transitions import Answered, Key
from marketplace.port import InvoiceLabel
from marketplace.simulator.faults import Kind
from rules.reason import Reason
from tasks import entrypoints
from tasks.invoices.reconcile import LOOKS
from tasks.invoices.send import LOOK_AFTER
from tasks.line import MOST_TRIES
from tests.tasks.invoice_workshop import FEED, FR, InvoiceWorkshop, pdf_is_that_of
from tests.tasks.workshop import HOUR, MINUTE, NOW

SENT = (State.SENT, Reason.INVOICED)
UNCLEAR = (State.UNCLEAR, Reason.UNCLEAR)
BUSY = (State.DUE, Reason.BUSY)
SLOW = 0.6
"""Real seconds in which Amazon's answer is held back, and something else happens."""


# the processing report


def test_an_account_whose_invoices_amazon_makes_is_left_alone(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.account(invoicing="amazon")
    order = shop.shipped()
    shop.passes(4, every=12 * HOUR)
    assert shop.stands(order) == (State.REFUSED, Reason.INVOICED_BY_AMAZON)
    assert shop.calls(FEED) == 1
    assert "79525" in shop.said(order)[-1]


def test_an_account_that_may_not_upload_is_stopped_and_goes_on_when_it_may(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.account(invoicing="not_enrolled")
    order, other = shop.shipped(), shop.shipped()
    shop.passes()
    assert shop.stands(order) == (State.DUE, Reason.INVOICES_NOT_AUTHORISED)
    with shop.ledger.read() as connection:
        (stop,) = controls.stops(connection, shop.clock.now())
    assert (stop.reason, stop.until) == (Reason.INVOICES_NOT_AUTHORISED, shop.clock.now() + HOUR)
    assert "79509" in stop.detail
    calls = shop.calls(FEED)
    shop.passes(3)
    assert shop.calls(FEED) == calls
    shop.account()
    shop.wait(HOUR)
    shop.passes()
    assert [shop.stands(each) for each in (order, other)] == [SENT, SENT]
    assert [shop.invoice(each).number for each in (order, other)] == ["2026-000001", "2026-000002"]


@pytest.mark.parametrize("kind", ["feed_fatal", "feed_cancelled"])
def test_an_upload_that_amazon_ends_without_a_report_is_held(invoicing: InvoiceWorkshop, kind: Kind) -> None:
    order = invoicing.shipped()
    invoicing.trouble(kind, "getFeed")
    invoicing.passes(4, every=12 * HOUR)
    assert invoicing.stands(order) == (State.HELD, Reason.INVOICE_REJECTED)
    assert invoicing.calls(FEED) == 1


def test_a_rejected_document_is_held_with_amazons_words_and_keeps_its_number(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("error_500_before", "createFeedDocument", times=1)
    shop.whole_pass()
    shop.simulator.patch_order(order, shipped_at=None)  # Amazon has changed its mind
    shop.passes(4)
    assert shop.stands(order) == (State.HELD, Reason.INVOICE_REJECTED)
    row = shop.invoice(order)
    assert (row.number, row.next_look_at) == ("2026-000001", None)
    assert "79517" in shop.said(order)[-1]
    other = shop.shipped()
    shop.passes()
    assert shop.invoice(other).number == "2026-000002"


def test_amazon_is_asked_less_and_less_often_what_it_makes_of_an_upload(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.trouble("feed_in_progress", "getFeed")
    invoicing.whole_pass()
    waits = []
    for _ in range(8):
        invoicing.at(invoicing.invoice(order).next_look_at)
        invoicing.whole_pass()
        waits.append(invoicing.invoice(order).next_look_at - invoicing.clock.now())
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=15)
    invoicing.simulator.clear_faults()
    invoicing.passes(2, every=15 * MINUTE)
    assert invoicing.stands(order) == SENT


@pytest.mark.parametrize("operation", ["getFeed", "getFeedDocument"])
def test_an_upload_of_which_amazon_says_nothing_readable_is_held_after_two_days(
    invoicing: InvoiceWorkshop, operation: str
) -> None:
    order = invoicing.shipped()
    invoicing.trouble("bad_request", operation)
    invoicing.passes(6, every=12 * HOUR)
    assert invoicing.stands(order) == (State.HELD, Reason.NO_RESULT)
    assert len(invoicing.got(order)) == 1


# answers that were lost

# which fault of the irrevocable call → whether Amazon had the document then
LOST: dict[Kind, bool] = {
    "drop_before": False,
    "error_500_before": False,
    "html_503": False,
    "drop_after": True,
    "error_503_after": True,
    "cut_json": True,
    "empty_body": True,
}


@pytest.mark.parametrize("kind", LOST)
def test_an_upload_whose_answer_was_lost_is_looked_for_and_never_made_twice(
    invoicing: InvoiceWorkshop, kind: Kind
) -> None:
    _lost_and_looked_for(invoicing, kind)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_it_is_looked_for_on_every_database(any_invoicing: InvoiceWorkshop, kind: Kind) -> None:
    _lost_and_looked_for(any_invoicing, kind)


def _lost_and_looked_for(shop: InvoiceWorkshop, kind: Kind) -> None:
    order = shop.shipped()
    shop.trouble(kind, FEED, times=1)
    shop.whole_pass()
    assert shop.stands(order) == UNCLEAR
    assert shop.calls(FEED) == 1
    assert len(shop.got(order)) == LOST[kind]
    shop.passes(LOOKS + 2, every=LOOK_AFTER)
    assert shop.stands(order)[0] in (State.SENT, State.SUBMITTED)
    shop.passes()
    assert shop.stands(order) == SENT
    assert shop.calls(FEED) == 2 - LOST[kind]
    assert pdf_is_that_of(shop, shop.invoice(order))


def test_while_one_answer_is_missing_no_other_document_goes_out(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    first, second = shop.shipped(shipped_at=NOW - 5 * HOUR), shop.shipped()
    shop.trouble("drop_after", FEED, times=1)
    shop.passes(2, every=MINUTE)
    assert (shop.stands(first), shop.stands(second)[0]) == (UNCLEAR, State.DUE)
    assert (shop.calls(FEED), shop.invoice(second).number) == (1, None)
    shop.passes(4)
    assert (shop.stands(first), shop.stands(second)) == (SENT, SENT)


def test_an_upload_that_others_account_for_is_not_taken_for_it(invoicing: InvoiceWorkshop) -> None:
    first = invoicing.shipped(shipped_at=NOW - 5 * HOUR)
    invoicing.whole_pass()
    second = invoicing.shipped()
    invoicing.trouble("drop_before", FEED, times=1)
    invoicing.passes(LOOKS + 3, every=LOOK_AFTER)
    assert (invoicing.stands(first), invoicing.calls(FEED)) == (SENT, 3)
    invoicing.passes()
    assert invoicing.stands(second) == SENT


def test_two_uploads_that_nobody_accounts_for_are_left_to_a_person(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("drop_after", FEED, times=1)
    shop.whole_pass()
    with shop.session() as open_shop:
        market = open_shop.marketplace
        market.submit_invoice(market.upload_invoice(b"no PDF"), _label(shop.shipped()))  # by another program
    shop.passes(LOOKS + 2, every=LOOK_AFTER)
    assert shop.stands(order) == (State.HELD, Reason.UNCLEAR)
    assert len(shop.got(order)) == 1
    calls = shop.calls(FEED)
    shop.passes(3, every=25 * HOUR)
    assert shop.stands(order) == (State.HELD, Reason.UNCLEAR)
    assert shop.calls(FEED) == calls


def _label(order_id: str) -> InvoiceLabel:
    return InvoiceLabel(order_id, FR, "X-1", total=Decimal("40.90"))


def test_a_look_that_fails_is_made_again(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.trouble("drop_after", FEED, times=1)
    invoicing.trouble("error_500_before", "getFeeds", times=3)
    invoicing.passes(10, every=5 * MINUTE)
    assert invoicing.stands(order) == SENT
    assert invoicing.calls(FEED) == 1


# answers before the call, or surely no

# to which call, which fault → where the document stands then
ANSWERS: dict[str, tuple[str, Kind, tuple[str, str]]] = {
    "order: 500": ("getOrder", "error_500_before", BUSY),
    "order: dropped": ("getOrder", "drop_before", BUSY),
    "order: cut short": ("getOrder", "cut_json", BUSY),
    "order: too many requests": ("getOrder", "throttle", BUSY),
    "order: called wrong": ("getOrder", "bad_request", (State.DUE, Reason.BROKEN)),
    "order: permission missing": ("getOrder", "denied", (State.DUE, Reason.INVOICES_NOT_AUTHORISED)),
    "language: 500": ("GetAttributes", "error_500_before", (State.SUBMITTED, Reason.SUBMITTED)),
    "language: permission missing": ("GetAttributes", "denied", (State.SUBMITTED, Reason.SUBMITTED)),
    "destination: 500": ("createFeedDocument", "error_500_before", BUSY),
    "destination: cut short": ("createFeedDocument", "cut_json", BUSY),
    "destination: called wrong": ("createFeedDocument", "bad_request", (State.DUE, Reason.BROKEN)),
    "destination: permission missing": (
        "createFeedDocument",
        "denied",
        (State.DUE, Reason.INVOICES_NOT_AUTHORISED),
    ),
    "upload: 500": ("upload", "error_500_before", BUSY),
    "upload: dropped after": ("upload", "drop_after", BUSY),
    "call: too many requests": (FEED, "throttle", BUSY),
    "call: called wrong": (FEED, "bad_request", (State.DUE, Reason.BROKEN)),
    "call: permission missing": (FEED, "denied", (State.DUE, Reason.INVOICES_NOT_AUTHORISED)),
    "call: words nobody has seen": (FEED, "unknown_403", (State.WAITING, Reason.UNKNOWN_REFUSAL)),
    "call: the token is dead, and the next as well": (FEED, "expired_token", BUSY),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_leads_to_its_state_and_in_the_end_amazon_has_the_document_once(
    invoicing: InvoiceWorkshop, case: str
) -> None:
    operation, kind, standing = ANSWERS[case]
    order = invoicing.shipped()
    invoicing.trouble(kind, operation)
    invoicing.whole_pass()
    assert invoicing.stands(order) == standing
    assert len(invoicing.got(order)) == (standing[0] == State.SUBMITTED)
    invoicing.simulator.clear_faults()
    invoicing.passes(4, every=13 * HOUR)
    assert invoicing.stands(order) == SENT
    assert len(invoicing.got(order)) == 1


def test_what_amazon_calls_wrong_five_times_is_held(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.trouble("bad_request", FEED)
    invoicing.passes(MOST_TRIES, every=HOUR)
    assert invoicing.stands(order) == (State.HELD, Reason.BROKEN)
    assert invoicing.calls(FEED) == MOST_TRIES


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("getOrder", "error_500_before"), ("getOrder", "bad_request"), (FEED, "drop_before"), (FEED, "html_503")],
)
def test_a_poisoned_order_never_stops_its_lane(invoicing: InvoiceWorkshop, operation: str, kind: Kind) -> None:
    poisoned = invoicing.shipped(shipped_at=NOW - 5 * HOUR)  # the nearest deadline: it goes first
    others = [invoicing.shipped() for _ in range(3)]
    invoicing.trouble(kind, operation, order_id=poisoned)
    invoicing.passes(12, every=3 * MINUTE)
    assert [invoicing.stands(order) for order in others] == [SENT] * 3
    assert invoicing.stands(poisoned)[0] in (State.DUE, State.UNCLEAR, State.HELD)


def test_a_pause_between_claim_and_call_is_heeded(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("slow", "upload", seconds=SLOW)
    with shop.meanwhile(shop.whole_pass) as done:
        while not shop.calls("upload"):
            assert not done.done()
        with shop.ledger.begin() as connection:
            controls.stop(connection, shop.name, Reason.PAUSED)
    assert done.result() is None
    assert shop.stands(order) == (State.DUE, Reason.PAUSED)
    assert shop.calls(FEED) == 0
    with shop.ledger.begin() as connection:
        controls.lift(connection, shop.name)
    shop.simulator.clear_faults()
    shop.passes()
    assert shop.stands(order) == SENT


@pytest.mark.parametrize(("operation", "claimed"), [("upload", False), (FEED, True)])
def test_a_worker_frozen_beyond_its_lease_changes_nothing_and_amazon_has_the_document_once(
    any_invoicing: InvoiceWorkshop, operation: str, claimed: bool
) -> None:
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("slow", operation, seconds=SLOW, times=1)
    with shop.meanwhile(shop.whole_pass) as frozen:
        while not shop.calls(operation):
            assert not frozen.done()
        shop.wait(LEASE + MINUTE)
        now = shop.clock.now()
        with shop.ledger.begin() as connection:
            lane = lanes.acquire(connection, shop.name, "another", now)
            assert lane is not None
            found = DOCUMENTS.orphaned(connection, shop.name, lane.token, now, now + LOOK_AFTER)
    assert found == ([Key(order, Action.INVOICE)] if claimed else [])
    assert isinstance(frozen.exception(), LaneLost)
    shop.wait(LEASE)
    shop.passes(LOOKS + 3, every=LOOK_AFTER)
    assert shop.stands(order) == SENT
    assert shop.calls(FEED) == 1


def test_a_sweep_finds_what_an_ended_worker_was_sending(any_invoicing: InvoiceWorkshop) -> None:
    """While it has the lane, others that are rung for leave it to the sweep."""
    shop = any_invoicing
    order = shop.shipped()
    shop.trouble("error_500_before", "upload", times=1)
    shop.whole_pass()
    with shop.ledger.begin() as connection:
        assert DOCUMENTS.claim(connection, shop.name, Key(order, Action.INVOICE), 0, shop.clock.now())
    entrypoints.sweep(shop.app, shop.name)
    assert shop.stands(order) == UNCLEAR


def test_resent_on_purpose_amazon_has_the_same_bytes_twice(invoicing: InvoiceWorkshop) -> None:
    order = invoicing.shipped()
    invoicing.passes()
    with invoicing.ledger.begin() as connection:
        key, now = Key(order, Action.INVOICE), invoicing.clock.now()
        said = Answered("sent again by ann: the buyer lost it")
        assert DOCUMENTS.send_again(connection, invoicing.name, key, said, now, [State.SENT])
    invoicing.passes(3)
    assert invoicing.stands(order) == SENT
    first, second = invoicing.got(order)
    assert (first.sha256, first.number) == (second.sha256, second.number)
    invoicing.resent.add(order)
