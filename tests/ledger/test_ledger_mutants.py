"""The machine of the ledger is sized by bugs: each is planted in a copy of the ledger, and the machine must find it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

import ledger
from ledger.database import open_ledger
from ledger.state import State

Hunt = Callable[[str, str], subprocess.CompletedProcess[str]]
SOURCE = Path(ledger.__file__).parent
HUNT = """
import sys
import ledger
from ledger.database import open_ledger
from tests.ledger.machine.machine import FIRST_FAILURE, LedgerMachine, run
from tests.ledger.machine.races import RacingMachine
from tests.ledger.machine.work import WORK
print("the ledger of", ledger.__file__, flush=True)
run(open_ledger(sys.argv[1], durable=False), WORK[sys.argv[2]], {machine}, FIRST_FAILURE)
"""
ALONE = HUNT.format(machine="LedgerMachine")
AT_ONCE = HUNT.format(machine="RacingMachine")
ANY_STATE = ", ".join(f"State.{state.name}" for state in State)
NONE = "none at all"
BOTH, REQUESTS, DOCUMENTS = ("requests", "documents"), ("requests",), ("documents",)
Edits = dict[str, str]
MUTANTS: dict[str, tuple[str, Edits, tuple[str, ...]]] = {
    NONE: ("queue.py", {}, BOTH),
    "a lane is taken whatever its lease says": ("lanes.py", {"if not is_free(row, now):": "if False:"}, REQUESTS),
    "a lease never ends": ("lanes.py", {" or not now < row.expires_at <= now + 2 * LEASE": ""}, REQUESTS),
    "a dead holder is waited for": ("lanes.py", {" or is_gone(row.holder)": ""}, REQUESTS),
    "the next holder has the same token": ("lanes.py", {"token=lanes.c.token + 1": "token=lanes.c.token"}, REQUESTS),
    "an old token renews": (
        "lanes.py",
        {'lanes.c.token == bindparam("mine")': 'lanes.c.token >= bindparam("mine")'},
        REQUESTS,
    ),
    "whatever is not due is claimed too": (
        "queue.py",
        {"*self._at_place, c.state == State.DUE.value, self.ready": "*self._at_place, self.ready"},
        BOTH,
    ),
    "a late answer settles the claim of another": (
        "queue.py",
        {'c.claim == bindparam("token")': 'c.claim >= bindparam("token")'},
        BOTH,
    ),
    "an answer settles what nobody is sending": (
        "queue.py",
        {
            '(c.state == State.SENDING.value) & (c.claim == bindparam("token"))': (
                'c.claim.is_(None) | (c.claim == bindparam("token"))'
            )
        },
        BOTH,
    ),
    "a worker's own claims are orphans": (
        "queue.py",
        {'c.claim != bindparam("mine")': 'bindparam("mine") == bindparam("mine")'},
        BOTH,
    ),
    "new facts reopen what was sent": (
        "queue.py",
        {
            "one_of(c.state, State.WAITING, State.SKIPPED, State.DUE) & self.unmade": f"one_of(c.state, {ANY_STATE})",
            "case((c.state == State.DUE.value,": "case((one_of(c.state, State.DUE, State.SENT),",
        },
        BOTH,
    ),
    "a sweep decides what is claimed or final": (
        "queue.py",
        {"self._move(one_of(c.state, *self.undecided) & still_open)": f"self._move(one_of(c.state, {ANY_STATE}))"},
        BOTH,
    ),
    "a move looks at no state": (
        "queue.py",
        {"self._move(c.state.in_(out_of))": "self._move(c.seller != '')"},
        BOTH,
    ),
    "what was surely not sent counts as asked": (
        "queue.py",
        {"statement = statement.values(asked_at=None)": "pass"},
        BOTH,
    ),
    "what nobody has made is claimed": (
        "documents.py",
        {"return invoices.c.number.is_not(None)": "return invoices.c.seller.is_not(None)"},
        DOCUMENTS,
    ),
    "new facts wake what is made": (
        "queue.py",
        {"State.SKIPPED, State.DUE) & self.unmade": "State.SKIPPED, State.DUE)"},
        DOCUMENTS,
    ),
    "new settings wake what is made and held": (
        "queue.py",
        {"{State.HELD})) & self.unmade": "{State.HELD}))"},
        DOCUMENTS,
    ),
    "an orphan's time is when it was found": (
        "documents.py",
        {
            '"asked_at": invoices.c.changed_at,': '"asked_at": bindparam("now"),',
            "import ColumnElement, ": "import ColumnElement, bindparam, ",
        },
        DOCUMENTS,
    ),
    "what is made gets another number": (
        "numbers.py",
        {"(invoices.c.state == State.DUE.value) & invoices.c.number.is_(None)": "invoices.c.seller.is_not(None)"},
        DOCUMENTS,
    ),
    "the number of an upload is forgotten": (
        "queue.py",
        {"type_=column.type), column)": "type_=column.type), column if column.name == 'business' else None)"},
        DOCUMENTS,
    ),
    "what is still to be looked at is deleted": (
        "retention.py",
        {"& c.next_look_at.is_(None) & (c.changed_at": "& (c.changed_at"},
        REQUESTS,
    ),
    "what is held or due is deleted": (
        "retention.py",
        {
            "[State.SENT.value, ": "[State.HELD.value, State.DUE.value, State.SENT.value, ",
            "& c.next_look_at.is_(None) ": "",
        },
        REQUESTS,
    ),
    "whoever is not armed may send": ("lanes.py", {"case((_ARMED,": "case((_ARMED | ~_ARMED,"}, REQUESTS),
    "an import is forgotten": ("said.py", {'"imported": text, **noted': '"imported": None, **noted'}, REQUESTS),
    "what comes again is taken for new": (
        "orders.py",
        {"order.purchased_at < kept": "order.purchased_at > kept"},
        REQUESTS,
    ),
}
RACES: dict[str, tuple[str, Edits, tuple[str, ...]]] = {
    "a lane is looked at without holding it": ("lanes.py", {".with_for_update()": ""}, REQUESTS),
    "orphans are read before they are moved": (
        "queue.py",
        {
            "        found = connection.execute(self._orphaned, ": (
                "        query = select(*self.key).where(self._orphaned.whereclause)\n"
                '        found = connection.execute(query, {"s": seller, "mine": token}).all()\n'
                "        list(connection.execute(self._orphaned, "
            ),
            '"look": look_at, "now": now})\n        keys': '"look": look_at, "now": now}))\n        keys',
        },
        BOTH,
    ),
}


def cases(mutants: dict[str, tuple[str, Edits, tuple[str, ...]]]) -> list[tuple[str, str]]:
    """Every bug with each queue on which it must be found."""
    return [(bug, work) for bug, (_, _, works) in mutants.items() for work in works]


FIRST = {file: bug for bug, (file, _, _) in reversed(MUTANTS.items()) if bug != NONE}


def is_long(bug: str, work: str) -> bool:
    """Of each file's bugs the first one is hunted, on one queue; the others, and on both, in the long tests alone."""
    file, _, works = MUTANTS[bug]
    return work != works[0] or bug not in (NONE, FIRST[file])


