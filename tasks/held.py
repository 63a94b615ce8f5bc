"""What is held: the cases that only a person can settle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import history
from ledger.database import Ledger
from ledger.state import State
from rules.reason import Reason


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
