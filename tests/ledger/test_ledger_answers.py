"""Answers by kind are the ledger's, however often and from wherever they are counted."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import delete

from ledger import history
from ledger.answers import Answers, Kind
from ledger.database import Ledger
from ledger.state import Action, State
from ledger.tables import attempts
from ledger.transitions import Answered, Transition, record_attempt
from rules.reason import Reason
from tests.ledger.examples import NOW, SELLER, review

MINUTE = timedelta(minutes=1)
SENT = Kind(SELLER, Action.REVIEW, State.SENT, Reason.REQUESTED)
HELD = Kind(SELLER, Action.REVIEW, State.HELD, Reason.UNKNOWN_REFUSAL)


def answered(ledger: Ledger, kind: Kind, number: int, minutes: float) -> None:
    became = Transition(review(f"{number}"), State(kind.state), Reason(kind.reason))
    with ledger.begin() as connection:
        record_attempt(connection, SELLER, became, Answered(), NOW + minutes * MINUTE)


def counted(answers: Answers, ledger: Ledger, minutes: float) -> Counter[Kind]:
    with ledger.read() as connection:
        return answers.count(connection, NOW + minutes * MINUTE)


def test_each_answer_is_counted_once_as_time_goes_by(ledger: Ledger) -> None:
    before, answers = Answers(), Answers()
    assert counted(answers, ledger, 0) == {}
    for number in range(60):
        answered(ledger, HELD if number % 3 == 0 else SENT, number, number)
        if number % 7 == 0:
            so_far = counted(answers, ledger, number)
            assert (so_far[HELD], so_far[SENT]) == (number // 3 + 1, number - number // 3)
    assert counted(answers, ledger, 60) == counted(before, ledger, 60) == {HELD: 20, SENT: 40}


def test_what_was_counted_is_not_read_again(sqlite_ledger: Ledger) -> None:
    answers = Answers()
    for number in range(50):
        answered(sqlite_ledger, SENT, number, 0)
    counted(answers, sqlite_ledger, 60)
    with sqlite_ledger.begin() as connection:
        connection.execute(delete(attempts).where(attempts.c.id < history.last_attempt(connection)))
    answered(sqlite_ledger, SENT, 51, 61)
    assert counted(answers, sqlite_ledger, 62)[SENT] == 51


def test_an_answer_that_is_committed_late_is_counted(postgres_ledger: Ledger) -> None:
    """A later number may be seen before an earlier one, whose transaction goes on."""
    answers = Answers()
    with postgres_ledger.begin() as late:
        record_attempt(late, SELLER, Transition(review("1"), State.SENT, Reason.REQUESTED), Answered(), NOW)
        answered(postgres_ledger, SENT, 2, 0)
        assert counted(answers, postgres_ledger, 1)[SENT] == 1
    assert counted(answers, postgres_ledger, 2)[SENT] == 2
