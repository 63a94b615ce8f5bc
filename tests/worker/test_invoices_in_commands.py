"""What the other commands say of invoices, and what all of them say to wrong words."""

import re

import pytest
from sqlalchemy import text

from ledger import controls
from ledger.documents import DOCUMENTS
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key, Transition
from rules.reason import Reason
from tests.docs.pages import section
from tests.tasks.bookkeeping import DAY, HOUR, NOW
from tests.worker.invoice_shop import ORDER, InvoiceShop
from tests.worker.seller_folder import SELLER


def held(shop: InvoiceShop, order_id: str = ORDER) -> None:
    shop.shelf.order(order_id)
    shop.shelf.keep(order_id)
    shop.shelf.settle(order_id, State.HELD)


def test_a_held_document_waits_for_a_person(any_shop: InvoiceShop) -> None:
    held(any_shop)
    (entry,) = any_shop.json("held", expect=1)["entries"]
    assert (entry["order_id"], entry["action"], entry["number"]) == (ORDER, "invoice", "000001")
    assert entry["remedy"] == Reason.INVOICE_REJECTED.remedy.replace("ORDER_ID", ORDER)
    assert "invoice 000001" in any_shop.types("held", expect=1).stdout


@pytest.mark.parametrize(
    ("outcome", "became"), [("sent", (State.SENT, Reason.RESOLVED)), ("not-sent", (State.DUE, Reason.DUE))]
)
@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_a_person_settles_a_held_document(
    outcome: str, became: tuple[State, Reason], made: bool, any_shop: InvoiceShop
) -> None:
    if made:
        held(any_shop)
    else:
        any_shop.shelf.order(ORDER)
        any_shop.shelf.move(ORDER, State.HELD, Reason.TAX_DATA_MISSING, next_look_at=NOW + DAY)
    assert f"invoice of {ORDER} of {SELLER}: {became[0]}" in any_shop.types("resolve", ORDER, outcome).stdout
    row = any_shop.shelf.row(ORDER)
    assert (row.state, row.reason) == became
    assert any_shop.json("held")["entries"] == []


def test_what_was_settled_as_sent_elsewhere_is_not_made_when_the_settings_change(shop: InvoiceShop) -> None:
    shop.shelf.order(ORDER)
    shop.shelf.move(ORDER, State.HELD, Reason.TAX_DATA_MISSING, next_look_at=NOW + DAY)
    shop.types("resolve", ORDER, "sent")
    with shop.shelf.ledger.begin() as connection:
        DOCUMENTS.wake(connection, SELLER, [ORDER], NOW)
        DOCUMENTS.wake_all(connection, SELLER, NOW, NOW - DAY)
    assert (shop.shelf.row(ORDER).state, shop.shelf.row(ORDER).next_look_at) == (State.SENT, None)


@pytest.mark.parametrize("action", ["review", "invoice"])
def test_what_a_person_did_by_hand_is_closed_before_it_goes_out(action: str, any_shop: InvoiceShop) -> None:
    any_shop.shelf.order(ORDER)
    any_shop.shelf.move(ORDER, State.WAITING, Reason.NOT_SHIPPED, next_look_at=NOW + DAY)
    said = any_shop.types("resolve", ORDER, "sent", expect=1).stderr
    assert f"askonce resolve {ORDER} sent --action" in said
    any_shop.types("resolve", ORDER, "not-sent", "--action", action, expect=1)
    any_shop.types("resolve", ORDER, "sent", "--action", action)
    closed = [each["action"] for each in any_shop.json("history")["entries"] if each["reason"] == Reason.RESOLVED]
    assert closed == [action]


def test_of_several_that_are_held_one_must_be_named(shop: InvoiceShop) -> None:
    held(shop)
    with shop.shelf.ledger.begin() as connection:
        connection.execute(text("UPDATE entries SET state = 'held', next_look_at = NULL"))
    said = shop.types("resolve", ORDER, "not-sent", expect=1).stderr
    assert "Type one of: --action review" in said
    assert "--action invoice" in said
    shop.types("resolve", ORDER, "not-sent", "--action", "invoice")
    assert shop.shelf.row(ORDER).state == State.DUE
    assert "review" in shop.types("held", expect=1).stdout
    shop.types("resolve", ORDER, "sent")
    assert shop.json("held")["entries"] == []


def test_what_is_held_goes_before_what_is_only_in_doubt(shop: InvoiceShop) -> None:
    held(shop)
    credit_note = Key(ORDER, Action.CREDIT_NOTE, "refund-1")
    shop.shelf.keep(ORDER, kind=Action.CREDIT_NOTE, part=credit_note.part)
    shop.shelf.settle(ORDER, State.UNCLEAR, kind=Action.CREDIT_NOTE, part=credit_note.part)
    shop.types("resolve", ORDER, "sent")
    assert {key.action: row.state for key, row in shop.shelf.rows(ORDER).items()} == {
        Action.INVOICE: State.SENT,
        Action.CREDIT_NOTE: State.UNCLEAR,
    }


