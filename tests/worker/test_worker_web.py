"""The page as a process: beside a worker, or in it; it opens by the link that it prints, and ends cleanly."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest

from marketplace.simulator.process import SimulatorProcess
from tests.ports import free_port
from tests.web.opened import fields
from tests.worker.seller_folder import SECRETS, SELLER, Folder, Running, amazon, delivered, selling, until
from worker.web import _listening

LINK = re.compile(r"http://\S+/login\?token=\S+")


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(delivered(1), delivered(2, 9)) as process:
        yield process


@pytest.fixture
def folder(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Folder]:
    with selling(tmp_path, simulator.url, more={"WEB_PORT": str(free_port())}) as made:
        yield made


@pytest.fixture(scope="module", autouse=True)
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Begun before the first test of this file: it takes a minute and a half."""
    port = {"WEB_PORT": str(free_port())}
    with selling(tmp_path_factory.mktemp("demo"), "http://127.0.0.1:9", more=port) as made:
        yield made.start("demo", "--web", "--minutes", "1.3")


def opened(started: Running) -> httpx2.Client:
    """A browser that followed the printed link."""
    until(lambda: LINK.search(started.stdout()))
    (link,) = LINK.findall(started.stdout())
    client = httpx2.Client(base_url=link.partition("/login")[0], timeout=30)
    assert client.get(link).status_code == 303
    return client


def test_the_daemon_serves_the_page_while_it_sends(simulator: SimulatorProcess, folder: Folder) -> None:
    started = folder.start("run", "--web")
    with closing(opened(started)) as client:
        until(lambda: client.get("/status.json").json()["sum"]["sent"] == 2)
        assert simulator.summary()["accepted_total"] == 2
        assert client.get("/healthz").status_code == 200
        assert started.stop() == 0, started.stderr()
    assert "Traceback" not in started.stderr()
    assert [secret for secret in SECRETS if secret in started.stderr() + started.stdout()] == []


def test_the_page_beside_a_worker_takes_up_new_settings(folder: Folder) -> None:
    started = folder.start("web")
    with closing(opened(started)) as client:
        assert client.get("/stops.json").json()["live"] == {SELLER: True}
        settings = folder.path / "sellers.toml"
        settings.write_text(settings.read_text().replace("live = true", "live = false"))
        until(lambda: client.get("/stops.json").json()["live"] == {SELLER: False})
        assert started.stop() == 0, started.stderr()


def test_what_the_page_saves_is_at_work_soon_and_a_mistake_by_hand_is_told(folder: Folder) -> None:
    started = folder.start("run", "--web")
    file = folder.path / "sellers.toml"
    with closing(opened(started)) as client:
        form = fields(client.get("/settings").text) | {"review_requests-exclude-skus": "NONE-*"}
        looked = client.post("/settings", data={**form, "act": "preview"})
        assert client.post("/settings", data={**fields(looked.text), "act": "save"}).status_code == 303
        assert 'exclude.skus = ["NONE-*"]' in file.read_text()
        until(lambda: client.get("/settings.json").json()["is_taken_up"])
        until(lambda: [each["is_current"] for each in client.get("/settings.json").json()["workers"]] == [True])
        file.write_text(file.read_text().replace("marketplaces", "market_places"))
        until(lambda: "market_places" in client.get("/settings.json").json()["trouble"])
        assert "the settings of before stay at work" in client.get("/settings").text
        assert started.stop() == 0, started.stderr()


def test_a_port_in_use_is_said_with_what_to_type(folder: Folder) -> None:
    first = folder.start("web")
    until(lambda: LINK.search(first.stdout()))
    second = folder.askonce("web", expect=1)
    port = int(folder.variables["WEB_PORT"])
    assert f"the page cannot listen at 127.0.0.1:{port}" in second.stderr
    assert f"Type: WEB_PORT={port + 1}" in second.stderr


def test_the_body_of_an_answer_does_not_wait_until_its_head_is_confirmed() -> None:
    with (
        _listening("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_beyond_this_machine_it_needs_a_user_and_tls_and_says_what_to_type(folder: Folder) -> None:
    refused = folder.askonce("web", "--host", "0.0.0.0", expect=2)
    assert "there is no user, and passwords would be sent in the clear" in refused.stderr
    assert "Type: askonce user add NAME --role admin; then: --tls-cert page.pem --tls-key page.key" in refused.stderr


def test_the_demo_in_the_page_is_at_work_and_ends_by_itself(demo: Running) -> None:
    days = set()
    with closing(opened(demo)) as client, suppress(httpx2.TransportError):
        while demo.process.poll() is None:
            assert client.get("/").status_code == 200
            days.add(client.get("/calendar.json").json()["today"])
            time.sleep(1)
    assert len(days) > 3
    assert demo.process.wait(90) == 0, demo.stderr()
    assert " seen = " in demo.stdout()
    assert "0 of them more than once" in demo.stdout()


def test_whoever_has_seen_enough_of_the_demo_ends_it(folder: Folder) -> None:
    started = folder.start("demo", "--web")
    with closing(opened(started)) as client:
        until(lambda: client.get("/status.json").json()["sum"]["sent"])
        assert started.stop(signal.SIGINT) == 0, started.stderr()
    assert "what was under way is settled" in started.stdout()
    assert "Traceback" not in started.stderr()
