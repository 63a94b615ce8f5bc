"""Who armed a seller, and where: nothing goes out without it (docs/decisions/0026-armed.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.json import decode, encode
from sqlalchemy import Connection, Row, bindparam, delete, select, update

from ledger import place
from ledger.place import Place
from ledger.tables import armings
from ledger.upsert import upsert


@dataclass(frozen=True, slots=True)
class Arming:
    """One seller's. `by`, `place`: who, and from where; `lost`: why it does not count any more, None: it counts."""

    at: datetime
    by: str
    place: str
    lost: str | None


def arm(connection: Connection, seller: str, by: str, from_where: str, now: datetime) -> None:
    """Arm the seller, for the ledger where it stands."""
    stands = encode(place.here(connection)).decode()
    row = {"seller": seller, "at": now, "by": by, "place": from_where, "stands": stands, "lost": None}
    upsert(connection, armings, [row])


def disarm(connection: Connection, seller: str) -> bool:
    """Whether it was armed."""
    return connection.execute(delete(armings).where(armings.c.seller == seller)).rowcount == 1


def lose(connection: Connection, seller: str, why: str) -> None:
    """From now on it does not count, until a person arms the seller anew."""
    connection.execute(update(armings).where(armings.c.seller == seller).values(lost=why))


def of(connection: Connection, seller: str) -> Arming | None:
    """The seller's arming; None: nobody has armed it. Of a ledger that stands elsewhere by now it is lost."""
    row = connection.execute(_OF, {"s": seller}).first()
    return _read(row, place.here(connection)) if row else None


def known(connection: Connection) -> dict[str, Arming]:
    """The armings of all sellers, by seller."""
    here = place.here(connection)
    return {row.seller: _read(row, here) for row in connection.execute(select(armings)).all()}


def _read(row: Row[Any], here: Place) -> Arming:
    moved = place.moved(decode(row.stands), here)
    lost = row.lost or (f"the ledger stands {moved} than when it was armed" if moved else None)
    return Arming(row.at, row.by, row.place, lost)


_OF = select(armings).where(armings.c.seller == bindparam("s"))
