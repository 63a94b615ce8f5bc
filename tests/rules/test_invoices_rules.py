from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.case import GIVE_UP
from rules.decision import Act, Skip, Wait
from rules.invoices import after, deadline, decide, defect_rate, explain, forecast
from rules.order import Facts, Item, Money, Order, Package, Refund, Source
from rules.reason import Reason
from settings.invoices import Invoices, InvoiceSeller
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tests.rules.examples import BOUGHT, DAY, DELIVERED_AT, IN_WINDOW, facts

TICK = timedelta.resolution
PARIS, LONDON = ZoneInfo("Europe/Paris"), ZoneInfo("Europe/London")
BUSINESS = {"programs": ("AMAZON_BUSINESS",)}
CANCELLED = Item(sku="A", asin=None, cancelled=True)
DURAND = InvoiceSeller(
    name="Durand",
    lines=("12 rue des Lilas",),
    postal_code="75011",
    city="Paris",
    country="FR",
    vat_numbers={"FR": "FR11123456782"},
)


def seller(**invoices: Any) -> Seller:
    wanted: dict[str, Any] = {"enabled": True, "since": date(2026, 1, 1), "seller": DURAND}
    return Seller(
        name="maison-durand", region="eu", marketplaces=("FR", "UK", "TR"), invoices=Invoices(**wanted | invoices)
    )


def market(code: str) -> dict[str, Any]:
    return {"marketplace_id": MARKETPLACES[code].marketplace_id}


