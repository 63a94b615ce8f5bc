"""One order in front of the rules; what several rules need is worked out once, and only when one needs it."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from rules.delivery import Delivered, NotDelivered, delivery
from rules.order import Facts, Item
from rules.window import Window, next_slot, review_window
from settings.marketplaces import MARKETPLACES_BY_ID
from settings.schema import Seller

T = TypeVar("T")
_zone = cache(ZoneInfo)  # ZoneInfo's own cache keeps eight zones only, and a new one reads a file


class once(Generic[T]):  # noqa: N801 - read as a decorator
    """`functools.cached_property` without its lock, which Python 3.11 takes each time: a third of a decision."""

    def __init__(self, work: "Callable[[Case], T]") -> None:
        self._work = work

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, case: "Case", owner: type) -> T:
        found = case.__dict__[self._name] = self._work(case)
        return found


class Case:
    """The facts, the seller's wishes and the time. `window` and `next_chance` exist for delivered orders only."""

    def __init__(self, facts: Facts, seller: Seller, now: datetime) -> None:
        self.facts = facts
        self.order = facts.order
        self.seller = seller
        self.wish = seller.review_requests
        self.now = now
        self.marketplace = MARKETPLACES_BY_ID.get(facts.order.marketplace_id or "")
        self.country = self.marketplace.code if self.marketplace else None

    @property
    def items(self) -> list[Item]:
        """The lines that count: those cancelled before shipping do not."""
        return [item for item in self.order.items if not item.cancelled]

    @property
    def zone(self) -> ZoneInfo:
        # An order of an unknown marketplace is never asked; UTC only serves to explain it.
        return _zone(self.wish.timezone or (self.marketplace.timezone if self.marketplace else "UTC"))

    @once
    def delivery(self) -> Delivered | NotDelivered:
        return delivery(self.facts, self.now)

    @once
    def window(self) -> Window:
        if isinstance(self.delivery, NotDelivered):
            raise LookupError("an order that is not delivered has no window")
        return review_window(self.delivery.at, self.wish.day_range, self.zone, self.order.deliver_by)

    @once
    def next_chance(self) -> datetime:
        """The first moment from now on, the window being open or closed again, that lies in a slot."""
        return next_slot(max(self.now, self.window.opens), self.wish.time_slots, self.wish.weekdays, self.zone)
