"""Finances: refunds and releases posted since the last reading, in spans of time, each kept when it is read.

Amazon has failed on late pages of long spans while shorter ones worked (selling-partner-api-models issue 4279), and its
page tokens died after five minutes (issue 4867): so a span that fails in its midst is halved.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from ledger import orders, sources
from ledger.database import Connection
from ledger.sources import FinancesCursor, Reading
from marketplace.errors import Broken, Busy
from marketplace.port import Transaction
from rules.order import Refund, Source
from settings.schema import Seller
from tasks.refresh.pages import Pages
from tasks.refresh.plan import REACH_BACK, every, keep, left_out, since
from tasks.session import SellerSession

OVERLAP = timedelta(minutes=10)
DEEP_OVERLAP = timedelta(days=3)  # transactions may be missing for 48 hours
DEEP_EVERY = timedelta(hours=24)
UNSEEN = timedelta(minutes=2)  # Amazon looks no closer
LONGEST = REACH_BACK  # Amazon: 180 days, beyond which the answer is empty
SHORTEST = timedelta(hours=1)


def read_finances(session: SellerSession, reading: Reading) -> None:
    _Finances(session, reading).read()


class _Finances:
    """One reading of the finances, as far as it gets now."""

    def __init__(self, session: SellerSession, reading: Reading) -> None:
        self._session = session
        self._reading = reading
        self._started = session.clock.now()
        self._end = self._started.replace(microsecond=0) - UNSEEN
        self._cursor = reading.cursor if isinstance(reading.cursor, FinancesCursor) else FinancesCursor()
        deep_at = self._cursor.deep_at
        self._deep = deep_at is None or self._started - deep_at >= DEEP_EVERY

    def read(self) -> None:
        overlap = DEEP_OVERLAP if self._deep else OVERLAP
        at = self._cursor.read_to or since(self._reading, self._started, overlap)
        if not self._cursor.with_parts:
            at, self._cursor = since(Reading(), self._started, overlap), replace(self._cursor, with_parts=True)
        while at < self._end and not self._session.stopping.is_set():
            until = min(self._end, at + (self._cursor.span or LONGEST))
            self._read_span(at, until)
            at = until

    def _read_span(self, start: datetime, end: datetime) -> None:
        """Record what was posted from `start` until before `end`. A half-read span is read anew: facts count once."""
        pages = Pages("listTransactions")
        before = None if end == self._end else end  # Amazon's own end, which a clock that runs ahead can't miss
        missing: list[str] = []
        token: str | None = None
        while pages.count == 0 or (token and not self._session.stopping.is_set()):
            try:
                page = self._session.marketplace.transactions(
                    posted_after=start, posted_before=before, page_token=token
                )
                pages.came(page.next_token, page.seen)
            except (Busy, Broken) as answer:
                if pages.count and answer.status != 429:
                    self._halve(end - start)
                raise
            missing += page.left_out
            token = page.next_token
            with self._session.begin() as connection:
                _record(connection, self._session, page.transactions)
                if token is None:
                    self._keep(connection, end, missing)

    def _keep(self, connection: Connection, end: datetime, missing: Sequence[str]) -> None:
        """All until `end` is read. The next span may be twice as long."""
        cursor, later = self._cursor, self._reading.next_read_at
        longer = None if cursor.span is None or cursor.span * 2 >= LONGEST else cursor.span * 2
        known = left_out(cursor.left_out, missing, self._started)
        cursor = replace(cursor, read_to=end, span=longer, left_out=known)
        if end == self._end:
            cursor = replace(cursor, read_to=None, deep_at=self._started if self._deep else cursor.deep_at)
            later = self._started + every(self._session, Source.FINANCES)
        as_of = max(filter(None, (self._reading.as_of, end)))
        self._cursor, self._reading = cursor, Reading(as_of, later, cursor)
        sources.record(connection, self._session.name, Source.FINANCES, self._reading)

    def _halve(self, span: timedelta) -> None:
        shorter = replace(self._cursor, span=max(span / 2, SHORTEST))
        keep(self._session, Source.FINANCES, replace(self._reading, cursor=shorter))


def _record(connection: Connection, session: SellerSession, transactions: Sequence[Transaction]) -> None:
    refunds: dict[str, dict[str, Refund]] = {}
    released: dict[str, datetime] = {}
    for each in transactions:
        if each.refund:
            refunds.setdefault(each.order_id, {})[each.transaction_id] = each.refund
        if at := each.funds_released_for:
            released[each.order_id] = max(released.get(each.order_id, at), at)
    now = session.clock.now()
    orders.record_refunds(connection, session.name, refunds, now, with_credit_notes=makes_credit_notes(session.seller))
    orders.record_releases(connection, session.name, released, now)


def makes_credit_notes(seller: Seller) -> bool:
    """Of the refunds that finances name; otherwise Amazon's list names them.

    The seller's bookkeeping makes its own: they are awaited where they are given to Amazon.
    """
    settings = seller.invoices
    ours = settings.source == "generate" or settings.upload_credit_notes
    return settings.enabled and ours and not settings.vat_calculation_service
