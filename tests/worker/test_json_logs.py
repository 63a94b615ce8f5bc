"""LOG_FORMAT=json: each line on standard error is one object, whatever goes wrong."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from tests.worker.seller_folder import ASK, OFFER, Folder, Running, amazon, delivered, selling, until

FAULTS = (
    Fault("unknown_403", ASK, order_id=delivered(1).order_id),
    Fault("drop_before", OFFER, order_id=delivered(2).order_id, times=1),
    Fault("error_503_after", ASK, order_id=delivered(3).order_id, times=1),
    Fault("html_503", "listTransactions", times=1),
)
JSON = {"LOG_FORMAT": "json"}


def objects(worker: Running) -> list[dict[str, object]]:
    found = [json.loads(line) for line in worker.stderr().splitlines()]
    for each in found:
        assert {"at", "level", "logger", "message"} <= each.keys() <= {"at", "level", "logger", "message", "trace"}
        at = each["at"]
        assert isinstance(at, str)
        assert datetime.fromisoformat(at).utcoffset() is not None
    return found


def must_be_objects(folder: Folder, worker: Running) -> None:
    until(lambda: "held" in folder.states().values() and [*folder.states().values()].count("sent") >= 2, 120)
    assert worker.stop() == 0
    said = objects(worker)
    assert {"INFO", "WARNING"} <= {str(each["level"]) for each in said}
    assert any("is held" in str(each["message"]) for each in said)
    assert not any("403-000000" in str(each) for each in said)  # masked


def test_askonce_run_logs_objects_while_amazon_has_faults(tmp_path: Path) -> None:
    with amazon(*map(delivered, range(1, 6))) as simulator, selling(tmp_path, simulator.url, more=JSON) as folder:
        simulator.faults(*FAULTS)
        must_be_objects(folder, folder.start("run"))


def test_celery_logs_objects_while_amazon_has_faults(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    places = {"database_url": postgres_url, "redis_url": redis_url}
    orders = map(delivered, range(1, 6))
    with amazon(*orders) as simulator, selling(tmp_path, simulator.url, more=JSON, **places) as folder:
        simulator.faults(*FAULTS)
        worker, beat = folder.celery("worker"), folder.celery("beat")
        must_be_objects(folder, worker)
        beat.stop()
        objects(beat)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"START_WAIT_SECONDS": "soon"}, "START_WAIT_SECONDS must be a whole number"),
        ({"DATABASE_URL": "sqlite:////dev/null/nowhere.db"}, "file exists"),
    ],
    ids=["wrong settings", "no ledger"],
)
def test_why_it_does_not_begin_is_an_object(more: dict[str, str], says: str, tmp_path: Path) -> None:
    with amazon() as simulator, selling(tmp_path, simulator.url, more=JSON | more) as folder:
        worker = folder.start("run")
        assert worker.process.wait(60) == 2
        (complaint,) = objects(worker)
        assert says.lower() in str(complaint["message"]).lower()


def test_another_format_is_a_complaint(tmp_path: Path) -> None:
    with amazon() as simulator, selling(tmp_path, simulator.url, more={"LOG_FORMAT": "xml"}) as folder:
        assert "LOG_FORMAT must be text or json" in folder.askonce("run", expect=2).stderr
