"""A seller is an Amazon account: what names may do, shown by commands and workers in front of a simulated Amazon that
accepts everything twice."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketplace.simulator.process import SimulatorProcess
from tests.tasks.bookkeeping import ENVIRONMENT, SETTINGS
from tests.worker.seller_folder import ASK, SELLER, Folder, amazon, delivered, selling, toml, until
from tests.worker.test_invoice_commands_live import order as invoiced

OLD, NEW, OTHER = SELLER, "durand-et-fils", "atelier-brun"
MINE = ("403-0000001-0000001", "403-0000002-0000002")


@dataclass(frozen=True)
class Shop:
    """A seller whose two orders were asked and invoiced, and one who has asked nothing yet."""

    folder: Folder
    simulator: SimulatorProcess

    def settles_on(self, **accounts: str) -> None:
        """The settings name these sellers from now on, each with its refresh token."""
        names = [name.replace("_", "-") for name in accounts]
        invoices = "".join(SETTINGS.format(name=name, more="") for name in names)
        (self.folder.path / "sellers.toml").write_text(toml(*names) + invoices)
        self.folder.arm(*names)
        secrets = "".join(
            f"{name.upper()}_LWA_CLIENT_ID=id\n{name.upper()}_LWA_CLIENT_SECRET=secret-of-{name}\n"
            f"{name.upper()}_LWA_REFRESH_TOKEN={token}\n"
            for name, token in accounts.items()
        )
        others = {**self.folder.variables, **ENVIRONMENT}
        others = {name: value for name, value in others.items() if "_LWA_" not in name}
        written = "".join(f"{name}={value}\n" for name, value in others.items())
        (self.folder.path / ".env").write_text(written + secrets)

    def went_out(self) -> tuple[int, int]:
        """Accepted requests, and accepted invoices."""
        return int(self.simulator.summary()["calls"].get(ASK, 0)), len(self.simulator.invoices())

    def sweeps(self, expect: int | None = None) -> str:
        done = self.folder.askonce("sweep", expect=expect)
        return done.stdout + done.stderr

    def checks(self) -> dict[str, tuple[str, str, str]]:
        found = self.folder.json("check", expect=None)["checks"]
        return {each["name"]: (each["verdict"], each["detail"], each["remedy"]) for each in found}


@contextmanager
def opened(path: Path, database_url: str | None = None) -> Iterator[Shop]:
    orders = [delivered(number, account=OLD) for number in (1, 2)]
    sold = [invoiced(f"403-000000{number}-000000{number}", account=OLD) for number in (3, 4)]
    others = delivered(9, account=OTHER)
    with amazon(*orders, *sold, others) as simulator, selling(path, simulator.url, database_url=database_url) as folder:
        made = Shop(folder, simulator)
        made.settles_on(maison_durand=f"Atzr|{OLD}")
        made.sweeps()
        assert made.went_out()[0] == 2
        assert made.went_out()[1] >= 2
        yield made
        assert folder.broken_invariants() == {}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def any_shop(tmp_path: Path, database_url: str) -> Iterator[Shop]:
    """On each database in turn."""
    with opened(tmp_path, database_url) as made:
        yield made


RENAME = f"type: askonce rename {OLD} {NEW}"


@pytest.mark.parametrize("token", [f"Atzr|{OLD}", OLD], ids=["the same token", "a new token"])
def test_a_renamed_table_sends_nothing_until_it_is_said_and_nothing_twice_after(token: str, any_shop: Shop) -> None:
    before = any_shop.went_out()
    any_shop.settles_on(durand_et_fils=token, atelier_brun=f"Atzr|{OTHER}")
    assert RENAME in any_shop.sweeps(expect=1)
    assert any_shop.went_out() == (before[0] + 1, before[1])  # the other seller's
    for said in (any_shop.sweeps(expect=1), any_shop.folder.askonce("plan").stderr):
        assert RENAME in said
    verdict, detail, remedy = any_shop.checks()[f"{NEW}: account"]
    assert (verdict, remedy) == ("fail", f"If the table was renamed, {RENAME}")
    assert f"{OLD} is in the ledger (4 orders, 2 asked), but not in the settings" in detail
    assert any_shop.folder.json("rename", OLD, NEW) == {"old": OLD, "new": NEW, "orders": 4}
    any_shop.sweeps()
    assert any_shop.went_out() == (before[0] + 1, before[1])
    assert any_shop.folder.rows("SELECT count(*) FROM entries WHERE seller = :old", old=OLD) == [(0,)]
    assert any_shop.checks()["accounts"][0] == "pass"


def test_a_renamed_sellers_documents_can_be_opened_and_their_numbers_go_on(any_shop: Shop) -> None:
    before = any_shop.folder.json("invoice", "list")["documents"]
    any_shop.settles_on(durand_et_fils=f"Atzr|{OLD}")
    any_shop.folder.askonce("rename", OLD, NEW)
    shown = any_shop.folder.path / "shown.pdf"
    any_shop.folder.askonce("invoice", "show", before[0]["order_id"], "--to", str(shown), expect=None)
    any_shop.folder.askonce("invoice", "export", "--to", str(any_shop.folder.path / "books"))
    assert [each["number"] for each in any_shop.folder.json("invoice", "list")["documents"]] == [
        each["number"] for each in before
    ]
    any_shop.simulator.post_orders([invoiced("403-0000005-0000005", account=OLD)])
    any_shop.folder.write("UPDATE sources SET next_read_at = NULL")
    any_shop.sweeps()
    numbers = sorted(row[0] for row in any_shop.folder.rows("SELECT number FROM invoices WHERE number IS NOT NULL"))
    assert numbers == [f"{datetime.now(UTC).year}-{number:06}" for number in range(1, len(numbers) + 1)]
    assert len(numbers) == len([each for each in before if each["number"]]) + 1


def test_two_tables_of_one_account_send_nothing_and_the_other_sellers_go_on(shop: Shop) -> None:
    before = shop.went_out()
    shop.simulator.post_orders([delivered(8, account=OLD)])
    shop.settles_on(maison_durand=f"Atzr|{OLD}", durand_et_fils=f"Atzr|{OLD}", atelier_brun=f"Atzr|{OTHER}")
    said = shop.sweeps(expect=1)
    for name, other in ((OLD, NEW), (NEW, OLD)):
        assert f"{name} has the same Amazon account as {other}, so nothing is read or sent for either. Remove" in said
        assert shop.checks()[f"{name}: account"][0] == "fail"
    assert shop.went_out() == (before[0] + 1, before[1])
    # the copied table gets secrets of its own
    shop.settles_on(maison_durand=f"Atzr|{OLD}", durand_et_fils="Atzr|somebody", atelier_brun=f"Atzr|{OTHER}")
    assert shop.checks()["accounts"][0] == "pass"
    # or is removed
    shop.settles_on(maison_durand=f"Atzr|{OLD}", durand_et_fils=f"Atzr|{OLD}")
    shop.sweeps(expect=1)
    shop.settles_on(maison_durand=f"Atzr|{OLD}")
    assert "same Amazon account" not in shop.sweeps()


def test_a_running_worker_says_whom_it_does_not_work_for(shop: Shop) -> None:
    before = shop.went_out()
    shop.settles_on(durand_et_fils=f"Atzr|{OLD}", atelier_brun=f"Atzr|{OTHER}")
    worker = shop.folder.start("run")
    until(lambda: shop.went_out()[0] > before[0])
    assert worker.stop() == 0
    assert worker.stderr().count(RENAME) == 1
    assert f"working for {OTHER}\n" in worker.stderr()
    assert shop.went_out() == (before[0] + 1, before[1])


def test_celerys_worker_says_it_too(tmp_path: Path, database_url: str, redis_url: str) -> None:
    with opened(tmp_path, database_url) as shop:
        shop.folder.variables["REDIS_URL"] = redis_url
        shop.settles_on(durand_et_fils=f"Atzr|{OLD}", atelier_brun=f"Atzr|{OTHER}")
        before = shop.went_out()
        worker = shop.folder.celery("worker")
        until(lambda: shop.went_out()[0] > before[0])
        shop.folder.celery("call", "tasks.sweep", f'--kwargs={{"seller": "{NEW}"}}')
        until(lambda: worker.stderr().count(RENAME) >= 2)
        assert worker.stop() == 0
        assert "Traceback" not in worker.stderr()
        assert shop.went_out() == (before[0] + 1, before[1])


WRONG = {
    "still in the settings": ((OLD, OTHER), f"the settings still name {OLD}"),
    "a new name without a table": (("gone", "nobody"), "the settings name no seller nobody"),
    "an unknown name": (("gone", OTHER), "the ledger knows no seller gone: all that it knows are in the settings"),
    "the same": ((OLD, OLD), f"the settings still name {OLD}"),
}


@pytest.mark.parametrize(("names", "said"), WRONG.values(), ids=WRONG)
def test_a_rename_that_cannot_be_meant_is_refused(names: tuple[str, str], said: str, shop: Shop) -> None:
    shop.settles_on(maison_durand=f"Atzr|{OLD}", atelier_brun=f"Atzr|{OTHER}")
    refused = shop.folder.askonce("rename", *names, expect=1).stderr
    assert said in refused
    assert "ype: askonce" in refused


def test_a_name_with_orders_of_its_own_and_a_lane_at_work_are_no_places_to_rename_to(any_shop: Shop) -> None:
    any_shop.settles_on(atelier_brun=f"Atzr|{OTHER}")
    any_shop.sweeps()
    assert f"{OTHER} has orders of its own" in any_shop.folder.askonce("rename", OLD, OTHER, expect=1).stderr
    any_shop.settles_on(durand_et_fils=f"Atzr|{OLD}")
    later = datetime.now(UTC) + timedelta(minutes=5)
    any_shop.folder.write("UPDATE lanes SET holder = 'another machine 1', expires_at = :t", t=f"{later:%F %T.%f}")
    said = any_shop.folder.askonce("rename", OLD, NEW, expect=1).stderr
    assert f"a worker is at work for {OLD}" in said
    assert any_shop.folder.rows("SELECT DISTINCT seller FROM entries ORDER BY 1") == [(OTHER,), (OLD,)]


def test_a_seller_that_left_is_named_and_forgotten_but_for_what_guards_once(any_shop: Shop) -> None:
    any_shop.settles_on(atelier_brun=f"Atzr|{OTHER}")
    verdict, detail, remedy = any_shop.checks()[f"{OLD}: left"]
    assert (verdict, detail) == ("unknown", "in the ledger (4 orders, 2 asked), but not in the settings")
    assert remedy.endswith(f"askonce forget {OLD}")
    assert any_shop.folder.askonce("forget", OLD, expect=1).stdout == ""  # nobody answered the question
    documents = any_shop.folder.rows("SELECT order_id, number FROM invoices WHERE number IS NOT NULL ORDER BY 1")
    done = any_shop.folder.json("forget", OLD, "--yes")
    assert (done["seller"], done["asked"]) == (OLD, 2)
    assert done["documents"] == len(documents)
    assert (
        any_shop.folder.rows("SELECT order_id, number FROM invoices WHERE number IS NOT NULL ORDER BY 1") == documents
    )
    assert any_shop.folder.rows("SELECT order_id FROM entries ORDER BY 1") == [(each,) for each in MINE]
    # the account comes back under another name: it is known all the same
    before = any_shop.went_out()
    any_shop.settles_on(durand_et_fils=f"Atzr|{OLD}")
    assert RENAME in any_shop.sweeps(expect=1)
    assert any_shop.went_out() == before


def test_of_two_names_that_both_had_sent_one_is_forgotten_and_the_other_sends_nothing_of_it(any_shop: Shop) -> None:
    # as it was before accounts were known: two names, whose orders were read for each
    any_shop.settles_on(durand_et_fils="Atzr|somebody")
    columns = "order_id, placed, not_delivered_at, seen_delivered_at, refunds, funds_released_for"
    any_shop.folder.write(f"INSERT INTO orders (seller, {columns}) SELECT '{NEW}', {columns} FROM orders")
    any_shop.folder.write(
        "INSERT INTO entries (seller, order_id, action, state, reason, next_look_at, deadline, tries, changed_at) "
        f"SELECT '{NEW}', order_id, action, 'waiting', 'too_early', changed_at, deadline, 0, changed_at FROM entries"
    )
    any_shop.settles_on(durand_et_fils=f"Atzr|{OLD}")
    before = any_shop.went_out()
    assert f"Type: askonce forget {OLD}" in any_shop.sweeps(expect=1)
    any_shop.folder.askonce("forget", OLD, "--yes")
    any_shop.sweeps()
    assert any_shop.went_out()[0] == before[0]
    sent = any_shop.folder.rows(
        f"SELECT order_id, reason FROM entries WHERE seller = '{NEW}' AND state = 'sent' ORDER BY 1"
    )
    assert sent == [(each, "resolved") for each in MINE]


def test_explain_says_why_a_due_order_does_not_go_out(shop: Shop) -> None:
    shop.simulator.post_orders([delivered(8, account=OLD)])
    shop.folder.write("DELETE FROM sources")
    shop.folder.askonce("sweep", "--dry-run", expect=None)
    shop.settles_on(maison_durand=f"Atzr|{OLD}", durand_et_fils=f"Atzr|{OLD}")
    shop.checks()
    assert shop.folder.json("explain", "403-0000008-0000008")["reason"] == "same_account"


def test_an_empty_ledger_of_a_live_seller_is_said(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        found = {each["name"]: each for each in folder.json("check", expect=None)["checks"]}
        assert found["memory"]["verdict"] == "unknown"
        assert f"{tmp_path}/var/askonce.db: the ledger has no orders" in found["memory"]["detail"]
        assert folder.askonce("sweep").stderr.count("the ledger has no orders") == 1
        assert "the ledger has no orders" not in folder.askonce("sweep").stderr
        assert "memory" not in {each["name"] for each in folder.json("check", expect=None)["checks"]}


def test_from_another_folder_the_ledger_is_the_same(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".env").write_bytes((shop.folder.path / ".env").read_bytes())
    (elsewhere / "sellers.toml").symlink_to("nowhere")
    shop.folder.environ["SELLERS_FILE"] = str(shop.folder.path / "sellers.toml")
    there, shop.folder.path = shop.folder.path, elsewhere
    entries = shop.folder.json("history")["entries"]
    shop.folder.path = there
    assert {each["order_id"] for each in entries if each["state"] == "sent"} >= set(MINE)
    assert not (elsewhere / "var").exists()


def test_what_askonce_writes_is_its_owners_alone(shop: Shop) -> None:
    worker = shop.folder.start("run")
    var = shop.folder.path / "var"
    until(lambda: len(list(var.iterdir())) == 5)
    until(lambda: list(var.glob("askonce.db.seen/[!.]*")))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in var.rglob("[!.]*")}
    assert worker.stop() == 0
    assert modes.pop("askonce.db.seen") == 0o700
    assert modes.keys() == {"askonce.db", "askonce.db-wal", "askonce.db-shm", "askonce.db.worker", "maison-durand"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(var.stat().st_mode) == 0o700


def test_secrets_that_others_can_read_are_named(shop: Shop) -> None:
    assert not [name for name in shop.checks() if name.startswith("file ")]
    secret = shop.folder.path / "secret"
    secret.write_text("secret-of-maison_durand")
    env = shop.folder.path / ".env"
    lines = [line for line in env.read_text().splitlines() if not line.startswith("MAISON_DURAND_LWA_CLIENT_SECRET=")]
    env.write_text("\n".join([*lines, f"MAISON_DURAND_LWA_CLIENT_SECRET_FILE={secret}", ""]))
    env.chmod(0o640)
    secret.chmod(0o604)
    found = shop.checks()
    for name, path in (("file .env", env), ("file secret", secret)):
        verdict, _, remedy = found[name]
        assert (verdict, remedy) == ("unknown", f"chmod 600 {path}")


def test_a_folder_made_by_hand_and_a_backup_that_others_can_read_are_named(shop: Shop) -> None:
    var = shop.folder.path / "var"
    backup = var / "backup.db"
    backup.touch()
    backup.chmod(0o644)
    var.chmod(0o755)
    found = shop.checks()
    for name, cure in (("folder var", f"chmod 700 {var}"), ("file backup.db", f"chmod 600 {backup}")):
        verdict, _, remedy = found[name]
        assert (verdict, remedy) == ("unknown", cure)


AGES = {
    "new": (0, "pass", "in use for 0 days"),
    "149 days": (149, "pass", "in use for 149 days"),
    "150 days": (150, "unknown", "29 days are left"),
    "179 days": (179, "unknown", "0 days are left"),
    "180 days": (180, "fail", "Amazon takes one for 180"),
}


@pytest.mark.parametrize(("days", "verdict", "said"), AGES.values(), ids=AGES)
def test_the_age_of_a_client_secret_is_counted_down(days: int, verdict: str, said: str, shop: Shop) -> None:
    seen = datetime.now(UTC) - timedelta(days=days)
    shop.folder.write("UPDATE identities SET first_seen_at = :t WHERE kind = 'secret'", t=f"{seen:%F %T.%f}")
    found = shop.checks()[f"{OLD}: client secret"]
    assert found[0] == verdict
    assert said in found[1]
    assert ("MAISON_DURAND_LWA_CLIENT_SECRET" in found[2]) == (verdict != "pass")


def test_no_secret_is_in_the_ledger(shop: Shop) -> None:
    kept = b"".join(each.read_bytes() for each in (shop.folder.path / "var").rglob("*") if each.is_file())
    assert b"identity_key" in kept
    assert b"secret-of-" not in kept
    assert b"Atzr|" not in kept


def test_a_worker_of_the_old_settings_sends_nothing_more_once_the_new_ones_are_known(shop: Shop) -> None:
    worker = shop.folder.start("run")
    until(lambda: "working for" in worker.stderr())
    shop.settles_on(durand_et_fils=f"Atzr|{OLD}")
    assert shop.checks()[f"{NEW}: account"][0] == "fail"
    shop.simulator.post_orders([delivered(8, account=OLD)])
    before = shop.went_out()
    shop.folder.write("DELETE FROM sources")
    said = shop.sweeps(expect=1)
    assert RENAME in said
    assert worker.stop() == 0
    assert shop.went_out() == before
    shop.folder.askonce("rename", OLD, NEW)
    shop.sweeps()
    assert shop.went_out() == (before[0] + 1, before[1])
