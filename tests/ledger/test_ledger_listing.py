"""A page of a list is found by the way that looks at few rows, and is the same whichever way is taken."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, insert

from ledger import listing, meta, orders, products
from ledger.database import Connection, Ledger
from ledger.listing import Filter, Page
from ledger.requests import REVIEWS, Request
from ledger.state import Action, State
from ledger.tables import entries
from rules.order import Item, Order
from rules.reason import Reason
from tests.ledger.examples import NOW, order

SELLERS = ("atelier", "blauhaus", "casa")
FR, DE = "A13V1IB3VIYZZH", "A1PA6795UKMFR9"
STANDS = (
    (State.SENT, Reason.REQUESTED),
    (State.SENT, Reason.RESOLVED),
    (State.SKIPPED, Reason.REFUNDED),
    (State.REFUSED, Reason.ALREADY_REQUESTED),
    (State.WAITING, Reason.TOO_EARLY),
    (State.DUE, Reason.DUE),
    (State.HELD, Reason.BROKEN),
)
FILTERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a state": {"states": [State.SKIPPED]},
    "states that are open": {"states": [State.WAITING, State.DUE]},
    "sent": {"states": [State.SENT]},
    "held": {"states": [State.HELD]},
    "a reason": {"reason": "resolved"},
    "a reason of another state": {"reason": "refunded", "states": [State.SENT]},
    "a marketplace": {"marketplace_id": DE},
    "a product": {"product": "teapot-1"},
    "an ASIN": {"product": "B0CUP"},
    "a beginning": {"product": "TEA*", "states": [State.SENT, State.SKIPPED]},
    "everything that has a product": {"product": "*"},
    "no product": {"product": "%"},
    "a product of a marketplace": {"product": "cup", "marketplace_id": FR, "reason": "requested"},
    "a part of an id": {"order_id": "-01"},
    "a part that is nowhere": {"order_id": "_"},
    "a part and a state": {"order_id": "2", "states": [State.HELD, State.SENT]},
    "since": {"since": NOW - timedelta(hours=20)},
    "between": {"since": NOW - timedelta(hours=30), "until": NOW - timedelta(hours=3), "product": "cup"},
    "to come": {"coming_until": NOW + timedelta(days=2)},
}
WAYS = {
    "few are gathered": (2_000, 50, True),
    "none is gathered": (-1, 50, True),
    "each seller is walked through": (3, 2, True),
    "all are walked through": (-1, 0, True),
    "not all products are taken in": (2_000, 50, False),
}


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Forty orders of each seller, in every state."""
    with ledger.begin() as connection:
        for seller in SELLERS:
            found = [
                order(
                    f"40{number % 4}-{number:03}",
                    marketplace_id=DE if number % 3 == 0 else FR,
                    items=(Item(f"TEAPOT-{number % 2}", None), *([Item("Cup", "b0cup")] if number % 5 == 0 else [])),
                )
                for number in range(40)
            ]
            orders.record_orders(connection, seller, found, as_of=NOW, previous=None)
            connection.execute(delete(entries).where(entries.c.seller == seller))
            connection.execute(insert(entries), [_row(seller, *numbered) for numbered in enumerate(found)])
    return ledger


def _row(seller: str, number: int, each: Order) -> dict[str, Any]:
    state, reason = STANDS[number % len(STANDS)]
    is_over = state in (State.SENT, State.SKIPPED, State.REFUSED)
    return {
        "seller": seller,
        "order_id": each.order_id,
        "action": Action.REVIEW.value,
        "state": state.value,
        "reason": reason.value,
        "next_look_at": None if is_over else NOW,
        "tries": 0,
        "changed_at": NOW - timedelta(hours=number % 37),
    }


def shown(connection: Connection, wanted: Filter, offset: int = 0, limit: int = 500) -> Page[Request]:
    return listing.page(connection, REVIEWS, wanted, offset, limit)


def fits(each: Request, wanted: Filter) -> bool:
    """By looking at it."""
    order, name = each.facts.order, (wanted.product or "").removesuffix("*").lower()
    names = [word.lower() for item in order.items for word in (item.sku, item.asin) if word]
    is_beginning = (wanted.product or "").endswith("*")
    return (
        each.seller in wanted.sellers
        and (not wanted.states or each.state in wanted.states)
        and wanted.reason in (None, each.reason)
        and wanted.marketplace_id in (None, order.marketplace_id)
        and (not wanted.product or any(word.startswith(name) if is_beginning else word == name for word in names))
        and (wanted.order_id or "") in each.order_id
        and (not wanted.since or each.changed_at >= wanted.since)
        and (not wanted.until or each.changed_at < wanted.until)
        and (not wanted.coming_until or each.reason in (Reason.DUE, Reason.TOO_EARLY))
    )


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_is_taken_a_list_is_that_of_looking_at_each(
    way: str, filled: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, some_sellers, is_whole = WAYS[way]
    monkeypatch.setattr(listing, "FEW", few)
    monkeypatch.setattr(listing, "FEW_IDS", few)
    monkeypatch.setattr(listing, "SOME_SELLERS", some_sellers)
    with filled.begin() as connection:
        if not is_whole:
            meta.put(connection, products.UNTIL, "")
        every = [each for seller in SELLERS for each in REVIEWS.in_states(connection, seller, list(State))]
        for name, sellers in product(FILTERS, (SELLERS, SELLERS[:1], SELLERS[1:])):
            wanted = Filter(sellers, Action.REVIEW, **FILTERS[name])
            right = sorted((each for each in every if fits(each, wanted)), key=_place)
            found = shown(connection, wanted)
            assert sorted(found.rows, key=_place) == right, (name, sellers)
            assert [_order(each) for each in found.rows] == [_order(each) for each in right], (name, sellers)
            assert (found.total, found.at_least) == (len(right), False), (name, sellers)
            second = shown(connection, wanted, 7, 7).rows
            assert [_order(each) for each in second] == [_order(each) for each in right[7:14]], (name, sellers)


def _order(each: Request) -> tuple[float, str]:
    """In which they are shown."""
    return -each.changed_at.timestamp(), each.order_id


def _place(each: Request) -> tuple[float, str, str]:
    return *_order(each), each.seller


@pytest.mark.parametrize("name", ["a marketplace", "a beginning", "a part of an id", "since"])
def test_more_than_are_counted_are_said_to_be_more(name: str, filled: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "FEW", -1)
    monkeypatch.setattr(listing, "FEW_IDS", -1)
    monkeypatch.setattr(listing, "COUNTED", 5)
    with filled.read() as connection:
        found = shown(connection, Filter(SELLERS, Action.REVIEW, **FILTERS[name]))
    assert found.at_least
    assert 0 < found.total <= 6 < len(found.rows)


def test_what_stands_where_is_said_of_all_whatever_is_shown(filled: Ledger) -> None:
    with filled.read() as connection:
        found = shown(connection, replace(Filter(SELLERS[:1], Action.REVIEW), reason="refunded"))
    assert sum(number for *_, number in found.counts) == 40
