"""Orders are found by every filter, and one order says what `explain` says; its buttons do what they say."""

from collections.abc import Iterator

import pytest

from tests.web.opened import Opened, Visitor, values


@pytest.fixture(scope="module")
def visitor(page: Opened) -> Iterator[Visitor]:
    with page.visitor() as made:
        yield made


def test_each_part_of_the_sum_opens_to_its_orders(visitor: Visitor) -> None:
    said = visitor.json("/status.json")["sum"]
    for part in ("sent", "waiting", "skipped", "refused", "held"):
        found = visitor.json(f"/orders.json?state={part}")
        assert found["total"] == said[part]
        assert set(values(visitor.html(f"/orders?state={part}"), "<tr data-seller=[^>]*data-state")) <= {part}


def test_each_reason_opens_to_its_orders(visitor: Visitor) -> None:
    for part, why in visitor.json("/status.json")["sum"]["why"].items():
        for reason, number in why.items():
            found = visitor.json(f"/orders.json?state={part}&reason={reason}")
            assert (found["total"], {each["reason"] for each in found["entries"]}) == (number, {reason})


def test_filters_that_no_tally_knows_find_the_same_as_looking_through_all(visitor: Visitor) -> None:
    entries = visitor.json("/orders.json")["entries"] + visitor.json("/orders.json?page=2")["entries"]
    one = entries[0]
    sku = one["items"].split(" ×")[0]
    for query, wanted in (
        ("marketplace=DE", lambda each: each["marketplace"] == "DE"),
        (f"sku={sku}", lambda each: sku in each["items"]),
        (f"sku={sku[:3]}*", lambda each: any(item.startswith(sku[:3]) for item in each["items"].split(", "))),
        (f"q={one['order_id'][-5:]}", lambda each: one["order_id"][-5:] in each["order_id"]),
        ("since=2199-01-01", lambda each: False),
        ("until=2000-01-01", lambda each: False),
    ):
        found = visitor.json(f"/orders.json?{query}")
        assert {each["order_id"] for each in found["entries"]} == {
            each["order_id"] for each in entries if wanted(each)
        }, query
        assert found["total"] == len(found["entries"])


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999", "since=never", "state=odd", "sku=%25%27%22", "q=%00"]
)
def test_what_cannot_be_asked_breaks_nothing(visitor: Visitor, query: str) -> None:
    assert visitor.get(f"/orders?{query}").status_code == 200
    assert visitor.get(f"/orders.json?{query}").status_code == 200


def test_documents_are_listed_too(visitor: Visitor) -> None:
    found = visitor.json("/orders.json?action=invoice")
    assert {each["action"] for each in found["entries"]} == {"invoice"}


def test_every_listed_order_has_its_page_in_every_language(visitor: Visitor) -> None:
    for each in visitor.json("/orders.json")["entries"][:12]:
        order_id = each["order_id"]
        said = visitor.json(f"/orders/{order_id}.json")
        assert (said["order_id"], said["state"]) == (order_id, each["state"])
        for language in ("en", "fr", "de"):
            assert order_id in visitor.html(f"/orders/{order_id}?lang={language}")
        visitor.html("/?lang=en")


def test_an_order_is_left_out_and_taken_back(visitor: Visitor) -> None:
    order_id = visitor.json("/orders.json?state=waiting")["entries"][0]["order_id"]
    path = f"/orders/{order_id}"
    assert visitor.does(path, "skip", why="complained").status_code == 303
    assert visitor.json(f"{path}.json")["reason"] == "left_out"
    assert 'data-act="undo-skip"' in visitor.html(path)
    assert visitor.does(path, "undo-skip").status_code == 303
    assert visitor.json(f"{path}.json")["reason"] != "left_out"


def test_an_order_is_to_be_asked_now(visitor: Visitor) -> None:
    order_id = visitor.json("/orders.json?state=waiting")["entries"][0]["order_id"]
    assert visitor.does(f"/orders/{order_id}", "ask").status_code == 303
    assert "to be asked now, by claire" in [
        each["detail"] for each in visitor.json(f"/orders/{order_id}.json")["attempts"]
    ]


def test_no_order_of_another_seller_is_shown(agency: Opened) -> None:
    from web.person import Person, Role

    with agency.visitor() as owner, agency.visitor(Person("c", Role.ADMIN, frozenset({"lumiere"}))) as client:
        order_id = owner.json("/orders.json?seller=dune-und-meer")["entries"][0]["order_id"]
        for path in (f"/orders/{order_id}", f"/orders/{order_id}.json", f"/orders/{order_id}?seller=dune-und-meer"):
            assert client.get(path).status_code == 404
            assert owner.get(path).status_code == 200
        assert order_id not in client.get("/orders").text
