"""What commands show, on a terminal of 80 and of 120 columns, to one seller and to an agency of twenty.

After a change: `RENEW_SCREENS=1 make test T=tests/screens`, and look at each difference with a seller's eyes.
"""

import os
import re
from pathlib import Path

import pytest

from tests.screens.world import one_seller, twenty_sellers

HERE = Path(__file__).parent
WIDTHS = (80, 120)
COMMANDS = {
    "check": "askonce check",
    "status": "askonce status",
    "alerts": "askonce alerts",
    "history": "askonce history",
    "held": "askonce held",
    "plan": "askonce plan",
    "plan-against": "askonce plan --against edited.toml",
    "explain-sent": "askonce explain {requested}",
    "explain-waiting": "askonce explain {too_early}",
    "explain-skipped": "askonce explain {refunded}",
    "explain-unknown": "askonce explain 402-0000000-0000000",
    "invoice-list": "askonce invoice list",
    "invoice-show": "askonce invoice show {invoiced}",
    "sweep": "askonce sweep --dry-run",
    "pause": "askonce pause --until tomorrow",
    "resume": "askonce resume",
    "explain-all": "askonce explain {requested} --all",
    "skip": "askonce skip {too_early} --why complained",
    "skip-undo": "askonce skip --undo {too_early}",
    "ask": "askonce ask {too_early}",
    "resolve": "askonce resolve {unknown_refusal} sent",
    "invoice-resend": "askonce invoice resend {invoiced} --why lost --by claire --yes",
    "invoice-credit": "askonce invoice credit {invoiced} 5.00 --why scratched --by claire --yes",
    "invoice-correct": "askonce invoice correct {invoiced} --why name --by claire --yes",
    "invoice-export": "askonce invoice export --to documents",
    "audit": "askonce audit",
    "backup": "askonce backup var/backup.db",
    "rename": "askonce rename maison-durand boutique",
    "forget": "askonce forget maison-durand",
    "init": "askonce init",
}
"""The screens by name, in the order in which they are typed."""


@pytest.fixture(scope="module")
def screens() -> dict[str, str]:
    """What each command shows, in both worlds and both widths."""
    shown = dict.fromkeys(COMMANDS, "")
    for of, opened in (("one seller", one_seller), ("twenty sellers", twenty_sellers)):
        with opened() as world:
            orders = world.orders()
            for name, line in COMMANDS.items():
                wanted = re.findall(r"{(\w+)}", line)
                if not orders.keys() >= {*wanted}:
                    continue  # this world has no such order
                typed = line.format_map(orders)
                for columns in WIDTHS:
                    shown[name] += f"# {of}, {columns} columns\n$ {typed}\n{world.shows(typed, columns)}\n"
    return shown


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_shows_what_was_looked_at(name: str, screens: dict[str, str]) -> None:
    file = HERE / f"{name}.txt"
    if "RENEW_SCREENS" in os.environ:
        file.write_text(screens[name], encoding="utf-8")
    assert screens[name] == file.read_text(encoding="utf-8"), "meant? RENEW_SCREENS=1 make test T=tests/screens"
