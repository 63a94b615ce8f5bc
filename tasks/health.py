"""Health: the workers, and all that a person must look at who runs askonce. From the ledger alone; nobody is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from ledger import sources
from ledger.database import Ledger
from ledger.sources import NEVER_READ
from settings.schema import Seller
from tasks.check.alerts import check_told
from tasks.check.outcome import Check, worst_first
from tasks.check.seller import check_backup, check_stop_file
from tasks.check.workers import check_work, check_workers
from tasks.explain import ShownSource, shown_source
from tasks.stop_file import StopFile


@dataclass(frozen=True, slots=True)
class SellerSources:
    """How old what is known of one seller is."""

    seller: str
    sources: list[ShownSource]


@dataclass(frozen=True, slots=True)
class Health:
    """`checks`: what failed first. `sources`: of each seller one of whose sources failed or is stale, or of the one."""

    version: str
    database: str
    checks: list[Check]
    sources: list[SellerSources]


def health(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, stop_file: StopFile) -> Health:
    """How it goes."""
    checks = worst_first(_checks(ledger, sellers, now, stop_file))
    with ledger.read() as connection:
        readings = sources.readings_of_all(connection)
    found = [
        SellerSources(name, [shown_source(seller, *each, now) for each in readings.get(name, NEVER_READ).items()])
        for name, seller in sellers.items()
    ]
    troubled = [each for each in found if any(shown.error or shown.verdict == "stale" for shown in each.sources)]
    return Health(version("askonce"), ledger.name, checks, found if len(found) == 1 else troubled)


def _checks(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, stop_file: StopFile) -> Iterator[Check]:
    yield from check_workers(ledger, now)
    yield check_work(ledger, list(sellers.values()), now, stop_file)
    yield from check_told(ledger, now)
    yield check_stop_file(stop_file)
    yield from check_backup(ledger, now)
