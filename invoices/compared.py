"""Whether what the XML inside a PDF says is what is known of the order: a document of another buyer never goes out."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from invoices.said import Said
from invoices.text import plain
from rules.order import Money
from rules.sale import CENT, Party

_LEGAL_FORMS = frozenset(("ab", "ag", "bv", "co", "ek", "eurl", "gbr", "gmbh", "inc", "kg", "ltd", "mbh", "nv", "oo"))
_LEGAL_FORMS |= {"sa", "sarl", "sas", "sasu", "sl", "slu", "sp", "spa", "srl", "ug", "zoo"}

Buyers = Callable[[], Sequence[Party]]
"""Buyer and recipient as Amazon names them; asked only when there is something to compare."""


def contradiction(said: Said, order_id: str, value: Money | None, buyers: Buyers) -> str | None:
    """What of the XML is not the order's, in words without the buyer's data. None: nothing.

    `value`: what the document must come to, VAT included. The seller's number is compared elsewhere: Amazon has none.
    """
    if said.orders and order_id not in said.orders:
        return "names another order"
    if value and said.currency and said.currency != value.currency:
        return f"is in {plain(said.currency)[:9]}, the order in {value.currency}"
    if value and said.total is not None and abs(said.total - value.amount) > CENT:
        return f"says {said.total}, the order is worth {value.amount}"
    if (said.buyer or said.postal_codes) and _is_another(said, buyers()):
        return "names another buyer"
    return None


def _is_another(said: Said, parties: Sequence[Party]) -> bool:
    """Neither a name nor a postal code is the order's. Both are written in many ways, so one of them is enough."""
    theirs = [name for party in parties for name in (party.name, party.company) if name]
    names = [(_words(one), _words(other)) for one in said.buyer for other in theirs]
    codes = {_code(code) for code in said.postal_codes}, {_code(each.postal_code) for each in parties} - {""}
    can_be_told = any(one and other for one, other in names) or all(codes)
    return can_be_told and not (any(_agree(*pair) for pair in names) or codes[0] & codes[1])


def _agree(one: set[str], other: set[str]) -> bool:
    """By more than half of the shorter name: Jean Petit is Mr J. Petit, and not Jean Martin."""
    return 2 * len(one & other) > min(len(one), len(other))


def _words(name: str) -> set[str]:
    found = re.findall(r"[^\W_]{2,}", _folded(name))
    return set(found) - _LEGAL_FORMS or set(found)


def _code(postal_code: str | None) -> str:
    return re.sub(r"[\W_]", "", _folded(postal_code or ""))


def _folded(text: str) -> str:
    """Without case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
