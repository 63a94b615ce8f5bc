import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledger import history
from ledger.database import Connection, Ledger
from ledger.history import INVARIANTS
from ledger.requests import REVIEWS
from ledger.state import OPEN, State
from ledger.transitions import Transition
from rules.reason import Reason
from tests.ledger import invoice_examples
from tests.ledger.examples import DAY, HOUR, NOW, SELLER, STATES, brought_to, due, known, review, row_of

WAITING = [state for state in OPEN if state in STATES]


@pytest.fixture
def seeded(ledger: Ledger) -> Ledger:
    """A ledger with one order in each state."""
    with ledger.begin() as connection:
        for state in STATES:
            brought_to(connection, state, state)
    return ledger


@pytest.fixture
def invoiced(seeded: Ledger) -> Ledger:
    """The same, and an invoice in each state of its own."""
    with seeded.begin() as connection:
        for state in State:
            invoice_examples.brought_to(connection, f"invoice-{state}", state)
    return seeded


def test_totals_add_up_and_the_open_ones_wait(seeded: Ledger) -> None:
    with seeded.read() as connection:
        totals = history.totals(connection, [SELLER])
    assert (totals.sent, totals.skipped, totals.refused, totals.held) == (1, 1, 1, 1)
    assert totals.waiting == len(WAITING)
    assert totals.seen == len(STATES)
    assert sum(totals.by_reason.values()) == totals.seen - totals.sent


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(counts=st.dictionaries(st.sampled_from(STATES), st.integers(1, 4)))
def test_whatever_the_states_are_totals_add_up(ledger: Ledger, counts: dict[State, int]) -> None:
    with ledger.engine.connect() as connection:
        for state, count in counts.items():
            for number in range(count):
                brought_to(connection, f"{state}-{number}", state)
        totals = history.totals(connection, [SELLER])
        broken = history.broken_invariants(connection)
        connection.rollback()
    assert totals.seen == sum(counts.values())
    assert totals.waiting == sum(counts.get(state, 0) for state in WAITING)
    assert sum(totals.by_reason.values()) == totals.seen - totals.sent
    assert broken == {}


def test_totals_are_those_of_the_sellers_asked_for(seeded: Ledger) -> None:
    with seeded.read() as connection:
        assert history.totals(connection, ["another"]).seen == 0
        assert history.totals(connection, ["another", SELLER]).seen == len(STATES)


def test_totals_of_late_leave_out_what_was_closed_long_ago(seeded: Ledger) -> None:
    with seeded.read() as connection:
        totals = history.totals(connection, [SELLER], closed_since=NOW + HOUR)
    assert (totals.sent, totals.skipped, totals.refused) == (0, 0, 0)
    assert (totals.waiting, totals.held) == (len(WAITING), 1)


