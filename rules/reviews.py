"""Whether an order is asked for a review.

What a rule cannot know (a line without SKU, an order without value) counts as excluded if the settings ask for it.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from zoneinfo import ZoneInfo

from rules.case import Case, Unknown, once
from rules.common import CANCELLED, NOT_AMAZON_ORDER, NOT_FETCHED_YET, NOT_SHIPPED, marketplace_not_enabled
from rules.delivery import Basis, Delivered, NotDelivered, delivery, promised
from rules.order import Facts, Imported
from rules.patterns import fits
from rules.readable import Said, said
from rules.reason import Reason
from rules.rule_sets import chosen, why
from rules.table import Rule, Table
from rules.window import AMAZON_DAYS, Window, next_slot, review_window, slot_outside
from settings.marketplaces import zone, zone_of
from settings.schema import Exclude, RuleSet, Seller

_RETURNED = {"REJECTED_BY_BUYER", "RETURNING_TO_SELLER", "RETURNED_TO_SELLER"}
_UNDELIVERABLE = {"UNDELIVERABLE", "LOST", "DAMAGED"}


class ReviewCase(Case):
    """`wish` is what the settings want of this order: in general, or by its rule set.

    `window` and `next_chance` raise Unknown for an order that is not known to be delivered.
    """

    rule_set: RuleSet | None = None

    def __init__(self, facts: Facts, seller: Seller, now: datetime) -> None:
        super().__init__(facts, seller, now)
        self.wish = seller.review_requests
        if self.wish.rules and (rule := chosen(facts.order, self.wish.rules)):
            self.rule_set, self.wish = rule, self.wish.within(rule)

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.wish.timezone) if self.wish.timezone else zone_of(self.order.marketplace_id)

    @property
    def asked_for(self) -> bool:
        """Whether a person wants it asked now: then the seller's days, slots, weekdays and blackouts do not count."""
        return self.facts.ask_until is not None and self.now < self.facts.ask_until

    @once
    def delivery(self) -> Delivered | NotDelivered:
        return delivery(self.facts, self.now)

    @once
    def window(self) -> Window:
        if isinstance(self.delivery, NotDelivered):
            raise Unknown("the order is not known to be delivered")
        days = AMAZON_DAYS if self.asked_for else self.wish.day_range
        return review_window(self.delivery.at, days, self.zone, promised(self.order))

    @once
    def next_chance(self) -> datetime:
        """The first moment from now on, the window being open or closed again, in a slot of a day that is not blacked
        out."""
        if self.asked_for:
            return max(self.now, self.window.opens)
        wish, found = self.wish, self._next_slot()
        if not wish.blackout:
            return found
        return slot_outside(wish.blackout, self.seller.zone, found, wish.time_slots, wish.weekdays, self.zone)

    @property
    def is_blacked_out(self) -> bool:
        """Whether a blackout, and not the slots alone, keeps it waiting."""
        return not self.asked_for and self.now < self.next_chance != self._next_slot()

    def _next_slot(self) -> datetime:
        wish = self.wish
        return next_slot(max(self.now, self.window.opens), wish.time_slots, wish.weekdays, self.zone)

    @property
    def deadline(self) -> datetime:
        """The nearer end of the window if it is still to come, else the later one: always later than `now`."""
        window = self.window
        return window.deadline if window.deadline > self.now else window.closes


def shut_at(facts: Facts, seller: Seller, now: datetime) -> datetime | None:
    """When the order's window closes, or closed, for good; None: it is not known to be delivered, and has no window."""
    case = ReviewCase(facts, seller, now)
    return None if isinstance(case.delivery, NotDelivered) else case.window.closes


def widest(seller: Seller) -> Seller:
    """The seller with Amazon's own range of days, in each rule set, too."""
    wish, update = seller.review_requests, {"day_range": AMAZON_DAYS}
    rules = tuple(rule.model_copy(update=update) for rule in wish.rules)
    return seller.model_copy(update={"review_requests": wish.model_copy(update={**update, "rules": rules})})


# what the rules ask, and what they look at


def _enabled(case: ReviewCase) -> Said:
    return said("enabled: {enabled}", enabled=case.wish.enabled)


def _left_out(case: ReviewCase) -> Said:
    told = case.facts.left_out
    if told is None:
        return said("left out: no")
    return said("left out by {by}, {at}: {why}", by=told.by, at=case.local(told.at), why=told.why)


def _imported(case: ReviewCase) -> Said:
    return said("asked before: {imports}", imports=tuple(map(by_import, case.facts.imported)))


def by_import(told: Imported) -> Said:
    """Who says that the order was asked before, in one line; days are those of UTC."""
    asked_on = said(", asked on {day}", day=told.asked_on) if told.asked_on else ""
    given = {"name": told.name, "day": told.at.date(), "by": told.by, "asked_on": asked_on}
    return said("by import of {name} on {day} by {by}{asked_on}", **given)


