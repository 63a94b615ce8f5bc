from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.case import GIVE_UP
from rules.decision import Act, Decision, Skip, Wait
from rules.order import Facts, Imported, Item, LeftOut, Money, Package, Refund, RefundPart, Source
from rules.reason import Reason
from rules.reviews import decide, explain, forecast, shut_at
from rules.sale import Charge
from settings.schema import Exclude, Seller, TimeSlot
from tests.rules.examples import BOUGHT, DAY, DELIVERED_AT, IN_WINDOW, SHIPPED, facts, seller

TICK = timedelta.resolution
FBA = {"fulfilled_by": "AMAZON", "packages": ()}
TEN_TO_TWO = (TimeSlot(start=time(10), end=time(14)),)
TEN, TWO = timedelta(hours=10), timedelta(hours=14)


def refunds(*amounts: str, currency: str = "EUR") -> dict[str, Any]:
    return {"refunds": tuple(refund(amount, currency) for amount in amounts)}


def refund(amount: str, currency: str = "EUR") -> Refund:
    """What the buyer got."""
    parts = (RefundPart(Charge.ITEM, Decimal(amount)),)
    return Refund(Money(Decimal(amount), currency), DELIVERED_AT, parts)


def debits(*amounts: str) -> dict[str, Any]:
    """Refunds of which Amazon does not say what the buyer got."""
    return {"refunds": tuple(replace(refund(amount), parts=None) for amount in amounts)}


def packages(*states: tuple[str, str | None]) -> dict[str, Any]:
    return {"packages": tuple(Package(*state) for state in states)}


def exclude(**rules: Any) -> Seller:
    return seller(exclude=Exclude(**rules))


def skipped_for(known: Facts, wish: Seller, now: datetime = IN_WINDOW) -> Reason | None:
    """The reason of a Skip; None when the order is asked."""
    match decide(known, wish, now):
        case Skip(reason):
            return reason
        case Act():
            return None
        case Wait() as wait:
            raise AssertionError(wait)


CANCELLED_LINE = Item(sku="GIFT-1", asin="B00GIFT001", cancelled=True, promotions=("WINTER",))
LINE = Item(sku="MUG-1", asin="B000000001")

