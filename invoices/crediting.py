"""From an invoice to what takes it back: line by line, so that several credit notes end exactly where it does.

Each line of an invoice has what was paid for it, and what of that is net. A refund of all of a line takes both back as
they are; one of a part, the same part of what is left of the net. So the last one takes exactly the rest.

| the refund is of                            | then it takes back                                                  |
|---------------------------------------------|---------------------------------------------------------------------|
| all that is left                            | every line, as far as it is left                                    |
| an item, by its SKU                         | the item's line, then others of the same rate                       |
| shipping, gift wrap                         | that line, of several rates the one of the item's rate              |
| what the invoice has no line for            | lines of its rate: the invoice's only one, or that of Amazon's VAT   |
| an amount that a person names               | the invoice's rates, in proportion to what is left                  |
| Amazon's rows (VAT Calculation Service)     | these, with Amazon's VAT                                            |
| more than is left at its rate               | nothing: NOT_PRINTABLE, for a person to decide                      |
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.charges import charge_said, say_refund
from invoices.customs import FRENCH_TERMS
from invoices.document import Invoice, Kind, Line, Reference, Unmakeable, Vat, VatCategory, VatIn
from invoices.sums import Sums, divided, summed
from invoices.taxed import Taxed, rate_of, tidy
from invoices.vat import check
from rules.order import RefundPart
from rules.reason import Reason
from rules.sale import ZERO, Charge, Sale, SaleLine, to_cent

Rate = tuple[VatCategory, Decimal]
Amounts = Mapping[int, Decimal]
"""Of lines of the invoice, by their place in it: what of each is taken back, tax included."""


def credit_note(
    original: Invoice,
    amount: Decimal | None,
    sale: Sale | None = None,
    *,
    number: str,
    issued_on: date,
    parts: Sequence[RefundPart] | None = None,
    before: Sequence[Invoice] = (),
) -> Invoice:
    """What takes back `amount` of an invoice (None: all that is left), or Amazon's rows of a refund (`sale`).

    `parts` say of what the amount is; `before` are the invoice's earlier credit notes. Raises Unmakeable:
    NOTHING_TO_INVOICE for zero, NOT_PRINTABLE for less, or for more than is left, TAX_DATA_MISSING for a refund whose
    rate is not known.
    """
    sums = _as_amazon_says(original, sale) if sale else _taken_back(original, amount, parts, before)
    return replace(
        original,
        kind=Kind.CREDIT_NOTE,
        number=number,
        issued_on=issued_on,
        lines=sums.lines,
        vats=_with_reasons(original, sums.vats),
        notes=tuple(note for note in original.notes if note not in FRENCH_TERMS),
        annex="",
        pieces=(),
        net=sums.net,
        vat=sums.vat,
        rounding=sums.rounding,
        gross=sums.gross,
        original=Reference(original.number, original.issued_on),
        vat_in=_vat_in(original, sums, before, rest=sale is None and not left_of(original, before) - sums.gross),
    )


def _vat_in(original: Invoice, sums: Sums, before: Sequence[Invoice], *, rest: bool) -> VatIn | None:
    """At the rate of the invoice; the one that takes the `rest` takes back what is left of it."""
    if original.vat_in is None:
        return None
    vat = to_cent(sums.vat * original.vat_in.rate)
    if rest:
        vat = original.vat_in.vat - sum((note.vat_in.vat for note in before if note.vat_in), ZERO)
    return replace(original.vat_in, vat=vat)


def left_of(original: Invoice, before: Iterable[Invoice]) -> Decimal:
    """What its credit notes leave of an invoice, tax included."""
    return _Left(original, before).total


def left_by_line(original: Invoice, before: Iterable[Invoice]) -> list[Decimal]:
    """The same for each of its lines."""
    return _Left(original, before).gross


def _taken_back(
    original: Invoice, amount: Decimal | None, parts: Sequence[RefundPart] | None, before: Sequence[Invoice]
) -> Sums:
    left = _Left(original, before)
    amount = left.total if amount is None else amount
    if not amount:
        raise Unmakeable(Reason.NOTHING_TO_INVOICE, "nothing was refunded, or nothing is left")
    if amount > left.total:
        raise _too_much(original, amount, left.total)
    if amount < 0 or amount != to_cent(amount):
        raise Unmakeable(Reason.NOT_PRINTABLE, f"a refund of {amount}")
    if amount == left.total:
        return _sums(original, left, {index: gross for index, gross in enumerate(left.gross) if gross}, left.rounding)
    if parts is None:
        return _in_proportion(original, left, amount)
    return _sums(original, left, _placed(original, left, parts))


def _too_much(original: Invoice, amount: Decimal, left: Decimal) -> Unmakeable:
    left = max(left, ZERO)
    what = f"{amount} was given back, and {left} is left of {original.number}"
    return Unmakeable(
        Reason.NOT_PRINTABLE,
        f"{what}: either the rest is goodwill without VAT, which needs no document: credit {left} by hand, if anything "
        "(askonce invoice credit), and close this one (askonce resolve); or the invoice was wrong: correct it (askonce "
        "invoice correct)",
    )


class _Left:
    """What is left of an invoice: of each line what was paid, and the net within. `rounding`: of an older invoice."""

    def __init__(self, original: Invoice, before: Iterable[Invoice]) -> None:
        self.lines = original.lines
        self.gross = _paid(original)
        self.net = [line.net for line in original.lines]
        self.rounding = original.rounding
        for note in before:
            self._subtract(note)

    @property
    def total(self) -> Decimal:
        return sum(self.gross, ZERO) + self.rounding

    def of_all(self, indices: Iterable[int]) -> Decimal:
        """What is left of these lines, tax included."""
        return sum((self.gross[index] for index in indices), ZERO)

    def of(self, rate: Rate) -> list[int]:
        return [index for index, line in enumerate(self.lines) if _rate(line) == rate and self.gross[index]]

    def take(self, index: int, gross: Decimal, net: Decimal | None = None) -> Decimal:
        """Take so much of a line; returns the net of it."""
        if net is None:
            net = to_cent(self.net[index] * gross / self.gross[index])
        self.gross[index] -= gross
        self.net[index] -= net
        return net

    def take_of(self, rate: Rate, gross: Decimal) -> Decimal:
        """Take so much of all lines of a rate, in proportion; returns the net of it."""
        found = self.of(rate)
        net = to_cent(sum((self.net[index] for index in found), ZERO) * gross / self.of_all(found))
        shares = self.shares(found, gross)
        nets = {index: to_cent(self.net[index] * share / self.gross[index]) for index, share in shares.items()}
        for index, share in shares.items():  # what rounding each has added or lost
            most, least = min(share, self.net[index]), max(ZERO, share - self.gross[index] + self.net[index])
            missing = net - sum(nets.values(), ZERO)
            nets[index] = min(max(nets[index] + missing, least), most)
        for index, share in shares.items():
            self.take(index, share, nets[index])
        return sum(nets.values(), ZERO)

    def shares(self, indices: Sequence[int], gross: Decimal) -> dict[int, Decimal]:
        """In proportion to what is left; none has more than that."""
        paid = [self.gross[index] for index in indices]
        whole = self.of_all(indices)
        parts = divided(gross, [gross * each / whole for each in paid]) if whole else []
        return {index: part for index, part in zip(indices, parts, strict=True) if part}

    def _subtract(self, note: Invoice) -> None:
        """Lines that do not say which they take back are of all lines of their rate."""
        nets = {_rate(vat): vat.net for vat in note.vats}
        paid = {_rate(vat): vat.net + vat.vat for vat in note.vats}
        for line in note.lines:
            if line.takes_back is not None and line.gross is not None:
                nets[_rate(line)] -= line.net
                paid[_rate(line)] -= line.gross
                self.gross[line.takes_back] -= line.gross
                self.net[line.takes_back] -= line.net
        for rate, gross in paid.items():
            if gross and (found := self.of(rate)):
                net = self.take_of(rate, min(gross, self.of_all(found)))
                self.net[found[0]] -= nets[rate] - net  # an older note's may be some cents off
        self.rounding -= note.rounding


def _paid(original: Invoice) -> list[Decimal]:
    """For each line. An older invoice says it for each rate."""
    found = [ZERO] * len(original.lines)
    for vat in original.vats:
        mine = [index for index, line in enumerate(original.lines) if _rate(line) == _rate(vat)]
        told = [original.lines[index].gross for index in mine]
        paid = vat.net + vat.vat
        shares = [each for each in told if each is not None]
        if len(shares) < len(mine) or sum(shares, ZERO) != paid:
            shares = divided(paid, [paid * original.lines[index].net / vat.net if vat.net else ZERO for index in mine])
        for index, share in zip(mine, shares, strict=True):
            found[index] = share
    return found


def _placed(original: Invoice, left: _Left, parts: Sequence[RefundPart]) -> Amounts:
    """Which lines the parts of a refund take back; first each its own, then others of the same rate."""
    placed: dict[int, Decimal] = {}

    def put(indices: Iterable[int], amount: Decimal) -> Decimal:
        for index in indices:
            part = min(amount, left.gross[index] - placed.get(index, ZERO))
            if part:
                placed[index] = placed.get(index, ZERO) + part
                amount -= part
        return amount

    own = [_own(original, part) for part in parts]
    rest = [put(indices, part.amount) for indices, part in zip(own, parts, strict=True)]
    for indices, amount in zip(own, rest, strict=True):
        rate = _rate(original.lines[indices[0]])
        if over := put(left.of(rate), amount):
            room = left.of_all(left.of(rate))
            raise _too_much(original, room + over, room)
    return placed


def _own(original: Invoice, part: RefundPart) -> list[int]:
    """The lines that a part is of, all of one rate: that of its VAT; else of shipping and the like, its item's."""
    charges = [charge_said(line, original.language) for line in original.lines]
    every = range(len(charges))
    item = [index for index in every if charges[index] == Charge.ITEM and original.lines[index].sku == part.sku]
    same = [index for index in every if charges[index] == part.charge]
    found = (item if part.charge == Charge.ITEM and part.sku else same) or list(every)
    rates = {_rate(original.lines[index]) for index in found}
    if len(rates) > 1 and part.tax:
        told = rate_of(SaleLine(part.charge, "", 1, part.amount, tax=part.tax), [rate for _, rate in rates], ())
        rates = {rate for rate in rates if rate[1] == told}
    elif len(rates) > 1:
        rates &= {_rate(original.lines[index]) for index in item}
    if len(rates) != 1:
        what = f"Amazon does not say at which of the rates {part.amount} was refunded"
        raise Unmakeable(Reason.TAX_DATA_MISSING, what)
    return [index for index in found if _rate(original.lines[index]) in rates]


