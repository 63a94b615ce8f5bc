"""Documents as files: the PDF of one, shown beside the list, and a month of them for the accountant."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import documents
from ledger.state import Action
from rules.readable import said
from tasks.invoices.books import Books, export_zip
from tasks.invoices.export import Exported, Wish, safe
from tasks.invoices.listing import chosen
from tasks.invoices.present import pdf
from tasks.not_done import NotDone
from web.pages import Download, File, Look, Missing
from web.person import Role

_PIECE = 1 << 16  # bytes


def as_pdf(look: Look) -> File:
    """The PDF of the one document that is meant."""
    action, part = look.query.get("action", Action.INVOICE.value), look.query.get("part")
    try:
        document = chosen(look.app.ledger, list(look.chosen), look.path["order_id"], action, part)
    except NotDone:
        raise Missing from None
    if not document.kept:
        raise NotDone(said("{number} is no longer kept: its legal period is over", number=document.number or ""))
    with look.app.ledger.read() as connection:
        content = documents.content(connection, document.seller, document.key)
    try:
        data = pdf(vault(look), document, content)
    except Unmakeable as why:
        raise NotDone(why.detail) from None
    return File(f"{safe(str(document.number))}.pdf", "application/pdf", [data], beside=True)


def as_zip(look: Look) -> File:
    """The PDFs of a month and the sales ledger, as `askonce invoice export --to FOLDER --format zip` makes them."""
    if len(look.chosen) != 1:
        raise NotDone(said("Say whose documents: choose a seller."))
    first = _month(look.query.get("month", ""))
    (name, seller), *_ = look.chosen.items()
    last = first.replace(day=monthrange(first.year, first.month)[1])
    books = Books(look.app.ledger, vault(look), seller, Wish(first, last), Exported())
    return File(f"{name}_{first:%Y-%m}.zip", "application/zip", _bundle(books, look))


def _bundle(books: Books, look: Look) -> Iterator[bytes]:
    """What could not be put into it is named in it."""
    with TemporaryDirectory(prefix="askonce-") as folder:
        export_zip(books, Path(folder), look.now)
        if not books.done.orders:
            raise NotDone(said("No document was made in that month."))
        (made,) = Path(folder).glob("*.zip")
        if books.done.left_out:
            with ZipFile(made, "a") as bundle:
                bundle.writestr("left_out.txt", "".join(f"{what}: {why}\n" for what, why in books.done.left_out))
        with made.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _month(value: str) -> date:
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        raise NotDone(said("Say which month, as 2026-11.")) from None


def vault(look: Look) -> Vault:
    """Where documents are kept. Raises NotDone."""
    if look.app.vault is None:
        raise NotDone(said("INVOICE_KEY is not set, and documents are kept encrypted"))
    return look.app.vault


PDF = Download("/invoices/{order_id}.pdf", as_pdf, role=Role.OPERATOR, is_by_seller=True)
MONTH = Download("/invoices/month.zip", as_zip, role=Role.OPERATOR, is_by_seller=True)
