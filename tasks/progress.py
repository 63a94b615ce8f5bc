"""How far the first reading of a large shop has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import order_ids, orders, sources
from ledger.database import Connection
from ledger.sources import Reading
from ledger.state import State
from marketplace.operations import Operation
from rules.order import Source
from rules.readable import moment
from settings.schema import Seller


@dataclass(frozen=True, slots=True)
class Progress:
    """`known`: orders of which anything is known; `unfetched`: those that only a report has named; `due`: requests."""

    known: int
    unfetched: int
    due: int

    def words(self, seller: Seller, now: datetime) -> str:
        if not self.unfetched:
            return f"{self.known:,} orders known so far, {self.due:,} can be asked already"
        done_at = now + timedelta(seconds=self.unfetched / Operation.ORDER.per_second)
        return (
            f"{self.known - self.unfetched:,} of about {self.known:,} orders known, {self.due:,} can be asked already, "
            f"all by about {moment(done_at, seller.zone)}"
        )


def progress(
    connection: Connection, sellers: Iterable[str], readings: Mapping[str, Mapping[Source, Reading]]
) -> dict[str, Progress]:
    """Of the sellers whose first reading is under way."""
    unfetched = orders.waiting_to_be_fetched(connection)
    found = {}
    for seller in sellers:
        reading = readings.get(seller, sources.NEVER_READ)[Source.ORDERS]
        if seller in unfetched or (reading.as_of is None and reading.half_read):
            known = order_ids.count(connection, seller)
            found[seller] = Progress(known, unfetched.get(seller, 0), order_ids.count(connection, seller, State.DUE))
    return found