def _refunded(case: ReviewCase) -> bool:
    refunds, value = case.facts.refunds, case.order.value
    if not refunds or case.wish.partial_refunds == "exclude" or value is None:
        return bool(refunds)
    if any(refund.amount.currency != value.currency for refund in refunds):
        return True  # cannot be compared
    return sum(refund.at_most for refund in refunds) >= value.amount


def _refunds(case: ReviewCase) -> Said:
    refunds = tuple(
        said("{amount} debited", amount=each.amount) if each.parts is None else each.amount
        for each in case.facts.refunds
    )
    given = {"refunds": refunds, "value": case.order.value, "setting": case.wish.partial_refunds}
    return said("refunds: {refunds}; value: {value}; partial_refunds: {setting}", **given)


def _returned(case: ReviewCase) -> bool:
    details = [package.detailed_status for package in case.order.packages]
    return case.facts.returned_by is not None or not _RETURNED.isdisjoint(details)


def _undeliverable(case: ReviewCase) -> bool:
    return any(p.status == "UNDELIVERABLE" or p.detailed_status in _UNDELIVERABLE for p in case.order.packages)


def _packages(case: ReviewCase) -> tuple[str | None, ...]:
    return tuple("/".join(filter(None, (p.status, p.detailed_status))) or None for p in case.order.packages)


def _excluded(reason: Reason, name: str, words: Callable[[ReviewCase], Iterable[str | None]]) -> Rule[ReviewCase]:
    """The patterns of the setting `exclude.NAME`: excluded if one of the order's words fits, or is not known."""
    patterns: Callable[[Exclude], tuple[str, ...]] = attrgetter(name)

    def holds(case: ReviewCase) -> bool:
        wanted = patterns(case.wish.exclude)
        return bool(wanted) and any(word is None or fits(wanted, word) for word in words(case))

    return Rule(
        reason,
        holds,
        lambda case: said(
            "{key}: {words}; excluded: {excluded}",
            key=name,
            words=tuple(words(case)),
            excluded=patterns(case.wish.exclude),
        ),
    )


def _fulfilment_excluded(case: ReviewCase) -> bool:
    excluded, by = case.wish.exclude.fulfilled_by, case.order.fulfilled_by
    return bool(excluded) and (by not in ("AMAZON", "MERCHANT") or by.lower() in excluded)


def _order_value_excluded(case: ReviewCase) -> bool:
    below, above = case.wish.exclude.order_value_below, case.wish.exclude.order_value_above
    if below is None and above is None:
        return False
    value = case.order.value
    return value is None or (below is not None and value.amount < below) or (above is not None and value.amount > above)


def _value(case: ReviewCase) -> Said:
    below, above = case.wish.exclude.order_value_below, case.wish.exclude.order_value_above
    given = {"value": case.order.value, "below": _limit(below), "above": _limit(above)}
    return said("value: {value}; below: {below}; above: {above}", **given)


def _limit(amount: Decimal | None) -> Decimal | tuple[()]:
    return () if amount is None else amount


def _abroad(case: ReviewCase) -> Said:
    given = {"abroad": case.order.ships_abroad, "excluded": case.wish.exclude.shipped_abroad}
    return said("goes abroad: {abroad}; excluded: {excluded}", **given)


def _rule_set(case: ReviewCase) -> Said:
    if rule := case.rule_set:
        return said("rule set: {name} ({why}); ask: {ask}", name=rule.name, why=why(case.order, rule), ask=rule.ask)
    if names := tuple(rule.name for rule in case.wish.rules):
        return said("rule sets: {names}; none fits", names=names)
    return said("rule sets: {names}", names=())


def _is_late(case: ReviewCase) -> bool:
    """Where only the promised date tells the delivery, it cannot tell that this was late."""
    promise = promised(case.order)
    match case.delivery:
        case Delivered(at, basis) if promise and basis is not Basis.DELIVER_BY_LATEST:
            return at > promise
    return False


def _lateness(case: ReviewCase) -> Said:
    if isinstance(case.delivery, NotDelivered):
        raise Unknown("the order is not known to be delivered")
    promise = promised(case.order)
    given = {"delivery": _delivery(case), "excluded": case.wish.exclude.delivered_late}
    for_when = case.local(promise) if promise else None
    return said("{delivery}; promised: {promised}; excluded: {excluded}", promised=for_when, **given)


def _delivery(case: ReviewCase) -> Said:
    match case.delivery:
        case Delivered(at, basis):
            return said("delivered {at} by {basis}", at=case.local(at), basis=basis)
        case _:
            return said("status {status}; packages: {packages}", status=case.order.status, packages=_packages(case))


def _look_again(case: ReviewCase) -> datetime:
    look_at = case.delivery.look_at if isinstance(case.delivery, NotDelivered) else None
    return look_at or case.given_up_at


def _too_late(case: ReviewCase) -> bool:
    # The first comparison adds nothing but speed: most stored orders are long past.
    return case.now >= case.window.closes or case.next_chance >= case.window.closes


