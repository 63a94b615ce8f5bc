"""docs/architecture.md and docs/decisions say what the code says."""

import re
import tomllib
from datetime import timedelta
from importlib import import_module

import pytest

from ledger.state import State
from ledger.tables import meta
from marketplace.operations import Operation
from rules.delivery import Basis
from rules.order import Source
from tasks.refresh import EVERY
from tests.docs.pages import PAGES, ROOT, rows, section, text
from worker.schedule import SCHEDULE

PAGE = "docs/architecture.md"
UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
DECISIONS = [page for page in PAGES if page.startswith("docs/decisions/")]
CONSTANTS = [(name, value) for name, value in rows(section(PAGE, "Lanes"))]


def duration(words: str) -> timedelta:
    number, unit = words.split(",")[0].split()
    return timedelta(**{UNITS[unit]: int(number)})


def test_every_state_is_explained() -> None:
    assert [name for name, *_ in rows(section(PAGE, "The states of an order"))] == list(State)


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_a_picture(state: State) -> None:
    _, of_orders, _, of_documents, *_ = text(PAGE).split("```")
    assert state.name in of_documents
    assert state.name in of_orders or state is State.SUBMITTED


def test_every_table_of_the_ledger_is_explained() -> None:
    names = [name for name, *_ in rows(section(PAGE, "The app")) if not name.endswith("/")]
    assert names == list(meta.metadata.tables)


def test_the_ticks_are_those_of_the_schedule() -> None:
    shown = {task: duration(every) for task, every in rows(section(PAGE, "The route of an order"))}
    assert shown == {tick.task: tick.every for tick in SCHEDULE}


@pytest.mark.parametrize(("name", "value"), CONSTANTS, ids=[name for name, _ in CONSTANTS])
def test_a_duration_is_that_of_the_code(name: str, value: str) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(import_module(module), constant) == duration(value)


def test_the_rates_are_those_of_the_code() -> None:
    shown = [(name, float(rate), int(burst)) for name, rate, burst in rows(section(PAGE, "Pace"))]
    assert shown == [(each.value, each.per_second, each.burst) for each in Operation]


def test_the_sources_and_bases_are_those_of_the_code() -> None:
    found = rows(section(PAGE, "Facts and freshness"))
    sources = {name: duration(rest[1]) for name, *rest in found if len(rest) == 2}
    assert sources == dict(EVERY)
    assert [name for name, *rest in found if len(rest) == 1] == list(Basis)
    assert set(sources) == set(Source)


def test_every_library_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=]", each)[0] for each in wanted}
    assert {name for name in names if f"`{name}`" not in text("docs/decisions/0001-libraries.md")} == set()


@pytest.mark.parametrize("page", DECISIONS)
def test_a_decision_fits_its_form(page: str) -> None:
    number = page.removeprefix("docs/decisions/")[:4]
    assert text(page).startswith(f"# {number} ")
    assert re.findall(r"^## (.*)", text(page), flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.removeprefix("docs/decisions/")[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
