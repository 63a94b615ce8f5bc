"""The simulated Amazon within this process, and in front of it somebody who spoils replies on their way out."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from marketplace.simulator.app import Simulator
from marketplace.simulator.asgi import Message, Receive, Scope, Send

Spoiler = Callable[[str, str, int, bytes], bytes | None]
"""Method, path, status and body of a reply: the raw bytes to be sent in its place, or None."""


class ShakyAmazon:
    """One address for one simulated Amazon after another. `spoil`: None: replies go out as they are."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.simulator: Simulator | None = None
        self.spoil: Spoiler | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.simulator
        if self.spoil is None:
            await self.simulator(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.simulator(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in messages)
        raw = self.spoil(scope["method"], scope["path"], messages[0]["status"], body)
        if raw is None:
            for message in messages:
                await send(message)
            return
        scope["state"]["transport"].write(raw)
        scope["state"]["transport"].close()
        await asyncio.sleep(0.002)  # lets the server see that the connection is gone


class _Protocol(HttpToolsProtocol):
    """Lets the application write what it wants."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


@contextmanager
def shaky_amazon() -> Iterator[ShakyAmazon]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        amazon = ShakyAmazon(f"http://127.0.0.1:{listening.getsockname()[1]}")
        more: dict[str, Any] = {"ws": "none", "lifespan": "off", "log_config": None, "log_level": "critical"}
        config = uvicorn.Config(
            amazon, http=_Protocol, access_log=False, date_header=False, server_header=False, **more
        )
        server = uvicorn.Server(config)
        serving = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        serving.start()
        try:
            yield amazon
        finally:
            server.should_exit = True
            serving.join(10)
