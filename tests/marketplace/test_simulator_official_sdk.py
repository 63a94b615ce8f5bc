import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marketplace.simulator.sim_order import SimRefund
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from rules.order import Money
from tests.marketplace.simulator_world import DAY, NOW, delivered, simulated

US = "ATVPDKIKX0DER"
EUR_20 = Money(Decimal("20.00"), "EUR")


@pytest.fixture(scope="module")
def understood() -> Iterator[dict[str, Any]]:
    """What Amazon's own SDK makes of a simulator with one FBM and one refunded FBA order, and one in the US."""
    buyer = SimBuyer("Jean Petit", ("12 rue des Lilas",), city="Paris", vat_number="FR11123456782")
    price = SimPrice(Decimal("22.00"), discount=Decimal("2.00"), tax_rate=Decimal(20))
    fbm = delivered("fbm", 6, value=EUR_20, prices=(price,), buyer=buyer)
    us = replace(delivered("us", 40), marketplace_id=US, locale="en-US")  # before what is searched for
    fba = delivered("fba", 8, value=EUR_20, fulfilled_by="AMAZON")
    with simulated(fbm, replace(fba, refunds=(SimRefund(NOW - DAY, EUR_20),)), us) as (simulator, _):
        simulator.set_account("maison-durand", SimAccount(feed_seconds=0))
        script = Path(__file__).with_name("official_sdk.py")
        run = subprocess.run(
            [sys.executable, "-W", "ignore", script, simulator.url], capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        yield json.loads(run.stdout)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("orders", ["fba", "fbm"]),
        ("status", "SHIPPED"),
        ("packages", ["DELIVERED"]),
        ("value", "20.00"),
        (
            "transactions",
            [["Refund", "RELEASED", -17.6], ["Shipment", "DEFERRED", 20.0], ["Shipment", "DEFERRED_RELEASED", 20.0]],
        ),
        ("participations", 23),
        ("offered_before", ["productReviewAndSellerFeedback"]),
        ("asked", 201),
        ("offered_after", []),
        ("buyer", ["Jean Petit", "Paris"]),
        ("vat_number", "FR11123456782"),
        ("breakdowns", {"ITEM": "22.00", "DISCOUNT": "-2.00", "TAX": "3.33"}),
        ("feed", "DONE"),
        ("feeds", [True]),
        ("said", "1"),
        ("messages", ["sendInvoice"]),
        ("locale", "en-US"),
        ("sent", 201),
    ],
)
def test_the_official_sdk_understands(understood: dict[str, Any], what: str, value: object) -> None:
    assert understood[what] == value


def test_the_official_sdk_reads_the_fba_shipments_report(understood: dict[str, Any]) -> None:
    header, row = understood["report"]
    cells = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert cells["amazon-order-id"] == "fba"
    assert cells["estimated-arrival-date"] == "2026-10-12T12:00:00Z"
