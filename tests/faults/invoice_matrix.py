"""The table of faults and of the calls that invoices need; each pair is played by a seller of its own with two orders.

The workers' own code runs here on a simulated clock, so that hours and days that askonce puts something off by are
really gone through; Amazon is the simulator, over HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ledger.state import Action, State
from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.sim_order import SimGivenBack, SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.order import Item, Money
from rules.reason import Reason
from tests.faults.fault_matrix import KINDS, applies
from tests.tasks.invoice_workshop import FEED, MESSAGE, MUG, US, InvoiceWorkshop
from tests.tasks.workshop import DAY, HOUR, MINUTE, NOW

EUROPE = {
    "token": "lwa",
    "order": "getOrder",
    "language": "GetAttributes",
    "destination": "createFeedDocument",
    "upload": "upload",
    "call": FEED,
    "proof": "getFeed",
    "search": "getFeeds",
    "report": "getFeedDocument",
    "download": "download",
}
AMERICA = {
    "token": "lwa",
    "order": "getOrder",
    "language": "GetAttributes",
    "offer": "getMessagingActionsForOrder",
    "destination": "createUploadDestinationForResource",
    "upload": "upload",
    "call": MESSAGE,
}
VAT = {
    "new-list": "createReport",
    "list": "getReport",
    "document": "getReportDocument",
    "download": "download",
    "call": FEED,
}
REFUNDS = {"refunds": "listTransactions", "order": "getOrder", "call": FEED}
"""An order of several rates, one line of it cancelled in part, with refunds that are deferred and then released."""
WORLDS = {"europe": EUROPE, "america": AMERICA, "vat": VAT, "refunds": REFUNDS}
BOOK = SimPrice(Decimal("10.55"), tax_rate=Decimal("5.5"), title="Book")
CREDITED = (Decimal("4.90"), Decimal("10.55"))
"""What the buyer of the refunded order got back: the shipping, and the book."""
SLOW = 0.1
"""Real seconds that a slow reply is held back."""
BEYOND_PATIENCE = 33
"""Longer than the client waits for a reply."""


@dataclass(frozen=True)
class Cell:
    """One kind of fault in one call. `seconds`: how slow a slow reply is."""

    world: str
    call: str
    kind: Kind
    seconds: float = SLOW

    @property
    def operation(self) -> str:
        return WORLDS[self.world][self.call]

    @property
    def name(self) -> str:
        return f"{self.world}-{self.call}-{self.kind}" + ("" if self.seconds == SLOW else "-beyond-patience")


SPELLS: dict[str, int | None] = {"once": 1, "a few times": 3, "a while": None}
"""How many calls a fault strikes; None: all, for an hour and a half."""
_NO_SOLICITATION = ("already_requested", "outside_window")
MATRIX = tuple(
    Cell(world, call, kind)
    for world, calls in WORLDS.items()
    for call, operation in calls.items()
    for kind in KINDS
    if applies(kind, operation) and not (kind in _NO_SOLICITATION and call == "token")
) + tuple(Cell(world, "call", "slow", BEYOND_PATIENCE) for world in ("europe", "america"))
SAMPLE = (
    Cell("europe", "token", "error_500_before"),
    Cell("europe", "order", "cut_json"),
    Cell("europe", "language", "drop_before"),
    Cell("europe", "destination", "throttle"),
    Cell("europe", "upload", "drop_after"),
    Cell("europe", "call", "drop_before"),
    Cell("europe", "call", "drop_after"),
    Cell("europe", "call", "cut_json"),
    Cell("europe", "call", "unknown_403"),
    Cell("europe", "call", "html_400"),
    Cell("europe", "download", "gzip_bomb"),
    Cell("america", "call", "blank_200"),
    Cell("europe", "proof", "feed_fatal"),
    Cell("europe", "proof", "feed_in_progress"),
    Cell("europe", "search", "error_500_before"),
    Cell("europe", "report", "bad_request"),
    Cell("europe", "download", "empty_body"),
    Cell("america", "offer", "empty_actions"),
    Cell("america", "destination", "denied"),
    Cell("america", "upload", "error_500_before"),
    Cell("america", "call", "drop_before"),
    Cell("america", "call", "drop_after"),
    Cell("vat", "new-list", "throttle"),
    Cell("vat", "list", "report_in_progress"),
    Cell("vat", "download", "cut_json"),
    Cell("vat", "call", "drop_after"),
    Cell("refunds", "refunds", "error_500_before"),
    Cell("refunds", "order", "drop_before"),
    Cell("refunds", "call", "drop_after"),
)
"""Each call of each world once at least, and more of them where most is at stake."""
_LOST = (
    *("drop_before", "error_500_before", "html_503", "drop_after", "error_503_after", "cut_json", "empty_body"),
    *("blank_200", "proxy_200", "accepted_with_errors", "absurd_headers"),
)
_PERHAPS = (State.HELD, Reason.UNCLEAR)
_REJECTED = (State.HELD, Reason.INVOICE_REJECTED)
_BROKEN = (State.HELD, Reason.BROKEN)
_UNUSABLE = (State.HELD, Reason.PDF_UNUSABLE)
SENT = (State.SENT, Reason.INVOICED)


def may_end(cell: Cell, spell: str) -> set[tuple[str, str]]:
    """Where a document may stand when all is over and a day has passed."""
    lost = cell.kind in _LOST or cell.seconds == BEYOND_PATIENCE
    if cell.world == "america" and cell.call == "call" and lost:
        return {SENT, _PERHAPS}  # a message cannot be looked for
    if cell.kind in ("feed_fatal", "feed_cancelled"):
        return {SENT, _REJECTED}
    if cell.call == "upload" and cell.kind == "blank_200":
        # The storage's own yes is blank, too: Amazon finds no file, and says so.
        return {SENT, _BROKEN if cell.world == "america" else _UNUSABLE}
    if cell.kind == "bad_request" and spell == "a while" and cell.operation in _ASKED_FIVE_TIMES:
        return {SENT, _BROKEN}
    return {SENT}


_ASKED_FIVE_TIMES = (
    "lwa",
    "getOrder",
    "createFeedDocument",
    "upload",
    FEED,
    "getMessagingActionsForOrder",
    "createUploadDestinationForResource",
    MESSAGE,
)


def orders_of(shop: InvoiceWorkshop, cell: Cell) -> list[str]:
    """Two shipped orders of the cell's seller."""
    more: dict[str, Any] = {"marketplace_id": US} if cell.world == "america" else {}
    if cell.world == "america":
        shop.wants(region="na")
    if cell.world == "vat":
        shop.account(invoicing="vcs")
        shop.wants(vat_calculation_service=True)
    orders = [shop.shipped(MUG, shipped_at=NOW - hours * HOUR, **more) for hours in (5, 1)]
    return [*orders, _refunded(shop)] if cell.world == "refunds" else orders


