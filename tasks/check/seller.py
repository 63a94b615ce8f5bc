"""Check everything that must be right before anything can be sent. It cannot send: a `Probe` has no call for it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from ledger import backup, heartbeats, history, identities, sources
from ledger import held as ledger_held
from ledger.controls import Stop
from ledger.database import Connection, Ledger, LedgerError
from ledger.requests import REVIEWS, Request
from ledger.sources import Reading
from ledger.state import State
from marketplace.errors import Answer, Busy, NotAuthorised
from marketplace.port import Participation
from rules import freshness
from rules.order import Source
from rules.readable import Said, moment, said
from rules.reason import Reason
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks import terms
from tasks.check import credentials
from tasks.check.outcome import Check as Check
from tasks.check.outcome import Outcome as Outcome
from tasks.gate import closed
from tasks.progress import progress
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.stops import in_force, named, resume, times
from tasks.workers import at_work, sends_otherwise

CLOCK_TOLERANCE = timedelta(minutes=1)
LANE_STILL = timedelta(minutes=15)
"""How long orders may be due, with nothing that holds them back and no worker in the lane, before the check fails."""
BACKUP_TOO_OLD = timedelta(days=2)
HELD_TOO_LONG = timedelta(days=1)
NOTHING_ASKED = timedelta(hours=1)
"""The same, while workers take the lane and send none of them."""


ROLES = {
    Source.ORDERS: "Inventory and Order Tracking",
    Source.FINANCES: "Finance and Accounting",
    Source.MERCHANT_RETURNS: "Direct-to-Consumer Shipping (restricted)",
    Source.FBA_RETURNS: "Inventory and Order Tracking",
    Source.FBA_SHIPMENTS: "Inventory and Order Tracking",
}
"""What reading each source needs (SP-API docs, "Role mappings")."""


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
        detail, _, remedy = str(error).rpartition(". ")  # the message ends with what to type
        yield Check("database", Outcome.FAIL, detail, remedy)
        return
    yield Check("database", Outcome.PASS, ledger.name)


def check_invariants(ledger: Ledger) -> Check:
    """Do all invariants hold? Reads the whole ledger."""
    with ledger.read() as connection:
        broken = history.broken_invariants(connection)
    if broken:
        detail = "; ".join(f"{name}: {count} orders" for name, count in broken.items())
        return Check("invariants", Outcome.FAIL, detail, "report this as a bug")
    return Check("invariants", Outcome.PASS, f"{len(history.INVARIANTS)} hold")


def check_stop_file(stop_file: StopFile) -> Check:
    """Is everything stopped, whatever the ledger says?"""
    for stop in stop_file.stops():
        detail = said("{why}. {detail}", why=stop.reason, detail=stop.detail)
        return Check("stop file", Outcome.FAIL, detail, said("delete it"))
    how = said("there is none; to stop everything now: touch {file}", file=str(stop_file.path))
    return Check("stop file", Outcome.PASS, how)


def check_backup(ledger: Ledger, now: datetime) -> Iterator[Check]:
    """How old is the last copy? Known of SQLite alone, and only of those that `askonce backup` made."""
    with ledger.read() as connection:
        if not ledger.is_file or identities.is_empty(connection):
            return
        made_at = backup.made_at(connection)
    if made_at is None:
        detail = said("none was made with askonce backup; a copy that is made in another way is not known here")
        yield Check("backup", Outcome.UNKNOWN, detail, "askonce backup FILE")
    elif now - made_at > BACKUP_TOO_OLD:
        yield Check(
            "backup", Outcome.UNKNOWN, said("the last is {n} days old", n=(now - made_at).days), "askonce backup FILE"
        )
    else:
        yield Check("backup", Outcome.PASS, said("the last was made {at}", at=made_at.astimezone(UTC)))


def check_amazon(seller: Seller, probe: Probe, now: datetime) -> Iterator[Check]:
    """Do the credentials open the account, does it sell where the settings say, and do the clocks agree?"""
    name = f"{seller.name}: credentials"
    try:
        found = {each.marketplace_id: each for each in probe.participations()}
    except NotAuthorised as answer:
        yield Check(name, Outcome.FAIL, answer.detail, credentials.remedy(seller.name, answer.detail))
        return
    except Busy as answer:
        yield Check(name, Outcome.UNKNOWN, answer.detail, said("try again in a few minutes: askonce check"))
        return
    except Answer as answer:
        yield Check(name, Outcome.FAIL, answer.detail, said("report this as a bug"))
        return
    yield Check(name, Outcome.PASS, said("Amazon knows them"))
    for code in seller.marketplaces:
        name = f"{seller.name}: marketplace {code}"
        participation = found.get(MARKETPLACES[code].marketplace_id)
        if participation is None or not participation.participating:
            detail, remedy = said("the account does not sell there"), said("remove {code} from marketplaces", code=code)
            yield Check(name, Outcome.FAIL, detail, remedy)
        elif participation.suspended:
            remedy = said("see Account Health in Seller Central")
            yield Check(name, Outcome.FAIL, said("its listings are suspended"), remedy)
        else:
            yield Check(name, Outcome.PASS, said("the account sells there"))
    yield from _left_out(seller, found.values())
    yield _clock(probe.answered_at, now)


def _left_out(seller: Seller, found: Iterable[Participation]) -> Iterator[Check]:
    """Marketplaces of the region in which the account sells, and that the settings do not name."""
    known = {each.marketplace_id for each in found if each.participating and not each.suspended}
    ours = [info.code for info in MARKETPLACES.values() if info.region == seller.region]
    left = [code for code in ours if MARKETPLACES[code].marketplace_id in known and code not in seller.marketplaces]
    if left:
        detail = said("the account sells in {codes}, too; its orders there are not asked", codes=", ".join(left))
        more = ", ".join(f'"{code}"' for code in (*seller.marketplaces, *left))
        yield Check(f"{seller.name}: marketplaces", Outcome.UNKNOWN, detail, f"marketplaces = [{more}]")


def _clock(theirs: datetime | None, now: datetime) -> Check:
    if theirs is None:
        return Check("clock", Outcome.UNKNOWN, said("the answer named no time"), "timedatectl")
    skew = abs(now - theirs)
    if skew > CLOCK_TOLERANCE:
        return Check("clock", Outcome.FAIL, said("{skew} away from Amazon's", skew=skew), "timedatectl set-ntp true")
    return Check("clock", Outcome.PASS, said("agrees with Amazon's to the minute"))


def check_seller(
    ledger: Ledger, seller: Seller, now: datetime, *, denied: bool = False, stop_file: StopFile = NO_STOP_FILE
) -> Iterator[Check]:
    """Are the seller's facts fresh, is anything stopped, and is the queue moving? `denied`: the credentials fail."""
    with ledger.read() as connection:
        readings = sources.readings(connection, seller.name)
        stops = in_force(connection, [seller], now, stop_file)
        stops = [stop for stop in stops if stop.reason is not Reason.INVOICES_NOT_AUTHORISED]
        standstill = _standstill(connection, seller, now, stop_file)
        waiting = _waiting_for(connection, seller, readings, now)
        held, held_since = ledger_held.held(connection, seller.name)
        otherwise = sends_otherwise(at_work(connection, now), seller)
        come = progress(connection, [seller.name], {seller.name: readings}).get(seller.name)
    if come:
        detail = come.words(seller, now)
        yield Check(f"{seller.name}: first reading", Outcome.UNKNOWN, detail, "leave it running: askonce run")
    for source, reading in readings.items():
        yield _source(seller, source, reading, waiting[source], now, denied=denied)
    yield _held(seller, held, held_since, now)
    if not seller.live and not otherwise:
        also = "".join(f"; and {stop.reason.meaning}" for stop in stops)
        detail = f"live = false: decides and records, sends nothing{also}"
        yield Check(f"{seller.name}: sending", Outcome.PASS, detail)
        return
    for stop in stops:
        yield _stop(seller, stop)
    if otherwise:
        at_once = "" if seller.live or stops else f"; to stop it at once: askonce pause --seller {seller.name}"
        yield Check(f"{seller.name}: sending", Outcome.FAIL, otherwise, f"see the row settings at work{at_once}")
    elif not stops:
        yield standstill or Check(f"{seller.name}: sending", Outcome.PASS, "nothing that is due stands still")


