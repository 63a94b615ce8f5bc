"""A shop of which much is known, straight in the ledger; what it asks goes over HTTP to the simulated Amazon."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from ledger import history, orders, sources
from ledger.sources import Reading
from ledger.state import State
from marketplace.simulator.sim_order import SimOrder
from rules.order import Order, Package, Source
from rules.reason import Reason
from tasks import route
from tasks.actions import REVIEW
from tasks.audit import Person
from tasks.brakes.look import look
from tasks.brakes.release import Braked, braked, release
from tests.tasks.workshop import DAY, FR, NOW, VALUE, Workshop

CLAIRE = Person("Claire", "a test")
_numbers = count(1)


class BrakeWorld:
    """The first seller of a workshop, with orders in bulk."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self._read_before: datetime | None = None

    # facts

    def bought(self, number: int, over: int = 40, **changes: Any) -> list[Order]:
        """Orders that are on their way, bought evenly over so many days until yesterday."""
        now = self.shop.clock.now()
        order = Order(
            order_id="",
            purchased_at=now,
            updated_at=now - DAY,
            channel="AMAZON",
            marketplace_id=FR,
            status="SHIPPED",
            fulfilled_by="MERCHANT",
            packages=(Package("IN_TRANSIT", "PICKED_UP"),),
            deliver_by=now + 9 * DAY,
            value=VALUE,
        )
        made = []
        for place in range(number):
            purchased_at = now - DAY - over * DAY * place / number
            ids: dict[str, Any] = {"order_id": f"403-{next(_numbers):07}-0000000", "purchased_at": purchased_at}
            made.append(dataclasses.replace(order, **ids, **changes))
        return made

    def told(self, found: Sequence[Order], **changes: Any) -> None:
        """The Orders API tells these, as of now, with these changes."""
        now = self.shop.clock.now()
        page = [dataclasses.replace(each, updated_at=now, **changes) for each in found]
        with self.shop.ledger.begin() as connection:
            orders.record_orders(connection, self.shop.name, page, as_of=now, previous=self._read_before)
        self._read_before = now

    def delivered(self, found: Sequence[Order]) -> None:
        self.told(found, packages=(Package("DELIVERED", "DELIVERED"),))

    def offered(self, found: Iterable[Order], delivered_at: datetime, marketplace_id: str = FR) -> None:
        """Amazon has these orders, and takes a request for them from five days after this time on."""
        self.shop.simulator.post_orders(
            [
                SimOrder(
                    order_id=each.order_id,
                    account=self.shop.name,
                    purchased_at=each.purchased_at,
                    marketplace_id=marketplace_id,
                    value=VALUE,
                    shipped_at=each.purchased_at,
                    delivered_at=delivered_at,
                )
                for each in found
            ]
        )

    # the tasks

    def works(self) -> None:
        """A pass with fresh facts: decide, and send what is due."""
        now = self.shop.clock.now()
        with self.shop.ledger.begin() as connection:
            for source in Source:
                sources.record(connection, self.shop.name, source, Reading(now, now + DAY))
        with self.shop.session() as session:
            if route.decide_due(session, REVIEW):
                look(session)
            route.send(session, [REVIEW])

    def works_for(self, span: timedelta, every: timedelta = timedelta(hours=6)) -> None:
        until = self.shop.clock.now() + span
        while self.shop.clock.now() < until:
            self.shop.wait(every)
            self.works()

    def asked(self, found: Iterable[Order]) -> int:
        """How many of these Amazon was asked for."""
        accepted = self.shop.simulator.accepted()
        return sum(each.order_id in accepted for each in found)

    def standing(self, found: Iterable[Order]) -> set[tuple[str, str]]:
        """In which states these are, and why."""
        with self.shop.ledger.read() as connection:
            known = history.verdicts(connection, self.shop.name)
        return {known[each.order_id] for each in found}

    def closed(self, found: Iterable[Order]) -> int:
        """How many of these are at an end without having been asked."""
        with self.shop.ledger.read() as connection:
            known = history.verdicts(connection, self.shop.name)
        return sum(known[each.order_id][0] in (State.SKIPPED, State.REFUSED) for each in found)

    def braked(self) -> list[Braked]:
        return braked(self.shop.ledger, [self.shop.name])

    def brakes(self) -> list[str]:
        return [each.braking.brake.value for each in self.braked()]

    def release(self, brake: str | None = None) -> None:
        release(self.shop.ledger, self.shop.name, None, brake, CLAIRE, self.shop.clock.now())

    def settles_in(self) -> None:
        """A few days in which orders come and are asked, so that the marketplace is not new."""
        few = self.bought(10, over=10)
        self.told(few)
        self.works()
        self.shop.wait(DAY)
        self.delivered(few)
        self.offered(few, NOW)
        self.works()
        self.shop.wait(4 * DAY)
        self.works()


BRAKED = (State.DUE.value, Reason.BRAKED.value)
