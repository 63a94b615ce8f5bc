"""askonce explain of an order that the ledger does not have: why, and what Amazon says of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from settings.marketplaces import MARKETPLACES
from tests.worker.seller_folder import SELLER, Folder, amazon, delivered, selling

KNOWN = delivered(1)
NOW = datetime.now(UTC)
OLD = delivered(2, 75)
ABROAD = replace(delivered(3, 75), marketplace_id=MARKETPLACES["IT"].marketplace_id)
NOBODYS = "403-0000004-0000004"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with amazon(KNOWN, OLD, ABROAD) as simulator, selling(tmp_path, simulator.url) as made:
        yield made


def never_seen(folder: Folder, order_id: str, *more: str, expect: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = folder.json("explain", order_id, *more, expect=expect)["never_seen"][0]
    return found


def test_before_anything_is_read_that_is_why(folder: Folder) -> None:
    found = never_seen(folder, KNOWN.order_id)
    assert (found["seller"], found["why"], found["next_read_at"]) == (SELLER, "not_fetched_yet", None)
    assert "askonce sweep --dry-run" in folder.askonce("explain", KNOWN.order_id, expect=1).stderr


@pytest.mark.parametrize(
    ("order_id", "why", "reason"),
    [
        pytest.param(OLD.order_id, "before_horizon", "too_late", id="before the horizon"),
        pytest.param(ABROAD.order_id, "other_marketplace", "marketplace_not_enabled", id="another marketplace"),
    ],
)
def test_an_order_that_was_never_seen_is_fetched_and_decided_as_usual(
    folder: Folder, order_id: str, why: str, reason: str
) -> None:
    folder.askonce("sweep")
    found = never_seen(folder, order_id)
    assert (found["why"], found["next_read_at"] is not None) == ("not_among_those_read", True)
    assert (NOW - datetime.fromisoformat(found["horizon"])).days in (59, 60)
    said = folder.askonce("explain", order_id, expect=1).stderr
    assert f"askonce explain {order_id} --fetch --seller {SELLER}" in said
    fetched = folder.json("explain", order_id, "--fetch")
    assert (fetched["reason"], fetched["never_seen"][0]["why"]) == (reason, why)
    assert folder.json("explain", order_id, "--fetch")["never_seen"] == []  # it is kept


def test_what_amazon_does_not_have_is_not_this_sellers(folder: Folder) -> None:
    folder.askonce("sweep")
    assert never_seen(folder, NOBODYS, "--fetch")["why"] == "not_this_sellers"
    assert "another account's" in folder.askonce("explain", NOBODYS, "--fetch", expect=1).stderr
    assert folder.rows("SELECT order_id FROM entries") == [(KNOWN.order_id,)]


def test_what_was_typed_may_be_no_order_id(folder: Folder) -> None:
    found = never_seen(folder, "Zimmermann")
    assert (found["why"], found["seller"]) == ("not_an_order_id", None)
