"""Stops: for all sellers or one, and of these for all marketplaces and actions or for one."""

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
class Scope:
    """What a stop is for: all sellers (`*`) or one; one marketplace, by its code, and one action, or all (empty)."""

    seller: str = ALL
    marketplace: str = ""
    action: str = ""

    @classmethod
    def of(cls, written: str) -> "Scope":
        return cls(*written.split("/", 2))

    def __str__(self) -> str:
        """As the ledger has it: `*`, `NAME`, `NAME/FR`, `NAME//review`, `NAME/FR/review`."""
        return f"{self.seller}/{self.marketplace}/{self.action}".rstrip("/")

    def covers(self, other: "Scope") -> bool:
        """Whether it is the other one, or what the other one is a part of. All sellers do not cover one."""
        wide = self.marketplace in ("", other.marketplace) and self.action in ("", other.action)
        return self.seller == other.seller and wide


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop in force. `by` and `at`: who stopped it, and when; empty and None when that is not known."""

    scope: str
    reason: Reason
    until: datetime | None
    detail: str
    by: str = ""
    at: datetime | None = None

    @property
    def of(self) -> Scope:
        return Scope.of(self.scope)


def stop(
    connection: Connection,
    scope: str,
    reason: Reason,
    *,
    until: datetime | None = None,
    detail: str = "",
    by: str = "",
    at: datetime | None = None,
) -> None:
    """Stop a seller, or all (`*`), or a part of either, until then or until lifted."""
    row = {"scope": scope, "reason": reason, "until": until, "detail": detail, "by": by, "at": at}
    upsert(connection, controls, [row])


def lift(connection: Connection, scope: str, reason: Reason | None = None, *, but: str = "") -> int:
    """Lift every stop of that scope and of its parts, or those for one reason, `but` for another. Returns how many."""
    wide = Scope.of(scope)
    known = connection.execute(select(controls.c.scope).distinct()).scalars()
    covered = [each for each in known if wide.covers(Scope.of(each))]
    query = delete(controls).where(controls.c.scope.in_(covered), controls.c.reason != but)
    return connection.execute(query.where(controls.c.reason == reason.value) if reason else query).rowcount


def lift_alone(connection: Connection, scope: str, reason: Reason) -> None:
    """Lift the stop of that very scope for one reason; those of its parts stay."""
    mine = (controls.c.scope == scope) & (controls.c.reason == reason.value)
    connection.execute(delete(controls).where(mine))


def part(seller: str, marketplace: str) -> str:
    """The scope of one marketplace of a seller, by its code."""
    return str(Scope(seller, marketplace))


def stopped_marketplaces(
    connection: Connection, seller: str, now: datetime, denied: Reason, action: str = ""
) -> dict[str, Stop]:
    """The seller's marketplaces that rest, by code: paused, or because Amazon denied the action there."""
    return {
        each.of.marketplace: each
        for each in stops(connection, now)
        if each.of.seller in (ALL, seller)
        and each.of.marketplace
        and each.of.action in ("", action)
        and each.reason != _other(denied)
    }


def stops(connection: Connection, now: datetime) -> list[Stop]:
    """Every stop in force."""
    return [
        Stop(row.scope, Reason(row.reason), row.until, row.detail, row.by or "", row.at)
        for row in connection.execute(select(controls).order_by(controls.c.scope, controls.c.reason))
        if row.until is None or row.until > now
    ]


def stopped(
    connection: Connection, seller: str, now: datetime, denied: Reason, action: str = "", marketplace: str = ""
) -> Reason | None:
    """Why an action is stopped for the seller, or in one of its marketplaces, if it is.

    `denied`: the reason that stops this action alone.
    """
    found = _STOPPED.scalar(connection, in_question(seller, now, denied, action, marketplace))
    return Reason(found) if found else None


def in_question(seller: str, now: datetime, denied: Reason, action: str, marketplace: str) -> dict[str, Any]:
    """The parameters of `WHY_STOPPED`."""
    # written out, as `Scope` would write them: this is asked between each claim and its call
    return {
        "s": seller,
        "now": now,
        "other": _other(denied),
        "scope0": ALL,
        "scope1": f"{ALL}/{marketplace}",
        "scope2": f"{ALL}//{action}",
        "scope3": f"{ALL}/{marketplace}/{action}",
        "scope4": seller,
        "scope5": f"{seller}/{marketplace}",
        "scope6": f"{seller}//{action}",
        "scope7": f"{seller}/{marketplace}/{action}",
    }


def _other(denied: Reason) -> str:
    """The denial that does not concern an action which `denied` stops."""
    return "" if denied is Reason.INVOICES_NOT_AUTHORISED else Reason.INVOICES_NOT_AUTHORISED


WHY_STOPPED = (
    select(controls.c.reason)
    .where(
        or_(*(controls.c.scope == bindparam(f"scope{n}") for n in range(8))),
        or_(controls.c.until.is_(None), controls.c.until > bindparam("now")),
        controls.c.reason != bindparam("other"),
    )
    .limit(1)
)
_STOPPED = HotStatement(WHY_STOPPED)
