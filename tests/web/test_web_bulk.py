"""The same act on all that fit a filter: asked first with number and sample, then done on exactly these."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from tasks import bulk
from tests.screens.world import World, one_seller
from tests.web.opened import OWNER, Opened, Visitor, opened, values
from web.person import Person, Role


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with one_seller() as made:
        yield made


@pytest.fixture
def page(world: World, tmp_path: Path) -> Iterator[Opened]:
    """The same world for each test: what is done to many leaves little for the next, so it is put back."""
    shutil.copytree(world.folder / "var", tmp_path / "var")
    with world.app() as app, opened(app) as made:
        yield made
    shutil.rmtree(world.folder / "var")
    shutil.copytree(tmp_path / "var", world.folder / "var")


@pytest.fixture
def visitor(page: Opened) -> Iterator[Visitor]:
    with page.visitor() as made:
        yield made


def confirm(visitor: Visitor, query: str, **form: str) -> Any:
    """Look at what is asked, and do it."""
    path = f"/orders/acts?{query}"
    shown = re.search(r'name="shown" value="(\w+)"', visitor.html(path))
    act = re.search(r"act=([\w-]+)", query)
    assert act
    return visitor.does(path, act[1], shown=shown[1] if shown else "", **form)


def ended(visitor: Visitor) -> Any:
    """The newest act, when it is done."""
    for _ in range(200):
        newest = visitor.json("/orders/acts.json")["acts"][0]
        if newest["ended_at"]:
            return newest
        sleep(0.05)
    raise AssertionError(newest)


def states(visitor: Visitor, query: str) -> dict[str, tuple[str, str]]:
    entries = visitor.json(f"/orders.json?{query}")["entries"]
    return {each["order_id"]: (each["state"], each["reason"]) for each in entries}


def test_all_that_fit_are_left_out_and_taken_back(visitor: Visitor) -> None:
    before = states(visitor, "state=waiting")
    (number,) = re.findall(r'data-act="skip">[^(]*\((\d+)\)', visitor.html("/orders?state=waiting"))
    asked = visitor.json("/orders/acts.json?state=waiting&act=skip")["asked"]
    assert int(number) == asked["number"] == len(before) > 1
    assert {each["order_id"] for each in asked["sample"]} <= set(before)
    assert confirm(visitor, "state=waiting&act=skip", why="a recall").status_code == 303
    assert (ended(visitor)["changed"], ended(visitor)["why"]) == (len(before), "a recall")
    assert states(visitor, "reason=left_out") == dict.fromkeys(before, ("skipped", "left_out"))
    assert confirm(visitor, "act=undo-skip").status_code == 303
    assert ended(visitor)["changed"] == len(before)
    assert states(visitor, "state=waiting").keys() == before.keys()
    acts = [each["act"] for each in visitor.json("/audit.json")["acts"]]
    assert {name: acts.count(name) for name in ("bulk", "skip", "undo_skip")} == {
        "bulk": 2,
        "skip": len(before),
        "undo_skip": len(before),
    }


def test_many_are_to_be_asked_now(visitor: Visitor) -> None:
    waiting = states(visitor, "state=waiting")
    assert confirm(visitor, "state=waiting&act=ask").status_code == 303
    assert ended(visitor)["changed"] == len(waiting)
    said = visitor.json(f"/orders/{next(iter(waiting))}.json")["attempts"]
    assert "to be asked now, by claire" in [each["detail"] for each in said]


@pytest.mark.parametrize(("act", "state"), [("resolve-sent", "sent"), ("resolve-not-sent", "due")])
def test_all_that_is_held_is_settled(visitor: Visitor, act: str, state: str) -> None:
    held = states(visitor, "state=held")
    assert held
    assert values(visitor.html("/orders?state=held"), "data-act").count(act) == 1
    assert confirm(visitor, f"act={act}").status_code == 303
    assert ended(visitor)["changed"] == len(held)
    for order_id in held:
        assert visitor.json(f"/orders/{order_id}.json")["state"] == state


def test_when_the_number_has_changed_it_is_asked_again(visitor: Visitor) -> None:
    path = "/orders/acts?state=waiting&act=skip"
    shown = re.search(r'name="shown" value="(\w+)"', visitor.html(path))
    assert shown
    one, *rest = states(visitor, "state=waiting")
    visitor.does(f"/orders/{one}", "skip")
    again = visitor.does(path, "skip", shown=shown[1])
    assert again.status_code == 409
    assert "Nothing was done: the orders that fit have changed since you were asked" in again.text
    assert f"Leave {len(rest)} orders out?" in again.text
    assert visitor.json("/orders/acts.json")["acts"] == []
    assert states(visitor, "state=waiting").keys() == {*rest}


def test_what_stopped_midway_is_said_and_gone_on_with(
    page: Opened, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PIECE", 2)
    path = "/orders/acts"
    shown = visitor.json(f"{path}.json?state=waiting&act=skip")["asked"]
    page.app.stopping.set()  # a process that ends before the first piece
    assert confirm(visitor, "state=waiting&act=skip").status_code == 303
    sleep(0.2)
    page.app.stopping.clear()
    running = visitor.html(path)
    assert f"0 of {shown['number']}" in running
    assert '<noscript><meta http-equiv="refresh"' in running
    page.app.clock.sleep(61)
    assert 'data-act="go-on"' in visitor.html(path)
    (number,) = values(visitor.html(path), "data-bulk")
    assert visitor.does(path, "go-on", number=number).status_code == 303
    assert (ended(visitor)["done"], ended(visitor)["changed"]) == (shown["number"], shown["number"])
    assert "http-equiv" not in visitor.html(path)
    assert visitor.does(path, "go-on", number="99").status_code == 404


def test_too_many_are_refused_and_said(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST", 1)
    assert "too many at once" in visitor.html("/orders/acts?state=waiting&act=skip")
    assert visitor.does("/orders/acts?state=waiting&act=skip", "skip", shown="").status_code == 409
    assert visitor.json("/orders/acts.json")["acts"] == []


@pytest.mark.parametrize("query", ["state=odd&act=skip", "since=never&act=skip", "act=odd", "act=ask"])
def test_nothing_is_done_to_orders_that_are_not_clearly_meant(visitor: Visitor, query: str) -> None:
    path = f"/orders/acts?{query}"
    assert 'data-act="skip"' not in visitor.html(path)
    assert visitor.does(path, "skip").status_code == 404


def test_an_act_is_seen_by_who_may_see_all_of_its_sellers(agency: Opened) -> None:
    client = Person("c", Role.OPERATOR, frozenset({"dune-und-meer"}))
    with agency.visitor(OWNER) as owner, agency.visitor(client) as other:
        assert confirm(other, "act=skip").status_code == 303
        assert ended(other)["sellers"] == ["dune-und-meer"]
        assert confirm(owner, "act=undo-skip").status_code == 303
        assert ended(owner)["sellers"] == ["dune-und-meer"]
        assert confirm(owner, "act=skip").status_code == 303
        assert len(ended(owner)["sellers"]) > 1
        assert [each["sellers"] for each in other.json("/orders/acts.json")["acts"]] == [["dune-und-meer"]] * 2
        with agency.visitor(Person("v", Role.VIEWER)) as viewer:
            assert "data-act" not in viewer.html("/orders")
            assert "data-act" not in viewer.html("/orders/acts?act=skip")
