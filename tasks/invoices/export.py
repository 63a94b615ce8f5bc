"""Export: documents as files. A file is there whole or not at all, is readable by its owner only, and is never
written over another one."""

import csv
import errno
import filecmp
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import file_digest
from io import TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from invoices.document import Unmakeable
from invoices.vault import Vault
from ledger import document_reports, documents
from ledger.database import Connection, Ledger
from ledger.documents import Content, Document
from rules.text import harmless
from settings.marketplaces import marketplace_of
from tasks.invoices.present import pdf, xml
from tasks.not_done import NotDone

READERS: dict[str, Callable[[Vault, Document, Content], bytes]] = {"pdf": pdf, "xml": xml}
COLUMNS = (
    *("kind", "number", "date", "order_id", "marketplace", "currency"),
    *("net", "vat", "gross", "original", "sha256"),
)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MARK = 8  # hexadecimal digits of a file's hash: they tell apart two files that would have one name


@dataclass(frozen=True, slots=True)
class Wish:
    """Which documents: days of issue, both included; of these orders alone, if there are any."""

    since: date | None = None
    until: date | None = None
    order_ids: Sequence[str] = ()


@dataclass(slots=True)
class Exported:
    """What became of the documents. `left_out`: which, and why."""

    written: int = 0
    there: int = 0  # were there already, with the same bytes
    left_out: list[tuple[str, str]] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)  # whose documents were found

    def count(self, documents: int, *, new: bool) -> None:
        """So many documents are in a file that is new, or was there already."""
        if new:
            self.written += documents
        else:
            self.there += documents


def export(ledger: Ledger, vault: Vault, seller: str, folder: Path, form: str, wish: Wish, done: Exported) -> None:
    """The seller's documents into the folder as NUMBER.pdf or NUMBER.xml. Raises NotDone."""
    with ledger.read() as connection:
        for document, _original in made(connection, seller, wish):
            done.orders.add(document.order_id)
            number = str(document.number)
            try:
                found = READERS[form](vault, document, documents.content(connection, seller, document.key))
            except Unmakeable as why:
                done.left_out.append((number, why.detail))
                continue
            done.count(1, new=write(folder, f"{safe(number)}.{form}", partial(put, found)))


def export_csv(ledger: Ledger, seller: str, folder: Path, wish: Wish, done: Exported) -> None:
    """A line for each document, without the buyer's data: `net` = `gross` − `vat`; a credit note's are negative.

    Raises NotDone.
    """
    found: list[str] = []

    def lines() -> Iterator[tuple[object, ...]]:
        with ledger.read() as connection:
            for document, original in made(connection, seller, wish):
                found.append(document.order_id)
                yield _line(document, original)

    new = write(folder, f"{name_of('documents', wish)}.csv", partial(write_csv, COLUMNS, lines()))
    done.count(len(found), new=new)
    done.orders.update(found)


def write(folder: Path, name: str, content: Callable[[IO[bytes]], object]) -> bool:
    """Write a new file. False: it is there already. Another file of that name stays; then the new one has a mark.

    Raises NotDone.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".askonce-", delete=False) as file:  # for its owner only
            half = Path(file.name)
            try:
                content(file)
                file.flush()
                os.fsync(file.fileno())
                return _named(half, folder / name)
            finally:
                half.unlink(missing_ok=True)
    except OSError as error:
        raise NotDone(f"{folder}: {error.strerror}. {_remedy(error, folder)}") from None


def put(data: bytes, file: IO[bytes]) -> None:
    """The content of a file that is at hand."""
    file.write(data)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], file: IO[bytes]) -> None:
    """The content of a CSV file. No text in it is run as a formula."""
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([harmless(each) if isinstance(each, str) else each for each in row] for row in rows)
    text.flush()
    text.detach()


def name_of(what: str, wish: Wish) -> str:
    """The name of a file with several documents, without its ending: of which days they are."""
    return "_".join((what, *(str(day) for day in (wish.since, wish.until) if day)))


def safe(number: str) -> str:
    """A document's number as a file name: what a file system may refuse is replaced."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", number).lstrip(".") or "document"


def _named(half: Path, target: Path) -> bool:
    with half.open("rb") as written:
        mark = file_digest(written, "sha256").hexdigest()[:_MARK]
    for path in (target, target.with_name(f"{target.stem}-{mark}{target.suffix}")):
        if not path.exists():
            half.rename(path)
            return True
        if filecmp.cmp(half, path, shallow=False):
            return False
    raise FileExistsError(errno.EEXIST, f"other files are named {target.name} and {path.name}")


def _remedy(error: OSError, folder: Path) -> str:
    if error.errno in _NO_SPACE:
        return f"No half file is left. Free some space, then type it again: df -h {folder}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Type: chmod u+w {folder}, or name another folder"
    return "Name another folder"


def made(connection: Connection, seller: str, wish: Wish) -> Iterator[tuple[Document, str | None]]:
    """The documents that are wished for, and the numbers of the invoices that they take back."""
    return document_reports.made(connection, [seller], since=wish.since, until=wish.until, order_ids=wish.order_ids)


def _line(document: Document, original: str | None) -> tuple[object, ...]:
    sign = -1 if document.is_credit_note else 1
    assert document.total is not None
    gross, vat = sign * document.total, None if document.vat is None else sign * document.vat + 0  # no -0.00
    market = marketplace_of(document.facts.order.marketplace_id)
    amounts = (None if vat is None else gross - vat, vat, gross)
    place = (document.order_id, market.code if market else None, document.currency)
    return (document.key.action, document.number, document.issued_on, *place, *amounts, original, document.sha256)
