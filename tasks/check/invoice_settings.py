"""Check, the part about invoices that shows before the first order: whose name is printed, at which VAT, and what the
folder lacks."""

from collections.abc import Iterator
from typing import Any

from invoices.places import place_of
from invoices.taxed import Route
from ledger.document_reports import Counts
from rules.reason import Reason
from settings.invoices import Invoices, InvoiceSeller
from settings.schema import Seller
from settings.small import no_vat
from tasks.check.seller import Check, Outcome


def check_invoice_settings(seller: Seller, known: Counts) -> Iterator[Check]:
    """What in the settings would hold the invoices, or spoil them."""
    if seller.invoices.source == "folder":
        yield from _missing_files(seller, known)
        return
    yield from _examples(seller)
    yield from _rates(seller, known)


def _missing_files(seller: Seller, known: Counts) -> Iterator[Check]:
    name = f"{seller.name}: missing PDFs"
    if missing := known.by_reason.get(Reason.PDF_MISSING):
        detail = f"{missing} documents wait for a PDF in {seller.invoices.folder}"
        yield Check(name, Outcome.UNKNOWN, detail, "put them there, with the order's id in the name")
    else:
        yield Check(name, Outcome.PASS, "none is waited for")


def _examples(seller: Seller) -> Iterator[Check]:
    """What stands in the documentation for a seller must not be printed on invoices."""
    printed = seller.invoices.seller
    if printed is None:
        return
    name, said = f"{seller.name}: as printed", []
    if printed.name in _example(InvoiceSeller, "name"):
        said.append(f"seller.name = {printed.name!r}")
    numbers = {number for example in _example(InvoiceSeller, "vat_numbers") for number in example.values()}
    said += [f"the VAT number {number}" for number in printed.vat_numbers.values() if number in numbers]
    address = {name: getattr(printed, name) for name in ("lines", "postal_code", "city")}
    if all(value in map(type(value), _example(InvoiceSeller, name)) for name, value in address.items()):
        said.append(f"the address {', '.join(printed.lines)}, {printed.postal_code} {printed.city}")
    foot = {line for example in _example(Invoices, "footer") for line in example}
    said += [f"the footer {line!r}" for line in seller.invoices.footer if line in foot]
    if said:
        detail = f"the documentation's example would stand on real invoices: {', '.join(said)}"
        yield Check(name, Outcome.FAIL, detail, f"put your own under [sellers.{seller.name}.invoices]")
    else:
        yield Check(name, Outcome.PASS, f"{printed.name}, {printed.postal_code} {printed.city}")


def _example(model: type[InvoiceSeller | Invoices], field: str) -> list[Any]:
    return list(model.model_fields[field].examples or [])


def _rates(seller: Seller, known: Counts) -> Iterator[Check]:
    """Is there a VAT rate for each marketplace? Whether Amazon says the VAT itself shows when an invoice is made."""
    wish = seller.invoices
    if seller.region != "eu" or wish.vat_calculation_service or no_vat(wish):
        return
    name = f"{seller.name}: VAT rates"
    missing = [country for country in _taxed_in(seller) if not _has_rate(wish, country)]
    if missing and (not known.taken or Reason.TAX_DATA_MISSING in known.by_reason):
        rates = ", ".join(f"{country} = …" for country in missing)
        detail = f"there is none for {', '.join(missing)}: an order whose VAT Amazon does not say is held"
        yield Check(name, Outcome.FAIL, detail, f"vat_rates = {{ {rates} }} with your rates; or exemption = …")
    elif missing:
        yield Check(name, Outcome.PASS, f"none for {', '.join(missing)}; so far Amazon has said the VAT")
    else:
        yield Check(name, Outcome.PASS, "there is one for each marketplace")


def _taxed_in(seller: Seller) -> list[str]:
    """The countries whose VAT deliveries within the seller's marketplaces have; exports have none."""
    wish, printed = seller.invoices, seller.invoices.seller
    if printed is None:
        return []
    home = place_of(printed.country, printed.postal_code, printed.city)
    found = []
    for code in seller.invoice_marketplaces:
        there = place_of(code)
        route = Route(home, there, there.country in printed.vat_numbers)
        country = (home if wish.distance_sales == "home" and route.crosses else there).country
        if country and not route.leaves and country not in found:
            found.append(country)
    return found


def _has_rate(wish: Invoices, country: str) -> bool:
    return country in wish.vat_rates or any(country in each.rates for each in wish.sku_vat_rates)
