"""Settings take effect while askonce runs: whole or not at all, in both modes; and every command knows which they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import SELLER, Folder, Running, amazon, delivered, selling, toml, until

OTHER = "atelier-brun"
OLD, NEW = delivered(1, account=SELLER), delivered(2, 9, account=OTHER)


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(OLD, NEW) as process:
        yield process


@pytest.fixture(params=["run", "celery"])
def started(request: pytest.FixtureRequest, simulator: SimulatorProcess, tmp_path: Path) -> Iterator["Started"]:
    redis_url = request.getfixturevalue("redis_url") if request.param == "celery" else None
    with selling(tmp_path, simulator.url, live=False, redis_url=redis_url) as folder:
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
