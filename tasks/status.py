"""Status: one line for the installation, one for each seller, worst first. Read from the ledger alone, in a number of
statements that does not grow with sellers or orders."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ledger import identities, overview, sources
from ledger.controls import ALL, Stop
from ledger.database import Ledger
from ledger.heartbeats import BEAT
from ledger.overview import Standing
from ledger.sources import NEVER_READ, Reading
from rules import freshness
from rules.freshness import EVERY_ORDER
from rules.order import Source
from rules.readable import said
from rules.reason import Reason
from settings.schema import Seller
from tasks import stops as stops_in_words
from tasks.alerts.kind import Kind
from tasks.check.alerts import check_told
from tasks.check.seller import HELD_TOO_LONG, LANE_STILL, Check, Outcome
from tasks.check.workers import ago, check_workers
from tasks.gate import next_day
from tasks.progress import progress
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.stops import in_force
from tasks.workers import at_work, sends_otherwise

ASKED_IN = timedelta(hours=24)


class Health(StrEnum):
    """How a seller is, worst first."""

    STOPPED = "stopped"
    STALE = "stale"
    LOOK = "look"  # a person must look at a part of it; the rest goes on
    NEW = "new"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a seller, in words, and what to type.

    `part`: which source or stop it is. `plain`: the same in our own words alone, as messages have it.
    """

    health: Health
    kind: Kind
    what: str
    remedy: str
    part: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class SellerStatus:
    """One seller. `asked`: requests of the last 24 hours; `next_at`: when the next one goes out, None: not known, or
    not at all; `facts_as_of`: the older of the sources that every order needs. `due` and `held` count documents, too.
    """

    seller: str
    health: Health
    live: bool
    asked: int
    next_at: datetime | None
    due: int
    held: int
    facts_as_of: datetime | None
    trouble: str
    remedy: str
    troubles: tuple[Trouble, ...] = ()  # all of them, the worst first
    progress: str = ""  # of a first reading that is under way, in words


@dataclass(frozen=True, slots=True)
class Status:
    """The installation and its sellers, worst first. `workers`: each that is known, the beat, or that there is none."""

    sellers: list[SellerStatus]
    workers: list[Check]
    alerts: list[Check] = field(default_factory=list)  # who cannot be told

    @property
    def asked(self) -> int:
        return sum(each.asked for each in self.sellers)

    @property
    def by_health(self) -> dict[str, int]:
        found = Counter(each.health for each in self.sellers)
        return {health.value: found[health] for health in Health if found[health]}

    @property
    def line(self) -> str:
        """All of it in one line."""
        sellers = f"{len(self.sellers)} seller{'' if len(self.sellers) == 1 else 's'}"
        health = ", ".join(f"{count} {name}" for name, count in self.by_health.items())
        return f"{sellers}: {health} · {self._workers} · {self.asked:,} asked in 24 h"

    @property
    def _workers(self) -> str:
        alive = [each for each in self.workers if each.verdict is Outcome.PASS and each.name != BEAT]
        if not alive:
            return "no worker is at work"
        first, *others = alive
        more = f" and {len(others)} more" if others else ""
        return f"{first.name}{more}: {first.detail.rpartition(', ')[2]}"

    @property
    def needs_attention(self) -> bool:
        is_fine = all(each.health in (Health.WELL, Health.NEW) for each in self.sellers)
        return not is_fine or any(each.verdict is Outcome.FAIL for each in (*self.workers, *self.alerts))


def status(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, stop_file: StopFile = NO_STOP_FILE) -> Status:
    """How everything stands."""
    one = next(iter(sellers)) if len(sellers) == 1 else None
    with ledger.read() as connection:
        standings = overview.standings(connection, now, now - ASKED_IN, one)
        readings = sources.readings_of_all(connection, one)
        stops = in_force(connection, sellers.values(), now, stop_file)
        shared = identities.sharing(connection, one)
        working = at_work(connection, now)
        reading = progress(connection, sellers, readings)
    by_seller: defaultdict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        by_seller[stop.of.seller].append(stop)
    found: list[SellerStatus] = []
    for name, seller in sellers.items():
        standing, known = standings.get(name, Standing()), readings.get(name, NEVER_READ)
        stopped = [*by_seller.get(ALL, ()), *by_seller.get(name, ())]
        otherwise = sends_otherwise(working, seller)
        troubles = tuple(_troubles(seller, standing, known, stopped, name in shared, otherwise, now))
        found.append(_seller(seller, standing, known, troubles, now))
    told = {name: come.words(sellers[name], now) for name, come in reading.items()}
    found = [replace(each, progress=told[each.seller]) if each.seller in told else each for each in found]
    order = list(Health)
    found.sort(key=lambda each: (order.index(each.health), not each.live, -each.held, each.seller))
    return Status(found, list(check_workers(ledger, now)), list(check_told(ledger, now)))