DECIDED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], Reason | None]] = {
    "an ordinary order": ({}, {}, {}, None),
    "not enabled": ({}, {}, {"enabled": False}, Reason.DISABLED),
    "not sold on Amazon": ({"channel": "NON_AMAZON"}, {}, {}, Reason.NOT_AMAZON_ORDER),
    "a marketplace that is not the seller's": (market("DE"), {}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "a marketplace that takes no invoices": (market("TR"), {}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "a marketplace without invoices": (market("UK"), {}, {"marketplaces": ("FR",)}, Reason.MARKETPLACE_NOT_ENABLED),
    "an unknown marketplace": ({"marketplace_id": "AMARS"}, {}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "placed the day before": ({}, {}, {"since": date(2026, 6, 2)}, Reason.BEFORE_START),
    "placed on the first day": ({}, {}, {"since": date(2026, 6, 1)}, None),
    "cancelled": ({"status": "CANCELLED"}, {}, {}, Reason.CANCELLED),
    "cannot be fulfilled": ({"status": "UNFULFILLABLE"}, {}, {}, Reason.CANCELLED),
    "every line cancelled": ({"items": (CANCELLED,)}, {}, {}, Reason.CANCELLED),
    "one line cancelled": ({"items": (CANCELLED, Item(sku="B", asin=None))}, {}, {}, None),
    "invoiced by Amazon": ({"programs": ("PRIME", "INVOICE_BY_AMAZON")}, {}, {}, Reason.INVOICED_BY_AMAZON),
    "a replacement": ({"original_order_ids": ("403-1",)}, {}, {}, Reason.REPLACEMENT),
    "replaced": ({}, {"replaced_by": "403-2"}, {}, None),
    "worth nothing": ({"value": Money(Decimal("0.00"), "EUR")}, {}, {}, Reason.NOTHING_TO_INVOICE),
    "of an unknown value": ({"value": None}, {}, {}, None),
    "refunded": ({}, {"refunds": (Refund(Money(Decimal(30), "EUR"), BOUGHT),)}, {}, None),
    "returned": ({}, {"returned_by": Source.FBA_RETURNS}, {}, None),
    "shipped, with no package known": ({"packages": ()}, {}, {}, None),
}


@pytest.mark.parametrize(("order", "others", "wish", "reason"), DECIDED.values(), ids=DECIDED)
def test_an_order_is_invoiced_or_not(
    order: dict[str, Any], others: dict[str, Any], wish: dict[str, Any], reason: Reason | None
) -> None:
    known = facts(order, **others)
    expected = Skip(reason) if reason else Act(deadline(known, seller(**wish)))
    assert decide(known, seller(**wish), IN_WINDOW) == expected


@pytest.mark.parametrize("status", ["PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "BEAMED", None])
def test_an_order_that_is_not_wholly_shipped_is_waited_for_ninety_days(status: str | None) -> None:
    given_up = BOUGHT + GIVE_UP
    known = facts({"status": status})
    assert decide(known, seller(), BOUGHT) == Wait(given_up, Reason.NOT_SHIPPED)
    assert decide(known, seller(), given_up - TICK) == Wait(given_up, Reason.NOT_SHIPPED)
    assert decide(known, seller(), given_up) == Skip(Reason.NOT_SHIPPED)


IN_PART: dict[str, Any] = {"status": "PARTIALLY_SHIPPED"} | BUSINESS  # its package left on Tuesday, at 11:00 in Paris
LAST_HOURS = datetime(2026, 6, 3, 18, 59, tzinfo=UTC)  # before the deadline of Wednesday, 23:59 in Paris


def test_a_business_order_that_left_in_part_waits_for_the_rest_until_three_hours_before_it_is_late() -> None:
    known, due = facts(IN_PART), deadline(facts(IN_PART), seller())
    assert due - LAST_HOURS == timedelta(hours=3)
    assert decide(known, seller(), BOUGHT + DAY) == Wait(LAST_HOURS, Reason.NOT_SHIPPED)
    assert decide(known, seller(), LAST_HOURS - TICK) == Wait(LAST_HOURS, Reason.NOT_SHIPPED)
    assert decide(known, seller(), LAST_HOURS) == Act(due)


NOT_IN_PART: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "of a consumer": ({"programs": ()}, {}),
    "with the VAT Calculation Service": ({}, {"vat_calculation_service": True}),
    "of the bookkeeping": ({}, {"source": "folder", "folder": "/tmp"}),
    "of which nothing has left": ({"packages": ()}, {}),
}


@pytest.mark.parametrize(("order", "wish"), NOT_IN_PART.values(), ids=NOT_IN_PART)
def test_no_other_order_is_invoiced_in_part(order: dict[str, Any], wish: dict[str, Any]) -> None:
    assert decide(facts(IN_PART | order), seller(**wish), LAST_HOURS) == Wait(BOUGHT + GIVE_UP, Reason.NOT_SHIPPED)


def test_what_left_later_has_a_deadline_of_its_own() -> None:
    later = (Package("SHIPPED", shipped_at=BOUGHT + DAY), Package("SHIPPED", shipped_at=BOUGHT + 3 * DAY))
    known = facts(IN_PART | {"packages": later})
    rest = after(known, BOUGHT + DAY)
    assert deadline(rest, seller()) - deadline(known, seller()) == 2 * DAY
    assert after(rest, BOUGHT + 3 * DAY).order.packages == ()
    assert decide(after(rest, BOUGHT + 3 * DAY), seller(), IN_WINDOW) == Wait(BOUGHT + GIVE_UP, Reason.NOT_SHIPPED)


def test_the_first_day_is_the_marketplaces() -> None:
    late = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)  # half past midnight in Paris, half past eleven in London
    wish = seller(since=date(2026, 6, 1))
    assert isinstance(decide(facts({"purchased_at": late}), wish, IN_WINDOW), Act)
    in_london = facts({"purchased_at": late} | market("UK"))
    assert decide(in_london, wish, IN_WINDOW) == Skip(Reason.BEFORE_START)


def at(day: int, hour: int, minute: int = 0, zone: ZoneInfo = PARIS, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone)


# 1 June 2026 is a Monday.
DEADLINES = {
    "shipped on a Monday": (at(1, 10), market("FR"), at(2, 23, 59)),
    "at the day's first minute": (at(1, 0, 1), market("FR"), at(2, 23, 59)),
    "at the day's last minute": (at(1, 23, 59), market("FR"), at(2, 23, 59)),
    "on a Thursday": (at(4, 10), market("FR"), at(5, 23, 59)),
    "on a Friday": (at(5, 10), market("FR"), at(8, 23, 59)),
    "on a Saturday": (at(6, 10), market("FR"), at(8, 23, 59)),
    "on a Sunday": (at(7, 10), market("FR"), at(8, 23, 59)),
    "before a holiday": (at(13, 10, month=7), market("FR"), at(14, 23, 59, month=7)),
    "half an hour before midnight in London": (at(1, 23, 30, LONDON), market("UK"), at(2, 23, 59, LONDON)),
    "before the clocks go back": (at(23, 10, month=10), market("FR"), at(26, 23, 59, month=10)),
}


@pytest.mark.parametrize(("shipped_at", "order", "expected"), DEADLINES.values(), ids=DEADLINES)
def test_a_business_order_is_due_at_the_end_of_the_next_working_day(
    shipped_at: datetime, order: dict[str, Any], expected: datetime
) -> None:
    sent = {"packages": (Package("SHIPPED", shipped_at=shipped_at.astimezone(UTC)),)}
    found = deadline(facts(BUSINESS | order | sent), seller())
    assert found == expected
    assert found.tzinfo is UTC


def test_the_first_package_counts_and_else_the_orders_last_update() -> None:
    sent = tuple(Package("SHIPPED", shipped_at=moment) for moment in (at(3, 9), at(1, 9), None))
    assert deadline(facts(BUSINESS | {"packages": sent}), seller()) == at(2, 23, 59)
    assert deadline(facts(BUSINESS | {"packages": ()}), seller()) == at(8, 23, 59)  # updated on Friday 5 June


FROM_REPORT = {"fba_first_shipped_at": at(2, 9), "fba_last_shipped_at": at(4, 9)}
SHIPPED_BY_AMAZON: dict[str, tuple[dict[str, Any], datetime]] = {
    "by its report": (FROM_REPORT | {"shipped_seen_at": at(1, 9)}, at(3, 23, 59)),
    "by the update that first said so": ({"shipped_seen_at": at(1, 9)}, at(2, 23, 59)),
}


@pytest.mark.parametrize(("known", "expected"), SHIPPED_BY_AMAZON.values(), ids=SHIPPED_BY_AMAZON)
def test_what_amazon_ships_is_due_after_it_left_and_never_after_a_later_update(
    known: dict[str, Any], expected: datetime
) -> None:
    updated = facts(BUSINESS | {"packages": (), "fulfilled_by": "AMAZON", "updated_at": at(5, 9)}, **known)
    assert deadline(updated, seller()) == expected


AWAITED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], datetime | None]] = {
    "a consumer's": ({}, {}, {}, at(4, 9)),
    "a business order's, to its deadline": (BUSINESS, {}, {}, at(2, 20, 59)),
    "told by the report": ({}, FROM_REPORT, {}, None),
    "shipped by the seller": ({"fulfilled_by": "MERCHANT"}, {}, {}, None),
    "told by Amazon's list": ({}, {}, {"vat_calculation_service": True}, None),
}


