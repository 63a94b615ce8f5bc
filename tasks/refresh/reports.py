"""Reports: ordered, waited for, read. Each wait has an end, and none is ordered more often than Amazon makes it.

A report that stays in the queue is given up and ordered anew, as is one that cannot be read three times (seen in
selling-partner-api-models issues 2610, 4960 and selling-partner-api-docs issue 3079).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from ledger import documents, orders, sources
from ledger.database import Connection, LedgerError
from ledger.lanes import LaneLost
from ledger.sources import Reading, ReportCursor
from marketplace.errors import Broken, Busy
from marketplace.port import Report, ReportRow
from rules import freshness, reviews
from rules.order import Source
from settings.marketplaces import MARKETPLACES, MARKETPLACES_BY_ID
from tasks.refresh.plan import BEFORE, REACH_BACK, SHOWN, every, keep, left_out, since
from tasks.session import SellerSession


@dataclass(frozen=True, slots=True)
class Kind:
    """A report: whose orders it tells of, and how often Amazon makes one anew."""

    report: Report
    fulfilled_by: str
    again: timedelta  # SP-API docs, "Fulfillment by Amazon (FBA) reports"


KINDS = {
    Source.MERCHANT_RETURNS: Kind(Report.MERCHANT_RETURNS, "MERCHANT", timedelta(0)),
    Source.FBA_RETURNS: Kind(Report.FBA_RETURNS, "AMAZON", timedelta(hours=4)),
    Source.FBA_SHIPMENTS: Kind(Report.FBA_SHIPMENTS, "AMAZON", timedelta(minutes=30)),
}
_OTHER = {"MERCHANT": "AMAZON", "AMAZON": "MERCHANT"}
ONE_READING = timedelta(minutes=5)  # within which reports of different times are taken for one order
ARRIVALS_EVERY = timedelta(hours=24)
OVERLAP = timedelta(days=10)  # of shipments: rows of the last days were seen missing for days
SPAN = timedelta(days=30)  # the FBA shipments report takes a month at the most
WAITS = (0, 2, 8)  # seconds before the looks in the turn that orders it
IN_TURN = timedelta(seconds=15)
LONGEST_MAKING = timedelta(minutes=5)
FIRST_POLL = timedelta(seconds=30)
LONGEST_POLL = timedelta(minutes=15)
GIVE_UP = timedelta(hours=6)
TRIES = 3
LATE = timedelta(minutes=15)
"""After its time, a look tells nothing of how long a report took."""
ASK_DENIED_AGAIN = timedelta(hours=24)
ASK_DOUBTED_AGAIN = timedelta(hours=1)


class _Told(NamedTuple):
    """What a report says of an order's shipments: when the last one is to arrive; when the first and the last left."""

    arrival: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None


def _with(told: _Told, row: ReportRow) -> _Told:
    return _Told(
        max(filter(None, (told.arrival, row.arrival)), default=None),
        min(filter(None, (told.first, row.shipped_at)), default=None),
        max(filter(None, (told.last, row.shipped_at)), default=None),
    )


def read_report(session: SellerSession, source: Source, reading: Reading, *, anyway: bool) -> None:
    """`anyway`: as soon as it may tell of an open order, also when none needs it now."""
    _Reader(session, source, reading).read(anyway=anyway)


