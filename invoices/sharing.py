"""A refund of an order that has several invoices, as its parts left one after another: how much takes back which.

An item is taken back of the invoice that it is on, its shipping and wrapping of the same one. Pieces of one item on
several invoices are taken back in the order of these, each as far as it is left. What is beyond goes with the first
invoice that the refund concerns, which is then held, or finds it in other lines of the rate (invoices/crediting.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoices.charges import charge_said
from invoices.crediting import left_by_line
from invoices.document import Invoice, Unmakeable
from rules.order import RefundPart
from rules.reason import Reason
from rules.sale import ZERO, Charge, to_cent


@dataclass(frozen=True, slots=True)
class Billed:
    """An invoice, and the credit notes that have taken back a part of it already."""

    invoice: Invoice
    notes: Sequence[Invoice]


@dataclass(frozen=True, slots=True)
class Share:
    """What of a refund takes back one invoice. `parts` None: all that is left of it."""

    of: Billed
    amount: Decimal
    parts: tuple[RefundPart, ...] | None


def shared(every: Sequence[Billed], amount: Decimal, parts: Sequence[RefundPart] | None) -> list[Share]:
    """The shares of a refund, in the order of the invoices, none of which is zero.

    Raises Unmakeable if it cannot be told which invoices are taken back.
    """
    left = [left_by_line(each.invoice, each.notes) for each in every]
    if parts is None:
        if amount != sum(map(sum, left)):
            what = f"the order has {len(every)} invoices, and Amazon does not say what of {amount} the buyer got"
            raise Unmakeable(Reason.TAX_DATA_MISSING, what)
        return [Share(each, sum(of, ZERO), None) for each, of in zip(every, left, strict=True) if sum(of)]
    found: list[list[RefundPart]] = [[] for _ in every]
    for part in parts:
        for index, share in _placed(every, left, part):
            found[index].append(share)
    return [
        Share(each, sum((part.amount for part in mine), ZERO), tuple(mine))
        for each, mine in zip(every, found, strict=True)
        if mine
    ]


def _placed(every: Sequence[Billed], left: list[list[Decimal]], part: RefundPart) -> Iterator[tuple[int, RefundPart]]:
    """A part of a refund by invoice; takes it off what is left."""
    own = [index for index, each in enumerate(every) if _has(each.invoice, part.sku)] or list(range(len(every)))
    if part.sku and part.charge is Charge.ITEM and not _has(every[own[0]].invoice, part.sku):
        raise Unmakeable(Reason.NOT_PRINTABLE, "the invoice of what was refunded is not made")
    taken = dict.fromkeys(own, ZERO)
    rest = part.amount
    for index in own:
        for line in _lines(every[index].invoice, part):
            some = min(rest, left[index][line])
            left[index][line] -= some
            taken[index] += some
            rest -= some
    first = next((index for index in own if taken[index]), own[0])
    taken[first] += rest
    for index, amount in taken.items():
        if amount:
            yield index, replace(part, amount=amount, tax=to_cent(part.tax * amount / part.amount))


def _has(invoice: Invoice, sku: str | None) -> bool:
    return any(line.sku == sku for line in invoice.lines if sku)


def _lines(invoice: Invoice, part: RefundPart) -> Iterator[int]:
    for index, line in enumerate(invoice.lines):
        same = charge_said(line, invoice.language) == part.charge
        if same and (part.charge is not Charge.ITEM or part.sku in (None, line.sku)):
            yield index
