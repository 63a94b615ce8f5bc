"""Replay as a process: killed at any moment and started again it tells the same; ledgers are never mixed."""

import gzip
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.worker.seller_folder import SELLER, Folder, amazon, delivered, selling, until

ORDERS = 150
COLUMNS = (
    *("amazon-order-id", "purchase-date", "order-status", "fulfillment-channel"),
    *("sales-channel", "sku", "quantity"),
)
STATUSES = (*["Shipped"] * 12, "Shipped - Delivered to Buyer", "Cancelled", "Shipped - Returned to Seller", "Pending")
NOWHERE = "http://127.0.0.1:9"
ADDED_UP = ("orders", "asked", "by_reason", "by_day")
REPLAY = ("replay", "report.txt", "--seller", SELLER)


ROW_OF = "407-9999999-9999999\t{}T00:00:00+00:00\tShipped\tAmazon\tAmazon.fr\tS-1\t1\n"


def report(orders: int = ORDERS) -> str:
    """An All Orders report as Seller Central exports it, of made-up orders of one month."""
    chance = Random(7)
    rows = ["\t".join(COLUMNS)]
    for number in range(orders):
        bought = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(30 * 24 * 60))
        channel = chance.choice(["Amazon", "Merchant"])
        shop = chance.choice(["Amazon.fr", "Amazon.fr", "Amazon.de", "Non-Amazon"])
        cells = [f"407-{number:07}-{number:07}", bought.isoformat(), chance.choice(STATUSES), channel, shop, "S-1", "1"]
        rows.append("\t".join(cells))
    return "\n".join(rows) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with selling(tmp_path, NOWHERE, reviews='time_slots = ["10:00-14:00"]') as made:
        (tmp_path / "report.txt").write_text(report())
        yield made


def told(said: dict[str, Any]) -> dict[str, Any]:
    return {name: said[name] for name in ADDED_UP}


def accepted(folder: Folder) -> list[str]:
    """The orders in the journal of the replay's Amazon: it outlives a killed replay."""
    journals = list((folder.path / "var").glob("*.journal"))
    assert len(journals) <= 1
    return [line.split()[0] for file in journals for line in file.read_text().splitlines()]


def has_asked_more_than(folder: Folder, orders: int) -> bool:
    return len(accepted(folder)) > orders


def test_a_replay_that_is_killed_again_and_again_ends_as_one_that_is_not(folder: Folder, tmp_path: Path) -> None:
    whole = folder.json(*REPLAY)
    assert whole["orders"] == ORDERS == whole["asked"] + sum(whole["by_reason"].values())
    assert whole["asked"] == sum(day["asked"] for day in whole["by_day"]) > 50

    chance = Random(11)
    with selling(tmp_path / "killed", NOWHERE, reviews='time_slots = ["10:00-14:00"]') as other:
        (other.path / "report.txt").write_text(report())
        for asked_before in sorted(chance.sample(range(whole["asked"] - 20), 3)):
            started = other.start(*REPLAY, "--json")
            until(partial(has_asked_more_than, other, asked_before))
            time.sleep(chance.random() / 10)
            started.kill()
        assert told(other.json(*REPLAY)) == told(whole)
        asked = accepted(other)
        assert len(asked) == len(set(asked)) == whole["asked"]

        again = other.json(*REPLAY)
        assert (again["asked"], again["by_reason"]["already_requested"]) == (0, whole["asked"])


def test_a_replay_that_is_interrupted_says_so_and_goes_on(folder: Folder) -> None:
    started = folder.start(*REPLAY, "--json")
    until(partial(has_asked_more_than, folder, 5))
    assert started.stop() == 1, started.stderr()
    assert "interrupted; the same command goes on from here" in started.stderr()
    interrupted = json.loads(started.stdout())
    assert interrupted["orders"] == ORDERS == interrupted["asked"] + sum(interrupted["by_reason"].values())
    assert folder.json(*REPLAY)["asked"] > interrupted["asked"]


def test_a_replay_in_days_asks_within_them_only(folder: Folder) -> None:
    found = folder.json(*REPLAY, "--from", "2026-04-01", "--to", "2026-04-16")
    assert max(day["day"] for day in found["by_day"]) <= "2026-04-16"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        pytest.param(b"", 2, "report.txt", id="empty"),
        pytest.param(b"name\tprice\nteapot\t3\n", 2, "no column amazon-order-id", id="another table"),
        pytest.param(gzip.compress(report(9).encode())[:-20], 2, "report.txt", id="cut gzip"),
        pytest.param(f"{report(9)}broken line\n".encode(), 1, "report.txt:11: ", id="a broken line"),
        pytest.param(
            report(9).replace("407-", "4.07E+1", 9).encode(), 2, "no line of 9 can be read", id="ids as numbers"
        ),
        pytest.param(report(9).encode("utf-16"), 0, "", id="UTF-16"),
        pytest.param(
            (report(9) + ROW_OF.format("1970-01-01") + ROW_OF.format("9999-12-31")).encode(), 1, "", id="wild dates"
        ),
        pytest.param(report(9).replace("S-1", "Größe").encode("cp1252"), 0, "", id="cp1252"),
        pytest.param(gzip.compress(report(9).encode()), 0, "", id="gzip"),
    ],
)
def test_a_report_is_read_or_refused_with_words(content: bytes, code: int, said: str, folder: Folder) -> None:
    (folder.path / "report.txt").write_bytes(content)
    done = folder.askonce(*REPLAY, "--json", "--to", "2026-04-02", expect=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if code < 2:
        found = json.loads(done.stdout)
        assert found["orders"] == 9 == found["asked"] + sum(found["by_reason"].values())
        assert found.keys() >= set(ADDED_UP)


def test_a_real_ledger_is_not_replayed_into_and_a_simulated_one_is_not_worked_on(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as real:
        (tmp_path / "report.txt").write_text(report(9))
        real.askonce("sweep", "--dry-run")
        real.environ["DATABASE_URL"] = real.database_url
        assert "holds real orders, which a simulation must not touch" in real.askonce(*REPLAY, expect=2).stderr
        real.environ["DATABASE_URL"] = f"sqlite:///{tmp_path}/var/replay.db"
        real.askonce(*REPLAY, "--to", "2026-04-02")
        for command in ("sweep", "run", "plan"):
            said = real.askonce(command, expect=2).stderr
            assert "holds a simulation's orders. Set DATABASE_URL to another ledger" in said
        assert simulator.accepted() == {}


def test_a_report_alone_is_enough(tmp_path: Path) -> None:
    with selling(tmp_path, NOWHERE) as folder:
        for name in ("sellers.toml", ".env"):
            (folder.path / name).unlink()
        (folder.path / "report.txt").write_text(report(5))
        found = folder.json("replay", "report.txt")
    assert found["orders"] == 5 == found["asked"] + sum(found["by_reason"].values())
    assert found["asked"] > 0
