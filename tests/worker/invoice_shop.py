"""A seller's folder with real documents in its ledger, in which commands are typed."""

import json
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from pypdf import PdfWriter

from ledger import history
from ledger.database import open_ledger
from ledger.state import Action
from tests.tasks.bookkeeping import ENVIRONMENT, SETTINGS, Shelf
from tests.worker.seller_folder import SELLER, toml
from worker.commands import askonce

ORDER, OTHER = "403-0000001-0000001", "403-0000002-0000002"
SUMS = ("sent", "waiting", "skipped", "refused", "held")


@dataclass(frozen=True)
class InvoiceShop:
    """A seller's folder, in which commands are typed."""

    folder: Path
    shelf: Shelf
    environ: dict[str, str]

    def types(self, *words: str, expect: int = 0, typed: str | None = None, **environ: str) -> Result:
        with chdir(self.folder):
            done = CliRunner().invoke(askonce, words, env=self.environ | environ, input=typed)
        assert done.exit_code == expect, f"{done.output}\n{done.exception!r}"
        return done

    def json(self, *words: str, expect: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.types(*words, "--json", expect=expect).stdout)
        return found

    def wants(self, more: str = "", name: str = SELLER) -> None:
        with (self.folder / "sellers.toml").open("a") as file:
            file.write(SETTINGS.format(name=name, more=more))


@contextmanager
def opened(url: str, folder: Path, *names: str) -> Iterator[InvoiceShop]:
    (folder / "sellers.toml").write_text(toml(*(names or (SELLER,))))
    ledger = open_ledger(url, durable=False)
    made = InvoiceShop(folder, Shelf(ledger), {"DATABASE_URL": url, **ENVIRONMENT})
    for name in names or (SELLER,):
        made.wants(name=name)
    yield made
    with ledger.read() as connection:
        assert history.broken_invariants(connection) == {}
    ledger.close()


def credited(shelf: Shelf, order_id: str, part: str = "refund-1", total: str = "9.90") -> str:
    return shelf.sent(order_id, kind=Action.CREDIT_NOTE, part=part, total=total, vat="1.65")


def blank_pdf() -> bytes:
    """As the seller's bookkeeping makes them: without an XML."""
    writer, written = PdfWriter(), BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(written)
    return written.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
