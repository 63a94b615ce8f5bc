"""What other settings would change is what they do when they come: who is due at once, who falls away, what brakes."""

from ledger import brakes
from ledger.requests import REVIEWS
from ledger.state import State
from rules.brakes import Brake
from settings.schema import Seller
from tasks.settings_effect import Effect, effect
from tests.tasks.workshop import Workshop

MANY = 8


def other(shop: Workshop, settings_due: int = 100, **wish: object) -> Seller:
    """The seller with other settings."""
    now = shop.sellers[shop.name]
    wish = {**now.review_requests.model_dump(exclude={"rules", "exclude"}, exclude_unset=True), **wish}
    return Seller.model_validate(
        {**now.model_dump(exclude_unset=True), "review_requests": wish, "brakes": {"settings_due": settings_due}}
    )


def told(shop: Workshop, after: Seller) -> Effect:
    return effect(shop.ledger, shop.sellers[shop.name], after, shop.clock.now())


def in_state(shop: Workshop, state: State) -> int:
    with shop.ledger.read() as connection:
        return len(list(REVIEWS.in_states(connection, shop.name, (state,))))


def test_orders_that_come_due_at_once_are_counted_before_they_do(any_shop: Workshop) -> None:
    any_shop.wants(day_range=(20, 25))
    for _ in range(MANY):
        any_shop.order(6)
    any_shop.sweep()
    after = other(any_shop, day_range=[5, 25])
    found = told(any_shop, after)
    assert (found.due_before, found.more, found.less, found.moved) == (0, 0, 0, MANY)
    assert found.brakes == []
    any_shop.sellers[any_shop.name] = after
    any_shop.sweep()
    assert in_state(any_shop, State.DUE) == MANY


def test_orders_that_fall_away_are_counted(any_shop: Workshop) -> None:
    any_shop.wants(day_range=(7, 25))
    for _ in range(3):
        any_shop.order(6)
    any_shop.sweep()
    found = told(any_shop, other(any_shop, day_range=[5, 5]))
    assert (found.asked_before, found.asked_after, found.less) == (3, 0, 3)
    assert found.by_reason_after == {"too_late": 3}
    assert len(found.changes) == 3


def test_a_brake_that_would_stop_them_is_foretold(any_shop: Workshop) -> None:
    any_shop.wants(day_range=(20, 25))
    for _ in range(MANY):
        any_shop.order(6)
    any_shop.sweep()
    after = other(any_shop, settings_due=3, day_range=[5, 25])
    (braked,) = told(any_shop, after).brakes
    assert braked.due == MANY
    any_shop.sellers[any_shop.name] = after
    any_shop.whole_pass()
    with any_shop.ledger.read() as connection:
        (braking,) = brakes.in_force(connection, [any_shop.name])
    assert (braking.brake, braking.marketplace, braking.limit) == (Brake.SETTINGS_DUE, braked.marketplace, braked.limit)


def test_a_brake_that_is_switched_off_is_not_foretold(shop: Workshop) -> None:
    shop.wants(day_range=(20, 25))
    for _ in range(MANY):
        shop.order(6)
    shop.sweep()
    after = other(shop, settings_due=3, day_range=[5, 25])
    off = after.brakes.model_copy(update={"off": ("settings_due",)})
    assert told(shop, after.model_copy(update={"brakes": off})).brakes == []
