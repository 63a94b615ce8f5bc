"""The command line as a seller meets it: help, JSON, exit codes, colours, and what to type after a mistake."""

import json
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from marketplace.simulator.sim_order import SimRefund
from rules.order import Money
from settings.marketplaces import MARKETPLACES
from tests.worker.seller_folder import DAY, SELLER, Folder, Running, amazon, delivered, selling, until
from worker.commands import COMMANDS, askonce

TOTALS = {"seen", "sent", "waiting", "skipped", "refused", "held", "by_reason"}
EXPLAINED = {
    *("seller", "order_id", "state", "reason", "delivered_at", "delivered_basis"),
    *("facts", "rules", "attempts", "next_look_at"),
}
SENT, WAITING = delivered(1), delivered(3, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """A seller whose orders have been worked on once: two sent, one too early, the others not at all."""
    now = datetime.now(UTC)
    value = Money(Decimal("29.90"), "EUR")
    orders = [
        *(SENT, delivered(2, 12), WAITING, delivered(4, 40)),
        replace(delivered(5), delivered_at=None, shipped_at=None, cancelled_at=now - 9 * DAY),
        delivered(6, value=value, refunds=(SimRefund(now - 2 * DAY, value),)),
        delivered(7, channel="NON_AMAZON"),
    ]
    with amazon(*orders) as simulator, selling(tmp_path_factory.mktemp("seller"), simulator.url) as made:
        planned = made.json("plan")
        assert len(planned["entries"]) + sum(planned["by_reason"].values()) == len(orders)
        assert simulator.summary()["accepted_total"] == 0
        made.askonce("sweep")
        yield made


@pytest.fixture(scope="module", autouse=True)
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Folder]]:
    """Begun before the first test of this file: it takes a minute."""
    with selling(tmp_path_factory.mktemp("demo"), "http://127.0.0.1:9", "a-real-shop") as made:
        yield made.start("demo"), made


def test_edited_settings_are_tried_without_being_put_to_work(folder: Folder) -> None:
    before = (folder.path / "sellers.toml").read_text()
    edited = re.sub(r"day_range = .*", "day_range = [8, 25]", before)
    (folder.path / "edited.toml").write_text(edited)
    found = folder.json("plan", "--against", "edited.toml")
    assert found["against"]["file"] == "edited.toml"
    (told,) = found["against"]["sellers"]
    (change,) = told["changes"]
    assert change["order_id"] == WAITING.order_id
    assert change["before"]["due_at"] < change["after"]["due_at"]
    assert (folder.path / "sellers.toml").read_text() == before
    (folder.path / "edited.toml").write_text(edited.replace("25]", "25"))
    refused = folder.askonce("plan", "--against", "edited.toml", expect=2)
    assert "edited.toml:" in refused.stderr
    assert "Type: day_range = [8, 25]" in refused.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_ends_with_examples(name: str) -> None:
    done = CliRunner().invoke(askonce, [name, "--help"])
    assert done.exit_code == 0
    assert f"Examples:\n    askonce {name}" in done.output


