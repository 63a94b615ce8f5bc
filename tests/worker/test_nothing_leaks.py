"""Every byte that askonce writes, in a world with secrets and buyers' data everywhere and every kind of fault: logs,
the ledger, alerts, metrics, what commands show, the page, what a crash says. None of it holds one of them."""

import json
import resource
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from urllib.request import urlopen

import pytest
from httpx2 import Client
from redis import Redis

from ledger.tables import metadata
from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from rules.order import Item, Money
from tests.inbox import SECRET as ALERT_SECRET
from tests.inbox import Inbox, inbox
from tests.ports import free_port
from tests.tasks.bookkeeping import ENVIRONMENT, SETTINGS
from tests.worker.seller_folder import ASK, OFFER, SECRETS, SELLER, Folder, amazon, delivered, selling, until
from tests.worker.test_worker_web import opened
from web.pages import Page
from web.site import DOWNLOADS, PAGES

BUYER = SimBuyer("Zebulon Plantagenet", ("77 rue Planquee",), postal_code="33077", city="Plantville", country="FR")
BUYERS = ("Zebulon", "Plantagenet", "77 rue Planquee", "Plantville")
PLANTED = (*SECRETS, ALERT_SECRET, ENVIRONMENT["INVOICE_KEY"], *BUYERS)
KINDS = ("denied", "expired_token", "drop_after", "html_503", "cut_json", "throttle", "unknown_403", "empty_body")
CALLS = ("listTransactions", OFFER, ASK, "createReport", "createFeed", "createFeedDocument")
HELP = "Begins with Atzr|."  # how a refresh token looks, where a person types one
COMMANDS = (
    *("check", "status", "plan", "history", "held", "alerts", "alerts test", "audit", "invoice list", "sweep"),
    *("check --json", "status --json", "plan --json", "history --json", "held --json", "alerts --json"),
)


def sold(number: int) -> SimOrder:
    """An order with a buyer, of which an invoice is made."""
    now = datetime.now(UTC)
    sale = {
        "items": (Item("MUG", "B000000001"),),
        "prices": (SimPrice(Decimal("36.00"), tax_rate=Decimal(20), title="Mug"),),
        "value": Money(Decimal(0), "EUR"),
        "buyer": BUYER,
    }
    return replace(delivered(number), purchased_at=now - timedelta(days=14), **sale)  # type: ignore[arg-type]


def lives(folder: Folder, arriving: Inbox, port: int, *start: Callable[[], object]) -> str:
    """Let workers work through all that goes wrong, and return everything that was said."""
    with (folder.path / "sellers.toml").open("a") as file:
        file.write(SETTINGS.format(name=SELLER, more=""))
    folder.write(STOP, scope=f"{SELLER}/DE")
    for begin in start:
        begin()
    until(arriving.titles)
    said = "".join(folder.askonce("sweep", expect=None).stderr for _ in range(3))
    until(lambda: len(folder.states()) == len(ORDERS))
    for line in COMMANDS:
        done = folder.askonce(*line.split(), expect=None)
        said += done.stdout + done.stderr
    for order in ORDERS[:3]:
        said += folder.askonce("explain", order.order_id, "--all", expect=None).stdout
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        said += answer.read().decode()
    with closing(opened(folder.running[0])) as browser:
        said += pages(browser)
        crashes(folder, browser)
        said += pages(browser)
    *others, last = folder.running
    for each in others:
        each.stop()
    assert resource.prlimit(last.process.pid, resource.RLIMIT_CORE) == (0, 0)
    assert last.stop(signal.SIGABRT) == -signal.SIGABRT
    said += "".join(each.stdout() + each.stderr() for each in folder.running)
    return f"{said}{arriving.raw}"


def pages(browser: Client) -> str:
    """What the page shows: every address as people see it, as JSON and as a file, of every order."""
    said = ""
    for each in (*PAGES, *DOWNLOADS):
        for path in (each.path, each.json_path) if isinstance(each, Page) else (each.path,):
            for order in ORDERS if "{" in path else ORDERS[:1]:
                answer = browser.get(path.format(order_id=order.order_id))
                said += f"{answer.status_code} {path} {answer.headers} {answer.text.replace(HELP, '')}"
    return said


