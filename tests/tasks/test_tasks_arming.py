"""Armed, then ramped up: who may send, how many a day, and that no copy of a ledger sends by itself."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger import armings, lanes, place
from ledger.database import Ledger, open_ledger
from ledger.requests import REVIEWS
from ledger.seen import Seen
from ledger.state import Action, State
from ledger.transitions import Key
from rules.reason import Reason
from tasks import arming
from tasks.entrypoints import request_review
from tasks.explain import explain
from tasks.plan import outlooks
from tasks.status import Health, status
from tests.tasks.invoice_workshop import InvoiceWorkshop
from tests.tasks.workshop import ASK, CLAIRE, DAY, HOUR, NOW, OFFER, Workshop

SLOW = 0.6


def disarmed(shop: Workshop) -> bool:
    return arming.disarm(shop.ledger, shop.name, CLAIRE, shop.clock.now())


def arm_anew(shop: Workshop) -> None:
    disarmed(shop)
    assert arming.arm(shop.ledger, shop.name, CLAIRE, shop.clock.now()) is None


def lost(shop: Workshop) -> str | None:
    with shop.ledger.read() as connection:
        known = armings.of(connection, shop.name)
    assert known
    return known.lost


def asked_by_day(shop: Workshop, days: int) -> list[int]:
    """How many reviews Amazon was asked for on each day, with three passes in an afternoon."""
    found = []
    for _ in range(days):
        before = len(shop.simulator.accepted())
        for _ in range(3):
            shop.whole_pass()
            shop.wait(3 * HOUR)
        found.append(len(shop.simulator.accepted()) - before)
        shop.wait(15 * HOUR)
    return found


def test_nothing_goes_out_for_a_seller_that_nobody_has_armed(any_shop: Workshop) -> None:
    order = any_shop.order()
    assert disarmed(any_shop)
    any_shop.whole_pass()
    assert any_shop.standing(order) == (State.DUE, Reason.NOT_ARMED)
    found = status(any_shop.ledger, any_shop.sellers, NOW).sellers[0]
    assert (found.health, found.remedy) == (Health.STOPPED, f"askonce arm --seller {any_shop.name}")
    explained = explain(any_shop.ledger, any_shop.sellers[any_shop.name], order, NOW)
    assert explained
    assert explained.reason is Reason.NOT_ARMED
    assert any_shop.asked(order) == 0
    arm_anew(any_shop)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def test_a_seller_that_is_armed_twice_keeps_the_first_time(shop: Workshop) -> None:
    arm_anew(shop)
    shop.wait(HOUR)
    known = arming.arm(shop.ledger, shop.name, replace(CLAIRE, name="Bruno"), shop.clock.now())
    assert known
    assert (known.by, known.at) == ("Claire", NOW)


def test_disarming_between_claim_and_call_is_heeded(any_shop: Workshop) -> None:
    order = any_shop.order()
    any_shop.sweep()
    any_shop.trouble("slow", OFFER, seconds=SLOW, times=1)
    with any_shop.meanwhile(any_shop.send) as sent:
        while any_shop.row(order).state != State.SENDING:
            assert not sent.done()
        assert disarmed(any_shop)
    assert sent.result() == 0
    assert any_shop.standing(order) == (State.DUE, Reason.NOT_ARMED)
    assert any_shop.asked(order) == 0


# ramp-up


def test_five_go_out_on_the_first_day_fifty_on_the_second_and_then_all(any_shop: Workshop) -> None:
    any_shop.wants(ramp_up=(5, 50))
    orders = [any_shop.order() for _ in range(60)]
    arm_anew(any_shop)
    planned = outlooks(any_shop.ledger, any_shop.sellers, NOW, 7, {}).requests
    assert planned.entries == []
    any_shop.refresh(everything=True)
    any_shop.sweep()
    planned = outlooks(any_shop.ledger, any_shop.sellers, NOW, 7, {}).requests
    assert list(planned.by_day.values()) == [5, 50, 5]
    assert Counter(each.reason for each in planned.entries) == {Reason.DUE: 5, Reason.RAMP_UP: 55}
    assert asked_by_day(any_shop, 3) == [5, 50, 5]
    assert {any_shop.asked(order) for order in orders} == {1}


def test_the_smaller_of_ramp_up_and_daily_limit_counts(shop: Workshop) -> None:
    shop.wants(ramp_up=(5, 50), daily_limit=8)
    orders = [shop.order() for _ in range(20)]
    arm_anew(shop)
    assert asked_by_day(shop, 3) == [5, 8, 7]
    assert {shop.asked(order) for order in orders} == {1}


def test_the_day_of_the_ramp_up_ends_at_the_sellers_midnight(shop: Workshop) -> None:
    shop.wants(ramp_up=(1, 2), timezone="Europe/Paris")
    for _ in range(5):
        shop.order()
    arm_anew(shop)
    for moment, count in ((NOW.replace(hour=21, minute=59), 1), (NOW.replace(hour=22, minute=0), 3)):
        shop.at(moment)  # midnight in Paris is 22:00 in UTC
        shop.whole_pass()
        assert sum(shop.row(order).state == State.SENT for order in _orders(shop)) == count


def _orders(shop: Workshop) -> list[str]:
    with shop.ledger.read() as connection:
        return [each.order_id for each in REVIEWS.in_states(connection, shop.name, list(State))]


def test_invoices_are_ramped_up_by_themselves(any_invoicing: InvoiceWorkshop) -> None:
    shop = any_invoicing
    shop.sellers[shop.name] = shop.sellers[shop.name].model_copy(update={"ramp_up": (2, 50)})
    arm_anew(shop)
    orders = [shop.shipped() for _ in range(4)]
    shop.passes(6, timedelta(minutes=3))
    assert sum(len(shop.got(order)) for order in orders) == 2
    shop.wait(DAY)
    shop.passes(6, timedelta(minutes=3))
    assert [len(shop.got(order)) for order in orders] == [1] * 4


def test_what_a_worker_that_ended_may_have_sent_counts(any_shop: Workshop) -> None:
    any_shop.wants(ramp_up=(1, 1))
    first, second = any_shop.order(), any_shop.order()
    any_shop.sweep()
    arm_anew(any_shop)
    with any_shop.ledger.begin() as connection:
        lane = lanes.acquire(connection, any_shop.name, "a worker that ends now", NOW)
        assert lane
        assert REVIEWS.claim(connection, any_shop.name, Key(first, Action.REVIEW), lane.token, NOW)
        lanes.release(connection, lane, {})
    assert request_review(any_shop.app, any_shop.name, second) is Reason.RAMP_UP
    assert any_shop.asked(second) == 0


def test_lost_answers_count_whatever_became_of_them(any_shop: Workshop) -> None:
    any_shop.wants(ramp_up=(5, 50))
    orders = [any_shop.order() for _ in range(12)]
    arm_anew(any_shop)
    any_shop.trouble("drop_after", ASK, times=3)
    any_shop.trouble("drop_before", ASK, times=2)
    assert asked_by_day(any_shop, 2)[0] <= 5
    assert {any_shop.asked(order) for order in orders} <= {0, 1}


# where the ledger stands


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The file of a ledger whose seller is armed."""
    made = open_ledger(f"sqlite:///{tmp_path}/here/askonce.db")
    arming.arm(made, "shop", CLAIRE, NOW)
    made.close()
    return tmp_path / "here/askonce.db"