FACTS_BAR = {
    "not sold on Amazon": ({"channel": "NON_AMAZON"}, {}, Reason.NOT_AMAZON_ORDER),
    "an unknown channel": ({"channel": "AMAZON_ON_MARS"}, {}, Reason.NOT_AMAZON_ORDER),
    "a channel not named": ({"channel": ""}, {}, Reason.NOT_AMAZON_ORDER),
    "another marketplace": ({"marketplace_id": "A1RKKUPIHCS9HS"}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "an unknown marketplace": ({"marketplace_id": "AMARS"}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "no marketplace": ({"marketplace_id": None}, {}, Reason.MARKETPLACE_NOT_ENABLED),
    "the other enabled marketplace": ({"marketplace_id": "A1PA6795UKMFR9"}, {}, None),
    "cancelled": ({"status": "CANCELLED"}, {}, Reason.CANCELLED),
    "cannot be fulfilled": ({"status": "UNFULFILLABLE"}, {}, Reason.CANCELLED),
    "every line cancelled": ({"items": (CANCELLED_LINE, CANCELLED_LINE)}, {}, Reason.CANCELLED),
    "one line cancelled": ({"items": (CANCELLED_LINE, LINE)}, {}, None),
    "no lines known": ({"items": ()}, {}, None),
    "a replacement": ({"original_order_ids": ("403-1",)}, {}, Reason.REPLACEMENT),
    "replaced": ({}, {"replaced_by": "403-2"}, Reason.REPLACEMENT),
    "refunded": ({}, refunds("30.00"), Reason.REFUNDED),
    "refunded in part": ({}, refunds("0.01"), Reason.REFUNDED),
    "return reported by FBA": ({}, {"returned_by": Source.FBA_RETURNS}, Reason.RETURNED),
    "return requested from the merchant": ({}, {"returned_by": Source.MERCHANT_RETURNS}, Reason.RETURNED),
    "rejected by the buyer": (packages(("UNDELIVERABLE", "REJECTED_BY_BUYER")), {}, Reason.RETURNED),
    "on its way back": (packages(("IN_TRANSIT", "RETURNING_TO_SELLER")), {}, Reason.RETURNED),
    "came back, one of two": (
        packages(("DELIVERED", None), ("DELIVERED", "RETURNED_TO_SELLER")),
        {},
        Reason.RETURNED,
    ),
    "undeliverable": (packages(("UNDELIVERABLE", None)), {}, Reason.UNDELIVERABLE),
    "undeliverable by the detail": (packages(("PENDING", "UNDELIVERABLE")), {}, Reason.UNDELIVERABLE),
    "lost, one of two": (packages(("DELIVERED", None), ("IN_TRANSIT", "LOST")), {}, Reason.UNDELIVERABLE),
    "damaged": (packages(("IN_TRANSIT", "DAMAGED")), {}, Reason.UNDELIVERABLE),
    "nothing wrong": ({}, {}, None),
    "a business order": ({"programs": ("AMAZON_BUSINESS",)}, {}, None),
    "no value": ({"value": None}, {}, None),
}


@pytest.mark.parametrize(("order", "others", "reason"), FACTS_BAR.values(), ids=FACTS_BAR)
def test_a_fact_bars_the_order_or_not(order: dict[str, Any], others: dict[str, Any], reason: Reason | None) -> None:
    assert skipped_for(facts(order, **others), seller()) == reason


PARTIAL_REFUNDS = {
    "none": ({}, {}, None),
    "a part": ({}, refunds("29.99"), None),
    "two parts": ({}, refunds("10.00", "10.00"), None),
    "two parts that make the whole": ({}, refunds("10.00", "20.00"), Reason.REFUNDED),
    "more than the whole": ({}, refunds("35.00"), Reason.REFUNDED),
    "a debit that no fee makes the whole": ({}, debits("14.99"), None),
    "a debit that fees may make the whole": ({}, debits("15.00"), Reason.REFUNDED),
    "of an unknown value": ({"value": None}, refunds("0.01"), Reason.REFUNDED),
    "in another currency": ({}, refunds("0.01", currency="GBP"), Reason.REFUNDED),
}


@pytest.mark.parametrize(("order", "others", "reason"), PARTIAL_REFUNDS.values(), ids=PARTIAL_REFUNDS)
def test_partial_refunds_are_allowed_below_the_value_of_the_order(
    order: dict[str, Any], others: dict[str, Any], reason: Reason | None
) -> None:
    assert skipped_for(facts(order, **others), seller(partial_refunds="allow")) == reason


EXCLUSIONS = {
    "sku": ({}, exclude(skus=("MUG-2",)), Reason.SKU_EXCLUDED),
    "sku, a pattern in another case": ({}, exclude(skus=("GIFT-*", "mug-?")), Reason.SKU_EXCLUDED),
    "sku, none matches": ({}, exclude(skus=("GIFT-*", "MUG", "UG-1")), None),
    "sku, only of a cancelled line": ({"items": (CANCELLED_LINE, LINE)}, exclude(skus=("GIFT-*",)), None),
    "sku, unknown": ({"items": (Item(sku=None, asin=None),)}, exclude(skus=("GIFT-*",)), Reason.SKU_EXCLUDED),
    "sku, unknown and no rule": ({"items": (Item(sku=None, asin=None),)}, exclude(), None),
    "asin": ({}, exclude(asins=("B000000002",)), Reason.ASIN_EXCLUDED),
    "asin, a pattern": ({}, exclude(asins=("b0000*",)), Reason.ASIN_EXCLUDED),
    "asin, none matches": ({}, exclude(asins=("MUG-1",)), None),
    "fulfilled by the merchant": ({}, exclude(fulfilled_by=("merchant",)), Reason.FULFILMENT_EXCLUDED),
    "fulfilled by Amazon, merchant excluded": (
        {"fulfilled_by": "AMAZON"},
        exclude(fulfilled_by=("merchant",)),
        None,
    ),
    "fulfilled by Amazon": ({"fulfilled_by": "AMAZON"}, exclude(fulfilled_by=("amazon",)), Reason.FULFILMENT_EXCLUDED),
    "fulfilled by nobody knows": (
        {"fulfilled_by": None},
        exclude(fulfilled_by=("amazon",)),
        Reason.FULFILMENT_EXCLUDED,
    ),
    "business": (
        {"programs": ("PRIME", "AMAZON_BUSINESS")},
        exclude(business_orders=True),
        Reason.BUSINESS_ORDER_EXCLUDED,
    ),
    "not business": ({"programs": ("PRIME",)}, exclude(business_orders=True), None),
    "value below": ({}, exclude(order_value_below=Decimal("30.01")), Reason.ORDER_VALUE_EXCLUDED),
    "value just not below": ({}, exclude(order_value_below=Decimal("30.00")), None),
    "value above": ({}, exclude(order_value_above=Decimal("29.99")), Reason.ORDER_VALUE_EXCLUDED),
    "value just not above": ({}, exclude(order_value_above=Decimal("30.00")), None),
    "value above nothing": ({}, exclude(order_value_above=Decimal(0)), Reason.ORDER_VALUE_EXCLUDED),
    "value unknown": ({"value": None}, exclude(order_value_below=Decimal(0)), Reason.ORDER_VALUE_EXCLUDED),
    "promotion": ({}, exclude(promotions=("summer",)), Reason.PROMOTION_EXCLUDED),
    "promotion, another": ({}, exclude(promotions=("WINTER",)), None),
    "promotion, only of a cancelled line": ({"items": (CANCELLED_LINE, LINE)}, exclude(promotions=("WINTER",)), None),
    "disabled": ({}, seller(enabled=False), Reason.DISABLED),
}


@pytest.mark.parametrize(("order", "wish", "reason"), EXCLUSIONS.values(), ids=EXCLUSIONS)
def test_a_setting_excludes_the_order_or_not(order: dict[str, Any], wish: Seller, reason: Reason | None) -> None:
    assert skipped_for(facts(order), wish) == reason


NOT_YET = {
    "pending availability": ({"status": "PENDING_AVAILABILITY"}, Reason.NOT_SHIPPED),
    "pending": ({"status": "PENDING"}, Reason.NOT_SHIPPED),
    "unshipped": ({"status": "UNSHIPPED"}, Reason.NOT_SHIPPED),
    "shipped in part": ({"status": "PARTIALLY_SHIPPED"}, Reason.NOT_SHIPPED),
    "no status": ({"status": None}, Reason.NOT_SHIPPED),
    "an unknown status": ({"status": "BEAMED"}, Reason.NOT_SHIPPED),
    "in transit": (packages(("IN_TRANSIT", None)), Reason.NOT_DELIVERED),
    "one package of two": (packages(("DELIVERED", None), ("SHIPPED", None)), Reason.NOT_DELIVERED),
    "an unknown package status": (packages(("BEAMED", None)), Reason.NOT_DELIVERED),
    "fba, nothing known": (FBA, Reason.NOT_DELIVERED),
}


@pytest.mark.parametrize(("order", "reason"), NOT_YET.values(), ids=NOT_YET)
def test_what_only_a_new_fact_can_change_is_waited_for_ninety_days(order: dict[str, Any], reason: Reason) -> None:
    given_up = BOUGHT + GIVE_UP
    assert decide(facts(order), seller(), IN_WINDOW) == Wait(given_up, reason)
    assert decide(facts(order), seller(), given_up - TICK) == Wait(given_up, reason)
    assert decide(facts(order), seller(), given_up) == Skip(reason)


def test_an_estimate_is_waited_for_even_after_ninety_days() -> None:
    preordered = facts(FBA | {"purchased_at": BOUGHT - GIVE_UP}, fba_arrival=IN_WINDOW)
    assert decide(preordered, seller(), IN_WINDOW) == Wait(IN_WINDOW + 2 * DAY, Reason.NOT_DELIVERED)


def midnight(day: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, tzinfo=ZoneInfo("Europe/Paris"))


# The window of [7, 25] goes from midnight before Friday 12 June to midnight after Tuesday 30 June, in Paris.
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(DELIVERED_AT, Wait(midnight(12), Reason.TOO_EARLY), id="on the day of delivery"),
        pytest.param(midnight(12) - TICK, Wait(midnight(12), Reason.TOO_EARLY), id="just too early"),
        pytest.param(midnight(12), Act(midnight(1, 7)), id="the first moment"),
        pytest.param(midnight(1, 7) - TICK, Act(midnight(1, 7)), id="the last moment"),
        pytest.param(midnight(1, 7), Skip(Reason.TOO_LATE), id="just too late"),
    ],
)
def test_an_order_is_asked_within_the_day_range(now: datetime, expected: Decision) -> None:
    assert decide(facts(), seller(), now) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(midnight(7), Wait(midnight(13) + TEN, Reason.TOO_EARLY), id="before the window"),
        pytest.param(midnight(12), Wait(midnight(13) + TEN, Reason.OUTSIDE_TIME_SLOT), id="a Friday"),
        pytest.param(midnight(13), Wait(midnight(13) + TEN, Reason.OUTSIDE_TIME_SLOT), id="too early in the day"),
        pytest.param(midnight(13) + TEN, Act(midnight(1, 7)), id="in the slot"),
        pytest.param(midnight(13) + TWO, Wait(midnight(20) + TEN, Reason.OUTSIDE_TIME_SLOT), id="after"),
        pytest.param(midnight(27) + TWO, Skip(Reason.TOO_LATE), id="no slot left before the window closes"),
    ],
)
def test_an_order_is_asked_in_the_sellers_slots_only(now: datetime, expected: Decision) -> None:
    assert decide(facts(), seller(time_slots=TEN_TO_TWO, weekdays=("sat",)), now) == expected


