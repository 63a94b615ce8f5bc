"""What a plan says of invoices, from real rows on each database."""

from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import pytest

from ledger import history, meta, sources
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.sources import Reading
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.order import Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from tasks.invoices.plan import InvoicePlan, Tried, plan_invoices
from tests.tasks.bookkeeping import DAY, HOUR, NOW, Shelf, seller


@pytest.fixture
def shelf(ledger: Ledger) -> Shelf:
    """A seller whose orders have just been read."""
    with ledger.begin() as connection:
        sources.record(connection, "maison-durand", Source.ORDERS, Reading(NOW, NOW + HOUR))
    return Shelf(ledger)


def planned(shelf: Shelf, days: int = 7, *, tried: Tried = MappingProxyType({}), **wish: Any) -> InvoicePlan:
    settings = seller(**wish)
    with shelf.ledger.begin() as connection:  # as at the last look
        meta.put(connection, f"settings:{settings.name}", sha256(settings.model_dump_json().encode()).hexdigest())
    return plan_invoices(shelf.ledger, settings, NOW, days, tried)


def business(shelf: Shelf, order_id: str, *, deadline: datetime, code: str = "FR") -> None:
    """A business order whose invoice is made."""
    shelf.order(order_id, marketplace_id=MARKETPLACES[code].marketplace_id)
    shelf.keep(order_id, business=True, deadline=deadline)


def test_a_plan_and_its_reasons_add_up_to_all_that_is_not_sent(shelf: Shelf) -> None:
    shelf.sent("sent")
    shelf.order("made")
    shelf.keep("made")
    shelf.order("missing")
    shelf.move("missing", State.WAITING, Reason.PDF_MISSING, next_look_at=NOW + HOUR)
    shelf.order("unshipped", status="UNSHIPPED")
    shelf.move("unshipped", State.WAITING, Reason.NOT_SHIPPED, next_look_at=NOW + 80 * DAY)
    shelf.order("skipped")
    shelf.move("skipped", State.SKIPPED, Reason.CANCELLED)
    for state in (State.HELD, State.REFUSED, State.SUBMITTED, State.UNCLEAR):
        shelf.order(state)
        shelf.keep(state)
        shelf.settle(state, state)
    found = planned(shelf)
    assert [(entry.order_id, entry.due_at, entry.reason) for entry in found.entries] == [("made", NOW, Reason.BUSY)]
    assert found.by_reason[Reason.PDF_MISSING] == 1
    with shelf.ledger.read() as connection:
        totals = history.invoice_totals(connection, [shelf.seller])
    assert len(found.entries) + found.by_reason.total() == totals.seen - totals.sent
    assert found.closed is Reason.BUSY  # while one is unclear, no other is submitted


def test_what_is_due_says_why_the_gate_is_shut(shelf: Shelf) -> None:
    shelf.order("made")
    shelf.keep("made")
    found = planned(shelf, live=False)
    assert found.closed is Reason.NOT_LIVE
    assert [entry.reason for entry in found.entries] == [Reason.NOT_LIVE]


def test_where_invoices_are_switched_off_none_is_planned(shelf: Shelf) -> None:
    shelf.order("made")
    shelf.keep("made")
    found = planned(shelf, enabled=False)
    assert (found.entries, found.by_reason) == ([], {Reason.DUE: 1})


def test_a_credit_note_is_planned_as_one(shelf: Shelf) -> None:
    shelf.sent("sold")
    shelf.keep("sold", kind=Action.CREDIT_NOTE, part="refund-1", total="9.90")
    assert [entry.action for entry in planned(shelf, vat_calculation_service=True).entries] == [Action.CREDIT_NOTE]


def test_a_credit_note_that_amazon_does_not_take_is_kept(shelf: Shelf) -> None:
    shelf.sent("sold")
    shelf.keep("sold", kind=Action.CREDIT_NOTE, part="refund-1", total="9.90")
    found = planned(shelf)
    assert (found.entries, found.by_reason) == ([], {Reason.CREDIT_NOTE_KEPT: 1})


def test_a_plan_ends_with_its_days(shelf: Shelf) -> None:
    shelf.order("later")
    shelf.move("later", State.WAITING, Reason.PDF_MISSING, next_look_at=NOW + 2 * DAY)
    there: Tried = {Key("later", Action.INVOICE): None}
    assert (planned(shelf, 1, tried=there).entries, planned(shelf, 1).by_reason) == ([], {Reason.PDF_MISSING: 1})
    assert len(planned(shelf, 3, tried=there).entries) == 1


def test_the_defect_rate_is_that_of_each_marketplace_if_all_goes_as_planned(shelf: Shelf) -> None:
    business(shelf, "in time", deadline=NOW + DAY)
    shelf.settle("in time", State.SENT)
    business(shelf, "planned in time", deadline=NOW + DAY)
    business(shelf, "late already", deadline=NOW - HOUR)
    business(shelf, "held", deadline=NOW + DAY)
    shelf.settle("held", State.HELD)
    business(shelf, "in Germany", deadline=NOW + DAY, code="DE")
    rates = {each.marketplace: (each.orders, each.rate) for each in planned(shelf).defect_rates}
    assert rates == {"FR": (4, Decimal("0.5")), "DE": (1, Decimal(0))}
    shut = {each.marketplace: each.rate for each in planned(shelf, live=False).defect_rates}
    assert shut == {"FR": Decimal("0.75"), "DE": Decimal(1)}


def test_what_was_sent_again_was_in_time_if_the_first_one_was(shelf: Shelf) -> None:
    business(shelf, "again", deadline=NOW - 3 * DAY)
    shelf.settle("again", State.SENT, at=NOW - 4 * DAY)
    again = Transition(Key("again", Action.INVOICE), State.DUE, Reason.DUE, NOW)
    with shelf.ledger.begin() as connection:
        assert DOCUMENTS.move(connection, shelf.seller, again, Answered("again"), NOW, out_of=[State.SENT])
    assert [each.rate for each in planned(shelf).defect_rates] == [Decimal(0)]
    shelf.settle("again", State.SENT)
    assert [each.rate for each in planned(shelf).defect_rates] == [Decimal(0)]
