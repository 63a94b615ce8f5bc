"""A brake stops one marketplace, closes nothing, and ends when a person releases it."""

from typing import Any

import pytest

from ledger import controls
from ledger.acts import recorded
from ledger.controls import Scope
from ledger.state import State
from rules.reason import Reason
from settings.brakes import Brakes
from tasks.brakes.release import release
from tasks.controls import resume
from tasks.not_done import NotDone
from tasks.status import status
from tests.tasks.brake_world import BRAKED, CLAIRE, BrakeWorld
from tests.tasks.workshop import DAY, DE, HOUR, Workshop


@pytest.fixture
def world(any_shop: Workshop) -> BrakeWorld:
    """On both databases; thirty orders of one marketplace, and one of another, were delivered at once."""
    world = BrakeWorld(any_shop)
    world.settles_in()
    return world


def all_delivered(world: BrakeWorld, number: int = 30) -> tuple[list[Any], list[Any]]:
    """So many orders of France on one day, and one of Germany; six days later."""
    french, german = world.bought(number), world.bought(1, marketplace_id=DE)
    world.told([*french, *german])
    world.works()
    world.shop.wait(6 * HOUR)
    world.delivered([*french, *german])
    world.offered(french, world.shop.clock.now())
    world.offered(german, world.shop.clock.now(), marketplace_id=DE)
    world.works_for(6 * DAY, every=DAY)
    return french, german


def test_one_marketplace_is_stopped_and_no_other(world: BrakeWorld) -> None:
    french, german = all_delivered(world)
    world.works_for(DAY)
    assert world.standing(french) == {BRAKED}
    assert world.asked(french) == 0
    assert world.standing(german) == {(State.SENT, Reason.REQUESTED)}
    (found, *_) = world.braked()
    assert (found.braking.marketplace, found.waiting, len(found.orders)) == ("FR", 40, 10)
    assert found.braking.measure > found.braking.limit
    assert found.remedy == f"askonce release --seller {world.shop.name} --marketplace FR --brake many_delivered"


def test_what_was_stopped_goes_out_when_it_is_released_and_is_not_braked_again(world: BrakeWorld) -> None:
    french, _ = all_delivered(world)
    world.works_for(DAY)
    world.release()
    world.works()
    assert world.brakes() == []
    assert world.asked(french) == 30
    world.works_for(2 * DAY)
    assert world.brakes() == []


def test_who_released_it_is_recorded(world: BrakeWorld) -> None:
    all_delivered(world)
    world.release("many_delivered")
    with world.shop.ledger.read() as connection:
        act = list(recorded(connection))[-1]
    assert (act.person, act.act, act.seller) == ("Claire", "release", world.shop.name)
    assert act.before is not None
    assert act.before["brake"] == "many_delivered"


def test_what_stops_nothing_cannot_be_released(world: BrakeWorld) -> None:
    with pytest.raises(NotDone, match="askonce brakes"):
        release(world.shop.ledger, world.shop.name, "FR", None, CLAIRE, world.shop.clock.now())


def test_resume_lifts_no_brake(world: BrakeWorld) -> None:
    all_delivered(world)
    resume(world.shop.ledger, [Scope(world.shop.name)], CLAIRE, world.shop.clock.now())
    assert world.brakes() == ["many_delivered"]
    with world.shop.ledger.read() as connection:
        stops = controls.stops(connection, world.shop.clock.now())
    assert [(each.scope, each.reason) for each in stops] == [(f"{world.shop.name}/FR/review", Reason.BRAKED)]


def test_status_says_what_to_type(world: BrakeWorld) -> None:
    all_delivered(world)
    (found,) = status(world.shop.ledger, world.shop.sellers, world.shop.clock.now()).sellers
    assert "became known to be delivered" in found.trouble
    assert found.remedy == f"askonce brakes --seller {world.shop.name}"


def test_a_brake_that_is_switched_off_ends(world: BrakeWorld) -> None:
    french, _ = all_delivered(world)
    assert world.brakes() == ["many_delivered"]
    world.shop.wants(brakes=Brakes(off=("many_delivered", "many_due")))
    world.works_for(DAY)
    assert world.brakes() == []
    assert world.asked(french) == 30


def test_twenty_orders_of_a_day_are_not_braked(world: BrakeWorld) -> None:
    french, _ = all_delivered(world, number=20)
    world.works_for(DAY)
    assert world.asked(french) == 20
