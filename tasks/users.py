"""Who may log in to the page, and what each may do there."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_hex
from typing import Any

from ledger import meta, users
from ledger.database import Connection, Ledger
from ledger.users import User
from tasks import audit
from tasks.audit import Act, Person
from tasks.not_done import NotDone
from tasks.passwords import fits, hashed

TRIES = 10
"""So many wrong passwords in a row lock a user: Amazon's Data Protection Policy."""
LOCKED = timedelta(minutes=30)
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")
_UNKNOWN = "unknown_log_ins"


class Role(StrEnum):
    """What a person may do, the least first; each may what the ones before may."""

    VIEWER = "viewer"  # looks
    OPERATOR = "operator"  # answers, pauses, asks
    ADMIN = "admin"  # changes settings, puts in service


def add(
    ledger: Ledger, name: str, role: Role, sellers: Iterable[str], password: str, by: Person, now: datetime
) -> User:
    """A new user. `sellers`: those that it may see; none: all. Raises NotDone."""
    name = name.casefold()
    if not _NAME.fullmatch(name):
        what = "a user's name is up to 40 letters from a to z, digits, and . _ - between them"
        raise NotDone(f"{what}; it begins with a letter. Type: askonce user add claire --role {role}")
    user = User(name, role, _of(sellers), token_hex(16), now)
    kept = hashed(name, password)
    with ledger.begin() as connection:
        if not users.add(connection, user, kept):
            raise NotDone(f"there is a user {name}. Type: askonce user password {name}")
        audit.record(connection, by, Act.USER_ADD, now, after=_rights(user))
    return user


def change(ledger: Ledger, name: str, role: Role, sellers: Iterable[str], by: Person, now: datetime) -> User:
    """Another role, and other sellers; none: all. Ends the user's sessions. Raises NotDone."""
    with ledger.begin() as connection:
        before = _known(connection, name)
        users.set_rights(connection, before.name, role, _of(sellers), token_hex(16))
        after = _known(connection, name)
        audit.record(connection, by, Act.USER_CHANGE, now, before=_rights(before), after=_rights(after))
    return after


def set_password(ledger: Ledger, name: str, password: str, by: Person, now: datetime) -> None:
    """Another password. Ends the user's sessions, and a lock. Raises NotDone."""
    kept = hashed(name.casefold(), password)
    with ledger.begin() as connection:
        user = _known(connection, name)
        users.set_password(connection, user.name, kept, token_hex(16))
        audit.record(connection, by, Act.USER_PASSWORD, now, after={"user": user.name})


def unlock(ledger: Ledger, name: str, by: Person, now: datetime) -> None:
    """The user may try again at once. Raises NotDone."""
    with ledger.begin() as connection:
        user = _known(connection, name)
        users.unlock(connection, user.name)
        audit.record(connection, by, Act.USER_UNLOCK, now, after={"user": user.name})


def remove(ledger: Ledger, name: str, by: Person, now: datetime) -> None:
    """Ends its sessions, too. Raises NotDone."""
    with ledger.begin() as connection:
        user = _known(connection, name)
        users.remove(connection, user.name)
        audit.record(connection, by, Act.USER_REMOVE, now, before=_rights(user))


def listed(ledger: Ledger) -> list[User]:
    """All, by name."""
    with ledger.read() as connection:
        return users.every(connection)


def find(ledger: Ledger, name: str) -> User | None:
    with ledger.read() as connection:
        return users.find(connection, name.casefold())


def are_there(ledger: Ledger) -> bool:
    with ledger.read() as connection:
        return users.number(connection) > 0


def log_in(ledger: Ledger, name: str, password: str, now: datetime) -> User | None:
    """The user of that name and password; None: there is none, it is locked, or the password is wrong.

    It takes the same time whatever the reason. Ten failures in a row lock the user for 30 minutes, here and in every
    other process.
    """
    name = name.casefold()
    with ledger.begin() as connection:
        may_try = users.count_try(connection, name, TRIES, now, now + LOCKED)
        if not may_try:
            meta.put(connection, _UNKNOWN, now.isoformat())  # a commit takes time, too
        user, kept = users.find(connection, name), users.password(connection, name)
    if not fits(password, kept if may_try else None) or user is None:
        return None
    with ledger.begin() as connection:
        users.note_login(connection, name, now)
    return user


def _of(sellers: Iterable[str]) -> frozenset[str] | None:
    return frozenset(sellers) or None


def _known(connection: Connection, name: str) -> User:
    if user := users.find(connection, name.casefold()):
        return user
    raise NotDone(f"there is no user {name}. Type: askonce user list")


def _rights(user: User) -> dict[str, Any]:
    return {"user": user.name, "role": user.role, "sellers": "all" if user.sellers is None else sorted(user.sellers)}
