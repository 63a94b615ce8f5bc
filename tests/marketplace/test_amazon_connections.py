"""What becomes of a request on its way to Amazon, over real sockets."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from marketplace.amazon.connections import Malformed, Unreachable
from marketplace.amazon.wire import Http

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Peer:
    """Takes connections one after another, and answers each request with the same bytes."""

    def __init__(self, answer: bytes, *, hangs_up: bool) -> None:
        self.accepted = 0
        self.heard: list[bytes] = []
        self._answer = answer
        self._hangs_up = hangs_up
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        with ThreadPoolExecutor() as pool:
            while True:
                try:
                    connection, _ = self._listening.accept()
                except OSError:
                    return
                self.accepted += 1
                pool.submit(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while heard := connection.recv(65536):
                self.heard.append(heard)
                connection.sendall(self._answer)
                if self._hangs_up:
                    return


@contextmanager
def peer(answer: bytes = OK, *, hangs_up: bool = False) -> Iterator[Peer]:
    made = Peer(answer, hangs_up=hangs_up)
    yield made
    made.close()


@pytest.fixture
def http() -> Iterator[Http]:
    made = Http()
    yield made
    made.close()


def test_a_connection_is_used_again(http: Http) -> None:
    with peer() as amazon:
        assert [http.send("POST", f"http://{amazon.address}/").status for _ in range(3)] == [200, 200, 200]
        assert amazon.accepted == 1
        http.close()


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(http: Http) -> None:
    with peer(hangs_up=True) as amazon:
        for number in range(1, 4):
            assert http.send("POST", f"http://{amazon.address}/").status == 200
            assert len(amazon.heard) == number
            threading.Event().wait(0.1)  # until its end has arrived


def test_a_connection_whose_answer_broke_off_is_not_used_again(http: Http) -> None:
    with peer(OK[:-1], hangs_up=True) as amazon:
        cut = http.send("GET", f"http://{amazon.address}/")
        assert (cut.status, cut.body, type(cut.error).__name__) == (200, b"{", "IncompleteRead")
        http.send("GET", f"http://{amazon.address}/")
        assert amazon.accepted == 2


def test_each_thread_has_its_own_connection(http: Http) -> None:
    with peer() as amazon, ThreadPoolExecutor(1) as other:
        http.send("GET", f"http://{amazon.address}/")
        other.submit(http.send, "GET", f"http://{amazon.address}/").result()
        assert amazon.accepted == 2
        http.close()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{unused}/", "http://no-such-host.invalid/", "https://{speaks_no_tls}/"],
    ids=["refused", "unknown name", "no TLS"],
)
def test_without_a_connection_nothing_is_sent(url: str, http: Http, unused_port: int) -> None:
    with peer() as amazon:
        reply = http.send("POST", url.format(unused=unused_port, speaks_no_tls=amazon.address), form={"secret": "1"})
        assert isinstance(reply.error, Unreachable)
        assert not any(b"secret" in heard for heard in amazon.heard)


@pytest.mark.parametrize("header", ["a\r\nb", "ж"])
def test_a_request_that_is_no_http_is_not_sent(header: str, http: Http) -> None:
    with peer() as amazon:
        reply = http.send("POST", f"http://{amazon.address}/", headers={"x-amz-access-token": header})
        assert isinstance(reply.error, Malformed)
        assert amazon.heard == []
        assert http.send("POST", f"http://{amazon.address}/").status == 200
        http.close()


def test_amazon_is_reached_through_a_proxy(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", hangs_up=True) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass%40word@{proxy.address}")
        monkeypatch.setenv("NO_PROXY", "")
        reply = http.send("POST", "https://sellingpartnerapi-eu.amazon.com/", form={"secret": "1"})
        assert isinstance(reply.error, Unreachable)
        [heard] = proxy.heard
        assert heard.startswith(b"CONNECT sellingpartnerapi-eu.amazon.com:443 HTTP/1.")
        assert b"proxy-authorization: Basic dXNlcjpwYXNzQHdvcmQ=\r\n" in heard
        assert b"secret" not in heard
