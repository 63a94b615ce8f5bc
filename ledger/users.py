"""Who may log in to the page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.json import decode, encode
from sqlalchemy import Connection, Row, delete, func, select, update

from ledger.tables import users
from ledger.upsert import insert_new


@dataclass(frozen=True, slots=True)
class User:
    """One user. `sellers`: those that it may see; None: all. `stamp`: another one with each change that ends sessions.

    `failures`: wrong passwords since the last right one, or since the last lock.
    """

    name: str
    role: str
    sellers: frozenset[str] | None
    stamp: str
    added_at: datetime
    logged_in_at: datetime | None = None
    failures: int = 0
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and self.locked_until > now


def add(connection: Connection, user: User, password: str) -> bool:
    """Add it, with the hash of its password. False: there is one of that name."""
    values = {name: getattr(user, name) for name in User.__dataclass_fields__}
    insert_new(connection, users, [values | {"sellers": _json(user.sellers), "password": password}])
    there = find(connection, user.name)
    return there is not None and there.stamp == user.stamp


def find(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(*_SHOWN).where(users.c.name == name)).first()
    return _user(row) if row else None


def every(connection: Connection) -> list[User]:
    """All, by name."""
    return [_user(row) for row in connection.execute(select(*_SHOWN).order_by(users.c.name))]


def number(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(users)).scalar_one()


def password(connection: Connection, name: str) -> str | None:
    """The hash of its password."""
    found: str | None = connection.execute(select(users.c.password).where(users.c.name == name)).scalar()
    return found


def remove(connection: Connection, name: str) -> None:
    connection.execute(delete(users).where(users.c.name == name))


def set_rights(connection: Connection, name: str, role: str, sellers: frozenset[str] | None, stamp: str) -> None:
    _set(connection, name, role=role, sellers=_json(sellers), stamp=stamp)


def set_password(connection: Connection, name: str, password: str, stamp: str) -> None:
    """Another password, which ends a lock, too."""
    _set(connection, name, password=password, stamp=stamp, failures=0, locked_until=None)


def count_try(connection: Connection, name: str, most: int, now: datetime, until: datetime) -> bool:
    """Count one more try to log in. False: there is no such user, or it is locked.

    It fails until `note_login` says otherwise. With as many as `most` the user is locked until then.
    """
    mine = update(users).where(users.c.name == name)
    is_open = users.c.locked_until.is_(None) | (users.c.locked_until <= now)
    if not connection.execute(mine.where(is_open).values(failures=users.c.failures + 1)).rowcount:
        return False
    connection.execute(mine.where(users.c.failures >= most).values(failures=0, locked_until=until))
    return True


def unlock(connection: Connection, name: str) -> None:
    _set(connection, name, failures=0, locked_until=None)


def note_login(connection: Connection, name: str, now: datetime) -> None:
    _set(connection, name, failures=0, locked_until=None, logged_in_at=now)


def rename_seller(connection: Connection, old: str, new: str) -> None:
    """Whoever sees the seller goes on seeing it."""
    for user in every(connection):
        if user.sellers is not None and old in user.sellers:
            _set(connection, user.name, sellers=_json(user.sellers - {old} | {new}))


def _set(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(users).where(users.c.name == name).values(**values))


def _json(sellers: frozenset[str] | None) -> str | None:
    return None if sellers is None else encode(sorted(sellers)).decode()


def _user(row: Row[Any]) -> User:
    values = dict(row._mapping)
    sellers = values["sellers"]
    return User(**values | {"sellers": None if sellers is None else frozenset(decode(sellers))})


_SHOWN = [users.c[name] for name in User.__dataclass_fields__]
