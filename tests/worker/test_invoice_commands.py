"""askonce invoice, and what the other commands say of invoices: over a ledger with real documents, on each database."""

import csv
import json
import os
import pty
import re
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfWriter
from sqlalchemy import text

from ledger import controls, history, invoices, numbers
from ledger.database import open_ledger
from ledger.invoices import Key
from ledger.state import Action, State
from rules.reason import Reason
from tests.docs.pages import section
from tests.tasks.bookkeeping import DAY, ENVIRONMENT, HOUR, NOW, OTHER_KEY, SETTINGS, TOKEN, Shelf, document
from tests.worker.seller_folder import SELLER, toml
from worker.commands import askonce

ORDER, OTHER = "403-0000001-0000001", "403-0000002-0000002"
SUMS = ("sent", "waiting", "skipped", "refused", "held")


@dataclass(frozen=True)
class Shop:
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
def opened(url: str, folder: Path, *names: str) -> Iterator[Shop]:
    (folder / "sellers.toml").write_text(toml(*(names or (SELLER,))))
    ledger = open_ledger(url, durable=False)
    made = Shop(folder, Shelf(ledger), {"DATABASE_URL": url, **ENVIRONMENT})
    for name in names or (SELLER,):
        made.wants(name=name)
    yield made
    with ledger.read() as connection:
        assert history.broken_invariants(connection) == {}
    ledger.close()


