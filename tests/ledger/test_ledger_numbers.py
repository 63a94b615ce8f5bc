"""Numbers: one for each document, in sequence, without a gap, whoever gives them and whatever happens to them."""

from contextlib import suppress

import pytest
from sqlalchemy.exc import IntegrityError

from ledger import document_reports, history, numbers, tables
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS
from ledger.numbers import Serial, Superseded, Taken
from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.ledger.examples import NOW, SELLER
from tests.ledger.invoice_examples import SERIES, brought_to, credit_note, document, due, kept, made, row_of

NEXT_YEAR = "2027-{number:06}"


def numbers_of(ledger: Ledger, seller: str = SELLER) -> list[str]:
    with ledger.read() as connection:
        return sorted(row.number for row in document_reports.listed(connection, [seller]) if row.number)


def test_documents_are_numbered_in_sequence_and_each_kind_by_itself(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a", "b")
        credit_note(connection, "a")
        assert history.broken_invariants(connection) == {}
    assert numbers_of(ledger) == ["2026-000001", "2026-000002", "C2026-000001"]


def test_a_document_is_kept_as_it_was_made(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    row = row_of(ledger)
    assert (row.number, row.series, row.serial) == ("2026-000001", SERIES, 1)
    assert (row.total, row.vat, row.currency, row.issued_on.isoformat()) == ("30.00", "5.00", "EUR", "2026-10-20")
    assert (row.record, row.pdf, row.sha256) == (b"sealed record", b"sealed page", "0" * 64)


def test_a_number_that_was_looked_up_and_not_kept_is_nobodys(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        assert numbers.next_serial(connection, SELLER, SERIES) == Serial(SERIES, 1)
        assert numbers.next_serial(connection, SELLER, SERIES) == Serial(SERIES, 1)
        assert history.broken_invariants(connection) == {}


def test_a_roll_back_leaves_no_gap(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b", "c")
        kept(connection, Key("a", Action.INVOICE))
    with suppress(InterruptedError), ledger.begin() as connection:
        assert kept(connection, Key("b", Action.INVOICE)) == "2026-000002"
        raise InterruptedError
    with ledger.begin() as connection:
        assert kept(connection, Key("c", Action.INVOICE)) == "2026-000002"
        assert kept(connection, Key("b", Action.INVOICE)) == "2026-000003"
        assert history.broken_invariants(connection) == {}


def test_whoever_is_slower_with_a_number_leaves_no_trace_of_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        slow = numbers.next_serial(connection, SELLER, SERIES)
        kept(connection, Key("a", Action.INVOICE))
    with pytest.raises(Superseded), ledger.begin() as connection:
        numbers.keep(connection, SELLER, Key("b", Action.INVOICE), document("2026-000001", slow))
    with ledger.begin() as connection:
        assert kept(connection, Key("b", Action.INVOICE)) == "2026-000002"


def _number(connection: Connection) -> str | None:
    (row,) = DOCUMENTS.of_order(connection, SELLER, "a")
    number: str | None = row.number
    return number


@pytest.mark.parametrize("state", [state for state in State if state is not State.DUE], ids=str)
def test_only_a_due_document_is_kept_and_the_number_goes_to_the_next(ledger: Ledger, state: State) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
        due(connection, "b")
        before = _number(connection)
    with pytest.raises(Superseded), ledger.begin() as connection:
        kept(connection, Key("a", Action.INVOICE))
    with ledger.begin() as connection:
        assert _number(connection) == before
        assert kept(connection, Key("b", Action.INVOICE)) == ("2026-000002" if before else "2026-000001")
        assert history.broken_invariants(connection) == {}


def test_a_document_is_made_once(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
    with pytest.raises(Superseded), ledger.begin() as connection:
        kept(connection, Key("a", Action.INVOICE), sha256="1" * 64)
    assert row_of(ledger).sha256 == "0" * 64
    assert numbers_of(ledger) == ["2026-000001"]


def test_a_new_year_begins_a_new_series_and_late_documents_of_the_old_one_go_on_in_it(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b", "c", "d")
        for order_id, series in (("a", SERIES), ("b", NEXT_YEAR), ("c", NEXT_YEAR), ("d", SERIES)):
            kept(connection, Key(order_id, Action.INVOICE), series=series)
        assert history.broken_invariants(connection) == {}
    assert numbers_of(ledger) == ["2026-000001", "2026-000002", "2027-000001", "2027-000002"]


def test_each_seller_has_numbers_of_its_own(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        for seller in (SELLER, "another"):
            due(connection, "a", seller=seller)
            assert kept(connection, Key("a", Action.INVOICE), seller=seller) == "2026-000001"
        assert history.broken_invariants(connection) == {}


def test_the_bookkeepings_own_numbers_leave_the_series_alone(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        numbers.keep(connection, SELLER, Key("a", Action.INVOICE), document("FA-7", vat=None, record=None))
        assert kept(connection, Key("b", Action.INVOICE)) == "2026-000001"
        assert history.broken_invariants(connection) == {}
    row = row_of(ledger)
    assert (row.number, row.series, row.serial, row.vat, row.record) == ("FA-7", None, None, None, None)


@pytest.mark.parametrize("serial", [None, Serial(NEXT_YEAR, 1)], ids=["the bookkeeping's", "ours"])
def test_a_number_that_another_document_has_is_not_given_again(ledger: Ledger, serial: Serial | None) -> None:
    with ledger.begin() as connection:
        due(connection, "a", "b")
        due(connection, "b", seller="another")
        numbers.keep(connection, SELLER, Key("a", Action.INVOICE), document("FA-7"))
        numbers.keep(connection, "another", Key("b", Action.INVOICE), document("FA-7"))
    with pytest.raises(Taken, match="FA-7"), ledger.begin() as connection:
        numbers.keep(connection, SELLER, Key("b", Action.INVOICE), document("FA-7", serial))
    assert row_of(ledger, "b").number is None
    with ledger.read() as connection:
        assert numbers.next_serial(connection, SELLER, NEXT_YEAR).serial == 1
        assert history.broken_invariants(connection) == {}


def test_not_even_a_bug_can_give_a_number_twice(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a", "b")
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(tables.invoices.update().values(number="2026-000001"))


def test_not_even_a_bug_can_open_a_document_twice(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        made(connection, "a")
        DOCUMENTS.open(connection, SELLER, [Key("a", Action.INVOICE), Key("a", Action.CREDIT_NOTE, "t")], NOW)
        other = tables.invoices.c.kind == Action.CREDIT_NOTE
        twice = tables.invoices.update().where(other).values(kind=Action.INVOICE, part="")
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(twice)


def test_a_held_document_that_becomes_due_again_keeps_its_number(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.HELD)
        DOCUMENTS.decide(connection, SELLER, [Transition(Key("a", Action.INVOICE), State.DUE, Reason.DUE, NOW)], NOW)
        due(connection, "b")
        assert kept(connection, Key("b", Action.INVOICE)) == "2026-000002"
    assert row_of(ledger).number == "2026-000001"