def standing(file: Path) -> str | None:
    """Why the seller is not armed for the ledger in this file; None: it is."""
    opened = open_ledger(f"sqlite:///{file}")
    with opened.read() as connection:
        known = armings.of(connection, "shop")
    opened.close()
    return known.lost if known else "nobody"


def copied(file: Path, there: Path) -> Path:
    shutil.copytree(file.parent, there, copy_function=shutil.copy2)
    return there / file.name


def moved(file: Path, there: Path) -> Path:
    file.parent.rename(there)
    return there / file.name


def replaced_by_a_copy(file: Path, there: Path) -> Path:
    """As most programs restore a file: the new one takes the name of the old one."""
    shutil.copy2(file, there)
    there.replace(file)
    return file


PLACES: dict[str, tuple[Callable[[Path, Path], Path], bool]] = {
    "the same": (lambda file, _there: file, True),
    "moved": (moved, True),
    "copied, times and all": (copied, False),
    "replaced by a copy": (replaced_by_a_copy, False),
}


@pytest.mark.parametrize(("change", "stays"), PLACES.values(), ids=PLACES)
def test_a_seller_stays_armed_where_the_ledger_is_moved_and_not_where_it_is_copied(
    own: Path, tmp_path: Path, change: Callable[[Path, Path], Path], *, stays: bool
) -> None:
    found = standing(change(own, tmp_path / "there"))
    assert found == (None if stays else "the ledger stands in another file than when it was armed")


