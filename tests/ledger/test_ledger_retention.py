"""What is kept no longer, and what is never deleted however old it is."""

import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from threading import Event

import pytest
from sqlalchemy import insert, select, text, update

from ledger import history, orders, retention, said
from ledger.database import Ledger, open_ledger
from ledger.documents import DOCUMENTS
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.tables import attempts, decisions, entries, invoices
from ledger.tables import orders as order_rows
from ledger.transitions import Answered, Key, Transition
from rules.order import LeftOut
from rules.reason import Reason
from tests.ledger import invoice_examples
from tests.ledger.examples import DAY, NOW, SELLER, STATES, TOKEN, brought_to, due, known, order, refund, review

LATER = NOW + 400 * DAY
ENDED = (State.SENT, State.REFUSED, State.SKIPPED)
TABLES = (order_rows, entries, invoices, attempts, decisions)


def tidied(ledger: Ledger, *, before: timedelta = timedelta(days=1)) -> int:
    """Everything that ended until a day after it was written."""
    with ledger.begin() as connection:
        retention.date_unseen(connection, SELLER, LATER)
        found = retention.old(connection, SELLER, NOW + before)
        return retention.delete_old(connection, SELLER, found, NOW + before)


def left(ledger: Ledger) -> dict[str, int]:
    with ledger.read() as connection:
        assert history.broken_invariants(connection) == {}
        counts = {table.name: len(connection.execute(select(table)).all()) for table in TABLES}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize("state", STATES)