def _stop(seller: Seller, stop: Stop) -> Check:
    detail = ". ".join(filter(None, (f"{stop.reason.meaning}{times(stop, seller.zone)}", stop.detail)))
    remedies = {Reason.PAUSED: resume(stop.of), Reason.STOP_FILE: "delete it"}
    remedies[Reason.BRAKED] = f"askonce brakes --seller {seller.name}"
    remedies[Reason.NOT_ARMED] = f"askonce arm --seller {seller.name}"
    remedy = remedies.get(stop.reason, f"mend the credentials or the roles first; then {resume(stop.of)}")
    return Check(f"{seller.name}: {named(stop.of)}", Outcome.FAIL, detail, remedy)


def _held(seller: Seller, held: int, since: datetime | None, now: datetime) -> Check:
    """What is held settles itself within a day, or does not; then a person must look."""
    name, remedy = f"{seller.name}: held", f"askonce held --seller {seller.name}"
    if since is None:
        return Check(name, Outcome.PASS, "nothing is held")
    if now - since > HELD_TOO_LONG:
        detail = f"{held} held, the first for {(now - since).days} days: they wait for you"
        return Check(name, Outcome.FAIL, detail, remedy)
    detail = f"{held} held for less than a day: what Amazon's answers can settle is settled by then"
    return Check(name, Outcome.UNKNOWN, detail, remedy)


