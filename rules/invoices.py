"""Whether an order gets an invoice, and until when.

What the settings exclude comes first, then what the order is, then what it waits for. A refund bars nothing: a credit
note follows the invoice. An order that replaces another one has nothing to pay; one that was replaced has.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from msgspec import structs

from rules.case import Case
from rules.common import CANCELLED, NOT_AMAZON_ORDER, NOT_FETCHED_YET, marketplace_not_enabled, status
from rules.moments import within
from rules.order import Facts, Order, Source
from rules.readable import said
from rules.reason import Reason
from rules.table import Rule, Table
from settings.marketplaces import zone_of
from settings.schema import Seller

DAY_ENDS = time(23, 59)
"""Of a business order: on the first day from Monday to Friday after shipping, holiday or not (Seller Central help,
"Invoice Defect Rate", 44QSYRCU27EW4UK)."""
VAT_DATA_DEADLINE = timedelta(hours=24)
"""After shipping, for a seller of the VAT Calculation Service (SP-API docs, its "Best Practices")."""
BEFORE_DEADLINE = timedelta(hours=3)
"""How long before a business order's deadline Amazon's date of shipping, or the rest of it, is no longer waited for."""
SHIPPING_DATE_WITHIN = timedelta(days=3)
"""How long it is waited for otherwise: rows of the FBA shipments report were seen missing for days."""
ORDINARY_DEADLINE = timedelta(days=7)
"""After shipping, for all others. Amazon names none: this only says in which order they are worked on."""


class InvoiceCase(Case):
    def __init__(self, facts: Facts, seller: Seller, now: datetime) -> None:
        super().__init__(facts, seller, now)
        self.wish = seller.invoices

    @property
    def day(self) -> date:
        """On which the order was placed, on its marketplace's calendar."""
        return within(self.order.purchased_at).astimezone(self.zone).date()

    @property
    def deadline(self) -> datetime:
        return deadline(self.facts, self.seller)

    @property
    def has_left_in_part(self) -> bool:
        """Whether what has left of the order gets an invoice of its own, early enough, though the rest has not left.

        Amazon counts business orders from when their first package left. With the VAT Calculation Service its list
        names each shipment; a PDF of the bookkeeping, or a message in North America, is for the whole order.
        """
        wish, facts = self.wish, self.facts
        ours = self.seller.region == "eu" and wish.source == "generate" and not wish.vat_calculation_service
        if not (ours and self.order.is_business and self.order.status == "PARTIALLY_SHIPPED"):
            return False
        return _first_package(facts) is not None or facts.shipped_seen_at is not None

    @property
    def has_not_left(self) -> bool:
        return self.order.status != "SHIPPED" and (not self.has_left_in_part or self.now < self.looked_at_again)

    @property
    def looked_at_again(self) -> datetime:
        return self.deadline - BEFORE_DEADLINE if self.has_left_in_part else self.given_up_at

    @property
    def awaited_until(self) -> datetime | None:
        """Until when Amazon's report is waited for that says when it shipped the order; None: it need not be."""
        wish, source = self.wish, Source.FBA_SHIPMENTS
        told = self.order.fulfilled_by != "AMAZON" or shipped_at(self.facts) is not None
        of_ours = self.seller.region == "eu" and wish.source == "generate" and not wish.vat_calculation_service
        if told or not of_ours or source in self.seller.unavailable_sources:
            return None
        if self.order.is_business:
            return self.deadline - BEFORE_DEADLINE
        return within(first_shipped_at(self.facts)) + SHIPPING_DATE_WITHIN


def shipped_at(facts: Facts) -> datetime | None:
    """When the last package left, by Amazon's own date; None: it does not say."""
    return max((p.shipped_at for p in facts.order.packages if p.shipped_at), default=facts.fba_last_shipped_at)


def supplied_at(facts: Facts) -> datetime | None:
    """When the last package left; or else, of what Amazon ships, the update that first said so."""
    return shipped_at(facts) or (facts.shipped_seen_at if facts.order.fulfilled_by == "AMAZON" else None)


