"""An order that leaves in several parts, each with its own invoice: what of the order a part is.

Every charge of an item (its price, discount, shipping and wrapping) is divided by the item's pieces. A part is what has
left by now, less what has left before: each is rounded to the cent, so the parts add up whatever left in which order,
and however often. What is charged for the order as a whole is on the first. The last part takes what is left of the
order's total: where Amazon cancelled pieces meanwhile, their price may have moved by a cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from invoices.document import Invoice, Pieces, Unmakeable
from invoices.vat import check, check_total
from rules.reason import Reason
from rules.sale import CENT, ZERO, Charge, Sale, SaleLine, paid_for, to_cent


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be invoiced now. `pieces`: how many of which items, (): the whole order. `last`: it ends here."""

    sale: Sale
    pieces: Pieces = ()
    last: bool = True

    @property
    def paid(self) -> Decimal:
        return paid_for(self.sale.lines)


def part_of(sale: Sale, before: Sequence[Invoice]) -> Part:
    """What has left of an order and is on none of its invoices so far; its lines may be none.

    Raises Unmakeable: NOT_PRINTABLE where these invoices do not say what is on them, or no longer fit the order.
    """
    last = all(line.left == 1 for line in sale.lines)
    if last and not before:
        return Part(sale)
    check(sale.lines)
    check_total(sale, tax_on_top=False)
    billed = _billed(before)
    ordered = {line.item: line.quantity for line in sale.lines if line.charge is Charge.ITEM and line.item}
    of_all = Fraction(bool(before))
    lines = []
    for line in sale.lines:
        known = line.item in ordered
        earlier = Fraction(billed.get(line.item or "", 0), line.quantity) if known else of_all
        if line.left > earlier:
            lines.append(_share(line, earlier))
    if last:
        lines = _to_the_cent(lines, paid_for(sale.lines), before)
    pieces = tuple((line.item, line.quantity) for line in lines if line.charge is Charge.ITEM and line.item)
    return Part(replace(sale, lines=tuple(lines), total=None), pieces, last)


def _billed(before: Iterable[Invoice]) -> dict[str, int]:
    """So many pieces of each item are on invoices."""
    found: dict[str, int] = {}
    for invoice in before:
        if not invoice.pieces:
            what = f"{invoice.number} is of the whole order already"
            raise Unmakeable(Reason.NOT_PRINTABLE, f"{what}: correct it, if it is wrong (askonce invoice correct)")
        for item, pieces in invoice.pieces:
            found[item] = found.get(item, 0) + pieces
    return found


def _share(line: SaleLine, earlier: Fraction) -> SaleLine:
    """What has left of a charge, less what had left earlier."""
    paid = _of(line.paid, line.left) - _of(line.paid, earlier)
    discount = max(ZERO, _of(line.discount, line.left) - _of(line.discount, earlier))
    tax = to_cent(line.tax * paid / line.paid) if line.tax and paid else line.tax and ZERO
    quantity = max(1, int((line.left - earlier) * line.quantity))
    return replace(line, quantity=quantity, amount=paid + discount, discount=discount, tax=tax, left=Fraction(1))


def _of(amount: Decimal, share: Fraction) -> Decimal:
    return to_cent(amount * share.numerator / share.denominator)


def _to_the_cent(lines: list[SaleLine], total: Decimal, before: Sequence[Invoice]) -> list[SaleLine]:
    """The last part, so that all come to the order's total. A cent for each line that was rounded may be off."""
    billed, mine = sum((each.gross for each in before), ZERO), paid_for(lines)
    off = total - billed - mine
    if abs(off) > CENT * (len(lines) + sum(len(each.lines) for each in before)):
        what = f"its invoices come to {billed}, and what is left to {mine}, but {total} was paid for the order"
        raise Unmakeable(Reason.NOT_PRINTABLE, what)
    if total <= billed:
        return []
    for index in sorted(range(len(lines)), key=lambda index: lines[index].paid, reverse=True):
        more = max(off, -lines[index].paid)
        lines[index] = replace(lines[index], amount=lines[index].amount + more)
        off -= more
    return lines
