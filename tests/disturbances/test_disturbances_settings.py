"""Settings take effect while askonce runs, whole or not at all; and every command knows which are at work."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger import heartbeats
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import SELLER, Folder, Running, amazon, delivered, selling, toml, until

OTHER = "atelier-brun"
OLD, NEW = delivered(1, account=SELLER), delivered(2, 9, account=OTHER)


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(OLD, NEW) as process:
        yield process


@pytest.fixture(params=["run", pytest.param("celery", marks=pytest.mark.long)])
def started(request: pytest.FixtureRequest, simulator: SimulatorProcess, tmp_path: Path) -> Iterator["Started"]:
    redis_url = request.getfixturevalue("redis_url") if request.param == "celery" else None
    with selling(tmp_path, simulator.url, live=False, redis_url=redis_url) as folder:
        folder.arm(SELLER, OTHER)
        yield Started(folder, request.param)


class Started:
    """A seller's folder, and the worker that is begun in it."""

    def __init__(self, folder: Folder, mode: str) -> None:
        self.folder = folder
        self.sellers = folder.path / "sellers.toml"
        self.env = folder.path / ".env"
        self.worker: Running = folder.start("run") if mode == "run" else folder.celery("worker")
        if mode == "celery":
            folder.celery("beat")
        until(lambda: "working for" in self.worker.stderr())

    def said(self, words: str) -> int:
        return self.worker.stderr().count(words)

    def add_secrets_of(self, seller: str) -> None:
        prefix = seller.upper().replace("-", "_")
        old = SELLER.upper().replace("-", "_")
        lines = [line for line in self.env.read_text().splitlines() if line.startswith(old)]
        more = "\n".join(line.replace(old, prefix).replace(SELLER, seller) for line in lines)
        self.env.write_text(f"{self.env.read_text()}{more}\n")

    def row(self, name: str) -> dict[str, str]:
        checks = self.folder.json("check", expect=None)["checks"]
        return next((each for each in checks if each["name"] == name), {})


def test_settings_that_are_changed_take_effect_while_it_runs(started: Started, simulator: SimulatorProcess) -> None:
    until(lambda: started.folder.states() == {OLD.order_id: "due"})
    assert simulator.accepted() == {}
    started.sellers.write_text(toml(SELLER, live=True))
    until(lambda: set(simulator.accepted()) == {OLD.order_id}, seconds=60)
    assert started.said("the settings at work are new") == 1
    started.sellers.write_text(toml(SELLER, live=False))
    until(lambda: started.said("the settings at work are new") == 2, seconds=60)
    simulator.post_orders([delivered(3, account=SELLER)])
    assert started.worker.stop() == 0


def test_a_new_seller_is_taken_up_and_one_that_is_gone_is_dropped(
    started: Started, simulator: SimulatorProcess
) -> None:
    started.sellers.write_text(toml(SELLER, OTHER))
    until(lambda: started.said("those of before stay at work"))
    assert started.said("ATELIER_BRUN_LWA_CLIENT_ID is not set") == 1
    assert simulator.accepted() == {}
    started.add_secrets_of(OTHER)
    until(lambda: set(simulator.accepted()) == {OLD.order_id, NEW.order_id}, seconds=60)
    started.sellers.write_text(toml(OTHER))
    until(lambda: started.said(f"working for {OTHER}\n"), seconds=60)
    assert "bug" not in started.worker.stderr()


def test_a_table_that_is_renamed_while_it_runs_sends_nothing_until_the_ledger_is_told(
    started: Started, simulator: SimulatorProcess
) -> None:
    until(lambda: started.folder.states() == {OLD.order_id: "due"})
    env = started.env.read_text().replace(SELLER.upper().replace("-", "_"), "NEU")
    started.env.write_text(env)
    started.sellers.write_text(toml("neu"))
    until(lambda: started.said(f"type: askonce rename {SELLER} neu"), seconds=60)
    assert simulator.accepted() == {}
    started.folder.askonce("rename", SELLER, "neu")
    until(lambda: set(simulator.accepted()) == {OLD.order_id}, seconds=100)


