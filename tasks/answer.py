"""The seller's question about one order, answered in three sentences: when is it asked, what does that rest on, and
until when can it be?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.requests import Request
from ledger.state import State
from rules import reviews
from rules.decision import Skip
from rules.delivery import ESTIMATE_MARGIN, RELEASE_DELAY, Basis, Delivered, delivery
from rules.moments import within
from rules.readable import said
from rules.reason import Reason
from rules.reviews import ReviewCase, by_import
from rules.window import AMAZON_DAYS
from settings.schema import Seller
from tasks.where import link

AHEAD = timedelta(days=200)
"""How far a time is looked for: beyond every window of an order that Amazon still shows."""
BY_SETTINGS = (
    *(Reason.DISABLED, Reason.MARKETPLACE_NOT_ENABLED, Reason.SKU_EXCLUDED, Reason.ASIN_EXCLUDED),
    *(Reason.FULFILMENT_EXCLUDED, Reason.BUSINESS_ORDER_EXCLUDED, Reason.ORDER_VALUE_EXCLUDED),
    *(Reason.PROMOTION_EXCLUDED, Reason.DELIVERED_LATE, Reason.SHIPPED_ABROAD, Reason.RULE_SAYS_NO),
)
"""Reasons that other settings would end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Three sentences, and what they say as values. Times are aware; the sentences are in the seller's zone.

    `when`: when it is asked, or why not and what would change that. `rests_on`: by what it is delivered, or will be.
    `window`: until when it may be asked; None: that is not known.
    """

    when: str
    rests_on: str
    window: str | None
    due_at: datetime | None  # None: it is not foreseen to be asked
    delivered_from: datetime | None  # from when it counts as delivered
    opens_at: datetime | None
    shuts_at: datetime | None
    is_final: bool  # nothing changes any more
    link: str | None  # the order's page in Seller Central


def answer(request: Request, seller: Seller, now: datetime, due_at: datetime | None, why_not: Reason) -> Answer:
    """`due_at`: when the plan has it (None: not at all); `why_not`: the reason why that is not now."""
    told = _Told(request, seller, now, due_at, why_not)
    return Answer(
        when=told.when(),
        rests_on=told.rests_on(),
        window=told.window(),
        due_at=due_at,
        delivered_from=told.delivered_from,
        opens_at=told.opens_at,
        shuts_at=told.shuts_at,
        is_final=told.is_final,
        link=link(request.facts, request.order_id),
    )


class _Told:
    """What the sentences say."""

    def __init__(
        self, request: Request, seller: Seller, now: datetime, due_at: datetime | None, why_not: Reason
    ) -> None:
        self.request = request
        self.seller = seller
        self.now = now
        self.due_at = due_at
        self.why_not = why_not
        found = delivery(request.facts, now)
        look_at = None if isinstance(found, Delivered) else found.look_at
        self.wish = ReviewCase(request.facts, seller, now).wish
        self._foreseen = delivery(request.facts, look_at) if look_at else found
        self.is_delivered = isinstance(found, Delivered)
        self.delivered_from = self._foreseen.at if isinstance(self._foreseen, Delivered) else None
        window = ReviewCase(request.facts, seller, look_at or now).window if self.delivered_from else None
        self.opens_at = window.opens if window else None
        self.shuts_at = window.closes if window else None

    @property
    def is_final(self) -> bool:
        state, request = self.request.state, self.request
        if state in (State.SENT, State.REFUSED):
            return request.next_look_at is None
        return state is State.SKIPPED and self._is_shut and not self._saved_by_wider_range

    @property
    def _is_shut(self) -> bool:
        return self.shuts_at is not None and self.shuts_at <= self.now

    def _local(self, at: datetime) -> datetime:
        return within(at).astimezone(self.seller.zone)

    # when

    def when(self) -> str:
        request = self.request
        match request.state:
            case State.SENT:
                return self._sent()
            case State.REFUSED:
                return said("Not asked: {reason}. This is final.", reason=request.reason)
            case State.HELD:
                since = self._local(request.changed_at)
                return said(
                    "It waits for you since {since}: {reason}. To do: {settle}.",
                    since=since,
                    reason=request.reason,
                    settle=self._settle(),
                )
            case State.SENDING | State.UNCLEAR:
                return said("Perhaps asked already: {reason}.", reason=Reason.UNCLEAR)
            case State.SKIPPED:
                return said("Not asked: {why}", why=self._why_skipped())
        if self.due_at is None:
            awaited = self._what_is_awaited()
            return said("No time is known yet: {reason}. {awaited}", reason=self.why_not, awaited=awaited)
        if self.due_at <= self.now:
            return self._now()
        at, why = self._local(self.due_at), self._why_later()
        return said("Asked from {at}, if Amazon offers it. Not now: {why}.", at=at, why=why)

    def _sent(self) -> str:
        request = self.request
        at = self._local(request.asked_at or request.changed_at)
        match request.reason:
            case Reason.REQUESTED:
                return said("Asked on {at}: Amazon accepted the request. This is final.", at=at)
            case Reason.RESOLVED:
                return said("Counted as asked on {at}: a person said so. This is final.", at=at)
        look = request.next_look_at
        twice = said("askonce looked twice: this is final")
        again = said("askonce looks once more from {at}", at=self._local(look)) if look else twice
        return said(
            "Counted as asked on {at}: the answer was lost, and Amazon no longer offers the request. {again}.",
            at=at,
            again=again,
        )

    def _settle(self) -> str:
        order_id = self.request.order_id
        return said(
            "look at the order in Seller Central, then type askonce resolve {order_id} sent, or not-sent",
            order_id=order_id,
        )

    def _now(self) -> str:
        if self.why_not is Reason.DUE:
            return said("It is asked now, at Amazon's pace, if Amazon offers it.")
        return said("It would be asked now, but {why}.", why=self._with_remedy(self.why_not))

    def _why_later(self) -> str:
        wish = self.wish
        match self.why_not:
            case Reason.NOT_DELIVERED | Reason.NOT_SHIPPED:
                return said("{reason}", reason=self.why_not)
            case Reason.TOO_EARLY:
                return said("you ask from {n} days after the delivery on", n=wish.day_range[0])
            case Reason.OUTSIDE_TIME_SLOT:
                slots = tuple(map(str, wish.time_slots)) if wish.time_slots else said("any time")
                days = said(" on {days}", days=tuple(map(said, wish.weekdays))) if wish.weekdays else ""
                return said("you ask at {slots}{days}", slots=slots, days=days)
            case Reason.NOT_OFFERED:
                return said("Amazon did not offer it on {at}", at=self._local(self.request.changed_at))
        return self._with_remedy(self.why_not)

    @staticmethod
    def _with_remedy(reason: Reason) -> str:
        if not reason.remedy:
            return said("{reason}", reason=reason)
        return said("{reason}. To do: {remedy}", reason=reason, remedy=said(reason.remedy))

    def _what_is_awaited(self) -> str:
        given_up_at = ReviewCase(self.request.facts, self.seller, self.now).given_up_at
        until = self._local(given_up_at)
        if self.why_not in (Reason.NOT_DELIVERED, Reason.NOT_SHIPPED):
            return said("As soon as Amazon says more, a time is known; askonce gives up on {until}.", until=until)
        return said("It is decided anew when that changes; askonce gives up on {until}.", until=until)

    def _why_skipped(self) -> str:
        reason, order_id = self.why_not, self.request.order_id
        left_out = self.request.facts.left_out
        if reason is Reason.LEFT_OUT and left_out:
            at = self._local(left_out.at)
            return said(
                "{by} left it out on {at}: {why}. To take that back: askonce skip --undo {order_id}",
                by=left_out.by,
                at=at,
                why=left_out.why,
                order_id=order_id,
            )
        if reason is Reason.ALREADY_REQUESTED and self.request.facts.imported:
            by = "; ".join(map(by_import, self.request.facts.imported))
            return said(
                "it counts as already requested, {by}. To take that back: askonce import asked FILE --undo", by=by
            )
        if self._saved_by_wider_range:
            first, last = AMAZON_DAYS
            return said(
                "{reason}. With day_range = [{first}, {last}] it still would be.", reason=reason, first=first, last=last
            )
        if self._is_shut:
            return said("{reason}. Its window is shut: this is final.", reason=reason)
        if reason in BY_SETTINGS:
            return said("{reason}. Other settings decide it anew.", reason=reason)
        return said("{reason}. It is looked at again if a fact or your settings change.", reason=reason)

    @property
    def _saved_by_wider_range(self) -> bool:
        if self.why_not is not Reason.TOO_LATE:
            return False
        return not isinstance(reviews.decide(self.request.facts, reviews.widest(self.seller), self.now), Skip)

    # what it rests on, and until when

    def rests_on(self) -> str:
        if not isinstance(self._foreseen, Delivered):
            status = self.request.facts.order.status or "nothing"
            return said(
                "It is not known to be delivered: Amazon says {status} of the order{packages}.",
                status=status,
                packages=self._packages(),
            )
        at, by = self._local(self._foreseen.at), self._by(self._foreseen.basis)
        if self.is_delivered:
            return said("Counted as delivered from {at}: {by}.", at=at, by=by)
        return said("Not known to be delivered yet; counted as delivered from {at}: {by}.", at=at, by=by)

    def _packages(self) -> str:
        words = [package.detailed_status or package.status for package in self.request.facts.order.packages]
        return said(", and {words} of its packages", words=tuple(words)) if words else ""

    def _by(self, basis: Basis) -> str:
        facts, order = self.request.facts, self.request.facts.order
        margin = ESTIMATE_MARGIN.days
        match basis:
            case Basis.PACKAGE_STATUS:
                return said("its packages say so")
            case Basis.FINANCE_DD7:
                return said("Amazon releases the money {n} days after the delivery", n=RELEASE_DELAY.days)
            case Basis.FBA_REPORT_ESTIMATE:
                return said(
                    "Amazon's estimate of the arrival{at} and {n} days; a better source will take its place",
                    at=self._in_brackets(facts.fba_arrival),
                    n=margin,
                )
            case Basis.DELIVER_BY_LATEST:
                return said(
                    "the latest promised date{at}, and {n} days where no parcel is tracked",
                    at=self._in_brackets(order.deliver_by),
                    n=margin,
                )

    def _in_brackets(self, at: datetime | None) -> str:
        return said(" ({at})", at=self._local(at)) if at else ""

    def window(self) -> str | None:
        if self.opens_at is None or self.shuts_at is None or self.is_final:
            return None
        if self._is_shut:
            return said("Its window shut on {at}.", at=self._local(self.shuts_at))
        shuts_on = self._local(self.shuts_at)
        if self.due_at is None:
            return said("Its window shuts on {at}.", at=shuts_on)
        return said(
            "It may be asked from {opens_at}; its window shuts on {at}.",
            opens_at=self._local(self.opens_at),
            at=shuts_on,
        )
