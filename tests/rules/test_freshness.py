from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.freshness import EVERY_ORDER, needed, stale, stale_for
from rules.order import Facts, Freshness, Package, Source
from settings.schema import Seller
from tests.rules.examples import BOUGHT, DAY, DELIVERED_AT, IN_WINDOW, facts

HOUR = timedelta(hours=1)
TICK = timedelta.resolution
ALL_FRESH: Freshness = dict.fromkeys(Source, IN_WINDOW)
FBA = {"fulfilled_by": "AMAZON", "packages": ()}
BOTH_RETURNS = {Source.MERCHANT_RETURNS, Source.FBA_RETURNS}


def seller(**settings: Any) -> Seller:
    return Seller(name="maison-durand", region="eu", marketplaces=("FR",), **settings)


NEEDED: dict[str, tuple[Facts, set[Source]]] = {
    "shipped by the merchant": (facts(), {Source.MERCHANT_RETURNS}),
    "shipped by the merchant, not tracked": (
        facts({"packages": (Package("SHIPPED"),), "deliver_by": DELIVERED_AT}),
        {Source.MERCHANT_RETURNS},
    ),
    "shipped by Amazon": (facts(FBA), {Source.FBA_RETURNS, Source.FBA_SHIPMENTS}),
    "shipped by Amazon, with an arrival": (
        facts(FBA, fba_arrival=DELIVERED_AT),
        {Source.FBA_RETURNS, Source.FBA_SHIPMENTS},
    ),
    "shipped by Amazon, funds released": (facts(FBA, funds_released_for=DELIVERED_AT + 7 * DAY), {Source.FBA_RETURNS}),
    "shipped by Amazon, released before the purchase": (
        facts(FBA, funds_released_for=BOUGHT - DAY),
        {Source.FBA_RETURNS, Source.FBA_SHIPMENTS},
    ),
    "shipped by Amazon, its packages delivered": (facts({"fulfilled_by": "AMAZON"}), {Source.FBA_RETURNS}),
    "shipped by nobody knows": (facts({"fulfilled_by": None}), BOTH_RETURNS),
    "shipped by a new word": (facts({"fulfilled_by": "DRONE"}), BOTH_RETURNS),
}


@pytest.mark.parametrize(("known", "others"), NEEDED.values(), ids=NEEDED)
def test_an_order_needs_orders_finances_and_what_tells_of_its_own_returns_and_delivery(
    known: Facts, others: set[Source]
) -> None:
    assert set(needed(known)) == {*EVERY_ORDER, *others}


@pytest.mark.parametrize(("case", "source"), list(product(NEEDED, Source)))
def test_a_stale_source_holds_the_orders_that_need_it_and_no_others(case: str, source: Source) -> None:
    known, others = NEEDED[case]
    freshness = {**ALL_FRESH, source: IN_WINDOW - 7 * HOUR}
    held = source in {*EVERY_ORDER, *others}
    assert stale_for(known, seller(), freshness, IN_WINDOW) == [source] * held


AGES = {
    "never read": (None, {}, True),
    "just read": (IN_WINDOW, {}, False),
    "as old as may be": (IN_WINDOW - 6 * HOUR, {}, False),
    "older": (IN_WINDOW - 6 * HOUR - TICK, {}, True),
    "older, with more patience": (IN_WINDOW - 7 * HOUR, {"freshness_hours": 7}, False),
    "given up in writing": (None, {"unavailable_sources": ("fba_returns",)}, False),
    "by a clock that is ahead": (IN_WINDOW + DAY, {}, False),
}


@pytest.mark.parametrize(("as_of", "settings", "expected"), AGES.values(), ids=AGES)
def test_a_source_is_stale_or_not(as_of: datetime | None, settings: dict[str, Any], expected: bool) -> None:
    known = {**ALL_FRESH, Source.FBA_RETURNS: as_of}
    assert stale(seller(**settings), known, IN_WINDOW) == [Source.FBA_RETURNS] * expected


def test_a_source_that_nothing_is_known_of_is_stale() -> None:
    assert stale(seller(), {}, IN_WINDOW) == list(Source)
    assert stale(seller(), {}, IN_WINDOW, EVERY_ORDER) == list(EVERY_ORDER)


spans = st.timedeltas(timedelta(0), DAY)
ages = st.none() | st.timedeltas(-DAY, DAY)


@given(st.dictionaries(st.sampled_from(Source), ages), spans, st.sampled_from(sorted(NEEDED)))
def test_what_is_stale_stays_stale_as_time_goes_by(
    age: dict[Source, timedelta | None], later: timedelta, case: str
) -> None:
    known = {source: None if by is None else IN_WINDOW - by for source, by in age.items()}
    order, _ = NEEDED[case]
    before = stale_for(order, seller(), known, IN_WINDOW)
    assert set(before) <= set(stale_for(order, seller(), known, IN_WINDOW + later))
    assert set(before) <= set(stale(seller(), known, IN_WINDOW))