def _chances(case: ReviewCase) -> Said:
    moments = {"now": case.now, "next": case.next_chance, "closes": case.window.closes}
    local = {name: case.local(at) for name, at in moments.items()}
    return said("now: {now}; next: {next}; closes: {closes}", **local)


def _blackout(case: ReviewCase) -> Said:
    days = tuple(map(str, case.wish.blackout))
    return said("blackout: {days}; next: {next}", days=days, next=case.local(case.next_chance))


def _slots(case: ReviewCase) -> Said:
    slots, days = tuple(map(str, case.wish.time_slots)), tuple(map(said, case.wish.weekdays))
    given = {"slots": slots, "days": days, "next": case.local(case.next_chance)}
    if case.asked_for:
        return said("slots: {slots}; weekdays: {days}; next: {next}; a person wants it asked now", **given)
    return said("slots: {slots}; weekdays: {days}; next: {next}", **given)


RULES: Table[ReviewCase] = Table(
    ReviewCase,
    (
        Rule(Reason.LEFT_OUT, lambda case: case.facts.left_out is not None, _left_out),
        Rule(Reason.ALREADY_REQUESTED, lambda case: bool(case.facts.imported), _imported),
        Rule(Reason.DISABLED, lambda case: not case.wish.enabled, _enabled),
        NOT_FETCHED_YET,
        NOT_AMAZON_ORDER,
        marketplace_not_enabled(lambda seller: seller.marketplaces),
        CANCELLED,
        Rule(
            Reason.REPLACEMENT,
            lambda case: bool(case.order.original_order_ids or case.facts.replaced_by),
            lambda case: said(
                "replaces: {replaced}; replaced by: {by}",
                replaced=tuple(case.order.original_order_ids),
                by=case.facts.replaced_by or (),
            ),
        ),
        Rule(Reason.REFUNDED, _refunded, _refunds),
        Rule(
            Reason.RETURNED,
            _returned,
            lambda case: said(
                "reported by: {source}; packages: {packages}",
                source=case.facts.returned_by or (),
                packages=_packages(case),
            ),
        ),
        Rule(Reason.UNDELIVERABLE, _undeliverable, lambda case: said("packages: {packages}", packages=_packages(case))),
        _excluded(Reason.SKU_EXCLUDED, "skus", lambda case: (item.sku for item in case.items)),
        _excluded(Reason.ASIN_EXCLUDED, "asins", lambda case: (item.asin for item in case.items)),
        Rule(
            Reason.FULFILMENT_EXCLUDED,
            _fulfilment_excluded,
            lambda case: said(
                "fulfilled by: {by}; excluded: {excluded}",
                by=case.order.fulfilled_by,
                excluded=tuple(case.wish.exclude.fulfilled_by),
            ),
        ),
        Rule(
            Reason.BUSINESS_ORDER_EXCLUDED,
            lambda case: case.wish.exclude.business_orders and case.order.is_business,
            lambda case: said(
                "programs: {programs}; excluded: {excluded}",
                programs=tuple(case.order.programs),
                excluded=case.wish.exclude.business_orders,
            ),
        ),
        Rule(Reason.ORDER_VALUE_EXCLUDED, _order_value_excluded, _value),
        _excluded(
            Reason.PROMOTION_EXCLUDED,
            "promotions",
            lambda case: (name for item in case.items for name in item.promotions),
        ),
        Rule(
            Reason.SHIPPED_ABROAD,
            lambda case: case.wish.exclude.shipped_abroad and case.order.ships_abroad is not False,
            _abroad,
        ),
        Rule(Reason.RULE_SAYS_NO, lambda case: case.rule_set is not None and not case.rule_set.ask, _rule_set),
        NOT_SHIPPED,
        Rule(Reason.NOT_DELIVERED, lambda case: isinstance(case.delivery, NotDelivered), _delivery, _look_again),
        # These ask for the day of delivery, so they stand behind not_delivered.
        Rule(Reason.DELIVERED_LATE, lambda case: case.wish.exclude.delivered_late and _is_late(case), _lateness),
        Rule(Reason.TOO_LATE, _too_late, _chances),
        Rule(
            Reason.NO_LONGER_KEPT,
            lambda case: case.facts.reappeared,
            lambda case: said(
                "perhaps known before, and deleted: {deleted}",
                deleted=said("yes") if case.facts.reappeared else said("no"),
            ),
        ),
        Rule(
            Reason.TOO_EARLY,
            lambda case: case.now < case.window.opens,
            lambda case: said(
                "now: {now}; opens: {opens}", now=case.local(case.now), opens=case.local(case.window.opens)
            ),
            lambda case: case.next_chance,
        ),
        Rule(
            Reason.BLACKOUT,
            lambda case: bool(case.wish.blackout) and case.is_blacked_out,
            _blackout,
            lambda case: case.next_chance,
        ),
        Rule(
            Reason.OUTSIDE_TIME_SLOT,
            lambda case: case.now < case.next_chance,
            _slots,
            lambda case: case.next_chance,
        ),
    ),
)
decide, explain, forecast = RULES.decide, RULES.explain, RULES.forecast
