"""Orders by what is known of their id."""

from collections.abc import Iterable, Sequence

from sqlalchemy import CTE, Connection, func, or_, select, union, values

from ledger.state import Action, State
from ledger.tables import entries, invoices

FEW = 6
"""So many at the most are found: a person is to choose."""


def these(found: Iterable[tuple[str, str]]) -> CTE:
    """Sellers and order ids as a table, to look up what belongs to each."""
    return values(entries.c.seller, entries.c.order_id).data(list(found)).cte("these")


def like(connection: Connection, sellers: Sequence[str], *patterns: str) -> list[tuple[str, str]]:
    """Sellers and ids of orders that were seen and whose id is like one of these patterns of SQL."""
    c = entries.c
    mine = c.seller.in_(sellers) & (c.action == Action.REVIEW.value)
    query = select(c.seller, c.order_id).where(mine, or_(*(c.order_id.like(each) for each in patterns)))
    return [(row.seller, row.order_id) for row in connection.execute(query.order_by(c.order_id).limit(FEW))]


def count(connection: Connection, seller: str, state: State | None = None) -> int:
    """How many orders of the seller were seen; how many of these are in that state."""
    c = entries.c
    mine = (c.seller == seller) & (c.action == Action.REVIEW.value)
    if state:
        mine &= c.state == state.value
    return connection.execute(select(func.count()).select_from(entries).where(mine)).scalar_one()


def known(connection: Connection, sellers: Sequence[str], order_id: str) -> list[str]:
    """The sellers of whom an order of that id was seen, or of whom a document of it is kept."""
    either = union(
        *(select(t.c.seller).where(t.c.seller.in_(sellers), t.c.order_id == order_id) for t in (entries, invoices))
    )
    return list(connection.execute(either).scalars())
