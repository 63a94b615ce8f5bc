"""The facts of one order, from the columns of `orders`."""

from collections.abc import Sequence
from typing import Any

from msgspec.json import Decoder

from ledger.tables import orders
from rules.order import Facts, Imported, LeftOut, Order, Refund, Source

COLUMNS = (
    orders.c.placed,
    orders.c.not_delivered_at,
    orders.c.seen_delivered_at,
    orders.c.refunds,
    orders.c.funds_released_for,
    orders.c.returned_by,
    orders.c.fba_arrival,
    orders.c.replaced_by,
    orders.c.shipped_seen_at,
    orders.c.fba_first_shipped_at,
    orders.c.fba_last_shipped_at,
    orders.c.left_out,
    orders.c.ask_until,
    orders.c.imported,
    orders.c.fetch_rank,
    orders.c.reappeared,
)
_ORDER = Decoder(Order)
_REFUNDS = Decoder(dict[str, Refund])
_LEFT_OUT = Decoder(LeftOut)
_IMPORTED = Decoder(tuple[Imported, ...])


def facts_of(values: Sequence[Any]) -> Facts:
    """All that is known of an order, from the values of `COLUMNS`, of which `placed` is not null."""
    placed, undelivered_at, delivered_at, refunds, released_for, returned_by, arrival, replaced_by, *more = values
    return Facts(
        order=_ORDER.decode(placed),
        not_delivered_at=undelivered_at,
        seen_delivered_at=delivered_at,
        refunds=tuple(_REFUNDS.decode(refunds).values()) if refunds else (),
        funds_released_for=released_for,
        returned_by=Source(returned_by) if returned_by else None,
        fba_arrival=arrival,
        replaced_by=replaced_by,
        shipped_seen_at=more[0],
        fba_first_shipped_at=more[1],
        fba_last_shipped_at=more[2],
        left_out=left_out_of(more[3]),
        ask_until=more[4],
        imported=imported_of(more[5]),
        to_fetch=more[6] is not None,
        reappeared=bool(more[7]),
    )


def left_out_of(left_out: str | None) -> LeftOut | None:
    """Who left an order out, and why, from the column `left_out`."""
    return _LEFT_OUT.decode(left_out) if left_out else None


def imported_of(imported: str | None) -> tuple[Imported, ...]:
    """Each import that says that the order was asked, from the column `imported`."""
    return _IMPORTED.decode(imported) if imported else ()


def refunds_of(refunds: str | None) -> dict[str, Refund]:
    """An order's refunds by transaction id, from the column `refunds`."""
    return _REFUNDS.decode(refunds) if refunds else {}
