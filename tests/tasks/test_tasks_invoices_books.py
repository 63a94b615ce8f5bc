"""Export for the accountant, of documents that were really made: all sums are those that were invoiced, to the cent."""

import csv
import stat
from dataclasses import replace
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from invoices.vault import Vault
from ledger import document_reports
from marketplace.simulator.sim_sale import SimPrice
from tasks.invoices import books
from tasks.invoices.export import Exported, Wish
from tasks.not_done import NotDone
from tests.tasks.invoice_workshop import DE, JEAN, KEY, MUG, InvoiceWorkshop
from tests.tasks.test_tasks_invoices_folder import PRICE, pdf
from tests.tasks.workshop import MINUTE

BOOK = SimPrice(Decimal("9.90"), tax_rate=Decimal("5.5"))
ACCOUNTS: dict[str, Any] = {
    "revenue": {"*": "8400"},
    "datev_consultant": 29098,
    "datev_client": 55003,
    "siren": "552100554",
}
BERLIN = replace(JEAN, name="Zoë Muster", postal_code="10115", city="Berlin", country="DE")


def exported(shop: InvoiceWorkshop, form: str, folder: Path) -> tuple[Exported, dict[str, bytes]]:
    done = Exported()
    what = books.Books(shop.ledger, Vault(KEY), shop.sellers[shop.name], Wish(), done)
    books.FORMS[form](what, folder, shop.clock.now())
    found = list(folder.iterdir()) if folder.exists() else []
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} <= {0o600}
    return done, {path.name: path.read_bytes() for path in found}


@pytest.fixture
def sold(any_invoicing: InvoiceWorkshop) -> InvoiceWorkshop:
    """Three sales, one of them with two rates and one to Germany, and a refund in part."""
    shop = any_invoicing
    shop.wants(books=ACCOUNTS)
    shop.shipped(MUG)
    refunded = shop.shipped(MUG, BOOK)
    shop.shipped(replace(MUG, tax_rate=Decimal(19)), marketplace_id=DE, buyer=BERLIN)
    shop.passes(3)
    shop.refunds(refunded, "10.00")
    shop.passes(3, every=10 * MINUTE)
    return shop


def invoiced(shop: InvoiceWorkshop) -> Decimal:
    with shop.ledger.read() as connection:
        found = document_reports.made(connection, [shop.name])
        totals = [(each.is_credit_note, each.total or Decimal(0)) for each, _ in found]
        return sum((-total if note else total for note, total in totals), Decimal(0))


def test_the_sales_ledger_has_a_line_for_each_document_and_rate(sold: InvoiceWorkshop, tmp_path: Path) -> None:
    done, files = exported(sold, "ledger", tmp_path / "out")
    rows = list(csv.DictReader(StringIO(files["sales_ledger.csv"].decode())))
    assert (done.written, done.left_out) == (4, [])
    assert "Muster" not in files["sales_ledger.csv"].decode()
    shown = [(row["number"], row["country"], row["rate"], row["customer"]) for row in rows if row["kind"] == "invoice"]
    assert sorted(shown) == [
        ("2026-000001", "FR", "20", "consumer"),
        ("2026-000002", "FR", "20", "consumer"),
        ("2026-000002", "FR", "5.5", "consumer"),
        ("2026-000003", "DE", "19", "consumer"),
    ]
    assert sum(Decimal(row["gross"]) for row in rows) == invoiced(sold) == Decimal("40.90") * 3 + Decimal("9.90") - 10
    for row in rows:
        assert Decimal(row["net"]) + Decimal(row["vat"]) + Decimal(row["rounding"]) == Decimal(row["gross"])
    done, _ = exported(sold, "ledger", tmp_path / "out")
    assert (done.written, done.there) == (0, 4)


