"""Check: look at everything that must be right before anything can be sent. It cannot send: its view of Amazon has no
way to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ledger import controls, history, sources
from ledger.database import Ledger, LedgerError
from ledger.sources import Reading
from marketplace.errors import Answer, Busy, NotAuthorised
from marketplace.port import Participation
from rules.order import Source
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.gate import stale_sources

CLOCK_TOLERANCE = timedelta(minutes=1)
DUE_TOO_LONG = timedelta(hours=24)


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `remedy` is what to type or do; empty when it passed."""

    name: str
    verdict: Outcome
    detail: str
    remedy: str = ""


class Probe(Protocol):
    """All that a check may ask of a marketplace."""

    def participations(self) -> tuple[Participation, ...]: ...

    @property
    def answered_at(self) -> datetime | None:
        """The marketplace's own clock at its last answer."""


def check_ledger(ledger: Ledger, simulated: bool) -> Iterator[Check]:
    """Is the ledger a real one, writable, and true to its own rules?"""
    if simulated:
        detail = f"{ledger.name} holds a simulation's orders"
        yield Check("database", Outcome.FAIL, detail, "set DATABASE_URL to another ledger")
        return
    try:
        with ledger.begin():
            pass
        with ledger.read() as connection:
            broken = history.broken_invariants(connection)
    except LedgerError as error:
        yield Check("database", Outcome.FAIL, str(error), "see above")
        return
    yield Check("database", Outcome.PASS, ledger.name)
    if broken:
        detail = "; ".join(f"{name}: {count} orders" for name, count in broken.items())
        yield Check("invariants", Outcome.FAIL, detail, "report this as a bug")
    else:
        yield Check("invariants", Outcome.PASS, f"{len(history.INVARIANTS)} hold")


def check_amazon(seller: Seller, probe: Probe, now: datetime) -> Iterator[Check]:
    """Do the credentials open the account, does it sell where the settings say, and do the clocks agree?"""
    name = f"{seller.name}: credentials"
    try:
        found = {each.marketplace_id: each for each in probe.participations()}
    except NotAuthorised as answer:
        remedy = "set the right credentials in .env, and authorise the app again in Seller Central"
        yield Check(name, Outcome.FAIL, answer.detail, remedy)
        return
    except Busy as answer:
        yield Check(name, Outcome.UNKNOWN, answer.detail, "try again in a few minutes: askonce check")
        return
    except Answer as answer:
        yield Check(name, Outcome.FAIL, answer.detail, "report this as a bug")
        return
    yield Check(name, Outcome.PASS, "Amazon knows them")
    for code in seller.marketplaces:
        name = f"{seller.name}: marketplace {code}"
        participation = found.get(MARKETPLACES[code].marketplace_id)
        if participation is None or not participation.participating:
            yield Check(name, Outcome.FAIL, "the account does not sell there", f"remove {code} from marketplaces")
        elif participation.suspended:
            yield Check(name, Outcome.FAIL, "its listings are suspended", "see Account Health in Seller Central")
        else:
            yield Check(name, Outcome.PASS, "the account sells there")
    yield _clock(probe.answered_at, now)


def _clock(theirs: datetime | None, now: datetime) -> Check:
    if theirs is None:
        return Check("clock", Outcome.UNKNOWN, "the answer named no time", "timedatectl")
    skew = abs(now - theirs)
    if skew > CLOCK_TOLERANCE:
        return Check("clock", Outcome.FAIL, f"{skew} away from Amazon's", "timedatectl set-ntp true")
    return Check("clock", Outcome.PASS, "agrees with Amazon's to the minute")


def check_seller(ledger: Ledger, seller: Seller, now: datetime) -> Iterator[Check]:
    """Are the seller's facts fresh, is anything stopped, and is the queue moving?"""
    with ledger.read() as connection:
        readings = sources.readings(connection, seller.name)
        stops = [stop for stop in controls.stops(connection, now) if stop.scope in (controls.ALL, seller.name)]
        oldest = history.oldest_due(connection, [seller.name])
    if seller.invoices.enabled:
        detail = "this version sends no invoices"
        yield Check(f"{seller.name}: invoices", Outcome.FAIL, detail, "set enabled = false under invoices")
    for source, reading in readings.items():
        yield _source(seller, source, reading, now)
    for stop in stops:
        where = "" if stop.scope == controls.ALL else f" --seller {stop.scope}"
        said = f"{stop.reason.meaning}. {stop.detail}".strip()
        yield Check(f"{seller.name}: sending", Outcome.FAIL, said, stop.reason.remedy or f"askonce resume{where}")
    if not seller.live:
        yield Check(f"{seller.name}: sending", Outcome.PASS, "live = false: decides and records, sends nothing")
    elif oldest and now - oldest > DUE_TOO_LONG and not stops:
        detail = f"an order has been due since {oldest:%Y-%m-%d %H:%M} UTC"
        yield Check(f"{seller.name}: sending", Outcome.FAIL, detail, "is a worker running? askonce run")
    elif not stops:
        yield Check(f"{seller.name}: sending", Outcome.PASS, "nothing has been due for long")


def _source(seller: Seller, source: Source, reading: Reading, now: datetime) -> Check:
    name = f"{seller.name}: source {source}"
    if source in seller.unavailable_sources:
        return Check(name, Outcome.PASS, "not looked at: the settings name it in unavailable_sources")
    if reading.as_of is None and reading.error is None:
        return Check(name, Outcome.UNKNOWN, "never read", "askonce sweep --dry-run")
    known = f"known as of {reading.as_of:%Y-%m-%d %H:%M} UTC" if reading.as_of else "never read"
    if source is Source.ORDERS and reading.cursor:
        detail = f"half read, at Amazon's pace of 100 orders every three minutes; {known}"
        return Check(name, Outcome.UNKNOWN, detail, "nothing is sent until it is read; leave it running: askonce run")
    if reading.error:
        remedy = "give the app the role for it"
        if source is not Source.ORDERS:
            remedy += f', or set unavailable_sources = ["{source}"]'
        return Check(name, Outcome.FAIL, f"{reading.error}; {known}", f"{remedy}; then askonce sweep --dry-run")
    if stale_sources(seller, dict.fromkeys(Source, now) | {source: reading.as_of}, now):
        return Check(name, Outcome.FAIL, f"stale: {known}", "is a worker running? askonce run")
    return Check(name, Outcome.PASS, known)