@pytest.mark.parametrize(("order", "known", "wish", "until"), AWAITED.values(), ids=AWAITED)
def test_the_day_on_which_amazon_shipped_is_waited_for(
    order: dict[str, Any], known: dict[str, Any], wish: dict[str, Any], until: datetime | None
) -> None:
    shipped = {"packages": (), "fulfilled_by": "AMAZON"} | order
    found = decide(facts(shipped, **{"shipped_seen_at": at(1, 9)} | known), seller(**wish), at(1, 10).astimezone(UTC))
    assert (found == Wait(until, Reason.AWAITING_SHIPPING_DATE)) if until else isinstance(found, Act)


def test_a_report_that_the_settings_give_up_is_not_waited_for() -> None:
    without = seller().model_copy(update={"unavailable_sources": (Source.FBA_SHIPMENTS,)})
    assert isinstance(decide(facts({"packages": (), "fulfilled_by": "AMAZON"}), without, IN_WINDOW), Act)


def test_other_orders_are_due_after_a_week_or_a_day_with_amazons_vat() -> None:
    assert deadline(facts(), seller()) == BOUGHT + DAY + 7 * DAY
    assert deadline(facts(), seller(vat_calculation_service=True)) == BOUGHT + DAY + DAY


RATES: dict[str, tuple[list[tuple[datetime, datetime | None]], str | None]] = {
    "no orders": ([], None),
    "none due yet": ([(IN_WINDOW + DAY, None), (IN_WINDOW, None)], None),
    "in time": ([(IN_WINDOW, IN_WINDOW), (IN_WINDOW + DAY, IN_WINDOW)], "0"),
    "late": ([(IN_WINDOW - DAY, IN_WINDOW)], "1"),
    "missing": ([(IN_WINDOW - TICK, None)], "1"),
    "one of four, and one not due": (
        [(IN_WINDOW - DAY, None), *[(IN_WINDOW, BOUGHT)] * 3, (IN_WINDOW + DAY, None)],
        "0.25",
    ),
}


@pytest.mark.parametrize(("orders", "expected"), RATES.values(), ids=RATES)
def test_the_defect_rate_is_of_late_and_missing_invoices(
    orders: list[tuple[datetime, datetime | None]], expected: str | None
) -> None:
    assert defect_rate(orders, IN_WINDOW) == (None if expected is None else Decimal(expected))


@dataclass(frozen=True)
class Flaw:
    reason: Reason
    order: dict[str, Any] = field(default_factory=dict)
    wish: dict[str, Any] = field(default_factory=dict)


IN_ORDER = [
    Flaw(Reason.DISABLED, wish={"enabled": False}),
    Flaw(Reason.NOT_AMAZON_ORDER, order={"channel": "NON_AMAZON"}),
    Flaw(Reason.MARKETPLACE_NOT_ENABLED, wish={"marketplaces": ("UK",)}),
    Flaw(Reason.BEFORE_START, wish={"since": date(2026, 7, 1)}),
    Flaw(Reason.CANCELLED, order={"items": (CANCELLED,)}),
    Flaw(Reason.INVOICED_BY_AMAZON, order={"programs": ("INVOICE_BY_AMAZON",)}),
    Flaw(Reason.REPLACEMENT, order={"original_order_ids": ("403-1",)}),
    Flaw(Reason.NOTHING_TO_INVOICE, order={"value": Money(Decimal(0), "EUR")}),
    Flaw(Reason.NOT_SHIPPED, order={"status": "UNSHIPPED"}),
]


