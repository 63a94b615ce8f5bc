from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.decision import Act, Decision, Skip, Wait
from rules.delivery import Delivered, delivery, promised
from rules.order import Facts, Item, Money, Order, Package, Refund, Source
from rules.reviews import decide, explain, forecast, shut_at
from rules.window import next_slot, review_window
from settings.marketplaces import MARKETPLACES, Region
from settings.schema import Exclude, ReviewRequests, Seller, TimeSlot
from tests.rules.examples import BOUGHT, DAY

FOR_EVER = BOUGHT + 1000 * DAY
Case = tuple[Facts, Seller, datetime]

nows = moments = st.integers(0, 50 * 24 * 60 * 60).map(lambda seconds: BOUGHT + seconds * DAY / 86400)
money = st.builds(Money, st.decimals(0, 100, places=2), st.sampled_from(["EUR", "GBP"]))
ids = st.sampled_from(["A", "B", ""])


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual] * 20 + list(others))


statuses = mostly("SHIPPED", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "CANCELLED", "UNFULFILLABLE", "MARS", None)
package_statuses = st.sampled_from(
    ["DELIVERED", "DELIVERED", "SHIPPED", "SHIPPED", "IN_TRANSIT", "PENDING", "CANCELLED", "UNDELIVERABLE", "MARS"]
)
details = mostly(None, "DELIVERED", "OUT_FOR_DELIVERY", "LOST", "RETURNED_TO_SELLER", "LABEL_CANCELLED", "MARS")
items = st.builds(Item, sku=st.none() | ids, asin=st.none() | ids, cancelled=st.booleans())


def facts_in(marketplace_ids: list[str], moments: st.SearchStrategy[datetime] = moments) -> st.SearchStrategy[Facts]:
    maybe_moments = st.none() | moments
    orders = st.builds(
        Order,
        order_id=st.just("403-0000001-0000001"),
        purchased_at=moments,
        updated_at=moments,
        channel=mostly("AMAZON", "NON_AMAZON", "MARS"),
        marketplace_id=st.sampled_from([*marketplace_ids * 5, "MARS", None]),
        status=statuses,
        fulfilled_by=st.sampled_from(["AMAZON", "MERCHANT", "MERCHANT", "MARS", None]),
        items=st.lists(items, max_size=3).map(tuple),
        packages=st.lists(st.builds(Package, package_statuses, details, maybe_moments), max_size=2).map(tuple),
        deliver_by=maybe_moments,
        value=st.none() | money,
    )
    return st.builds(
        Facts,
        order=orders,
        not_delivered_at=maybe_moments,
        seen_delivered_at=maybe_moments,
        refunds=mostly((), (Refund(Money(Decimal(1), "EUR"), BOUGHT),), (Refund(Money(Decimal(99), "GBP"), BOUGHT),)),
        funds_released_for=maybe_moments,
        returned_by=mostly(None, Source.FBA_RETURNS),
        fba_arrival=maybe_moments,
        replaced_by=mostly(None, "403-0000002-0000002"),
    )


wishes = st.builds(
    ReviewRequests,
    day_range=st.tuples(st.integers(5, 30), st.integers(5, 30)).map(lambda days: (min(days), max(days))),
    time_slots=st.sampled_from(
        [(), (TimeSlot(start=time(10), end=time(14)),), (TimeSlot(start=time(2), end=time(3)),)]
    ),
    timezone=st.none() | st.sampled_from(["Europe/Paris", "Australia/Sydney"]),
    weekdays=st.sets(st.sampled_from(["mon", "wed", "sun"])).map(tuple),
    partial_refunds=st.sampled_from(["exclude", "allow"]),
    exclude=st.sampled_from([Exclude(), Exclude(skus=("A*",), order_value_above=Decimal(50))]),
)


whenever = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)


@st.composite
def cases(draw: st.DrawFn, moments: st.SearchStrategy[datetime] = moments) -> Case:
    region = draw(st.sampled_from(get_args(Region)))
    here = [m for m in MARKETPLACES.values() if m.region == region]
    seller = Seller(
        name="maison-durand",
        region=region,
        marketplaces=tuple(m.code for m in here),
        review_requests=draw(wishes),
    )
    return draw(facts_in([m.marketplace_id for m in here], moments)), seller, draw(nows)


@settings(deadline=None)
@given(cases())
def test_deciding_again_when_due_ends_in_few_steps(case: Case) -> None:
    facts, seller, now = case
    for _ in range(10):
        decision: Decision = decide(facts, seller, now)
        if not isinstance(decision, Wait):
            return
        assert decision.due_at > now
        now = decision.due_at
    raise AssertionError(decision)


@settings(deadline=None)
@given(cases())
def test_a_request_goes_out_only_inside_window_and_slot(case: Case) -> None:
    facts, seller, now = case
    asked_at = forecast(facts, seller, now, FOR_EVER)
    if asked_at is None:
        return
    wish, delivered = seller.review_requests, delivery(facts, asked_at)
    marketplace = next(m for m in MARKETPLACES.values() if m.marketplace_id == facts.order.marketplace_id)
    zone = ZoneInfo(wish.timezone or marketplace.timezone)
    assert isinstance(delivered, Delivered)
    window = review_window(delivered.at, wish.day_range, zone, promised(facts.order))
    assert window.opens <= asked_at < window.closes
    assert next_slot(asked_at, wish.time_slots, wish.weekdays, zone) == asked_at
    assert decide(facts, seller, asked_at) == Act(window.deadline if window.deadline > asked_at else window.closes)


@settings(deadline=None)
@given(cases())
def test_explain_agrees_with_decide(case: Case) -> None:
    facts, seller, now = case
    first = next((rule.verdict for rule in explain(facts, seller, now) if rule.verdict != "pass"), "pass")
    match decide(facts, seller, now):
        case Wait(_, reason):
            assert first == f"wait: {reason}"
        case Skip(reason):
            assert first == f"skip: {reason}"
        case Act():
            assert first == "pass"


@settings(deadline=None)
@given(cases())
def test_the_forecast_is_the_first_moment_at_which_it_is_decided_to_ask(case: Case) -> None:
    facts, seller, now = case
    asked_at = forecast(facts, seller, now, FOR_EVER)
    decision: Decision = decide(facts, seller, now)
    while isinstance(decision, Wait) and decision.due_at < FOR_EVER:
        now = decision.due_at
        decision = decide(facts, seller, now)
    assert asked_at == (now if isinstance(decision, Act) else None)
    assert asked_at is None or forecast(facts, seller, asked_at, FOR_EVER) == asked_at


@settings(deadline=None)
@given(cases(moments | whenever))
def test_any_date_in_any_fact_gives_a_decision(case: Case) -> None:
    facts, seller, now = case
    explain(facts, seller, now)
    match decide(facts, seller, now):
        case Wait(due_at):
            assert due_at > now
            assert decide(facts, seller, due_at) is not None
        case Act(deadline):
            shut = shut_at(facts, seller, now)
            assert shut is not None
            assert now < deadline <= shut
