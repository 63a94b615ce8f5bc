"""Check, the part about workers: is somebody at work, and does the work move?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import heartbeats
from ledger.database import Ledger
from ledger.heartbeats import FORGET, Heartbeat
from rules.readable import Said, said
from settings.schema import Seller
from tasks import terms
from tasks.check.seller import LANE_STILL, Check, Outcome
from tasks.gate import closed
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.workers import SILENT, at_work, is_alive, their_settings

TAKEN_UP = timedelta(minutes=2)
"""How long after a change of the settings the workers must have it."""
SETTINGS = "settings at work"
START = said("start one: askonce run")
START_CELERY = said("start one: askonce run, or: celery -A worker worker")
RESTART = said("restart it")
WAIT = said("wait a minute: askonce check")


@dataclass(frozen=True, slots=True)
class Backlog:
    """A seller whose work has been due for long, and when a worker last came; never: since when it is due."""

    seller: Seller
    worked: datetime


def check_workers(ledger: Ledger, now: datetime) -> Iterator[Check]:
    """Does each worker work, wherever it is, do they agree on the version, and does the beat tick?"""
    with ledger.read() as connection:
        known = heartbeats.known(connection)
        ticked = heartbeats.beat_seen_at(connection)
    fresh = [each for each in known if not each.is_over and now - each.seen_at <= FORGET]
    alive = [each for each in fresh if is_alive(each, now)]
    for each in fresh:
        yield _worker(each, now)
    if not known:
        yield Check("worker", Outcome.UNKNOWN, said("none has ever been at work here"), _start(ledger))
    elif not alive:
        yield _nobody(known, now, _start(ledger))
    if len({each.version for each in alive}) > 1:
        detail = ", ".join(f"{each.version} on {each.who}" for each in alive)
        yield Check("versions", Outcome.UNKNOWN, detail, said("restart those of the older version"))
    if celery := [each for each in alive if each.mode == "celery"]:
        yield _beat(ticked, min(each.started_at for each in celery), now)


def check_settings_at_work(ledger: Ledger, digest: str, changed_at: datetime, now: datetime) -> Iterator[Check]:
    """Do the workers have the settings that were read here, and changed at that time?"""
    with ledger.read() as connection:
        alive = at_work(connection, now)
    if alive and all(each.settings == digest and not each.settings_trouble for each in alive):
        yield Check(SETTINGS, Outcome.PASS, "every worker has them")
        return
    for each in alive:
        if each.settings_trouble:
            what, _, remedy = each.settings_trouble.partition(". Type: ")
            yield Check(SETTINGS, Outcome.FAIL, f"{their_settings(each)}, because of the newer ones: {what}", remedy)
        elif each.settings is None:
            yield Check(SETTINGS, Outcome.UNKNOWN, their_settings(each), RESTART)
        elif each.settings != digest and now - changed_at <= TAKEN_UP:
            detail = f"{their_settings(each)}; a change is taken up within a minute"
            yield Check(SETTINGS, Outcome.UNKNOWN, detail, WAIT)
        elif each.settings != digest:
            detail = f"{their_settings(each)}: it reads other files, or has another environment, than this command"
            yield Check(SETTINGS, Outcome.FAIL, detail, "look at it there, in its folder: askonce check; or restart it")


def check_worker_here(ledger: Ledger, now: datetime) -> Iterator[Check]:
    """Does this machine's worker work? Those of other machines are not looked at."""
    with ledger.read() as connection:
        known = [each for each in heartbeats.known(connection) if each.is_here]
    running = [each for each in known if not each.is_over]
    for each in running:
        yield _worker(each, now)
    if not running:
        start = _start(ledger)
        yield (
            _nobody(known, now, start)
            if known
            else Check("worker", Outcome.FAIL, "none is at work on this machine", start)
        )


def check_work(ledger: Ledger, sellers: Sequence[Seller], now: datetime, stop_file: StopFile = NO_STOP_FILE) -> Check:
    """Is any of the work that is due being done? If none is, no ticks are sent, or no worker receives them."""
    with ledger.read() as connection:
        due = heartbeats.due_since(connection, [seller.name for seller in sellers])
        worked = heartbeats.worked_at(connection)
        waiting = [
            Backlog(each, worked.get(each.name, due[each.name]))
            for each in sellers
            if each.name in due and now - due[each.name] > LANE_STILL
        ]
        still = [each for each in waiting if now - each.worked > LANE_STILL]
        shut = (closed(connection, terms.REVIEW, each.seller, now, stop_file) for each in still)
        moves = len(still) < len(waiting) or all(shut)
    if moves:
        return Check("work", Outcome.PASS, said("what is due is being done"))
    since = max(each.worked for each in still)
    detail = said(
        "{n} sellers have orders due, and no worker has come since {at}",
        n=len(still),
        at=since.astimezone(still[0].seller.zone),
    )
    return Check("work", Outcome.FAIL, detail, _restart(ledger))


def _worker(worker: Heartbeat, now: datetime) -> Check:
    name = said("worker {who}", who=worker.who)
    detail = said(
        "{mode}, version {version}, last seen {ago}",
        mode=worker.mode,
        version=worker.version,
        ago=ago(worker.seen_at, now),
    )
    if is_alive(worker, now):
        return Check(name, Outcome.PASS, detail)
    if worker.is_here:
        return Check(name, Outcome.FAIL, said("{detail}: it is there and does nothing", detail=detail), RESTART)
    return Check(name, Outcome.UNKNOWN, detail, said("look at it there: askonce check --quick"))


def _restart(ledger: Ledger) -> Said:
    if ledger.is_file:
        return said("restart the worker")
    return said("restart the worker; with Celery, see that the beat runs: askonce check")


def _start(ledger: Ledger) -> Said:
    return START if ledger.is_file else START_CELERY


def _nobody(known: Sequence[Heartbeat], now: datetime, start: Said) -> Check:
    last = known[0]
    given = {"who": last.who, "version": last.version, "ago": ago(last.ended_at or last.seen_at, now)}
    if last.ended_at:
        detail = said("none is at work; {who} (version {version}) stopped {ago}", **given)
    else:
        detail = said("none is at work; {who} (version {version}) last seen {ago}", **given)
    return Check("worker", Outcome.FAIL, detail, start)


def _beat(ticked: datetime | None, worker_since: datetime, now: datetime) -> Check:
    if ticked and abs(now - ticked) <= SILENT:
        return Check("beat", Outcome.PASS, said("last tick {ago}", ago=ago(ticked, now)))
    if now - worker_since <= SILENT:
        return Check("beat", Outcome.UNKNOWN, said("no tick yet"), WAIT)
    detail = said("last tick {ago}", ago=ago(ticked, now)) if ticked else said("no tick yet")
    return Check("beat", Outcome.FAIL, detail, said("start it: celery -A worker beat"))


def ago(moment: datetime, now: datetime) -> Said:
    """As `12 s ago`, `7 min ago`, `3 h ago`."""
    seconds = max(int((now - moment).total_seconds()), 0)
    if seconds < 120:
        return said("{n} s ago", n=seconds)
    return said("{n} min ago", n=seconds // 60) if seconds < 7200 else said("{n} h ago", n=seconds // 3600)
