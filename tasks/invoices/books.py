"""Export for the accountant: a sales ledger, the figures of the one-stop shop, DATEV, a FEC, and all of it in one file.

What the documents say is read from their sealed records; of those of the seller's bookkeeping only the sums are known.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import IO
from zipfile import ZipFile, ZipInfo

from invoices import datev, fec, oss
from invoices.booked import Entry, entries
from invoices.datev import Batch, NotBookable
from invoices.document import Kind, Unmakeable
from invoices.vault import Vault
from ledger import documents
from ledger.database import Ledger
from ledger.documents import Document
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks.invoices import official_rates
from tasks.invoices.export import Exported, Wish, made, name_of, put, safe, write, write_csv
from tasks.invoices.kept import record_of
from tasks.invoices.present import pdf
from tasks.not_done import NotDone

LEDGER = (
    *("kind", "number", "date", "supplied", "order_id", "marketplace", "country", "customer", "buyer_vat_number"),
    *("category", "rate", "currency", "net", "vat", "rounding", "gross", "original"),
)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same documents make the same zip file


@dataclass(frozen=True, slots=True)
class Books:
    """Whose documents, and where they are."""

    ledger: Ledger
    vault: Vault
    seller: Seller
    wish: Wish
    done: Exported

    def documents(self) -> Iterator[tuple[Document, list[Entry]]]:
        """Each with its entries. What cannot be read is left out, and said."""
        with self.ledger.read() as connection:
            for document, original in made(connection, self.seller.name, self.wish):
                self.done.orders.add(document.order_id)
                content = documents.content(connection, self.seller.name, document.key)
                try:
                    if content.record is None and document.kept:
                        yield document, [_sums(document, original)]
                    else:
                        record = record_of(self.vault, document, content)
                        yield document, list(entries(record, business=document.business))
                except Unmakeable as why:
                    self.done.left_out.append((str(document.number), why.detail))

    def bookable(self, must_be: Callable[[Sequence[Entry]], None]) -> Iterator[Entry]:
        """The entries of those that can be booked; the others are left out whole."""
        for document, found in self.documents():
            try:
                must_be(found)
            except NotBookable as why:
                self.done.left_out.append((str(document.number), str(why)))
            else:
                yield from found


def export_ledger(books: Books, folder: Path, _now: datetime) -> None:
    """A line for each document and rate, whose `gross` adds up to what was invoiced."""
    found = list(books.documents())
    rows = (row for document, each in found for row in _ledger(document, each))
    new = write(folder, f"{name_of('sales_ledger', books.wish)}.csv", partial(write_csv, LEDGER, rows))
    _count(books.done, [entry for _, each in found for entry in each], new)


def export_oss(books: Books, folder: Path, _now: datetime) -> None:
    """Sums by quarter, country, rate and currency."""
    seller = books.seller.invoices.seller
    found = [entry for _, each in books.documents() for entry in each]
    try:
        rates = official_rates.of_the_bank(books.ledger, books.seller.invoices.exchange_rates)
    except Unmakeable as why:
        raise NotDone(f"{books.seller.name}: {why.detail}") from None
    rows = oss.figures(found, seller.vat_numbers if seller else (), rates)
    columns = (*oss.COLUMNS, *oss.IN_EURO)
    new = write(folder, f"{name_of('oss', books.wish)}.csv", partial(write_csv, columns, rows))
    _count(books.done, found, new)


def export_datev(books: Books, folder: Path, now: datetime) -> None:
    """A posting batch for each calendar year. Raises NotDone."""
    settings = books.seller.invoices.books
    for year, found in _by_year(books.bookable(partial(datev.must_be_bookable, settings))):
        first, last = _days(books.wish, year)
        try:
            data = datev.batch(Batch(settings, first, last, now), found)
        except NotBookable as why:
            raise NotDone(f"{books.seller.name}: {why}") from None
        _count(books.done, found, write(folder, f"EXTF_Buchungsstapel_{first}_{last}.csv", partial(put, data)))


def export_fec(books: Books, folder: Path, _now: datetime) -> None:
    """A sales journal for each calendar year. Raises NotDone."""
    settings = books.seller.invoices.books
    if settings.siren is None:
        raise NotDone(f"{books.seller.name}: the settings need books.siren")
    for year, found in _by_year(books.bookable(partial(fec.must_be_bookable, settings))):
        _, last = _days(books.wish, year)
        data = fec.journal(settings, found)
        _count(books.done, found, write(folder, f"{settings.siren}FEC{last:%Y%m%d}.txt", partial(put, data)))


def export_zip(books: Books, folder: Path, _now: datetime) -> None:
    """The PDFs and the sales ledger in one file: a month's, with the days of a month. Raises NotDone."""
    found: list[Entry] = []
    new = write(folder, f"{name_of('invoices', books.wish)}.zip", partial(_bundle, books, found))
    _count(books.done, found, new)


FORMS: Mapping[str, Callable[[Books, Path, datetime], None]] = {
    "ledger": export_ledger,
    "oss": export_oss,
    "datev": export_datev,
    "fec": export_fec,
    "zip": export_zip,
}


def _bundle(books: Books, every: list[Entry], file: IO[bytes]) -> None:
    """Also adds what is in it to `every`."""
    rows: list[Sequence[object]] = []
    with ZipFile(file, "w") as bundle:
        for document, found in books.documents():
            with books.ledger.read() as connection:
                content = documents.content(connection, books.seller.name, document.key)
            try:
                data = pdf(books.vault, document, content)
            except Unmakeable as why:
                books.done.left_out.append((str(document.number), why.detail))
            else:
                bundle.writestr(ZipInfo(f"pdf/{safe(str(document.number))}.pdf", _EPOCH), data)
                every += found
            rows += _ledger(document, found)
        with bundle.open(ZipInfo("sales_ledger.csv", _EPOCH), "w") as opened:
            write_csv(LEDGER, rows, opened)


def _sums(document: Document, original: str | None) -> Entry:
    """What is known of a document of the seller's bookkeeping."""
    assert document.total is not None
    assert document.issued_on
    assert document.currency
    sign = -1 if document.is_credit_note else 1
    vat = None if document.vat is None else sign * document.vat
    gross = sign * document.total
    return Entry(
        kind=Kind(document.key.action),
        number=str(document.number),
        issued_on=document.issued_on,
        order_id=document.order_id,
        currency=document.currency,
        net=None if vat is None else gross - vat,
        vat=vat,
        gross=gross,
        business=document.business,
        original=original,
    )


def _ledger(document: Document, found: Iterable[Entry]) -> Iterator[tuple[object, ...]]:
    market = marketplace_of(document.facts.order.marketplace_id)
    for each in found:
        yield (
            *(each.kind, each.number, each.issued_on, each.supplied_on, each.order_id, market.code if market else None),
            *(each.country, "business" if each.business else "consumer", each.buyer_vat_number, each.category),
            *(each.rate_text, each.currency, each.net, each.vat, each.rounding, each.gross, each.original),
        )


def _by_year(found: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    """By day of issue, as they come."""
    for year, of in groupby(found, lambda entry: entry.issued_on.year):
        yield year, list(of)


def _days(wish: Wish, year: int) -> tuple[date, date]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    return max(wish.since or first, first), min(wish.until or last, last)


def _count(done: Exported, found: Iterable[Entry], new: bool) -> None:
    done.count(len({each.number for each in found}), new=new)
