"""Who did what: every command that changes something leaves one act, and no other command does."""

import csv
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from ledger import armings, lanes
from ledger.database import open_ledger
from ledger.tables import acts
from rules.brakes import Brake, Verdict
from tasks.brakes.look import put
from tests.docs.test_docs_commands import NAMES
from tests.tasks.bookkeeping import NOW
from tests.worker.invoice_shop import ORDER, OTHER, InvoiceShop
from tests.worker.seller_folder import SELLER

Prepare = Callable[[InvoiceShop], object]
UNSEEN = "402-1234567-1234567"
PASSWORD = "a-long-invented-one"


def nothing(_: InvoiceShop) -> None:
    pass


def invoiced(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)


def waiting(shop: InvoiceShop) -> None:
    shop.shelf.order(OTHER)


def skipped(shop: InvoiceShop) -> None:
    shop.types("skip", UNSEEN, "--why", "rude", ASKONCE_PERSON="somebody else")


def listed(shop: InvoiceShop) -> None:
    (shop.folder / "asked.csv").write_text(UNSEEN)


def unarmed(shop: InvoiceShop) -> None:
    with shop.shelf.ledger.begin() as connection:
        assert armings.disarm(connection, SELLER)


def left(shop: InvoiceShop) -> None:
    with shop.shelf.ledger.begin() as connection:
        lane = lanes.acquire(connection, "old-shop", "host boot:ns 1 1", NOW)
        assert lane
        lanes.release(connection, lane, {})


def braked(shop: InvoiceShop) -> None:
    with shop.shelf.ledger.begin() as connection:
        put(connection, SELLER, "FR", Verdict(Brake.MANY_DUE, 500, 50, "500 orders came due"), NOW)


def has_user(shop: InvoiceShop) -> None:
    words = ("user", "add", "bruno", "--role", "viewer", "--password-stdin")
    shop.types(*words, typed=PASSWORD, ASKONCE_PERSON="somebody else")


CHANGES: dict[str, tuple[Prepare, str]] = {
    "pause": (nothing, f"pause --seller {SELLER}"),
    "resume": (nothing, "resume"),
    "arm": (unarmed, f"arm --seller {SELLER} --yes"),
    "disarm": (nothing, f"disarm --seller {SELLER}"),
    "skip": (nothing, f"skip {UNSEEN} --why rude"),
    "skip --undo": (skipped, f"skip --undo {UNSEEN}"),
    "release": (braked, f"release --seller {SELLER}"),
    "resolve": (waiting, f"resolve {OTHER} sent --action invoice"),
    "import asked": (listed, "import asked asked.csv"),
    "rename": (left, f"rename old-shop {SELLER}"),
    "forget": (left, "forget old-shop --yes"),
    "user add": (nothing, "user add bruno --role viewer --password-stdin"),
    "user change": (has_user, "user change bruno --role admin"),
    "user password": (has_user, "user password bruno --password-stdin"),
    "user unlock": (has_user, "user unlock bruno"),
    "user remove": (has_user, "user remove bruno"),
    "invoice resend": (invoiced, f"invoice resend {ORDER} --why lost"),
    "invoice credit": (invoiced, f"invoice credit {ORDER} 5.00 --why scratched"),
    "invoice correct": (invoiced, f"invoice correct {ORDER} --why name"),
}
"""How each command that changes something is typed, and what there must be before."""
ELSEWHERE = {"ask"}
"""It needs Amazon: tests/tasks/test_tasks_audit.py."""
CHANGE_NOTHING = {
    *("init", "check", "status", "demo", "plan", "explain", "history", "audit", "held", "backup", "replay"),
    *("simulator", "schema", "alerts", "brakes", "import", "invoice", "invoice list", "invoice show", "invoice export"),
    *("user", "user list"),
}
WORK = {"run", "sweep", "web"}
"""What the rules decide is nobody's act; what is done on the page the page records."""


def test_it_is_said_of_every_command_whether_it_changes_something() -> None:
    assert {name.removesuffix(" --undo") for name in CHANGES} | ELSEWHERE | CHANGE_NOTHING | WORK == {*NAMES}