def _refunded(shop: InvoiceWorkshop) -> str:
    """Its funds are released while all heals."""
    of = (SimGivenBack(1, "SHIPPING", CREDITED[0]),), (SimGivenBack(2, "ITEM", CREDITED[1]),)
    refunds = (SimRefund(NOW - HOUR, Money(part.amount, "EUR"), of=(part,)) for (part,) in of)
    return shop.shipped(
        replace(MUG, cancelled=1),
        BOOK,
        items=(Item("MUG", "B1", quantity=3), Item("BOOK", "B2")),
        refunds=tuple(refunds),
        purchased_at=NOW - 9 * DAY,
        shipped_at=NOW - 8 * DAY,
        delivered_at=NOW - 6 * DAY - 6 * HOUR,
    )


def faults(shop: InvoiceWorkshop, cell: Cell, times: int | None) -> list[Fault]:
    """In force until the calls are struck, or until they are cleared."""
    found = [Fault(cell.kind, cell.operation, account=shop.name, times=times, seconds=cell.seconds)]
    if cell.call == "search":  # it is made only when an answer was lost
        found.append(Fault("drop_after", FEED, account=shop.name, times=1))
    return found


def play(shop: InvoiceWorkshop, cell: Cell, spell: str) -> list[str]:
    """Faults strike, faults end, and everything heals. Returns the orders."""
    orders = orders_of(shop, cell)
    shop.simulator.faults(*faults(shop, cell, SPELLS[spell]))
    all_of_it = cell.world == "refunds"
    _pass(shop, orders, [timedelta(), *[MINUTE] * 2, *[8 * MINUTE] * 11], all_of_it=all_of_it)
    struck = shop.simulator.struck()[shop.name, cell.operation, cell.kind]
    assert struck >= 1, "the fault met no call"
    shop.simulator.clear_faults()
    _pass(shop, orders, [*[5 * MINUTE] * 3, *[13 * HOUR] * 3, *[5 * MINUTE] * 6], all_of_it=all_of_it)
    return orders


def _pass(shop: InvoiceWorkshop, orders: list[str], pauses: list[timedelta], *, all_of_it: bool) -> None:
    for pause in pauses:
        shop.wait(pause)
        shop.whole_pass()
        _nothing_is_wrong(shop, orders)
        if not all_of_it and _all(shop, orders, lambda row: row.state == State.SENT):
            return


def _nothing_is_wrong(shop: InvoiceWorkshop, orders: list[str]) -> None:
    """What must never be seen, neither while a fault is in force nor afterwards."""
    for order in orders:
        accepted = len(shop.got(order))
        credited = [row.total for row in shop.credit_notes(order) if row.number]
        assert sorted(credited) == sorted({*credited} & {*CREDITED}), "it is credited twice, or otherwise"
        for row in invoices_of(shop, order):
            assert accepted <= 1, "Amazon has it twice"
            assert row.state != State.SENT or accepted == 1, "Amazon has not got what is called sent"
            assert row.state not in (State.SKIPPED, State.REFUSED), "it was given up"


def _all(shop: InvoiceWorkshop, orders: list[str], holds: Callable[[Any], bool]) -> bool:
    found = [invoices_of(shop, order) for order in orders]
    return all(rows and all(map(holds, rows)) for rows in found)


def invoices_of(shop: InvoiceWorkshop, order: str) -> list[Any]:
    return [row for key, row in shop.rows(order).items() if key.action == Action.INVOICE]
