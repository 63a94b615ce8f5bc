"""The embedded worker as a process: it ends cleanly, works alone, and needs no server beside it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import ASK, Folder, amazon, delivered, selling, until


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(delivered(1), delivered(2, 9)) as process:
        yield process


@pytest.fixture
def folder(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Folder]:
    with selling(tmp_path, simulator.url) as made:
        yield made


@pytest.mark.parametrize("mode", ["run", "sweep"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_lets_the_call_in_flight_end_and_settles_it(
    number: signal.Signals, mode: str, simulator: SimulatorProcess, folder: Folder
) -> None:
    simulator.faults(Fault("slow", ASK, times=1, seconds=3))
    started = folder.start(mode)
    until(lambda: simulator.summary()["accepted_total"] == 1)
    assert started.stop(number) == 0, started.stderr()
    assert sorted(folder.states().values()) == ["due", "sent"]
    assert simulator.summary()["accepted_total"] == 1
    assert folder.broken_invariants() == {}


def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(simulator: SimulatorProcess, folder: Folder) -> None:
    simulator.faults(Fault("slow", ASK, times=1, seconds=60))
    started = folder.start("run")
    until(lambda: simulator.summary()["accepted_total"] == 1)
    started.process.send_signal(signal.SIGTERM)
    until(lambda: _is_handled(started.process.pid, signal.SIGTERM) is False)
    assert started.stop(seconds=5) == -signal.SIGTERM
    assert folder.json("sweep")["sent"] == 2
    assert {said.count for said in simulator.accepted().values()} == {1}


@pytest.mark.parametrize("kind", ["slow", "slow_body"])
def test_a_signal_ends_the_wait_for_an_answer_that_does_not_come(
    kind: Kind, simulator: SimulatorProcess, folder: Folder
) -> None:
    simulator.faults(Fault(kind, ASK, times=1, seconds=60))
    started = folder.start("run")
    until(lambda: simulator.summary()["accepted_total"] == 1)
    assert started.stop(seconds=15) == 0, started.stderr()
    assert sorted(folder.states().values()) == ["due", "unclear"]
    assert "Traceback" not in started.stderr()


def _is_handled(pid: int, number: signal.Signals) -> bool:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(status["SigCgt"], 16) >> (number - 1) & 1)


def test_a_second_worker_on_the_same_ledger_leaves_with_words(folder: Folder) -> None:
    first = folder.start("run")
    until(lambda: set(folder.states().values()) == {"sent"} if "working for" in first.stderr() else False)
    refused = folder.askonce("run", expect=2)
    assert "another askonce works on" in refused.stderr
    assert "Stop it first, or give this one its own DATABASE_URL" in refused.stderr
    assert first.stop() == 0, first.stderr()


def test_a_sweep_beside_a_running_worker_waits_for_its_turn(simulator: SimulatorProcess, folder: Folder) -> None:
    simulator.faults(Fault("slow", ASK, times=1, seconds=4))
    worker = folder.start("run")
    until(lambda: simulator.summary()["accepted_total"] == 1)
    assert folder.json("sweep")["busy"] == []
    assert set(folder.states().values()) == {"sent"}
    assert {said.count for said in simulator.accepted().values()} == {1}
    assert worker.stop() == 0, worker.stderr()
