"""Which order is meant by what a person typed or pasted."""

from collections.abc import Mapping
from datetime import timedelta
from difflib import SequenceMatcher

from ledger import order_ids, sources
from ledger.database import Connection, Ledger
from ledger.order_ids import FEW
from rules.order import Source
from rules.order_id import blocks_in, end_in, order_id_in, what_is_wrong
from rules.readable import moment
from settings.schema import Seller
from tasks.not_done import NotDone

NEAR = 0.7
"""How much alike two blocks of digits are of which one is a mistyped other."""


class NoSuchOrder(NotDone):
    """No order, or not one alone, is meant; the text says why, and what to type."""


class Unseen(NotDone):
    """An order id that can be one, of which no order was seen yet; the text says what is read.

    `near`: an order that was seen, and whose id is nearly the same.
    """

    def __init__(self, order_id: str, near: str | None, words: str) -> None:
        super().__init__(words)
        self.order_id = order_id
        self.near = near


def find(ledger: Ledger, sellers: Mapping[str, Seller], pasted: str) -> tuple[str, str]:
    """Seller and id of the order that is meant. Raises NoSuchOrder, Unseen."""
    with ledger.read() as connection:
        if found := _exact(connection, sellers, pasted):
            return found
        if end := end_in(pasted):
            return _the_one_ending(connection, sellers, end)
        near = _near(connection, sellers, pasted)
        order_id = order_id_in(pasted)
        if order_id is None:
            how = _did_you_mean(near) or ". Type it as Seller Central shows it, or its last digits, 4 or more"
            raise NoSuchOrder(what_is_wrong(pasted) + how)
        raise Unseen(order_id, near, _what_is_read(connection, sellers, order_id, near))


def _exact(connection: Connection, sellers: Mapping[str, Seller], pasted: str) -> tuple[str, str] | None:
    """As it was typed, or the id that is in it."""
    for order_id in filter(None, (pasted, order_id_in(pasted))):
        if names := order_ids.known(connection, list(sellers), order_id):
            return names[0], order_id
    return None


def _the_one_ending(connection: Connection, sellers: Mapping[str, Seller], end: str) -> tuple[str, str]:
    found = order_ids.like(connection, list(sellers), f"%{end}")
    if not found:
        raise NoSuchOrder(f"no order was seen whose id ends in {end}. Type the whole id, or: askonce sweep --dry-run")
    if len(found) > 1:
        ids = ", ".join(f"{order_id} of {seller}" for seller, order_id in found)
        more = " and more" if len(found) == FEW else ""
        raise NoSuchOrder(f"several orders end in {end}: {ids}{more}. Type one of them in full")
    return found[0]


def _near(connection: Connection, sellers: Mapping[str, Seller], pasted: str) -> str | None:
    """The seen order whose id differs from this in one block, and there by little."""
    blocks = blocks_in(pasted) or blocks_in(order_id_in(pasted) or "")
    if blocks is None:
        return None
    first, middle, last = blocks
    patterns = (f"{first}-{middle}-%", f"{first}-%-{last}", f"%-{middle}-{last}")
    whole = "-".join(blocks)
    likeness = {
        each: SequenceMatcher(None, each, whole, autojunk=False).ratio() for each in _ids(connection, sellers, patterns)
    }
    best = max(likeness, key=lambda each: likeness[each], default=None)
    return best if best and likeness[best] > 1 - (1 - NEAR) / 2 else None


def _ids(connection: Connection, sellers: Mapping[str, Seller], patterns: tuple[str, ...]) -> set[str]:
    return {order_id for _, order_id in order_ids.like(connection, list(sellers), *patterns)}


def _did_you_mean(near: str | None) -> str:
    return f". Did you mean {near}?" if near else ""


def _what_is_read(connection: Connection, sellers: Mapping[str, Seller], order_id: str, near: str | None) -> str:
    from tasks.refresh.plan import REACH_BACK  # which loads all that reads from Amazon

    reach = f"{REACH_BACK // timedelta(days=1)} days"
    reads = ". ".join(_reading(connection, seller, reach) for seller in sellers.values())
    first = next(iter(sellers)) if len(sellers) == 1 else "NAME"
    return (
        f"{order_id} was not seen{_did_you_mean(near) or '.'} {reads}. An order of another marketplace or account is "
        f"never seen. To read new ones, type: askonce sweep --dry-run --seller {first}"
    )


def _reading(connection: Connection, seller: Seller, reach: str) -> str:
    as_of = sources.readings(connection, seller.name)[Source.ORDERS].as_of
    when = f"last read as of {moment(as_of, seller.zone)}" if as_of else "never read yet"
    return f"{seller.name}: orders of {', '.join(seller.marketplaces)} that changed in the last {reach}, {when}"