def test_a_window_without_any_slot_is_known_to_be_too_late_at_once() -> None:
    assert decide(facts(), seller(day_range=(7, 8), weekdays=("mon",)), DELIVERED_AT) == Skip(Reason.TOO_LATE)


LATE = facts({"purchased_at": BOUGHT - 20 * DAY, "deliver_by": DELIVERED_AT - 12 * DAY})  # promised for 24 May
NEARER, LATER = DELIVERED_AT + 17 * DAY, DELIVERED_AT + 29 * DAY


@pytest.mark.parametrize(
    ("known", "now", "expected"),
    [
        pytest.param(LATE, IN_WINDOW, Act(NEARER), id="delivered late: the nearer end is the deadline"),
        pytest.param(LATE, NEARER - TICK, Act(NEARER), id="until it has come"),
        pytest.param(LATE, NEARER, Act(LATER), id="then the later one is"),
        pytest.param(LATE, LATER - TICK, Act(LATER), id="until the last moment"),
        pytest.param(LATE, LATER, Skip(Reason.TOO_LATE), id="and then it is too late"),
        pytest.param(
            facts({"deliver_by": BOUGHT - TICK}), NEARER, Act(LATER), id="promised before the purchase: by nobody"
        ),
        pytest.param(
            facts({"deliver_by": DELIVERED_AT + 10 * DAY}),
            LATER,
            Act(midnight(6, 7)),
            id="delivered early",
        ),
    ],
)
def test_amazon_is_looked_at_until_the_later_end_and_the_nearer_one_is_the_deadline(
    known: Facts, now: datetime, expected: Decision
) -> None:
    assert decide(known, seller(day_range=(5, 30)), now) == expected


