"""Where alerts arrive: a local HTTP server that keeps what is sent to it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "planted-token-of-the-alert-url"


class Inbox:
    """`status`: what it answers. `received`: the messages; `calls`: the paths that were asked for without one."""

    def __init__(self) -> None:
        self.status = 200
        self.received: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.raw: list[bytes] = []
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                inbox.raw.append(body)
                if inbox.status < 300:
                    inbox.received.append(json.loads(body))
                self._answer()

            def do_GET(self) -> None:
                inbox.calls.append(self.path)
                self._answer()

            def _answer(self) -> None:
                self.send_response(inbox.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        """As Apprise has it, with a secret in it."""
        return f"json://user:{SECRET}@127.0.0.1:{self.port}/{SECRET}"

    @property
    def ping_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{SECRET}"

    @property
    def pings(self) -> list[str]:
        """`start`, `fail`, or empty, in order."""
        return [path.removeprefix(f"/{SECRET}").strip("/") for path in self.calls]

    def titles(self) -> list[str]:
        return [each["title"] for each in self.received]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    try:
        yield made
    finally:
        made.close()
