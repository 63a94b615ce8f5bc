"""A start without settings: the page's guide writes them, and the work begins as soon as they are there."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import NoReturn

from ledger.database import Ledger, open_ledger
from ledger.process_identity import this_process
from settings.complaints import SettingsError
from settings.environment import Environment
from settings.load import Settings, load_page_environment, load_settings
from tasks.app import App
from tasks.stop_file import StopFile
from worker.clock import SystemClock
from worker.reload import in_short
from worker.wiring import Silent

log = logging.getLogger("askonce.start")

LOOK_EVERY = 1.0
"""Seconds between two looks whether there are settings by now."""


class LedgerWhenNeeded(Ledger):
    """A ledger that is opened, and made, when it is first used: who only looks leaves no file behind."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()

    def __getattr__(self, name: str) -> object:
        if name not in ("engine", "name", "_glances"):
            raise AttributeError(name)
        with self._opening:
            if name not in vars(self):
                super().__init__(open_ledger(self._url).engine)
        return vars(self)[name]

    def close(self) -> None:
        if "engine" in vars(self):
            super().close()


class Beginning:
    """The settings with which a process begins, and its page, which has the guide until there are settings."""

    def __init__(self, environ: Mapping[str, str], stopping: threading.Event, *, with_page: bool) -> None:
        """Raises SettingsError: without a page, or for the page's own variables."""
        self.settings: Settings | None = None
        self._environ = environ
        self._stopping = stopping
        self._at_work: Callable[[], App] | None = None
        self._pages = ExitStack()
        try:
            self.settings = load_settings(environ)
            self._environment = self.settings.environment
        except SettingsError as error:
            if not with_page:
                raise
            self._environment = load_page_environment(environ)
            log.warning("there are no settings to begin with: the page has a guide. %s", in_short(error))
        self._with_page, self._is_served = with_page, False

    @contextmanager
    def guided(self) -> Iterator[Settings | None]:
        """The settings, as soon as there are any; None: the process is to stop. Until then the page has the guide."""
        with self._pages:
            if self.settings is None:
                first = self._pages.enter_context(_without_sellers(self._environment, self._stopping))
                self._serve(lambda: self._at_work() if self._at_work else first)
                self._wait()
            yield self.settings

    @contextmanager
    def page(self, app: Callable[[], App]) -> Iterator[None]:
        """The work has begun: the page, if one is wanted, is that of this application, until the end."""
        self._at_work = app
        if self._with_page and not self._is_served:
            self._serve(app)
        try:
            yield
        finally:
            self._pages.close()

    def _serve(self, app: Callable[[], App]) -> None:
        from worker.set_up import folder
        from worker.web import window_of

        here = folder(self._environ, SystemClock(), self._stopping, app)
        self._pages.enter_context(window_of(app, self._environment, folder=here))
        self._is_served = True

    def _wait(self) -> None:
        while self.settings is None and not self._stopping.wait(LOOK_EVERY):
            with suppress(SettingsError):
                self.settings = load_settings(self._environ)


@contextmanager
def _without_sellers(environment: Environment, stopping: threading.Event) -> Iterator[App]:
    stop_file = StopFile(environment.stop_file)
    with closing(LedgerWhenNeeded(environment.database_url_or_default)) as ledger:
        yield App({}, ledger, SystemClock(), _nobody, this_process(), Silent(), stopping, stop_file=stop_file)


def _nobody(*_: object) -> NoReturn:
    raise LookupError("there is no seller yet")
