"""What a check says of invoices, from real rows on each database."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from invoices.vault import Vault
from ledger import controls, meta
from ledger.database import Ledger
from ledger.documents import DOCUMENTS
from ledger.state import Action, State
from ledger.transitions import Answered, Key, Transition
from rules.reason import Reason
from tasks.check.invoices import check_invoices
from tasks.check.particulars import check_particulars
from tasks.check.seller import Check, Outcome, Probe, check_seller
from tests.tasks.bookkeeping import DAY, DURAND, HOUR, NOW, OTHER_KEY, VAULT, Shelf, seller

ORDER = "403-0000001-0000001"
LUMIERE = DURAND.model_copy(update={"name": "Lumière SARL", "city": "Lyon", "vat_numbers": {"FR": "FR40303265045"}})
RIGHT: dict[str, Any] = {"seller": LUMIERE, "vat_rates": {"FR": 20, "DE": 19}}
FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN


@pytest.fixture
def shelf(ledger: Ledger) -> Shelf:
    return Shelf(ledger)


def found(
    shelf: Shelf, *, vault: Vault | None = VAULT, after: timedelta = timedelta(), **wish: Any
) -> dict[str, Check]:
    """The checks by their names without the seller's."""
    checks = check_invoices(shelf.ledger, seller(**RIGHT | wish), vault, NOW + after)
    return {check.name.partition(": ")[2]: check for check in checks}


def verdicts(checks: Iterable[Check]) -> set[Outcome]:
    return {check.verdict for check in checks}


def pending_list(shelf: Shelf, reading: str) -> None:
    with shelf.ledger.begin() as connection:
        meta.put(connection, f"pending_invoices:{shelf.seller}", reading)


def test_a_seller_without_invoices_is_not_looked_at(shelf: Shelf) -> None:
    assert found(shelf, enabled=False) == {}


def test_a_pdf_that_fits_no_order_is_named(shelf: Shelf, tmp_path: Path) -> None:
    shelf.order(ORDER)
    (tmp_path / f"INV-7_{ORDER}.pdf").touch()
    folder: dict[str, Any] = {"source": "folder", "folder": tmp_path}
    assert found(shelf, **folder)["PDFs without an order"].verdict is PASS
    (tmp_path / "INV-8_403-9999999-9999999.pdf").touch()
    check = found(shelf, **folder, since=NOW.date())["PDFs without an order"]
    assert (check.verdict, check.detail) == (UNKNOWN, "1 fit no order: INV-8_403-9999999-9999999.pdf")


EXCHANGE_RATES = {
    "of the day before": ("Date,SEK\n{today},11.0\n", timedelta(days=1), PASS, "ECB, up to "),
    "of six days ago": ("Date,SEK\n{today},11.0\n", timedelta(days=6), PASS, "ECB, up to "),
    "of a week ago": ("Date,SEK\n{today},11.0\n", timedelta(days=7), FAIL, "the newest in "),
    "of no day": ("Date,SEK\n", timedelta(), FAIL, "the newest in "),
    "no rates": ("<html>", timedelta(), FAIL, "the exchange rates in eurofxref-hist.csv cannot be read"),
}


@pytest.mark.parametrize(("content", "after", "verdict", "words"), EXCHANGE_RATES.values(), ids=EXCHANGE_RATES)
def test_exchange_rates_are_to_be_read_and_up_to_date(
    shelf: Shelf, tmp_path: Path, content: str, after: timedelta, verdict: Outcome, words: str
) -> None:
    file = tmp_path / "eurofxref-hist.csv"
    file.write_text(content.format(today=NOW.date()))
    check = found(shelf, exchange_rates=file, after=after)["exchange rates"]
    assert (check.verdict, check.detail.startswith(words)) == (verdict, True)
    assert "exchange rates" not in found(shelf)


def test_a_folder_for_the_xml_that_cannot_be_written_fails(shelf: Shelf, tmp_path: Path) -> None:
    assert found(shelf, xml_folder=tmp_path)["XML folder"].verdict is PASS
    assert found(shelf, xml_folder=tmp_path / "none")["XML folder"].verdict is FAIL


def test_a_seller_who_never_sent_one_is_told_which_roles_are_needed(shelf: Shelf) -> None:
    checks = found(shelf)
    assert verdicts(checks.values()) == {PASS, UNKNOWN}
    assert "Tax Invoicing (restricted)" in checks["roles for invoices"].detail