def test_help_starts_nothing_heavy() -> None:
    code = """
import sys
from worker.commands import COMMANDS, askonce
askonce.main(["--help"], standalone_mode=False)
heavy = {"celery", "apscheduler", "sqlalchemy", "httpx2", "rich", "alembic"} & sys.modules.keys()
assert not heavy, heavy
for name in COMMANDS:
    askonce.main([name, "--help"], standalone_mode=False)
assert "celery" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_init_writes_what_is_missing_and_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("mine")
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "worker", "init"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert "askonce check" in done.stdout
        assert (tmp_path / ".env").read_text() == "mine"
        (tmp_path / "sellers.toml").write_text("mine too")
    assert (tmp_path / "sellers.toml").read_text() == "mine too"
    assert (tmp_path / "sellers.schema.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "keys", "code"),
    [
        pytest.param(["sweep"], {*TOTALS, "calls"}, 0, id="sweep"),
        pytest.param(["sweep", "--dry-run", "--seller", SELLER], {*TOTALS, "calls"}, 0, id="sweep --dry-run"),
        pytest.param(["plan", "--days", "30"], {"entries", "by_reason"}, 0, id="plan"),
        pytest.param(["explain", SENT.order_id], EXPLAINED, 0, id="explain"),
        pytest.param(["history"], {"entries"}, 0, id="history"),
        pytest.param(["history", "--since", "7d"], {"entries"}, 0, id="history --since"),
        pytest.param(["held"], {"entries"}, 0, id="held"),
        pytest.param(["check"], {"checks"}, 0, id="check"),
    ],
)
def test_json_is_one_document_with_the_keys_of_the_contract(
    arguments: list[str], keys: set[str], code: int, folder: Folder
) -> None:
    done = folder.askonce(*arguments, "--json", expect=code)
    assert json.loads(done.stdout).keys() >= keys
    assert done.stdout.count("\n") == 1


def test_the_totals_of_a_sweep_add_up(tmp_path: Path) -> None:
    with amazon(delivered(1), delivered(2, 2)) as simulator, selling(tmp_path, simulator.url) as folder:
        found = folder.json("sweep")
    assert found["seen"] == sum(found[name] for name in ("sent", "waiting", "skipped", "refused", "held")) == 2
    assert (found["sent"], found["by_reason"]) == (1, {"too_early": 1})


def test_a_plan_names_what_goes_out_and_the_rest_by_reason(folder: Folder) -> None:
    planned = folder.json("plan", "--days", "30")
    assert [(entry["order_id"], entry["action"], entry["seller"]) for entry in planned["entries"]] == [
        (WAITING.order_id, "review", SELLER)
    ]
    assert planned["by_reason"] == {"too_late": 1, "cancelled": 1, "refunded": 1, "not_amazon_order": 1}
    assert "1 request in the next 7 days" in folder.askonce("plan").stdout


def test_explain_shows_each_fact_with_its_source_and_age_and_each_rule_with_its_verdict(folder: Folder) -> None:
    found = folder.json("explain", SENT.order_id)
    assert (found["state"], found["reason"], found["delivered_basis"]) == ("sent", "requested", "finance_dd7")
    assert {fact["source"] for fact in found["facts"]} >= {"orders", "finances"}
    assert all(fact["as_of"] for fact in found["facts"] if fact["source"] in ("orders", "finances"))
    assert {"rule", "input", "verdict"} <= found["rules"][0].keys()
    assert [attempt["state"] for attempt in found["attempts"]] == ["sent"]
    shown = folder.askonce("explain", SENT.order_id, "--all").stdout
    assert all(words in shown for words in ("as of", "packages", "merchant_returns", "not looked at", "refunded"))


def test_explain_answers_first(folder: Folder) -> None:
    first, asked, delivered_at, link, *rest = folder.askonce("explain", SENT.order_id).stdout.splitlines()
    assert first == f"{SENT.order_id} of {SELLER}: sent (requested)"
    assert asked.startswith("Asked on 20")
    assert asked.endswith(" CET: Amazon accepted the request. This is final.") or " CEST: " in asked
    assert delivered_at.startswith("Counted as delivered from 20")
    assert link == f"https://sellercentral-europe.amazon.com/orders-v3/order/{SENT.order_id}"
    assert rest[-1] == f"All rules, facts and sources: askonce explain {SENT.order_id} --all"
    assert not any("UTC" in line or "undeliverable" in line for line in rest)


def test_an_order_id_is_taken_as_people_paste_it(folder: Folder) -> None:
    for pasted in (f" #{SENT.order_id}", SENT.order_id.replace("-", " "), f"...{SENT.order_id[-7:]}"):
        assert folder.json("explain", pasted)["order_id"] == SENT.order_id


def test_history_exports_csv(folder: Folder) -> None:
    lines = folder.askonce("history", "--csv").stdout.splitlines()
    assert lines[0] == "at,seller,order_id,action,state,reason,asked_at,timezone,part,number,detail,settings"
    assert len(lines) == 1 + 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["sweep", "--seller", "maison-duran"], f"Type: --seller {SELLER}", id="unknown seller"),
        pytest.param(["history", "--since", "lately"], "Type: 7d, yesterday or 2026-11-22", id="wrong time"),
        pytest.param(["pause", "--until", "soon"], "Type: 12h, 18:00, tomorrow", id="wrong time ahead"),
        pytest.param(["pause", "--until", "2025-01-01"], "2025-01-01 00:00 CET is over", id="a pause that is over"),
        pytest.param(["pause", "--until", "yesterday"], "is over; nothing is paused", id="a pause until yesterday"),
        pytest.param(["plan", "--days", "0"], "--days", id="no days"),
        pytest.param(["resolve", "1", "maybe"], "not-sent", id="wrong outcome"),
        pytest.param(["sweeep"], "Did you mean: askonce sweep", id="unknown command"),
    ],
)
def test_bad_usage_ends_with_2_and_says_what_to_type(arguments: list[str], said: str, folder: Folder) -> None:
    assert said in folder.askonce(*arguments, expect=2).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["explain", "403-1"], "Type it as Seller Central shows it", id="explain"),
        pytest.param(["explain", "403-0000001-0000099"], f"Did you mean {SENT.order_id}?", id="a near miss"),
        pytest.param(
            ["explain", "402-1234567-1234567"],
            "type: askonce explain 402-1234567-1234567 --fetch",
            id="an order not seen",
        ),
        pytest.param(["resolve", "403-1", "sent"], "Type it as Seller Central shows it", id="resolve"),
        pytest.param(["resolve", SENT.order_id, "not-sent"], "Type: askonce held", id="resolve a sent order"),
    ],
)
def test_a_wrong_order_id_is_answered_with_what_to_type(arguments: list[str], said: str, folder: Folder) -> None:
    assert said in folder.askonce(*arguments, expect=None).stderr
    assert folder.states()[SENT.order_id] == "sent"


@pytest.mark.parametrize("arguments", [["history"], ["plan"], ["check"]], ids=" ".join)
def test_colours_are_for_terminals_only(arguments: list[str], folder: Folder) -> None:
    assert "\x1b" not in folder.askonce(*arguments).stdout
    assert b"\x1b[" in _on_a_terminal(folder, *arguments)


def _on_a_terminal(folder: Folder, *arguments: str) -> bytes:
    ours, theirs = pty.openpty()
    environ = folder.environ | {"TERM": "xterm-256color"}
    command = [sys.executable, "-m", "worker", *arguments]
    with subprocess.Popen(command, cwd=folder.path, env=environ, stdin=theirs, stdout=theirs, stderr=theirs) as started:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # how Linux says that the other end was closed
            pass
        os.close(ours)
        assert started.wait(30) == 0
    return shown


def test_a_pause_holds_back_and_a_resume_lets_go(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("pause", "--seller", SELLER, "--until", "2d")
        assert folder.json("sweep")["by_reason"] == {"paused": 1}
        assert folder.json("explain", delivered(1).order_id)["reason"] == "paused"
        assert "1 stop lifted" in folder.askonce("resume").stdout
        assert folder.json("sweep")["sent"] == 1
        assert "nothing was stopped" in folder.askonce("resume", "--seller", SELLER).stdout


def test_a_pause_of_a_part_is_said_and_lifted_by_its_scope(tmp_path: Path) -> None:
    paused, other = replace(delivered(1), marketplace_id=MARKETPLACES["DE"].marketplace_id), delivered(2)
    with amazon(paused, other) as simulator, selling(tmp_path, simulator.url) as folder:
        mine = ("--seller", SELLER)
        folder.environ["ASKONCE_PERSON"] = "Claire"
        said = folder.askonce("pause", *mine, "--marketplace", "de", "--action", "review").stdout
        assert f"{SELLER}: sending of requests in DE is paused until you type" in said
        assert folder.json("sweep")["by_reason"] == {"paused": 1}
        assert set(simulator.accepted()) == {other.order_id}
        assert "DE, requests: sending is paused, by Claire, since" in folder.askonce("status", expect=1).stdout
        assert "nothing was stopped" in folder.askonce("resume", *mine, "--marketplace", "FR").stdout
        still = f"Type: askonce resume {' '.join(mine)} --marketplace DE --action review"
        assert still in folder.askonce("resume", *mine, "--action", "invoice").stdout
        assert "1 stop lifted" in folder.askonce("resume", *mine, "--marketplace", "DE").stdout
        assert folder.json("sweep")["sent"] == 1
        acts = folder.json("audit")["acts"]
        pause = next(act for act in acts if act["act"] == "pause")
        assert (pause["action"], pause["person"]) == ("review", "Claire")
        assert pause["after"] == {"marketplace": "DE", "until": None}
        said = folder.askonce("pause", *mine, "--marketplace", "IT", expect=2).stderr
        assert f"the settings of {SELLER} name no marketplace IT: only FR, DE" in said


def test_the_stop_file_stops_a_daemon_in_mid_work_and_is_named(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url) as folder:
        (tmp_path / "var/STOP").touch()
        daemon = folder.start("run")
        until(lambda: f"{tmp_path}/var/STOP is there" in daemon.stderr())
        until(lambda: folder.rows("SELECT reason FROM entries") == [("stop_file",)])
        assert f"{tmp_path}/var/STOP is there" in folder.json("check", expect=1)["checks"][1]["detail"]
        assert folder.json("explain", delivered(1).order_id)["reason"] == "stop_file"
        assert simulator.accepted() == {}
        (tmp_path / "var/STOP").unlink()
        until(lambda: len(simulator.accepted()) == 1)
        assert daemon.stop() == 0


def test_a_stop_file_that_could_never_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        folder.environ["STOP_FILE"] = str(tmp_path / "nowhere/STOP")
        for command in ("run", "status"):
            assert "the folder of STOP_FILE is not there" in folder.askonce(command, expect=2).stderr


TIMES = {
    "a day": ("2030-01-15", "2030-01-15 00:00 CET"),
    "a day and an hour": ("2030-07-15 18:00", "2030-07-15 18:00 CEST"),
    "with a zone": ("2030-01-15T18:00+00:00", "2030-01-15 18:00 UTC"),
}


@pytest.mark.parametrize(("typed", "shown"), TIMES.values(), ids=TIMES)
def test_a_time_is_in_the_zone_of_the_one_seller(tmp_path: Path, typed: str, shown: str) -> None:
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        assert f"paused until {shown}" in folder.askonce("pause", "--until", typed, "--seller", SELLER).stdout


def test_words_for_days_are_times(tmp_path: Path) -> None:
    tomorrow = (datetime.now(ZoneInfo("Europe/Paris")) + DAY).date()
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        assert f"until {tomorrow} 00:00 CE" in folder.askonce("pause", "--until", "tomorrow").stdout
        assert f"until {tomorrow} 18:30 CE" in folder.askonce("pause", "--until", "Tomorrow 18:30").stdout
        for typed in ("yesterday", "today", "18:00", "2026-01-01 08:00"):
            folder.askonce("history", "--since", typed)


def test_with_several_sellers_a_time_is_in_the_zone_of_the_machine(tmp_path: Path) -> None:
    here = datetime(2030, 1, 15).astimezone()
    with selling(tmp_path, "http://127.0.0.1:9", "shop-a", "shop-b") as folder:
        assert f"until 2030-01-15 00:00 {here:%Z}" in folder.askonce("pause", "--until", "2030-01-15").stdout
        assert "00:00 CET" in folder.askonce("pause", "--until", "2030-01-15", "--seller", "shop-a").stdout


def test_a_person_settles_what_is_held(tmp_path: Path) -> None:
    first, second = delivered(1), delivered(2)
    with amazon(first, second) as simulator, selling(tmp_path, simulator.url) as folder:
        folder.askonce("sweep", "--dry-run")
        folder.write("UPDATE entries SET state = 'held', reason = 'unclear', next_look_at = NULL")
        assert [entry["order_id"] for entry in folder.json("held", expect=1)["entries"]] == [
            first.order_id,
            second.order_id,
        ]
        assert folder.json("sweep", expect=1)["held"] == 2
        folder.askonce("resolve", first.order_id, "sent")
        folder.askonce("resolve", second.order_id, "not-sent")
        assert "nothing is held" in folder.askonce("held").stdout
        assert folder.json("sweep")["sent"] == 1
        assert simulator.accepted().keys() == {second.order_id}
        assert folder.broken_invariants() == {}


def test_a_demo_ends_by_itself_with_a_sum_that_adds_up_and_can_be_looked_at(demo: tuple[Running, Folder]) -> None:
    running, folder = demo
    assert running.process.wait(120) == 0, running.stderr()
    said = running.stdout()
    total = next(line for line in said.splitlines() if " seen = " in line)
    seen, rest = total.split(" seen = ")
    assert int(seen) == sum(int(word) for word in rest.split() if word.isdigit()) > 50
    assert "0 of them more than once" in said
    assert len(said.splitlines()) < 80
    named = re.search(r"askonce explain (\S+) --demo", said)
    assert named
    assert folder.json("explain", named[1], "--demo")["reason"] == "refunded"
    reviews = [each for each in folder.json("history", "--demo")["entries"] if each["action"] == "review"]
    assert sum(each["state"] == "sent" for each in reviews) > 40
    assert folder.json("plan", "--demo")["seen"] == int(seen)
    assert folder.json("invoice", "list", "--demo")["totals"]["sent"] > 20
    assert "nothing is held" in folder.askonce("held", "--demo").stdout
    assert folder.json("history")["entries"] == []


def test_without_a_demo_there_is_none_to_look_at(tmp_path: Path) -> None:
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        assert "Type: askonce demo" in folder.askonce("history", "--demo", expect=2).stderr


def test_a_plan_without_secrets_and_orders_is_no_empty_table(tmp_path: Path) -> None:
    with selling(tmp_path, "http://127.0.0.1:9") as folder:
        (folder.path / ".env").write_text("")
        ended = folder.askonce("plan", expect=1)
    assert ended.stdout == ""
    assert "LWA_CLIENT_ID is not set" in ended.stderr
    assert "nothing can be planned. Type: askonce check" in ended.stderr


def test_a_dry_run_says_why_what_is_due_would_not_go_out(tmp_path: Path) -> None:
    with amazon(delivered(1)) as simulator, selling(tmp_path, simulator.url, live=False) as folder:
        assert folder.json("sweep", "--dry-run")["by_reason"] == {"not_live": 1}


def test_a_check_is_grouped_and_counts_its_verdicts_last(tmp_path: Path) -> None:
    names = ("atelier-brun", "lumiere")
    with amazon() as simulator, selling(tmp_path, simulator.url, *names) as folder:
        folder.askonce("sweep")
        folder.askonce("pause", "--seller", "lumiere")
        shown = folder.askonce("check", expect=1).stdout
        checks = folder.json("check", expect=1)["checks"]
    assert shown.index("installation") < shown.index("lumiere") < shown.index("atelier-brun")
    counts = Counter(check["verdict"] for check in checks)
    assert shown.splitlines()[-1] == f"{counts['pass']} pass, {counts['fail']} FAIL, {counts['unknown']} unknown"
    assert [check["name"] for check in checks].count("clock") == 1
    assert "celery" not in shown
    assert len(shown.splitlines()) < len(checks) + 20
