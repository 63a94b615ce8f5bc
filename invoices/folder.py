"""Invoices that the seller's bookkeeping makes: PDFs in a folder, each named after its Amazon order."""

import os
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from invoices import said
from invoices.compared import Buyers
from invoices.document import Kind, Unmakeable
from invoices.folder_pdf import FolderPdf, Found, ambiguous, read, unusable
from rules.order import Money
from rules.reason import Reason

FRESH = 2.0
"""Seconds for which a look serves although the folder's time stands still: some file systems count in whole ones."""

_MOST_COPIES = 10


def find(folder: Path, order_id: str) -> Found:
    """`Look.find` in this folder, without what is known of the order."""
    return look(folder).find(order_id)


@lru_cache(maxsize=1000)
def look(folder: Path) -> "Look":
    """The look through this folder that all orders of this process share."""
    return Look(folder)


class Look:
    """What lies directly in a folder, by the orders in the files' names. The folder is read again when it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] = {}  # by order
        self._sizes: dict[int, list[str]] = {}  # those of orders, by their bytes
        self._others: list[str] = []
        self._state: tuple[int, float] = (0, -FRESH)

    def find(
        self,
        order_id: str,
        value: Money | None = None,
        now: datetime | None = None,
        *,
        kind: Kind = Kind.INVOICE,
        taken: Collection[str] = (),
        buyers: Buyers = tuple,
    ) -> Found:
        """The order's PDF: one, or several that are alike.

        Number, total and VAT are those of the XML inside, if there is one, which must not contradict the name, the
        order, its `value` or its `buyers`. Else the name has the number: `INV-7_171-1234567-1234567.pdf` is INV-7.
        `now` ends the wait for a PDF that is being written. Only an XML says that a PDF is a credit note; of several,
        that over `value` is taken. `taken`: the numbers of the order's other documents, whose PDFs are passed over.
        Raises Unmakeable (pdf_missing, pdf_ambiguous, pdf_unusable).
        """
        lying = self._lying(order_id, now)
        if kind is Kind.CREDIT_NOTE:
            lying = _credit_notes(lying, order_id, value, taken)
        elif taken:
            lying = [each for each in lying if each.known_number not in taken]
            if not lying:
                raise _missing(f"no other PDF in the invoice folder has {order_id} in its name")
        if len(lying) > 1:
            lying = [each for each in lying if each.kind is kind] or lying
        if len(lying) > 1:
            raise ambiguous(f"{len(lying)} PDFs in the invoice folder have {order_id} in the name")
        return lying[0].found(kind, value, buyers)

    def written(self, since: datetime) -> Iterator[tuple[str, frozenset[str]]]:
        """The name of each PDF that was written since then, and the ids of orders in it. Raises OSError."""
        self._refresh()
        for name in sorted({*self._others, *(name for names in self._names.values() for name in names)}):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp((self._folder / name).stat().st_mtime, UTC) >= since:
                    yield name, frozenset(said.ORDER_ID.findall(name))

    def _lying(self, order_id: str, now: datetime | None) -> list[FolderPdf]:
        """What lies there for the order, the same bytes once. Raises Unmakeable."""
        names = self._of(order_id)
        if len(names) > _MOST_COPIES:
            raise ambiguous(f"{len(names)} PDFs in the invoice folder have {order_id} in the name")
        stems: defaultdict[bytes, list[str]] = defaultdict(list)
        for name in names:
            stems[read(self._folder / name, now)].append(Path(name).stem)
        if any(self._is_of_another(names, pdf) for pdf in stems):
            raise unusable("the same PDF lies in the invoice folder for another order, too")
        return [FolderPdf(order_id, *each) for each in stems.items()]

    def _is_of_another(self, names: Collection[str], pdf: bytes) -> bool:
        others = [name for name in self._sizes.get(len(pdf), ()) if name not in names]
        with suppress(OSError):
            return any((self._folder / name).read_bytes() == pdf for name in others)
        return False

    def _of(self, order_id: str) -> list[str]:
        try:
            self._refresh()
            wanted = re.compile(rf"(?<!\d){re.escape(order_id)}(?!\d)")
            known = said.ORDER_ID.fullmatch(order_id)
            names = self._names.get(order_id, []) if known else [each for each in self._others if wanted.search(each)]
            found = [name for name in names if (self._folder / name).is_file()]
        except OSError as error:
            raise _missing(f"the invoice folder cannot be read: {error.strerror}") from error
        if not found:
            raise _missing(f"no PDF in the invoice folder has {order_id} in its name")
        if any(len(set(said.ORDER_ID.findall(name))) > 1 for name in found):
            raise ambiguous("a PDF in the invoice folder has the ids of several orders in its name")
        return found

    def _refresh(self) -> None:
        changed, looked = self._folder.stat().st_mtime_ns, time.monotonic()
        if changed == self._state[0] and looked < self._state[1] + FRESH:
            return
        names: defaultdict[str, list[str]] = defaultdict(list)
        sizes: defaultdict[int, list[str]] = defaultdict(list)
        others: list[str] = []
        with os.scandir(self._folder) as entries:
            pdfs = sorted((entry.name, _size(entry)) for entry in entries if _is_pdf(entry.name))
        for name, size in pdfs:
            orders = set(said.ORDER_ID.findall(name))
            for order_id in orders:
                names[order_id].append(name)
            if orders:
                sizes[size].append(name)
            else:
                others.append(name)
        self._names, self._sizes, self._others, self._state = names, sizes, others, (changed, looked)


def _credit_notes(
    lying: list[FolderPdf], order_id: str, value: Money | None, taken: Collection[str]
) -> list[FolderPdf]:
    """The credit note over that amount; of several, which are alike, that of the lowest number. Raises Unmakeable."""
    notes = [each for each in lying if each.kind is Kind.CREDIT_NOTE and each.known_number not in taken]
    if not notes:
        raise _missing(f"no credit note in the invoice folder has {order_id} in its name")
    found = [each for each in notes if value is None or each.total in (None, value.amount)]
    if not found:
        amounts = ", ".join(sorted(str(each.total) for each in notes))
        raise _missing(f"the credit notes of {order_id} in the invoice folder are over {amounts}")
    return sorted(found, key=lambda each: each.known_number or "")[:1]


def _missing(detail: str) -> Unmakeable:
    return Unmakeable(Reason.PDF_MISSING, detail)


def _is_pdf(name: str) -> bool:
    """Not those hidden, which programs put beside a file while they write it."""
    return name.lower().endswith(".pdf") and not name.startswith((".", "~"))


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except OSError:  # gone meanwhile, or a link to nothing
        return 0
