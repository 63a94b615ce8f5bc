"""A TCP proxy between a client and a server: it loses what goes one way, holds a request back, or cuts every line."""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

Address = tuple[str, int] | str
"""Host and port; or the path of a Unix socket."""


@dataclass(eq=False)
class _Line:
    client: socket.socket
    server: socket.socket
    ahead: list[bytes] = field(default_factory=list)  # what must still pass before the trouble begins
    holds: bool = False


class Proxy:
    """Passes everything on, at `port`, until a trouble is ordered.

    A trouble begins with the request that holds the last of its words, when they have come in this order on one
    connection; `begun` is set then. `cut` breaks all connections and ends the trouble: new connections are fine.
    """

    def __init__(self, upstream: Address, rewrite: Callable[[bytes], bytes] = bytes) -> None:
        self.begun = Event()
        self._upstream = upstream
        self._rewrite = rewrite
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = Lock()
        self._lines: list[_Line] = []
        self._words: tuple[bytes, ...] = ()
        self._ordered = ""
        self._lost = ""
        self._let_go = Event()

    def __enter__(self) -> "Proxy":
        Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.let_go()
        self.cut()

    def lose_replies(self, *words: bytes) -> None:
        """The server does what it is asked; nobody hears of it any more."""
        self._order("replies", words)

    def lose_requests(self, *words: bytes) -> None:
        """Nothing arrives any more."""
        self._order("requests", words)

    def hold(self, *words: bytes) -> None:
        """One request arrives only at `let_go`, whatever has become of its sender by then. All else passes."""
        self._order("hold", words)

    def let_go(self) -> None:
        self._let_go.set()

    def cut(self) -> None:
        with self._lock:
            self._ordered = self._lost = ""
            cut = [line for line in self._lines if not line.holds]
            self._lines = [line for line in self._lines if line.holds]
        for line in cut:
            _close(line.client)
            _close(line.server)

    def _order(self, trouble: str, words: tuple[bytes, ...]) -> None:
        with self._lock:
            self.begun.clear()
            self._let_go.clear()
            self._ordered, self._words = trouble, words
            for line in self._lines:
                line.ahead = list(words)

    def _listen(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                client, _ = self._listener.accept()
                try:
                    server = _connect(self._upstream)
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    line = _Line(client, server, list(self._words))
                    self._lines.append(line)
                Thread(target=self._pass_requests, args=[line], daemon=True).start()
                Thread(target=self._pass_replies, args=[line], daemon=True).start()

    def _pass_requests(self, line: _Line) -> None:
        with suppress(OSError):
            while data := line.client.recv(1 << 20):
                data = self._rewrite(data)
                self._notice(line, data)
                if line.holds:
                    self._let_go.wait()
                    line.holds = False
                if self._lost != "requests":
                    line.server.sendall(data)
        _close(line.server)

    def _pass_replies(self, line: _Line) -> None:
        with suppress(OSError):
            while data := line.server.recv(1 << 20):
                if self._lost != "replies":
                    line.client.sendall(data)
        _close(line.client)

    def _notice(self, line: _Line, data: bytes) -> None:
        with self._lock:
            if not self._ordered:
                return
            while line.ahead and line.ahead[0] in data:
                del line.ahead[0]
            if line.ahead:
                return
            if self._ordered == "hold":
                line.holds = True
            else:
                self._lost = self._ordered
            self._ordered = ""
            self.begun.set()


def _connect(upstream: Address) -> socket.socket:
    if isinstance(upstream, tuple):
        return socket.create_connection(upstream, 5)
    server = socket.socket(socket.AF_UNIX)
    server.connect(upstream)
    return server


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
