"""Stops in words: what is stopped, by whom, since when, until when, and what to type."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from ledger import controls
from ledger.controls import ALL, Scope, Stop
from ledger.database import Connection
from ledger.state import Action
from rules import readable
from rules.brakes import CAUSES
from rules.readable import Said
from rules.reason import Reason
from settings.schema import Seller
from tasks import arming
from tasks.stop_file import StopFile

_OF = {Action.REVIEW: "requests", Action.INVOICE: "invoices", Action.CREDIT_NOTE: "credit notes"}


def in_force(connection: Connection, sellers: Iterable[Seller], now: datetime, stop_file: StopFile) -> list[Stop]:
    """Every stop that concerns one of these sellers: the stop file, who is live and not armed, and then the others."""
    live = {seller.name: seller.live for seller in sellers}
    unarmed = arming.stops(connection, (name for name in live if live[name]))
    stopped = (each for each in controls.stops(connection, now) if each.of.seller in (ALL, *live))
    return [*stop_file.stops(), *unarmed, *stopped]


def said(stop: Stop, zone: tzinfo) -> Said:
    """As `DE, invoices: sending is paused, by Claire, since 2026-11-26 10:00 CET, until 2026-11-27 00:00 CET`."""
    why = readable.said("{reason}{times}", reason=stop.reason, times=times(stop, zone))
    given = {"where": _where(stop.of), "why": why, "detail": readable.recognised(stop.detail, CAUSES)}
    known = {name: each for name, each in given.items() if each}
    template = ": ".join(f"{{{name}}}" for name in known)
    return readable.said(template, **known)


def times(stop: Stop, zone: tzinfo) -> Said:
    """By whom, since when and until when."""
    by = readable.said(", by {name}", name=stop.by) if stop.by else ""
    since = readable.said(", since {at}", at=stop.at.astimezone(zone)) if stop.at else ""
    return readable.said("{by}{since}{until}", by=by, since=since, until=_until(stop, zone))


def _until(stop: Stop, zone: tzinfo) -> str:
    if stop.until is None:
        return ""
    at = stop.until.astimezone(zone)
    is_pause = stop.reason is Reason.PAUSED
    return readable.said(", until {at}", at=at) if is_pause else readable.said(", tried again at {at}", at=at)


def named(scope: Scope) -> str:
    """As `sending of invoices in DE`."""
    of = f" of {_of(scope)}" if scope.action else ""
    return f"sending{of}{f' in {scope.marketplace}' if scope.marketplace else ''}"


def remedy(stop: Stop, seller: str) -> str:
    """What the seller types to lift it, or to see what to do."""
    known = {
        Reason.PAUSED: resume(stop.of),
        Reason.BRAKED: f"askonce brakes --seller {seller}",
        Reason.NOT_ARMED: f"askonce arm --seller {seller}",
    }
    return known.get(stop.reason, "askonce check")


def resume(scope: Scope) -> str:
    """What to type to lift it."""
    given = (("seller", scope.seller.replace(ALL, "")), ("marketplace", scope.marketplace), ("action", scope.action))
    return "askonce resume" + "".join(f" --{option} {value}" for option, value in given if value)


def _where(scope: Scope) -> str:
    places = tuple(filter(None, (scope.marketplace, readable.said(_of(scope)))))
    return readable.said("{places}", places=places) if places else ""


def _of(scope: Scope) -> str:
    return _OF[Action(scope.action)] if scope.action else ""