@pytest.mark.parametrize("first", range(len(IN_ORDER)), ids=[flaw.reason for flaw in IN_ORDER])
def test_of_several_reasons_the_first_in_the_table_is_given(first: int) -> None:
    order: dict[str, Any] = {}
    wish: dict[str, Any] = {}
    for flaw in reversed(IN_ORDER[first:]):
        order |= flaw.order
        wish |= flaw.wish
    decision = decide(facts(order), seller(**wish), IN_WINDOW)
    assert isinstance(decision, Wait | Skip)
    assert decision.reason == IN_ORDER[first].reason


def test_explain_shows_every_rule_with_its_input() -> None:
    shown = {verdict.rule: (verdict.input, verdict.verdict) for verdict in explain(facts(), seller(), IN_WINDOW)}
    assert shown == {
        "disabled": ("enabled: true", "pass"),
        "not_fetched_yet": ("known by the All Orders report alone: false", "pass"),
        "not_amazon_order": ("channel: AMAZON", "pass"),
        "marketplace_not_enabled": ("marketplace: FR; enabled: FR, UK", "pass"),
        "before_start": ("placed: 2026-06-01; since: 2026-01-01", "pass"),
        "cancelled": ("status SHIPPED; 0 of 2 lines cancelled", "pass"),
        "invoiced_by_amazon": ("programs: none", "pass"),
        "replacement": ("replaces: none", "pass"),
        "nothing_to_invoice": ("value: 30.00 EUR", "pass"),
        "not_shipped": ("status: SHIPPED", "pass"),
        "awaiting_shipping_date": ("shipped: 2026-06-02 11:00 CEST", "pass"),
    }
    assert [each for each in shown if each != Reason.NOT_FETCHED_YET][:-1] == [flaw.reason for flaw in IN_ORDER]


def test_explain_shows_the_rules_behind_the_one_that_decides() -> None:
    known = facts({"status": "PENDING", "original_order_ids": ("403-1", "403-2"), "value": None})
    verdicts = {verdict.rule: verdict for verdict in explain(known, seller(), IN_WINDOW)}
    assert verdicts["replacement"].verdict == "skip: replacement"
    assert verdicts["replacement"].input == "replaces: 403-1, 403-2"
    assert verdicts["nothing_to_invoice"].input == "value: unknown"
    assert verdicts["not_shipped"].verdict == "wait: not_shipped"


moments = st.sampled_from([BOUGHT, DELIVERED_AT]) | st.datetimes(timezones=st.just(UTC))
orders = st.builds(
    Order,
    order_id=st.just("403-0000001-0000001"),
    purchased_at=moments,
    updated_at=moments,
    channel=st.sampled_from(["AMAZON", "AMAZON", "NON_AMAZON"]),
    marketplace_id=st.sampled_from([MARKETPLACES["FR"].marketplace_id, MARKETPLACES["US"].marketplace_id, None]),
    status=st.sampled_from(["SHIPPED", "SHIPPED", "PENDING", "CANCELLED", None]),
    fulfilled_by=st.none(),
    packages=st.lists(st.builds(Package, st.just("SHIPPED"), st.none(), moments), max_size=2).map(tuple),
    items=st.lists(st.builds(Item, sku=st.none(), asin=st.none(), cancelled=st.booleans()), max_size=2).map(tuple),
    value=st.none() | st.builds(Money, st.sampled_from([Decimal(0), Decimal(5)]), st.just("EUR")),
    programs=st.sampled_from([(), ("AMAZON_BUSINESS",), ("INVOICE_BY_AMAZON",)]),
    original_order_ids=st.sampled_from([(), ("403-1",)]),
)


@given(orders, st.sampled_from([IN_WINDOW, BOUGHT + 2 * GIVE_UP]))
def test_explain_agrees_with_decide(order: Order, now: datetime) -> None:
    first = next((rule.verdict for rule in explain(Facts(order), seller(), now) if rule.verdict != "pass"), "pass")
    match decide(Facts(order), seller(), now):
        case Wait(due_at, reason):
            assert due_at > now
            assert first == f"wait: {reason}"
        case Skip(reason):
            assert first == f"skip: {reason}"
        case Act():
            assert first == "pass"


@given(orders, st.sampled_from([BOUGHT, IN_WINDOW]))
def test_the_forecast_agrees_with_decide(order: Order, now: datetime) -> None:
    known, until = Facts(order), now + 2 * GIVE_UP
    match decide(known, seller(), now):
        case Act():
            assert forecast(known, seller(), now, until) == now
        case _:
            assert forecast(known, seller(), now, until) is None  # what waits is given up in the end
