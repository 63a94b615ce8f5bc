"""Check: is each seller an account of its own, does the ledger know it, and how old are its secrets?"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ledger import identities
from ledger.database import Connection, Ledger
from ledger.identities import SECRET
from settings.environment import CLIENT_SECRET, REFRESH_TOKEN, environment_prefix
from settings.schema import Seller
from tasks.check.seller import Check, Outcome
from tasks.identity import Fingerprints, Left, left, refusals

SECRET_ENDS = timedelta(days=180)
"""How long Amazon takes a client secret (Rotate your application's client credentials, SP-API docs)."""
SECRET_GROWS_OLD = timedelta(days=150)
AUTHORISATION_ENDS = timedelta(days=365)
"""How long the authorisation of a public application is good (Authorize public applications, SP-API docs)."""
AUTHORISATION_GROWS_OLD = timedelta(days=30)
EMPTY = (
    "the ledger has no orders: nothing is known of what was asked or invoiced before. If askonce has worked for these "
    "sellers, stop, and set DATABASE_URL to its ledger"
)


def check_identity(
    ledger: Ledger, sellers: Mapping[str, Seller], fingerprints: Fingerprints, now: datetime
) -> Iterator[Check]:
    """Names and accounts, the ledger's memory, and the age of the client secrets."""
    with ledger.read() as connection:
        refused = refusals(connection, sellers)
        shared = {other for others in identities.sharing(connection).values() for other in others}
        gone = [
            each
            for each in left(connection, sellers)
            if each.seller not in shared and not identities.is_forgotten(connection, each.seller)
        ]
        is_empty = identities.is_empty(connection)
        ages = list(check_secrets(connection, sellers, fingerprints, now))
    for name, why in refused.items():
        yield Check(f"{name}: account", Outcome.FAIL, why.detail, why.remedy)
    if not refused:
        yield Check("accounts", Outcome.PASS, "each seller has its own")
    yield from (_left(each, sellers) for each in gone)
    if is_empty and any(seller.live for seller in sellers.values()):
        yield Check("memory", Outcome.UNKNOWN, f"{ledger.name}: {EMPTY}", "askonce sweep --dry-run, if it is all new")
    yield from ages


def _left(each: Left, sellers: Collection[str]) -> Check:
    detail = f"in the ledger ({each.orders} orders, {each.asked} asked), but not in the settings"
    remedy = f"if its table was renamed: askonce rename {each.seller} {next(iter(sellers))}; if it is gone: "
    return Check(f"{each.seller}: left", Outcome.UNKNOWN, detail, f"{remedy}askonce forget {each.seller}")


def check_secrets(
    connection: Connection, sellers: Mapping[str, Seller], fingerprints: Fingerprints, now: datetime
) -> Iterator[Check]:
    """How long is each client secret still taken, and each authorisation that has an end?"""
    for name, found in fingerprints.items():
        yield _secret(sellers[name], identities.first_seen(connection, SECRET, found[SECRET]) or now, now)
        if sellers[name].authorised_since:
            yield _authorisation(sellers[name], now)


def _secret(seller: Seller, first_seen: datetime, now: datetime) -> Check:
    name = f"{seller.name}: client secret"
    since = _begin(seller.secret_since, seller) or first_seen
    days, ends = max((now - since).days, 0), since + SECRET_ENDS
    variable = f"{environment_prefix(seller.name)}_{CLIENT_SECRET.name}"
    also = ", and the day into secret_since" if seller.secret_since else ""
    remedy = f"make a new one where the app is (Develop Apps), put it into {variable} in .env{also}"
    known, latest = (
        (f"made {days} days ago", "") if seller.secret_since else (f"in use for {days} days at least", " at the latest")
    )
    if now >= ends:
        detail = f"{known}; Amazon takes one for {SECRET_ENDS.days}, until {ends:%Y-%m-%d}{latest}"
        return Check(name, Outcome.FAIL, detail, remedy)
    if now - since >= SECRET_GROWS_OLD:
        detail = f"{known}; {(ends - now).days} days are left: it ends on {ends:%Y-%m-%d}{latest}"
        return Check(name, Outcome.UNKNOWN, detail, remedy)
    return Check(name, Outcome.PASS, known)


def _authorisation(seller: Seller, now: datetime) -> Check:
    name, since = f"{seller.name}: authorisation", _begin(seller.authorised_since, seller)
    assert since
    days, ends = max((now - since).days, 0), since + AUTHORISATION_ENDS
    known = f"given {days} days ago"
    variable = f"{environment_prefix(seller.name)}_{REFRESH_TOKEN.name}"
    remedy = (
        f"authorise the application again, put the refresh token into {variable} in .env, the day into authorised_since"
    )
    if now >= ends:
        return Check(name, Outcome.FAIL, f"{known}; it is good for a year, until {ends:%Y-%m-%d}", remedy)
    if ends - now <= AUTHORISATION_GROWS_OLD:
        return Check(
            name, Outcome.UNKNOWN, f"{known}; {(ends - now).days} days are left, until {ends:%Y-%m-%d}", remedy
        )
    return Check(name, Outcome.PASS, known)


def _begin(day: date | None, seller: Seller) -> datetime | None:
    """The first moment of the day."""
    return datetime.combine(day, time(), seller.zone).astimezone(UTC) if day else None


def check_files(files: Iterable[Path]) -> Iterator[Check]:
    """Can others on this machine read the secrets, or the ledger? Files of another owner are left to that owner."""
    for path in files:
        try:
            found = path.stat()
        except OSError:
            continue
        if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o077:
            kind, mode = ("folder", 700) if stat.S_ISDIR(found.st_mode) else ("file", 600)
            detail = f"{path} can be read by others on this machine"
            yield Check(f"{kind} {path.name}", Outcome.UNKNOWN, detail, f"chmod {mode} {path}")
