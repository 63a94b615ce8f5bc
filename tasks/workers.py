"""Which workers are at work, and with which settings: they may be others than those that a command has read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import heartbeats
from ledger.database import Connection
from ledger.heartbeats import Heartbeat
from settings.schema import Seller


@dataclass(frozen=True, slots=True)
class Has:
    """Which settings a worker has. `since`: None: those of its start; `trouble`: why it does not take newer ones."""

    worker: str
    since: datetime | None
    is_current: bool
    trouble: str | None


SILENT = timedelta(minutes=5)
"""A worker records a heartbeat every minute; a turn of two minutes and a slow last call may delay it."""


def is_alive(worker: Heartbeat, now: datetime) -> bool:
    return abs(now - worker.seen_at) <= SILENT  # a heartbeat in the future was recorded before the clock was set back


def at_work(connection: Connection, now: datetime) -> list[Heartbeat]:
    """The workers that live, wherever they are."""
    return [each for each in heartbeats.known(connection) if not each.is_over and is_alive(each, now)]


def their_settings(worker: Heartbeat) -> str:
    """Which settings a worker has, as the end of a sentence."""
    if worker.settings_since is None:
        return f"{worker.who} is an older askonce, with the settings of its start"
    return f"{worker.who} has those of {worker.settings_since:%Y-%m-%d %H:%M} UTC"


def having(workers: Sequence[Heartbeat], digest: str | None) -> list[Has]:
    """Of each worker, which settings it has. `digest`: of those that the file says; None: nobody has them yet."""
    return [
        Has(each.who, each.settings_since, digest is not None and each.settings == digest, each.settings_trouble)
        for each in workers
    ]


def sends_otherwise(workers: Sequence[Heartbeat], seller: Seller) -> str:
    """Why the seller's `live` is not what happens: the workers have other settings. Empty: it is what happens."""
    told = [each for each in workers if each.sellers is not None]
    sending = [each for each in told if each.live.get(seller.name)]
    if sending and not seller.live:
        return f"live = false here, but a worker sends: {their_settings(sending[0])}"
    if told and not sending and seller.live:
        knows = "has live = false" if seller.name in told[0].live else "does not know it"
        return f"live = true here, but the worker {knows}: {their_settings(told[0])}"
    return ""


def with_others(workers: Sequence[Heartbeat], digest: str | None) -> list[str]:
    """What to say of the workers that have other settings than those of this digest (None: it is not known)."""
    soon = "a change is taken up within a minute. Type: askonce check"
    return [
        f"{their_settings(each)}; {each.settings_trouble or soon}"
        for each in workers
        if each.settings and (each.settings_trouble or digest not in (None, each.settings))
    ]


def still_at_work(workers: Sequence[Heartbeat]) -> str:
    """What goes on while the settings here cannot be used; empty: nothing."""
    if not workers:
        return ""
    sending = sorted({name for each in workers for name, live in each.live.items() if live})
    what = f"and sends for {', '.join(sending)}" if sending else "and sends nothing"
    return f"Until this is mended the worker goes on with the settings of before, {what}: {their_settings(workers[0])}"
