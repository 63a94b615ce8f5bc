"""Check: is each seller an account of its own, does the ledger know it, and how old are its secrets?"""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ledger import identities
from ledger.database import Connection, Ledger
from ledger.identities import SECRET
from settings.environment import CLIENT_SECRET, environment_prefix
from settings.schema import Seller
from tasks.check.seller import Check, Outcome
from tasks.identity import Fingerprints, Left, left, refusals

SECRET_ENDS = timedelta(days=180)
"""How long Amazon takes a client secret (Rotate your application's client credentials, SP-API docs)."""
SECRET_GROWS_OLD = timedelta(days=150)
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
        ages = list(_secrets(connection, fingerprints, now))
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


def _secrets(connection: Connection, fingerprints: Fingerprints, now: datetime) -> Iterator[Check]:
    for name, found in fingerprints.items():
        since = identities.first_seen(connection, SECRET, found[SECRET]) or now
        days, ends = (now - since).days, since + SECRET_ENDS
        variable = f"{environment_prefix(name)}_{CLIENT_SECRET.name}"
        remedy = f"make a new one where the app is (Develop Apps), put it into {variable} in .env"
        known = f"in use for {days} days at least"
        if now >= ends:
            detail = f"{known}; Amazon takes one for {SECRET_ENDS.days}, until {ends:%Y-%m-%d} at the latest"
            yield Check(f"{name}: client secret", Outcome.FAIL, detail, remedy)
        elif now - since >= SECRET_GROWS_OLD:
            detail = f"{known}; {(ends - now).days} days are left: it ends on {ends:%Y-%m-%d} at the latest"
            yield Check(f"{name}: client secret", Outcome.UNKNOWN, detail, remedy)
        else:
            yield Check(f"{name}: client secret", Outcome.PASS, known)


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
