"""The gate: what keeps all of one action's work from being sent for a seller, whatever the state of its orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ledger import armings, controls, identities, requests, sources
from ledger.database import Connection
from ledger.sources import Reading
from rules import freshness
from rules.order import Facts, Source
from rules.reason import Reason
from settings.schema import Seller
from tasks.stop_file import NO_STOP_FILE, StopFile


@dataclass(frozen=True, slots=True)
class Terms:
    """What an action needs to go out."""

    action: str
    needs: tuple[Source, ...]  # sources without which nothing of the seller goes out
    denied: Reason = Reason.NOT_AUTHORISED  # the stop that follows when Amazon denies the action
    daily_limit: Callable[[Seller], int | None] = lambda _seller: None
    set_limits: Callable[[Seller], Mapping[str, int]] = lambda _seller: {}  # by rule set
    set_of: Callable[[Facts, Seller], str | None] = lambda _facts, _seller: None


@dataclass(slots=True)
class Gate:
    """What was read of one seller's gate. `armed_at`: None: it is not armed. `asked`: how many went out today; None: no
    limit asks. `left` is what the limits of the day still allow (None: none), `left_of` what those of rule sets do.
    """

    terms: Terms
    seller: Seller
    readings: Mapping[Source, Reading]
    armed_at: datetime | None
    asked: int | None
    left: int | None
    same_account: bool = False  # the seller's account is also another's
    stop_file: StopFile = NO_STOP_FILE
    left_of: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(
        cls, connection: Connection, terms: Terms, seller: Seller, now: datetime, stop_file: StopFile = NO_STOP_FILE
    ) -> "Gate":
        readings = sources.readings(connection, seller.name)
        arming = armings.of(connection, seller.name)
        armed_at = arming.at if arming and not arming.lost else None
        most, asked = most_on(terms, seller, armed_at or now, day_of(seller, now)), None
        if most is not None:
            asked = requests.asked_since(connection, seller.name, terms.action, day_start(seller, now))
        left = None if most is None or asked is None else most - asked
        is_shared = bool(identities.sharing(connection, seller.name))
        left_of = _left_of(connection, terms, seller, now)
        return cls(terms, seller, readings, armed_at, asked, left, is_shared, stop_file, left_of)

    def has_room(self, facts: Facts) -> bool:
        """Whether the limit of the order's rule set, if it has one, is not used up."""
        return not self.left_of or self.left_of.get(self.terms.set_of(facts, self.seller) or "", 1) > 0

    def spend(self, facts: Facts) -> None:
        """One more has gone out, or may have."""
        if self.left is not None:
            self.left -= 1
        if self.left_of and (name := self.terms.set_of(facts, self.seller)) in self.left_of:
            self.left_of[name] -= 1

    def closed(self, connection: Connection, now: datetime, marketplace: str = "") -> Reason | None:
        """Why nothing of this seller may go out now, or in one marketplace, by its code; None when the gate is open.

        Stops are read anew each time.
        """
        terms = self.terms
        stop = controls.stopped(connection, self.seller.name, now, terms.denied, terms.action, marketplace)
        return self.shut(stop, now)

    def shut(self, stop: Reason | None, now: datetime) -> Reason | None:
        """Like `closed`, with the active stop already read; the stop file is looked at anew each time."""
        if not self.seller.live:
            return Reason.NOT_LIVE
        if self.stop_file.is_there():
            return Reason.STOP_FILE
        if self.armed_at is None:
            return Reason.NOT_ARMED
        if self.same_account:
            return Reason.SAME_ACCOUNT
        if stop:
            return stop
        if freshness.stale(self.seller, sources.freshness(self.readings), now, self.terms.needs):
            return Reason.STALE_FACTS
        if self.left is not None and self.left <= 0:
            return short_of(self.terms, self.seller, self.armed_at, day_of(self.seller, now))
        return None


def most_on(terms: Terms, seller: Seller, armed_at: datetime, day: date) -> int | None:
    """The most of an action that may go out on a day of the seller's: by the daily limit, and while the seller that was
    armed at that time is ramped up. None: there is no limit."""
    limits = (terms.daily_limit(seller), ramp(seller, armed_at, day))
    return min((limit for limit in limits if limit is not None), default=None)


def short_of(terms: Terms, seller: Seller, armed_at: datetime, day: date) -> Reason:
    """Which of the two limits of the day is used up first."""
    first, daily = ramp(seller, armed_at, day), terms.daily_limit(seller)
    return Reason.RAMP_UP if first is not None and (daily is None or first <= daily) else Reason.DAILY_LIMIT


def ramp(seller: Seller, armed_at: datetime, day: date) -> int | None:
    """The most of each action on that day of the seller's, while it is ramped up. None: that is over."""
    days = max((day - day_of(seller, armed_at)).days, 0)  # a clock that was set back
    return seller.ramp_up[days] if days < len(seller.ramp_up) else None


def _left_of(connection: Connection, terms: Terms, seller: Seller, now: datetime) -> dict[str, int]:
    """What the rule sets' limits still allow today. The ledger is asked only if there is such a limit."""
    left = dict(terms.set_limits(seller))
    if left:
        today = day_start(seller, now)
        for facts in requests.facts_asked_since(connection, seller.name, terms.action, today):
            if (name := terms.set_of(facts, seller)) in left:
                left[name] -= 1
    return left


def closed(
    connection: Connection,
    terms: Terms,
    seller: Seller,
    now: datetime,
    stop_file: StopFile = NO_STOP_FILE,
    marketplace: str = "",
) -> Reason | None:
    """Why nothing of an action may go out for this seller now, or in one marketplace, by its code; None: it may."""
    return Gate.read(connection, terms, seller, now, stop_file).closed(connection, now, marketplace)


def next_day(seller: Seller, now: datetime) -> datetime:
    """The midnight that ends the seller's day."""
    return day_start(seller, day_start(seller, now) + timedelta(hours=26))


def day_of(seller: Seller, at: datetime) -> date:
    """The seller's day of a moment."""
    return at.astimezone(seller.zone).date()


def day_start(seller: Seller, now: datetime) -> datetime:
    """Midnight of the seller's day."""
    here = now.astimezone(seller.zone)
    return here.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