def _seller(
    seller: Seller, standing: Standing, readings: Mapping[Source, Reading], troubles: tuple[Trouble, ...], now: datetime
) -> SellerStatus:
    held = f"{standing.held} held" if standing.held else ""
    well = Trouble(Health.WELL, Kind.HELD, held, f"askonce held --seller {seller.name}" if held else "")
    trouble = (*troubles, well)[0]
    goes_on = seller.live and trouble.health not in (Health.STOPPED, Health.STALE, Health.NEW)
    times = [readings[source].as_of for source in EVERY_ORDER if source not in seller.unavailable_sources]
    known = [time for time in times if time]
    return SellerStatus(
        seller=seller.name,
        health=trouble.health,
        live=seller.live,
        asked=standing.asked,
        next_at=_next(seller, standing, now) if goes_on else None,
        due=standing.due,
        held=standing.held,
        facts_as_of=min(known) if len(known) == len(times) else None,
        trouble=trouble.what,
        remedy=trouble.remedy,
        troubles=troubles,
    )


def _next(seller: Seller, standing: Standing, now: datetime) -> datetime | None:
    if standing.due_since is None:
        return standing.next_at
    return next_day(seller, now) if standing.limited else max(now, standing.due_since)


def _troubles(
    seller: Seller,
    standing: Standing,
    readings: Mapping[Source, Reading],
    stops: Sequence[Stop],
    is_shared: bool,
    otherwise: str,
    now: datetime,
) -> Iterator[Trouble]:
    """The first is the worst."""
    if is_shared:
        yield Trouble(Health.STOPPED, Kind.SAME_ACCOUNT, Reason.SAME_ACCOUNT.meaning, "askonce check")
    stopped = (_stopped(stop, seller) for stop in stops)
    yield from sorted(stopped, key=lambda each: list(Health).index(each.health))
    if otherwise:
        yield Trouble(Health.LOOK, Kind.OTHER_SETTINGS, otherwise, "askonce check")
    if all(reading.as_of is None and reading.error is None for reading in readings.values()):
        yield Trouble(Health.NEW, Kind.NEW, "nothing was read yet", "askonce sweep --dry-run")
    yield from _stale(seller, readings, now)
    yield from _standstill(seller, standing, now)
    if standing.held_since and now - standing.held_since > HELD_TOO_LONG:
        what = said("{n} held, the first {ago}: they wait for you", n=standing.held, ago=ago(standing.held_since, now))
        yield Trouble(Health.LOOK, Kind.HELD, what, f"askonce held --seller {seller.name}")
    if standing.late:
        what = said("late invoices of business orders: {n}", n=standing.late)
        yield Trouble(Health.LOOK, Kind.INVOICES_LATE, what, f"askonce plan --seller {seller.name}")
    if standing.missed and seller.live:
        what = said("{n} orders were due and not asked: their time ended in the last 24 hours", n=standing.missed)
        yield Trouble(Health.LOOK, Kind.MISSED, what, f"askonce history --seller {seller.name}")


def _stopped(stop: Stop, seller: Seller) -> Trouble:
    """A stop of one marketplace, or of one action, lets the rest go on."""
    in_part = stop.of.marketplace or stop.of.action or stop.reason is Reason.INVOICES_NOT_AUTHORISED
    remedy = stops_in_words.remedy(stop, seller.name)
    health, kind = Health.LOOK if in_part else Health.STOPPED, _STOPS.get(stop.reason.value, Kind.STOPPED)
    ours = stop.reason.meaning if kind is not Kind.BRAKED else f"{stop.reason.meaning}: {stop.detail}"
    where = ", ".join(filter(None, (stop.of.marketplace, stop.of.action)))
    plain = ": ".join(filter(None, (where, ours)))
    return Trouble(health, kind, stops_in_words.said(stop, seller.zone), remedy, f"{stop.reason}/{where}", plain)


_STOPS = {
    "not_authorised": Kind.NOT_AUTHORISED,
    "invoices_not_authorised": Kind.NOT_AUTHORISED,
    "braked": Kind.BRAKED,
    "stop_file": Kind.STOP_FILE,
}


def _stale(seller: Seller, readings: Mapping[Source, Reading], now: datetime) -> Iterator[Trouble]:
    """Sources that are too old; one that only some orders need holds back these alone."""
    for source in freshness.stale(seller, sources.freshness(readings), now):
        reading = readings[source]
        if source in EVERY_ORDER:
            since = said("last read {ago}", ago=ago(reading.as_of, now)) if reading.as_of else said("not read yet")
            what = said("{source}: {why}", source=source, why=reading.error or since)
            plain = f"{source}: {since}, so nothing is sent"
            kind = Kind.STALE_SOURCE if reading.as_of or reading.error else Kind.NEW
            yield Trouble(Health.STALE, kind, what, "askonce check", source, plain)
        elif reading.error:
            plain = f"{source} cannot be read: some orders wait for it"
            what = said("{source}: {why}", source=source, why=reading.error)
            yield Trouble(Health.LOOK, Kind.STALE_SOURCE, what, "askonce check", source, plain)


def _standstill(seller: Seller, standing: Standing, now: datetime) -> Iterator[Trouble]:
    due = standing.due_since
    if not seller.live or standing.limited or due is None:
        return
    if now - max(due, standing.worked_at or due) > LANE_STILL:
        what = said("orders are due, the first {ago}, and no worker comes", ago=ago(due, now))
        yield Trouble(Health.STOPPED, Kind.STANDSTILL, what, "start a worker: askonce run")
