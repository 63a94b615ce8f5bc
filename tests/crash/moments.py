"""The moments between claim and settlement at which a worker is killed, each brought about without touching it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ledger.tables import lanes
from marketplace.simulator.faults import Fault
from tests.crash.kills import SENT, Route, Servers, route
from tests.worker.seller_folder import ASK, OFFER, SELLER, Running, delivered

ORDER, SECOND = delivered(0), delivered(1, days_ago=9)


def before_the_claim(on: Route) -> Running:
    on.slow("listTransactions")
    worker = on.start()
    on.called("listTransactions")
    return worker


def between_claim_and_look(on: Route) -> Running:
    on.slow(OFFER)
    worker = on.start()
    on.called(OFFER)
    return worker


def between_look_and_call(on: Route) -> Running:
    """The worker waits four seconds for a token of its own bucket."""
    _empty_the_bucket(on)
    worker = on.start()
    on.called(OFFER)
    time.sleep(1)
    assert on.calls(ASK) == 0
    return worker


def between_look_and_call_at_the_kill_switch(on: Route) -> Running:
    on.slow(OFFER, 5)
    worker = on.start()
    on.called(OFFER)
    on.lock("controls")
    assert on.calls(ASK) == 0
    return worker


def with_the_call_on_the_wire(on: Route) -> Running:
    """Amazon reads the request only after the worker has gone."""
    _empty_the_bucket(on)
    worker = on.start()
    on.called(OFFER)
    time.sleep(0.5)
    on.freeze_amazon()
    time.sleep(5)
    return worker


def after_a_call_that_amazon_never_processed(on: Route) -> Running:
    on.amazon.faults(Fault("drop_before", ASK, times=1))
    on.hold("INSERT ON attempts", "NEW.order_id <> ''")
    worker = on.start()
    on.called(ASK)
    on.until_held()
    return worker


def after_amazon_accepted_and_before_the_reply(on: Route) -> Running:
    on.slow(ASK)
    worker = on.start()
    on.accepted()
    return worker


def after_the_reply_and_before_the_commit(on: Route) -> Running:
    on.hold("INSERT ON attempts", "NEW.order_id <> ''")
    worker = on.start()
    on.accepted()
    on.until_held()
    return worker


def after_the_commit(on: Route) -> Running:
    """The next order is on its way already."""
    on.slow(OFFER, order_id=SECOND.order_id)
    worker = on.start()
    on.called(OFFER, 2)
    assert sorted(on.folder.states().values()) == ["sending", "sent"]
    return worker


MOMENTS: dict[str, tuple[Callable[[Route], Running], int | None]] = {
    "before the claim": (before_the_claim, 0),
    "between claim and look": (between_claim_and_look, 0),
    "between look and call": (between_look_and_call, 0),
    "with the call on the wire": (with_the_call_on_the_wire, None),
    "after a call that Amazon never processed": (after_a_call_that_amazon_never_processed, 0),
    "after Amazon accepted and before the reply": (after_amazon_accepted_and_before_the_reply, 1),
    "after the reply and before the commit": (after_the_reply_and_before_the_commit, 1),
    "after the commit": (after_the_commit, 1),
}
"""How each moment is reached, and how many requests Amazon has accepted by then (None: either way)."""

MOMENTS_ON = {
    "sqlite": MOMENTS,
    "postgresql": MOMENTS
    | {"between look and call, at the kill switch": (between_look_and_call_at_the_kill_switch, 0)},
}


def killed_at(moment: str, place: tuple[str, str], path: Path, servers: Servers) -> int:
    """Returns the number of kills."""
    reach, accepted = MOMENTS_ON[place[1]][moment]
    orders = (ORDER, SECOND) if reach is after_the_commit else (ORDER,)
    with route(place, path, servers, orders) as on:
        on.kill(reach(on))
        if accepted is not None:
            assert on.amazon.summary()["accepted_total"] == accepted
        on.goes_on({order.order_id: SENT for order in orders})
        return on.kills


def _empty_the_bucket(on: Route) -> None:
    """As if the last process had spent its tokens for the call, at 0.3 a second: one is there four seconds later."""
    pace = json.dumps({ASK: {"full_at": 9e9, "per_second": 0.3, "told_at": datetime.now(UTC).timestamp()}})
    with on.folder.ledger.begin() as connection:
        free = {"seller": SELLER, "token": 1, "holder": "", "expires_at": datetime.now(UTC), "pace": pace}
        connection.execute(lanes.insert(), [free])
