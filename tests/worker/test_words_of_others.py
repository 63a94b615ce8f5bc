"""Amazon's words and the seller's SKUs in what commands print: shown as they are, and without any effect."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.order import Item
from tests.worker.seller_folder import Folder, amazon, delivered, selling

ODD = {
    "square brackets": "Missing parameters: [marketplaceIds]",
    "an end without a beginning": "SKU[/foo]",
    "a link": "[link=http://evil.example]click[/link]",
    "an escape": "a\x1b[2J\x1b]0;PWNED\x07b",
    "a line of its own": "a\n2026-11-26 00:00:00,000 CRITICAL askonce.tasks  forged",
    "a long word": "W" * 400,
}
ORDER = delivered(1, items=(Item(sku="SKU[/x]", asin="B000000001"), Item(sku="A\x1b[31mB", asin="B000000002")))
COMMANDS = (("explain", ORDER.order_id), ("history",), ("held",), ("plan",), ("check",), ("invoice", "list"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    path: Path = tmp_path_factory.mktemp("words")
    with amazon(ORDER) as simulator, selling(path, simulator.url, "a-seller-with-a-long-name") as made:
        made.askonce("sweep")
        yield made


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nothing_happens(name: str, command: tuple[str, ...], folder: Folder) -> None:
    folder.write("UPDATE attempts SET detail = :odd", odd=ODD[name])
    folder.write("UPDATE sources SET error = :odd", odd=ODD[name])
    done = folder.askonce(*command, expect=None)
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100 or command[0] == "plan", max(lines, key=len)  # a sentence may be longer
    assert not any(line.startswith("2026-11-26 00:00:00,000") for line in lines)
    if command[0] == "explain":
        assert ORDER.order_id in done.stdout
        assert "SKU[/x]" in done.stdout
        if name == "square brackets":
            assert "[marketplaceIds]" in done.stdout