def test_history_has_requests_and_documents_oldest_first(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    with any_shop.shelf.ledger.begin() as connection:
        key = Key(ORDER, Action.REVIEW)
        REVIEWS.decide(connection, SELLER, [Transition(key, State.SKIPPED, Reason.REFUNDED)], NOW - DAY)
    entries = any_shop.json("history")["entries"]
    assert [(each["action"], each["state"]) for each in entries] == [("review", "skipped"), ("invoice", "sent")]
    assert [each["action"] for each in any_shop.json("history", "--since", "12h")["entries"]] == ["invoice"]
    assert any_shop.types("history", "--csv").stdout.startswith("at,seller,order_id,action,state,reason,asked_at")


def test_a_resume_lifts_what_stops_invoices_alone(shop: InvoiceShop) -> None:
    with shop.shelf.ledger.begin() as connection:
        controls.stop(connection, SELLER, Reason.INVOICES_NOT_AUTHORISED, until=NOW + HOUR)
    assert "1 stop lifted" in shop.types("resume", "--seller", SELLER).stdout
    with shop.shelf.ledger.read() as connection:
        assert controls.stops(connection, NOW) == []


def test_explain_has_the_documents_and_the_rules_of_invoices(any_shop: InvoiceShop) -> None:
    any_shop.shelf.sent(ORDER)
    found = any_shop.json("explain", ORDER)
    (invoice,) = found["documents"]
    assert (invoice["number"], invoice["state"], invoice["reason"]) == ("000001", "sent", "invoiced")
    assert {rule["verdict"] for rule in found["invoice_rules"]} == {"pass"}
    assert [each["action"] for each in found["attempts"]] == ["invoice"]
    shown = any_shop.types("explain", ORDER, "--all").stdout
    assert all(words in shown for words in ("000001", "before_start", "Amazon accepted the document"))


def test_a_plan_names_the_invoices_that_go_out_and_the_rest_by_reason(any_shop: InvoiceShop) -> None:
    any_shop.shelf.order(ORDER)
    any_shop.shelf.keep(ORDER, business=True)
    any_shop.shelf.order("cancelled", status="CANCELLED")
    found = any_shop.json("plan")
    assert [(each["order_id"], each["reason"]) for each in found["entries"] if each["action"] == "invoice"] == [
        (ORDER, "stale_facts")
    ]
    assert found["invoices"]["by_reason"] == {"cancelled": 1}
    (rate,) = found["invoices"]["defect_rates"]
    assert (rate["marketplace"], rate["orders"], rate["rate"]) == ("FR", 1, "1")
    shown = any_shop.types("plan").stdout
    assert "1 document in the next 7 days" in shown
    assert "no invoices and credit notes go out at present" in shown
    assert "forecast of the Invoice Defect Rate in FR: 100.0% of 1 business order, not within Amazon's 5%" in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [(["list"], 0), (["show", ORDER], 0), (["export", "nobody", "--to", "out"], 1)],
    ids=["list", "show", "export"],
)
def test_the_docs_have_every_key_of_the_json_document(words: list[str], code: int, shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    found = shop.json("invoice", *words, expect=code)
    told = section("docs/commands.md", f"askonce invoice {words[0]}").partition("\n`--json`: ")[2].partition("\n\n")[0]
    keys = {key.rstrip("[]{}") for key in re.findall(r"`([^`]+)`", told)}
    inner = (each for value in found.values() if isinstance(value, list) for each in value)
    assert keys == {*found, *(key for each in inner for key in each)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["lst"], "Did you mean: askonce invoice list", id="an unknown command"),
        pytest.param(["list", "--state", "lost"], "submitted", id="an unknown state"),
        pytest.param(["list", "--seller", "maison-duran"], f"Type: --seller {SELLER}", id="an unknown seller"),
        pytest.param(["export"], "--to", id="no folder"),
        pytest.param(["export", "--to", "out", "--format", "doc"], "csv", id="an unknown format"),
        pytest.param(["resend", ORDER], "--why", id="no reason"),
        pytest.param(["resend", ORDER, "--why", "  "], "--why", id="an empty reason"),
    ],
)
def test_bad_usage_ends_with_2(words: list[str], said: str, shop: InvoiceShop) -> None:
    assert said in shop.types("invoice", *words, expect=2).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "403-9"], "Type it as Seller Central shows it"),
        (["resend", "403-9", "--why", "lost"], "Type it as Seller Central shows it"),
    ],
    ids=["show", "resend"],
)
def test_an_unknown_order_is_answered_with_what_to_type(words: list[str], said: str, shop: InvoiceShop) -> None:
    assert said in shop.types("invoice", *words, expect=1).stderr
