"""What each address of JSON answers is what its published schema says."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.web.opened import Opened, Visitor
from web.pages import Page
from web.schema import pages_schema
from web.site import PAGES

PUBLISHED = Path(__file__).parents[2] / "docs" / "pages.schema.json"
SCHEMA: dict[str, Any] = json.loads(pages_schema(PAGES))
QUERIES = {
    "/orders.json": ("", "?state=held", "?action=invoice", "?sku=*&page=2"),
    "/calendar.json": ("", "?day=2026-11-28"),
    "/audit.json": ("", "?since=2020-01-01"),
}


@cache
def schema_validator() -> Any:
    from jsonschema import Draft202012Validator  # takes seconds to load, which every process would

    return Draft202012Validator(SCHEMA)


def complaints(visitor: Visitor, json_path: str, query: str = "") -> list[str]:
    answer = {json_path.partition("?")[0]: visitor.json(json_path + query)}
    return [f"{each.json_path}: {each.message}"[:300] for each in schema_validator().iter_errors(answer)]


def test_the_published_schema_is_that_of_the_pages() -> None:
    """RENEW_SCHEMA=1 renews it."""
    if "RENEW_SCHEMA" in os.environ:
        PUBLISHED.write_bytes(pages_schema(PAGES))
    assert PUBLISHED.read_bytes() == pages_schema(PAGES)


def test_the_schema_is_one_and_served_as_it_is_published(owner: Visitor) -> None:
    schema_validator().check_schema(SCHEMA)
    assert owner.json("/schema.json") == SCHEMA
    assert set(SCHEMA["properties"]) == {page.json_path for page in PAGES}


@pytest.mark.parametrize("shown", [page for page in PAGES if "{" not in page.path], ids=lambda page: page.path)
def test_what_a_page_answers_is_what_the_schema_says(page: Opened, agency: Opened, shown: Page) -> None:
    for opened in (page, agency):
        with opened.visitor() as visitor:
            for query in QUERIES.get(shown.json_path, ("",)):
                assert complaints(visitor, shown.json_path, query) == []


def test_what_an_order_answers_is_what_the_schema_says(owner: Visitor) -> None:
    template = "/orders/{order_id}.json"
    for each in owner.json("/orders.json")["entries"]:
        answer = {template: owner.json(template.format(order_id=each["order_id"]))}
        assert [error.message for error in schema_validator().iter_errors(answer)] == []


def test_an_answer_that_is_not_what_the_schema_says_is_found(owner: Visitor) -> None:
    answer = {"/orders.json": owner.json("/orders.json") | {"total": "many"}}
    assert [error.message for error in schema_validator().iter_errors(answer)] == ["'many' is not of type 'integer'"]
