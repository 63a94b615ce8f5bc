"""Check: look at everything that must be right before anything can be sent. It cannot send: its view of Amazon has no
way to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from ledger import controls, heartbeats, history, sources
from ledger.controls import Stop
from ledger.database import Connection, Ledger, LedgerError
from ledger.sources import Reading
from marketplace.errors import Answer, Busy, NotAuthorised
from marketplace.port import Participation
from rules.order import Source
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.gate import Gate, stale_sources
from tasks.refresh.reports import FULFILLED_BY

CLOCK_TOLERANCE = timedelta(minutes=1)
LANE_STILL = timedelta(minutes=15)
"""Orders are due and nothing holds them back: after so long without a worker in the lane something is wrong."""
NOTHING_ASKED = timedelta(hours=1)
"""The same, with workers in the lane that ask for none of them."""


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
    """Is the ledger a real one, and writable?"""
    if simulated:
        detail = f"{ledger.name} holds a simulation's orders"
        yield Check("database", Outcome.FAIL, detail, "set DATABASE_URL to another ledger")
        return
    try:
        with ledger.begin():
            pass
    except LedgerError as error:
        yield Check("database", Outcome.FAIL, str(error), "see above")
        return
    yield Check("database", Outcome.PASS, ledger.name)


def check_invariants(ledger: Ledger) -> Check:
    """Is the ledger true to its own rules? It reads all of it."""
    with ledger.read() as connection:
        broken = history.broken_invariants(connection)
    if broken:
        detail = "; ".join(f"{name}: {count} orders" for name, count in broken.items())
        return Check("invariants", Outcome.FAIL, detail, "report this as a bug")
    return Check("invariants", Outcome.PASS, f"{len(history.INVARIANTS)} hold")


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
        stops = [stop for stop in controls.stops(connection, now) if _stops_requests(stop, seller)]
        standstill = _standstill(connection, seller, now)
    for source, reading in readings.items():
        yield _source(seller, source, reading, now)
    for stop in stops:
        where = "" if stop.scope == controls.ALL else f" --seller {stop.scope}"
        said = f"{stop.reason.meaning}. {stop.detail}".strip()
        yield Check(f"{seller.name}: sending", Outcome.FAIL, said, stop.reason.remedy or f"askonce resume{where}")
    if not seller.live:
        yield Check(f"{seller.name}: sending", Outcome.PASS, "live = false: decides and records, sends nothing")
    elif not stops:
        yield standstill or Check(f"{seller.name}: sending", Outcome.PASS, "nothing that is due stands still")


def _stops_requests(stop: Stop, seller: Seller) -> bool:
    return stop.scope in (controls.ALL, seller.name) and stop.reason is not Reason.INVOICES_NOT_AUTHORISED


def _standstill(connection: Connection, seller: Seller, now: datetime) -> Check | None:
    """Orders that are due, held back by nothing, and not moving. Many that wait for their turn do move."""
    due = history.oldest_due(connection, [seller.name])
    if due is None or now - due <= LANE_STILL or Gate.read(connection, seller, now).closed(connection, now):
        return None
    worked = heartbeats.worked_at(connection).get(seller.name, due)
    if now - worked > LANE_STILL:
        detail = f"due since {due:%Y-%m-%d %H:%M} UTC, and no worker has come since {worked:%Y-%m-%d %H:%M} UTC"
        return Check(f"{seller.name}: sending", Outcome.FAIL, detail, "start a worker, or one more: askonce run")
    due = heartbeats.sendable_since(connection, seller.name) or now
    asked = heartbeats.asked_at(connection, seller.name) or due
    if now - max(due, asked) > NOTHING_ASKED:
        detail = f"due since {due:%Y-%m-%d %H:%M} UTC, and none was asked since {max(due, asked):%Y-%m-%d %H:%M} UTC"
        return Check(f"{seller.name}: sending", Outcome.FAIL, detail, "read the worker's log")
    return None


def _source(seller: Seller, source: Source, reading: Reading, now: datetime) -> Check:
    name = f"{seller.name}: source {source}"
    if source in seller.unavailable_sources:
        return Check(name, Outcome.PASS, "not looked at: the settings name it in unavailable_sources")
    if reading.as_of is None and not (reading.error or reading.awaited_since or reading.not_needed):
        return Check(name, Outcome.UNKNOWN, "never read", "askonce sweep --dry-run")
    known = _known(reading)
    if reading.half_read:
        detail = f"half read, at Amazon's pace of 100 orders every three minutes; {known}"
        return Check(name, Outcome.UNKNOWN, detail, "nothing is sent until it is read; leave it running: askonce run")
    if reading.error:
        remedy = "give the app the role for it"
        if source is not Source.ORDERS:
            remedy += f', or set unavailable_sources = ["{source}"]'
        return Check(name, Outcome.FAIL, f"{reading.error}; {known}", f"{remedy}; then askonce sweep --dry-run")
    if stale_sources(seller, {**dict.fromkeys(Source, now), **sources.freshness({source: reading})}, now):
        if reading.awaited_since:
            return Check(name, Outcome.UNKNOWN, known, "Amazon makes the report; leave it running: askonce run")
        return Check(name, Outcome.FAIL, f"stale: {known}", "is a worker running? askonce run")
    if reading.not_needed:
        return Check(name, Outcome.PASS, f"not needed: no open order is fulfilled by {FULFILLED_BY[source]}; {known}")
    return Check(name, Outcome.PASS, known)


def _known(reading: Reading) -> str:
    """As of when, what is awaited, and what is missing."""
    said = [f"known as of {reading.as_of:%Y-%m-%d %H:%M} UTC" if reading.as_of else "never read"]
    if reading.awaited_since:
        said.append(f"a report ordered at {reading.awaited_since:%Y-%m-%d %H:%M} UTC is awaited")
    if reading.left_out:
        said.append(
            f"{len(reading.left_out)} left out, as they cannot be read: {', '.join(list(reading.left_out)[:5])}"
        )
    return "; ".join(said)
