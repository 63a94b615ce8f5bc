"""Each exchange with Amazon ends, and takes no more room than it may, whatever comes; over real sockets."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from marketplace.amazon import connections, wire
from marketplace.amazon.answers import Call, judge
from marketplace.amazon.calls import LONGEST_CALL
from marketplace.amazon.client import Amazon
from marketplace.amazon.connections import Malformed, Overdue, Unreachable
from marketplace.amazon.downloads import Document, pieces
from marketplace.amazon.wire import REPLY, Http
from marketplace.errors import Broken, Busy, Unclear
from marketplace.pace import Pace
from marketplace.port import Report
from tasks.line import CALL_TAKES
from tests.marketplace.amazon_server import ScriptedAmazon, SteppedClock, credentials, ok

HEAD = b"HTTP/1.1 201 Created\r\ncontent-length: 100000\r\n\r\n"


@contextmanager
def served(first: bytes, *, drips: float | None = None, reads: bool = True) -> Iterator[str]:
    """A server that says `first` to each request, and then hangs up, or drips a byte in `drips` seconds."""
    ended = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as heard:
            while reads and heard.readline().strip():
                pass
            try:
                connection.sendall(first)
                while drips is not None and not ended.wait(drips):
                    connection.sendall(b"1")
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,)).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


def test_a_call_that_cannot_be_taken_back_is_over_well_before_its_lane_is_given_away() -> None:
    assert LONGEST_CALL < CALL_TAKES
    assert LONGEST_CALL.total_seconds() > 2 * REPLY


@pytest.mark.parametrize(
    "first", [HEAD, HEAD[:-2] + b"x-more: ", HEAD[:5], b""], ids=["body", "header", "status", "all"]
)
def test_a_reply_that_drips_is_given_up_in_time(first: bytes) -> None:
    http = Http(seconds=0.5)
    with served(first, drips=0.05) as url:
        began = time.monotonic()
        reply = http.send("POST", url)
        assert time.monotonic() - began < 2
    assert isinstance(reply.error, Overdue)
    with pytest.raises(Unclear):
        judge("createFeed", Call.EFFECT, reply)
    http.close()


@pytest.mark.parametrize("first", [HEAD, b""], ids=["body", "all"])
def test_a_process_that_is_to_stop_waits_for_no_answer(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connections.STOPS_WITHIN + connections.SLICE < 15
    monkeypatch.setattr(connections, "STOPS_WITHIN", 0.2)
    monkeypatch.setattr(connections, "SLICE", 0.05)
    stopping = threading.Event()
    http = Http(stopping=stopping)
    with served(first, drips=3600) as url:
        threading.Timer(0.2, stopping.set).start()
        began = time.monotonic()
        assert isinstance(http.send("POST", url).error, Overdue)
        assert time.monotonic() - began < 2
        assert isinstance(http.send("POST", url).error, Unreachable)  # nothing more is begun
    http.close()


def test_a_file_that_nobody_takes_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "UPLOAD", 0.5)
    http = Http()
    with served(b"", drips=3600, reads=False) as url:
        began = time.monotonic()
        reply = http.upload(url, {}, b"x" * 20_000_000)
        assert time.monotonic() - began < 3
    assert isinstance(reply.error, TimeoutError)


def test_a_reply_beyond_all_measure_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_REPLY", 100_000)
    http = Http()
    with served(b"HTTP/1.1 200 OK\r\ncontent-length: 4000000\r\n\r\n" + b"1" * 4_000_000) as url:
        reply = http.send("GET", url)
    assert len(reply.body) < 200_000
    with pytest.raises(Busy):
        judge("searchOrders", Call.SOURCE, reply)


LENGTHS = {
    "a terabyte": b"content-length: 1099511627776",
    "2 to the 70": b"content-length: 1180591620717411303424",
    "5000 digits": b"content-length: " + b"9" * 5000,
    "negative": b"content-length: -5",
    "words": b"content-length: many",
    "a negative chunk": b"transfer-encoding: chunked\r\n\r\n-5",
    "a chunk of words": b"transfer-encoding: chunked\r\n\r\nmany",
    "a huge chunk": b"transfer-encoding: chunked\r\n\r\n" + b"f" * 40,
    "a long chunk": b"transfer-encoding: chunked\r\n\r\n" + b"f" * 70_000,
}


@pytest.mark.parametrize("length", LENGTHS.values(), ids=LENGTHS.keys())
def test_a_length_that_is_none_is_an_answer(length: bytes) -> None:
    http = Http()
    with served(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n{}") as url:
        reply = http.send("POST", url)
        assert reply.status == 200
        assert reply.error or reply.body == b"{}"
        with suppress(Busy):
            assert b"".join(pieces(http, "a report", Document(url))) == b"{}"
    http.close()


@pytest.fixture(scope="module")
def bomb() -> Iterator[str]:
    packed = gzip.compress(b"x" * 1_000_000) * 300
    with served(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(packed) + packed) as url:
        yield url


def test_a_small_file_that_unpacks_to_a_large_one_takes_no_room(bomb: str) -> None:
    http = Http()
    tracemalloc.start()
    sizes = [len(piece) for piece in pieces(http, "a report", Document(bomb))]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == 300_000_000
    assert max(sizes) <= wire.CHUNK
    assert peak < 4_000_000


def test_a_file_is_unpacked_up_to_a_limit(bomb: str) -> None:
    with pytest.raises(Broken, match="more than 1 MB"):
        list(pieces(Http(), "a report", Document(bomb), largest=1 << 20))


def test_unpacking_ends_when_the_process_is_to_stop(bomb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STOPS_WITHIN", 0)
    stopping = threading.Event()
    read = pieces(Http(stopping=stopping), "a report", Document(bomb))
    next(read)
    stopping.set()
    with pytest.raises(Busy):
        list(read)


ADDRESSES = ["http://[::1", "http://", "", "ftp://127.0.0.1/x", "http://127.0.0.1:x/", "//x", "http://a b/", "nothing"]


@pytest.mark.parametrize("url", [*ADDRESSES, "http://127.0.0.1:99999/", "http://\ud83d.example/"], ids=ascii)
def test_an_address_that_is_none_is_an_answer(url: str) -> None:
    clock = SteppedClock()
    with ScriptedAmazon() as server:
        amazon = Amazon(clock, server.url, server.url)
        seller = amazon.seller(credentials(), region="eu", marketplace_ids=[], pace=Pace(clock))
        server.script("/reports/2021-06-30/documents/d1", ok({"url": url}))
        server.script("/feeds/2021-06-30/documents", ok({"feedDocumentId": "f1", "url": url}))
        with pytest.raises((Broken, Busy)):
            list(seller.report_rows(Report.FBA_RETURNS, "d1"))
        with pytest.raises((Broken, Busy)):
            seller.upload_invoice(b"%PDF")
        amazon.close()


def test_an_api_over_tls_never_leads_to_files_without_it() -> None:
    http = Http(tls_only=True)
    with served(b"HTTP/1.1 200 OK\r\n\r\n") as url:
        assert isinstance(http.upload(url, {}, b"%PDF").error, Malformed)
        with pytest.raises(Malformed), http.download(url):
            pass
    for endpoint, refused in ((None, True), ("https://127.0.0.1:9", True), ("http://127.0.0.1:9", False)):
        amazon = Amazon(SteppedClock(), endpoint)
        reply = amazon._http.upload("http://127.0.0.1:9/", {}, b"%PDF")
        assert isinstance(reply.error, Malformed) is refused
