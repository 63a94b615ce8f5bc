"""Stops in words: what is stopped, by whom, since when, until when, and what to type."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from ledger import controls
from ledger.controls import ALL, Scope, Stop
from ledger.database import Connection
from ledger.state import Action
from rules.readable import moment
from rules.reason import Reason
from settings.schema import Seller
from tasks import arming
from tasks.stop_file import StopFile

_OF = {Action.REVIEW: "requests", Action.INVOICE: "invoices", Action.CREDIT_NOTE: "credit notes"}


def in_force(connection: Connection, sellers: Iterable[Seller], now: datetime, stop_file: StopFile) -> list[Stop]:
    """Every stop that concerns one of these sellers: the stop file, who is live and not armed, and then the others."""
    live = {seller.name: seller.live for seller in sellers}
    unarmed = (each for name in live if live[name] for each in arming.stops(connection, name))
    stopped = (each for each in controls.stops(connection, now) if each.of.seller in (ALL, *live))
    return [*stop_file.stops(), *unarmed, *stopped]


def said(stop: Stop, zone: tzinfo) -> str:
    """As `DE, invoices: sending is paused, by Claire, since 2026-11-26 10:00 CET, until 2026-11-27 00:00 CET`."""
    return ": ".join(filter(None, (_where(stop.of), f"{stop.reason.meaning}{times(stop, zone)}", stop.detail)))


def times(stop: Stop, zone: tzinfo) -> str:
    """By whom, since when and until when."""
    ends = "until" if stop.reason is Reason.PAUSED else "tried again at"
    by = f", by {stop.by}" if stop.by else ""
    since = f", since {moment(stop.at, zone)}" if stop.at else ""
    until = f", {ends} {moment(stop.until, zone)}" if stop.until else ""
    return f"{by}{since}{until}"


def named(scope: Scope) -> str:
    """As `sending of invoices in DE`."""
    of = f" of {_of(scope)}" if scope.action else ""
    return f"sending{of}{f' in {scope.marketplace}' if scope.marketplace else ''}"


def resume(scope: Scope) -> str:
    """What to type to lift it."""
    given = (("seller", scope.seller.replace(ALL, "")), ("marketplace", scope.marketplace), ("action", scope.action))
    return "askonce resume" + "".join(f" --{option} {value}" for option, value in given if value)


def _where(scope: Scope) -> str:
    return ", ".join(filter(None, (scope.marketplace, _of(scope))))


def _of(scope: Scope) -> str:
    return _OF[Action(scope.action)] if scope.action else ""
