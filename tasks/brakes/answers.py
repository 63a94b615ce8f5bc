"""Watch Amazon's answers within a turn: far fewer offers than usual, and refusals in unknown words, stop it at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from ledger import brakes
from ledger.brakes import Tallying, day_of
from ledger.database import Connection
from ledger.transitions import Transition
from rules.brakes import Brake, Counts, Verdict, few_offers, many_refusals, refused_in_a_row
from rules.reason import Reason
from settings.marketplaces import marketplace_of
from tasks.brakes import look
from tasks.session import SellerSession

NOTHING_SAID = (Reason.BUSY, Reason.UNCLEAR, Reason.NOT_AUTHORISED, Reason.BROKEN, Reason.UNKNOWN_REFUSAL)
"""What says nothing of how Amazon answers others: an order that was refused in unknown words is refused each day."""


class Answers:
    """The answers of one turn, counted in memory and added to the ledger with each batch."""

    def __init__(self, session: SellerSession, *, watched: bool) -> None:
        """`watched`: False: of another action, which no brake stops."""
        self._session = session
        self._watched = watched
        self._tally = Tallying()
        self._days: dict[str, list[Counts]] = {}
        self._known: set[tuple[str, Brake]] = set()
        self._refused_before: set[tuple[str, str]] = set()
        self._refusals: dict[str, int] = {}  # in a row, by marketplace, where that has changed
        self.found: tuple[str, Verdict] | None = None  # what is to be braked

    def look(self) -> None:
        """Before the first call of the turn: stop what is not usual already."""
        if self._watched:
            look.look(self._session)

    def begin(self, connection: Connection, items: Sequence[Any], now: datetime) -> None:
        """Add what was counted; learn what is usual, and which of these orders Amazon has refused before."""
        self.add(connection, now)
        if items and self._watched:
            name = self._session.name
            self._days = brakes.days(connection, name, day_of(now))
            self._known = look.left_alone(connection, name, now)
            self._refused_before = brakes.refused_before(connection, name, [item.order_id for item in items])

    def add(self, connection: Connection, now: datetime) -> None:
        """Add what was counted to the ledger."""
        self._tally.add(connection, self._session.name)
        refusals, self._refusals = self._refusals, {}
        for marketplace, in_a_row in refusals.items():
            brakes.put_refusals(connection, self._session.name, marketplace, day_of(now), in_a_row)

    def end(self) -> None:
        """The turn is over."""
        if self._tally or self._refusals:
            with self._session.begin() as connection:
                self.add(connection, self._session.clock.now())

    def answered(self, item: Any, became: Transition, now: datetime, *, asked: bool) -> None:
        """One answer. Sets `found` if it is one too many."""
        market = marketplace_of(item.facts.order.marketplace_id)
        if market is None or not self._watched:
            return
        place, reason = market.code, became.reason
        if (item.order_id, Reason.NOT_OFFERED) not in self._refused_before and (asked or reason is Reason.NOT_OFFERED):
            what = "offered" if asked else "not_offered"
            self._tally.count(market.marketplace_id, now, what)
            self._count(place, now, what)
        before = self._refusals.get(place, refused_in_a_row(self._days.get(place, [])))
        verdict = None
        if reason is Reason.NOT_OFFERED:
            verdict = few_offers(self._days.get(place, []), self._session.seller.brakes, day_of(now))
        elif reason is Reason.UNKNOWN_REFUSAL and (item.order_id, reason) not in self._refused_before:
            self._refusals[place] = before + 1
            verdict = many_refusals(before + 1, self._session.seller.brakes)
        elif asked and before and reason not in NOTHING_SAID:
            self._refusals[place] = 0
        if (
            verdict
            and (place, verdict.brake) not in self._known
            and verdict.brake not in self._session.seller.brakes.off
        ):
            self.found = (place, verdict)

    def brake(self, connection: Connection, now: datetime) -> bool:
        """Stop the marketplace of the answer that was one too many. True: there was one."""
        found, self.found = self.found, None
        if found:
            self.add(connection, now)
            look.put(connection, self._session.name, *found, now)
        return found is not None

    def _count(self, place: str, now: datetime, what: str) -> None:
        days = self._days.setdefault(place, [])
        if not days or days[-1].day != day_of(now):
            days.append(Counts(day_of(now)))
        days[-1] = replace(days[-1], **{what: getattr(days[-1], what) + 1})
