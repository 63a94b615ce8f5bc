"""Check, the part about invoices: does the key open what is kept, is the folder there, and does Amazon take them?"""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import controls, document_reports
from ledger.database import Ledger
from rules.readable import moment
from rules.reason import Reason
from settings.schema import Seller
from tasks.check.exchange_rates import check_exchange_rates
from tasks.check.invoice_settings import check_invoice_settings
from tasks.check.particulars import check_particulars
from tasks.check.seller import Check, Outcome
from tasks.invoices.pending import EVERY, reading
from tasks.invoices.present import pdf
from tasks.invoices.unmatched import unmatched

ROLES = {
    "eu": "Tax Invoicing (restricted), and Direct-to-Consumer Shipping (restricted) for addresses",
    "na": "Buyer Communication, Product Listing, and Direct-to-Consumer Shipping (restricted) for addresses",
}
"""What the calls for invoices need, by region (SP-API docs, "Role mappings")."""
LIST_TOO_OLD = 3 * EVERY
SHOWN = 3
"""So many files are named."""


def check_invoices(ledger: Ledger, seller: Seller, vault: Vault | None, now: datetime) -> Iterator[Check]:
    """All that must be right before a seller's invoices can be made and sent. `vault` None: there is no key."""
    if not seller.invoices.enabled:
        return
    with ledger.read() as connection:
        known = document_reports.for_check(connection, seller.name, now)
        stopped = [stop for stop in controls.stops(connection, now) if stop.reason is Reason.INVOICES_NOT_AUTHORISED]
    stop = next((stop for stop in stopped if stop.scope == seller.name), None)
    yield _key(ledger, seller, vault)
    yield from _files(seller)
    yield from _unmatched(ledger, seller)
    yield from check_exchange_rates(ledger, seller, now)
    yield from check_invoice_settings(seller, known)
    yield _roles(seller, known, stop.detail if stop else None)
    yield _mode(seller, known)
    yield from check_particulars(seller)
    if seller.invoices.vat_calculation_service:
        yield _pending(ledger, seller, known, now)
    yield _business(seller, known)


def _key(ledger: Ledger, seller: Seller, vault: Vault | None) -> Check:
    name = f"{seller.name}: INVOICE_KEY"
    with ledger.read() as connection:
        kept = document_reports.oldest_and_newest_kept(connection, seller.name)
    if vault is None:
        return Check(name, Outcome.FAIL, "it is not set", "set INVOICE_KEY in .env")
    if not kept:
        return Check(name, Outcome.PASS, "it is set; no document is kept yet. Back it up: without it none can be read")
    for document, content in kept:
        try:
            pdf(vault, document, content)
        except Unmakeable as why:
            remedy = "set INVOICE_KEY in .env to the key of that time, from your backup"
            return Check(name, Outcome.FAIL, why.detail, remedy)
    return Check(name, Outcome.PASS, "it opens the oldest and the newest document that are kept")


def _files(seller: Seller) -> Iterator[Check]:
    """The folder and the logo, as this user, on this machine."""
    wish = seller.invoices
    for what, path in (("folder", wish.folder if wish.source == "folder" else None), ("logo", wish.logo)):
        if path is None:
            continue
        name = f"{seller.name}: invoice {what}"
        try:
            if what == "folder":
                next(path.iterdir(), None)
            else:
                path.read_bytes()
        except OSError as error:
            remedy = f"make it readable for the user that askonce runs as: chmod a+rX {path}"
            yield Check(name, Outcome.FAIL, f"{path}: {error.strerror}", remedy)
        else:
            yield Check(name, Outcome.PASS, f"{path} can be read")
    if (out := wish.xml_folder) and not (out.is_dir() and os.access(out, os.W_OK | os.X_OK)):
        remedy = f"make it, and writable for the user that askonce runs as: mkdir -p {out}"
        yield Check(f"{seller.name}: XML folder", Outcome.FAIL, f"{out}: no folder that can be written", remedy)
    elif out:
        yield Check(f"{seller.name}: XML folder", Outcome.PASS, f"{out} can be written")