def test_a_place_is_another_one_by_any_of_what_is_known_on_both_sides() -> None:
    known = {"machine": "a", "inode": "1", "made": "2"}
    assert place.moved(known, known) is None
    assert place.moved(known, {"inode": "1"}) is None  # what a system does not tell says nothing
    assert place.moved(known, known | {"machine": "b"}) == "on another machine"
    assert place.moved(known, known | {"made": "3"}) == "in another file"
    assert place.moved(known, {"server": "a"}) == "in another kind of database"


def test_tables_that_were_made_anew_are_not_those_of_the_arming(postgres_ledger: Ledger) -> None:
    arming.arm(postgres_ledger, "shop", CLAIRE, NOW)
    with postgres_ledger.begin() as connection:  # as pg_restore --clean does
        connection.execute(text("CREATE TABLE restored (LIKE armings INCLUDING ALL)"))
        connection.execute(text("INSERT INTO restored SELECT * FROM armings"))
        connection.execute(text("ALTER TABLE armings RENAME TO before"))
        connection.execute(text("ALTER TABLE restored RENAME TO armings"))
        known = armings.of(connection, "shop")
        connection.execute(text("DROP TABLE armings"))
        connection.execute(text("ALTER TABLE before RENAME TO armings"))
        assert known
        assert known.lost == "the ledger stands in other tables, as after a restore than when it was armed"


# an older ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "seen"


def test_a_ledger_that_is_older_than_what_was_seen_does_not_send_nor_later_on(any_shop: Workshop, folder: Path) -> None:
    any_shop.app = replace(any_shop.app, seen=Seen([folder]))
    order = any_shop.order(6.4)  # its time comes with the next day
    for _ in range(3):
        any_shop.whole_pass()
    with any_shop.ledger.begin() as connection:  # the lane's token goes back with the ledger
        connection.execute(text("UPDATE lanes SET token = token - 2"))
    for _ in range(13):  # until its token is higher again
        any_shop.wait(HOUR)
        any_shop.whole_pass()
    assert any_shop.asked(order) == 0
    assert lost(any_shop) == arming.OLDER
    assert any_shop.standing(order) == (State.DUE, Reason.NOT_ARMED)
    assert arming.arm(any_shop.ledger, any_shop.name, CLAIRE, any_shop.clock.now()) is None
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1


def missing(folder: Path) -> None:
    shutil.rmtree(folder)


def behind(folder: Path) -> None:
    """A worker was killed before it wrote down what it has seen, or could not write."""
    for file in folder.iterdir():
        at, _, token = file.read_text().partition(" ")
        file.write_text(f"{at} {int(token) - 1}\n")


def cut_short(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_text("")


def not_to_be_written(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.touch()


NO_REASON = {each.__name__: each for each in (missing, behind, cut_short, not_to_be_written)}


@pytest.mark.parametrize("name", NO_REASON)
def test_what_was_not_written_down_disarms_nobody(name: str, any_shop: Workshop, folder: Path) -> None:
    any_shop.app = replace(any_shop.app, seen=Seen([folder]))
    order = any_shop.order(6.4)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 0
    NO_REASON[name](folder)
    any_shop.wait(12 * HOUR)
    any_shop.whole_pass()
    assert any_shop.asked(order) == 1
    assert lost(any_shop) is None