@pytest.mark.parametrize("now", [DELIVERED_AT, NEARER, LATER, LATER + DAY])
def test_the_window_is_shut_at_its_later_end_whenever_that_is_asked(now: datetime) -> None:
    assert shut_at(LATE, seller(day_range=(5, 30)), now) == LATER


def test_an_order_that_is_not_known_to_be_delivered_has_no_window_to_shut() -> None:
    assert shut_at(facts(FBA), seller(), IN_WINDOW) is None


def test_days_and_slots_are_local_to_the_sellers_zone_if_the_settings_name_one() -> None:
    kolkata = datetime(2026, 6, 12, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert decide(facts(), seller(timezone="Asia/Kolkata"), DELIVERED_AT) == Wait(kolkata, Reason.TOO_EARLY)


@dataclass(frozen=True)
class Flaw:
    reason: Reason
    order: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    wish: dict[str, Any] = field(default_factory=dict)
    exclude: dict[str, Any] = field(default_factory=dict)


IN_ORDER = [
    Flaw(Reason.LEFT_OUT, facts={"left_out": LeftOut(DELIVERED_AT, "Claire", "complained by mail")}),
    Flaw(Reason.ALREADY_REQUESTED, facts={"imported": (Imported(DELIVERED_AT, "Claire", "asked.csv"),)}),
    Flaw(Reason.DISABLED, wish={"enabled": False}),
    Flaw(Reason.NOT_FETCHED_YET, facts={"to_fetch": True}),
    Flaw(Reason.NOT_AMAZON_ORDER, order={"channel": "NON_AMAZON"}),
    Flaw(Reason.MARKETPLACE_NOT_ENABLED, order={"marketplace_id": None}),
    Flaw(Reason.CANCELLED, order={"status": "CANCELLED"}),
    Flaw(Reason.REPLACEMENT, facts={"replaced_by": "403-2"}),
    Flaw(Reason.REFUNDED, facts=refunds("5")),
    Flaw(Reason.RETURNED, facts={"returned_by": Source.FBA_RETURNS}),
    Flaw(Reason.UNDELIVERABLE, order=packages(("UNDELIVERABLE", "LOST"))),
    Flaw(Reason.SKU_EXCLUDED, exclude={"skus": ("MUG-*",)}),
    Flaw(Reason.ASIN_EXCLUDED, exclude={"asins": ("B*",)}),
    Flaw(Reason.FULFILMENT_EXCLUDED, exclude={"fulfilled_by": ("merchant",)}),
    Flaw(Reason.BUSINESS_ORDER_EXCLUDED, order={"programs": ("AMAZON_BUSINESS",)}, exclude={"business_orders": True}),
    Flaw(Reason.ORDER_VALUE_EXCLUDED, exclude={"order_value_below": Decimal(100)}),
    Flaw(Reason.PROMOTION_EXCLUDED, exclude={"promotions": ("SUMMER",)}),
    Flaw(Reason.SHIPPED_ABROAD, exclude={"shipped_abroad": True}),
    Flaw(Reason.RULE_SAYS_NO, wish={"rules": [{"name": "none", "ask": False}]}),
    Flaw(Reason.NOT_SHIPPED, order={"status": "UNSHIPPED"}),
    Flaw(Reason.NOT_DELIVERED, order={"packages": SHIPPED}),
]


@pytest.mark.parametrize("first", range(len(IN_ORDER)), ids=[flaw.reason for flaw in IN_ORDER])
def test_of_several_reasons_the_first_in_the_table_is_given(first: int) -> None:
    order: dict[str, Any] = {}
    others: dict[str, Any] = {}
    wish: dict[str, Any] = {}
    exclusions: dict[str, Any] = {}
    for flaw in reversed(IN_ORDER[first:]):
        order |= flaw.order
        others |= flaw.facts
        wish |= flaw.wish
        exclusions |= flaw.exclude
    decision = decide(facts(order, **others), seller(**wish, exclude=Exclude(**exclusions)), IN_WINDOW)
    assert isinstance(decision, Wait | Skip)
    assert decision.reason == IN_ORDER[first].reason


@pytest.mark.parametrize(
    ("days", "decision"),
    [
        pytest.param(4.9, Wait(DELIVERED_AT + 5 * DAY, Reason.TOO_EARLY), id="before Amazon's first day"),
        pytest.param(5.1, Act(DELIVERED_AT + 29 * DAY), id="before the seller's first day, at night, on a Monday"),
        pytest.param(27, Act(DELIVERED_AT + 29 * DAY), id="after the seller's last day"),
        pytest.param(29.5, Skip(Reason.TOO_LATE), id="after Amazon's last day"),
    ],
)
def test_an_order_that_a_person_wants_asked_now_waits_for_amazons_days_alone(days: float, decision: Decision) -> None:
    wish = seller(time_slots=TEN_TO_TWO, weekdays=("sat",))
    now = DELIVERED_AT + days * DAY
    assert decide(facts(ask_until=now + DAY), wish, now) == decision
    assert decide(facts(ask_until=now), wish, now) == decide(facts(), wish, now)
    assert decide(facts(ask_until=now + DAY, **refunds("30")), wish, now) == Skip(Reason.REFUNDED)


@pytest.mark.parametrize(
    ("order", "released", "late"),
    [
        pytest.param({"deliver_by": DELIVERED_AT - DAY}, None, True, id="its packages came a day late"),
        pytest.param({"deliver_by": DELIVERED_AT}, None, False, id="in time"),
        pytest.param({"deliver_by": None}, None, False, id="nothing was promised"),
        pytest.param(
            {"deliver_by": DELIVERED_AT - DAY, "packages": ()}, DELIVERED_AT + 7 * DAY, True, id="by the money"
        ),
        pytest.param({"deliver_by": DELIVERED_AT - DAY, "packages": ()}, None, False, id="only the promise tells"),
    ],
)
def test_an_order_that_came_after_its_promised_date_may_be_left_out(
    order: dict[str, Any], released: datetime | None, late: bool
) -> None:
    known = facts(order, funds_released_for=released)
    wish = seller(exclude=Exclude(delivered_late=True))
    expected = Skip(Reason.DELIVERED_LATE) if late else decide(known, seller(), IN_WINDOW)
    assert decide(known, wish, IN_WINDOW) == expected
    assert isinstance(decide(known, seller(), IN_WINDOW), Act)


@pytest.mark.parametrize(("abroad", "excluded"), [(True, True), (None, True), (False, False)])
def test_an_order_that_goes_abroad_may_be_left_out(abroad: bool | None, excluded: bool) -> None:
    known = facts({"ships_abroad": abroad})
    assert isinstance(decide(known, seller(), IN_WINDOW), Act)
    decision = decide(known, seller(exclude=Exclude(shipped_abroad=True)), IN_WINDOW)
    assert (decision == Skip(Reason.SHIPPED_ABROAD)) == excluded


def test_an_order_that_may_have_been_here_before_is_never_asked() -> None:
    again = facts(reappeared=True)
    for now in (IN_WINDOW - 30 * DAY, IN_WINDOW):
        assert not isinstance(decide(again, seller(), now), Act)
    assert decide(again, seller(), IN_WINDOW) == Skip(Reason.NO_LONGER_KEPT)
    assert decide(again, seller(), IN_WINDOW + 90 * DAY) == Skip(Reason.TOO_LATE)


def test_explain_shows_every_rule_in_order() -> None:
    rules = [verdict.rule for verdict in explain(facts(), seller(), IN_WINDOW)]
    assert rules == [flaw.reason for flaw in IN_ORDER] + [
        "delivered_late",
        "too_late",
        "no_longer_kept",
        "too_early",
        "blackout",
        "outside_time_slot",
    ]
    assert {verdict.verdict for verdict in explain(facts(), seller(), IN_WINDOW)} == {"pass"}


def test_explain_shows_the_rules_behind_the_one_that_decides() -> None:
    known = facts(refunds=refunds("5")["refunds"], returned_by=Source.FBA_RETURNS)
    verdicts = {v.rule: v for v in explain(known, seller(weekdays=("sun",)), IN_WINDOW)}
    assert verdicts["refunded"].verdict == "skip: refunded"
    assert verdicts["refunded"].input == "refunds: 5 EUR; value: 30.00 EUR; partial_refunds: exclude"
    assert verdicts["returned"].verdict == "skip: returned"
    assert verdicts["not_delivered"].input == "delivered 2026-06-05 14:00 CEST by package_status"
    assert verdicts["outside_time_slot"].verdict == "wait: outside_time_slot"
    assert verdicts["outside_time_slot"].input == "slots: none; weekdays: sun; next: 2026-06-21 00:00 CEST"


def test_explain_writes_values_as_a_person_does() -> None:
    known = facts({"value": Money(Decimal("1.4E+2"), "EUR")}, refunds=refunds("5", "2.50")["refunds"])
    wish = seller(time_slots=TEN_TO_TWO, exclude=Exclude(order_value_below=Decimal("1E+1")))
    inputs = {v.rule: v.input for v in explain(known, wish, IN_WINDOW)}
    assert inputs["refunded"] == "refunds: 5 EUR, 2.50 EUR; value: 140 EUR; partial_refunds: exclude"
    assert inputs["order_value_excluded"] == "value: 140 EUR; below: 10; above: none"
    assert inputs["business_order_excluded"] == "programs: none; excluded: false"
    assert inputs["sku_excluded"] == "skus: MUG-1, MUG-2; excluded: none"
    assert inputs["too_early"] == "now: 2026-06-15 14:00 CEST; opens: 2026-06-12 00:00 CEST"
    assert inputs["outside_time_slot"] == "slots: 10:00-14:00; weekdays: none; next: 2026-06-16 10:00 CEST"


def test_explain_says_which_rules_need_the_delivery_to_be_known() -> None:
    verdicts = {v.rule: v.verdict for v in explain(facts(FBA), seller(), IN_WINDOW)}
    assert verdicts["not_delivered"] == "wait: not_delivered"
    assert {verdicts[rule] for rule in ("too_late", "too_early", "outside_time_slot")} == {
        "unknown: the order is not known to be delivered"
    }


@pytest.mark.parametrize(
    ("known", "until", "expected"),
    [
        pytest.param(facts(), IN_WINDOW, midnight(12), id="when its window opens"),
        pytest.param(facts(), midnight(12), None, id="not before the end of the forecast"),
        pytest.param(
            facts(FBA, fba_arrival=DELIVERED_AT), IN_WINDOW, midnight(14), id="after its estimate and its window"
        ),
        pytest.param(facts(FBA), BOUGHT + 2 * GIVE_UP, None, id="never, as nothing is known"),
        pytest.param(facts(**refunds("1")), IN_WINDOW, None, id="never, as it is refunded"),
    ],
)
def test_the_forecast_follows_the_waits(known: Facts, until: datetime, expected: datetime | None) -> None:
    assert forecast(known, seller(), BOUGHT + DAY, until) == expected
