"""A scripted Amazon: a real HTTP server that answers what a test wants and remembers what it was asked."""

import json
import socket
import struct
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from settings.environment import Credentials

TOKEN_PATH = "/auth/o2/token"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class SteppedClock:
    """A clock that moves only when it is slept on, or moved."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def credentials(refresh_token: str = "refresh-1") -> Credentials:
    return Credentials("client-1", "secret-1", refresh_token)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Scripted:
    """One answer. `cut` promises more body than comes; `drop` closes the connection without a word."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    drop: bool = False
    delay: float = 0


def ok(document: Any, **headers: str) -> Scripted:
    return Scripted(200, json.dumps(document).encode(), {k.replace("_", "-"): v for k, v in headers.items()})


def errors(status: int, code: str, message: str, details: str = "") -> Scripted:
    return Scripted(status, json.dumps({"errors": [{"code": code, "message": message, "details": details}]}).encode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has heard enough is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class ScriptedAmazon:
    """Answers by path: the scripted answers in turn, the last one for ever. Tokens are given unless scripted."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[str, deque[Scripted]] = defaultdict(deque)
        self._tokens = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, path: str, *answers: Scripted) -> None:
        self._scripts[path] = deque(answers)

    def requests(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]

    def answer(self, asked: Asked) -> Scripted:
        with self._lock:
            self.asked.append(asked)
            if answers := self._scripts.get(asked.path):
                return answers.popleft() if len(answers) > 1 else answers[0]
            if asked.path == TOKEN_PATH:
                self._tokens += 1
                return ok({"access_token": f"Atza|{self._tokens}", "token_type": "bearer", "expires_in": 3600})
        return errors(404, "NotFound", "nothing here")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        amazon = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._hear()

            def do_POST(self) -> None:
                self._hear()

            def do_PUT(self) -> None:
                self._hear()

            def _hear(self) -> None:
                url = urlsplit(self.path)
                length = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, url.path, parse_qs(url.query), headers, self.rfile.read(length))
                self._reply(amazon.answer(asked))

            def _reply(self, scripted: Scripted) -> None:
                threading.Event().wait(scripted.delay)
                if scripted.drop:
                    self._reset()
                    return
                self.send_response(scripted.status)
                for name, value in {"x-amzn-RequestId": "request-1", **scripted.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(scripted.body) + (1000 if scripted.cut else 0)))
                self.end_headers()
                self.wfile.write(scripted.body)
                if scripted.cut:
                    self.wfile.flush()
                    self.close_connection = True

            def _reset(self) -> None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

            def log_message(self, *args: Any, **kwargs: Any) -> None:
                pass

        return Handler