def first_shipped_at(facts: Facts) -> datetime:
    """When the first package left. Where Amazon gives no date, it is the update with which the order was first shipped:
    later updates do not count."""
    return _first_package(facts) or facts.shipped_seen_at or facts.order.updated_at


def _first_package(facts: Facts) -> datetime | None:
    return min((p.shipped_at for p in facts.order.packages if p.shipped_at), default=facts.fba_first_shipped_at)


def after(facts: Facts, since: datetime) -> Facts:
    """The facts of what had not left by then: what left until then has its invoice."""
    packages = tuple(p for p in facts.order.packages if p.shipped_at and p.shipped_at > since)
    last = facts.fba_last_shipped_at
    return structs.replace(
        facts,
        order=replace(facts.order, packages=packages),
        shipped_seen_at=None,
        fba_first_shipped_at=last if last and last > since else None,
    )


def deadline(facts: Facts, seller: Seller) -> datetime:
    """Until when the invoice should be with Amazon, counted from when the first package left."""
    return deadline_of(facts.order, within(first_shipped_at(facts)), seller)


def deadline_of(order: Order, shipped_at: datetime, seller: Seller) -> datetime:
    """Until when the invoice of what was shipped then should be with Amazon."""
    if order.is_business:
        zone = zone_of(order.marketplace_id)
        day = shipped_at.astimezone(zone).date() + timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return datetime.combine(day, DAY_ENDS, zone).astimezone(UTC)
    return shipped_at + (VAT_DATA_DEADLINE if seller.invoices.vat_calculation_service else ORDINARY_DEADLINE)


def defect_rate(deadlines_and_sent: Iterable[tuple[datetime, datetime | None]], now: datetime) -> Decimal | None:
    """Late and missing invoices among business orders, 0 to 1; None: there is none whose invoice is sent or was due.

    Each pair is a deadline, and when the invoice was sent (None: not yet). Amazon wants less than 0.05.
    """
    late = [(sent or now) > deadline for deadline, sent in deadlines_and_sent if sent or now > deadline]
    return Decimal(sum(late)) / len(late) if late else None


RULES: Table[InvoiceCase] = Table(
    InvoiceCase,
    (
        Rule(
            Reason.DISABLED,
            lambda case: not case.wish.enabled,
            lambda case: said("enabled: {enabled}", enabled=case.wish.enabled),
        ),
        NOT_FETCHED_YET,
        NOT_AMAZON_ORDER,
        marketplace_not_enabled(lambda seller: seller.invoice_marketplaces),
        Rule(
            Reason.BEFORE_START,
            lambda case: case.wish.since is not None and case.day < case.wish.since,
            lambda case: said("placed: {day}; since: {since}", day=case.day, since=case.wish.since or ()),
        ),
        CANCELLED,
        Rule(
            Reason.INVOICED_BY_AMAZON,
            lambda case: "INVOICE_BY_AMAZON" in case.order.programs,
            lambda case: said("programs: {programs}", programs=tuple(case.order.programs)),
        ),
        Rule(
            Reason.REPLACEMENT,
            lambda case: bool(case.order.original_order_ids),
            lambda case: said("replaces: {replaced}", replaced=tuple(case.order.original_order_ids)),
        ),
        Rule(
            Reason.NOTHING_TO_INVOICE,
            lambda case: case.order.value is not None and case.order.value.amount == 0,
            lambda case: said("value: {value}", value=case.order.value),
        ),
        Rule(
            Reason.NOT_SHIPPED,
            lambda case: case.has_not_left,
            status,
            lambda case: case.looked_at_again,
        ),
        Rule(
            Reason.AWAITING_SHIPPING_DATE,
            lambda case: case.awaited_until is not None and case.now < case.awaited_until,
            lambda case: said("shipped: {at}", at=case.local(at) if (at := shipped_at(case.facts)) else None),
            lambda case: case.awaited_until or case.now,
        ),
    ),
)
decide, explain, forecast = RULES.decide, RULES.explain, RULES.forecast
