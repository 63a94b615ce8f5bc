"""Each document's XML is put into a folder for a platform, once."""

import stat
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.tasks.invoice_workshop import InvoiceWorkshop
from tests.tasks.test_tasks_invoices_folder import PRICE, pdf
from tests.tasks.workshop import MINUTE
from tests.worker.invoice_shop import blank_pdf


def test_each_xml_is_there_once_whatever_the_platform_does_with_it(
    any_invoicing: InvoiceWorkshop, tmp_path: Path
) -> None:
    shop, folder = any_invoicing, tmp_path / "platform"
    shop.wants(xml_folder=folder)
    order = shop.shipped()
    shop.passes(3)
    (file,) = folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("2026-000001.xml", 0o600)
    assert ET.fromstring(file.read_bytes()).tag.endswith("CrossIndustryInvoice")
    file.unlink()  # picked up
    shop.refunds(order, "10.00")
    shop.passes(4, every=10 * MINUTE)
    assert [path.name for path in folder.iterdir()] == ["C2026-000001.xml"]


def test_a_folder_that_cannot_be_written_is_tried_again(invoicing: InvoiceWorkshop, tmp_path: Path) -> None:
    folder = tmp_path / "platform"
    folder.touch()
    invoicing.wants(xml_folder=folder)
    order = invoicing.shipped()
    invoicing.passes(3)
    assert invoicing.got(order)
    folder.unlink()
    invoicing.passes(1)
    assert [path.name for path in folder.iterdir()] == ["2026-000001.xml"]


def test_from_before_the_folder_was_set_and_without_an_xml_nothing_is_written(
    invoicing: InvoiceWorkshop, tmp_path: Path
) -> None:
    place, folder = tmp_path / "in", tmp_path / "platform"
    place.mkdir()
    invoicing.shipped()
    invoicing.wants(vat_rates={"FR": 20})
    invoicing.passes()
    invoicing.wants(source="folder", folder=place, seller=None, xml_folder=folder)
    orders = [invoicing.shipped(PRICE) for _ in range(2)]
    (place / f"FA-7_{orders[0]}.pdf").write_bytes(pdf(orders[0]))
    (place / f"FA-8_{orders[1]}.pdf").write_bytes(blank_pdf())
    invoicing.passes(3)
    assert [path.name for path in folder.iterdir()] == ["FA-7.xml"]