def test_a_seller_whose_invoices_go_out_passes(shelf: Shelf) -> None:
    shelf.sent(ORDER, business=True)
    checks = found(shelf)
    assert verdicts(checks.values()) == {PASS}
    assert checks.keys() == {
        "INVOICE_KEY",
        "roles for invoices",
        "as printed",
        "VAT rates",
        "who invoices",
        "particulars of invoices",
        "business invoices",
    }


def test_a_key_that_does_not_open_what_is_kept_fails(shelf: Shelf) -> None:
    assert found(shelf, vault=Vault(OTHER_KEY))["INVOICE_KEY"].verdict is PASS
    assert found(shelf, vault=None)["INVOICE_KEY"].verdict is FAIL
    shelf.sent(ORDER)
    check = found(shelf, vault=Vault(OTHER_KEY))["INVOICE_KEY"]
    assert (check.verdict, check.detail) == (FAIL, "INVOICE_KEY does not open 000001")
    assert "backup" in check.remedy


def test_a_folder_and_a_logo_that_can_be_read_pass_and_others_fail(shelf: Shelf, tmp_path: Path) -> None:
    bookkeeping, logo = tmp_path / "bookkeeping", tmp_path / "logo.svg"
    bookkeeping.mkdir()
    logo.touch()
    wish: dict[str, Any] = {"source": "folder", "folder": bookkeeping, "logo": logo}
    wanted = seller(**wish)
    before = {check.name: check.verdict for check in check_invoices(shelf.ledger, wanted, VAULT, NOW)}
    bookkeeping.rmdir()
    logo.unlink()
    after = {check.name: check for check in check_invoices(shelf.ledger, wanted, VAULT, NOW)}
    for what in ("folder", "logo"):
        name = f"{wanted.name}: invoice {what}"
        assert (before[name], after[name].verdict) == (PASS, FAIL)
        assert "No such file" in after[name].detail


def test_a_role_that_is_missing_fails_and_reviews_are_said_to_go_on(shelf: Shelf) -> None:
    with shelf.ledger.begin() as connection:
        controls.stop(
            connection, shelf.seller, Reason.INVOICES_NOT_AUTHORISED, until=NOW + HOUR, detail="Access is denied"
        )
    check = found(shelf)["roles for invoices"]
    assert check.verdict is FAIL
    assert "Access is denied" in check.detail
    assert f"askonce resume --seller {shelf.seller}" in check.remedy
    sending = [each for each in check_seller(shelf.ledger, seller(), NOW) if each.name.endswith(": sending")]
    assert verdicts(sending) == {PASS}


def test_missing_addresses_name_the_role(shelf: Shelf) -> None:
    shelf.order(ORDER)
    shelf.move(ORDER, State.HELD, Reason.BUYER_DATA_MISSING, next_look_at=NOW + DAY)
    check = found(shelf)["roles for invoices"]
    assert check.verdict is FAIL
    assert "Direct-to-Consumer Shipping (restricted)" in check.remedy


def test_an_amazon_that_invoices_itself_is_noticed(shelf: Shelf) -> None:
    shelf.order(ORDER)
    shelf.move(ORDER, State.SKIPPED, Reason.INVOICED_BY_AMAZON)
    assert found(shelf)["who invoices"].verdict is UNKNOWN
    shelf.sent("403-2")
    assert found(shelf)["who invoices"].verdict is PASS
    shelf.order("403-3")
    shelf.keep("403-3")
    shelf.settle("403-3", State.REFUSED)
    check = found(shelf)["who invoices"]
    assert (check.verdict, "79525" in check.detail) == (FAIL, True)
    assert "enabled = false" in check.remedy


@pytest.mark.parametrize(
    ("reading", "verdict"),
    [
        pytest.param("{}", UNKNOWN, id="never read"),
        pytest.param(f'{{"error": "denied", "as_of": "{(NOW - HOUR).isoformat()}"}}', FAIL, id="denied"),
        pytest.param(f'{{"as_of": "{(NOW - HOUR).isoformat()}"}}', PASS, id="read"),
        pytest.param(f'{{"as_of": "{(NOW - 3 * DAY).isoformat()}"}}', FAIL, id="read long ago"),
    ],
)
def test_amazons_list_must_have_been_read_of_late(reading: str, verdict: Outcome, shelf: Shelf) -> None:
    pending_list(shelf, reading)
    assert found(shelf, vat_calculation_service=True)["pending invoices"].verdict is verdict


