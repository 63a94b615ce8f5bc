"""Stops: for one marketplace of a seller, one seller, or all. Checked between claim and call."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, or_, select

from ledger.hot_statements import HotStatement
from ledger.tables import controls
from ledger.upsert import upsert
from rules.reason import Reason

ALL = "*"


@dataclass(frozen=True, slots=True)
class Stop:
    scope: str
    reason: Reason
    until: datetime | None
    detail: str


def stop(
    connection: Connection, scope: str, reason: Reason, *, until: datetime | None = None, detail: str = ""
) -> None:
    """Stop a seller, or all (`*`), until then or until lifted."""
    upsert(connection, controls, [{"scope": scope, "reason": reason, "until": until, "detail": detail}])


def lift(connection: Connection, scope: str, reason: Reason | None = None) -> int:
    """Lift every stop of that scope, and of the seller's marketplaces, or those for one reason. Returns how many."""
    of_scope = or_(controls.c.scope == scope, controls.c.scope.startswith(part(scope, ""), autoescape=True))
    query = delete(controls).where(of_scope)
    return connection.execute(query.where(controls.c.reason == reason.value) if reason else query).rowcount


def part(seller: str, marketplace: str) -> str:
    """The scope of one marketplace of a seller, by its code."""
    return f"{seller}/{marketplace}"


def stopped_marketplaces(
    connection: Connection, seller: str, now: datetime, denied: Reason
) -> dict[str, datetime | None]:
    """The seller's marketplaces that rest because Amazon denied the action there, by code, and until when."""
    in_force = or_(controls.c.until.is_(None), controls.c.until > now)
    query = select(controls.c.scope, controls.c.until).where(
        controls.c.scope.startswith(part(seller, ""), autoescape=True), controls.c.reason == denied.value, in_force
    )
    return {row.scope.partition("/")[2]: row.until for row in connection.execute(query)}


def stops(connection: Connection, now: datetime) -> list[Stop]:
    """Every stop in force."""
    return [
        Stop(row.scope, Reason(row.reason), row.until, row.detail)
        for row in connection.execute(select(controls).order_by(controls.c.scope))
        if row.until is None or row.until > now
    ]


def stopped(connection: Connection, seller: str, now: datetime, denied: Reason) -> Reason | None:
    """Why an action is stopped for the seller, if it is. `denied`: the reason that stops this action alone."""
    found = _STOPPED.scalar(connection, in_question(seller, now, denied))
    return Reason(found) if found else None


def in_question(seller: str, now: datetime, denied: Reason) -> dict[str, Any]:
    """The parameters of `WHY_STOPPED`."""
    return {
        "s": seller,
        "now": now,
        "other": "" if denied is Reason.INVOICES_NOT_AUTHORISED else Reason.INVOICES_NOT_AUTHORISED,
    }


WHY_STOPPED = (
    select(controls.c.reason)
    .where(
        or_(controls.c.scope == ALL, controls.c.scope == bindparam("s")),
        or_(controls.c.until.is_(None), controls.c.until > bindparam("now")),
        controls.c.reason != bindparam("other"),
    )
    .limit(1)
)
_STOPPED = HotStatement(WHY_STOPPED)
