"""Credentials that fail: what `askonce check` says is what there is to do, and no other thing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.simulator.faults import Fault
from marketplace.simulator.process import SimulatorProcess
from tests.worker.seller_folder import ASK, CLIENT_SECRET, SELLER, Folder, amazon, delivered, selling, until

ORDER = delivered(1)
CALLS = ("getMarketplaceParticipations", "searchOrders", "listTransactions", "createReport")
"""All but the exchange of the refresh token."""
PREFIX = "MAISON_DURAND_LWA"


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with amazon(ORDER) as process:
        yield process


@pytest.fixture
def folder(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[Folder]:
    with selling(tmp_path, simulator.url, unavailable=()) as made:
        yield made


def checked(folder: Folder) -> dict[str, tuple[str, str, str]]:
    rows = folder.json("check", expect=None)["checks"]
    return {
        each["name"].removeprefix(f"{SELLER}: "): (each["verdict"], each["detail"], each["remedy"]) for each in rows
    }


def replace(folder: Folder, old: str, new: str) -> None:
    path = folder.path / ".env"
    path.write_text(path.read_text().replace(old, new))


def expire(simulator: SimulatorProcess, folder: Folder) -> None:
    simulator.faults(*(Fault("expired_secret", call) for call in CALLS))


def withdraw(simulator: SimulatorProcess, folder: Folder) -> None:
    replace(folder, f"Atzr|{SELLER}", "revoked")


def mistype(simulator: SimulatorProcess, folder: Folder) -> None:
    replace(folder, CLIENT_SECRET, "wrong")


def deny(simulator: SimulatorProcess, folder: Folder) -> None:
    simulator.faults(*(Fault("denied", call) for call in CALLS))


FAILING = {
    "the secret has expired": (
        expire,
        "The LWA secret token you provided has expired.",
        f"make a new client secret where the app is (Develop Apps), and put it into {PREFIX}_CLIENT_SECRET in .env",
    ),
    "the authorisation was withdrawn": (withdraw, "400 invalid_grant", f"{PREFIX}_REFRESH_TOKEN is wrong, or"),
    "the secret is wrong": (
        mistype,
        "401 invalid_client",
        f"{PREFIX}_CLIENT_ID or {PREFIX}_CLIENT_SECRET is wrong, or the secret has ended, as each does after 180 days; "
        "the refresh token is not the cause",
    ),
    "all is denied": (deny, "403", "authorise the app again in Seller Central"),
}


@pytest.mark.parametrize("case", FAILING.values(), ids=FAILING)
def test_failing_credentials_are_named_with_their_cure_and_no_source_is_given_up_for_them(
    case: tuple[object, str, str], simulator: SimulatorProcess, folder: Folder
) -> None:
    spoil, detail, remedy = case
    assert callable(spoil)
    spoil(simulator, folder)
    folder.askonce("sweep", "--dry-run", expect=None)
    rows = checked(folder)
    verdict, said, cure = rows["credentials"]
    assert (verdict, detail in said) == ("fail", True), said
    assert cure.startswith(remedy)
    unread = {name: row for name, row in rows.items() if name.startswith("source ") and row[0] == "fail"}
    assert "source finances" in unread
    for _, said, cure in unread.values():
        assert said.startswith("see credentials")
        assert cure == "mend the credentials first: askonce check"
    assert "unavailable_sources" not in str(rows)


def test_a_missing_role_is_named_and_only_merchant_returns_may_be_done_without(
    simulator: SimulatorProcess, folder: Folder
) -> None:
    simulator.faults(Fault("denied", "listTransactions"), Fault("denied", "createReport"))
    folder.askonce("sweep", "--dry-run", expect=None)
    rows = checked(folder)
    assert rows["credentials"][0] == "pass"
    assert "the role Finance and Accounting;" in rows["source finances"][2]
    assert "the role Direct-to-Consumer Shipping (restricted), or set" in rows["source merchant_returns"][2]
    given_up = [name for name, row in rows.items() if "unavailable_sources" in row[2]]
    assert given_up == ["source merchant_returns"]


def test_resume_makes_the_sources_due_at_once(simulator: SimulatorProcess, folder: Folder) -> None:
    simulator.faults(Fault("denied", "listTransactions"))
    folder.askonce("sweep", "--dry-run", expect=None)
    simulator.clear_faults()
    worker = folder.start("run")
    until(lambda: "working for" in worker.stderr())
    folder.askonce("resume", "--seller", SELLER)
    until(lambda: checked(folder)["source finances"][0] == "pass")
    assert worker.stop() == 0


def test_new_secrets_are_tried_at_once_by_a_worker_whose_old_ones_ended(
    simulator: SimulatorProcess, folder: Folder
) -> None:
    folder.askonce("sweep", "--dry-run")
    mistype(simulator, folder)
    worker = folder.start("run")
    until(lambda: "invalid_client" in worker.stderr())
    replace(folder, "CLIENT_SECRET=wrong", f"CLIENT_SECRET={CLIENT_SECRET}-renewed")
    until(lambda: ORDER.order_id in simulator.accepted(), seconds=60)
    assert worker.stop() == 0


def test_a_stop_says_what_ends_it(simulator: SimulatorProcess, folder: Folder) -> None:
    folder.askonce("pause")
    assert checked(folder)["sending"][2] == "askonce resume"
    folder.askonce("resume")
    simulator.faults(Fault("denied", ASK))
    for _ in range(2):
        folder.askonce("sweep", expect=None)
    stops = [row for name, row in checked(folder).items() if name.startswith("sending") and row[0] == "fail"]
    assert all(cure.endswith(f"askonce resume --seller {SELLER}") for _, _, cure in stops)
