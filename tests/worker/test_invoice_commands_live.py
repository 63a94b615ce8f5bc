"""The commands of invoices in front of the simulated Amazon, as a seller types them: sent once, shown, sent again."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from rules.order import Item, Money
from tests.tasks.bookkeeping import ENVIRONMENT, NOW, SETTINGS
from tests.worker.seller_folder import FR, SELLER, Folder, amazon, selling, until

JEAN = SimBuyer("Jean Planté", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
HOUR = timedelta(hours=1)
ORDER, LATER = "403-0000001-0000001", "403-0000002-0000002"


def order(order_id: str, **changes: Any) -> SimOrder:
    """Shipped two hours ago, on its way."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "items": (Item("MUG", "B000000001"),),
        "prices": (SimPrice(Decimal("36.00"), tax_rate=Decimal(20), title="Mug"),),
        "value": Money(Decimal(0), "EUR"),
        "buyer": JEAN,
        "purchased_at": now - 26 * HOUR,
        "shipped_at": now - 2 * HOUR,
        "marketplace_id": FR,
    }
    return SimOrder(order_id=order_id, **known | changes)


@dataclass(frozen=True)
class LiveShop:
    folder: Folder
    simulator: SimulatorProcess

    def passes(self) -> None:
        """A pass in which documents are made and sent, and as many more as Amazon needs to read them."""
        self.folder.json("sweep", expect=None)
        until(self._all_read)

    def _all_read(self) -> bool:
        self.folder.write(f"UPDATE invoices SET next_look_at = '{NOW:%F %T.%f}' WHERE state = 'submitted'")
        self.folder.json("sweep", expect=None)
        return not self.folder.rows("SELECT 1 FROM invoices WHERE state = 'submitted'")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveShop]:
    """A seller of whom one order has got its invoice, and one is not shipped yet."""
    path = tmp_path_factory.mktemp("invoices")
    with amazon(order(ORDER), order(LATER, shipped_at=None)) as simulator, selling(path, simulator.url) as folder:
        with (path / "sellers.toml").open("a") as file:
            file.write(SETTINGS.format(name=SELLER, more=""))
        with (path / ".env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in ENVIRONMENT.items())
        made = LiveShop(folder, simulator)
        made.passes()
        totals = folder.json("invoice", "list")["totals"]
        assert (totals["sent"], totals["waiting"], totals["by_reason"]) == (1, 1, {"not_shipped": 1})
        yield made
        assert folder.broken_invariants() == {}


def test_an_invoice_is_sent_once_and_listed(shop: LiveShop) -> None:
    (sent,) = shop.simulator.invoices()
    (listed,) = (each for each in shop.folder.json("invoice", "list")["documents"] if each["order_id"] == ORDER)
    assert (listed["number"], listed["total"], listed["state"]) == (sent.number, "36.00", "sent")


def test_the_exported_bytes_are_those_that_amazon_has(shop: LiveShop, tmp_path: Path) -> None:
    (sent,) = shop.simulator.invoices()
    shop.folder.askonce("invoice", "export", ORDER, "--to", str(tmp_path))
    assert sha256((tmp_path / f"{sent.number}.pdf").read_bytes()).hexdigest() == sent.sha256
    shop.folder.askonce("invoice", "export", "--to", str(tmp_path), "--format", "xml")
    assert "Jean Planté" in (tmp_path / f"{sent.number}.xml").read_text()


def test_a_check_says_that_invoices_are_well(shop: LiveShop) -> None:
    checks = {check["name"]: check for check in shop.folder.json("check", expect=None)["checks"]}
    for what in ("INVOICE_KEY", "roles for invoices", "who invoices", "business invoices"):
        assert checks[f"{SELLER}: {what}"]["verdict"] == "pass"


def test_no_buyer_is_named_outside_of_the_document(shop: LiveShop) -> None:
    for words in (["invoice", "show"], ["explain"], ["invoice", "export", "--to", "csv", "--format", "csv"]):
        done = shop.folder.askonce(*words, ORDER)
        assert "Plant" not in done.stdout + done.stderr
    assert "Plant" not in (shop.folder.path / "csv" / "documents.csv").read_text()
    # by another process: closing a file of SQLite's would end this process's locks on it
    files = [str(file) for file in (shop.folder.path / "var").rglob("*") if file.is_file()]
    stored = subprocess.run(["cat", *files], capture_output=True, check=True).stdout
    assert ORDER.encode() in stored
    assert "Planté".encode() not in stored


def test_a_resend_gives_amazon_the_same_bytes_a_second_time(shop: LiveShop) -> None:
    (first,) = shop.simulator.invoices()
    shop.folder.askonce("invoice", "resend", ORDER, "--why", "the buyer cannot find it", "--by", "Claire")
    shop.passes()
    assert [each.sha256 for each in shop.simulator.invoices()] == [first.sha256] * 2
    shown = shop.folder.json("invoice", "show", ORDER)
    assert shown["documents"][0]["state"] == "sent"
    assert "sent again by Claire: the buyer cannot find it" in [each["detail"] for each in shown["attempts"]]