def test_changes_are_those_since_then_oldest_first(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for order_id, age in (("a", 1), ("b", 3), ("c", 2)):
            known(connection, order_id)
            REVIEWS.decide(
                connection, SELLER, [Transition(review(order_id), State.SKIPPED, Reason.REFUNDED)], NOW - age * DAY
            )
    with ledger.read() as connection:
        found = history.changes(connection, [SELLER], NOW - 2 * DAY, [State.SKIPPED])
        assert [row.order_id for row in found] == ["c", "a"]
        assert len(list(history.changes(connection, [SELLER], None, [State.SKIPPED]))) == 3
        assert list(history.changes(connection, [SELLER], None, [State.SENT])) == []


def test_what_was_sent_after_an_attempt_has_the_time_of_its_first_record(seeded: Ledger) -> None:
    with seeded.begin() as connection:
        before = history.last_attempt(connection)
        assert history.sent_after(connection, SELLER, 0) == {State.SENT: NOW}
        assert history.sent_after(connection, SELLER, before) == {}
        assert history.verdicts(connection, SELLER)[State.SENT] == (State.SENT, Reason.REQUESTED)


def test_the_next_look_is_found(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert history.next_look(connection, SELLER) is None
        brought_to(connection, "a", State.WAITING)
        due(connection, "b", now=NOW - HOUR)
        due(connection, "c")
        assert history.next_look(connection, SELLER) == NOW - HOUR
    assert row_of(ledger, "a").next_look_at == NOW + DAY


VIOLATIONS = {
    "an order was accepted twice": """
        INSERT INTO attempts (seller, order_id, action, at, state, reason, detail)
        SELECT seller, order_id, action, at, state, reason, detail FROM attempts WHERE reason = 'requested'""",
    "a sent entry does not say when": "UPDATE entries SET asked_at = NULL WHERE state = 'sent'",
    "an open entry has no next look": "UPDATE entries SET next_look_at = NULL WHERE order_id = 'waiting'",
    "a claim without a claimant": "UPDATE entries SET claim = NULL WHERE state = 'sending'",
    "an entry without its order": "DELETE FROM orders WHERE order_id = 'held'",
    "a sent entry without an attempt": "DELETE FROM attempts WHERE state = 'sent' AND action = 'review'",
    "the tallies are not what a count says": "UPDATE tallies SET number = 9 WHERE action = 'review' AND state = 'held'",
    "a gap in the numbers of invoices": "UPDATE invoices SET series = NULL, serial = NULL WHERE state = 'sent'",
    "an invoice that went out without a number": "UPDATE invoices SET number = NULL WHERE state = 'sent'",
    "an open invoice has no next look": "UPDATE invoices SET next_look_at = NULL WHERE state = 'submitted'",
    "an invoice's claim without a claimant": "UPDATE invoices SET claim = NULL WHERE state = 'sending'",
    "a sent invoice without an attempt": "DELETE FROM attempts WHERE state = 'sent' AND action = 'invoice'",
}


def test_a_ledger_with_every_state_breaks_no_invariant(invoiced: Ledger) -> None:
    with invoiced.read() as connection:
        assert history.broken_invariants(connection) == {}


def test_every_invariant_has_a_violation_here() -> None:
    assert VIOLATIONS.keys() == INVARIANTS.keys()


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_planted_violation_is_found(invoiced: Ledger, name: str) -> None:
    with invoiced.begin() as connection:
        connection.execute(text(VIOLATIONS[name]))
        assert history.broken_invariants(connection) == {name: 1}


@pytest.mark.parametrize(
    ("name", "violation"),
    [
        ("a claim without a claimant", "UPDATE entries SET claim = 9 WHERE state = 'due'"),
        ("an entry without its order", "UPDATE orders SET placed = NULL WHERE order_id = 'held'"),
        ("an open entry has no next look", "UPDATE entries SET next_look_at = NULL WHERE state = 'unclear'"),
        ("an open entry has no next look", "UPDATE entries SET next_look_at = NULL WHERE state = 'due'"),
        ("a gap in the numbers of invoices", "UPDATE invoices SET serial = 1 WHERE state = 'sent'"),
        ("a gap in the numbers of invoices", "UPDATE invoice_series SET next = next - 1"),
        ("a gap in the numbers of invoices", "DELETE FROM invoice_series"),
        ("an invoice that went out without a number", "UPDATE invoices SET number = NULL WHERE state = 'sending'"),
        ("an open invoice has no next look", "UPDATE invoices SET next_look_at = NULL WHERE state = 'due'"),
        ("an open invoice has no next look", "UPDATE invoices SET next_look_at = NULL WHERE state = 'unclear'"),
        ("an invoice's claim without a claimant", "UPDATE invoices SET claim = 9 WHERE state = 'due'"),
    ],
)
def test_the_other_half_of_an_invariant_is_looked_at_too(invoiced: Ledger, name: str, violation: str) -> None:
    with invoiced.begin() as connection:
        assert _broken_by(connection, violation) == {name: 1}


def _broken_by(connection: Connection, violation: str) -> dict[str, int]:
    connection.execute(text(violation))
    return history.broken_invariants(connection)
