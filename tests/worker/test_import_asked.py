"""askonce import asked, typed as people type it, with a real ledger and a simulated Amazon."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worker.seller_folder import SELLER, Folder, amazon, delivered, selling

ORDERS = [delivered(number) for number in range(1, 5)]
IDS = [order.order_id for order in ORDERS]
UNSEEN = "402-1234567-1234567"
ROOT = Path(__file__).parents[2]
BUYER = "Zo\u00eb Beispiel"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A seller whose orders are read and decided; nothing is sent yet."""
    with amazon(*ORDERS) as simulator, selling(tmp_path, simulator.url, reviews="day_range = [7, 25]") as made:
        made.askonce("sweep", "--dry-run")
        yield made


def reasons(folder: Folder) -> dict[str, str]:
    return dict(folder.rows("SELECT order_id, reason FROM entries"))


def test_what_another_tool_asked_is_not_asked_again(folder: Folder) -> None:
    content = f"order-id,buyer\n{IDS[0]},{BUYER}\n{UNSEEN},{BUYER}\nnone,{BUYER}\n"
    (folder.path / "asked.csv.gz").write_bytes(gzip.compress(content.encode()))
    tried = folder.askonce("import", "asked", "asked.csv.gz", "--dry-run", expect=1).stdout
    assert tried.endswith("Nothing was changed: --dry-run.\n")
    assert reasons(folder)[IDS[0]] == "due"
    done = folder.askonce("import", "asked", "asked.csv.gz", "--by", "Claire", expect=1)
    assert done.stdout == (
        "asked.csv.gz: 3 lines; 2 orders of maison-durand\n1: it counts as already requested\n"
        "1: it was not seen yet, and counts as already requested when it is\n"
    )
    assert "line 4 left out: no order id" in done.stderr
    folder.askonce("sweep")
    found = reasons(folder)
    assert found.pop(IDS[0]) == "already_requested"
    assert set(found.values()) == {"requested"}
    explained = folder.json("explain", IDS[0])
    assert "by import of asked.csv.gz on " in explained["attempts"][-1]["detail"]
    assert " by Claire" in explained["answer"]["when"]
    told = [each for each in folder.json("history")["entries"] if each["order_id"] == UNSEEN]
    assert [(each["state"], each["reason"]) for each in told] == [("skipped", "already_requested")]
    assert BUYER.encode() not in b"".join(file.read_bytes() for file in folder.path.glob("var/*") if file.is_file())


def test_an_import_is_taken_back(folder: Folder) -> None:
    (folder.path / "asked.txt").write_text("\n".join(IDS))
    said = folder.json("import", "asked", "asked.txt")
    assert (said["orders"], said["by_outcome"], said["problems"]) == (4, {"imported": 4}, [])
    assert set(reasons(folder).values()) == {"already_requested"}
    said = folder.json("import", "asked", "asked.txt", "--undo")
    assert said["by_outcome"] == {"taken_back": 4}
    assert set(reasons(folder).values()) == {"due"}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["none.csv"], 1, "none.csv", id="no file"),
        pytest.param(["export.csv"], 2, "--asked-column NAME --asked-value VALUE", id="not clear who was asked"),
        pytest.param(["export.csv", "--id-column", "x"], 2, "no column 'x'", id="no such column"),
        pytest.param(["export.csv", "--seller", "other"], 2, "the settings name no seller 'other'", id="no seller"),
        pytest.param(["empty.csv"], 1, "", id="an empty file"),
    ],
)
def test_what_cannot_be_done_is_told(folder: Folder, arguments: list[str], code: int, words: str) -> None:
    (folder.path / "export.csv").write_text(f"id,status\n{IDS[0]},sent\n{IDS[1]},failed\n")
    (folder.path / "empty.csv").write_text("")
    assert words in folder.askonce("import", "asked", *arguments, expect=code).stderr
    assert set(reasons(folder).values()) == {"due"}


def test_a_list_comes_from_another_program(folder: Folder) -> None:
    command = [sys.executable, "-m", "worker", "import", "asked", "-", "--by", "Claire"]
    where: dict[str, Any] = {"cwd": folder.path, "env": folder.environ | {"PYTHONPATH": str(ROOT)}}
    subprocess.run(command, input=IDS[0].encode(), check=True, stdout=subprocess.DEVNULL, **where)
    assert reasons(folder)[IDS[0]] == "already_requested"
    assert "by import of standard input" in folder.json("explain", IDS[0])["attempts"][-1]["detail"]


def test_what_an_import_says_outlives_that_the_seller_is_forgotten(folder: Folder) -> None:
    (folder.path / "asked.txt").write_text(f"{IDS[0]}\n{UNSEEN}")
    folder.askonce("import", "asked", "asked.txt")
    settings = folder.path / "sellers.toml"
    before = settings.read_text()
    settings.write_text(before.replace(SELLER, "boutique"))
    folder.askonce("forget", SELLER, "--yes")
    assert folder.rows("SELECT count(*) FROM entries") == [(0,)]
    settings.write_text(before)
    folder.arm(SELLER)
    folder.askonce("sweep")
    found = reasons(folder)
    assert found.pop(IDS[0]) == "already_requested"
    assert set(found.values()) == {"requested"}
