"""Whether an order gets an invoice, and until when: a table of rules like rules/review.py's, read from the top.

What the settings exclude comes first, then what the order is, then what it waits for. A refund bars nothing: a credit
note follows the invoice. An order that replaces another one has nothing to pay; one that was replaced has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from rules.decision import Act, Decision, Skip, Wait
from rules.order import Facts, Order
from rules.reason import Reason
from rules.review import GIVE_UP, RuleVerdict
from settings.marketplaces import MARKETPLACES_BY_ID
from settings.schema import Seller

DAY_ENDS = time(23, 59)
"""Of a business order: on the first day from Monday to Friday after shipping, holiday or not (Seller Central help,
"Invoice Defect Rate", 44QSYRCU27EW4UK)."""
VAT_DATA_DEADLINE = timedelta(hours=24)
"""After shipping, for a seller of the VAT Calculation Service (SP-API docs, its "Best Practices")."""
ORDINARY_DEADLINE = timedelta(days=7)
"""After shipping, for all others. Amazon names none: this only says in which order they are worked on."""

_zone = cache(ZoneInfo)  # ZoneInfo's own cache keeps eight zones only, and a new one reads a file


class _Case:
    """One order in front of the rules."""

    def __init__(self, facts: Facts, seller: Seller, now: datetime) -> None:
        self.order = facts.order
        self.seller = seller
        self.wish = seller.invoices
        self.now = now
        market = MARKETPLACES_BY_ID.get(self.order.marketplace_id or "")
        self.country = market.code if market else None

    @property
    def day(self) -> date:
        """On which the order was placed, on its marketplace's calendar."""
        return self.order.purchased_at.astimezone(_zone_of(self.order)).date()


@dataclass(frozen=True, slots=True)
class _Rule:
    """When it `holds`, the order is skipped; or waits, if `waits`, as long as an order without news is waited for."""

    reason: Reason
    holds: Callable[[_Case], bool]
    input: Callable[[_Case], str]
    waits: bool = False

    def decision(self, case: _Case) -> Wait | Skip:
        given_up = case.order.purchased_at + GIVE_UP
        return Wait(given_up, self.reason) if self.waits and given_up > case.now else Skip(self.reason)


def decide(facts: Facts, seller: Seller, now: datetime) -> Decision:
    """What to do about this order's invoice now. The `due_at` of a Wait is always later than `now`."""
    case = _Case(facts, seller, now)
    for rule in _RULES:
        if rule.holds(case):
            return rule.decision(case)
    return Act(deadline(facts.order, seller))


def explain(facts: Facts, seller: Seller, now: datetime) -> tuple[RuleVerdict, ...]:
    """Every rule with its input and verdict, also those that stand behind the one that decides."""
    case = _Case(facts, seller, now)
    return tuple(_verdict(rule, case) for rule in _RULES)


def deadline(order: Order, seller: Seller) -> datetime:
    """Until when the invoice should be with Amazon. With no time of shipping, the last update stands for it."""
    shipped_at = min((p.shipped_at for p in order.packages if p.shipped_at), default=order.updated_at)
    if is_business(order):
        zone = _zone_of(order)
        day = shipped_at.astimezone(zone).date() + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return datetime.combine(day, DAY_ENDS, zone).astimezone(UTC)
    return shipped_at + (VAT_DATA_DEADLINE if seller.invoices.vat_calculation_service else ORDINARY_DEADLINE)


def is_business(order: Order) -> bool:
    """Whether Amazon counts the order for the Invoice Defect Rate."""
    return "AMAZON_BUSINESS" in order.programs


def defect_rate(deadlines_and_sent: Iterable[tuple[datetime, datetime | None]], now: datetime) -> Decimal | None:
    """Late and missing invoices among business orders, 0 to 1; None: there is none whose invoice is sent or was due.

    Each pair is a deadline, and when the invoice was sent (None: not yet). Amazon wants less than 0.05.
    """
    late = [(sent or now) > deadline for deadline, sent in deadlines_and_sent if sent or now > deadline]
    return Decimal(sum(late)) / len(late) if late else None


def _zone_of(order: Order) -> ZoneInfo:
    market = MARKETPLACES_BY_ID.get(order.marketplace_id or "")
    return _zone(market.timezone if market else "UTC")


def _verdict(rule: _Rule, case: _Case) -> RuleVerdict:
    match rule.decision(case) if rule.holds(case) else None:
        case Wait(_, reason):
            verdict = f"wait: {reason}"
        case Skip(reason):
            verdict = f"skip: {reason}"
        case None:
            verdict = "pass"
    return RuleVerdict(rule.reason, rule.input(case), verdict)


def _cancelled(case: _Case) -> bool:
    items = case.order.items
    return (bool(items) and all(item.cancelled for item in items)) or case.order.status in (
        "CANCELLED",
        "UNFULFILLABLE",
    )


def _list(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"


def _value(case: _Case) -> str:
    value = case.order.value
    return f"value: {value.amount} {value.currency}" if value else "value: unknown"


_RULES = (
    _Rule(
        Reason.DISABLED, lambda case: not case.wish.enabled, lambda case: f"enabled: {str(case.wish.enabled).lower()}"
    ),
    _Rule(
        Reason.NOT_AMAZON_ORDER,
        lambda case: case.order.channel != "AMAZON",
        lambda case: f"channel: {case.order.channel}",
    ),
    _Rule(
        Reason.MARKETPLACE_NOT_ENABLED,
        lambda case: case.country not in case.seller.invoice_marketplaces,
        lambda case: f"marketplace: {case.country or 'unknown'}; enabled: {_list(case.seller.invoice_marketplaces)}",
    ),
    _Rule(
        Reason.BEFORE_START,
        lambda case: case.wish.since is not None and case.day < case.wish.since,
        lambda case: f"placed: {case.day}; since: {case.wish.since}",
    ),
    _Rule(
        Reason.CANCELLED,
        _cancelled,
        lambda case: (
            f"status {case.order.status or 'unknown'}; "
            f"{sum(item.cancelled for item in case.order.items)} of {len(case.order.items)} lines cancelled"
        ),
    ),
    _Rule(
        Reason.INVOICED_BY_AMAZON,
        lambda case: "INVOICE_BY_AMAZON" in case.order.programs,
        lambda case: f"programs: {_list(case.order.programs)}",
    ),
    _Rule(
        Reason.REPLACEMENT,
        lambda case: bool(case.order.original_order_ids),
        lambda case: f"replaces: {_list(case.order.original_order_ids)}",
    ),
    _Rule(
        Reason.NOTHING_TO_INVOICE,
        lambda case: case.order.value is not None and case.order.value.amount == 0,
        _value,
    ),
    _Rule(
        Reason.NOT_SHIPPED,
        lambda case: case.order.status != "SHIPPED",
        lambda case: f"status: {case.order.status or 'unknown'}",
        waits=True,
    ),
)
