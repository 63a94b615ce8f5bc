"""The seller's question about one order, answered in three sentences: when is it asked, what does that rest on, and
until when can it be?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.requests import Request
from ledger.state import State
from rules import reviews
from rules.decision import Skip
from rules.delivery import ESTIMATE_MARGIN, RELEASE_DELAY, Basis, Delivered, delivery
from rules.order import Facts
from rules.readable import listed, moment
from rules.reason import Reason
from rules.reviews import ReviewCase, by_import
from rules.window import AMAZON_DAYS
from settings.marketplaces import marketplace_of
from settings.schema import Seller

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


def link(facts: Facts, order_id: str) -> str | None:
    """The order's page in Seller Central; None where the marketplace is not known."""
    marketplace = marketplace_of(facts.order.marketplace_id)
    return f"{marketplace.seller_central}/orders-v3/order/{order_id}" if marketplace else None


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

    def _local(self, at: datetime) -> str:
        return moment(at, self.seller.zone)

    # when

    def when(self) -> str:
        request = self.request
        match request.state:
            case State.SENT:
                return self._sent()
            case State.REFUSED:
                return f"Not asked: {request.reason.meaning}. This is final."
            case State.HELD:
                since = self._local(request.changed_at)
                return f"It waits for you since {since}: {request.reason.meaning}. To do: {self._settle()}."
            case State.SENDING | State.UNCLEAR:
                return f"Perhaps asked already: {Reason.UNCLEAR.meaning}."
            case State.SKIPPED:
                return f"Not asked: {self._why_skipped()}"
        if self.due_at is None:
            return f"No time is known yet: {self.why_not.meaning}. {self._what_is_awaited()}"
        if self.due_at <= self.now:
            return self._now()
        return f"Asked from {self._local(self.due_at)}, if Amazon offers it. Not now: {self._why_later()}."

    def _sent(self) -> str:
        request = self.request
        at = self._local(request.asked_at or request.changed_at)
        match request.reason:
            case Reason.REQUESTED:
                return f"Asked on {at}: Amazon accepted the request. This is final."
            case Reason.RESOLVED:
                return f"Counted as asked on {at}: a person said so. This is final."
        look = request.next_look_at
        again = f"askonce looks once more from {self._local(look)}" if look else "askonce looked twice: this is final"
        return f"Counted as asked on {at}: the answer was lost, and Amazon no longer offers the request. {again}."

    def _settle(self) -> str:
        order_id = self.request.order_id
        return f"look at the order in Seller Central, then type askonce resolve {order_id} sent, or not-sent"

    def _now(self) -> str:
        if self.why_not is Reason.DUE:
            return "It is asked now, at Amazon's pace, if Amazon offers it."
        return f"It would be asked now, but {self._with_remedy(self.why_not)}"

    def _why_later(self) -> str:
        wish = self.wish
        match self.why_not:
            case Reason.NOT_DELIVERED | Reason.NOT_SHIPPED:
                return self.why_not.meaning
            case Reason.TOO_EARLY:
                return f"you ask from {wish.day_range[0]} days after the delivery on"
            case Reason.OUTSIDE_TIME_SLOT:
                days = f" on {listed(wish.weekdays)}" if wish.weekdays else ""
                return f"you ask at {listed(map(str, wish.time_slots)) if wish.time_slots else 'any time'}{days}"
            case Reason.NOT_OFFERED:
                return f"Amazon did not offer it on {self._local(self.request.changed_at)}"
        return self._with_remedy(self.why_not).rstrip(".")

    @staticmethod
    def _with_remedy(reason: Reason) -> str:
        return f"{reason.meaning}. To do: {reason.remedy}." if reason.remedy else f"{reason.meaning}."

    def _what_is_awaited(self) -> str:
        given_up_at = ReviewCase(self.request.facts, self.seller, self.now).given_up_at
        until = f"askonce gives up on {self._local(given_up_at)}"
        if self.why_not in (Reason.NOT_DELIVERED, Reason.NOT_SHIPPED):
            return f"As soon as Amazon says more, a time is known; {until}."
        return f"It is decided anew when that changes; {until}."

    def _why_skipped(self) -> str:
        reason, order_id = self.why_not, self.request.order_id
        left_out = self.request.facts.left_out
        if reason is Reason.LEFT_OUT and left_out:
            said = f"{left_out.by} left it out on {self._local(left_out.at)}: {left_out.why}"
            return f"{said}. To take that back: askonce skip --undo {order_id}"
        if reason is Reason.ALREADY_REQUESTED and self.request.facts.imported:
            said = "; ".join(map(by_import, self.request.facts.imported))
            return f"it counts as already requested, {said}. To take that back: askonce import asked FILE --undo"
        if self._saved_by_wider_range:
            first, last = AMAZON_DAYS
            return f"{reason.meaning}. With day_range = [{first}, {last}] it still would be."
        if self._is_shut:
            return f"{reason.meaning}. Its window is shut: this is final."
        if reason in BY_SETTINGS:
            return f"{reason.meaning}. Other settings decide it anew."
        return f"{reason.meaning}. It is looked at again if a fact or your settings change."

    @property
    def _saved_by_wider_range(self) -> bool:
        if self.why_not is not Reason.TOO_LATE:
            return False
        return not isinstance(reviews.decide(self.request.facts, reviews.widest(self.seller), self.now), Skip)

    # what it rests on, and until when

    def rests_on(self) -> str:
        if not isinstance(self._foreseen, Delivered):
            status = self.request.facts.order.status or "nothing"
            return f"It is not known to be delivered: Amazon says {status} of the order{self._packages()}."
        at = self._local(self._foreseen.at)
        counts = "Counted as delivered" if self.is_delivered else "Not known to be delivered yet; counted as delivered"
        return f"{counts} from {at}: {self._by(self._foreseen.basis)}."

    def _packages(self) -> str:
        words = [package.detailed_status or package.status for package in self.request.facts.order.packages]
        return f", and {listed(words)} of its packages" if words else ""

    def _by(self, basis: Basis) -> str:
        facts, order = self.request.facts, self.request.facts.order
        margin = f"{ESTIMATE_MARGIN.days} days"
        match basis:
            case Basis.PACKAGE_STATUS:
                return "its packages say so"
            case Basis.FINANCE_DD7:
                return f"Amazon releases the money {RELEASE_DELAY.days} days after the delivery"
            case Basis.FBA_REPORT_ESTIMATE:
                at = f" ({self._local(facts.fba_arrival)})" if facts.fba_arrival else ""
                return f"Amazon's estimate of the arrival{at} and {margin}; a better source will take its place"
            case Basis.DELIVER_BY_LATEST:
                at = f" ({self._local(order.deliver_by)})" if order.deliver_by else ""
                return f"the latest promised date{at}, and {margin} where no parcel is tracked"

    def window(self) -> str | None:
        if self.opens_at is None or self.shuts_at is None or self.is_final:
            return None
        if self._is_shut:
            return f"Its window shut on {self._local(self.shuts_at)}."
        shuts_on = self._local(self.shuts_at)
        if self.due_at is None:
            return f"Its window shuts on {shuts_on}."
        return f"It may be asked from {self._local(self.opens_at)}; its window shuts on {shuts_on}."
