"""Whether an order is asked for a review: a table of rules, read from the top; the first one that holds decides.

The same facts, seller and time always give the same answer, and `explain` reads the same table as `decide`.
What a rule cannot know (a line without SKU, an order without value) counts as excluded if the settings ask for it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import translate
from functools import cache

from rules.case import Case
from rules.decision import Act, Decision, Skip, Wait
from rules.delivery import NotDelivered
from rules.describe import INPUTS
from rules.order import Facts
from rules.reason import Reason
from settings.schema import Seller

GIVE_UP = timedelta(days=90)  # after the purchase, what only a new fact can change is no longer waited for

_RETURNED = {"REJECTED_BY_BUYER", "RETURNING_TO_SELLER", "RETURNED_TO_SELLER"}
_UNDELIVERABLE = {"UNDELIVERABLE", "LOST", "DAMAGED"}


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule as `explain` shows it: its input, and `pass`, `wait: <reason>`, `skip: <reason>` or `unknown: <why>`."""

    rule: str
    input: str
    verdict: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """When it `holds`, the order waits `until` then, or is skipped if there is no such time or it has come."""

    reason: Reason
    holds: Callable[[Case], bool]
    until: Callable[[Case], datetime] | None = None

    def decision(self, case: Case) -> Wait | Skip:
        if self.until and (due_at := self.until(case)) > case.now:
            return Wait(due_at, self.reason)
        return Skip(self.reason)


def decide(facts: Facts, seller: Seller, now: datetime) -> Decision:
    """What to do about this order now. The `due_at` of a Wait is always later than `now`."""
    case = Case(facts, seller, now)
    for rule in _RULES:
        if rule.holds(case):
            return rule.decision(case)
    return Act(deadline=case.window.closes)


def explain(facts: Facts, seller: Seller, now: datetime) -> tuple[RuleVerdict, ...]:
    """Every rule with its input and verdict, also those that stand behind the one that decides."""
    case = Case(facts, seller, now)
    return tuple(_verdict(rule, case) for rule in _RULES)


def forecast(facts: Facts, seller: Seller, now: datetime, until: datetime) -> datetime | None:
    """When the order would be asked if no fact changed; None if that is not before `until`."""
    while now < until:
        match decide(facts, seller, now):
            case Act():
                return now
            case Wait(due_at):
                now = due_at
            case Skip():
                return None
    return None


def _verdict(rule: _Rule, case: Case) -> RuleVerdict:
    if rule in _WINDOW_RULES and isinstance(case.delivery, NotDelivered):
        return RuleVerdict(rule.reason, "the day of delivery", "unknown: the order is not known to be delivered")
    found = rule.decision(case) if rule.holds(case) else None
    match found:
        case Wait(_, reason):
            verdict = f"wait: {reason}"
        case Skip(reason):
            verdict = f"skip: {reason}"
        case None:
            verdict = "pass"
    return RuleVerdict(rule.reason, INPUTS[rule.reason](case), verdict)


# what a rule asks


def _cancelled(case: Case) -> bool:
    lines = case.order.items
    every_line = bool(lines) and all(line.cancelled for line in lines)
    return every_line or case.order.status in ("CANCELLED", "UNFULFILLABLE")


def _refunded(case: Case) -> bool:
    refunds, value = case.facts.refunds, case.order.value
    if not refunds or case.wish.partial_refunds == "exclude" or value is None:
        return bool(refunds)
    if any(refund.amount.currency != value.currency for refund in refunds):
        return True  # cannot be compared
    return sum(refund.amount.amount for refund in refunds) >= value.amount


def _returned(case: Case) -> bool:
    return case.facts.returned_by is not None or any(p.detailed_status in _RETURNED for p in case.order.packages)


def _undeliverable(case: Case) -> bool:
    return any(p.status == "UNDELIVERABLE" or p.detailed_status in _UNDELIVERABLE for p in case.order.packages)


