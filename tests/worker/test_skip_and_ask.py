"""askonce skip and askonce ask, typed as people type them, with a real ledger and a simulated Amazon."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.seller_folder import Folder, amazon, delivered, selling

ORDERS = [delivered(number) for number in range(1, 6)]
IDS = [order.order_id for order in ORDERS]
EARLY = delivered(9, 6)
UNSEEN = "402-1234567-1234567"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A seller whose orders are read and decided; nothing is sent yet."""
    wish = "day_range = [7, 25]"
    with amazon(*ORDERS, EARLY) as simulator, selling(tmp_path, simulator.url, reviews=wish) as made:
        made.askonce("sweep", "--dry-run")
        yield made


def reasons(folder: Folder) -> dict[str, str]:
    return dict(folder.rows("SELECT order_id, reason FROM entries"))


def test_a_buyer_is_left_out_and_the_others_are_asked(folder: Folder) -> None:
    said = folder.askonce("skip", f"#{IDS[0]}", UNSEEN, "--why", "complained  by\nmail", "--by", "Claire").stdout
    assert f"{IDS[0]} of maison-durand: it is not asked\n" in said
    assert f"{UNSEEN} of maison-durand: it was not seen yet, and is not asked when it is\n" in said
    folder.askonce("sweep")
    found = reasons(folder)
    assert (found.pop(IDS[0]), found.pop(EARLY.order_id)) == ("left_out", "too_early")
    assert set(found.values()) == {"requested"}
    explained = folder.json("explain", IDS[0])
    decided = next(rule for rule in explained["rules"] if rule["verdict"] != "pass")
    assert decided["input"].startswith("left out by Claire, ")
    assert explained["attempts"][-1]["detail"] == "left out by Claire: complained by mail"
    too_late = folder.json("skip", IDS[1], "--why", "rude", expect=1)["entries"][0]
    assert (too_late["outcome"], too_late["state"]) == ("too_late", "sent")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\n".join([IDS[0], "", f" {IDS[1]} "]).encode(), id="one a line"),
        pytest.param(f"date;order-id;why\r\n1.11.;{IDS[0]};x\r\n2.11.;{IDS[1]};y\r\n".encode("cp1252"), id="CSV"),
        pytest.param(f'"Why","Commande"\n"d\u00e9\u00e7u","{IDS[0]}"\n"=1","{IDS[1]}"\n'.encode(), id="quotes"),
        pytest.param(f"order-id\t\u00e9\n{IDS[0]}\ta\n{IDS[1]}\tb\n".encode("utf-16"), id="UTF-16, tabs"),
    ],
)
def test_ids_come_from_a_file_and_back_again(folder: Folder, content: bytes) -> None:
    (folder.path / "ids.csv").write_bytes(content)
    folder.askonce("skip", "--file", "ids.csv", "--why", "complained")
    assert [reasons(folder)[order] for order in IDS[:3]] == ["left_out", "left_out", "due"]
    folder.askonce("skip", "--undo", "--file", "ids.csv")
    assert set(reasons(folder).values()) == {"due", "too_early"}


def test_a_line_without_an_order_id_is_told_before_anything_is_done(folder: Folder) -> None:
    (folder.path / "ids.csv").write_text(f"id,name\n{IDS[0]},a\nnone,b\n")
    said = folder.askonce("skip", "--file", "ids.csv", "--why", "complained", expect=2).stderr
    assert "line 3 of ids.csv has no order id: 'none, b'" in said
    assert reasons(folder)[IDS[0]] == "due"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["skip", IDS[0]], 2, 'say why. Type: --why "complained by mail"', id="no why"),
        pytest.param(["skip", "--why", "x"], 2, "name an order, or a file of them", id="no order"),
        pytest.param(["skip", "--file", "none.txt", "--why", "x"], 1, "none.txt", id="no file"),
        pytest.param(["skip", IDS[0][:-1], "--why", "x"], 1, f"Did you mean {IDS[0]}?", id="one digit too few"),
        pytest.param(["ask", "0000099"], 1, "no order was seen whose id ends in 0000099", id="an end of none"),
        pytest.param(["ask", UNSEEN], 1, "orders of FR, DE that changed in the last 60 days, last read", id="unseen"),
    ],
)
def test_what_cannot_be_done_is_told(folder: Folder, arguments: list[str], code: int, words: str) -> None:
    done = folder.askonce(*arguments, expect=code)
    assert words in done.stderr
    assert set(reasons(folder).values()) == {"due", "too_early"}


def test_an_order_is_asked_now_by_its_last_digits(folder: Folder) -> None:
    done = folder.askonce("ask", f"\N{HORIZONTAL ELLIPSIS}{EARLY.order_id[-7:]}")
    assert done.stdout == f"{EARLY.order_id} of maison-durand: asked: Amazon accepted the request\n"
    found = reasons(folder)
    assert found.pop(EARLY.order_id) == "requested"
    assert set(found.values()) == {"due"}
    again = json.loads(folder.askonce("ask", EARLY.order_id, "--json").stdout)["entries"]
    assert [each["words"] for each in again] == ["Amazon accepted the request"]


def test_what_is_not_asked_says_why(folder: Folder) -> None:
    settings = folder.path / "sellers.toml"
    settings.write_text(settings.read_text().replace("live = true", "live = false"))
    done = folder.askonce("ask", EARLY.order_id, expect=1)
    assert "not asked: the seller's settings say live = false. To do: set live = true" in done.stdout
    assert reasons(folder)[EARLY.order_id] == "too_early"
