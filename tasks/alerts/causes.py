"""The causes of alerts: what status and check know already, in our own words alone. No word of Amazon's or of a buyer's
is in them, and no secret."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ledger import upgrade
from ledger.database import Connection
from tasks.alerts.kind import Kind
from tasks.app import App
from tasks.check.disk import check_disk
from tasks.check.identity import check_secrets
from tasks.check.outcome import Outcome
from tasks.status import Status, status
from tasks.workers import at_work

RESTART = "restart the workers, one after another"


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong now, and what to do. `seller`, `part`: empty where it is the installation's, or the whole."""

    kind: Kind
    seller: str
    part: str
    what: str
    remedy: str

    @property
    def key(self) -> str:
        return "/".join(filter(None, (self.kind, self.seller, self.part)))[:200]


def causes(app: App, now: datetime) -> list[Cause]:
    """All that a person should hear of, each once. Raises LedgerError."""
    found = status(app.ledger, app.sellers, now, app.stop_file)
    every = [*_of_sellers(found), *_of_workers(found)]
    with app.ledger.read() as connection:
        every += [*_of_secrets(connection, app, now), *_of_installation(connection, app, now)]
    return list({cause.key: cause for cause in reversed(every)}.values())[::-1]


def _of_sellers(found: Status) -> Iterator[Cause]:
    for each in found.sellers:
        for trouble in each.troubles:
            if trouble.kind.is_news:
                plain = trouble.plain or trouble.what
                yield Cause(trouble.kind, each.seller, trouble.part, plain, trouble.remedy)


def _of_workers(found: Status) -> Iterator[Cause]:
    for each in found.workers:
        if each.name == "versions":
            yield Cause(Kind.UPGRADE_WAITS, "", "", f"workers of two versions are at work: {each.detail}", each.remedy)
        elif each.verdict is not Outcome.PASS:
            yield Cause(Kind.WORKER_SILENT, "", each.name, f"{each.name}: {each.detail}", each.remedy)


def _of_secrets(connection: Connection, app: App, now: datetime) -> Iterator[Cause]:
    prints = {name: found for name, found in app.fingerprints.items() if name in app.sellers}
    for each in check_secrets(connection, app.sellers, prints, now):
        if each.verdict is not Outcome.PASS:
            seller, _, what = each.name.partition(": ")
            yield Cause(Kind.SECRET_ENDS, seller, what, f"{what}: {each.detail}", each.remedy)


def _of_installation(connection: Connection, app: App, now: datetime) -> Iterator[Cause]:
    if upgrade.is_ahead(connection):
        yield Cause(Kind.UPGRADE_WAITS, "", "", "a newer askonce has this ledger, and an older one is at work", RESTART)
    if any(each.settings_trouble for each in at_work(connection, now)):
        what = "the settings have changed and cannot be used; those of before stay at work"
        yield Cause(Kind.SETTINGS_REFUSED, "", "", what, "askonce check")
    disk = check_disk(app.ledger)
    if disk.verdict is not Outcome.PASS:
        yield Cause(Kind.DISK_NEARLY_FULL, "", "", disk.detail, disk.remedy)
