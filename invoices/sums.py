"""From what was paid, VAT included, to an invoice's lines and sums.

The VAT of a group of lines (one category, one rate) is taken out of what was paid for it, rounded half up to the cent:
at 20 %, 9.99 is 1.67 and 8.32. Net and VAT so add up to what was paid. Reckoned from the net, as BR-CO-17 of EN 16931
has it, the VAT may be a cent less or more: 20 % of 8.32 is 1.66. The standard's own validation allows less than 1.

Where Amazon's VAT Calculation Service gives the VAT, the group has Amazon's VAT, to the cent, for Amazon compares it.
It rounds each line, so the sum may differ by some cents from the above.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from invoices.charges import say_charge
from invoices.document import Line, Unmakeable, Vat, VatCategory
from invoices.taxed import Taxed
from rules.reason import Reason
from rules.sale import CENT, ZERO, Charge, to_cent

TOLERANCE = Decimal(1)  # BR-CO-17 in the validation artefacts of EN 16931
MOST_PIECES = 9999  # up to here a price of six decimals is fine enough


@dataclass(frozen=True, slots=True)
class Sums:
    """An invoice's lines, its VAT by category and rate, and its totals.

    `rounding`: only of what takes back an older invoice, whose VAT was reckoned from its net.
    """

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
    vats = []
    for (category, rate), members in groups.items():
        group = [charges[index] for index in members]
        found = _as_amazon_says(group, rate) or _as_the_rate_gives(group, rate)
        for index, net in zip(members, found.nets, strict=True):
            nets[index] = net
        vats.append(Vat(category, rate, found.net, found.vat, exemption if category == VatCategory.EXEMPT else None))
    lines = tuple(_line(charge, net, language) for charge, net in zip(charges, nets, strict=True))
    return Sums(lines, tuple(vats))


def to_line(charge: Taxed, net: Decimal, gross: Decimal, discount: Decimal, language: str) -> Line:
    """`net` and `gross` are after the discount, which is without VAT."""
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
        charge=line.charge,
        gross=gross,
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


def _as_the_rate_gives(group: Sequence[Taxed], rate: Decimal) -> _Group:
    paid = sum((charge.paid for charge in group), ZERO)
    vat = to_cent(paid * rate / (100 + rate))
    return _Group(divided(paid - vat, [charge.paid * 100 / (100 + rate) for charge in group]), vat)


def _line(charge: Taxed, net: Decimal, language: str) -> Line:
    return to_line(charge, net, charge.paid, to_cent(charge.line.discount / (1 + charge.rate / 100)), language)


def _merged(charges: Sequence[Taxed]) -> list[Taxed]:
    """Shipping and the like, which Amazon gives for each item, once for each rate, after the goods.

    What costs nothing is left out.
    """
    found: dict[object, Taxed] = {}
    for index, charge in enumerate(charges):
        if not charge.line.amount:
            continue
        key = index if charge.line.charge == Charge.ITEM else (charge.line.charge, charge.category, charge.rate)
        found[key] = _joined(found[key], charge) if key in found else _alone(charge)
    return sorted(found.values(), key=lambda charge: charge.line.charge != Charge.ITEM)


def _alone(charge: Taxed) -> Taxed:
    if charge.line.charge == Charge.ITEM:
        return charge
    return replace(charge, line=replace(charge.line, quantity=1, sku=None, asin=None))


def _joined(one: Taxed, other: Taxed) -> Taxed:
    line = replace(
        one.line, amount=one.line.amount + other.line.amount, discount=one.line.discount + other.line.discount
    )
    return replace(one, line=line, tax=None if one.tax is None or other.tax is None else one.tax + other.tax)
