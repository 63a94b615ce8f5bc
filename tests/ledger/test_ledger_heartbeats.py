"""Signs of life in the ledger: of workers, of the beat, and of what is due."""

import subprocess
import sys
from datetime import datetime, timedelta

from ledger import heartbeats, lanes
from ledger.database import Ledger
from ledger.heartbeats import BEAT, FORGET, Heartbeat
from ledger.lanes import LEASE
from ledger.process_identity import this_process
from ledger.requests import REVIEWS
from ledger.state import State
from ledger.transitions import Answered, Transition
from rules.reason import Reason
from tests.ledger.examples import DAY, HOUR, MINUTE, NOW, SELLER, TOKEN, claimed, due, review

ME = this_process()
ELSEWHERE = "elsewhere boot:ns 12 345"


def beats(ledger: Ledger, name: str, seen_at: datetime = NOW, mode: str = "celery") -> None:
    with ledger.begin() as connection:
        heartbeats.record(connection, Heartbeat(name, mode, "1.2.3", started_at=NOW - DAY, seen_at=seen_at))


def known(ledger: Ledger) -> list[Heartbeat]:
    with ledger.read() as connection:
        return heartbeats.known(connection)


def a_process_that_ended() -> str:
    said = "from ledger.process_identity import this_process; print(this_process())"
    return subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.strip()


def test_a_worker_is_known_by_its_last_sign_of_life(ledger: Ledger) -> None:
    beats(ledger, ME, NOW - HOUR)
    beats(ledger, ME)
    beats(ledger, ELSEWHERE, NOW - MINUTE)
    mine, other = known(ledger)
    assert mine == Heartbeat(ME, "celery", "1.2.3", NOW - DAY, NOW)
    assert (mine.is_here, mine.is_over, other.is_here, other.is_over) == (True, False, False, False)
    assert other.who == "elsewhere 12"


def test_a_renewed_lane_is_a_sign_of_life_of_its_holder(ledger: Ledger) -> None:
    beats(ledger, ELSEWHERE, NOW - HOUR)
    with ledger.begin() as connection:
        lanes.acquire(connection, SELLER, ELSEWHERE, NOW)
        assert heartbeats.worked_at(connection) == {SELLER: NOW}
    assert [each.seen_at for each in known(ledger)] == [NOW]


def test_a_worker_that_ended_or_was_killed_is_over_and_is_forgotten_when_another_starts(ledger: Ledger) -> None:
    beats(ledger, a_process_that_ended())
    beats(ledger, ME)
    with ledger.begin() as connection:
        heartbeats.end(connection, ME, NOW)
    assert [each.is_over for each in known(ledger)] == [True, True]
    beats(ledger, ELSEWHERE, NOW - FORGET)
    beats(ledger, f"{ELSEWHERE}6", NOW - FORGET - MINUTE)
    with ledger.begin() as connection:
        heartbeats.forget(connection, NOW)
    assert [each.name for each in known(ledger)] == [ELSEWHERE]


def test_the_beat_is_no_worker_and_is_seen_by_its_ticks(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert heartbeats.beat_seen_at(connection) is None
    beats(ledger, BEAT, mode=BEAT)
    with ledger.begin() as connection:
        heartbeats.forget(connection, NOW + 9 * DAY)
        assert heartbeats.beat_seen_at(connection) == NOW
    assert known(ledger) == []


def test_what_is_due_is_found_with_the_time_since_when(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a", now=NOW)
        due(connection, "b", now=NOW - HOUR)
        assert heartbeats.due_since(connection, [SELLER, "nobody"]) == {SELLER: NOW - HOUR}
        assert heartbeats.due_since(connection, ["nobody"]) == {}


def test_what_a_turn_held_back_is_not_sendable(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        due(connection, "a")
        assert heartbeats.sendable_since(connection, SELLER) == NOW
        REVIEWS.say_why(connection, SELLER, Reason.PAUSED, NOW)
        assert heartbeats.sendable_since(connection, SELLER) is None


def test_the_last_request_is_remembered(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert heartbeats.asked_at(connection, SELLER) is None
        claimed(connection, "a")
        sent = Transition(review("a"), State.SENT, Reason.REQUESTED)
        assert REVIEWS.settle(connection, SELLER, TOKEN, sent, Answered(), NOW + timedelta(seconds=1), asked=True)
        assert heartbeats.asked_at(connection, SELLER) == NOW + timedelta(seconds=1)


def test_the_time_of_a_lane_is_that_of_its_last_renewal_also_after_its_release(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        lane = lanes.acquire(connection, SELLER, ME, NOW)
        assert lane
        lanes.renew(connection, lane, {}, NOW + LEASE / 2)
        lanes.release(connection, lane, {})
        assert heartbeats.worked_at(connection) == {SELLER: NOW + LEASE / 2}
