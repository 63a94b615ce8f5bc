"""One ordinary sale of one seller, to be changed by one fact at a time; and EN 16931's calculations, done anew."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from invoices.document import Invoice
from invoices.vat import invoice
from rules.sale import Charge, Party, Sale, SaleLine
from settings.invoices import Invoices, InvoiceSeller
from settings.marketplaces import MARKETPLACES

CENT = Decimal("0.01")
RATES_FILE = Path(__file__).with_name("eurofxref-hist.csv")
ISSUED = date(2026, 12, 3)
BUYER = Party("Anna Beispiel", lines=("Hauptstraße 1",), postal_code="75002", city="Paris", country="FR")
FIRM = replace(BUYER, company="Beispiel GmbH", vat_number="DE123456788", country="DE", postal_code="10115")


def item(amount: str, quantity: int = 1, **changes: Any) -> SaleLine:
    return replace(SaleLine(Charge.ITEM, "A mug", quantity, Decimal(amount), sku="MUG-1"), **changes)


def shipping(amount: str, **changes: Any) -> SaleLine:
    return replace(SaleLine(Charge.SHIPPING, "A mug", 1, Decimal(amount), sku="MUG-1"), **changes)


def sale(*lines: SaleLine, market: str = "FR", **changes: Any) -> Sale:
    return replace(
        Sale(
            order_id="403-0000001-0000001",
            marketplace_id=MARKETPLACES[market].marketplace_id,
            purchased_at=datetime(2026, 12, 1, 23, 30, tzinfo=UTC),
            currency="EUR",
            lines=lines,
            buyer=BUYER,
            shipped_at=datetime(2026, 12, 2, 10, 0, tzinfo=UTC),
        ),
        **changes,
    )


def settings(country: str = "FR", **changes: Any) -> Invoices:
    numbers = {"FR": "FR11123456782", "DE": "DE999999999"} if country == "FR" else {country: f"{country}123456789"}
    seller = InvoiceSeller(
        name="Maison Durand",
        lines=("12 rue des Lilas",),
        postal_code="75011",
        city="Paris",
        country=country,
        vat_numbers=changes.pop("vat_numbers", numbers),
    )
    wanted: dict[str, Any] = {"enabled": True, "since": date(2026, 1, 1), "seller": seller}
    wanted["exchange_rates"] = RATES_FILE
    return Invoices(**wanted | changes)


TWENTY = settings(vat_rates={"FR": Decimal(20), "DE": Decimal(19)})


def made(wanted: Sale, wish: Invoices = TWENTY, language: str = "en") -> Invoice:
    return invoice(wanted, wish, number="2026-000001", issued_on=ISSUED, language=language)


def to(country: str, postal_code: str = "1000") -> dict[str, Any]:
    return {"recipient": replace(BUYER, country=country, postal_code=postal_code)}


def paid(wanted: Sale) -> Decimal:
    return sum((line.amount - line.discount for line in wanted.lines), Decimal(0))


def to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def check_sums(found: Invoice, *, vat_within: Decimal = CENT) -> None:
    """What EN 16931 asks of amounts; `vat_within`: how far the VAT may be from what the rates give on the net."""
    for line in found.lines:
        assert line.net == to_cent(line.net_price * line.quantity) - line.discount  # BR-LIN, Peppol R120
        assert min(line.net, line.net_price, line.discount) >= 0
        assert line.net == to_cent(line.net)
        assert line.net_price.as_tuple().exponent >= -6  # type: ignore[operator]  # finite
    assert found.net == sum(line.net for line in found.lines)  # BR-CO-10, BR-CO-13
    assert found.vat == sum(vat.vat for vat in found.vats)  # BR-CO-14
    assert found.gross == found.net + found.vat + found.rounding  # BR-CO-15, BR-CO-16
    assert len({(vat.category, vat.rate) for vat in found.vats}) == len(found.vats)
    for vat in found.vats:
        mine = [line.net for line in found.lines if (line.category, line.rate) == (vat.category, vat.rate)]
        assert vat.net == sum(mine)  # BR-S-08 and its like
        assert abs(vat.vat - to_cent(vat.net * vat.rate / 100)) <= vat_within  # BR-CO-17
        assert (vat.rate == 0) == (vat.category != "S")
    assert {(line.category, line.rate) for line in found.lines} == {(vat.category, vat.rate) for vat in found.vats}