@pytest.mark.parametrize("name", CHANGES)
def test_a_command_that_changes_something_records_who_did_it(name: str, any_shop: InvoiceShop) -> None:
    prepare, line = CHANGES[name]
    prepare(any_shop)
    any_shop.types(*line.split(), typed=PASSWORD, ASKONCE_PERSON=" Claire  Durand ", LOGNAME="shop")
    mine = [each for each in any_shop.json("audit")["acts"] if each["person"] != "somebody else"]
    assert [each["person"] for each in mine] == ["Claire Durand"]
    assert mine[0]["act"] == name.replace("skip --undo", "undo_skip").replace(" ", "_")
    assert re.fullmatch(r"command line of shop on \S+", mine[0]["place"])


def test_what_is_refused_records_nothing(shop: InvoiceShop) -> None:
    shop.types("resolve", ORDER, "sent", expect=1)
    shop.types("forget", SELLER, "--yes", expect=1)
    shop.types("skip", "--undo", UNSEEN, expect=1)
    assert shop.json("audit")["acts"] == []


def test_an_act_has_its_order_and_what_it_changed_but_not_the_reason_in_words(shop: InvoiceShop) -> None:
    waiting(shop)
    shop.types("resolve", OTHER, "sent", "--action", "invoice")
    shop.types("skip", UNSEEN, "--why", "call Jean on +33 6 12 34 56 78", "--by", "Claire jean@example.com")
    resolved, left_out = shop.json("audit")["acts"]
    assert {name: resolved[name] for name in ("seller", "order_id", "action", "before", "after")} == {
        "seller": SELLER,
        "order_id": OTHER,
        "action": "invoice",
        "before": {"state": "waiting"},
        "after": {"state": "sent"},
    }
    assert (left_out["person"], left_out["after"]) == ("Claire …", {"outcome": "beforehand"})
    assert "Jean" not in str(left_out)


def test_acts_are_shown_as_a_table_and_as_csv_of_a_seller_or_of_all(shop: InvoiceShop) -> None:
    shop.types("pause", ASKONCE_PERSON="=Claire")
    shop.types("skip", UNSEEN, "--why", "rude", ASKONCE_PERSON="Bruno")
    shown = shop.types("audit").stdout
    assert all(word in shown for word in ("all", "=Claire", "pause", "Bruno", UNSEEN, "2 acts"))
    rows = list(csv.DictReader(StringIO(shop.types("audit", "--csv").stdout)))
    assert [(row["person"], row["act"], row["order_id"]) for row in rows] == [
        ("'=Claire", "pause", ""),
        ("Bruno", "skip", UNSEEN),
    ]
    assert [row["act"] for row in shop.json("audit", "--seller", SELLER)["acts"]] == ["pause", "skip"]
    assert f"Type: --seller {SELLER}" in shop.types("audit", "--seller", "another", expect=2).stderr
    assert shop.json("audit", "--since", "2099-01-01")["acts"] == []


def test_a_renamed_seller_has_what_was_done_under_its_old_name(shop: InvoiceShop) -> None:
    left(shop)
    shop.types("rename", "old-shop", SELLER)
    shop.types("skip", UNSEEN, "--why", "rude")
    assert [row["seller"] for row in shop.json("audit", "--seller", SELLER)["acts"]] == [SELLER, SELLER]


@pytest.mark.parametrize("change", [update(acts).values(person="nobody"), delete(acts)], ids=["update", "delete"])
def test_the_database_refuses_to_change_or_delete_an_act(change: Any, any_shop: InvoiceShop) -> None:
    any_shop.types("pause")
    ledger = open_ledger(any_shop.environ["DATABASE_URL"])
    with pytest.raises(DBAPIError, match="what a person did is never changed"), ledger.begin() as connection:
        connection.execute(change)
    ledger.close()
    assert len(any_shop.json("audit")["acts"]) == 1


def test_a_pause_is_recorded_where_the_machine_does_not_say_who_it_is(
    shop: InvoiceShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr("getpass.getuser", nobody)
    shop.types("pause")
    assert shop.json("audit")["acts"][0]["person"].startswith("uid ")


def test_the_whole_history_tells_of_pauses_too(shop: InvoiceShop) -> None:
    shop.shelf.sent(ORDER)
    shop.types("pause", "--seller", SELLER, ASKONCE_PERSON="Claire")
    shop.types("skip", UNSEEN, "--why", "rude", ASKONCE_PERSON="Claire")
    assert [each["act"] for each in shop.json("history", "--all")["acts"]] == ["pause"]
    assert "acts" not in shop.json("history")
    assert "by Claire" in shop.types("history", "--all").stdout
    assert "by Claire" not in shop.types("history").stdout
