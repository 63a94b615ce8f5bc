"""A seller's own All Orders report, as Seller Central exports it (Reports > Fulfilment or Order Reports > All Orders).

One line for each item of an order, in any of the forms that report_file.py reads; exports may be joined. Needed
columns: amazon-order-id, purchase-date, order-status, sales-channel. Without fulfillment-channel an order is the
merchant's. What else a line says is a detail: one that cannot be read never loses the order.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from marketplace.simulator import report_cells
from marketplace.simulator.report_file import ReportError, Row, table
from marketplace.simulator.reported_order import ReportedOrder, status_of, to_sim_orders, with_items
from rules.order import Item, Money
from settings.marketplaces import MARKETPLACES_BY_DOMAIN, marketplace_of

__all__ = ["AllOrders", "Problem", "ReportError", "ReportedOrder", "read_all_orders", "to_sim_orders"]

MOST_PROBLEMS = 1000
"""How many are kept, with their words; the rest is counted."""
_MOST_UNREADABLE = 100_000
_NEEDED = ("amazon-order-id", "purchase-date", "order-status", "sales-channel")
_NEVER_EMPTY = (*_NEEDED, "fulfillment-channel", "sku", "quantity")
_DETAILS = (
    *("asin", "item-status", "currency", "item-price", "promotion-ids", "is-business-order", "last-updated-date"),
    *("is-replacement-order", "is-exchange-order", "original-order-id", "ship-country"),
)
_USED = frozenset((*_NEVER_EMPTY, *_DETAILS))
_ORDER_ID = re.compile(r"[0-9A-Z]{1,3}-\d{7}-\d{7}|[0-9A-Za-z-]{1,11}")
_NUMBER = re.compile(r"\d[\d.,]*(E\+?\d+)?", re.IGNORECASE)
_OTHER_SHOPS = re.compile(r"non-amazon.*|si\b.*\bmarketplace", re.IGNORECASE)
"""What Amazon ships for other shops: Non-Amazon, Non-Amazon US, SI UK Prod Marketplace, SI Prod IT Marketplace."""
_APART = timedelta(days=2 * 366)
"""Purchases further from all others than this are a mistake: a replay would run through the time between."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the file (the first is 1) that was left out, and why."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class AllOrders:
    """What the report holds. `lines` counts those below the headers, with the `unreadable` ones; `problems` names the
    first MOST_PROBLEMS of these."""

    orders: list[ReportedOrder]
    lines: int
    unreadable: int
    problems: list[Problem]
    first_purchase: datetime | None
    last_purchase: datetime | None


def read_all_orders(path: Path) -> AllOrders:
    """Reads the whole file. A line that makes no sense is a Problem; a file that makes none raises ReportError."""
    try:
        return _Reading(path, None).read()
    except report_cells.DayOrMonthFirst:
        return _Reading(path, _day_first(path)).read()


def _day_first(path: Path) -> bool:
    """How the file writes dates with slashes. Raises ReportError: it does not show, or it writes them in both ways."""
    found = {
        report_cells.day_first(cell.strip())
        for row in table(path, _NEEDED)
        for column, cell in zip(row.columns, row.cells, strict=False)
        if column in ("purchase-date", "last-updated-date")
    } - {None}
    if len(found) != 1:
        raise ReportError(
            f"{path}: dates like 04/03/2026 can be read as day/month or as month/day. Export the report again, and do "
            "not save it with Excel, or write the dates as 2026-03-04"
        )
    return bool(found.pop())


@dataclass(frozen=True, slots=True)
class _Line:
    """One item of an order. `priced`: its part of the order's value is known, which may be nothing."""

    number: int
    export: int
    updated_at: datetime | None
    order: ReportedOrder
    priced: bool


@dataclass(slots=True)
class _Reading:
    """One reading of a file, with what it has come upon so far."""

    path: Path
    day_first: bool | None
    orders: dict[str, list[_Line]] = field(default_factory=dict)
    lines: int = 0
    unreadable: int = 0
    problems: list[Problem] = field(default_factory=list)

    def read(self) -> AllOrders:
        before: _Line | None = None
        for row in table(self.path, _NEEDED):
            self.lines += 1
            try:
                line = _line(row, self.day_first)
            except ValueError as complaint:
                self._problem(row.line, str(complaint))
                continue
            self._add(line, before)
            before = line
        self._leave_out_what_is_far_away()
        if self.lines and not self.orders:
            first = self.problems[0]
            raise ReportError(f"{self.path}: no line of {self.lines:,} can be read. Line {first.line}: {first.what}")
        orders = [_together(lines) for lines in self.orders.values()]
        bought = [order.purchased_at for order in orders]
        return AllOrders(
            orders,
            self.lines,
            self.unreadable,
            sorted(self.problems, key=lambda problem: problem.line),
            min(bought, default=None),
            max(bought, default=None),
        )

    def _problem(self, line: int, what: str) -> None:
        self.unreadable += 1
        if self.unreadable > _MOST_UNREADABLE:
            raise ReportError(f"{self.path}: more than {_MOST_UNREADABLE:,} lines cannot be read. Line {line}: {what}")
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, what))

    def _add(self, line: _Line, before: _Line | None) -> None:
        """Of exports that were joined the newest lines of an order count, by last-updated-date, else the later ones.

        Within one export lines are items, also if they are alike. An export begins with a header, or is known by an
        item that comes again after other orders' lines.
        """
        known = self.orders.setdefault(line.order.order_id, [])
        newest = known[-1] if known else line
        if line.updated_at and newest.updated_at and line.updated_at != newest.updated_at:
            if line.updated_at > newest.updated_at:
                known[:] = [line]
            return
        follows = before is not None and before.order.order_id == line.order.order_id
        again = not follows and any(_product(line) == _product(other) for other in known)
        if line.export != newest.export or again:
            known.clear()
        known.append(line)

    def _leave_out_what_is_far_away(self) -> None:
        """Keeps the orders of the time that has most of them."""
        dates = sorted(lines[0].order.purchased_at for lines in self.orders.values())
        times: list[list[datetime]] = []
        for at in dates:
            if times and at - times[-1][-1] <= _APART:
                times[-1].append(at)
            else:
                times.append([at])
        if len(times) < 2:
            return
        most = max(times, key=lambda each: (len(each), each[0]))
        for order_id, lines in list(self.orders.items()):
            at = lines[0].order.purchased_at
            if not most[0] <= at <= most[-1]:
                for line in lines:
                    self._problem(line.number, f"purchase-date {at:%Y-%m-%d} is years away from the other orders'")
                del self.orders[order_id]


