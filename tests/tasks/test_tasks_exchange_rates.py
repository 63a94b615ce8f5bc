"""The European Central Bank's rates: fetched once a day over HTTP, kept whatever comes, and what is made with them."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ledger.state import State
from marketplace.ecb import HISTORY, CentralBank, published_before
from rules.reason import Reason
from settings.marketplaces import zone_of
from tasks.check.exchange_rates import check_exchange_rates
from tasks.check.seller import Outcome
from tasks.fetch_rates import fetch_rates
from tasks.invoices.official_rates import known, reading
from tests.marketplace.amazon_server import Scripted, ScriptedAmazon
from tests.tasks.invoice_workshop import FR, JEAN, MUG, InvoiceWorkshop
from tests.tasks.workshop import DAY, HOUR, NOW

TODAY = NOW.date()  # a Tuesday
YESTERDAY, EARLIER = TODAY - timedelta(1), TODAY - timedelta(4)  # a Monday and a Friday
COSTS = {YESTERDAY: {"SEK": "11.2000", "PLN": "4.2500"}, EARLIER: {"SEK": "11.0000", "PLN": "N/A"}}
SENT, HELD = (State.SENT, Reason.INVOICED), (State.HELD, Reason.TAX_DATA_MISSING)
ABROAD: dict[str, Any] = {"buyer": replace(JEAN, postal_code="111 22", city="Stockholm", country="SE")}
SOLD = replace(MUG, tax_rate=Decimal(25))


def text(costs: dict[date, dict[str, str]]) -> str:
    lines = (f"{day},{of.get('SEK', 'N/A')},{of.get('PLN', 'N/A')},\n" for day, of in costs.items())
    return "Date,SEK,PLN,\n" + "".join(lines)


def packed(costs: dict[date, dict[str, str]] | str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("eurofxref-hist.csv", costs if isinstance(costs, str) else text(costs))
    return file.getvalue()


def had(data: bytes) -> Scripted:
    return Scripted(200, data)


@pytest.fixture
def bank(any_invoicing: InvoiceWorkshop) -> Iterator[ScriptedAmazon]:
    with ScriptedAmazon() as server:
        any_invoicing.app = replace(any_invoicing.app, central_bank=CentralBank(server.url))
        server.script(HISTORY, had(packed(COSTS)))
        yield server


def costs(shop: InvoiceWorkshop) -> dict[date, dict[str, str]]:
    rates = known(shop.ledger)
    return {day: {name: str(cost) for name, cost in of.items()} for day, of in rates.costs.items()} if rates else {}


def test_they_are_fetched_once_a_day_however_often_it_ticks(
    any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon
) -> None:
    for _ in range(48):  # from Tuesday, 14:00 in Frankfurt, to Thursday, 13:00
        day = any_invoicing.clock.now().astimezone(zone_of(FR)).date()
        bank.script(HISTORY, had(packed({day - timedelta(1): COSTS[YESTERDAY]} | COSTS)))
        fetch_rates(any_invoicing.app)
        any_invoicing.wait(HOUR)
    assert len(bank.requests(HISTORY)) == 3
    assert costs(any_invoicing).keys() == {EARLIER, YESTERDAY, TODAY, TODAY + timedelta(1)}


def test_nothing_is_asked_where_nobody_needs_them(any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon) -> None:
    shop, file = any_invoicing, {"exchange_rates": __file__}
    for wish in ({"enabled": False}, {"source": "folder", "folder": "/tmp"}, file):
        shop.wants(**wish)
        fetch_rates(shop.app)
    fetch_rates(replace(shop.app, central_bank=None))
    assert bank.asked == []


ODD = {
    "cut short on the way": Scripted(200, packed(COSTS), cut=True),
    "no answer": Scripted(drop=True),
    "not found": Scripted(404, b"<html>"),
    "half a file": had(packed(COSTS)[:-40]),
    "a page": had(b"<html>soon again here</html>"),
    "nothing": had(b""),
    "text, of which nobody knows where it ends": had(text(COSTS).encode()),
    "no CSV inside": had(packed("<html>")),
    "a day that is none": had(packed("Date,SEK\n2026-13-01,11.0\n")),
    "an empty zip file": had(b"PK\x05\x06" + bytes(18)),
    "an old file": had(packed({EARLIER: COSTS[EARLIER]})),
    "of days to come": had(packed({TODAY + timedelta(9): COSTS[YESTERDAY]})),
    "of no day": had(packed({})),
    "a point in the wrong place": had(packed(COSTS | {YESTERDAY: {"SEK": "112.00"}})),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_cut_or_odd_file_loses_nothing_and_is_asked_for_again(
    any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon, odd: Scripted
) -> None:
    shop = any_invoicing
    fetch_rates(shop.app)
    before = costs(shop)
    assert before.keys() == COSTS.keys()
    shop.wait(DAY)
    bank.script(HISTORY, odd)
    for _ in range(6):  # from Wednesday, 14:00 in Frankfurt
        fetch_rates(shop.app)
        shop.wait(HOUR)
    assert len(bank.requests(HISTORY)) == 2
    assert costs(shop) == before
    with shop.ledger.read() as connection:
        assert reading(connection).error
    bank.script(HISTORY, had(packed({shop.clock.now().date(): COSTS[YESTERDAY]} | COSTS)))
    fetch_rates(shop.app)
    assert costs(shop).keys() > before.keys()


def test_what_was_kept_of_a_day_stays_and_what_was_missing_comes(
    any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon
) -> None:
    fetch_rates(any_invoicing.app)
    any_invoicing.wait(DAY)
    bank.script(HISTORY, had(packed({TODAY: {"SEK": "11.3"}, EARLIER: {"SEK": "10.5", "PLN": "4.2"}})))
    fetch_rates(any_invoicing.app)
    assert costs(any_invoicing) == {
        EARLIER: {"SEK": "11.0000", "PLN": "4.2"},
        YESTERDAY: {"SEK": "11.2000", "PLN": "4.2500"},
        TODAY: {"SEK": "11.3"},
    }


def test_an_invoice_that_needs_them_waits_until_they_are_there(
    any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon
) -> None:
    shop = any_invoicing
    order = shop.shipped(SOLD, **ABROAD)
    shop.passes()
    assert shop.stands(order) == HELD
    assert "nor are any fetched yet" in shop.said(order)[-1]
    fetch_rates(shop.app)
    shop.passes(3)
    assert shop.stands(order) == SENT
    vat_in = shop.content(shop.invoice(order)).vat_in
    assert (vat_in.currency, vat_in.rate, vat_in.day, vat_in.source) == ("SEK", Decimal("11.2"), YESTERDAY, "ECB")


def test_rates_that_were_not_fetched_since_the_day_before_hold_the_invoice(
    any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon
) -> None:
    shop = any_invoicing
    fetch_rates(shop.app)
    shop.wait(2 * DAY)
    order = shop.shipped(SOLD, **ABROAD)
    shop.passes()
    assert shop.stands(order) == HELD
    day = shop.clock.now().astimezone(zone_of(FR)).date()
    assert f"known up to {YESTERDAY} only: {day - timedelta(1)} is needed" in shop.said(order)[-1]
    bank.script(HISTORY, had(packed({day - timedelta(1): {"SEK": "11.5"}} | COSTS)))
    fetch_rates(shop.app)
    shop.passes(3)
    assert shop.stands(order) == SENT


def test_check_says_how_old_they_are(any_invoicing: InvoiceWorkshop, bank: ScriptedAmazon) -> None:
    shop = any_invoicing

    def said() -> list[tuple[Outcome, str]]:
        found = check_exchange_rates(shop.ledger, shop.sellers[shop.name], shop.clock.now())
        return [(each.verdict, each.detail) for each in found]

    assert said() == []
    bank.script(HISTORY, Scripted(503))
    fetch_rates(shop.app)
    ((verdict, detail),) = said()
    assert (verdict, detail) == (
        Outcome.UNKNOWN,
        "ECB: none were fetched yet. the file of exchange rates was not had: HTTP status 503",
    )
    shop.wait(7 * HOUR)
    bank.script(HISTORY, had(packed(COSTS)))
    fetch_rates(shop.app)
    assert said() == [(Outcome.PASS, f"ECB, up to {YESTERDAY}, read on {TODAY}")]
    shop.wait(3 * DAY)
    assert said() == [(Outcome.UNKNOWN, f"ECB, up to {YESTERDAY}, read on {TODAY}")]


PUBLISHED = {
    "a Tuesday": (date(2026, 10, 20), date(2026, 10, 19)),
    "a Monday": (date(2026, 10, 19), date(2026, 10, 16)),
    "after Easter 2026": (date(2026, 4, 7), date(2026, 4, 2)),
    "after Easter 2027": (date(2027, 3, 30), date(2027, 3, 25)),
    "on Easter Monday": (date(2025, 4, 21), date(2025, 4, 17)),
    "after Christmas": (date(2026, 12, 28), date(2026, 12, 24)),
    "New Year": (date(2027, 1, 2), date(2026, 12, 31)),
    "after the first of May": (date(2026, 5, 4), date(2026, 4, 30)),
}


@pytest.mark.parametrize(("day", "before"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_bank_rests_at_weekends_and_on_its_holidays(day: date, before: date) -> None:
    assert published_before(day) == before
