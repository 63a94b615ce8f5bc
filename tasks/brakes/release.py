"""What a person sees of brakes, and how they are released."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import brakes
from ledger.brakes import Braking
from ledger.database import Ledger
from rules.readable import said
from tasks import audit
from tasks.audit import Act, Person
from tasks.brakes.look import finish
from tasks.not_done import NotDone

SHOWN = 10
"""Of the orders that wait, so many are named."""


@dataclass(frozen=True, slots=True)
class Braked:
    """A brake that stops requests, and what waits for it: how many orders are due there, and the ids of some."""

    braking: Braking
    waiting: int
    orders: Sequence[str]

    @property
    def look_at(self) -> str:
        """What a person should look at before it is released."""
        return self.braking.brake.look_at

    @property
    def remedy(self) -> str:
        """What to type then."""
        where = f" --marketplace {self.braking.marketplace}" if self.braking.marketplace else ""
        return f"askonce release --seller {self.braking.seller}{where} --brake {self.braking.brake}"


def braked(ledger: Ledger, sellers: Iterable[str]) -> list[Braked]:
    """The brakes that stop requests of these sellers, oldest first."""
    with ledger.read() as connection:
        return [
            Braked(each, *brakes.stopped_orders(connection, each.seller, each.marketplace, SHOWN))
            for each in brakes.in_force(connection, sellers)
        ]


def release(
    ledger: Ledger, seller: str, marketplace: str | None, brake: str | None, by: Person, now: datetime
) -> list[Braking]:
    """Accept the cause for now: requests go on, and the same brake is not judged again for a day.

    Without a marketplace or a brake: those of all. Raises NotDone when none of them stops anything.
    """
    with ledger.begin() as connection:
        stopping = brakes.in_force(connection, [seller])
        meant = [each for each in stopping if marketplace in (None, each.marketplace) and brake in (None, each.brake)]
        if not meant:
            raise NotDone(said("no such brake stops {seller}. Type: askonce brakes", seller=seller))
        for each in meant:
            finish(connection, each, now, by.name)
            before = {"marketplace": each.marketplace, "brake": each.brake, "since": each.since, "cause": each.cause}
            audit.record(connection, by, Act.RELEASE, now, seller=seller, before=before)
    return meant
