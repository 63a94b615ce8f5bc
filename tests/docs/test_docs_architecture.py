"""docs/architecture.md and docs/decisions say what the code says."""

import re
import tomllib
from datetime import timedelta

import pytest

from ledger.state import DOCUMENT_MOVES, REQUEST_MOVES, Moves, State
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
STATUS = re.compile(r"^Status: (Accepted|(Partly superseded|Superseded) by \[\d{4}\]\(.*\.md\).*)$")


def duration(words: str) -> timedelta:
    number, unit = words.split(",")[0].split()
    return timedelta(**{UNITS[unit]: int(number)})


def codes(cell: str) -> list[State]:
    """The states in a cell; the backticks of a first cell are gone at its ends."""
    return [State(word.strip(" `")) for word in cell.split(",")]


def test_every_state_is_explained() -> None:
    assert [name for name, *_ in rows(section(PAGE, "The states of a request"))] == list(State)


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_a_picture(state: State) -> None:
    _, of_orders, _, of_documents, *_ = text(PAGE).split("```")
    assert state.name in of_documents
    assert state.name in of_orders or state is State.SUBMITTED


@pytest.mark.parametrize(
    ("title", "moves"), [("The moves of a request", REQUEST_MOVES), ("The moves of a document", DOCUMENT_MOVES)]
)
def test_every_move_is_explained_and_no_other(title: str, moves: Moves) -> None:
    shown = [
        (before, after, who)
        for out_of, to, who in rows(section(PAGE, title))
        for before in codes(out_of)
        for after in codes(to)
    ]
    assert len(shown) == len(set(shown))
    assert set(shown) == {(before, after, who) for (before, after), all_who in moves.items() for who in all_who}


def test_every_table_of_the_ledger_is_explained() -> None:
    assert [name for name, _ in rows(section(PAGE, "The ledger's tables"))] == list(meta.metadata.tables)


def test_every_room_of_the_house_is_explained() -> None:
    shown = {name for name, *_ in rows(section(PAGE, "The house"))}
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {f"{package}/" for package in layers["packages"]} <= shown


def test_the_ticks_are_those_of_the_schedule() -> None:
    shown = {task: duration(every) for task, every in rows(section(PAGE, "Ticks"))}
    assert shown == {tick.task: tick.every for tick in SCHEDULE}


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
    assert STATUS.match(text(page).splitlines()[2])
    assert re.findall(r"^## (.*)", text(page), flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.removeprefix("docs/decisions/")[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
