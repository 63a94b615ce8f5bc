"""What the rules of an action look at, for one order; computed once, when a rule first needs it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from rules.moments import within
from rules.order import Facts, Item
from settings.marketplaces import marketplace_of, zone_of
from settings.schema import Seller

GIVE_UP = timedelta(days=90)  # after the purchase, what only a new fact can change is no longer waited for

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - read as a decorator
    """`functools.cached_property` without the lock of Python 3.11, which takes a third of a decision's time."""

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, case: "Case", owner: type) -> T:
        found = case.__dict__[self._name] = self._work(case)
        return found


class Unknown(LookupError):
    """A rule asked for what the facts do not tell yet; the text says what that is."""


class Case(ABC):
    """The facts, the seller and the time: what every action's rules ask for. An action adds what only its own ask."""

    def __init__(self, facts: Facts, seller: Seller, now: datetime) -> None:
        self.facts = facts
        self.order = facts.order
        self.seller = seller
        self.now = now
        marketplace = marketplace_of(facts.order.marketplace_id)
        self.country = marketplace.code if marketplace else None

    @property
    @abstractmethod
    def deadline(self) -> datetime:
        """By when it must be done. Asked for only when no rule holds."""

    @property
    def items(self) -> list[Item]:
        """The order's lines, without those cancelled before shipping."""
        return [item for item in self.order.items if not item.cancelled]

    @property
    def zone(self) -> ZoneInfo:
        """In whose local time days are counted, and moments shown."""
        return zone_of(self.order.marketplace_id)

    @property
    def given_up_at(self) -> datetime:
        return within(self.order.purchased_at) + GIVE_UP

    def local(self, moment: datetime) -> datetime:
        """In the zone in which it is shown."""
        return within(moment).astimezone(self.zone)