@pytest.fixture
def any_shop(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """A seller who wants invoices, on each database in turn."""
    with opened(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The same, on SQLite."""
    with opened(sqlite_url, tmp_path) as made:
        yield made


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


# list


def test_a_list_has_every_document_and_sums_that_add_up(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    credited(any_shop.shelf, ORDER)
    any_shop.shelf.sent(OTHER, total="5.02", vat=None)
    any_shop.shelf.order("unshipped")
    any_shop.shelf.order("rejected")
    any_shop.shelf.keep("rejected")
    any_shop.shelf.settle("rejected", State.HELD)
    found = any_shop.json("invoice", "list", expect=1)
    assert {(each["order_id"], each["action"], each["number"], each["state"]) for each in found["documents"]} == {
        (ORDER, "invoice", "000001", "sent"),
        (ORDER, "credit_note", "C000001", "sent"),
        (OTHER, "invoice", "000002", "sent"),
        ("unshipped", "invoice", None, "waiting"),
        ("rejected", "invoice", "000003", "held"),
    }
    assert found["totals"]["seen"] == sum(found["totals"][name] for name in SUMS) == len(found["documents"])
    assert found["amounts"] == [{"currency": "EUR", "invoiced": "194.98", "credited": "9.90", "balance": "185.08"}]
    shown = any_shop.types("invoice", "list", expect=1).stdout
    assert "194.98 EUR invoiced - 9.90 credited = 185.08 EUR" in shown
    assert "5 seen = 3 sent + 1 waiting + 0 skipped + 0 refused + 1 held" in shown


@pytest.mark.parametrize(
    ("words", "orders"),
    [
        pytest.param(["--state", "sent"], [ORDER], id="a state"),
        pytest.param(["--state", "sent", "--state", "waiting"], [ORDER, OTHER], id="two states"),
        pytest.param(["--since", "2d"], [ORDER, OTHER], id="of late"),
        pytest.param(["--since", "2099-01-01"], [], id="of nothing"),
        pytest.param(["--seller", SELLER], [ORDER, OTHER], id="a seller"),
    ],
)
def test_a_list_may_be_narrowed(words: list[str], orders: list[str], shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    shop.shelf.order(OTHER)
    assert [each["order_id"] for each in shop.json("invoice", "list", *words)["documents"]] == orders


# show


def test_an_orders_documents_are_shown_with_their_answers(any_shop: Shop) -> None:
    number = any_shop.shelf.sent(ORDER)
    credited(any_shop.shelf, ORDER)
    found = any_shop.json("invoice", "show", ORDER)
    invoice, credit_note = found["documents"]
    assert (invoice["number"], invoice["state"], invoice["next"]) == (number, "sent", "nothing")
    assert invoice["sha256"] == document(number).sha256
    assert (invoice["kept"], credit_note["action"]) == (True, "credit_note")
    assert [(each["action"], each["request_id"]) for each in found["attempts"]] == [
        ("invoice", "request-sent"),
        ("credit_note", "request-sent"),
    ]
    shown = any_shop.types("invoice", "show", ORDER).stdout
    assert all(words in shown for words in (number, document(number).sha256, "kept until", "request-sent"))
    assert f"askonce invoice export {ORDER} --to FOLDER" in shown


def test_a_document_whose_legal_period_is_over_is_said_to_be_deleted(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    with shop.shelf.ledger.begin() as connection:
        assert numbers.forget(connection, NOW + 4000 * DAY) == 1
    assert "deleted: its legal period is over" in shop.types("invoice", "show", ORDER).stdout
    assert "no longer" in shop.types("invoice", "export", ORDER, "--to", "out", expect=1).stderr
    assert "no longer kept" in shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1).stderr


def test_the_pdf_of_an_order_is_written_byte_for_byte_and_over_no_other_file(shop: Shop) -> None:
    number = shop.shelf.sent(ORDER)
    assert "one.pdf: written" in shop.types("invoice", "show", ORDER, "--pdf", "one.pdf").stdout
    written = shop.folder / "one.pdf"
    assert written.read_bytes() == document(number).pdf
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "is there already" in shop.types("invoice", "show", ORDER, "--pdf", "one.pdf", expect=1).stderr
    credited(shop.shelf, ORDER)
    both = shop.types("invoice", "show", ORDER, "--pdf", "two.pdf", expect=1).stderr
    assert f"Type: askonce invoice export {ORDER} --to FOLDER" in both


# export


def test_documents_are_exported_byte_for_byte_for_their_owner_only(any_shop: Shop) -> None:
    numbers = [any_shop.shelf.sent(ORDER), credited(any_shop.shelf, ORDER), any_shop.shelf.sent(OTHER)]
    any_shop.shelf.order("not made")
    assert "3 documents written" in any_shop.types("invoice", "export", "--to", "out").stdout
    out = any_shop.folder / "out"
    assert files(out) == {f"{number}.pdf": document(number).pdf for number in numbers}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    again = any_shop.json("invoice", "export", "--to", "out")
    assert (again["written"], again["there"], again["left_out"]) == (0, 3, [])


def test_the_xml_inside_is_exported_and_a_pdf_without_one_is_named(shop: Shop) -> None:
    number = shop.shelf.sent(ORDER)
    shop.shelf.sent(OTHER, number="BOOK-7", pdf=blank_pdf())
    done = shop.types("invoice", "export", "--to", "out", "--format", "xml", expect=1)
    (name,) = files(shop.folder / "out")
    assert name == f"{number}.xml"
    assert ET.parse(shop.folder / "out" / name).getroot().tag.endswith("CrossIndustryInvoice")
    assert "left out: BOOK-7: BOOK-7 has no XML inside" in done.stderr


def test_a_csv_has_what_an_accountant_needs_and_no_buyer(any_shop: Shop) -> None:
    number = any_shop.shelf.sent(ORDER)
    any_shop.shelf.sent(OTHER, number="BOOK-7", vat=None, total="5.02")
    credit_note = credited(any_shop.shelf, ORDER)
    done = any_shop.types("invoice", "export", "--to", "out", "--format", "csv", INVOICE_KEY="")
    assert "3 documents written" in done.stdout
    text = (any_shop.folder / "out" / "documents.csv").read_text()
    assert "Łukasiewicz" not in text
    rows = {row["number"]: row for row in csv.DictReader(text.splitlines())}
    assert rows[number] == {
        "kind": "invoice",
        "number": number,
        "date": str(NOW.date()),
        "order_id": ORDER,
        "marketplace": "FR",
        "currency": "EUR",
        "net": "79.15",
        "vat": "15.83",
        "gross": "94.98",
        "original": "",
        "sha256": document(number).sha256,
    }
    taken_back = rows[credit_note]
    assert [taken_back[name] for name in ("net", "vat", "gross", "original")] == ["-8.25", "-1.65", "-9.90", number]
    assert (rows["BOOK-7"]["net"], rows["BOOK-7"]["vat"]) == ("", "")


def test_days_of_issue_and_orders_say_what_is_exported(any_shop: Shop) -> None:
    for day in (1, 2, 3):
        any_shop.shelf.sent(f"order-{day}", issued_on=date(2026, 11, day))
    days = ("--since", "2026-11-02", "--until", "2026-11-03")
    any_shop.types("invoice", "export", "--to", "days", *days)
    assert files(any_shop.folder / "days").keys() == {"000002.pdf", "000003.pdf"}
    any_shop.types("invoice", "export", "--to", "days", *days, "--format", "csv")
    assert (any_shop.folder / "days" / "documents_2026-11-02_2026-11-03.csv").read_text().count("\n") == 3
    done = any_shop.types("invoice", "export", "order-1", "nobody", "--to", "orders", expect=1)
    assert files(any_shop.folder / "orders").keys() == {"000001.pdf"}
    assert "left out: nobody: it has no document that was made" in done.stderr


def test_two_numbers_that_would_be_one_file_are_two_and_another_file_stays(shop: Shop) -> None:
    out = shop.folder / "out"
    out.mkdir()
    (out / "A-1.pdf").write_bytes(b"mine")
    for number, order_id in (("A/1", ORDER), ("A-1", OTHER), ("..", "dots")):
        shop.shelf.sent(order_id, number=number)
    shop.types("invoice", "export", "--to", "out")
    assert (out / "A-1.pdf").read_bytes() == b"mine"
    marked = {f"A-1-{document(number).sha256[:8]}.pdf": document(number).pdf for number in ("A/1", "A-1")}
    assert files(out) == {"A-1.pdf": b"mine", "document.pdf": document("..").pdf, **marked}
    assert shop.json("invoice", "export", "--to", "out")["there"] == 3


def test_each_of_several_sellers_has_a_folder_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url, tmp_path, "one", "two") as made:
        for name in ("one", "two"):
            Shelf(made.shelf.ledger, name).sent(ORDER)
        made.types("invoice", "export", "--to", "out")
        assert files(tmp_path / "out").keys() == {"one/000001.pdf", "two/000001.pdf"}
        made.types("invoice", "export", "--to", "only", "--seller", "two")
        assert files(tmp_path / "only").keys() == {"000001.pdf"}


def test_a_wrong_key_exports_nothing_and_says_so(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    wrong = {"INVOICE_KEY": b64encode(OTHER_KEY).decode()}
    done = any_shop.types("invoice", "export", "--to", "out", expect=1, **wrong)
    assert "left out: 000001: INVOICE_KEY does not open 000001" in done.stderr
    assert not (any_shop.folder / "out").exists()
    for words in (["export", "--to", "out"], ["show", ORDER, "--pdf", "one.pdf"], ["resend", ORDER, "--why", "lost"]):
        said = any_shop.types("invoice", *words, expect=1, INVOICE_KEY="").stderr
        assert "INVOICE_KEY is not set" in said


def test_bytes_that_are_not_those_of_the_hash_are_left_out(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    with shop.shelf.ledger.begin() as connection:
        connection.execute(text("UPDATE invoices SET sha256 = :other"), {"other": sha256().hexdigest()})
    done = shop.types("invoice", "export", "--to", "out", expect=1)
    assert "are not those that the ledger has the hash of" in done.stderr


def test_a_folder_that_cannot_be_written_is_said(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    (shop.folder / "file").touch()
    assert "Name another folder" in shop.types("invoice", "export", "--to", "file/out", expect=1).stderr
    assert "is a file" in shop.types("invoice", "export", "--to", "file", expect=2).stderr


@pytest.mark.parametrize("form", ["pdf", "csv"])
def test_a_full_disk_leaves_no_half_file(form: str, shop: Shop) -> None:
    """The disk is full for this process: no file of its may grow beyond some size."""
    for number in range(30 if form == "csv" else 1):
        shop.shelf.sent(f"order-{number}", number=f"{number:05000}" if form == "csv" else None, pdf=bytes(200_000))
    code = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from worker.__main__ import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "invoice", "export", "--to", "out", "--format", form],
        cwd=shop.folder,
        env=shop.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Free some space" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((shop.folder / "out").iterdir()) == []


# resend


def test_a_document_is_sent_again_byte_for_byte_with_who_and_why(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    before = any_shop.shelf.row(ORDER)
    done = any_shop.types("invoice", "resend", ORDER, "--why", "the buyer\ncannot find it", "--by", "Claire")
    assert f"askonce sweep --seller {SELLER}" in done.stdout
    after = any_shop.shelf.row(ORDER)
    assert (after.state, after.reason) == (State.DUE, Reason.DUE)
    assert (after.number, after.sha256, after.pdf) == (before.number, before.sha256, before.pdf)
    *_, attempt = any_shop.json("invoice", "show", ORDER)["attempts"]
    assert attempt["detail"] == "sent again by Claire: the buyer cannot find it"
    any_shop.shelf.settle(ORDER, State.SENT)


def test_who_sends_again_is_the_login_unless_said(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    shop.types("invoice", "resend", ORDER, "--why", "lost", LOGNAME="claire")
    *_, attempt = shop.json("invoice", "show", ORDER)["attempts"]
    assert attempt["detail"] == "sent again by claire: lost"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.WAITING, "it was never made"),
        (State.DUE, "has not gone out yet, and does so by itself"),
        (State.SENDING, "is under way"),
        (State.SUBMITTED, "is under way"),
        (State.UNCLEAR, "is under way"),
    ],
)
def test_what_is_not_at_its_end_is_not_sent_again(state: State, said: str, shop: Shop) -> None:
    shop.shelf.order(ORDER)
    if state is not State.WAITING:
        shop.shelf.keep(ORDER)
    if state is State.SENDING:
        with shop.shelf.ledger.begin() as connection:
            assert invoices.claim(connection, SELLER, Key(ORDER), TOKEN, NOW)
    elif state in (State.SUBMITTED, State.UNCLEAR):
        shop.shelf.settle(ORDER, state)
    before = shop.shelf.row(ORDER)
    done = shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1)
    assert said in done.stderr
    assert f"Type: askonce explain {ORDER}" in done.stderr
    assert shop.shelf.row(ORDER) == before


@pytest.mark.parametrize("state", [State.HELD, State.REFUSED])
def test_what_amazon_did_not_take_may_be_sent_again(state: State, shop: Shop) -> None:
    shop.shelf.order(ORDER)
    shop.shelf.keep(ORDER)
    shop.shelf.settle(ORDER, state)
    shop.types("invoice", "resend", ORDER, "--why", "mended")
    assert shop.shelf.row(ORDER).state == State.DUE


def test_a_credit_note_that_amazon_does_not_take_is_not_sent_again(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    credited(shop.shelf, ORDER)
    words = ("invoice", "resend", ORDER, "--kind", "credit_note", "--why", "lost")
    assert Reason.CREDIT_NOTE_KEPT.meaning in shop.types(*words, expect=1).stderr
    settings = shop.folder / "sellers.toml"
    settings.write_text(settings.read_text().replace("since =", "vat_calculation_service = true\nsince ="))
    credited(shop.shelf, ORDER, "refund-2")
    assert "--part refund-1 or --part refund-2" in shop.types(*words, expect=1).stderr
    shop.types(*words, "--part", "refund-2")
    states = {key.part: row.state for key, row in shop.shelf.rows(ORDER).items()}
    assert states == {"": State.SENT, "refund-1": State.SENT, "refund-2": State.DUE}


def test_a_document_that_the_key_does_not_open_is_not_sent_again(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    wrong = {"INVOICE_KEY": b64encode(OTHER_KEY).decode()}
    done = any_shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1, **wrong)
    assert "INVOICE_KEY does not open 000001" in done.stderr
    assert any_shop.shelf.row(ORDER).state == State.SENT


def test_nothing_is_sent_again_where_invoices_are_not_enabled(shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    settings = shop.folder / "sellers.toml"
    settings.write_text(settings.read_text().replace("enabled = true", "enabled = false"))
    assert "enabled = false" in shop.types("invoice", "resend", ORDER, "--why", "lost", expect=1).stderr


@pytest.mark.parametrize(("typed", "state"), [("n", State.SENT), ("y", State.DUE)])
def test_on_a_terminal_a_person_is_asked(typed: str, state: State, shop: Shop) -> None:
    shop.shelf.sent(ORDER)
    ours, theirs = pty.openpty()
    words = ["invoice", "resend", ORDER, "--why", "lost", "--by", "Claire"]
    with subprocess.Popen(
        [sys.executable, "-m", "worker", *words], cwd=shop.folder, env=shop.environ, stdin=theirs, stdout=theirs
    ) as started:
        os.close(theirs)
        os.write(ours, f"{typed}\n".encode())
        assert started.wait(60) == (typed == "n")
    os.close(ours)
    assert shop.shelf.row(ORDER).state == state


# held, resolve, history, resume, explain, plan


def held(shop: Shop, order_id: str = ORDER) -> None:
    shop.shelf.order(order_id)
    shop.shelf.keep(order_id)
    shop.shelf.settle(order_id, State.HELD)


def test_a_held_document_waits_for_a_person(any_shop: Shop) -> None:
    held(any_shop)
    (entry,) = any_shop.json("held", expect=1)["entries"]
    assert (entry["order_id"], entry["action"], entry["number"]) == (ORDER, "invoice", "000001")
    assert entry["remedy"] == Reason.INVOICE_REJECTED.remedy
    assert "invoice 000001" in any_shop.types("held", expect=1).stdout


@pytest.mark.parametrize(
    ("outcome", "became"), [("sent", (State.SENT, Reason.RESOLVED)), ("not-sent", (State.DUE, Reason.DUE))]
)
@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_a_person_settles_a_held_document(
    outcome: str, became: tuple[State, Reason], made: bool, any_shop: Shop
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


def test_what_was_settled_as_sent_elsewhere_is_not_made_when_the_settings_change(shop: Shop) -> None:
    shop.shelf.order(ORDER)
    shop.shelf.move(ORDER, State.HELD, Reason.TAX_DATA_MISSING, next_look_at=NOW + DAY)
    shop.types("resolve", ORDER, "sent")
    with shop.shelf.ledger.begin() as connection:
        invoices.wake(connection, SELLER, [ORDER], NOW)
        invoices.wake_all(connection, SELLER, NOW, NOW - DAY)
    assert (shop.shelf.row(ORDER).state, shop.shelf.row(ORDER).next_look_at) == (State.SENT, None)


@pytest.mark.parametrize("action", ["review", "invoice"])
def test_what_a_person_did_by_hand_is_closed_before_it_goes_out(action: str, any_shop: Shop) -> None:
    any_shop.shelf.order(ORDER)
    any_shop.shelf.move(ORDER, State.WAITING, Reason.NOT_SHIPPED, next_look_at=NOW + DAY)
    said = any_shop.types("resolve", ORDER, "sent", expect=1).stderr
    assert f"askonce resolve {ORDER} sent --action" in said
    any_shop.types("resolve", ORDER, "not-sent", "--action", action, expect=1)
    any_shop.types("resolve", ORDER, "sent", "--action", action)
    closed = [each["action"] for each in any_shop.json("history")["entries"] if each["reason"] == Reason.RESOLVED]
    assert closed == [action]


def test_of_several_that_are_held_one_must_be_named(shop: Shop) -> None:
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


def test_what_is_held_goes_before_what_is_only_in_doubt(shop: Shop) -> None:
    held(shop)
    credit_note = Key(ORDER, Action.CREDIT_NOTE, "refund-1")
    shop.shelf.keep(ORDER, kind=credit_note.kind, part=credit_note.part)
    shop.shelf.settle(ORDER, State.UNCLEAR, kind=credit_note.kind, part=credit_note.part)
    shop.types("resolve", ORDER, "sent")
    assert {key.kind: row.state for key, row in shop.shelf.rows(ORDER).items()} == {
        Action.INVOICE: State.SENT,
        Action.CREDIT_NOTE: State.UNCLEAR,
    }


def test_history_has_requests_and_documents_oldest_first(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    with any_shop.shelf.ledger.begin() as connection:
        connection.execute(text("UPDATE entries SET state = 'skipped', reason = 'refunded', next_look_at = NULL"))
        connection.execute(text("UPDATE entries SET changed_at = :then"), {"then": NOW - DAY})
    entries = any_shop.json("history")["entries"]
    assert [(each["action"], each["state"]) for each in entries] == [("review", "skipped"), ("invoice", "sent")]
    assert [each["action"] for each in any_shop.json("history", "--since", "12h")["entries"]] == ["invoice"]
    assert any_shop.types("history", "--csv").stdout.startswith("at,seller,order_id,action,state,reason,asked_at")


def test_a_resume_lifts_what_stops_invoices_alone(shop: Shop) -> None:
    with shop.shelf.ledger.begin() as connection:
        controls.stop(connection, SELLER, Reason.INVOICES_NOT_AUTHORISED, until=NOW + HOUR)
    assert "1 stops lifted" in shop.types("resume", "--seller", SELLER).stdout
    with shop.shelf.ledger.read() as connection:
        assert controls.stops(connection, NOW) == []


def test_explain_has_the_documents_and_the_rules_of_invoices(any_shop: Shop) -> None:
    any_shop.shelf.sent(ORDER)
    found = any_shop.json("explain", ORDER)
    (invoice,) = found["documents"]
    assert (invoice["number"], invoice["state"], invoice["reason"]) == ("000001", "sent", "invoiced")
    assert {rule["verdict"] for rule in found["invoice_rules"]} == {"pass"}
    assert [each["action"] for each in found["attempts"]] == ["invoice"]
    shown = any_shop.types("explain", ORDER).stdout
    assert all(words in shown for words in ("000001", "before_start", "Amazon accepted the document"))


def test_a_plan_names_the_invoices_that_go_out_and_the_rest_by_reason(any_shop: Shop) -> None:
    any_shop.shelf.order(ORDER)
    any_shop.shelf.keep(ORDER, business=True)
    any_shop.shelf.order("cancelled")
    any_shop.shelf.move("cancelled", State.SKIPPED, Reason.CANCELLED)
    found = any_shop.json("plan")
    assert [(each["order_id"], each["reason"]) for each in found["entries"] if each["action"] == "invoice"] == [
        (ORDER, "stale_facts")
    ]
    assert found["invoices"]["by_reason"] == {"cancelled": 1}
    (rate,) = found["invoices"]["defect_rates"]
    assert (rate["marketplace"], rate["orders"], rate["rate"]) == ("FR", 1, "1")
    shown = any_shop.types("plan").stdout
    assert "1 invoices and credit notes in the next 7 days" in shown
    assert "no invoice goes out at present" in shown
    assert "forecast of the Invoice Defect Rate in FR: 100.0% of 1 business orders, not within Amazon's 5%" in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [(["list"], 0), (["show", ORDER], 0), (["export", "nobody", "--to", "out"], 1)],
    ids=["list", "show", "export"],
)
def test_the_docs_have_every_key_of_the_json_document(words: list[str], code: int, shop: Shop) -> None:
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
def test_bad_usage_ends_with_2(words: list[str], said: str, shop: Shop) -> None:
    assert said in shop.types("invoice", *words, expect=2).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "403-9"], "Type: askonce explain 403-9"),
        (["resend", "403-9", "--why", "lost"], "Type: askonce invoice show 403-9"),
    ],
    ids=["show", "resend"],
)
def test_an_unknown_order_is_answered_with_what_to_type(words: list[str], said: str, shop: Shop) -> None:
    assert said in shop.types("invoice", *words, expect=1).stderr