def crashes(folder: Folder, browser: Client) -> None:
    """Bugs, with their tracebacks: in a worker, in the page, and in a command."""
    folder.write("UPDATE meta SET value = 'no time' WHERE key = 'alerts_looked_at'")
    folder.write("UPDATE orders SET placed = '{}' WHERE order_id = :order", order=ORDERS[0].order_id)
    until(lambda: "Traceback" in "".join(each.stderr() for each in folder.running))
    assert browser.get(f"/orders/{ORDERS[0].order_id}").status_code == 500
    assert "Traceback" in folder.askonce("explain", ORDERS[0].order_id, expect=1).stderr


ORDERS = [sold(number) for number in range(1, 7)]


def must_be_clean(said: str, written: bytes) -> None:
    assert "Traceback" in said
    assert "askonce_answers_total" in said
    assert ORDERS[1].order_id in said
    assert len(written) > 50_000
    found = [each for each in PLANTED if each in said or each.encode() in written]
    assert found == [], [said[said.find(each) - 200 : said.find(each) + 80] for each in found]


@pytest.mark.parametrize("form", [pytest.param("text", marks=pytest.mark.long), "json"])
def test_nothing_leaks_from_askonce_run(form: str, tmp_path: Path, unused_port: int) -> None:
    with inbox() as arriving, amazon(*ORDERS) as simulator:
        more = planted(arriving, unused_port) | {"LOG_FORMAT": form}
        with selling(tmp_path, simulator.url, unavailable=(), more=more) as folder:
            simulator.faults(*FAULTS)
            said = lives(folder, arriving, unused_port, lambda: folder.start("run", "--verbose", "--web"))
            must_be_clean(said, in_files(tmp_path))
            if form == "json":
                assert all(json.loads(line) for line in folder.running[0].stderr().splitlines())


@pytest.mark.long
def test_nothing_leaks_from_celery(tmp_path: Path, unused_port: int, redis_url: str, postgres_url: str) -> None:
    url = postgres_url.replace("postgres:@", "postgres:planted-database-password@")
    assert url != postgres_url
    with inbox() as arriving, amazon(*ORDERS) as simulator:
        more = planted(arriving, unused_port)
        places = {"database_url": url, "redis_url": redis_url}
        with selling(tmp_path, simulator.url, unavailable=(), more=more, **places) as folder:
            simulator.faults(*FAULTS)
            web, beat = (lambda: folder.start("web", "--verbose")), (lambda: folder.celery("beat"))
            said = lives(folder, arriving, unused_port, web, beat, lambda: folder.celery("worker", "-l", "debug"))
            must_be_clean(said, dumped(folder) + in_redis(redis_url) + in_files(tmp_path))


SOME = [("html_503", "searchOrders"), ("cut_json", "searchOrders"), ("html_503", "lwa"), ("empty_body", "lwa")]
FAULTS = [Fault(kind, call, times=1) for kind, call in (*SOME, *product(KINDS, CALLS))]  # type: ignore[arg-type]
STOP = "INSERT INTO controls (scope, reason, detail) VALUES (:scope, 'not_authorised', 'Access to it is denied.')"


def planted(arriving: Inbox, port: int) -> dict[str, str]:
    more = {"ALERT_URLS": f"{arriving.url} nonsense://{ALERT_SECRET}", "PING_URL": arriving.ping_url}
    return more | {"METRICS_PORT": str(port), "WEB_PORT": str(free_port()), **ENVIRONMENT}


def in_files(folder: Path) -> bytes:
    """Of every file that is there by now, but where a person has written the secrets."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".env")


def dumped(folder: Folder) -> bytes:
    """Every value of every row."""
    with folder.ledger.read() as connection:
        rows = [row for table in metadata.tables.values() for row in connection.execute(table.select())]
    values = (value for row in rows for value in row)
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in values
    )


def in_redis(url: str) -> bytes:
    found = b""
    with Redis.from_url(url) as client:
        for key in client.scan_iter():
            for read in (client.get, lambda key: client.lrange(key, 0, -1), client.hgetall, client.smembers):
                with suppress(Exception):
                    found += key + repr(read(key)).encode()
    return found
