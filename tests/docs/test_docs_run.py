"""The README's commands, typed one after another by a seller whose Amazon is simulated; and what `--json` prints."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from settings.marketplaces import MARKETPLACES
from tests.docs.pages import section, shell_lines

SHOWN, HELD_TOO, ASKED, EARLY = (
    "406-1234567-1234567",
    "406-1234567-0000002",
    "406-1234567-0000003",
    "406-1234567-0000004",
)
SOLICIT = "createProductReviewAndSellerFeedbackSolicitation"
LINES = [line for line in shell_lines("README.md") if line.startswith("askonce ")]
ENDS_WITH = {"askonce held": 1, f"askonce resolve {SHOWN} not-sent": 1}
"""Exit codes other than 0: two orders are held; the README's has been resolved as sent by the line before."""
JSON = {
    "check": (["check"], 1),  # the worker has been stopped
    "sweep": (["sweep", "--dry-run"], 1),
    "plan": (["plan"], 0),
    "explain": (["explain", ASKED], 0),
    "history": (["history"], 0),
    "held": (["held"], 1),
    "replay": (["replay", "with_a_broken_line.txt", "--seller", "my-shop"], 1),
}
HEADER = "amazon-order-id\tpurchase-date\torder-status\tsales-channel\n"


class Seller:
    """Types commands in a folder of their own."""

    def __init__(self, folder: Path, simulator: SimulatorProcess) -> None:
        self.folder = folder
        self.simulator = simulator
        self.environ = {
            **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
            "SP_API_ENDPOINT": simulator.url,
            "LWA_ENDPOINT": simulator.url,
            "XDG_STATE_HOME": str(folder),
        }

    def types(self, words: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "worker", *words],
            cwd=self.folder,
            env={**self.environ, **more},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def runs_until_both_are_held(self) -> int:
        """`askonce run`, ended by SIGTERM once Amazon has accepted one order and refused two."""
        with subprocess.Popen([sys.executable, "-m", "worker", "run"], cwd=self.folder, env=self.environ) as daemon:
            until = time.monotonic() + 60
            while self.simulator.summary()["calls"].get(SOLICIT, 0) < 3 and time.monotonic() < until:
                time.sleep(0.1)
            daemon.send_signal(signal.SIGTERM)
            return daemon.wait(60)

    def fills_in(self) -> None:
        secrets = (self.folder / ".env").read_text().replace("REFRESH_TOKEN=", "REFRESH_TOKEN=maison-durand")
        (self.folder / ".env").write_text(re.sub(r"=$", "=secret", secrets, flags=re.MULTILINE))

    def goes_live(self) -> None:
        toml = (self.folder / "sellers.toml").read_text()
        (self.folder / "sellers.toml").write_text(toml.replace("live = false", "live = true"))


def order(order_id: str, days_ago: float) -> SimOrder:
    delivered = datetime.now(UTC) - timedelta(days=days_ago)
    return SimOrder(
        order_id=order_id,
        purchased_at=delivered - timedelta(days=4),
        marketplace_id=MARKETPLACES["FR"].marketplace_id,
        shipped_at=delivered - timedelta(days=3),
        delivered_at=delivered,
    )


@pytest.fixture(scope="module")
def seller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seller]:
    folder = tmp_path_factory.mktemp("shop")
    rows = "".join(f"406-1234567-000001{n}\t2026-04-0{n}T10:00:00+00:00\tShipped\tAmazon.fr\n" for n in (1, 2))
    (folder / "report.txt").write_text(HEADER + rows)
    (folder / "with_a_broken_line.txt").write_text(HEADER + rows + "no order\n")
    with SimulatorProcess(Options(start=datetime.now(UTC))) as simulator:
        simulator.post_orders([order(SHOWN, 10), order(HELD_TOO, 11), order(ASKED, 12), order(EARLY, 4)])
        simulator.faults(*(Fault("unknown_403", operation=SOLICIT, order_id=each) for each in (SHOWN, HELD_TOO)))
        yield Seller(folder, simulator)


@pytest.fixture(scope="module")
def exit_codes(seller: Seller) -> Sequence[int]:
    """The README's lines in their order, and how each of them ended."""
    codes = []
    for line in LINES:
        if line == "askonce run":
            seller.goes_live()
            codes.append(seller.runs_until_both_are_held())
            continue
        answered = ["--yes"] if line.startswith("askonce arm") else []
        codes.append(seller.types([*shlex.split(line)[1:], *answered]).returncode)
        if line == "askonce init":
            seller.fills_in()
    return codes


@pytest.mark.parametrize(("at", "line"), list(enumerate(LINES)), ids=LINES)
def test_a_command_of_the_readme_does_what_it_should(at: int, line: str, exit_codes: Sequence[int]) -> None:
    assert exit_codes[at] == ENDS_WITH.get(line, 0)


def test_the_readme_leads_to_one_request_per_order(seller: Seller, exit_codes: Sequence[int]) -> None:
    assert {order_id: each.count for order_id, each in seller.simulator.accepted().items()} == {ASKED: 1}


def keys(document: Any) -> Iterator[str]:
    """The names of a JSON document, also those within its lists; `{}` and `[]` stand for what they hold."""
    for name, value in document.items():
        yield f"{name}{'{}' if isinstance(value, dict) else '[]' if isinstance(value, list) else ''}"
        for each in value if isinstance(value, list) else ():
            if isinstance(each, dict):
                yield from each


@pytest.mark.parametrize("name", JSON)
def test_the_docs_have_every_key_of_the_json_document(name: str, seller: Seller, exit_codes: Sequence[int]) -> None:
    assert exit_codes
    words, code = JSON[name]
    ended = seller.types([*words, "--json"], **({"DATABASE_URL": "sqlite:///var/other.db"} if name == "replay" else {}))
    assert ended.returncode == code, ended.stderr
    told = section("docs/commands.md", f"askonce {name}").partition("\n`--json`: ")[2].partition("\n\n")[0]
    assert set(keys(json.loads(ended.stdout))) == set(re.findall(r"`([^`]+)`", told))


def test_the_backup_of_the_docs_is_a_whole_ledger(seller: Seller, exit_codes: Sequence[int]) -> None:
    assert exit_codes
    (line,) = (line for line in shell_lines("docs/operations.md") if line.startswith("askonce backup"))
    assert seller.types(shlex.split(line)[1:]).returncode == 0
    with closing(connect(seller.folder / "var/backup.db")) as copy:
        assert copy.execute("SELECT order_id FROM entries WHERE reason = 'requested'").fetchall() == [(ASKED,)]
