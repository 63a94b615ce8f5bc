"""Rule sets that no order can ever have, and days and hours that leave some orders no time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from rules.patterns import covers
from rules.readable import listed
from rules.window import DAY, next_slot, review_window, slot_outside
from settings.schema import Exclude, ReviewRequests, RuleSet, Seller

HOURS = (time(9), time(18))
"""When parcels are delivered, for want of better."""


def unreachable(seller: Seller) -> Iterator[tuple[RuleSet, str]]:
    """The sets that can never be chosen, and why."""
    wish = seller.review_requests
    for place, rule in enumerate(wish.rules):
        earlier = next((each for each in wish.rules[:place] if _takes_all_of(each, rule, seller)), None)
        if rule.marketplaces and not {*rule.marketplaces} & {*seller.marketplaces}:
            yield rule, f"none of its marketplaces ({listed(rule.marketplaces)}) is one of the seller's"
        elif key := _excluded_by(wish.exclude, rule):
            yield rule, f"exclude.{key} leaves out all that it takes"
        elif earlier:
            yield rule, f"{earlier.name}, which stands before it, takes all that it would"


def without_time(seller: Seller, today: date) -> Iterator[tuple[str, str]]:
    """Of each set (empty: of what no set takes) that asks, the deliveries for which no day and hour is left."""
    wish = seller.review_requests
    for name, each in (("", wish), *((rule.name, wish.within(rule)) for rule in wish.rules if rule.ask)):
        week = [today + number * DAY for number in range(7)]
        lost = [day for day in week if not _has_time(day, seller, each.model_copy(update={"blackout": ()}))]
        if lost:
            yield name, f"deliveries on {_weekdays(lost)} have no such hour in their day_range"
        for days in each.blackout:
            around = [days.first + number * DAY for number in range(-30, (days.last - days.first).days + 1)]
            shut = [day for day in around if day.weekday() not in {lost_day.weekday() for lost_day in lost}]
            shut = [day for day in shut if not _has_time(day, seller, each)]
            if shut and days.last >= today:
                yield name, f"deliveries from {shut[0]} to {shut[-1]} have no day left: the blackout {days} takes all"


def _weekdays(days: list[date]) -> str:
    return "any day of the week" if len(days) == 7 else listed(f"{day:%A}" for day in sorted(days, key=date.weekday))


def _has_time(day: date, seller: Seller, wish: ReviewRequests) -> bool:
    """Whether what is delivered then, at one of the HOURS, has a moment at which it may be asked."""
    zone, slots = seller.zone, (wish.time_slots, wish.weekdays)
    for hour in HOURS:
        delivered = datetime.combine(day, hour, zone).astimezone(UTC)
        window = review_window(delivered, wish.day_range, zone, None)
        found = next_slot(window.opens, *slots, zone)
        if slot_outside(wish.blackout, zone, found, *slots, zone) < window.closes:
            return True
    return False


def _takes_all_of(wide: RuleSet, narrow: RuleSet, seller: Seller) -> bool:
    """Whether each order that fits the narrow set surely fits the wide one, too."""
    patterns = ((wide.skus, narrow.skus), (wide.asins, narrow.asins), (wide.promotions, narrow.promotions))
    places = narrow.marketplaces or seller.marketplaces
    return (
        all(not ours or (theirs and all(covers(ours, each) for each in theirs)) for ours, theirs in patterns)
        and (not wide.marketplaces or {*places} <= {*wide.marketplaces})
        and (not wide.fulfilled_by or {*(narrow.fulfilled_by or ("amazon", "merchant"))} <= {*wide.fulfilled_by})
        and wide.business_orders in (None, narrow.business_orders)
        and (wide.order_value_below is None or _below(narrow, wide))
        and (wide.order_value_above is None or _above(narrow, wide))
    )


def _below(narrow: RuleSet, wide: RuleSet | Exclude) -> bool:
    ours, theirs = wide.order_value_below, narrow.order_value_below
    return ours is not None and theirs is not None and theirs <= ours


def _above(narrow: RuleSet, wide: RuleSet | Exclude) -> bool:
    ours, theirs = wide.order_value_above, narrow.order_value_above
    return ours is not None and theirs is not None and theirs >= ours


def _excluded_by(exclude: Exclude, rule: RuleSet) -> str:
    """The key of `exclude` that leaves out all that a set takes; empty: there is none."""
    for key in ("skus", "asins", "promotions"):
        wanted = getattr(rule, key)
        if wanted and all(covers(getattr(exclude, key), each) for each in wanted):
            return key
    found = {
        "fulfilled_by": bool(rule.fulfilled_by) and {*rule.fulfilled_by} <= {*exclude.fulfilled_by},
        "business_orders": rule.business_orders is True and exclude.business_orders,
        "order_value_below": _below(rule, exclude),
        "order_value_above": _above(rule, exclude),
    }
    return next((key for key, is_so in found.items() if is_so), "")
