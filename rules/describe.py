"""What each rule looks at, in words, for `explain`."""

from collections.abc import Callable, Iterable
from datetime import datetime

from rules.case import Case
from rules.delivery import Delivered
from rules.order import Money
from rules.reason import Reason


def _list(words: Iterable[str | None]) -> str:
    return ", ".join(word or "unknown" for word in words) or "none"


def _money(money: Money | None) -> str:
    return f"{money.amount} {money.currency}" if money else "unknown"


def _local(case: Case, moment: datetime) -> str:
    return moment.astimezone(case.zone).isoformat(timespec="minutes")


def _lines(case: Case) -> str:
    cancelled = len(case.order.items) - len(case.items)
    return f"status {case.order.status or 'unknown'}; {cancelled} of {len(case.order.items)} lines cancelled"


def _packages(case: Case) -> str:
    return _list("/".join(filter(None, (p.status, p.detailed_status))) for p in case.order.packages)


def _refunds(case: Case) -> str:
    refunds = _list(_money(refund.amount) for refund in case.facts.refunds)
    return f"refunds: {refunds}; value: {_money(case.order.value)}; partial_refunds: {case.wish.partial_refunds}"


def _value(case: Case) -> str:
    exclude = case.wish.exclude
    return f"value: {_money(case.order.value)}; below: {exclude.order_value_below}; above: {exclude.order_value_above}"


def _delivery(case: Case) -> str:
    match case.delivery:
        case Delivered(at, basis):
            return f"delivered {_local(case, at)} by {basis}"
        case _:
            return f"status {case.order.status or 'unknown'}; packages: {_packages(case)}"


def _slots(case: Case) -> str:
    slots = _list(map(str, case.wish.time_slots))
    return f"slots: {slots}; weekdays: {_list(case.wish.weekdays)}; next: {_local(case, case.next_chance)}"


INPUTS: dict[Reason, Callable[[Case], str]] = {
    Reason.DISABLED: lambda case: f"enabled: {str(case.wish.enabled).lower()}",
    Reason.NOT_AMAZON_ORDER: lambda case: f"channel: {case.order.channel}",
    Reason.MARKETPLACE_NOT_ENABLED: lambda case: (
        f"marketplace: {case.country or 'unknown'}; enabled: {_list(case.seller.marketplaces)}"
    ),
    Reason.CANCELLED: _lines,
    Reason.REPLACEMENT: lambda case: (
        f"replaces: {_list(case.order.original_order_ids)}; replaced by: {case.facts.replaced_by or 'none'}"
    ),
    Reason.REFUNDED: _refunds,
    Reason.RETURNED: lambda case: f"reported by: {case.facts.returned_by or 'none'}; packages: {_packages(case)}",
    Reason.UNDELIVERABLE: lambda case: f"packages: {_packages(case)}",
    Reason.SKU_EXCLUDED: lambda case: (
        f"skus: {_list(item.sku for item in case.items)}; excluded: {_list(case.wish.exclude.skus)}"
    ),
    Reason.ASIN_EXCLUDED: lambda case: (
        f"asins: {_list(item.asin for item in case.items)}; excluded: {_list(case.wish.exclude.asins)}"
    ),
    Reason.FULFILMENT_EXCLUDED: lambda case: (
        f"fulfilled by: {case.order.fulfilled_by or 'unknown'}; excluded: {_list(case.wish.exclude.fulfilled_by)}"
    ),
    Reason.BUSINESS_ORDER_EXCLUDED: lambda case: (
        f"programs: {_list(case.order.programs)}; excluded: {str(case.wish.exclude.business_orders).lower()}"
    ),
    Reason.ORDER_VALUE_EXCLUDED: _value,
    Reason.PROMOTION_EXCLUDED: lambda case: (
        f"promotions: {_list(name for item in case.items for name in item.promotions)}; "
        f"excluded: {_list(case.wish.exclude.promotions)}"
    ),
    Reason.NOT_SHIPPED: lambda case: f"status: {case.order.status or 'unknown'}",
    Reason.NOT_DELIVERED: _delivery,
    Reason.TOO_LATE: lambda case: (
        f"now: {_local(case, case.now)}; next: {_local(case, case.next_chance)}; "
        f"closes: {_local(case, case.window.closes)}"
    ),
    Reason.TOO_EARLY: lambda case: f"now: {_local(case, case.now)}; opens: {_local(case, case.window.opens)}",
    Reason.OUTSIDE_TIME_SLOT: _slots,
}
