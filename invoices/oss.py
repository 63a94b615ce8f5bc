"""Figures for the return of the one-stop shop (Union scheme): sales to consumers in other member states.

By quarter of issue, country and rate. A credit note for an invoice of an earlier quarter is a correction of that one
(Directive 2006/112/EC, articles 369a to 369k). Where the seller is registered, too, the figures say so: whether those
goods came from there, and so are not of this return, is not known here.

In euro at the European Central Bank's rate of the last day of the quarter, or else of the next day with a rate
(article 369h; the same words in article 366: https://datenbank.nwb.de/Dokument/Anzeigen/452295_Article366/). A
correction has the rate of the quarter that it corrects, so that it takes back what was declared: the article does not
say so, and this is not verified.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from invoices.booked import Entry
from invoices.exchange import EURO, Rates
from rules.sale import ZERO, to_cent

COLUMNS = ("quarter", "corrects", "country", "rate", "currency", "documents", "net", "vat", "registered")
IN_EURO = ("net_eur", "vat_eur", "rate_day", "rate_of_euro")
"""Empty: no rate is known, because the quarter is not over, or none was fetched."""
Key = tuple[str, str, str, str, str]


def figures(
    found: Iterable[Entry], registered_in: Collection[str], rates: Rates | None
) -> Iterator[tuple[object, ...]]:
    """A row for each, in order. `rates`: the European Central Bank's."""
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
        euros = _in_euro(key[1] or key[0], key[4], net, vat, rates)
        yield (*key, len(numbers), net, vat, "yes" if key[2] in registered_in else "", *euros)


def _in_euro(quarter: str, currency: str, net: Decimal, vat: Decimal, rates: Rates | None) -> tuple[object, ...]:
    if currency == EURO:
        return (net, vat, "", "")
    found = rates.since(_last_day(quarter), currency) if rates else None
    if found is None:
        return ("", "", "", "")
    day, cost = found
    return (to_cent(net / cost), to_cent(vat / cost), day, cost)


def _last_day(quarter: str) -> date:
    year, number = int(quarter[:4]), int(quarter[-1])
    return date(year + number // 4, number * 3 % 12 + 1, 1) - timedelta(days=1)


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
