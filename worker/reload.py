"""Settings take effect without a restart: each worker looks at its files, and takes up new ones whole or not at all."""

import gc
import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from ledger.errors import LedgerError
from marketplace.amazon.client import Amazon
from settings.complaints import Complaint, SettingsError
from settings.environment import Environment
from settings.load import Settings, load_settings
from settings.variables import DOTENV
from tasks import controls
from tasks.app import App
from worker.heartbeat import HeartbeatWriter
from worker.wiring import greet, with_settings

log = logging.getLogger("askonce.settings")

LOOK_EVERY = 5.0
"""Seconds between two looks at the files."""
TRY_AGAIN = 30
"""Seconds after which wrong settings are read again though their files are the same: a folder may be there by now."""
RESTART = {
    "DATABASE_URL": "database_url",
    "REDIS_URL": "redis_url",
    "SELLERS_FILE": "sellers_file",
    "STOP_FILE": "stop_file",
    "SP_API_ENDPOINT": "sp_api_endpoint",
    "LWA_ENDPOINT": "lwa_endpoint",
    "LOG_FORMAT": "logs_as_json",
    "METRICS_PORT": "metrics_port",
    "ECB_ENDPOINT": "ecb_endpoint",
}
"""Variables, and their fields of the environment, that count at the start of a process alone."""


_Contents = Mapping[Path, bytes]


class AtWork:
    """The application, with the settings that this process works by, and its heartbeat."""

    def __init__(self, app: App, heartbeat: HeartbeatWriter) -> None:
        self.app = app
        self.heartbeat = heartbeat

    def look(self) -> bool:
        """Take up new settings, if there are any. True: there were, and everything is to be rung for."""
        return False


class Reloading(AtWork):
    """The same, which takes up new settings when their files change.

    Changed files count when two looks in a row have found them the same: nobody is writing them then. Whatever is
    wrong with them, the settings of before stay. What is loaded stays, so the garbage collector is told to look at it
    no more: of a thousand sellers that takes 60 ms each time, in the midst of a page or a turn.
    """

    def __init__(
        self, app: App, settings: Settings, amazon: Amazon, environ: Mapping[str, str], heartbeat: HeartbeatWriter
    ) -> None:
        super().__init__(app, heartbeat)
        self._settings = settings
        self._amazon = amazon
        self._environ = environ
        self._seen = _contents(settings)
        self._read: _Contents = {}  # the files may have changed since they were read
        self._trouble = ""
        self._try_at = 0.0
        self._since = app.clock.now()
        self._note(self._seen)
        self._say()
        gc.freeze()

    @property
    def environment(self) -> Environment:
        return self._settings.environment

    def look(self) -> bool:
        now = _contents(self._settings)
        seen, self._seen = self._seen, now
        if now != seen or (now == self._read and not (self._trouble and monotonic() >= self._try_at)):
            return False
        try:
            return self._take(now)
        except SettingsError as error:
            self._keep(now, in_short(error))
        except LedgerError as error:
            log.warning("the settings are looked at again in %.0f s: %s", LOOK_EVERY, error)
        except Exception as bug:
            log.exception("the settings cannot be taken up")
            self._keep(now, f"unexpected {type(bug).__name__}")
        return False

    def _take(self, read: _Contents) -> bool:
        """Raises SettingsError, LedgerError."""
        settings = load_settings(self._environ)
        _must_not_need_a_restart(self._settings, settings, self.heartbeat.mode)
        now = _contents(settings)
        if any(now[path] != content for path, content in read.items() if path in now):
            return False  # written meanwhile: the next look
        before, was_wrong = self.app, self._trouble
        after = with_settings(before, settings, self._amazon)
        is_new = after.settings != before.settings or _others_told(self._settings, settings)
        controls.secrets_are_new(after.ledger, _renewed(before, after), after.clock.now())
        self._settings, self._read, self._seen, self._trouble = settings, now, now, ""
        self._note(now)
        if is_new:
            self.app, self._since = after, after.clock.now()
            before.replaced.set()
            gc.freeze()
        if is_new or was_wrong:
            log.info("the settings at work are %s", "new" if is_new else "those of the files again")
            self._say()
            greet(self.app)
        return is_new

    def _keep(self, read: _Contents, why: str) -> None:
        self._read, self._try_at = read, monotonic() + TRY_AGAIN
        if why != self._trouble:
            self._trouble = why
            if self.app.settings_file:
                self.app.settings_file.trouble = why
            self._say()
            log.error("the settings have changed, and cannot be used; those of before stay at work. %s", why)

    def _note(self, read: _Contents) -> None:
        """What the page says is at work."""
        if file := self.app.settings_file:
            file.at_work = read[self._settings.environment.sellers_file.absolute()].hex()
            file.trouble = ""

    def _say(self) -> None:
        live = {name: seller.live for name, seller in self.app.sellers.items()}
        self.heartbeat.settled(self.app.settings, self._since, live, self._trouble or None)


def _others_told(before: Settings, after: Settings) -> bool:
    was, now = before.environment, after.environment
    return (was.alert_urls, was.ping_url) != (now.alert_urls, now.ping_url)


def in_short(error: SettingsError) -> str:
    """The first complaint, and how many more there are."""
    first, *more = error.complaints
    return f"{first}{f'; and {len(more)} more: askonce check' if more else ''}"


def _contents(settings: Settings) -> _Contents:
    """A hash over each file that settings come from."""
    return {
        path.absolute(): _content(path)
        for path in (settings.environment.sellers_file, Path(DOTENV), *settings.secret_files)
    }


def _content(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _renewed(before: App, after: App) -> list[str]:
    """The sellers that had other secrets before."""
    return [name for name, found in before.fingerprints.items() if after.fingerprints.get(name, found) != found]


def _must_not_need_a_restart(before: Settings, after: Settings, mode: str) -> None:
    """Raises SettingsError for what only a new process can take up."""
    changed = [
        name
        for name, field in RESTART.items()
        if getattr(before.environment, field) != getattr(after.environment, field)
        and not (mode == "run" and name == "REDIS_URL")
    ]
    if changed:
        what = "has changed, which takes a restart; nothing else is taken up until then"
        raise SettingsError(
            Complaint(DOTENV, f"{name} {what}", "systemctl restart askonce, or start anew what runs it")
            for name in changed
        )
