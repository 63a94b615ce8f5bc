"""The All Orders report by last update, read line by line. What is read is what Orders API 2026-01-01 also tells.

The columns `ship-*` are never looked at. It tells nothing of packages, promised dates and replacements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from marketplace.amazon.nodes import ORDER_ID, masked, time_of
from marketplace.amazon.reports import fields_of, header_of, names_of
from marketplace.errors import Broken
from marketplace.port import Report
from rules.order import Item, Order
from settings.marketplaces import MARKETPLACES_BY_DOMAIN

REPORT = Report.ALL_ORDERS
_NEEDED = ("amazonorderid", "purchasedate", "lastupdateddate", "orderstatus", "saleschannel")
_STATUSES = ("pending", "unshipped", "partially shipped", "cancelled", "unfulfillable", "shipped")


def orders(chunks: Iterable[bytes], start: datetime) -> Iterator[Order | str]:
    """Each order once, or, in words, a line that names none. `start`: where the report begins, for a date that is lost.

    Raises Busy for an empty file, Broken for one that is not the report.
    """
    fields = fields_of(chunks)
    names = names_of(header_of(REPORT, fields))
    if missing := [name for name in _NEEDED if name not in names]:
        raise Broken(f"{REPORT}: a file without the column {missing[0]}")
    found: dict[str, Order] = {}
    bad = 0
    for cells in fields:
        row = dict(zip(names, cells, strict=False))
        order_id = row.get("amazonorderid", "")
        if ORDER_ID.fullmatch(order_id):
            line = _order(order_id, row, start)
            known = found.get(order_id)
            found[order_id] = _together(known, line) if known else line
        elif order_id:
            bad += 1
            yield f"a row whose order id is {masked(order_id)}"
    if bad and bad >= len(found):
        raise Broken(f"{REPORT}: {bad} of {bad + len(found)} rows do not name an order")
    yield from found.values()


def _order(order_id: str, row: dict[str, str], start: datetime) -> Order:
    channel = row.get("saleschannel", "").lower()
    marketplace = MARKETPLACES_BY_DOMAIN.get(channel)
    updated_at = time_of(row.get("lastupdateddate", "")) or start
    return Order(
        order_id=order_id,
        purchased_at=min(time_of(row.get("purchasedate", "")) or updated_at, updated_at),
        updated_at=updated_at,
        channel="NON_AMAZON" if channel.startswith("non-amazon") else "AMAZON",
        marketplace_id=marketplace.marketplace_id if marketplace else None,
        status=_status(row.get("orderstatus", "")),
        fulfilled_by={"amazon": "AMAZON", "merchant": "MERCHANT"}.get(row.get("fulfillmentchannel", "").lower()),
        items=(Item(row.get("sku") or None, row.get("asin") or None),),
        programs=("AMAZON_BUSINESS",) if row.get("isbusinessorder", "").lower() == "true" else (),
    )


def _together(known: Order, line: Order) -> Order:
    newest = max(known, line, key=lambda each: each.updated_at)
    return replace(newest, items=(*known.items, *line.items))


def _status(words: str) -> str | None:
    """`Shipped - Delivered to Buyer` is SHIPPED, too; a word that is new is none."""
    said = words.lower().replace("canceled", "cancelled").replace("partiallyshipped", "partially shipped")
    return next((each.replace(" ", "_").upper() for each in _STATUSES if said.startswith(each)), None)
