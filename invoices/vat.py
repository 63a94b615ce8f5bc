"""From a sale to an invoice: who, what, how much, and with which VAT. Credit notes: invoices/crediting.py.

Each charge is taxed (invoices/taxed.py), and the charges are summed (invoices/sums.py). In North America Amazon
collects the sales tax: its amount is on top of the charges, and is taken as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP
from zoneinfo import ZoneInfo

from invoices.customs import FRENCH_TERMS, ITALIAN_COPY
from invoices.document import Invoice, Kind, Unmakeable, Vat, VatCategory, VatIn
from invoices.exchange import LookUp, currency_of, nothing_known, read
from invoices.places import BRITISH
from invoices.sums import MOST_PIECES, Sums, summed, to_line
from invoices.taxed import Taxed, due_in, route_of, taxed, tidy
from invoices.words import words
from rules.reason import Reason
from rules.sale import CENT, ZERO, Charge, Party, Sale, SaleLine, paid_for, tax_on, to_cent
from settings.invoices import Invoices, InvoiceSeller, Texts
from settings.marketplaces import marketplace_of, zone_of
from settings.small import no_vat


def invoice(
    sale: Sale,
    settings: Invoices,
    *,
    number: str,
    issued_on: date,
    language: str,
    annex: str = "",
    official: LookUp = nothing_known,
) -> Invoice:
    """The invoice of a sale; its `gross` is what was paid. `language`: one of invoices.words.LANGUAGES.

    `official`: the exchange rates that count where the settings name no file of them.

    Raises Unmakeable: INVOICED_BY_AMAZON (Amazon is the seller for the VAT), NOTHING_TO_INVOICE (nothing was paid),
    BUYER_DATA_MISSING, TAX_DATA_MISSING, NOT_PRINTABLE (amounts that make no sense, or contradict each other).
    """
    market = marketplace_of(sale.marketplace_id)
    sales_tax = market is not None and market.region == "na"
    if sale.tax_by_amazon and not sales_tax:
        raise Unmakeable(Reason.INVOICED_BY_AMAZON, "Amazon collects the VAT of this order, and invoices it")
    check(sale.lines)
    check_total(sale, tax_on_top=sales_tax)
    if not any(line.paid for line in sale.lines):
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
    supplied_on = _day(sale.shipped_at, zone) if sale.shipped_at else None
    vat_in = None if sales_tax else _vat_in(sale, settings, sums, supplied_on or issued_on, official)
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
        supplied_on=supplied_on,
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
        notes=(
            *_notes(sale, language, sums),
            *_rate_said(sale.currency, vat_in, language),
            *_by_law(sale, settings.seller),
            *texts.notes,
        ),
        annex=annex,
        vat_in=vat_in,
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


def check(lines: Sequence[SaleLine]) -> None:
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


def _vat_in(sale: Sale, settings: Invoices, sums: Sums, supplied_on: date, official: LookUp) -> VatIn | None:
    """Raises Unmakeable where no exchange rate is known that is needed."""
    assert settings.seller
    state = due_in(sale, settings, settings.seller, (vat.rate for vat in sums.vats))
    currency = currency_of(state)
    if currency == sale.currency or not sums.vat:
        return None
    rates = read(settings.exchange_rates) if settings.exchange_rates else official()
    if rates is None:
        what = f"the VAT is due in {currency}, and the settings name no exchange_rates: a file of official rates"
        raise Unmakeable(Reason.TAX_DATA_MISSING, f"{what}; nor are any fetched yet")
    rate = rates.before(supplied_on, sale.currency, currency)
    return VatIn(currency, to_cent(sums.vat * rate.value), rate.value, rate.day, rate.source)


def _rate_said(currency: str, vat_in: VatIn | None, language: str) -> tuple[str, ...]:
    if vat_in is None:
        return ()
    said = words(language)
    cost = f"{said.say_number(vat_in.rate)} {vat_in.currency}"
    return (f"1 {currency} = {cost} ({vat_in.source}, {said.say_date(vat_in.day)})",)


def check_total(sale: Sale, *, tax_on_top: bool) -> None:
    """Raises Unmakeable if the charges are not what Amazon says was paid."""
    paid = paid_for(sale.lines)
    with_tax = paid + (tax_on(sale.lines) if tax_on_top else ZERO)
    if sale.total not in (None, paid, with_tax):
        what = f"the charges come to {with_tax}, and Amazon says that {sale.total} was paid"
        raise Unmakeable(Reason.NOT_PRINTABLE, what)


def _with_sales_tax(sale: Sale, language: str) -> Sums:
    """One group for all lines: tax rates differ from town to town, and Amazon's amount counts."""
    net = paid_for(sale.lines)
    tax = tax_on(sale.lines)
    category = VatCategory.STANDARD if tax else VatCategory.OUTSIDE
    rate = tidy((tax * 100 / net).quantize(CENT, ROUND_HALF_UP)) if net else ZERO
    bare = (each if each.charge == Charge.ITEM else replace(each, sku=None, asin=None) for each in sale.lines)
    charges = _goods_first(Taxed(line, category, rate) for line in bare if line.amount)
    lines = tuple(
        to_line(each, each.paid, each.paid + (each.line.tax or ZERO), each.line.discount, language) for each in charges
    )
    return Sums(lines, (Vat(category, rate, net, tax),))
