"""What the page's guide asks of Amazon: whether a shop's secrets open its account, and what is known of its orders."""

import logging
import threading
from collections.abc import Callable, Mapping

from ledger.database import LedgerError
from settings.complaints import Complaint, SettingsError
from settings.environment import environment_prefix, read_credentials, read_environment
from settings.load import load_settings
from settings.schema import Seller
from settings.variables import Variables
from tasks import workers
from tasks.app import App
from tasks.check.outcome import Check, Outcome
from tasks.check.seller import check_amazon
from tasks.identity import SameAccount
from tasks.plan import look
from tasks.set_up.folder import Folder
from worker.clock import SystemClock
from worker.commands.session import amazon_of, ledger_of, probe_of
from worker.wiring import Silent, wire

log = logging.getLogger("askonce.start")

PATIENCE = 10
"""Seconds that a person waits for what is read of a shop; then it goes on by itself."""
DAYS = 7
"""So far ahead it is tried whether documents can be made."""


def folder(environ: Mapping[str, str], clock: SystemClock, stopping: threading.Event, app: Callable[[], App]) -> Folder:
    """The folder of this process, whose page has this application at the time."""
    reader = _Reader(environ, clock, stopping)
    return Folder(environ, lambda seller: _ask(seller, environ, clock, stopping), reader.read, app)


def _ask(seller: Seller, environ: Mapping[str, str], clock: SystemClock, stopping: threading.Event) -> list[Check]:
    complaints: list[Complaint] = []
    variables = Variables(environ, complaints)
    environment = read_environment(variables)
    credentials = read_credentials(seller.name, environment, variables, [environment_prefix(seller.name)])
    if credentials is None or complaints:
        return [Check(f"{seller.name}: credentials", Outcome.FAIL, each.what, each.remedy) for each in complaints]
    with amazon_of(environment, clock, stopping) as amazon:
        return list(check_amazon(seller, probe_of(amazon, credentials, seller, clock), clock.now()))


class _Reader:
    """Reads what Amazon knows of a shop, one at a time, where no worker does."""

    def __init__(self, environ: Mapping[str, str], clock: SystemClock, stopping: threading.Event) -> None:
        self._environ = environ
        self._clock = clock
        self._stopping = stopping
        self._one = threading.Lock()

    def read(self, seller: str) -> None:
        """Returns when it is done, or after some seconds."""
        thread = threading.Thread(target=self._read, args=[seller], name="first reading", daemon=True)
        thread.start()
        thread.join(PATIENCE)

    def _read(self, seller: str) -> None:
        if not self._one.acquire(blocking=False):
            return
        try:
            settings = load_settings(self._environ)
            with (
                ledger_of(settings) as ledger,
                amazon_of(settings.environment, self._clock, self._stopping) as amazon,
            ):
                with ledger.read() as connection:
                    if workers.at_work(connection, self._clock.now()):
                        return
                app = wire(settings, ledger, self._clock, amazon, Silent(), self._stopping)
                with app.session(seller) as session:
                    if session:
                        look(session, DAYS)
        except (SettingsError, LedgerError, SameAccount) as error:
            log.warning("%s", error)
        finally:
            self._one.release()