def test_an_order_is_deleted_when_it_has_ended_and_else_never(state: State, ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", state)
    before = left(ledger)
    assert tidied(ledger) == (state in ENDED)
    assert left(ledger) == ({} if state in ENDED else before)


@pytest.mark.parametrize(
    ("change", "bought"),
    [
        pytest.param({"next_look_at": NOW}, NOW - DAY, id="a look is to come"),
        pytest.param({"changed_at": NOW + 2 * DAY}, NOW - DAY, id="it ended later"),
        pytest.param({}, NOW + 3 * DAY, id="it was bought later, and the clock was wrong"),
    ],
)
def test_an_order_that_has_ended_is_kept_when(change: dict[str, object], bought: datetime, ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        copy = order("a", purchased_at=bought, updated_at=NOW + 3 * DAY)
        orders.record_orders(connection, SELLER, [copy], as_of=NOW, previous=None)
        connection.execute(update(entries).values({"reason": entries.c.reason, **change}))
    before = left(ledger)
    assert tidied(ledger) == 0
    assert left(ledger) == before


def test_what_was_never_seen_ages_from_the_day_that_its_fact_was_written(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        orders.record_refunds(connection, SELLER, {"refunded": {"t": refund("5.00")}}, NOW)
        said.leave_out(connection, SELLER, "unwanted", LeftOut(NOW, "Claire", "rude"), NOW)
        orders.record_refunds(connection, SELLER, {"late": {"t": refund("5.00")}}, LATER)
        connection.execute(insert(order_rows).values(seller=SELLER, order_id="by an older askonce", returned_by="x"))
    assert tidied(ledger) == 2
    with ledger.read() as connection:
        assert set(connection.execute(select(order_rows.c.order_id)).scalars()) == {"late", "by an older askonce"}
    assert tidied(ledger, before=LATER - NOW + DAY) == 2


@pytest.mark.parametrize("state", [State.SENT, State.REFUSED, State.SKIPPED])
def test_a_document_with_a_number_stays_with_its_order_and_what_was_said_of_it(state: State, ledger: Ledger) -> None:
    with ledger.begin() as connection:
        invoice_examples.brought_to(connection, "a", State.REFUSED if state is State.SKIPPED else state)
        connection.execute(update(invoices).values(state=state))
        verdict = Transition(review("a"), State.SKIPPED, Reason.REFUNDED)
        REVIEWS.decide(connection, SELLER, [verdict], NOW)
        connection.execute(update(invoices).values(next_look_at=None))
    kept = left(ledger)
    assert tidied(ledger) == 0
    assert left(ledger) == {name: kept[name] for name in ("orders", "invoices", "attempts")}
    with ledger.read() as connection:
        assert {each.action for each in history.attempts_of(connection, SELLER, "a")} == {Action.INVOICE}
    with ledger.begin() as connection:
        REVIEWS.open(connection, SELLER, [review("a")], LATER)
        anew = REVIEWS.one(connection, SELLER, review("a"))
        assert anew
        assert anew.facts.reappeared, "a request that is opened anew is not asked"


@pytest.mark.parametrize("state", [State.SKIPPED, State.HELD, State.WAITING, State.SENT])
def test_a_document_without_a_number_goes_only_when_it_was_skipped(state: State, ledger: Ledger) -> None:
    key = Key("a", Action.INVOICE)
    with ledger.begin() as connection:
        invoice_examples.opened(connection, "a")
        REVIEWS.decide(connection, SELLER, [Transition(review("a"), State.SKIPPED, Reason.REFUNDED)], NOW)
        if state is State.SENT:  # a person made it elsewhere
            became = Transition(key, State.SENT, Reason.RESOLVED)
            assert DOCUMENTS.move(connection, SELLER, became, Answered("said"), NOW, out_of=[State.WAITING])
        else:
            look_at = LATER if state is State.WAITING else None
            DOCUMENTS.decide(connection, SELLER, [Transition(key, state, Reason.REFUNDED, look_at)], NOW)
    assert tidied(ledger) == (state is State.SKIPPED)
    assert left(ledger).get("invoices", 0) == (state is not State.SKIPPED)


def test_an_order_that_comes_again_is_marked_and_one_that_was_bought_since_is_not(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
    assert tidied(ledger) == 1
    with ledger.begin() as connection:
        known(connection, "a", now=LATER)
        young = order("b", purchased_at=NOW + 2 * DAY, updated_at=NOW + 2 * DAY)
        orders.record_orders(connection, SELLER, [young], as_of=LATER, previous=None)
        again, new = (REVIEWS.one(connection, SELLER, review(each)) for each in ("a", "b"))
        assert again
        assert new
        assert (again.facts.reappeared, new.facts.reappeared) == (True, False)
        known(connection, "a", now=LATER + DAY)
        orders.record_orders(connection, SELLER, [order("a", updated_at=LATER)], as_of=LATER, previous=None)
        marked = REVIEWS.one(connection, SELLER, review("a"))
        assert marked
        assert marked.facts.reappeared, "a later copy forgets it"


def test_an_order_that_another_process_is_writing_is_left_for_the_next_time(postgres_ledger: Ledger) -> None:
    with postgres_ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        brought_to(connection, "b", State.SENT)
    with postgres_ledger.begin() as connection:
        orders.record_refunds(connection, SELLER, {"a": {"t": refund("5.00")}}, NOW)
        assert tidied(postgres_ledger) == 1
    assert tidied(postgres_ledger) == 1


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("ix_entries_ended", "SELECT 1 FROM entries WHERE seller = 'a' AND next_look_at IS NULL AND changed_at < 'b'"),
        ("ix_orders_unseen", "SELECT 1 FROM orders WHERE seller = 'a' AND placed IS NULL AND noted_at < 'b'"),
    ],
)
def test_what_is_old_is_found_by_an_index(name: str, query: str, sqlite_ledger: Ledger) -> None:
    with sqlite_ledger.read() as connection:
        plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())
    assert name in plan


def test_a_sum_is_of_what_is_kept(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        brought_to(connection, "a", State.SENT)
        due(connection, "b")
    tidied(ledger)
    with ledger.read() as connection:
        totals = history.totals(connection, [SELLER])
    assert (totals.seen, totals.waiting) == (1, 1)


def test_beside_a_worker_no_order_is_asked_twice_and_all_adds_up(ledger: Ledger) -> None:
    """The clock runs a day a round; whatever ended three days ago is deleted at once, and Amazon shows it again."""
    ids, asked, clock = [str(number) for number in range(20)], Counter[str](), [NOW]
    chance, ended = Random(7), Event()

    def work() -> None:
        for _ in range(60):
            clock[0] += DAY
            _read_and_ask(ledger, chance.sample(ids, 6), clock[0], asked)
        ended.set()

    def tidy() -> int:
        gone = 0
        while not ended.is_set():
            with ledger.begin() as connection:
                before = clock[0] - 3 * DAY
                gone += retention.delete_old(connection, SELLER, retention.old(connection, SELLER, before), before)
        return gone

    with ThreadPoolExecutor(2) as pool:
        working, tidying = pool.submit(work), pool.submit(tidy)
        working.result()
        assert tidying.result() >= len(ids)
    assert set(asked.values()) == {1}
    left(ledger)


def _read_and_ask(ledger: Ledger, order_ids: list[str], now: datetime, asked: Counter[str]) -> None:
    with ledger.begin() as connection:
        page = [order(order_id, updated_at=now) for order_id in order_ids]
        orders.record_orders(connection, SELLER, page, as_of=now, previous=None)
        for request in REVIEWS.looks(connection, SELLER, [State.WAITING, State.SKIPPED], now, 100):
            skip = Transition(request.key, State.SKIPPED, Reason.NO_LONGER_KEPT)
            ask = Transition(request.key, State.DUE, Reason.DUE, now, now + DAY)
            REVIEWS.decide(connection, SELLER, [skip if request.facts.reappeared else ask], now)
    for order_id in order_ids:
        with ledger.begin() as connection:
            claimed = REVIEWS.claim(connection, SELLER, review(order_id), TOKEN, now)
        if claimed:
            asked[order_id] += 1
            with ledger.begin() as connection:
                sent = Transition(review(order_id), State.SENT, Reason.REQUESTED)
                assert REVIEWS.settle(connection, SELLER, TOKEN, sent, Answered(), now, asked=True)


DIES = """
import os, signal, sys
from sqlalchemy import event
from ledger.database import open_ledger
from tests.ledger.test_ledger_retention import tidied
ledger, statements = open_ledger(sys.argv[1], durable=False), 0
@event.listens_for(ledger.engine, "before_cursor_execute")
def _count(*_):
    global statements
    statements += 1
    if str(statements) == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
@event.listens_for(ledger.engine, "commit")
def _commit(_):
    os.kill(os.getpid(), signal.SIGKILL)
tidied(ledger)
"""


def test_a_batch_whose_process_is_killed_was_not_begun(database_url: str) -> None:
    ledger = open_ledger(database_url)
    with ledger.begin() as connection:
        for order_id in "abc":
            brought_to(connection, order_id, State.SENT)
    before, died = left(ledger), 0
    for statement in ("5", "7", "9", "the commit"):
        ended = subprocess.run([sys.executable, "-c", DIES, database_url, statement], check=False)
        died += ended.returncode == -signal.SIGKILL
        assert left(ledger) == before
    assert died == 4
    assert tidied(ledger) == 3
    assert left(ledger) == {}
    ledger.close()
