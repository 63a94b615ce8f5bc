"""A seller is an Amazon account; the name in the settings is only its name. Two names of one account are refused until
a person says which is meant: each would ask, and invoice, what the other did."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from ledger import identities, lanes
from ledger.database import Connection, Ledger
from ledger.identities import ORDER, SECRET, TOKEN, Forgotten
from settings.environment import Credentials
from tasks import audit
from tasks.audit import Act, Person
from tasks.not_done import NotDone

WINDOW = timedelta(days=60)
"""How long an order that was asked may still be offered: Amazon's window, and 30 days for the way to the buyer."""

Fingerprints = Mapping[str, Mapping[str, str]]
"""By seller, then by kind."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is read or sent for a seller, and what to type."""

    detail: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.detail}. {self.remedy}"


class SameAccount(NotDone):
    """Nothing is read or sent for a seller: another name has its account. The text ends with what to type."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """How many orders have the new name now."""

    old: str
    new: str
    orders: int


@dataclass(frozen=True, slots=True)
class Left:
    """A seller that the settings do not name: its orders in the ledger, and how many of them were asked."""

    seller: str
    orders: int
    asked: int


def recognise(ledger: Ledger, credentials: Mapping[str, Credentials], by: Person, now: datetime) -> Fingerprints:
    """Note whose accounts and secrets the settings name, as `by` has read them. Returns their fingerprints."""
    with ledger.begin() as connection:
        found = {
            name: {
                TOKEN: identities.fingerprint(connection, TOKEN, each.refresh_token),
                SECRET: identities.fingerprint(connection, SECRET, each.client_secret),
            }
            for name, each in credentials.items()
        }
        identities.drop_unused(connection, found)
        for name, prints in found.items():
            if renewed := identities.note(connection, name, prints, now):
                audit.record(connection, by, Act.SECRETS, now, seller=name, after={"renewed": sorted(renewed)})
    return found


def refusals(connection: Connection, sellers: Collection[str]) -> dict[str, Refusal]:
    """Those of these sellers, all that the settings name, whose account is also another's."""
    shared = identities.sharing(connection)
    return {name: _refusal(connection, name, shared[name], sellers) for name in sellers if name in shared}


def refusal(connection: Connection, seller: str, sellers: Collection[str]) -> Refusal | None:
    """The same for one of them."""
    others = identities.sharing(connection, seller).get(seller)
    return _refusal(connection, seller, others, sellers) if others else None


def _refusal(connection: Connection, seller: str, others: list[str], sellers: Collection[str]) -> Refusal:
    gone = [each for each in others if each not in sellers and identities.has_orders(connection, each)]
    if not gone:  # the other table is in the settings, or in newer ones than this process has read
        detail = f"{seller} has the same Amazon account as {others[0]}, so nothing is read or sent for either"
        remedy = "Remove one of the two tables, or give each the secrets of its own account; then type: askonce check"
        return Refusal(detail, remedy)
    other = gone[0]
    count, asked = identities.counts(connection, other)
    known = f"{other} is in the ledger ({count} orders, {asked} asked), but not in the settings"
    detail = f"{known}; {seller} has the same Amazon account, so nothing is read or sent for it"
    if identities.has_orders(connection, seller):
        return Refusal(f"{detail} until what {other} sent counts as sent for it", f"Type: askonce forget {other}")
    return Refusal(detail, f"If the table was renamed, type: askonce rename {other} {seller}")


def refuse_read_by_another(
    ledger: Ledger, seller: str, order_ids: list[str], sellers: Collection[str], now: datetime
) -> None:
    """At the first reading of a seller: raises SameAccount when another has read one of these orders already.

    An order belongs to one account: so a new token, too, is known to be of the same account.
    """
    with ledger.begin() as connection:
        found = identities.reader_of(connection, seller, order_ids)
        if found is None:
            return
        other, order_id = found
        value = identities.fingerprint(connection, ORDER, order_id)
        for name in (seller, other):
            identities.note(connection, name, {ORDER: value}, now)
        why = refusal(connection, seller, sellers)
    raise SameAccount(str(why))


def left(connection: Connection, sellers: Collection[str]) -> list[Left]:
    """Sellers that the settings do not name, and that have orders in the ledger."""
    names = (name for name in identities.known(connection) if name not in sellers)
    found = (Left(name, *identities.counts(connection, name)) for name in names)
    return [each for each in found if each.orders]


def rename(
    ledger: Ledger, sellers: Collection[str], old: str, new: str, holder: str, by: Person, now: datetime
) -> Renamed:
    """Give all that the ledger has of `old` the name `new`, which the settings name. Raises NotDone."""
    again = f"askonce rename {old} {new}"
    if new not in sellers:
        raise NotDone(f"the settings name no seller {new}. Rename the table there first; then type: {again}")
    with ledger.begin() as connection:
        _must_be_left(connection, old, sellers)
        if identities.has_orders(connection, new):
            raise NotDone(f"{new} has orders of its own in the ledger. Type: askonce forget {old}")
        for name in sorted((old, new)):
            _must_be_free(connection, name, holder, now, again)
        orders, _ = identities.counts(connection, old)
        identities.rename(connection, old, new, now)
        audit.record(connection, by, Act.RENAME, now, seller=new, before={"seller": old}, after={"seller": new})
    return Renamed(old, new, orders)


def forget(ledger: Ledger, sellers: Collection[str], seller: str, holder: str, by: Person, now: datetime) -> Forgotten:
    """Delete what may be deleted of a seller that the settings do not name. Raises NotDone.

    What it sent counts as sent for a seller of the settings with the same account and orders of its own.
    """
    with ledger.begin() as connection:
        _must_be_left(connection, seller, sellers)
        _must_be_free(connection, seller, holder, now, f"askonce forget {seller}")
        for other in identities.sharing(connection, seller).get(seller, []):
            if other in sellers and identities.has_orders(connection, other):
                _must_be_free(connection, other, holder, now, f"askonce forget {seller}")
                identities.hand_over(connection, seller, other, now)
        done = identities.forget(connection, seller, now - WINDOW)
        audit.record(connection, by, Act.FORGET, now, seller=seller, after=asdict(done))
        return done


def must_be_left(ledger: Ledger, sellers: Collection[str], seller: str) -> None:
    """Raises NotDone when the settings name the seller, or the ledger does not know it."""
    with ledger.read() as connection:
        _must_be_left(connection, seller, sellers)


def _must_be_left(connection: Connection, seller: str, sellers: Collection[str]) -> None:
    if seller in sellers:
        raise NotDone(
            f"the settings still name {seller}. Remove or rename its table there first, then type: askonce check"
        )
    known = [each.seller for each in left(connection, sellers)]
    if seller not in identities.known(connection):
        there_are = f"it knows {', '.join(known)}" if known else "all that it knows are in the settings"
        raise NotDone(f"the ledger knows no seller {seller}: {there_are}. Type: askonce check")


def _must_be_free(connection: Connection, seller: str, holder: str, now: datetime, again: str) -> None:
    """Nobody is at work for the seller, and until this transaction ends nobody begins."""
    lane = lanes.acquire(connection, seller, holder, now)
    if lane is None:
        raise NotDone(f"a worker is at work for {seller}. Stop it, or wait for the end of its turn; then type: {again}")
    lanes.release(connection, lane, lane.pace)
