"""Orders are found by every filter, and one order says what `explain` says; its buttons do what they say."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest

from ledger.state import State
from tasks.orders import Listed, Wanted, every
from tests.screens.world import NOW
from tests.tasks import bookkeeping
from tests.web.opened import Opened, Visitor, values
from web.pages.table import csv_of
from web.person import Person, Role


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
    with agency.visitor() as owner, agency.visitor(Person("c", Role.ADMIN, frozenset({"lumiere"}))) as client:
        order_id = owner.json("/orders.json?seller=dune-und-meer")["entries"][0]["order_id"]
        for path in (f"/orders/{order_id}", f"/orders/{order_id}.json", f"/orders/{order_id}?seller=dune-und-meer"):
            assert client.get(path).status_code == 404
            assert owner.get(path).status_code == 200
        assert order_id not in client.get("/orders").text


@pytest.mark.parametrize("query", ["", "state=sent", "state=held&page=2", "q=40", "action=invoice", "since=2199-01-01"])
def test_the_csv_has_all_that_match_as_the_json_has_them(visitor: Visitor, query: str) -> None:
    reply = visitor.get(f"/orders.csv?{query}")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(StringIO(reply.text)))
    pages = visitor.json(f"/orders.json?{query}&page=1")["pages"]
    listed = [each for n in range(pages) for each in visitor.json(f"/orders.json?{query}&page={n + 1}")["entries"]]
    assert sorted((row["order_id"], row["state"], row["reason"], row["number"]) for row in rows) == sorted(
        (each["order_id"], each["state"], each["reason"], each["number"] or "") for each in listed
    )
    assert next(csv.reader(StringIO(reply.text))) == [*Listed.__dataclass_fields__, "timezone"]


def test_no_cell_of_the_csv_is_run_by_a_spreadsheet() -> None:
    names = ("=1+1", "+1", "-1", "@a", "\t=1", "plain")
    sellers = {"shop": bookkeeping.seller("shop")}
    row = Listed("shop", "1", "review", "", State.DUE, "due", None, "", NOW, None, None, NOW, *[None] * 5)
    text = b"".join(csv_of(Listed, [replace(row, items=name, number=name) for name in names], sellers)).decode()
    cells = [(each["items"], each["number"]) for each in csv.DictReader(StringIO(text, newline=""))]
    assert cells == [(name, name) if name == "plain" else (f"'{name}", f"'{name}") for name in names]


def test_all_that_match_are_read_in_pieces_without_one_twice(page: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [each.order_id for each in every(page.app.ledger, page.app.sellers, Wanted())]
    monkeypatch.setattr("tasks.orders.IN_A_PIECE", 3)
    assert [each.order_id for each in every(page.app.ledger, page.app.sellers, Wanted())] == whole
    documents = [(each.order_id, each.part) for each in every(page.app.ledger, page.app.sellers, Wanted("credit_note"))]
    assert len({*documents}) == len(documents)


def test_a_filter_that_is_not_understood_is_named(visitor: Visitor) -> None:
    assert "Not understood, and left out: state, since." in visitor.html("/orders?state=odd&since=never&reason=due")
    assert "Not understood" not in visitor.html("/orders?state=sent&since=2026-11-01&sku=A")


def test_an_asin_is_looked_for_as_a_sku_is(visitor: Visitor) -> None:
    sku = visitor.json("/orders.json")["entries"][0]["items"].split(" ×")[0]
    assert visitor.json(f"/orders.json?asin={sku}")["total"] == visitor.json(f"/orders.json?sku={sku}")["total"] > 0


def test_a_file_is_for_who_may_see_it(page: Opened, agency: Opened) -> None:
    with page.visitor(None) as nobody, agency.visitor(Person("c", Role.VIEWER, frozenset({"lumiere"}))) as client:
        assert nobody.get("/orders.csv").status_code == 303
        assert "dune-und-meer" not in client.get("/orders.csv").text
        assert client.get("/orders.csv?seller=dune-und-meer").status_code == 404


def test_an_orders_life_has_its_documents_and_now(visitor: Visitor) -> None:
    document = visitor.json("/invoices.json?state=sent")["entries"][0]
    html = visitor.html(f"/orders/{document['order_id']}")
    life = values(html, "data-life")
    assert {"ordered", "document", "now"} <= {*life}
    assert life[0] == "ordered"
    assert document["number"] in html


def test_a_document_is_sent_again_from_its_order(visitor: Visitor) -> None:
    document = visitor.json("/invoices.json?state=sent")["entries"][0]
    path = f"/orders/{document['order_id']}"
    form = {name: document[name] for name in ("seller", "action", "part")} | {"order": document["order_id"]}
    assert visitor.does(path, "resend", **form).status_code == 422
    assert visitor.does(path, "resend", **form, why="lost").status_code == 303
    greyed = visitor.html(path)
    assert re.search(r'<button type="button" disabled aria-describedby="[^"]+" data-act="resend">', greyed)
    assert "has not gone out yet, and does so by itself" in greyed
    assert visitor.does(path, "resend", **form, why="lost").status_code == 409


def test_an_answer_that_comes_too_late_changes_nothing(visitor: Visitor) -> None:
    """It was held when the page was opened, and has become due since: it surely was not sent."""
    one = visitor.json("/held.json")["entries"][0]
    form = {name: one[name] for name in ("seller", "action", "part")} | {"order": one["order_id"]}
    assert visitor.does("/held", "resolve-not-sent", **form).status_code == 303
    for path in ("/held", f"/orders/{one['order_id']}"):
        assert visitor.does(path, "resolve-sent", **form).status_code == 409
    assert visitor.json(f"/orders/{one['order_id']}.json")["state"] == "due"


def test_what_cannot_be_done_is_greyed_with_the_reason(visitor: Visitor) -> None:
    sent = visitor.json("/orders.json?state=sent")["entries"][0]
    html = visitor.html(f"/orders/{sent['order_id']}")
    for act in ("ask", "skip"):
        assert re.search(rf'<button[^>]* disabled aria-describedby="no-{act}"[^>]*>', html)
        assert f'id="no-{act}"' in html
