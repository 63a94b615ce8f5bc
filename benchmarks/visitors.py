"""The page as `askonce web` serves it, in a process of its own, and people who look at it."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from time import monotonic, perf_counter, sleep

PATIENCE = 60  # seconds until it serves
PAUSE = 3  # seconds between two pages that a person opens, on average
_LINK = re.compile(r"http://([\d.]+:\d+)(/login\?token=\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """Where it is, whose session, and the process."""

    host: str
    cookie: str
    pid: int

    def visitor(self) -> "Visitor":
        return Visitor(HTTPConnection(self.host, timeout=60), self.cookie)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a browser that keeps its connection."""

    connection: HTTPConnection
    cookie: str

    def opens(self, address: str) -> float:
        """Seconds until all of it is there. Raises RuntimeError: it is not shown."""
        begun = perf_counter()
        self.connection.request("GET", address, headers={"cookie": self.cookie})
        reply = self.connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{address}: {reply.status} {body[-500:]!r}")
        return perf_counter() - begun

    def close(self) -> None:
        self.connection.close()


@contextmanager
def served(folder: Path, variables: Mapping[str, str], *command: str) -> Iterator[Served]:
    """Runs until the end of the block. `command`: that of askonce which serves it."""
    log = folder / f"{command[0]}.log"
    with log.open("wb") as lines:
        program = Path(sys.executable).with_name("askonce")
        process = subprocess.Popen(
            [program, *command], cwd=folder, env={**variables, "WEB_PORT": "0"}, stdout=lines, stderr=lines
        )
    try:
        host, path = _link(process, log)
        yield Served(host, _cookie(host, path), process.pid)
    finally:
        process.terminate()
        process.wait(60)


@dataclass
class Crowd:
    """People who open one page after another at the same time; `took`: by address, how long each opening took."""

    served: Served
    addresses: Sequence[str]
    took: dict[str, list[float]] = field(default_factory=dict)

    def look(self, people: int, seconds: float) -> None:
        """All of them look for so long."""
        self.took = {address: [] for address in self.addresses}
        threads = [threading.Thread(target=self._one, args=(Random(n), monotonic() + seconds)) for n in range(people)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, chance: Random, until: float) -> None:
        with closing(self.served.visitor()) as visitor:
            while monotonic() < until:
                for address in chance.sample(self.addresses, len(self.addresses)):
                    sleep(chance.uniform(0, 2 * PAUSE))
                    if monotonic() >= until:
                        return
                    self.took[address].append(visitor.opens(address))


def _link(process: "subprocess.Popen[bytes]", log: Path) -> tuple[str, str]:
    for _ in range(10 * PATIENCE):
        if found := _LINK.search(log.read_text()):
            return found[1], found[2]
        if process.poll() is not None:
            break
        sleep(0.1)
    raise RuntimeError(f"the page is not served: {log.read_text()[-2000:]}")


def _cookie(host: str, path: str) -> str:
    with closing(HTTPConnection(host, timeout=60)) as connection:
        connection.request("GET", path)
        return (connection.getresponse().getheader("set-cookie") or "").partition(";")[0]