def _unmatched(ledger: Ledger, seller: Seller) -> Iterator[Check]:
    """PDFs that fit no order. A folder that cannot be read is said elsewhere."""
    if seller.invoices.source != "folder":
        return
    with ledger.read() as connection, suppress(OSError):
        names = unmatched(connection, seller)
        name = f"{seller.name}: PDFs without an order"
        if not names:
            yield Check(name, Outcome.PASS, "each PDF has the id of an order that is known")
            return
        detail = f"{len(names)} fit no order: {', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''}"
        yield Check(name, Outcome.UNKNOWN, detail, "rename them after their orders; all of them: askonce invoice list")


def _roles(seller: Seller, known: document_reports.Counts, refused: str | None) -> Check:
    """A role shows only when a call needs it, so the ledger is asked what became of the calls."""
    name, roles = f"{seller.name}: roles for invoices", ROLES[seller.region]
    grant = f"give the app these roles, authorise it again, then askonce resume --seller {seller.name}: {roles}"
    if refused is not None:
        return Check(name, Outcome.FAIL, f"{Reason.INVOICES_NOT_AUTHORISED.meaning}. {refused}".strip(), grant)
    if missing := known.by_reason.get(Reason.BUYER_DATA_MISSING):
        detail = f"{missing} invoices wait: {Reason.BUYER_DATA_MISSING.meaning}"
        return Check(name, Outcome.FAIL, detail, grant)
    if known.taken:
        return Check(name, Outcome.PASS, f"Amazon has taken {known.taken} documents")
    return Check(name, Outcome.UNKNOWN, f"not tried yet. Needed: {roles}", "check again when the first invoice is sent")


def _mode(seller: Seller, known: document_reports.Counts) -> Check:
    """Who makes the account's invoices: Amazon's three modes must never be mixed."""
    name = f"{seller.name}: who invoices"
    if known.refused_by_amazon:
        detail = f"Amazon refused {known.refused_by_amazon} uploads (79525): it makes this account's invoices itself"
        remedy = "set enabled = false under invoices; or choose in Seller Central to upload your own"
        return Check(name, Outcome.FAIL, detail, remedy)
    service = seller.invoices.vat_calculation_service
    mode = (
        "with the VAT of Amazon's VAT Calculation Service" if service else "with the VAT of Amazon, or of the settings"
    )
    theirs = known.by_reason.get(Reason.INVOICED_BY_AMAZON, 0)
    if theirs and not known.taken:
        detail = f"you, {mode}; but Amazon made those of {theirs} orders itself, and took none of yours"
        remedy = "if Amazon makes them all, set enabled = false under invoices"
        return Check(name, Outcome.UNKNOWN, detail, remedy)
    rest = f"; Amazon made those of {theirs} orders itself" if theirs else ""
    return Check(name, Outcome.PASS, f"you, {mode}{rest}")


def _pending(ledger: Ledger, seller: Seller, known: document_reports.Counts, now: datetime) -> Check:
    """Amazon's list of the documents it misses, and what it says of those that were sent."""
    name = f"{seller.name}: pending invoices"
    with ledger.read() as connection:
        last = reading(connection, seller.name)
    if last.error:
        return Check(
            name, Outcome.FAIL, last.error, "give the app the role Tax Invoicing; then askonce sweep --dry-run"
        )
    if not last.as_of:
        return Check(name, Outcome.UNKNOWN, "Amazon's list was never read", "askonce sweep")
    as_of = datetime.fromisoformat(last.as_of)
    if now - as_of > LIST_TOO_OLD:
        return Check(name, Outcome.FAIL, f"last read {moment(as_of, seller.zone)}", "is a worker running? askonce run")
    if still := known.by_reason.get(Reason.STILL_PENDING):
        return Check(name, Outcome.FAIL, f"{still}: {Reason.STILL_PENDING.meaning}", Reason.STILL_PENDING.remedy)
    return Check(name, Outcome.PASS, f"read {moment(as_of, seller.zone)}; none that was sent is missing")


def _business(seller: Seller, known: document_reports.Counts) -> Check:
    name = f"{seller.name}: business invoices"
    if known.overdue:
        detail = f"{known.overdue} are late: Amazon wants them by the end of the working day after shipping"
        return Check(name, Outcome.FAIL, detail, f"see why: askonce plan --seller {seller.name}")
    return Check(name, Outcome.PASS, "none is late")