def _sums(original: Invoice, left: _Left, amounts: Amounts, rounding: Decimal = ZERO) -> Sums:
    paid = _paid(original)
    lines = []
    for index, gross in sorted(amounts.items()):
        line, net = original.lines[index], left.take(index, gross)
        if gross != paid[index]:
            line = _one(line, net)
        lines.append(replace(line, gross=gross, takes_back=index))
    return Sums(tuple(lines), _vats(original, lines), rounding)


def _one(line: Line, net: Decimal) -> Line:
    """A part of a line: one piece, at that price."""
    return replace(line, quantity=Decimal(1), net_price=net, net=net, discount=ZERO)


def _in_proportion(original: Invoice, left: _Left, amount: Decimal) -> Sums:
    """One line for each rate."""
    by_rate: dict[Rate, Decimal] = {}
    for index, share in left.shares([index for index, gross in enumerate(left.gross) if gross], amount).items():
        rate = _rate(original.lines[index])
        by_rate[rate] = by_rate.get(rate, ZERO) + share
    said = say_refund(original.number, original.language)
    lines = []
    for rate, gross in by_rate.items():
        net = left.take_of(rate, gross)
        lines.append(Line(said, Decimal(1), net, net, *rate, gross=gross))
    return Sums(tuple(lines), _vats(original, lines))


