"""What each page says is what the tasks know, as HTML and as JSON."""

import pytest

from tests.web.opened import Opened, Visitor, sums, values
from web.pages import today
from web.site import PAGES

PLAIN = [page for page in PAGES if "{" not in page.path]


@pytest.mark.parametrize("page_of", PLAIN, ids=lambda page: page.path)
def test_each_page_is_there_in_each_language_and_as_json(owner: Visitor, page_of: object) -> None:
    path, json_path = page_of.path, page_of.json_path  # type: ignore[attr-defined]
    for language in ("en", "fr", "de"):
        assert f'<html lang="{language}"' in owner.html(f"{path}?lang={language}")
    assert isinstance(owner.json(json_path), dict)


def test_the_sum_of_today_adds_up_and_is_that_of_the_json(owner: Visitor) -> None:
    found = sums(owner.html("/"))
    assert found["seen"] == sum(number for name, number in found.items() if name != "seen") > 0
    said = owner.json("/status.json")["sum"]
    assert found == {name: said[name] for name in found}


def test_each_part_of_the_sum_is_explained_by_reasons_that_add_up(owner: Visitor) -> None:
    said = owner.json("/status.json")["sum"]
    assert {part: sum(why.values()) for part, why in said["why"].items()} == {
        part: said[part] for part in ("waiting", "skipped", "refused", "held") if said[part]
    }


def test_an_agency_sees_a_line_for_each_seller_worst_first(agency: Opened) -> None:
    with agency.visitor() as visitor:
        html, said = visitor.html("/"), visitor.json("/status.json")
    assert len(said["sellers"]) == 20
    assert values(html, "data-seller") == [each["seller"] for each in said["sellers"]]
    assert said["sellers"][0]["seller"] == "lumiere"
    assert said["sum"]["seen"] == sum(each["sum"]["seen"] for each in said["sellers"])


def test_more_sellers_than_one_looks_through_are_shown_in_pages(
    agency: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today, "ON_A_PAGE", 8)
    with agency.visitor() as visitor:
        for more in ("", "&sort=sent"):
            shown = [values(visitor.html(f"/?page={number}{more}"), "data-seller") for number in (1, 2, 3)]
            assert [len(each) for each in shown] == [8, 8, 4]
            said = visitor.json(f"/status.json?{more}")["sellers"]
            assert [name for each in shown for name in each] == [each["seller"] for each in said]
        assert "17 to 20 of 20" in visitor.html("/?page=99")


@pytest.mark.parametrize(
    ("query", "sellers"),
    [
        ("?q=lumi", ["lumiere"]),
        ("?is=stopped", ["lumiere"]),
        ("?marketplace=AE", ["souk-lane"]),
        ("?q=nobody", []),
        ("?seller=souk-lane", ["souk-lane"]),
    ],
)
def test_the_sellers_are_filtered(agency: Opened, query: str, sellers: list[str]) -> None:
    with agency.visitor() as visitor:
        assert [each["seller"] for each in visitor.json(f"/status.json{query}")["sellers"]] == sellers
        assert visitor.get(f"/{query}").status_code == 200


def test_a_case_is_settled_by_either_button(page: Opened) -> None:
    with page.visitor() as visitor:
        cases = visitor.json("/held.json")["entries"]
        assert len(cases) >= 2
        for case, act, state in zip(cases, ("resolve-sent", "resolve-not-sent"), ("sent", "due"), strict=False):
            html = visitor.html("/held")
            assert case["order_id"] in values(html, "data-order")
            form = {name: case[name] for name in ("seller", "action", "part")}
            assert visitor.does("/held", act, order=case["order_id"], **form).status_code == 303
            left = [each["order_id"] for each in visitor.json("/held.json")["entries"]]
            assert case["order_id"] not in left, state


def test_an_answer_that_came_too_late_says_so(owner: Visitor) -> None:
    reply = owner.does("/held", "resolve-sent", order="402-0000000-0000000", seller="maison-durand")
    assert reply.status_code == 409
    assert "no order 402-0000000-0000000 is held" in reply.text