HUNTS = sorted(cases(MUTANTS), key=lambda case: is_long(*case))


def planted(folder: Path, file: str, edits: Edits) -> None:
    """A copy of the ledger with this bug."""
    copy = shutil.copytree(SOURCE, folder / "ledger") / file
    source = copy.read_text()
    for before, after in edits.items():
        assert source.count(before) == 1, f"ledger/{file} no longer says once: {before}\nPlant this bug anew."
        source = source.replace(before, after)
    copy.write_text(source)


def hunted(folder: Path, url: str, work: str, hunt: str = ALONE) -> subprocess.CompletedProcess[str]:
    """The machine at work on that copy."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(SOURCE.parent)))}
    command = [sys.executable, "-c", hunt, url, work]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert f"the ledger of {folder}" in done.stdout, done.stderr
    return done


def assert_found(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1, "the machine found nothing"
    assert "AssertionError" in done.stderr, done.stderr
    assert "state.a_seller_has_due_orders()" in done.stderr, done.stderr


@pytest.fixture(scope="module")
def hunt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hunt]:
    """The hunt for a bug in SQLite's ledger. The next bug's begins with it: two run side by side."""
    empty = tmp_path_factory.mktemp("ledger") / "askonce.db"  # migrated once for all
    open_ledger(f"sqlite:///{empty}").close()

    def begun(bug: str, work: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("mutant")
        planted(folder, *MUTANTS[bug][:2])
        return hunted(folder, f"sqlite:///{shutil.copy(empty, folder)}", work)

    with ThreadPoolExecutor(2) as pool:
        begin = cache(lambda bug, work: pool.submit(begun, bug, work))

        def found(bug: str, work: str) -> subprocess.CompletedProcess[str]:
            place = HUNTS.index((bug, work))
            for each in HUNTS[place : place + 2]:
                begin(*each)
            return begin(bug, work).result()

        yield found


@pytest.mark.parametrize(
    "work", [pytest.param(work, marks=pytest.mark.long if is_long(NONE, work) else ()) for work in BOTH]
)
def test_the_machine_finds_nothing_in_the_ledger_itself(hunt: Hunt, work: str) -> None:
    done = hunt(NONE, work)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("bug", "work"),
    [pytest.param(*case, marks=pytest.mark.long if is_long(*case) else ()) for case in HUNTS if case[0] != NONE],
)
def test_the_machine_finds_a_planted_bug(hunt: Hunt, bug: str, work: str) -> None:
    assert_found(hunt(bug, work))


@pytest.mark.long
@pytest.mark.parametrize(("bug", "work"), cases(RACES))
def test_the_racing_machine_finds_a_planted_bug(tmp_path: Path, postgres_url: str, bug: str, work: str) -> None:
    planted(tmp_path, *RACES[bug][:2])
    assert_found(hunted(tmp_path, postgres_url, work, AT_ONCE))