def test_a_sent_document_that_amazon_still_misses_fails(shelf: Shelf) -> None:
    shelf.sent(ORDER)
    pending_list(shelf, f'{{"as_of": "{(NOW - HOUR).isoformat()}"}}')
    with shelf.ledger.begin() as connection:
        move = Transition(Key(ORDER, Action.INVOICE), State.SENT, Reason.STILL_PENDING)
        assert DOCUMENTS.move(connection, shelf.seller, move, Answered("still"), NOW, out_of=[State.SENT])
    check = found(shelf, vat_calculation_service=True)["pending invoices"]
    assert (check.verdict, check.detail.startswith("1: ")) == (FAIL, True)


@pytest.mark.parametrize(
    ("business", "after", "verdict"),
    [(True, HOUR, PASS), (True, 2 * DAY, FAIL), (False, 2 * DAY, PASS)],
    ids=["in time", "late", "late, of a consumer"],
)
def test_a_business_invoice_that_is_late_fails(
    business: bool, after: timedelta, verdict: Outcome, shelf: Shelf
) -> None:
    shelf.order(ORDER)
    shelf.keep(ORDER, business=business, deadline=NOW + DAY)
    assert found(shelf, after=after)["business invoices"].verdict is verdict


def test_a_check_has_no_way_to_send() -> None:
    assert {name for name in dir(Probe) if not name.startswith("_")} == {"participations", "answered_at"}


def test_what_the_law_wants_in_the_footer_is_named_by_marketplace() -> None:
    texts = ({"marketplaces": ("FR",), "footer": ("RCS Paris 123 456 782", "Capital 10 €")},)
    checks = list(check_particulars(seller(footer=("Merci",), texts=texts)))
    assert [each.verdict for each in checks] == [UNKNOWN]
    assert "DE: RCS or RM and the town" in checks[0].detail
    assert "FR:" not in checks[0].detail


def test_the_documentations_example_is_not_printed_on_real_invoices(shelf: Shelf) -> None:
    assert found(shelf)["as printed"].verdict is PASS
    check = found(shelf, seller=DURAND, footer=["RCS Paris 123 456 789"])["as printed"]
    assert check.verdict is FAIL
    said = ("Maison Durand SARL", "FR11123456782", "12 rue des Lilas, 75011 Paris", "RCS Paris 123 456 789")
    assert [words for words in said if words not in check.detail] == []
    assert "as printed" not in found(shelf, source="folder", folder=Path("/"))


RATES: dict[str, tuple[dict[str, Any], Outcome | None]] = {
    "for each marketplace": ({}, PASS),
    "for one of two": ({"vat_rates": {"FR": 20}}, FAIL),
    "none": ({"vat_rates": {}}, FAIL),
    "by SKU": ({"vat_rates": {"FR": 20}, "sku_vat_rates": [{"skus": ["*"], "rates": {"DE": 7}}]}, PASS),
    "at home": ({"vat_rates": {"FR": 20}, "distance_sales": "home"}, PASS),
    "an exemption": ({"vat_rates": {}, "exemption": "TVA non applicable"}, None),
    "Amazon's own": ({"vat_rates": {}, "vat_calculation_service": True}, None),
    "from bookkeeping": ({"vat_rates": {}, "source": "folder", "folder": Path("/")}, None),
}


@pytest.mark.parametrize("name", RATES)
def test_a_vat_rate_that_lacks_is_noticed_before_the_first_order(name: str, shelf: Shelf) -> None:
    wish, verdict = RATES[name]
    check = found(shelf, **wish).get("VAT rates")
    assert (check.verdict if check else None) is verdict
    assert verdict is not FAIL or (check and "vat_rates = {" in check.remedy)


def test_a_vat_that_amazon_says_needs_no_rate(shelf: Shelf) -> None:
    shelf.sent(ORDER)
    assert found(shelf, vat_rates={})["VAT rates"].verdict is PASS


def test_pdfs_that_are_waited_for_are_counted(shelf: Shelf, tmp_path: Path) -> None:
    folder: dict[str, Any] = {"source": "folder", "folder": tmp_path}
    assert found(shelf, **folder)["missing PDFs"].verdict is PASS
    shelf.order(ORDER)
    shelf.move(ORDER, State.WAITING, Reason.PDF_MISSING, next_look_at=NOW + HOUR)
    check = found(shelf, **folder)["missing PDFs"]
    assert (check.verdict, check.detail) == (UNKNOWN, f"1 documents wait for a PDF in {tmp_path}")