def test_a_wrong_file_leaves_the_old_settings_at_work_and_every_command_says_so(
    started: Started, simulator: SimulatorProcess
) -> None:
    folder = started.folder
    folder.askonce("pause")
    started.sellers.write_text(toml(SELLER, live=True))
    until(lambda: started.said("the settings at work are new"))
    started.sellers.write_text(toml(SELLER, live=False).replace("live = false", "live = nein"))
    until(lambda: started.said("those of before stay at work"))
    assert started.said("sellers.toml:4: live must be true or false. Type: live = false") == 1
    for command in ("check", "plan", "history"):
        said = folder.askonce(command, expect=2).stderr
        assert "Type: live = false" in said
        assert f"the worker goes on with the settings of before, and sends for {SELLER}" in said
    assert folder.askonce("check", "--quick").stdout.count("FAIL") == 0  # a supervisor must not end what works
    started.sellers.write_text(toml(SELLER, live=True, reviews="day_range = [6, 30]"))
    folder.askonce("resume")
    until(lambda: set(simulator.accepted()) == {OLD.order_id}, seconds=60)
    assert started.row("settings at work")["detail"] == "every worker has them"


@pytest.fixture
def worker(simulator: SimulatorProcess, tmp_path: Path) -> Iterator["Elsewhere"]:
    with selling(tmp_path, simulator.url) as folder:
        yield Elsewhere(folder)


class Elsewhere:
    """A worker of another machine, which has settings of its own: its row in the ledger."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def has(self, *, live: bool | None, settings: str = "others", trouble: str | None = None) -> None:
        now = datetime.now(UTC)
        sellers = json.dumps({} if live is None else {SELLER: live})
        with self.folder.ledger.begin() as connection:
            heartbeats.record(
                connection,
                heartbeats.Heartbeat("vm boot 4606 1", "run", "0", now, now, None, settings, now, trouble, sellers),
            )

    def check(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for each in self.folder.json("check", expect=None)["checks"]:
            found.setdefault(each["name"], []).append((each["verdict"], each["detail"]))
        return found

    def write(self, *, live: bool) -> None:
        (self.folder.path / "sellers.toml").write_text(toml(SELLER, live=live))


SENDING = f"{SELLER}: sending"


@pytest.mark.parametrize("live", [True, False], ids=["live", "not live"])
def test_nothing_is_said_to_be_sent_or_not_against_what_the_worker_does(live: bool, worker: Elsewhere) -> None:
    worker.write(live=live)
    worker.has(live=not live)
    [(verdict, said)] = worker.check()[SENDING]
    begins = "live = true here, but the worker has live = false" if live else "live = false here, but a worker sends"
    assert verdict == "fail"
    assert said.startswith(begins)
    plan = worker.folder.askonce("plan").stdout
    assert f"what follows is by the settings here, but: {SELLER}: {begins}" in plan
    assert "settings say live = false" not in plan
    assert "vm 4606 has those of" in plan


def test_a_new_seller_that_no_worker_knows_is_named(worker: Elsewhere) -> None:
    worker.has(live=None)
    assert "the worker does not know it" in worker.check()[SENDING][0][1]


def test_a_seller_who_is_not_live_and_paused_has_one_row_that_is_true(worker: Elsewhere) -> None:
    worker.write(live=False)
    worker.folder.askonce("pause")
    row = ("pass", "live = false: decides and records, sends nothing; and sending is paused")
    assert worker.check()[SENDING] == [row]


def test_settings_that_a_worker_cannot_take_up_are_told_with_what_to_type(worker: Elsewhere) -> None:
    worker.has(live=True, trouble="sellers.toml:4: live must be true or false. Type: live = false")
    [(verdict, said)] = worker.check()["settings at work"]
    assert verdict == "fail"
    assert said.endswith("because of the newer ones: sellers.toml:4: live must be true or false")


def test_settings_that_only_just_changed_are_waited_for(worker: Elsewhere) -> None:
    worker.has(live=True)
    assert worker.check()["settings at work"][0][0] == "unknown"
    long_ago = time.time() - 3600
    for name in ("sellers.toml", ".env"):
        os.utime(worker.folder.path / name, (long_ago, long_ago))
    assert worker.check()["settings at work"][0][0] == "fail"


def test_what_needs_a_restart_is_not_taken_up_in_part(worker: Elsewhere) -> None:
    started = worker.folder.start("run")
    until(lambda: "working for" in started.stderr())
    worker.write(live=False)
    with (worker.folder.path / ".env").open("a") as env:
        env.write("SELLERS_FILE=other.toml\n")
    (worker.folder.path / "other.toml").write_text(toml(SELLER))
    until(lambda: "SELLERS_FILE has changed, which takes a restart" in started.stderr())
    assert started.stop() == 0
