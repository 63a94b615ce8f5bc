"""The first hour of a seller with askonce: one folder, one terminal, and what is typed in it, mistakes included."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import CLIENT_SECRET, SELLER, Folder, amazon, delivered, toml, until
from tests.worker.terminal import COLUMNS, Terminal

ORDERS = [delivered(number, account=SELLER) for number in (1, 2)]
LATER = delivered(3, 2, account=SELLER)  # too early for now
SECRETS = f"""MY_SHOP_LWA_CLIENT_ID=amzn1.application-oa2-client.5f1d
MY_SHOP_LWA_CLIENT_SECRET={CLIENT_SECRET}
MY_SHOP_LWA_REFRESH_TOKEN=Atzr|{SELLER}
"""
CALLS = ("getMarketplaceParticipations", "searchOrders", "listTransactions")


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(*ORDERS, LATER) as process:
        yield process


@pytest.fixture
def terminal(simulator: SimulatorProcess, tmp_path: Path) -> Terminal:
    (tmp_path / "shop").mkdir()
    return Terminal(tmp_path / "shop", SP_API_ENDPOINT=simulator.url, LWA_ENDPOINT=simulator.url)


def edit(terminal: Terminal, text: str, name: str = "sellers.toml") -> None:
    (terminal.folder / name).write_text(text)


def daemon_of(terminal: Terminal) -> Folder:
    """The same folder, in which a daemon runs beside the terminal."""
    env, sellers = ((terminal.folder / name).read_text() for name in (".env", "sellers.toml"))
    folder = Folder(terminal.folder, {}, sellers)
    edit(terminal, env, ".env")
    folder.environ |= terminal.environ
    return folder


def test_the_first_hour(terminal: Terminal, simulator: SimulatorProcess) -> None:
    the_beginning(terminal)
    the_first_mistakes(terminal)
    the_daily_commands(terminal)
    assert simulator.accepted() == {}  # nothing is live yet
    another_folder(terminal)
    folder = daemon_of(terminal)
    try:
        a_day_at_work(terminal, folder, simulator)
        a_rename(terminal, simulator)
        credentials_that_end(terminal, simulator)
    finally:
        folder.close()
    assert {each.count for each in simulator.accepted().values()} == {1}


def the_beginning(terminal: Terminal) -> None:
    shown = terminal.types("askonce check")
    assert terminal.code == 2
    assert str(terminal.folder) in shown.replace("\n", "")
    assert "askonce init" in shown
    assert "askonce check" in terminal.types("askonce init")
    assert [path.name for path in sorted(terminal.folder.glob("*.toml"))] == ["sellers.toml"]
    assert "MY_SHOP_LWA_CLIENT_ID" in terminal.types("askonce check")
    assert terminal.code == 2


def the_first_mistakes(terminal: Terminal) -> None:
    edit(terminal, SECRETS, ".env")
    well = toml("my-shop", live=False)
    for wrong, meant in {
        well.replace('"eu"', "eu"): 'region = "eu"',
        well.replace("= false", "= no"): "live = false",
        well.replace('"FR", "DE"', '"amazon.fr", "Germany"'): '"DE"',
        well.replace("[5, 30]", "[3, 40]"): "day_range = [5, 30]",
    }.items():
        edit(terminal, wrong)
        assert meant in terminal.types("askonce check")
        assert terminal.code == 2
    edit(terminal, well)
    edit(terminal, SECRETS.replace("amzn1.application-oa2-client.5f1d", CLIENT_SECRET), ".env")
    at_amazon = Terminal(terminal.folder)  # whose secrets have known shapes
    shown = at_amazon.types("askonce check")
    assert at_amazon.code == 2
    assert "MY_SHOP_LWA_CLIENT_ID" in shown
    assert CLIENT_SECRET not in shown
    edit(terminal, SECRETS, ".env")


def the_daily_commands(terminal: Terminal) -> None:
    ids = {order.order_id for order in ORDERS}
    assert "FAIL" not in terminal.types("askonce check")
    assert terminal.is_coloured
    for line, wanted in {
        "askonce plan": {*ids, LATER.order_id},
        "askonce status": {"my-shop"},
        "askonce history": set[str](),
        "askonce held": set[str](),
        f"askonce explain {LATER.order_id[-7:]}": {LATER.order_id, "too_early"},
        f"askonce explain {ORDERS[0].order_id} --all": {ORDERS[0].order_id, "live = false"},
        "askonce sweep --dry-run": {"not_live"},
        "askonce pause --until tomorrow": {"paused"},
        "askonce resume": set[str](),
    }.items():
        shown = terminal.types(line)
        assert {word for word in wanted if word not in shown} == set(), shown
        assert [each for each in shown.splitlines() if len(each) > COLUMNS] == []
        assert terminal.code in (0, 1)
    assert "did you mean" in terminal.types(f"askonce explain {ORDERS[0].order_id[:-1]}").lower()


def another_folder(terminal: Terminal) -> None:
    elsewhere = terminal.folder.parent / "elsewhere"
    elsewhere.mkdir()
    there = Terminal(elsewhere, **terminal.environ, SELLERS_FILE=str(terminal.folder / "sellers.toml"))
    shown = there.types("askonce plan")
    assert {order.order_id for order in ORDERS if order.order_id not in shown} == set()
    assert list(elsewhere.iterdir()) == []


def a_day_at_work(terminal: Terminal, folder: Folder, simulator: SimulatorProcess) -> None:
    skipped, asked = ORDERS
    terminal.types(f"askonce skip {skipped.order_id} --why complained")
    assert terminal.code == 0
    daemon = folder.start("run")
    until(lambda: "working for my-shop" in daemon.stderr())
    edit(terminal, toml("my-shop", live=True))  # while it runs
    until(lambda: "nobody has armed the seller" in daemon.stderr())
    assert simulator.accepted() == {}
    assert asked.order_id in terminal.types("askonce arm --seller my-shop", "y")
    until(lambda: set(simulator.accepted()) == {asked.order_id})
    assert "left_out" in terminal.types(f"askonce explain {skipped.order_id}")
    assert "askonce run" not in terminal.types("askonce status")
    assert daemon.stop() == 0


def a_rename(terminal: Terminal, simulator: SimulatorProcess) -> None:
    edit(terminal, toml("boutique"))
    edit(terminal, SECRETS.replace("MY_SHOP", "BOUTIQUE"), ".env")
    before = simulator.accepted()
    assert "askonce rename my-shop boutique" in terminal.types("askonce sweep").replace("\n", " ")
    assert simulator.accepted() == before
    terminal.types("askonce rename my-shop boutique")
    assert terminal.code == 0
    terminal.types("askonce sweep")
    assert simulator.accepted() == before


def credentials_that_end(terminal: Terminal, simulator: SimulatorProcess) -> None:
    simulator.faults(*(Fault("expired_secret", call) for call in CALLS))
    shown = terminal.types("askonce check")
    assert terminal.code == 1
    assert "BOUTIQUE_LWA_CLIENT_SECRET" in shown
    assert "unavailable_sources =" not in shown
    simulator.faults()
    edit(terminal, SECRETS.replace("MY_SHOP", "BOUTIQUE").replace(f"Atzr|{SELLER}", "revoked"), ".env")
    shown = terminal.types("askonce check")
    assert "BOUTIQUE_LWA_REFRESH_TOKEN" in shown
    assert "unavailable_sources =" not in shown
