"""The kinds of what can be wrong: one list for status, alerts and metrics."""

from datetime import timedelta

from rules.coded import Coded


class Kind(Coded):
    """Each with what people read. `is_news`: nobody knows of it yet, as no person did it."""

    def __init__(self, _code: str, meaning: str = "", is_news: bool = True) -> None:
        self.meaning = meaning
        self.is_news = is_news

    SAME_ACCOUNT = "same_account", "two sellers are one account"
    BRAKED = "braked", "stopped by a brake"
    STOP_FILE = "stop_file", "the stop file is there"
    NOT_AUTHORISED = "not_authorised", "Amazon denies access"
    STOPPED = "stopped", "stopped", False
    OTHER_SETTINGS = "other_settings", "a worker has other settings"
    NEW = "new", "nothing was read yet", False
    STALE_SOURCE = "stale_source", "facts are too old"
    STANDSTILL = "standstill", "no worker comes"
    HELD = "held", "held for more than a day"
    INVOICES_LATE = "invoices_late", "invoices are late"
    MISSED = "missed", "orders were not asked in time"
    SECRET_ENDS = "secret_ends", "a secret comes to its end"
    WORKER_SILENT = "worker_silent", "a worker is silent"
    SETTINGS_REFUSED = "settings_refused", "changed settings cannot be used"
    UPGRADE_WAITS = "upgrade_waits", "an upgrade waits for a restart"
    DISK_NEARLY_FULL = "disk_nearly_full", "the disk is nearly full"

    @property
    def patience(self) -> timedelta:
        """How long it lasts before anybody is told: what a restart or a slow answer brings is over by then."""
        return timedelta(minutes=10) if self in _PASSING else timedelta()


_PASSING = (Kind.STALE_SOURCE, Kind.STANDSTILL, Kind.WORKER_SILENT, Kind.UPGRADE_WAITS, Kind.OTHER_SETTINGS)
