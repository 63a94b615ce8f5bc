"""Who may log in: by the right password alone, not after ten wrong ones, and nobody learns which names there are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

import pytest

from ledger import identities, lanes, users
from ledger.acts import recorded
from ledger.database import Ledger
from marketplace.words import clean
from tasks.audit import Person
from tasks.not_done import NotDone
from tasks.users import LOCKED, TRIES, Role, add, change, find, listed, log_in, remove, set_password, unlock

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
BY = Person("claire", "command line of shop on server")
RIGHT, WRONG = "a-long-invented-one", "another-invented-one"


def with_bruno(ledger: Ledger) -> Ledger:
    add(ledger, "Bruno", Role.VIEWER, ["lumiere"], RIGHT, BY, NOW)
    return ledger


@pytest.fixture
def bruno(ledger: Ledger) -> Ledger:
    """A ledger with one user."""
    return with_bruno(ledger)


@pytest.fixture
def small(sqlite_ledger: Ledger) -> Ledger:
    """The same on SQLite alone: for tests that try many passwords, of which each takes its time."""
    return with_bruno(sqlite_ledger)


def fails(ledger: Ledger, times: int, now: datetime = NOW) -> None:
    assert [log_in(ledger, "bruno", WRONG, now) for _ in range(times)] == [None] * times


def test_the_right_password_lets_in_whatever_the_case_of_the_name(bruno: Ledger) -> None:
    user = log_in(bruno, "BRUNO", RIGHT, NOW)
    assert user
    assert (user.name, user.role, user.sellers) == ("bruno", "viewer", frozenset({"lumiere"}))
    assert log_in(bruno, "nobody", RIGHT, NOW) is None
    assert log_in(bruno, "bruno", RIGHT.upper(), NOW) is None


@pytest.mark.usefixtures("real_passwords")
def test_what_is_kept_is_an_argon2id_hash(bruno: Ledger) -> None:
    with bruno.read() as connection:
        kept = users.password(connection, "bruno") or ""
        acts = str(list(recorded(connection)))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert RIGHT not in kept + acts
    assert kept not in acts


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password(ledger: Ledger) -> None:
    add(ledger, "zoe", Role.VIEWER, [], "éléphant-bleu-vif", BY, NOW)
    assert log_in(ledger, "zoe", "e\u0301le\u0301phant-bleu-vif", NOW)


def test_ten_wrong_passwords_lock_a_user_for_half_an_hour(bruno: Ledger) -> None:
    fails(bruno, TRIES)
    assert log_in(bruno, "bruno", RIGHT, NOW) is None
    assert log_in(bruno, "bruno", RIGHT, NOW + LOCKED - timedelta(seconds=1)) is None
    assert log_in(bruno, "bruno", RIGHT, NOW + LOCKED)


def test_the_right_password_begins_the_count_anew(small: Ledger) -> None:
    fails(small, TRIES - 1)
    assert log_in(small, "bruno", RIGHT, NOW)
    fails(small, TRIES - 1)
    assert log_in(small, "bruno", RIGHT, NOW)


@pytest.mark.parametrize(
    "lift",
    [lambda it: unlock(it, "bruno", BY, NOW), lambda it: set_password(it, "bruno", RIGHT, BY, NOW)],
    ids=["unlock", "password"],
)
def test_a_lock_ends_when_a_person_says_so(small: Ledger, lift: object) -> None:
    fails(small, TRIES)
    lift(small)  # type: ignore[operator]
    assert log_in(small, "bruno", RIGHT, NOW)


def test_guesses_side_by_side_are_counted_too(bruno: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: log_in(bruno, "bruno", f"{WRONG}-{number}", NOW), range(TRIES + 6)))
    assert found == [None] * (TRIES + 6)
    assert log_in(bruno, "bruno", RIGHT, NOW) is None


@pytest.mark.usefixtures("real_passwords")
def test_an_unknown_name_takes_as_long_as_a_wrong_password(small: Ledger) -> None:
    def took(name: str) -> float:
        began = perf_counter()
        assert log_in(small, name, WRONG, NOW) is None
        return perf_counter() - began

    took("warm-up")
    known, unknown = zip(*((took("bruno"), took("nobody")) for _ in range(7)), strict=True)
    assert 0.5 < median(known) / median(unknown) < 2


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "i-am-bruno-here", "I-AM-BRUNO-HERE"])
def test_a_weak_password_is_refused(ledger: Ledger, password: str) -> None:
    with pytest.raises(NotDone, match="a password"):
        add(ledger, "bruno", Role.VIEWER, [], password, BY, NOW)
    assert listed(ledger) == []


@pytest.mark.parametrize("name", ["", "claire@example.com", "a b", "1st", "é", "x" * 41, "../x", "x\n", "<b>"])
def test_an_odd_name_is_refused(ledger: Ledger, name: str) -> None:
    with pytest.raises(NotDone, match="begins with a letter"):
        add(ledger, name, Role.VIEWER, [], RIGHT, BY, NOW)


@pytest.mark.parametrize("name", ["claire", "a.b_c-d", "x" * 40, "u0612345678", "st.5-av.9"])
def test_a_name_stands_in_the_record_as_it_is(name: str) -> None:
    assert clean(name, 100) == name


def test_there_is_one_user_of_a_name(bruno: Ledger) -> None:
    with pytest.raises(NotDone, match=r"there is a user bruno. Type: askonce user password bruno"):
        add(bruno, "BRUNO", Role.ADMIN, [], WRONG, BY, NOW)
    assert log_in(bruno, "bruno", RIGHT, NOW)


def _again(ledger: Ledger) -> None:
    remove(ledger, "bruno", BY, NOW)
    add(ledger, "bruno", Role.ADMIN, [], RIGHT, BY, NOW)


def test_each_change_has_another_stamp_and_is_recorded(bruno: Ledger) -> None:
    stamps = {each.stamp for each in listed(bruno)}
    for done in (
        lambda: change(bruno, "bruno", Role.ADMIN, [], BY, NOW),
        lambda: set_password(bruno, "bruno", WRONG, BY, NOW),
        lambda: _again(bruno),
    ):
        done()
        (user,) = listed(bruno)
        assert user.stamp not in stamps
        stamps.add(user.stamp)
    with bruno.read() as connection:
        acts = [(each.act, each.before, each.after) for each in recorded(connection)]
    rights = {"user": "bruno", "role": "viewer", "sellers": ["lumiere"]}
    admin = {"user": "bruno", "role": "admin", "sellers": "all"}
    assert acts == [
        ("user_add", None, rights),
        ("user_change", rights, admin),
        ("user_password", None, {"user": "bruno"}),
        ("user_remove", admin, None),
        ("user_add", None, admin),
    ]


def test_logging_in_and_failing_leave_the_stamp_alone(bruno: Ledger) -> None:
    (before,) = listed(bruno)
    fails(bruno, 2)
    log_in(bruno, "bruno", RIGHT, NOW)
    (after,) = listed(bruno)
    assert (after.stamp, after.logged_in_at, after.failures) == (before.stamp, NOW, 0)


@pytest.mark.parametrize("do", [unlock, remove], ids=["unlock", "remove"])
def test_who_is_no_user_is_said_to_be_none(ledger: Ledger, do: object) -> None:
    with pytest.raises(NotDone, match=r"there is no user bruno. Type: askonce user list"):
        do(ledger, "bruno", BY, NOW)  # type: ignore[operator]


def test_whoever_sees_a_seller_sees_it_under_its_new_name(bruno: Ledger) -> None:
    with bruno.begin() as connection:
        for name in ("lumiere", "clarte"):
            lane = lanes.acquire(connection, name, "host", NOW)
            assert lane
            lanes.release(connection, lane, {})
        identities.rename(connection, "lumiere", "clarte", NOW)
    user = find(bruno, "bruno")
    assert user
    assert user.sellers == frozenset({"clarte"})