def _line(row: Row, day_first: bool | None) -> _Line:
    """Raises ValueError, which concerns this line, and DayOrMonthFirst, which concerns the whole file."""
    columns, cells = row.columns, row.cells
    cut = len(cells) < len(columns) and any(name in columns[len(cells) :] for name in _NEVER_EMPTY)
    if cut or any(map(str.strip, cells[len(columns) :])):
        raise ValueError(f"{len(cells)} columns, where the header has {len(columns)}")
    said = dict.fromkeys(_USED, "") | {
        name: report_cells.plain(cell) for name, cell in zip(columns, cells, strict=False) if name in _USED
    }
    order_id = _order_id(said["amazon-order-id"])
    cancelled = said["item-status"].lower() in ("cancelled", "canceled")
    value = None if cancelled else _value(said)
    original = said["original-order-id"] if _ORDER_ID.fullmatch(said["original-order-id"]) else None
    exchanged = report_cells.yes(said["is-exchange-order"])
    if exchanged or report_cells.yes(said["is-replacement-order"]):
        original = original or order_id  # which one it replaces is not said; that it does replace one must not be lost
    channel, marketplace_id = _channel(said["sales-channel"])
    try:
        purchased_at = report_cells.moment(said["purchase-date"], day_first=day_first)
    except ValueError as complaint:
        raise ValueError(f"purchase-date {complaint}") from None
    by_amazon = said["fulfillment-channel"].lower().startswith(("amazon", "afn"))
    order = ReportedOrder(
        order_id=order_id,
        purchased_at=purchased_at,
        status=status_of(said["order-status"]),
        channel=channel,
        marketplace_id=marketplace_id,
        fulfilled_by="AMAZON" if by_amazon else "MERCHANT",
        items=(_item(said, cancelled=cancelled),),
        value=value,
        business=report_cells.yes(said["is-business-order"]),
        replaces=original,
        exchanged=exchanged,
        ships_abroad=_ships_abroad(said["ship-country"], marketplace_id),
    )
    return _Line(row.line, row.export, _updated_at(said, day_first), order, priced=cancelled or value is not None)


def _order_id(text: str) -> str:
    if not text:
        raise ValueError("no order id")
    if _ORDER_ID.fullmatch(text):
        return text
    if _NUMBER.fullmatch(text):
        raise ValueError(
            f"{text[:40]!r} is what a program made of an order id. Export the report again, and open it as text only"
        )
    raise ValueError(f"{text[:40]!r} is no order id")


def _channel(sales_channel: str) -> tuple[Literal["AMAZON", "NON_AMAZON"], str | None]:
    if _OTHER_SHOPS.fullmatch(sales_channel):
        return "NON_AMAZON", None
    if not sales_channel:
        return "AMAZON", None
    known = MARKETPLACES_BY_DOMAIN.get(sales_channel.lower())
    if known is None:
        raise ValueError(f"unknown sales-channel {sales_channel[:40]!r}")
    return "AMAZON", known.marketplace_id


def _ships_abroad(country: str, marketplace_id: str | None) -> bool | None:
    """Compared here, so that the country itself is not kept."""
    home = marketplace_of(marketplace_id)
    return country.upper() not in (home.country, home.code) if home and country else None


def _updated_at(said: dict[str, str], day_first: bool | None) -> datetime | None:
    try:
        return report_cells.moment(said["last-updated-date"], day_first=day_first)
    except (ValueError, report_cells.DayOrMonthFirst):
        return None


def _item(said: dict[str, str], *, cancelled: bool) -> Item:
    return Item(
        sku=said["sku"] or None,
        asin=said["asin"] or None,
        quantity=report_cells.quantity(said["quantity"]),
        cancelled=cancelled,
        promotions=tuple(filter(None, map(str.strip, said["promotion-ids"].split(",")))),
    )


def _value(said: dict[str, str]) -> Money | None:
    """The line's price (item-price is for the line's whole quantity)."""
    price, currency = report_cells.amount(said["item-price"]), said["currency"].upper()
    return Money(price, currency) if price is not None and re.fullmatch("[A-Z]{3}", currency) else None


def _product(line: _Line) -> tuple[str | None, str | None]:
    return line.order.items[0].sku, line.order.items[0].asin


def _together(lines: list[_Line]) -> ReportedOrder:
    """Its value is known only if that of each line is."""
    items = tuple(item for line in lines for item in line.order.items)
    values = [line.order.value for line in lines if line.order.value]
    known = values and len({value.currency for value in values}) == 1 and all(line.priced for line in lines)
    value = Money(sum((value.amount for value in values), Decimal()), values[0].currency) if known else None
    replaces = next((line.order for line in lines if line.order.replaces), lines[0].order)
    return with_items(
        replace(
            lines[0].order,
            items=items,
            value=value,
            business=any(line.order.business for line in lines),
            replaces=replaces.replaces,
            exchanged=replaces.exchanged,
        )
    )
