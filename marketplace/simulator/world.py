"""The truth about orders, and what the simulated Amazon has accepted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from marketplace.simulator.invoice_book import InvoiceBook
from marketplace.simulator.journal import Journal
from marketplace.simulator.sim_order import ORDER_JSON, PackageEvent, SimOrder, SimRefund, latest
from marketplace.simulator.sim_sale import SimAccount
from marketplace.simulator.timeline import Entry, Timeline

__all__ = ["Accepted", "PackageEvent", "SimOrder", "SimRefund", "World"]

LAG = timedelta(minutes=2)  # searches see nothing of the last two minutes (Orders API 2026-01-01, lastUpdatedBefore)
WINDOW = (timedelta(days=5), timedelta(days=30))  # after delivery, both included
RELEASED_COPY = "-released"  # of a refund that was deferred

ALREADY_REQUESTED = "You have already requested a review for this order."
NOT_AVAILABLE = "The requested solicitation is not available for this amazonOrderId."
OUTSIDE_WINDOW = (
    "You can\u2019t use this feature to request a review outside the 5-30 day range after the order delivery date."
)


_ANY_ACCOUNT = SimAccount()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Solicitations accepted for one order: how many, and when the first."""

    count: int
    at: datetime


class World:
    """`accept_repeats`: a second solicitation is accepted too, and counted, where Amazon is said to refuse it."""

    def __init__(self, *, accept_repeats: bool = False, journal: Journal | None = None) -> None:
        self.orders: dict[str, SimOrder] = {}
        self.accepted: dict[str, Accepted] = {}
        self.refused: Counter[str] = Counter()
        self.accounts: dict[str, SimAccount] = {}
        self.invoices = InvoiceBook(journal)
        self._accept_repeats = accept_repeats
        self._journal = journal
        self._changes: dict[str, list[datetime]] = {}
        self._streams: defaultdict[str, Timeline] = defaultdict(Timeline)
        for order_id, at in journal.read() if journal else ():
            self._count(order_id, at)

    def put(self, orders: Iterable[SimOrder], now: datetime) -> int:
        """Adds orders, or replaces them; a replaced order counts as updated as late as a search can see it at once."""
        entries: defaultdict[tuple[str, str | None], list[Entry]] = defaultdict(list)
        count = 0
        for order in orders:
            count += 1
            if order.prices and (len(order.prices) != len(order.items) or order.value is None):
                raise ValueError(f"{order.order_id}: prices must be one for each item, and need a value's currency")
            changes = order.changes()
            if order.order_id in self.orders:
                changes = sorted({*changes, now - LAG})
                self._remove(order.order_id)
            self.orders[order.order_id] = order
            self._changes[order.order_id] = changes
            for stream, entry in _entries(order, changes):
                entries[stream, order.account].append(entry)
        for (stream, account), added in entries.items():
            self._streams[stream].add(account, added)
        return count

    def patch(self, order_id: str, fields: Mapping[str, object], now: datetime) -> SimOrder:
        """Merges `fields`, in the JSON form of SimOrder, into the order. Raises KeyError, ValueError."""
        known = ORDER_JSON.dump_python(self.orders[order_id], mode="json")
        order = ORDER_JSON.validate_python({**known, **fields, "order_id": order_id})
        self.put([order], now)
        return order

    def order(self, order_id: str, account: str) -> SimOrder | None:
        order = self.orders.get(order_id)
        return order if order is not None and order.account in (None, account) else None

    def account(self, name: str) -> SimAccount:
        return self.accounts.get(name, _ANY_ACCOUNT)

    def updated_at(self, order_id: str, now: datetime) -> datetime | None:
        """Amazon's lastUpdatedTime; None: it has not been bought yet."""
        return latest(self._changes[order_id], now)

    def stream(self, name: str) -> Timeline:
        """`created`, `updated`, `finances`, or a report: `fba_shipments`, `fba_returns`, `merchant_returns`."""
        return self._streams[name]

    def refusal(self, order: SimOrder, now: datetime) -> str | None:
        """Amazon's words for why no review can be requested at present; None: it can."""
        if order.order_id in self.accepted:
            return ALREADY_REQUESTED
        delivered = order.delivered_at
        if order.channel != "AMAZON" or order.status(now) != "SHIPPED" or delivered is None or delivered > now:
            return NOT_AVAILABLE
        first, last = WINDOW
        return None if first <= now - delivered <= last else OUTSIDE_WINDOW

    def solicit(self, order: SimOrder, now: datetime) -> str | None:
        """Accepts the request, on disk before in memory, or gives Amazon's words of refusal."""
        refusal = self.refusal(order, now)
        if refusal is not None:
            self.refused[refusal] += 1
            if not (self._accept_repeats and refusal == ALREADY_REQUESTED):
                return refusal
        if self._journal:
            self._journal.append(order.order_id, now)
        self._count(order.order_id, now)
        return None

    def _count(self, order_id: str, at: datetime) -> None:
        known = self.accepted.get(order_id)
        self.accepted[order_id] = replace(known, count=known.count + 1) if known else Accepted(1, at)

    def _remove(self, order_id: str) -> None:
        order = self.orders[order_id]
        for stream, entry in _entries(order, self._changes[order_id]):
            self._streams[stream].remove(order.account, [entry])


def _entries(order: SimOrder, changes: list[datetime]) -> Iterator[tuple[str, Entry]]:
    yield "created", (order.purchased_at, order.order_id, "")
    for at in changes:
        yield "updated", (at, order.order_id, "")
    for at, what in money(order):
        yield "finances", (at, order.order_id, what)
    if order.fulfilled_by == "AMAZON":
        if order.shipped_at and order.fba_report:
            yield "fba_shipments", (order.shipped_at, order.order_id, "")
        if order.returned_at:
            yield "fba_returns", (order.returned_at, order.order_id, "")
    elif requested := order.return_requested_at or order.returned_at:
        yield "merchant_returns", (requested, order.order_id, "")


def money(order: SimOrder) -> Iterator[tuple[datetime, str]]:
    """Its financial transactions: when each is posted, and which it is. Only Amazon's own sales have any."""
    if order.channel != "AMAZON":
        return
    released = order.released_at()
    if order.shipped_at:
        yield order.shipped_at, "shipment"
        if released:
            yield released, "release"
    for index, refund in enumerate(order.refunds):
        yield refund.at, f"refund-{index}"
        if released and refund.at < released:
            yield released, f"refund-{index}{RELEASED_COPY}"