def _sku_excluded(case: Case) -> bool:
    skus = case.wish.exclude.skus
    return bool(skus) and _any_match((item.sku for item in case.items), skus)


def _asin_excluded(case: Case) -> bool:
    asins = case.wish.exclude.asins
    return bool(asins) and _any_match((item.asin for item in case.items), asins)


def _promotion_excluded(case: Case) -> bool:
    promotions = case.wish.exclude.promotions
    return bool(promotions) and _any_match((name for item in case.items for name in item.promotions), promotions)


def _any_match(words: Iterable[str | None], patterns: tuple[str, ...]) -> bool:
    return any(word is None or _compiled(patterns).match(word) for word in words)


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)), re.IGNORECASE)


def _fulfilment_excluded(case: Case) -> bool:
    excluded, by = case.wish.exclude.fulfilled_by, case.order.fulfilled_by
    return bool(excluded) and (by not in ("AMAZON", "MERCHANT") or by.lower() in excluded)


def _business_order_excluded(case: Case) -> bool:
    return case.wish.exclude.business_orders and "AMAZON_BUSINESS" in case.order.programs


def _order_value_excluded(case: Case) -> bool:
    below, above = case.wish.exclude.order_value_below, case.wish.exclude.order_value_above
    if below is None and above is None:
        return False
    value = case.order.value
    return value is None or (below is not None and value.amount < below) or (above is not None and value.amount > above)


# until when a rule makes the order wait


def _given_up(case: Case) -> datetime:
    return case.order.purchased_at + GIVE_UP


def _look_again(case: Case) -> datetime:
    look_at = case.delivery.look_at if isinstance(case.delivery, NotDelivered) else None
    return look_at or _given_up(case)


def _next_chance(case: Case) -> datetime:
    return case.next_chance


_ORDER_RULES = (
    _Rule(Reason.DISABLED, lambda case: not case.wish.enabled),
    _Rule(Reason.NOT_AMAZON_ORDER, lambda case: case.order.channel != "AMAZON"),
    _Rule(Reason.MARKETPLACE_NOT_ENABLED, lambda case: case.country not in case.seller.marketplaces),
    _Rule(Reason.CANCELLED, _cancelled),
    _Rule(Reason.REPLACEMENT, lambda case: bool(case.order.original_order_ids or case.facts.replaced_by)),
    _Rule(Reason.REFUNDED, _refunded),
    _Rule(Reason.RETURNED, _returned),
    _Rule(Reason.UNDELIVERABLE, _undeliverable),
    _Rule(Reason.SKU_EXCLUDED, _sku_excluded),
    _Rule(Reason.ASIN_EXCLUDED, _asin_excluded),
    _Rule(Reason.FULFILMENT_EXCLUDED, _fulfilment_excluded),
    _Rule(Reason.BUSINESS_ORDER_EXCLUDED, _business_order_excluded),
    _Rule(Reason.ORDER_VALUE_EXCLUDED, _order_value_excluded),
    _Rule(Reason.PROMOTION_EXCLUDED, _promotion_excluded),
    _Rule(Reason.NOT_SHIPPED, lambda case: case.order.status != "SHIPPED", _given_up),
    _Rule(Reason.NOT_DELIVERED, lambda case: isinstance(case.delivery, NotDelivered), _look_again),
)
# These ask for the day of delivery, so they stand behind not_delivered.
_WINDOW_RULES = (
    # The first comparison adds nothing but speed: most stored orders are long past.
    _Rule(Reason.TOO_LATE, lambda case: case.now >= case.window.closes or case.next_chance >= case.window.closes),
    _Rule(Reason.TOO_EARLY, lambda case: case.now < case.window.opens, _next_chance),
    _Rule(Reason.OUTSIDE_TIME_SLOT, lambda case: case.now < case.next_chance, _next_chance),
)
_RULES = _ORDER_RULES + _WINDOW_RULES
