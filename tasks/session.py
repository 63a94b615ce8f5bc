"""One seller's session: what a task may use while this process holds the seller's lane."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from invoices.vault import Vault
from ledger import lanes
from ledger.database import Connection, Ledger
from ledger.lanes import Lane
from marketplace.pace import Clock, Pace
from marketplace.port import Marketplace
from settings.schema import Seller
from tasks.stop_file import NO_STOP_FILE, StopFile


class Stopping(Protocol):
    """Says whether a session is to end soon."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SellerSession:
    """One seller, while this process holds its lane."""

    seller: Seller
    ledger: Ledger
    clock: Clock
    marketplace: Marketplace
    pace: Pace
    lane: Lane
    stopping: Stopping
    vault: Vault | None = None
    sellers: Collection[str] = ()  # all that the settings name
    stop_file: StopFile = NO_STOP_FILE

    @property
    def name(self) -> str:
        return self.seller.name

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A write transaction in which the lane's lease is extended. Raises LaneLost."""
        with self.ledger.begin() as connection:
            self.renew(connection)
            yield connection

    def renew(self, connection: Connection) -> None:
        """Extend the lane's lease in this transaction. Raises LaneLost."""
        lanes.renew(connection, self.lane, self.pace.state(), self.clock.now())
