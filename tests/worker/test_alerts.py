"""Alerts from a folder as a seller has it: processes, Apprise, a real inbox; and the command that shows them."""

from pathlib import Path

import pytest

from tests.inbox import SECRET, inbox
from tests.worker.seller_folder import SELLER, Folder, amazon, delivered, selling, until

STOP = "INSERT INTO controls (scope, reason, detail) VALUES (:seller, 'not_authorised', '')"


def all_texts(folder: Folder) -> str:
    """All that processes said, and all that the ledger's files hold."""
    said = "".join(each.stdout() + each.stderr() for each in folder.running)
    files = [path for path in folder.path.rglob("*") if path.is_file() and path.name != ".env"]
    return said + "".join(path.read_bytes().decode("latin-1") for path in files)


def test_a_stop_is_told_by_the_daemon_and_shown_by_the_command(tmp_path: Path) -> None:
    with inbox() as arriving, amazon(delivered(1)) as simulator:
        more = {"ALERT_URLS": arriving.url, "PING_URL": arriving.ping_url}
        with selling(tmp_path, simulator.url, more=more) as folder:
            folder.write(STOP, seller=SELLER)
            worker = folder.start("run")
            until(arriving.titles)
            until(lambda: {"start", "fail"} <= {*arriving.pings})
            assert arriving.titles() == [f"askonce: {SELLER}: Amazon denies access"]
            shown = folder.json("alerts", expect=1)
            assert [each["kind"] for each in shown["raised"]] == ["not_authorised"]
            until(lambda: folder.rows("SELECT id FROM messages WHERE sent_at IS NOT NULL"))
            assert "sent" in folder.askonce("alerts", expect=1).stdout
            assert worker.stop() == 0
            assert SECRET not in all_texts(folder)


def test_a_test_says_which_url_answers_and_shows_no_secret(tmp_path: Path, unused_port: int) -> None:
    with inbox() as arriving, amazon() as simulator:
        urls = f"{arriving.url}, json://127.0.0.1:{unused_port}/{SECRET} nonsense://{SECRET}"
        more = {"ALERT_URLS": urls, "PING_URL": arriving.ping_url}
        with selling(tmp_path, simulator.url, more=more) as folder:
            tried = {each["name"]: each["error"] for each in folder.json("alerts", "test", expect=1)["tried"]}
            assert (tried["1 (json)"], tried["PING_URL"]) == ("", "")
            assert "cannot be reached" in tried["2 (json)"]
            assert "knows no such URL" in tried["3 (nonsense)"]
            assert arriving.titles() == ["askonce: a test"]
            done = folder.askonce("alerts", "test", expect=1)
            checks = {each["name"]: each for each in folder.json("check", expect=None)["checks"]}
            assert checks["alerts to 1 (json)"]["verdict"] == "pass"
            assert checks["alerts to 2 (json)"]["verdict"] == "fail"
            status = folder.askonce("status", expect=1)
            assert "alerts to 3 (nonsense)" in status.stdout
            assert SECRET not in done.stdout + done.stderr + str(checks) + status.stdout + all_texts(folder)


def test_celery_workers_tell_it_once(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    with inbox() as arriving, amazon() as simulator:
        more = {"ALERT_URLS": arriving.url}
        with selling(tmp_path, simulator.url, database_url=postgres_url, redis_url=redis_url, more=more) as folder:
            folder.write(STOP, seller=SELLER)
            workers = [folder.celery("worker", "--concurrency", "4") for _ in range(2)]
            until(lambda: all("working for" in each.stderr() for each in workers))
            for call in [folder.celery("call", "tasks.watch") for _ in range(12)]:
                call.process.wait(90)
            until(arriving.titles)
            assert [each.stop() for each in workers] == [0, 0]
            assert arriving.titles() == [f"askonce: {SELLER}: Amazon denies access"], arriving.received


@pytest.mark.parametrize("value", ["you@example.com", "json://planted/b c"], ids=["no URL", "a blank inside"])
def test_what_is_no_url_is_a_complaint_that_does_not_show_it(value: str, tmp_path: Path) -> None:
    with amazon() as simulator, selling(tmp_path, simulator.url, more={"ALERT_URLS": value}) as folder:
        done = folder.askonce("run", expect=2)
        assert "number 1 in ALERT_URLS is no URL, or has a blank inside" in done.stderr
        assert value not in done.stderr


def test_new_alert_urls_are_taken_up_without_a_restart(tmp_path: Path) -> None:
    with (
        inbox() as first,
        inbox() as second,
        amazon() as simulator,
        selling(tmp_path, simulator.url, more={"ALERT_URLS": first.url}) as folder,
    ):
        worker = folder.start("run")
        until(lambda: "working for" in worker.stderr())
        env = folder.path / ".env"
        env.write_text(env.read_text().replace(first.url, second.url))
        until(lambda: "the settings at work are new" in worker.stderr())
        folder.write(STOP, seller=SELLER)
        until(second.titles, 150)
        assert first.titles() == []
