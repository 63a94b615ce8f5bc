"""From a sale to an invoice, and from an invoice to a credit note: who, what, how much, and with which VAT.

Each charge is taxed (invoices/taxed.py), and the charges are summed (invoices/sums.py). In North America Amazon
collects the sales tax: its amount is on top of the charges, and is taken as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from invoices.charges import say_refund
from invoices.customs import FRENCH_TERMS, ITALIAN_COPY
from invoices.document import Invoice, Kind, Reference, Unmakeable, Vat, VatCategory
from invoices.places import BRITISH
from invoices.sums import CENT, MOST_PIECES, Sums, divided, summed, to_cent, to_line
from invoices.taxed import ZERO, Taxed, rate_of, route_of, taxed, tidy
from invoices.words import words
from rules.reason import Reason
from rules.sale import Charge, Party, Sale, SaleLine
from settings.invoices import Invoices, InvoiceSeller, Texts
from settings.marketplaces import marketplace_of, zone_of
from settings.small import no_vat


def invoice(sale: Sale, settings: Invoices, *, number: str, issued_on: date, language: str, annex: str = "") -> Invoice:
    """The invoice of a sale; its `gross` is what was paid. `language`: one of invoices.words.LANGUAGES.

    Raises Unmakeable: INVOICED_BY_AMAZON (Amazon is the seller for the VAT), NOTHING_TO_INVOICE (nothing was paid),
    BUYER_DATA_MISSING, TAX_DATA_MISSING, NOT_PRINTABLE (amounts that make no sense, or contradict each other).
    """
    market = marketplace_of(sale.marketplace_id)
    sales_tax = market is not None and market.region == "na"
    if sale.tax_by_amazon and not sales_tax:
        raise Unmakeable(Reason.INVOICED_BY_AMAZON, "Amazon collects the VAT of this order, and invoices it")
    _check(sale.lines)
    if not any(_paid(line) for line in sale.lines):
        raise Unmakeable(Reason.NOTHING_TO_INVOICE, "nothing was paid for the order")
    if sale.buyer is None:
        raise Unmakeable(Reason.BUYER_DATA_MISSING, "Amazon does not say who the buyer is")
    if settings.seller is None:
        raise Unmakeable(Reason.NOT_PRINTABLE, "the settings do not say who the seller is")
    zone, texts = zone_of(sale.marketplace_id), texts_of(settings, market.code if market else "", language)
    if sales_tax:
        sums = _with_sales_tax(sale, language)
    else:
        sums = summed(_goods_first(taxed(sale, settings, settings.seller)), language, None)
        sums = replace(
            sums, vats=tuple(_with_reason(vat, sale, settings, settings.seller, language) for vat in sums.vats)
        )
    if sale.shipped_at is None and any(vat.category == VatCategory.INTRA_COMMUNITY for vat in sums.vats):
        raise Unmakeable(
            Reason.TAX_DATA_MISSING, "Amazon does not say when it was shipped, which this kind of sale needs"
        )
    return Invoice(
        kind=Kind.INVOICE,
        number=number,
        issued_on=issued_on,
        language=language,
        currency=sale.currency,
        seller=_seller(sale, settings.seller, sums),
        buyer=sale.buyer,
        recipient=None if sale.recipient == sale.buyer else sale.recipient,
        order_id=sale.order_id,
        ordered_on=_day(sale.purchased_at, zone),
        supplied_on=_day(sale.shipped_at, zone) if sale.shipped_at else None,
        purchase_order=sale.purchase_order,
        lines=sums.lines,
        vats=sums.vats,
        net=sums.net,
        vat=sums.vat,
        rounding=sums.rounding,
        gross=sums.gross,
        sales_tax=sales_tax,
        marketplace=market.code if market else "",
        collected_by_amazon=sale.tax_by_amazon,
        footer=texts.footer or settings.footer,
        notes=(*_notes(sale, language, sums), *_by_law(sale, settings.seller), *texts.notes),
        annex=annex,
    )


def credit_note(
    original: Invoice, amount: Decimal | None, sale: Sale | None, *, number: str, issued_on: date
) -> Invoice:
    """What takes back an invoice: all of it, or `amount` of what was paid, or the charges of Amazon's refund (`sale`).

    An amount is spread over the invoice's rates in proportion. Whether earlier credit notes leave that much is the
    caller's to know. Raises Unmakeable: NOTHING_TO_INVOICE for zero, NOT_PRINTABLE for less, or for more than the
    invoice, TAX_DATA_MISSING for a refund whose rate is not known.
    """
    if sale is not None:
        sums = _refunded(original, sale)
    elif amount is None or amount == original.gross:
        sums = Sums(original.lines, original.vats, original.rounding)
    else:
        sums = _part(original, amount)
    return replace(
        original,
        kind=Kind.CREDIT_NOTE,
        number=number,
        issued_on=issued_on,
        lines=sums.lines,
        vats=_reasons_of(original, sums.vats),
        net=sums.net,
        vat=sums.vat,
        rounding=sums.rounding,
        gross=sums.gross,
        original=Reference(original.number, original.issued_on),
    )


def _goods_first(charges: Iterable[Taxed]) -> list[Taxed]:
    return sorted(charges, key=lambda charge: list(Charge).index(charge.line.charge))


def texts_of(settings: Invoices, marketplace: str, language: str) -> Texts:
    """The first of the seller's texts that fits."""
    for each in settings.texts:
        if marketplace in (each.marketplaces or (marketplace,)) and language in (each.languages or (language,)):
            return each
    return Texts()


