"""What a seller can get wrong, or have go wrong: words that say what to type, no secret in them, and nothing lost."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from tests.ports import free_port
from tests.worker.seller_folder import ASK, OFFER, SECRETS, SELLER, amazon, delivered, selling, until

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.parametrize("command", ["run", "sweep", "check"])
def test_wrong_settings_stop_the_start_with_every_complaint_at_once(command: str, tmp_path: Path) -> None:
    with selling(tmp_path, NOWHERE) as folder:
        wrong = (tmp_path / "sellers.toml").read_text().replace("[5, 30]", "[25, 7]").replace('"DE"', '"GB"')
        (tmp_path / "sellers.toml").write_text(wrong + "colour = 3\n")
        (tmp_path / ".env").write_text("DATABASE_URL=mysql://host/name\nREDIS_URL=localhost\n")
        done = folder.askonce(command, expect=2)
        for complaint in (
            *("sellers.toml:3", "sellers.toml:8", "sellers.toml:9", "day_range", '"UK"', "colour"),
            *("DATABASE_URL", "REDIS_URL", "MAISON_DURAND_LWA_CLIENT_ID"),
            *("MAISON_DURAND_LWA_CLIENT_SECRET", "MAISON_DURAND_LWA_REFRESH_TOKEN"),
        ):
            assert complaint in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_an_unreachable_database_is_said_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    url = f"postgresql://askonce:planted-database-password@127.0.0.1:{port}/ledger"
    with selling(tmp_path, NOWHERE, database_url=url) as folder:
        folder.environ["START_WAIT_SECONDS"] = "0"
        for command in ("sweep", "run", "history"):
            done = folder.askonce(command, expect=2)
            assert "Start the database, or set DATABASE_URL to where it is" in done.stderr
            assert "planted" not in done.stdout + done.stderr
            assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("sqlite:////proc/askonce/askonce.db", "DATABASE_URL", id="a folder that cannot be made"),
        pytest.param("sqlite:///sellers.toml", "names a file that is no ledger", id="no ledger"),
    ],
)
def test_a_ledger_that_cannot_be_is_refused_with_words(url: str, said: str, tmp_path: Path) -> None:
    with selling(tmp_path, NOWHERE, database_url=url) as folder:
        before = (tmp_path / "sellers.toml").read_bytes()
        done = folder.askonce("sweep", expect=2)
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert (tmp_path / "sellers.toml").read_bytes() == before


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    with selling(tmp_path, NOWHERE, live=False) as folder:
        (tmp_path / "var").write_text("a file where the folder should be")
        done = folder.askonce("sweep", expect=2)
        assert "Traceback" not in done.stderr
        assert "var" in done.stderr


def hold_the_ledger(path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(path, simulator.url) as folder:
        folder.askonce("sweep", "--dry-run")
        with closing(sqlite3.connect(path / "var" / "askonce.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            done = folder.askonce("sweep", expect=2)
        assert "Another program holds the file. Stop it, or see which" in done.stderr
        assert simulator.accepted() == {}
        assert folder.json("sweep")["sent"] == 1


@pytest.fixture(scope="module", autouse=True)
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[None]]:
    """Begun before the first test of this file: it waits half a minute for the lock."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit(hold_the_ledger, tmp_path_factory.mktemp("held"))


def test_a_full_disk_stops_with_words_and_no_order_is_asked_twice(tmp_path: Path) -> None:
    """The disk is full for this process: no file of its may grow beyond some size."""
    orders = [delivered(number) for number in range(40)]
    with amazon(*orders) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("plan")
        ledger = tmp_path / "var" / "askonce.db"
        limit = ledger.stat().st_size
        done = subprocess.run(
            [sys.executable, "-c", _LIMITED.format(limit=limit), "sweep"],
            cwd=tmp_path,
            env=folder.environ,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode in (0, 1, 2), done.stderr
        assert "Traceback" not in done.stderr
        if done.returncode == 2:
            assert "Type: " in done.stderr or "df -h" in done.stderr
        assert all(said.count == 1 for said in simulator.accepted().values())
        assert folder.broken_invariants() == {}


_LIMITED = """
import resource, runpy
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
runpy.run_module("worker", run_name="__main__")
"""


def test_a_clock_that_was_set_back_a_day_does_not_stop_the_seller(tmp_path: Path) -> None:
    with amazon(delivered(1), delivered(2)) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("sweep", "--dry-run")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        pace = json.dumps({name: {"full_at": tomorrow.timestamp(), "per_second": 1.0} for name in (ASK, OFFER)})
        stamp = tomorrow.strftime("%Y-%m-%d %H:%M:%S.%f")
        folder.write("UPDATE lanes SET pace = :pace, expires_at = :at", pace=pace, at=stamp)
        folder.write("UPDATE sources SET as_of = :at, next_read_at = :at WHERE as_of IS NOT NULL", at=stamp)
        assert folder.json("sweep")["sent"] == 2


def test_no_secret_is_written_anywhere_whatever_goes_wrong(tmp_path: Path) -> None:
    kinds = ("denied", "expired_token", "drop_after", "html_503", "cut_json", "throttle", "unknown_403", "empty_body")
    said = ""
    orders = [delivered(number) for number in range(4)]
    with amazon(*orders) as simulator, selling(tmp_path, simulator.url, unavailable=()) as folder:
        for operation in ("searchOrders", "listTransactions", "lwa", OFFER, ASK, "createReport"):
            simulator.faults(*(Fault(kind, operation, times=1) for kind in kinds))  # type: ignore[arg-type]  # a literal
        worker = folder.start("run", "--verbose")
        until(lambda: "not read to the end" in worker.stderr())
        for command in (["sweep"], ["check"], ["plan"], ["explain", orders[0].order_id], ["history"], ["held"]):
            done = folder.askonce(*command, expect=None)
            said += done.stdout + done.stderr
        worker.stop()
        said += worker.stdout() + worker.stderr()
    written = b"".join(file.read_bytes() for file in (tmp_path / "var").rglob("*") if file.is_file())
    for secret in SECRETS:
        assert secret not in said
        assert secret.encode() not in written


def test_wrong_credentials_are_said_and_not_shown(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.environ["MAISON_DURAND_LWA_REFRESH_TOKEN"] = "Atzr|revoked"
        found = folder.json("check", expect=1)
        assert {check["verdict"] for check in found["checks"]} == {"pass", "fail", "unknown"}
        assert all(check["remedy"] for check in found["checks"] if check["verdict"] != "pass")
        done = folder.askonce("sweep", expect=1)
        said = f"{SELLER}: the source orders cannot be relied on: the token exchange: 400 invalid_grant."
        assert f"{said} Type: askonce check" in done.stdout
        for text in (json.dumps(found), done.stdout, done.stderr):
            assert not any(secret in text for secret in SECRETS)
        assert simulator.summary()["accepted_total"] == 0


def test_one_seller_with_wrong_credentials_does_not_stop_the_other(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url, "shop-a", "shop-b") as folder:
        folder.environ["SHOP_A_LWA_CLIENT_SECRET"] = "wrong"
        folder.askonce("sweep", expect=None)
        assert simulator.accepted().keys() == {delivered(1).order_id}


def test_check_sends_nothing(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("check")
        folder.askonce("sweep", "--dry-run")
        found = folder.json("check")
        assert all(check["verdict"] in ("pass", "unknown") for check in found["checks"])
        assert not {ASK, OFFER} & simulator.summary()["calls"].keys()


def test_a_ledger_that_another_program_holds_for_long_is_said_and_nothing_is_sent(held: Future[None]) -> None:
    held.result()