def _waiting_for(
    connection: Connection, seller: Seller, readings: Mapping[Source, Reading], now: datetime
) -> Counter[Source]:
    """How many due orders each stale source holds back."""
    unread = any(reading.denied for reading in readings.values())
    stale = freshness.stale(seller, sources.freshness(readings), now)
    due = REVIEWS.in_states(connection, seller.name, [State.DUE]) if stale or unread else ()
    return Counter(source for each in due for source in _stale_for(each, seller, readings, now))


def _stale_for(request: Request, seller: Seller, readings: Mapping[Source, Reading], now: datetime) -> list[Source]:
    known = sources.freshness_for(readings, request.facts.order.marketplace_id)
    return freshness.stale_for(request.facts, seller, known, now)


def _standstill(connection: Connection, seller: Seller, now: datetime, stop_file: StopFile) -> Check | None:
    """Fails when orders are due, nothing holds them back, and none is sent. A long queue that moves does not fail."""
    due = heartbeats.due_since(connection, [seller.name]).get(seller.name)
    if due is None or now - due <= LANE_STILL or closed(connection, terms.REVIEW, seller, now, stop_file):
        return None
    worked = heartbeats.worked_at(connection).get(seller.name, due)
    if now - worked > LANE_STILL:
        detail = f"due since {moment(due, seller.zone)}, and no worker has come since {moment(worked, seller.zone)}"
        return Check(f"{seller.name}: sending", Outcome.FAIL, detail, "start a worker, or one more: askonce run")
    due = heartbeats.sendable_since(connection, seller.name) or now
    asked = heartbeats.asked_at(connection, seller.name) or due
    if now - max(due, asked) > NOTHING_ASKED:
        since = moment(max(due, asked), seller.zone)
        detail = f"due since {moment(due, seller.zone)}, and none was asked since {since}"
        return Check(f"{seller.name}: sending", Outcome.FAIL, detail, "read the worker's log")
    return None


def _source(seller: Seller, source: Source, reading: Reading, waiting: int, now: datetime, *, denied: bool) -> Check:
    name = f"{seller.name}: source {source}"
    if source in seller.unavailable_sources:
        return Check(name, Outcome.PASS, said("not looked at: the settings name it in unavailable_sources"))
    if reading.as_of is None and not (reading.error or reading.awaited_since or reading.not_needed):
        return Check(name, Outcome.UNKNOWN, said("never read"), "askonce sweep --dry-run")
    known = _known(reading, seller)
    if waiting:
        known = _and(known, said("{n} due orders wait for it", n=waiting))
    if reading.half_read:
        detail = _and(said("half read, at Amazon's pace of 100 orders every three minutes"), known)
        remedy = said("nothing is sent until it is read; leave it running: askonce run")
        return Check(name, Outcome.UNKNOWN, detail, remedy)
    if reading.error:
        if denied or credentials.ABOUT.search(reading.error):
            remedy = said("mend the credentials first: askonce check")
            return Check(name, Outcome.FAIL, _and(said("see credentials"), known), remedy)
        return Check(name, Outcome.FAIL, _and(reading.error, known), _remedy(source))
    if freshness.stale(seller, {**dict.fromkeys(Source, now), **sources.freshness({source: reading})}, now):
        if reading.awaited_since:
            return Check(name, Outcome.UNKNOWN, known, said("Amazon makes the report; leave it running: askonce run"))
        return Check(name, Outcome.FAIL, said("stale: {known}", known=known), said("is a worker running? askonce run"))
    if reading.not_needed:
        until: object = said("an order comes")
        if reading.next_read_at:
            until = reading.next_read_at.astimezone(seller.zone)
        detail = said("not needed until {until}: no order that may be asked rests on it", until=until)
        return Check(name, Outcome.PASS, _and(detail, known))
    return Check(name, Outcome.PASS, known)


def _remedy(source: Source) -> str:
    """What to do about a source that can't be read. Only a role that is hard to get may be done without."""
    if source is Source.MERCHANT_RETURNS:
        named = f'"{source}"'
        return said(
            "if it does not heal by itself: give the app the role {role}, or set unavailable_sources = [{source}]; "
            "then askonce sweep",
            role=ROLES[source],
            source=named,
        )
    return said("if it does not heal by itself: give the app the role {role}; then askonce sweep", role=ROLES[source])


def _known(reading: Reading, seller: Seller) -> str:
    """As of when, what is awaited, and what is missing."""
    zone = seller.zone
    known = said("never read")
    if reading.as_of:
        known = said("known as of {at}", at=reading.as_of.astimezone(zone))
    if reading.awaited_since:
        ordered = reading.awaited_since.astimezone(zone)
        known = _and(known, said("a report ordered at {at} is awaited", at=ordered))
    if reading.left_out:
        some = tuple(list(reading.left_out)[:5])
        count = len(reading.left_out)
        known = _and(known, said("{n} left out, as they cannot be read: {some}", n=count, some=some))
    return known


def _and(one: str, more: str) -> Said:
    return said("{one}; {more}", one=one, more=more)
