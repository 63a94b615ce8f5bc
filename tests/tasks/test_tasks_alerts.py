"""Alerts, sent by Apprise to a real HTTP server: each once a day, once when it is over; and a digest that adds up."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from ledger import controls, heartbeats, identities, messages, upgrade
from ledger.heartbeats import BEAT, Heartbeat
from ledger.process_identity import this_process
from ledger.tables import heartbeats as heartbeat_rows
from marketplace.simulator.faults import Fault
from rules.brakes import Brake, Verdict
from rules.reason import Reason
from tasks.alerts.kind import Kind
from tasks.alerts.watch import watch
from tasks.app import App
from tasks.brakes.look import put
from tasks.check import disk
from tasks.stop_file import StopFile
from tests.inbox import SECRET, Inbox, inbox
from tests.tasks.invoice_workshop import InvoiceWorkshop
from tests.tasks.workshop import ASK, DAY, HOUR, MINUTE, NOW, Workshop
from worker.clock import SimulatedClock
from worker.ping import ping_of
from worker.receivers import receivers


@dataclass
class Told:
    """A shop whose alerts arrive in an inbox."""

    shop: Workshop
    inbox: Inbox
    app: App
    with_digest: bool = False

    def looks(self, *, alive: bool = True) -> list[str]:
        """What arrives at one tick: titles."""
        before, now = len(self.inbox.received), self.shop.clock.now()
        if alive:
            with self.shop.ledger.begin() as connection:
                heartbeats.record(connection, Heartbeat(this_process(), "run", "1.0", started_at=NOW, seen_at=now))
        watch(replace(self.app, sellers=self.shop.app.sellers))
        arrived = [each["title"] for each in self.inbox.received[before:]]
        return [each for each in arrived if "the day" not in each or self.with_digest]

    def after(self, by: timedelta) -> list[str]:
        """The same, so much later, with facts that are fresh."""
        self.shop.wait(by)
        self.shop.refresh(everything=True)
        return self.looks()

    @property
    def last(self) -> str:
        body: str = self.inbox.received[-1]["message"]
        return body


@pytest.fixture
def arriving() -> Iterator[Inbox]:
    with inbox() as made:
        yield made


def telling(shop: Workshop, arriving: Inbox, *more: str) -> Told:
    to = receivers(shop.ledger, [arriving.url, *more])
    return Told(shop, arriving, replace(shop.app, settings="as they are", receivers=to))


@pytest.fixture
def told(shop: Workshop, arriving: Inbox) -> Told:
    """Of a shop that was read."""
    shop.whole_pass()
    return telling(shop, arriving)


@pytest.fixture
def untold(shop: Workshop, arriving: Inbox) -> Told:
    """Of a shop that was not."""
    return telling(shop, arriving)


def stop(shop: Workshop, reason: Reason, scope: str | None = None) -> None:
    with shop.ledger.begin() as connection:
        controls.stop(connection, scope or shop.name, reason, detail="Access to 406-7654321-7654321 is denied.")


def lift(shop: Workshop) -> None:
    with shop.ledger.begin() as connection:
        controls.lift(connection, shop.name)


def test_a_cause_is_told_once_a_day_and_once_when_it_is_over(any_shop: Workshop, arriving: Inbox) -> None:
    any_shop.whole_pass()
    told = telling(any_shop, arriving)
    assert told.looks() == []
    stop(any_shop, Reason.NOT_AUTHORISED)
    assert told.after(MINUTE) == [f"askonce: {any_shop.name}: Amazon denies access"]
    assert told.last == f"{any_shop.name}: {Reason.NOT_AUTHORISED.meaning}. To do: askonce check"
    assert [told.after(HOUR) for _ in range(6)] == [[]] * 6
    assert told.after(DAY - 6 * HOUR) == [f"askonce: {any_shop.name}: Amazon denies access"]
    lift(any_shop)
    assert told.after(MINUTE) == []
    assert told.after(15 * MINUTE) == [f"askonce: over: {any_shop.name}: Amazon denies access"]
    assert told.after(15 * MINUTE) == []


def test_what_comes_and_goes_is_told_once(told: Told) -> None:
    said = []
    for _ in range(5):
        stop(told.shop, Reason.NOT_AUTHORISED)
        said += told.after(MINUTE)
        lift(told.shop)
        said += told.after(20 * MINUTE)
    assert said == [f"askonce: {way}{told.shop.name}: Amazon denies access" for way in ("", "over: ")]


def test_a_worker_that_is_a_little_late_with_the_same_tells_nothing_again(told: Told) -> None:
    told.shop.order()
    told.shop.sweep()
    told.shop.wait(16 * MINUTE)
    stop(told.shop, Reason.NOT_AUTHORISED)
    assert told.looks() == [f"askonce: {told.shop.name}: Amazon denies access"]
    late = SimulatedClock(told.shop.clock.now() - timedelta(seconds=3))
    watch(replace(told.app, clock=late))
    assert len(told.inbox.received) == 1


def test_several_causes_are_one_message(told: Told) -> None:
    stop(told.shop, Reason.NOT_AUTHORISED)
    stop(told.shop, Reason.INVOICES_NOT_AUTHORISED)
    assert told.looks() == [f"askonce: {told.shop.name}: Amazon denies access"]
    assert len(told.last.splitlines()) == 2


def paused(told: Told) -> None:
    stop(told.shop, Reason.PAUSED)


def never_read(told: Told) -> None:
    told.shop.opens()


@pytest.mark.parametrize("act", [paused, never_read])
def test_what_a_person_did_is_not_told(act: Callable[[Told], None], told: Told) -> None:
    act(told)
    assert told.looks() == []


def denied(told: Told) -> None:
    told.shop.whole_pass()
    stop(told.shop, Reason.NOT_AUTHORISED, f"{told.shop.name}/FR")


def held(told: Told) -> None:
    order = told.shop.order()
    told.shop.simulator.faults(Fault("unknown_403", ASK, order))
    told.shop.whole_pass()
    told.shop.wait(25 * HOUR)
    told.shop.refresh(everything=True)


def stale(told: Told) -> None:
    told.shop.whole_pass()
    told.shop.wait(7 * HOUR)
    assert told.looks() == []
    told.shop.wait(11 * MINUTE)


def standing_still(told: Told) -> None:
    told.shop.order()
    told.shop.sweep()
    told.shop.wait(16 * MINUTE)
    assert told.looks() == []
    told.shop.wait(11 * MINUTE)


def missed(told: Told) -> None:
    told.shop.order(24)
    told.shop.wants(day_range=[5, 25])
    told.shop.sweep()
    stop(told.shop, Reason.PAUSED)
    told.shop.wait(2 * DAY)
    told.shop.whole_pass()


def of_account(shop: Workshop, **settings: date) -> None:
    shop.sellers[shop.name] = shop.sellers[shop.name].model_copy(update=settings)


def secret(told: Told) -> None:
    told.shop.whole_pass()
    told.app = replace(told.app, fingerprints={told.shop.name: {"secret": "abc"}})
    of_account(told.shop, secret_since=NOW.date() - timedelta(days=160))


def authorisation(told: Told) -> None:
    told.shop.whole_pass()
    told.app = replace(told.app, fingerprints={told.shop.name: {"secret": "abc"}})
    of_account(told.shop, authorised_since=NOW.date() - timedelta(days=350))


def silent(told: Told) -> None:
    told.shop.whole_pass()
    then, now = NOW - HOUR, told.shop.clock.now()
    with told.shop.ledger.begin() as connection:
        other = Heartbeat("far 1 2 3", "run", "1.0", started_at=then, seen_at=now - 7 * MINUTE)
        heartbeats.record(connection, other)
    assert told.looks() == []
    told.shop.wait(11 * MINUTE)


def two_versions(told: Told) -> None:
    told.shop.whole_pass()
    for _ in range(2):
        told.shop.wait(11 * MINUTE)
        with told.shop.ledger.begin() as connection:
            other = Heartbeat("far 1 2 3", "run", "0.9", started_at=NOW, seen_at=told.shop.clock.now())
            heartbeats.record(connection, other)
        told.looks()


def refused_settings(told: Told) -> None:
    told.shop.whole_pass()
    with told.shop.ledger.begin() as connection:
        trouble = "sellers.toml:3: GIFT-406-1234567-1234567 is wrong. Type: something else"
        worker = Heartbeat("far 1 2 3", "run", "1.0", started_at=NOW, seen_at=NOW, settings_trouble=trouble)
        heartbeats.record(connection, worker)


def braked(told: Told) -> None:
    told.shop.whole_pass()
    with told.shop.ledger.begin() as connection:
        many = Verdict(Brake.MANY_DUE, 90, 20, "90 orders came due today; a usual day has 4")
        put(connection, told.shop.name, "FR", many, told.shop.clock.now())


def stopped_by_file(told: Told) -> None:
    told.shop.whole_pass()
    told.app = replace(told.app, stop_file=StopFile(Path(__file__)))


def of_one_account(told: Told) -> None:
    told.shop.whole_pass()
    other = told.shop.opens()
    with told.shop.ledger.begin() as connection:
        for name in (told.shop.name, other):
            identities.note(connection, name, {"token": "the same"}, NOW)


def other_settings(told: Told) -> None:
    told.shop.whole_pass()
    mine = json.dumps({told.shop.name: False})
    for _ in range(2):
        told.shop.wait(11 * MINUTE)
        with told.shop.ledger.begin() as connection:
            now = told.shop.clock.now()
            heartbeats.record(connection, Heartbeat("far 1 2 3", "run", "1.0", NOW, now, sellers=mine))
        told.looks()


CAUSES = {
    "a brake": (braked, "stopped by a brake"),
    "the stop file": (stopped_by_file, "the stop file is there"),
    "two sellers of one account": (of_one_account, "two sellers are one account"),
    "a worker with other settings": (other_settings, "a worker has other settings"),
    "access is denied": (denied, "Amazon denies access"),
    "held for more than a day": (held, "held for more than a day"),
    "facts are too old": (stale, "facts are too old"),
    "no worker comes": (standing_still, "no worker comes"),
    "not asked in time": (missed, "orders were not asked in time"),
    "a client secret near its end": (secret, "a secret comes to its end"),
    "an authorisation near its end": (authorisation, "a secret comes to its end"),
    "a worker is silent": (silent, "a worker is silent"),
    "an upgrade waits": (two_versions, "an upgrade waits for a restart"),
    "settings that cannot be used": (refused_settings, "changed settings cannot be used"),
}


@pytest.mark.parametrize(("arrange", "title"), CAUSES.values(), ids=CAUSES)
def test_each_cause_arrives_once(arrange: Callable[[Told], None], title: str, untold: Told) -> None:
    told = untold
    arrange(told)
    told.looks()
    arrived = "\n".join(f"{each['title']}\n{each['message']}" for each in told.inbox.received)
    assert title in arrived, arrived
    assert not re.search(r"\d{3}-\d{7}-\d{7}", arrived)
    before = len(told.inbox.received)
    told.shop.wait(2 * MINUTE)
    told.looks()
    assert len(told.inbox.received) == before


def test_an_invoice_that_is_late_is_told(invoicing: InvoiceWorkshop, arriving: Inbox) -> None:
    stop(invoicing, Reason.PAUSED)
    invoicing.shipped(business=True)
    invoicing.whole_pass()
    told = telling(invoicing, arriving)
    assert told.after(HOUR) == []
    assert told.after(2 * DAY) == [f"askonce: {invoicing.name}: invoices are late"]


def test_every_kind_of_news_has_a_case_here() -> None:
    apart = {Kind.DISK_NEARLY_FULL.meaning, Kind.INVOICES_LATE.meaning}
    assert {title for _, title in CAUSES.values()} | apart == {each.meaning for each in Kind if each.is_news}


def test_a_disk_that_is_nearly_full_is_told(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "NEARLY_FULL", 10**18)
    assert told.looks() == ["askonce: the disk is nearly full"]
    assert told.last.endswith("To do: free some space: df -h")


def test_a_ledger_of_a_newer_askonce_is_an_upgrade_that_waits(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    told.looks()
    monkeypatch.setattr(upgrade, "HEAD", "0001")
    assert told.after(MINUTE) == []
    assert told.after(11 * MINUTE) == ["askonce: an upgrade waits for a restart"]


def test_a_beat_that_is_gone_is_told(told: Told) -> None:
    with told.shop.ledger.begin() as connection:
        now = told.shop.clock.now()
        heartbeats.record(
            connection, Heartbeat("far 1 2 3", "celery", "1.0", started_at=NOW - HOUR, seen_at=now + HOUR)
        )
        heartbeats.record(connection, Heartbeat(BEAT, BEAT, "", started_at=NOW - HOUR, seen_at=now - HOUR))
        connection.execute(update(heartbeat_rows).where(heartbeat_rows.c.name != BEAT).values(seen_at=now))
    told.looks()
    told.shop.wait(11 * MINUTE)
    with told.shop.ledger.begin() as connection:
        now = told.shop.clock.now()
        connection.execute(update(heartbeat_rows).where(heartbeat_rows.c.name != BEAT).values(seen_at=now))
    assert told.looks() == ["askonce: a worker is silent"]
    assert told.last.startswith("beat: last tick")


def test_a_message_that_is_not_taken_is_sent_again_and_each_arrives_once(told: Told) -> None:
    told.inbox.status = 500
    stop(told.shop, Reason.NOT_AUTHORISED)
    assert told.looks() == []
    assert told.after(MINUTE / 2) == []
    assert len(told.inbox.raw) == 1
    told.after(2 * MINUTE)
    assert len(told.inbox.raw) == 2
    told.inbox.status = 200
    assert told.after(HOUR) == [f"askonce: {told.shop.name}: Amazon denies access"]
    assert told.after(HOUR) == []


def test_one_receiver_that_does_not_answer_keeps_nothing_from_the_others(
    shop: Workshop, arriving: Inbox, unused_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    shop.whole_pass()
    told = telling(shop, arriving, f"json://127.0.0.1:{unused_port}/{SECRET}", f"nonsense://{SECRET}")
    stop(shop, Reason.NOT_AUTHORISED)
    assert told.looks() == [f"askonce: {shop.name}: Amazon denies access"]
    with shop.ledger.read() as connection:
        became = {each.receiver_name: each.error for each in messages.last(connection, 3)}
    assert became == {
        "1 (json)": None,
        "2 (json)": "it cannot be reached, or did not answer in time",
        "3 (nonsense)": "Apprise knows no such URL; how they are written stands in its documentation",
    }
    assert "alerts to 2 (json): not taken" in caplog.text
    assert SECRET not in caplog.text


def test_a_message_whose_sender_died_is_sent_again_a_few_times_at_most(told: Told) -> None:
    stop(told.shop, Reason.NOT_AUTHORISED)

    def dies(title: str, *_: str) -> str:
        sent[title] += 1
        raise SystemExit

    sent: Counter[str] = Counter()
    told.app = replace(told.app, receivers=tuple(replace(each, post=dies) for each in told.app.receivers))
    for _ in range(23 * 12):
        with suppress(SystemExit):
            told.looks()
        told.shop.wait(5 * MINUTE)
    assert f"askonce: {told.shop.name}: Amazon denies access" in sent
    assert max(sent.values()) <= 1 + len(messages.TRY_AGAIN)


def test_without_anybody_to_be_told_nothing_is_written_and_who_comes_later_hears_it(told: Told) -> None:
    stop(told.shop, Reason.NOT_AUTHORISED)
    alone, told.app = told.app, replace(told.app, receivers=())
    assert told.looks() == []
    told.app = alone
    assert told.after(MINUTE) == [f"askonce: {told.shop.name}: Amazon denies access"]


def test_the_digest_comes_in_the_morning_and_adds_up(any_shop: Workshop, arriving: Inbox) -> None:
    any_shop.wants(timezone="Europe/Paris", time_slots=["10:00-18:00"])
    for days_ago in (10, 11, 40, 6.5, 3):
        any_shop.order(days_ago)
    any_shop.whole_pass()
    told = replace(telling(any_shop, arriving), with_digest=True)
    assert told.looks() == []
    any_shop.at(NOW + timedelta(hours=17, minutes=30))  # 07:30 in Paris
    any_shop.refresh(everything=True)
    assert told.looks() == []
    any_shop.wait(HOUR)
    any_shop.refresh(everything=True)
    assert told.looks() == ["askonce: the day: all is well"]
    day, sums = told.last.splitlines()
    assert day == f"{any_shop.name}: 20 Oct: 3 orders = 2 asked + 1 too late; tomorrow 1"
    assert sums == "Requests: 5 seen = 2 sent + 2 waiting + 1 skipped + 0 refused + 0 held"
    assert told.after(HOUR) == []
    stop(any_shop, Reason.NOT_AUTHORISED)
    told.after(22 * HOUR)
    assert "askonce: the day: 1 things need you" not in told.inbox.titles()


def test_the_switch_hears_that_all_is_well_or_is_not(told: Told) -> None:
    told.app = replace(told.app, ping=ping_of(told.inbox.ping_url))
    told.looks()
    stop(told.shop, Reason.NOT_AUTHORISED)
    told.after(MINUTE)
    lift(told.shop)
    told.after(20 * MINUTE)
    assert told.inbox.pings == ["", "fail", ""]
