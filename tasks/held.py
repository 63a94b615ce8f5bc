"""What is held: the cases that only a person can settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import history
from ledger.database import Ledger
from ledger.requests import REVIEWS, Request
from ledger.state import State
from rules.reason import Reason
from tasks.where import link


@dataclass(frozen=True, slots=True)
class HeldCase:
    """One request or document that only a person can settle, and what to do about it."""

    seller: str
    order_id: str
    action: str
    part: str
    number: str | None
    reason: Reason
    since: datetime

    @property
    def remedy(self) -> str:
        return self.reason.remedy.replace("ORDER_ID", self.order_id)


def held(ledger: Ledger, sellers: Sequence[str]) -> list[HeldCase]:
    """All that is held, oldest first."""
    with ledger.read() as connection:
        return [
            HeldCase(each.seller, each.order_id, each.action, each.part, each.number, each.reason, each.since)
            for each in history.changes(connection, sellers, None, [State.HELD])
        ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What helps a person to settle a case: what was said last, where the order is, and what was bought."""

    said: str
    link: str | None
    items: str


def seen_in(ledger: Ledger, cases: Sequence[HeldCase]) -> list[Seen]:
    """What the ledger has of the order of each case."""
    found = {(case.seller, case.order_id) for case in cases}
    with ledger.read() as connection:
        requests = {(each.seller, each.order_id): each for each in REVIEWS.of_orders(connection, found)}
        said = history.last_said(connection, found)
    return [
        _seen(case, requests.get((case.seller, case.order_id)), said.get((case.seller, case.order_id, case.action), ""))
        for case in cases
    ]


def _seen(case: HeldCase, request: Request | None, said: str) -> Seen:
    if request is None:
        return Seen(said, None, "")
    items = ", ".join(f"{item.sku or item.asin or '?'} × {item.quantity}" for item in request.facts.order.items)
    return Seen(said, link(request.facts, case.order_id), items)
