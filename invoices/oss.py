"""Figures for the return of the one-stop shop (Union scheme): sales to consumers in other member states.

By quarter of issue, country and rate. A credit note for an invoice of an earlier quarter is a correction of that one
(Directive 2006/112/EC, articles 369a to 369k). Where the seller is registered, too, the figures say so: whether those
goods came from there, and so are not of this return, is not known here.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from decimal import Decimal

from invoices.booked import ZERO, Entry

COLUMNS = ("quarter", "corrects", "country", "rate", "currency", "documents", "net", "vat", "registered")
Key = tuple[str, str, str, str, str]


def figures(found: Iterable[Entry], registered_in: Collection[str]) -> Iterator[tuple[object, ...]]:
    """A row for each, in order."""
    sums: dict[Key, tuple[set[str], Decimal, Decimal]] = {}
    for each in found:
        if not each.distance_sale:
            continue
        quarter = _quarter(each.issued_on)
        corrects = _quarter(each.original_on) if each.original_on else quarter
        key = (quarter, "" if corrects == quarter else corrects, each.country or "", each.rate_text, each.currency)
        numbers, net, vat = sums.get(key, (set(), ZERO, ZERO))
        sums[key] = ({*numbers, each.number}, net + (each.net or ZERO), vat + (each.vat or ZERO))
    for key, (numbers, net, vat) in sorted(sums.items()):
        yield (*key, len(numbers), net, vat, "yes" if key[2] in registered_in else "")


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