def _by_law(sale: Sale, seller: InvoiceSeller) -> Iterator[str]:
    if seller.country == "IT":
        yield ITALIAN_COPY
    if seller.country == "FR" and sale.business:
        yield from FRENCH_TERMS


def _seller(sale: Sale, seller: InvoiceSeller, sums: Sums) -> Party:
    """With the VAT number that was used; else, of a supply to a business in another country, that of its origin.

    For all others it is that of the country of delivery, of the seller's own, or the first.
    """
    known, route = seller.vat_numbers, route_of(sale, seller)
    intra = any(vat.category == VatCategory.INTRA_COMMUNITY for vat in sums.vats)
    places = (route.origin.country if intra else route.destination.country, seller.country)
    used = next((known[place] for place in places if place in known), next(iter(known.values()), None))
    return Party(
        name=seller.name,
        lines=seller.lines,
        postal_code=seller.postal_code,
        city=seller.city,
        country=seller.country,
        vat_number=sale.seller_vat_number or used,
        tax_number=seller.tax_number,
    )


def _with_reason(vat: Vat, sale: Sale, settings: Invoices, seller: InvoiceSeller, language: str) -> Vat:
    """Why no VAT is charged: the sentence of the settings or of the seller's country, Amazon's, or our own."""
    if vat.rate:
        return vat
    if vat.category in (VatCategory.EXEMPT, VatCategory.OUTSIDE) and (none := no_vat(settings)):
        return replace(vat, exemption=none.sentence)
    route = route_of(sale, seller)
    british = route.leaves and route.origin.country in BRITISH
    return replace(vat, exemption=_citation(sale, language) or (words(language).zero_rated_export if british else None))


def _reasons_of(original: Invoice, vats: Sequence[Vat]) -> tuple[Vat, ...]:
    reasons = {(vat.category, vat.rate): vat.exemption for vat in original.vats}
    return tuple(replace(vat, exemption=reasons.get((vat.category, vat.rate), vat.exemption)) for vat in vats)


def _citation(sale: Sale, language: str) -> str | None:
    """Amazon's sentence: in the invoice's language, else in English, else in any."""
    said = dict(sale.citations)
    return said.get(language) or said.get("en") or next(iter(said.values()), None)


def _notes(sale: Sale, language: str, sums: Sums) -> tuple[str, ...]:
    """Amazon's sentence, where it does not stand as the reason beside a rate already."""
    citation = _citation(sale, language)
    return (citation,) if citation and all(vat.exemption != citation for vat in sums.vats) else ()


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _paid(line: SaleLine) -> Decimal:
    return line.amount - line.discount


def _check(lines: Sequence[SaleLine]) -> None:
    """Raises Unmakeable for what no order can hold."""
    for line in lines:
        amounts = (line.amount, line.discount, line.tax or ZERO)
        if not all(each.is_finite() and each >= 0 and each == to_cent(each) for each in amounts):
            raise Unmakeable(Reason.NOT_PRINTABLE, "an amount of the order is below zero, or not in whole cents")
        if line.discount > line.amount:
            raise Unmakeable(
                Reason.NOT_PRINTABLE, f"a discount of {line.discount} is more than the {line.amount} it is on"
            )
        if not 1 <= line.quantity <= MOST_PIECES:
            raise Unmakeable(Reason.NOT_PRINTABLE, f"a quantity of {line.quantity}")


def _with_sales_tax(sale: Sale, language: str) -> Sums:
    """One group for all lines: tax rates differ from town to town, and Amazon's amount counts."""
    net = sum(map(_paid, sale.lines), ZERO)
    tax = sum((line.tax or ZERO for line in sale.lines), ZERO)
    category = VatCategory.STANDARD if tax else VatCategory.OUTSIDE
    rate = tidy((tax * 100 / net).quantize(CENT, ROUND_HALF_UP)) if net else ZERO
    bare = (each if each.charge == Charge.ITEM else replace(each, sku=None, asin=None) for each in sale.lines)
    charges = (Taxed(line, category, rate) for line in bare if line.amount)
    lines = tuple(to_line(charge, charge.paid, charge.line.discount, language) for charge in _goods_first(charges))
    return Sums(lines, (Vat(category, rate, net, tax),))


def _part(original: Invoice, amount: Decimal) -> Sums:
    if not amount:
        raise Unmakeable(Reason.NOTHING_TO_INVOICE, "nothing was refunded")
    if not 0 < amount <= original.gross or amount != to_cent(amount):
        raise Unmakeable(Reason.NOT_PRINTABLE, f"a refund of {amount} for an invoice of {original.gross}")
    groups = original.vats
    total = original.net + original.vat
    shares = divided(amount, [amount * (vat.net + vat.vat) / total for vat in groups])
    charges = [
        Taxed(SaleLine(Charge.ITEM, say_refund(original.number, original.language), 1, share), vat.category, vat.rate)
        for vat, share in zip(groups, shares, strict=True)
        if share
    ]
    if original.sales_tax:
        (charge,), (vat,) = charges, groups
        net = to_cent(amount * vat.net / total)
        return Sums((to_line(charge, net, ZERO, original.language),), (replace(vat, net=net, vat=amount - net),))
    return summed(charges, original.language, _exemption(original))


def _refunded(original: Invoice, sale: Sale) -> Sums:
    _check(sale.lines)
    if not any(_paid(line) for line in sale.lines):
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
    return summed(_goods_first(charges), original.language, _exemption(original))


def _exemption(original: Invoice) -> str | None:
    return next((vat.exemption for vat in original.vats if vat.exemption), None)