def test_the_one_stop_shop_has_the_sale_to_germany_alone(sold: InvoiceWorkshop, tmp_path: Path) -> None:
    _, files = exported(sold, "oss", tmp_path)
    (row,) = csv.DictReader(StringIO(files["oss.csv"].decode()))
    assert (row["quarter"], row["country"], row["rate"], row["documents"]) == ("2026-Q4", "DE", "19", "1")
    assert Decimal(row["net"]) + Decimal(row["vat"]) == Decimal("40.90")


def test_datev_and_fec_add_up_to_what_was_invoiced(sold: InvoiceWorkshop, tmp_path: Path) -> None:
    done, files = exported(sold, "datev", tmp_path / "datev")
    ((_, data),) = files.items()
    _, names, *rows = csv.reader(StringIO(data.decode("cp1252")), delimiter=";")
    sums = [(Decimal(row[0].replace(",", ".")), row[1]) for row in rows]
    assert sum(amount if side == "S" else -amount for amount, side in sums) == invoiced(sold)
    assert (done.written, done.left_out, len(names)) == (4, [], 125)
    done, files = exported(sold, "fec", tmp_path / "fec")
    ((name, data),) = files.items()
    assert (name, done.written) == ("552100554FEC20261231.txt", 4)
    lines = [line.split("\t") for line in data.decode("iso8859-15").splitlines()[1:]]
    debit, credit = (sum(Decimal(line[place].replace(",", ".")) for line in lines) for place in (11, 12))
    assert debit == credit
    owed = [line for line in lines if line[4] == "411000"]
    amounts = [Decimal(line[11].replace(",", ".")) - Decimal(line[12].replace(",", ".")) for line in owed]
    assert sum(amounts) == invoiced(sold)


def test_a_months_bundle_has_every_pdf_and_the_ledger_and_is_the_same_each_time(
    sold: InvoiceWorkshop, tmp_path: Path
) -> None:
    done, files = exported(sold, "zip", tmp_path)
    with ZipFile(BytesIO(files["invoices.zip"])) as bundle:
        names = bundle.namelist()
        assert bundle.read("sales_ledger.csv").startswith(b"kind,number")
        assert all(bundle.read(name).startswith(b"%PDF") for name in names if name.startswith("pdf/"))
    assert sorted(names) == [
        *("pdf/2026-000001.pdf", "pdf/2026-000002.pdf", "pdf/2026-000003.pdf", "pdf/C2026-000001.pdf"),
        "sales_ledger.csv",
    ]
    again, _ = exported(sold, "zip", tmp_path)
    assert (done.written, again.written, again.there) == (4, 0, 4)


def test_what_cannot_be_booked_is_left_out_and_the_settings_say_what_they_lack(
    invoicing: InvoiceWorkshop, tmp_path: Path
) -> None:
    invoicing.wants(books=ACCOUNTS | {"revenue": {"DE": "8400"}})
    invoicing.shipped(MUG)
    invoicing.passes()
    done, files = exported(invoicing, "datev", tmp_path)
    assert files == {}
    ((number, why),) = done.left_out
    assert (number, 'no account for "FR 20"' in why) == ("2026-000001", True)
    invoicing.wants()
    with pytest.raises(NotDone, match=r"books\.siren"):
        exported(invoicing, "fec", tmp_path)


def test_of_a_pdf_of_the_bookkeeping_the_sums_are_known(invoicing: InvoiceWorkshop, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    invoicing.wants(source="folder", folder=tmp_path / "in", seller=None, books=ACCOUNTS)
    order = invoicing.shipped(PRICE)
    (tmp_path / "in" / f"FA-7_{order}.pdf").write_bytes(pdf(order))
    invoicing.passes()
    _, files = exported(invoicing, "ledger", tmp_path / "out")
    (row,) = csv.DictReader(StringIO(files["sales_ledger.csv"].decode()))
    assert (row["number"], row["net"], row["vat"], row["gross"], row["rate"]) == ("FA-7", "79.15", "15.83", "94.98", "")
