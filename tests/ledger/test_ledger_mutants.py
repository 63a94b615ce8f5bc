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

Hunt = Callable[[str], subprocess.CompletedProcess[str]]
SOURCE = Path(ledger.__file__).parent
HUNT = """
import sys
import ledger
from ledger.database import open_ledger
from tests.ledger.machine.machine import FIRST_FAILURE, run
from tests.ledger.{module} import {machine}
print("the ledger of", ledger.__file__, flush=True)
run(open_ledger(sys.argv[1], durable=False), {machine}, FIRST_FAILURE)
"""
ALONE = HUNT.format(module="ledger_machine", machine="LedgerMachine")
AT_ONCE = HUNT.format(module="ledger_races", machine="RacingMachine")
ANY_STATE = ", ".join(f"State.{state.name}" for state in State)
NONE = "none at all"
MUTANTS: dict[str, tuple[str, dict[str, str]]] = {
    NONE: ("lanes.py", {}),
    "a lane is taken whatever its lease says": ("lanes.py", {"if not _is_free(row, now):": "if False:"}),
    "a lease never ends": ("lanes.py", {" or not now < row.expires_at <= now + 2 * LEASE": ""}),
    "a dead holder is waited for": ("lanes.py", {" or is_gone(row.holder)": ""}),
    "the next holder has the same token": ("lanes.py", {"token=lanes.c.token + 1": "token=lanes.c.token"}),
    "an old token renews": ("lanes.py", {'lanes.c.token == bindparam("mine")': 'lanes.c.token >= bindparam("mine")'}),
    "whatever is not due is claimed too": ("entries.py", {"*_KEY, entries.c.state == State.DUE)": "*_KEY)"}),
    "a late answer settles the claim of another": (
        "entries.py",
        {'entries.c.claim == bindparam("token")': 'entries.c.claim >= bindparam("token")'},
    ),
    "an answer settles what nobody is sending": (
        "entries.py",
        {
            '_move((entries.c.state == State.SENDING) & (entries.c.claim == bindparam("token")))': (
                '_move(or_(entries.c.claim.is_(None), entries.c.claim == bindparam("token")))'
            )
        },
    ),
    "a worker's own claims are orphans": (
        "entries.py",
        {'entries.c.claim != bindparam("mine")': 'bindparam("mine") == bindparam("mine")'},
    ),
    "new facts reopen what was sent": (
        "entries.py",
        {
            "_in(State.WAITING, State.SKIPPED, State.DUE),\n": f"_in({ANY_STATE}),\n",
            "case((entries.c.state == State.DUE,": "case((_in(State.DUE, State.SENT),",
        },
    ),
    "a sweep decides what is claimed or final": (
        "entries.py",
        {"_move(_in(State.WAITING, State.SKIPPED, State.DUE))": f"_move(_in({ANY_STATE}))"},
    ),
    "a move looks at no state": ("entries.py", {"_move(entries.c.state.in_(out_of))": "_move(entries.c.seller != '')"}),
    "what was surely not sent counts as asked": (
        "entries.py",
        {"statement = statement.values(asked_at=None)": "pass"},
    ),
}
RACES = {
    "a lane is looked at without holding it": ("lanes.py", {".with_for_update()": ""}),
    "orphans are read before they are moved": (
        "entries.py",
        {
            "    found = list(connection.execute(_ORPHANED, ": (
                "    query = select(entries.c.order_id).where(_ORPHANED.whereclause)\n"
                '    found = list(connection.execute(query, {"s": seller, "mine": token}).scalars())\n'
                "    list(connection.execute(_ORPHANED, "
            )
        },
    ),
}


def planted(folder: Path, file: str, edits: dict[str, str]) -> None:
    """A copy of the ledger with this bug."""
    copy = shutil.copytree(SOURCE, folder / "ledger", ignore=shutil.ignore_patterns("__pycache__")) / file
    source = copy.read_text()
    for before, after in edits.items():
        assert source.count(before) == 1, f"ledger/{file} no longer says once: {before}\nPlant this bug anew."
        source = source.replace(before, after)
    copy.write_text(source)


def hunted(folder: Path, url: str, hunt: str = ALONE) -> subprocess.CompletedProcess[str]:
    """The machine at work on that copy."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(SOURCE.parent)))}
    command = [sys.executable, "-c", hunt, url]
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

    def begun(bug: str) -> subprocess.CompletedProcess[str]:
        folder = tmp_path_factory.mktemp("mutant")
        planted(folder, *MUTANTS[bug])
        return hunted(folder, f"sqlite:///{shutil.copy(empty, folder)}")

    with ThreadPoolExecutor(2) as pool:
        begin = cache(lambda bug: pool.submit(begun, bug))

        def found(bug: str) -> subprocess.CompletedProcess[str]:
            place = list(MUTANTS).index(bug)
            for each in list(MUTANTS)[place : place + 2]:
                begin(each)
            return begin(bug).result()

        yield found


def test_the_machine_finds_nothing_in_the_ledger_itself(hunt: Hunt) -> None:
    done = hunt(NONE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bug", [bug for bug in MUTANTS if bug != NONE])
def test_the_machine_finds_a_planted_bug(hunt: Hunt, bug: str) -> None:
    assert_found(hunt(bug))


@pytest.mark.long
@pytest.mark.parametrize("bug", RACES)
def test_the_racing_machine_finds_a_planted_bug(tmp_path: Path, postgres_url: str, bug: str) -> None:
    planted(tmp_path, *RACES[bug])
    assert_found(hunted(tmp_path, postgres_url, AT_ONCE))