def _vats(original: Invoice, lines: Sequence[Line]) -> tuple[Vat, ...]:
    found = []
    for vat in original.vats:
        mine = [line for line in lines if _rate(line) == _rate(vat)]
        if mine:
            net, gross = sum((line.net for line in mine), ZERO), sum((line.gross or ZERO for line in mine), ZERO)
            found.append(replace(vat, net=net, vat=gross - net))
    return tuple(found)


def _rate(taxed: Line | Vat) -> Rate:
    return taxed.category, taxed.rate


def _as_amazon_says(original: Invoice, sale: Sale) -> Sums:
    check(sale.lines)
    if not any(line.paid for line in sale.lines):
        raise Unmakeable(Reason.NOTHING_TO_INVOICE, "nothing was refunded")
    untaxed = next((vat.category for vat in original.vats if not vat.rate), VatCategory.ZERO)
    known = [vat.rate for vat in original.vats]
    charges = []
    for line in sale.lines:
        rate = line.tax_rate
        if rate is None and len(known) == 1:
            rate = known[0]
        if rate is None and line.tax is not None:
            rate = rate_of(line, known, ())
        if rate is None:
            raise Unmakeable(Reason.TAX_DATA_MISSING, "Amazon does not say the VAT of the refund")
        tax = None if line.tax_rate is None else line.tax
        charges.append(Taxed(line, VatCategory.STANDARD if rate else untaxed, tidy(rate), tax))
    exemption = next((vat.exemption for vat in original.vats if vat.exemption), None)
    return summed(charges, original.language, exemption)


def _with_reasons(original: Invoice, vats: Sequence[Vat]) -> tuple[Vat, ...]:
    reasons = {_rate(vat): vat.exemption for vat in original.vats}
    return tuple(replace(vat, exemption=reasons.get(_rate(vat), vat.exemption)) for vat in vats)
