"""The simulator in a process of its own, as demo, replay and tests use it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from marketplace.simulator.faults import FAULTS_JSON, Fault
from marketplace.simulator.invoice_book import INVOICE_JSON, AcceptedInvoice
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import ORDERS_JSON, SimOrder
from marketplace.simulator.sim_sale import ACCOUNT_JSON, SimAccount
from marketplace.simulator.world import Accepted


class SimulatorProcess:
    """Starts the simulator, knows its `url`, and kills it at the end; it ends by itself when this process dies.

    Raises RuntimeError when it does not start.
    """

    url: str

    def __init__(self, options: Options) -> None:
        self._options = options
        self._ends = ExitStack()

    def __enter__(self) -> "SimulatorProcess":
        self._process = self._spawn(["marketplace.simulator", *_arguments(self._options)], Path(__file__).parents[2])
        self._ends.callback(self.kill)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._ends.close()
            raise RuntimeError("the simulator did not start; it says why on standard error")
        self.url = json.loads(line)["url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _spawn(self, program: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-m", *program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for the parent, which may still need it to finish
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL, as for a power cut."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def post_orders(self, orders: Sequence[SimOrder]) -> None:
        """Adds orders, or replaces them."""
        self._control("POST", "/orders", ORDERS_JSON.dump_json(list(orders)))

    def patch_order(self, order_id: str, **fields: object) -> None:
        """Changes the fields named, in their JSON form."""
        self._control("PATCH", f"/orders/{order_id}", json.dumps(fields).encode())

    def set_account(self, name: str, account: SimAccount) -> None:
        """What the account may see, and who makes its invoices."""
        self._control("PUT", f"/accounts/{name}", ACCOUNT_JSON.dump_json(account))

    def faults(self, *faults: Fault) -> None:
        """Orders faults, beside those in force."""
        self._control("POST", "/faults", FAULTS_JSON.dump_json(list(faults)))

    def clear_faults(self) -> None:
        self._control("DELETE", "/faults")

    def set_clock(self, now: datetime) -> None:
        self._control("PUT", "/clock", json.dumps({"now": now.astimezone(UTC).isoformat()}).encode())

    def advance(self, by: timedelta) -> None:
        self._control("PUT", "/clock", json.dumps({"advance_seconds": by.total_seconds()}).encode())

    def now(self) -> datetime:
        return datetime.fromisoformat(self.summary()["now"])

    def summary(self) -> dict[str, Any]:
        """GET /simulator: now, orders, accepted_total, accepted_orders, calls, throttled, refused, invoices_…"""
        return self._control("GET", "")

    def accepted(self) -> dict[str, Accepted]:
        """Every order for which a solicitation was accepted."""
        found = self._control("GET", "?full=1")["accepted"]
        return {
            order_id: Accepted(said["count"], datetime.fromisoformat(said["at"])) for order_id, said in found.items()
        }

    def invoices(self) -> list[AcceptedInvoice]:
        """Every document that was accepted, in order; a second one for an order or shipment too."""
        return [INVOICE_JSON.validate_python(each) for each in self._control("GET", "?full=1")["invoices"]]

    def struck(self) -> Counter[tuple[str, str, str]]:
        """How many calls were spoilt by a fault: by account, operation and kind."""
        found = self._control("GET", "?full=1")["struck"]
        return Counter({(each["account"], each["operation"], each["kind"]): each["times"] for each in found})

    def _control(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as connection:
            connection.request(method, f"/simulator{path}", body)
            reply = connection.getresponse()
            said = reply.read()
        if reply.status >= 400:
            raise ValueError(f"the simulator refused {method} {path}: {said.decode()}")
        content: dict[str, Any] = json.loads(said)
        return content


def _arguments(options: Options) -> list[str]:
    arguments = [
        *("--ends-with-stdin", "--host", options.host, "--port", str(options.port)),
        *("--start", options.start.isoformat(), "--clock", "client" if options.follows_client else "real"),
        *("--speed", str(options.speed), "--seed", str(options.seed)),
        *("--transit-days", str(options.transit / timedelta(days=1))),
    ]
    for name, file in (("--orders", options.orders), ("--journal", options.journal)):
        if file:
            arguments += [name, str(file.resolve())]
    if not options.throttled:
        arguments.append("--no-throttle")
    if options.accept_repeats:
        arguments.append("--accept-repeats")
    return arguments
