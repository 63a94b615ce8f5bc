"""Check, the part about what the law of the seller's country wants on an invoice, and only the seller can write."""

from collections.abc import Iterator

from invoices import words
from invoices.customs import missing
from invoices.vat import texts_of
from settings.schema import Seller
from tasks.check.seller import Check, Outcome


def check_particulars(seller: Seller) -> Iterator[Check]:
    """What is not found in the footer, by marketplace. Whether this seller needs it is not known."""
    wish = seller.invoices
    if wish.source != "generate" or wish.seller is None or seller.region != "eu":
        return
    lacking: dict[str, list[str]] = {}
    for code in seller.invoice_marketplaces:
        footer = texts_of(wish, code, words.language(None, code)).footer or wish.footer
        for each in missing(wish.seller.country, footer):
            lacking.setdefault(f"{each.what} ({each.source})", []).append(code)
    name = f"{seller.name}: particulars of invoices"
    if not lacking:
        yield Check(name, Outcome.PASS, "the footer has what registered businesses of the country print")
        return
    said = "; ".join(f"{', '.join(codes)}: {what}" for what, codes in lacking.items())
    yield Check(
        name, Outcome.UNKNOWN, f"not found in the footer: {said}", "add it to footer, unless your law frees you"
    )