class _Reader:
    """One reading of one report, as far as it gets now. Each step is kept before the next one is taken."""

    def __init__(self, session: SellerSession, source: Source, reading: Reading) -> None:
        self._session = session
        self._source = source
        self._kind = KINDS[source]
        self._reading = reading
        self._cursor = reading.cursor if isinstance(reading.cursor, ReportCursor) else ReportCursor()
        self._refused_before = () if self._cursor.to_order else self._cursor.denied
        self._now = session.clock.now()
        self._is_late = reading.next_read_at is not None and self._now - reading.next_read_at > LATE

    def read(self, *, anyway: bool) -> None:
        if self._cursor.reports and self._age >= GIVE_UP:
            self._read_made(waits=(0,))  # it may have been made long since, and nobody looked
            if self._cursor.reports:
                self._drop(f"{self._kind.report}: not made within {GIVE_UP}; another is ordered")
        if self._cursor.reports or self._cursor.to_order:
            self._order()
            self._read_made(waits=(0,))
        elif (needed_at := self._needed_at(anyway=anyway or self._cursor.in_doubt)) > self._now:
            self._not_needed_until(needed_at)
            return
        elif timedelta() <= self._age < self._kind.again:
            again_at = self._now - self._age + self._kind.again
            self._save(self._cursor, replace(self._reading, next_read_at=again_at))
            return
        else:
            self._read_anew()
        if self._cursor.older and not self._cursor.reports and self._age < ONE_READING:
            self._read_anew()

    def _read_anew(self) -> None:
        """Order a report; look for it after as long as the last one took, in this turn or in another."""
        self._plan()
        self._order()
        took = self._cursor.took
        if took > IN_TURN:
            self._save(self._cursor, replace(self._reading, next_read_at=self._session.clock.now() + took))
            return
        self._session.clock.sleep(took.total_seconds())
        self._read_made(WAITS)

    @property
    def _age(self) -> timedelta:
        """How long ago the last report was ordered."""
        return self._now - self._cursor.ordered_at if self._cursor.ordered_at else timedelta.max

    def _needed_at(self, *, anyway: bool) -> datetime:
        """When it has to be read: before an order that needs it may be asked; or when to look for such an order again.

        The first time it is read as soon as there is an order that it may tell of: a role that is missing is said then.
        The shipments are also read once a day while they may tell an arrival that is not known yet.
        """
        now, session, as_of = self._now, self._session, self._reading.as_of
        longest = now + every(session, self._source)
        needed_at = longest
        with session.ledger.read() as connection:
            other = _OTHER[self._kind.fulfilled_by]
            if as_of is None or anyway:
                return now if orders.any_open_but(connection, session.name, other) else longest
            if self._source is Source.FBA_SHIPMENTS and orders.arrivals_unknown(connection, session.name):
                needed_at = min(longest, as_of + ARRIVALS_EVERY)
            if self._source is Source.FBA_SHIPMENTS and documents.any_awaits_shipping_date(connection, session.name):
                needed_at = now
            for request in orders.looked_at_until(connection, session.name, now, longest + BEFORE, but=other):
                if needed_at <= now:
                    break
                if self._source in freshness.needed(request.facts):
                    start = max(now, request.next_look_at or now)
                    asked_at = reviews.forecast(request.facts, session.seller, start, needed_at + BEFORE)
                    needed_at = min(needed_at, asked_at - BEFORE) if asked_at else needed_at
        return max(needed_at, min(as_of + every(session, self._source), longest))

    def _not_needed_until(self, at: datetime) -> None:
        known = self._reading.next_read_at
        if not (self._cursor.not_needed and known and self._now < known <= at):
            self._save(replace(self._cursor, not_needed=True, left_out={}), Reading(self._reading.as_of, at))

    def _plan(self) -> None:
        """Decide of what time the report is to tell, and of which marketplaces."""
        cursor, now = self._cursor, self._now
        fresh = self._reading.as_of is not None and self._reading.as_of + every(self._session, self._source) > now
        if self._source is not Source.FBA_SHIPMENTS:
            span = ReportCursor(start=now - REACH_BACK, end=now)
        elif cursor.older and cursor.start and fresh:
            span = ReportCursor(start=max(now - REACH_BACK, cursor.start - SPAN), end=cursor.start)
        else:  # the newest first
            wanted = since(self._reading, now, OVERLAP)
            start = max(wanted, now - SPAN)
            span = ReportCursor(start=start, end=now, older=wanted < start)
        denied = cursor.denied if cursor.denied_at and now - cursor.denied_at < ASK_DENIED_AGAIN else ()
        self._cursor = replace(
            span,
            ordered_at=cursor.ordered_at,
            unsure_at=cursor.unsure_at,
            took=cursor.took,
            denied=denied,
            denied_at=cursor.denied_at if denied else None,
            left_out=cursor.left_out,
        )

    def _order(self) -> None:
        """One report for all marketplaces; if Amazon refuses that, one for each.

        A marketplace that is refused is asked for again with the next report, and done without for long when that is
        refused, too: Amazon may have been unwell, and well again for the next marketplace.
        """
        cursor = self._cursor
        if not cursor.reports and not cursor.to_order:
            wanted = tuple(each for each in self._marketplaces() if each not in cursor.denied)
            if self._create(wanted, alone=len(self._marketplaces()) == 1):
                return
            self._save(replace(self._cursor, to_order=wanted, split=True))
        while to_order := self._cursor.to_order:
            if not self._create(to_order[:1], alone=False):
                denied = (*self._cursor.denied, to_order[0])
                denied_at = self._now if {*denied} <= {*self._refused_before} else None
                self._save(replace(self._cursor, denied=denied, denied_at=denied_at, to_order=to_order[1:]))
        if not self._cursor.reports:  # perhaps it is Amazon that is not well
            refused = self._refused()
            self._save(replace(self._cursor, denied=(), denied_at=None))
            raise Busy(refused, retry_after=ASK_DOUBTED_AGAIN)

    def _create(self, marketplace_ids: tuple[str, ...], *, alone: bool) -> bool:
        """False: a marketplace among these is not allowed."""
        cursor = self._cursor
        assert cursor.start
        assert cursor.end
        try:
            report_id = self._session.marketplace.create_report(
                self._kind.report, start=cursor.start, end=cursor.end, marketplace_ids=marketplace_ids
            )
        except Broken as refusal:
            if refusal.status != 400 or alone:
                raise
            return False
        except Busy as busy:
            if busy.status != 429:
                self._save(replace(cursor, unsure_at=self._session.clock.now()))
            raise
        to_order = tuple(each for each in cursor.to_order if each not in marketplace_ids)
        made = replace(cursor, reports=(*cursor.reports, report_id), to_order=to_order, ordered_at=self._now)
        self._save(made)
        return True

    def _read_made(self, waits: tuple[int, ...]) -> None:
        while self._cursor.reports:
            document_id = self._made(self._cursor.reports[0], waits)
            if document_id is None:
                cursor = replace(self._cursor, looks=self._cursor.looks + 1)
                poll = min(FIRST_POLL * 2 ** min(self._cursor.looks, 9), LONGEST_POLL)
                self._save(cursor, replace(self._reading, next_read_at=self._session.clock.now() + poll))
                return
            self._take(document_id)

    def _made(self, report_id: str, waits: tuple[int, ...]) -> str | None:
        """The id of its document; empty: it has no data; None: it is not made yet."""
        for seconds in waits:
            if self._session.stopping.is_set():
                return None
            self._session.clock.sleep(seconds)
            try:
                status = self._session.marketplace.report_status(report_id)
            except Broken:
                self._drop()
                raise
            if status.done and not status.document_id and self._perhaps_too_early():
                self._drop()
                raise Broken(f"{self._kind.report}: cancelled, perhaps because one was ordered just before")
            if status.done:
                return status.document_id or ""
        return None

    def _perhaps_too_early(self) -> bool:
        """Amazon cancels what it makes anew only later, and also what has no data."""
        cursor = self._cursor
        if cursor.unsure_at is None or cursor.ordered_at is None:
            return False
        return timedelta() <= cursor.ordered_at - cursor.unsure_at < self._kind.again

    def _take(self, document_id: str) -> None:
        """Record the first of the reports."""
        try:
            found, problems = self._rows(document_id) if document_id else ({}, [])
        except (LaneLost, LedgerError):
            raise
        except Exception as failure:
            self._save(replace(self._cursor, tries=self._cursor.tries + 1))
            if isinstance(failure, Broken) or self._cursor.tries >= TRIES:
                self._drop()
            raise
        took = min(max(self._session.clock.now() - (self._cursor.ordered_at or self._now), timedelta()), LONGEST_MAKING)
        if self._is_late:
            took = self._cursor.took / 2  # how long it took is not known; where only passes look, wait for it in one
        cursor = replace(self._cursor, reports=self._cursor.reports[1:], tries=0, looks=0, took=took)
        before = cursor.left_out if cursor.split or self._of_old_time else {}
        cursor = replace(cursor, left_out=left_out(before, problems, self._now))
        with self._session.begin() as connection:
            self._record(connection, found, complete=bool(document_id) and not (problems or cursor.split))
            reading = self._reading if cursor.reports else self._finished(cursor)
            self._cursor, self._reading = cursor, replace(reading, cursor=cursor)
            sources.record(connection, self._session.name, self._source, self._reading)

    def _rows(self, document_id: str) -> tuple[dict[str, _Told], list[str]]:
        found: dict[str, _Told] = {}
        problems: list[str] = []
        for row in self._session.marketplace.report_rows(self._kind.report, document_id):
            if row.order_id:
                found[row.order_id] = _with(found.get(row.order_id, _Told()), row)
            if row.problem and len(problems) < SHOWN:
                problems.append(row.problem)
        return found, problems

    def _record(self, connection: Connection, found: Mapping[str, _Told], *, complete: bool) -> None:
        if self._source is Source.FBA_SHIPMENTS:
            arrivals = {order_id: told.arrival for order_id, told in found.items() if told.arrival}
            left = {order_id: (told.first, told.last) for order_id, told in found.items() if told.first and told.last}
            orders.record_arrivals(connection, self._session.name, arrivals, self._now)
            orders.record_dispatches(connection, self._session.name, left, self._now)
            return
        start = self._cursor.start if complete else None
        orders.record_returns(connection, self._session.name, self._source, found, self._now, complete_since=start)

    @property
    def _of_old_time(self) -> bool:
        """Whether the report is only to tell of what lies before the last one."""
        return self._reading.as_of is not None and (self._cursor.end or self._now) < self._reading.as_of

    def _finished(self, cursor: ReportCursor) -> Reading:
        """All marketplaces that Amazon gives are read, of all the time that the report is to tell of."""
        end = cursor.end or self._now
        before = self._reading.as_of
        as_of = end if before is None else max(end, before)
        next_read_at = as_of + every(self._session, self._source)
        if cursor.in_doubt or cursor.older:
            again = max(self._kind.again, ASK_DOUBTED_AGAIN if cursor.in_doubt else timedelta())
            next_read_at = min(next_read_at, (cursor.ordered_at or self._now) + again)
        return Reading(as_of, next_read_at, error=self._refused() if cursor.denied else None)

    def _marketplaces(self) -> tuple[str, ...]:
        return tuple(MARKETPLACES[code].marketplace_id for code in self._session.seller.marketplaces)

    def _refused(self) -> str:
        codes = ", ".join(MARKETPLACES_BY_ID[each].code for each in self._cursor.denied)
        return f"{self._kind.report}: Amazon refuses it for {codes}"

    def _drop(self, why: str | None = None) -> None:
        """Do without the reports that are under way: others are ordered when Amazon makes them anew."""
        none = replace(self._cursor, reports=(), to_order=(), looks=0, tries=0)
        self._save(none, replace(self._reading, error=why))

    def _save(self, cursor: ReportCursor, reading: Reading | None = None) -> None:
        self._cursor, self._reading = cursor, replace(reading or self._reading, cursor=cursor)
        keep(self._session, self._source, self._reading)
