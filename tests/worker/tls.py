"""TLS in front of a server that speaks none, under a certificate of this test's own authority."""

import asyncio
import ssl
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread

from trustme import CA

NAME = "localhost"


class Terminator:
    """Takes TLS at `port` and passes on what is in it. `heard`: how many bytes clients have said inside of TLS."""

    def __init__(self, upstream: int, folder: Path) -> None:
        authority = CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self.heard = 0
        self._upstream = upstream
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(NAME).configure_cert(self._context)
        self._began = Event()

    def __enter__(self) -> "Terminator":
        self._thread = Thread(target=asyncio.run, args=[self._serve()])
        self._thread.start()
        self._began.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0, ssl=self._context)
        self.port: int = server.sockets[0].getsockname()[1]
        self._began.set()
        await self._ended.wait()
        server.close()

    async def _pass(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection("127.0.0.1", self._upstream)

        async def requests() -> None:
            with closing(to_server), suppress(OSError):
                while data := await client.read(1 << 16):
                    self.heard += len(data)
                    to_server.write(data)

        async def replies() -> None:
            with closing(to_client), suppress(OSError):
                while data := await server.read(1 << 16):
                    to_client.write(data)

        await asyncio.gather(requests(), replies())
