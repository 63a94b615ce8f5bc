"""From what was paid, VAT included, to an invoice's lines and sums, as EN 16931 calculates.

The VAT of a group of lines (one category, one rate) is its net sum × rate, rounded half up to the cent (BR-CO-17). So
net and VAT cannot always add up to what was paid: at 20 %, no net gives 0.99, but 0.82 gives 0.98 and 0.83 gives 1.00.
What is then missing or too much, a cent, is the rounding amount (BT-114). Two groups that miss one are set against
each other.

Where Amazon's VAT Calculation Service gives the VAT, the group has Amazon's VAT, to the cent, for Amazon compares it.
It rounds each line, so the sum may differ by some cents from the above; the standard's own validation allows less
than 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from invoices.charges import say_charge
from invoices.document import Line, Unmakeable, Vat, VatCategory
from invoices.taxed import ZERO, Taxed
from rules.reason import Reason
from rules.sale import Charge

CENT = Decimal("0.01")
TOLERANCE = Decimal(1)  # BR-CO-17 in the validation artefacts of EN 16931
MOST_PIECES = 9999  # up to here a price of six decimals is fine enough


@dataclass(frozen=True, slots=True)
class Sums:
    """An invoice's lines, its VAT by category and rate, and its totals."""

    lines: tuple[Line, ...]
    vats: tuple[Vat, ...]
    rounding: Decimal = ZERO

    @property
    def net(self) -> Decimal:
        return sum((vat.net for vat in self.vats), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((vat.vat for vat in self.vats), ZERO)

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat + self.rounding


def to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def divided(total: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    """`total` in parts of whole cents, each within a cent of the exact one (largest remainders)."""
    parts = [each.quantize(CENT, ROUND_FLOOR) for each in exact]
    cents = int((total - sum(parts)) / CENT)
    for index in sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])[:cents]:
        parts[index] += CENT
    return parts


def summed(charges: Sequence[Taxed], language: str, exemption: str | None) -> Sums:
    """Of charges that are sensible and not all zero. `exemption`: the sentence for lines that are exempt (E).

    Raises Unmakeable if Amazon's VAT is far from what its rate gives.
    """
    charges = _merged(charges)
    groups: dict[tuple[VatCategory, Decimal], list[int]] = {}
    for index, charge in enumerate(charges):
        groups.setdefault((charge.category, charge.rate), []).append(index)
    nets = [ZERO] * len(charges)
    vats, rounding = [], ZERO
    for (category, rate), members in groups.items():
        group = [charges[index] for index in members]
        found = _as_amazon_says(group, rate) or _as_the_rate_gives(group, rate, rounding)
        for index, net in zip(members, found.nets, strict=True):
            nets[index] = net
        rounding += _paid(group) - found.net - found.vat
        vats.append(Vat(category, rate, found.net, found.vat, exemption if category == VatCategory.EXEMPT else None))
    lines = tuple(_line(charge, net, language) for charge, net in zip(charges, nets, strict=True))
    return Sums(lines, tuple(vats), rounding)


def to_line(charge: Taxed, net: Decimal, discount: Decimal, language: str) -> Line:
    """`net` is after the discount, and both are without VAT."""
    line = charge.line
    item = line.charge == Charge.ITEM
    return Line(
        description=(line.description.strip() or line.sku or line.asin or "–")
        if item
        else say_charge(line.charge, language),
        quantity=Decimal(line.quantity),
        net_price=price(net + discount, line.quantity),
        net=net,
        category=charge.category,
        rate=charge.rate,
        discount=discount,
        sku=line.sku,
        asin=line.asin,
    )


def price(net: Decimal, quantity: int) -> Decimal:
    """Of one piece, in as few decimals as give `net` for all of them, to the cent."""
    prices = ((net / quantity).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) for decimals in range(2, 7))
    return next(each for each in prices if to_cent(each * quantity) == net)


@dataclass(frozen=True, slots=True)
class _Group:
    nets: list[Decimal]
    vat: Decimal

    @property
    def net(self) -> Decimal:
        return sum(self.nets, ZERO)


def _as_amazon_says(group: Sequence[Taxed], rate: Decimal) -> _Group | None:
    taxes = [charge.tax for charge in group if charge.tax is not None]
    if len(taxes) < len(group):
        return None
    found = _Group([charge.paid - tax for charge, tax in zip(group, taxes, strict=True)], sum(taxes, ZERO))
    if abs(found.vat - to_cent(found.net * rate / 100)) >= TOLERANCE:
        raise Unmakeable(Reason.NOT_PRINTABLE, f"Amazon's VAT of {found.vat} is not {rate} % of {found.net}")
    return found


def _as_the_rate_gives(group: Sequence[Taxed], rate: Decimal, rounding: Decimal) -> _Group:
    """`rounding`: of the groups before, which this one makes up for if it has one itself."""
    factor = 1 + rate / 100
    paid = _paid(group)
    net = to_cent(paid / factor)
    missing = paid - net - to_cent(net * rate / 100)
    if missing * rounding > 0:
        net += missing  # round the net the other way, so that this group's rounding cancels the previous one's
    return _Group(divided(net, [charge.paid / factor for charge in group]), to_cent(net * rate / 100))


def _paid(group: Sequence[Taxed]) -> Decimal:
    return sum((charge.paid for charge in group), ZERO)


def _line(charge: Taxed, net: Decimal, language: str) -> Line:
    return to_line(charge, net, to_cent(charge.line.discount / (1 + charge.rate / 100)), language)


def _merged(charges: Sequence[Taxed]) -> list[Taxed]:
    """Shipping and the like, which Amazon gives for each item, once for each rate; what costs nothing is left out."""
    found: dict[object, Taxed] = {}
    for index, charge in enumerate(charges):
        if not charge.line.amount:
            continue
        key = index if charge.line.charge == Charge.ITEM else (charge.line.charge, charge.category, charge.rate)
        found[key] = _joined(found[key], charge) if key in found else _alone(charge)
    return list(found.values())


def _alone(charge: Taxed) -> Taxed:
    if charge.line.charge == Charge.ITEM:
        return charge
    return replace(charge, line=replace(charge.line, quantity=1, sku=None, asin=None))


def _joined(one: Taxed, other: Taxed) -> Taxed:
    line = replace(
        one.line, amount=one.line.amount + other.line.amount, discount=one.line.discount + other.line.discount
    )
    return replace(one, line=line, tax=None if one.tax is None or other.tax is None else one.tax + other.tax)
