"""Stops: what is paused or stopped, for whom and until when; to pause and to go on."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ledger import armings
from ledger.armings import Arming
from ledger.controls import ALL, Scope, Stop
from ledger.state import Action
from rules.reason import Reason
from settings.schema import Seller
from tasks import arming, controls, stops
from tasks.brakes import release
from tasks.gate import day_of, ramp
from web.pages import Act, Look, Missing, Page, Wrong
from web.pages.settle import seller_named
from web.person import Role


@dataclass(frozen=True, slots=True)
class Shown:
    """A stop in force. `seller`: None: all; `words`: what it says for people; `is_ours`: a person may lift it here."""

    seller: str | None
    marketplace: str
    action: str
    reason: str
    until: datetime | None
    by: str
    at: datetime | None
    detail: str
    words: str
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Brake:
    """A brake that stops requests: of which marketplace, what is far from usual, and what waits for it."""

    seller: str
    marketplace: str
    brake: str
    since: datetime
    cause: str
    look_at: str
    waiting: int


@dataclass(frozen=True, slots=True)
class InService:
    """Whether a seller is in service: `live` by its settings, and armed, by whom, from where and since when.

    `lost`: why its arming no longer counts; `most_today`: how many may go out on this of its first days.
    """

    seller: str
    live: bool
    is_armed: bool
    by: str
    place: str
    at: datetime | None
    lost: str
    most_today: int | None

    @property
    def is_out(self) -> bool:
        """Whether nothing goes out for it, whatever stops there are."""
        return not (self.is_armed and self.live)


@dataclass(frozen=True, slots=True)
class Stops:
    """`brakes`: those that stop requests; `entries`: every stop that concerns the person's sellers.

    `live`: which of them send, by their settings; `service`: of those that are chosen, who is not in service first.
    """

    brakes: list[Brake]
    entries: list[Shown]
    live: dict[str, bool]
    service: list[InService]


def show(look: Look) -> Stops:
    with look.app.ledger.read() as connection:
        found = stops.in_force(connection, look.sellers.values(), look.now, look.app.stop_file)
        armed = armings.known(connection)
    held_back = [_brake(each) for each in release.braked(look.app.ledger, look.sellers)]
    service = [_service(each, armed.get(name), look.now) for name, each in look.chosen.items()]
    return Stops(
        held_back,
        [_shown(look, each) for each in found],
        {name: each.live for name, each in look.sellers.items()},
        sorted(service, key=lambda each: not each.is_out),
    )


def _service(seller: Seller, armed: Arming | None, now: datetime) -> InService:
    if armed is None:
        return InService(seller.name, seller.live, False, "", "", None, "", None)
    most = ramp(seller, armed.at, day_of(seller, now))
    return InService(
        seller.name, seller.live, armed.lost is None, armed.by, armed.place, armed.at, armed.lost or "", most
    )


def _brake(braked: release.Braked) -> Brake:
    braking = braked.braking
    about = (braking.seller, braking.marketplace, braking.brake, braking.since, braking.cause)
    return Brake(*about, braked.look_at, braked.waiting)


def _shown(look: Look, stop: Stop) -> Shown:
    scope = stop.of
    seller = None if scope.seller == ALL else scope.seller
    is_lifted_here = stop.reason not in (Reason.STOP_FILE, Reason.NOT_ARMED, Reason.BRAKED)
    is_ours = is_lifted_here and (seller is not None or look.person.sellers is None)
    return Shown(
        seller=seller,
        marketplace=scope.marketplace,
        action=scope.action,
        reason=stop.reason,
        until=stop.until,
        by=stop.by,
        at=stop.at,
        detail=stop.detail,
        words=stops.said(stop, look.zone),
        is_ours=is_ours,
    )


def _scope(look: Look) -> Scope:
    """What the form names, if it is this person's. Raises Missing, Wrong."""
    name, marketplace, action = (look.form.get(each, "") for each in ("seller", "marketplace", "action"))
    if name and name not in look.sellers:
        raise Missing
    if not name and look.person.sellers is not None:
        raise Wrong(seller=look.tongue.say("Name one of your sellers."))
    known = look.sellers[name].marketplaces if name else tuple(_all_marketplaces(look))
    if marketplace and marketplace not in known:
        raise Wrong(marketplace=look.tongue.say("The seller's settings do not name this marketplace."))
    return Scope(name or ALL, marketplace, action if action in set(Action) else "")


def _all_marketplaces(look: Look) -> set[str]:
    return {code for seller in look.sellers.values() for code in seller.marketplaces}


def _until(look: Look) -> datetime | None:
    typed = look.form.get("until", "").strip()
    if not typed:
        return None
    try:
        until = datetime.fromisoformat(typed)
    except ValueError:
        example = f"{look.now.astimezone(look.zone):%Y-%m-%d} 18:00"
        raise Wrong(until=look.tongue.say("This is no time. Write {example}.", example=example)) from None
    until = until if until.tzinfo else until.replace(tzinfo=look.zone)
    if until <= look.now:
        raise Wrong(until=look.tongue.say("This time is over. Write a later one, or none."))
    return until.astimezone(UTC)


def _pause(look: Look) -> None:
    controls.pause(look.app.ledger, _scope(look), _until(look), look.by, look.now)


def _resume(look: Look) -> None:
    controls.resume(look.app.ledger, [_scope(look)], look.by, look.now)


def _arm(look: Look) -> None:
    arming.arm(look.app.ledger, seller_named(look), look.by, look.now)


def _disarm(look: Look) -> None:
    arming.disarm(look.app.ledger, seller_named(look), look.by, look.now)


def _release(look: Look) -> None:
    name = seller_named(look)
    marketplace, brake = look.form.get("marketplace"), look.form.get("brake") or None
    release.release(look.app.ledger, name, marketplace, brake, look.by, look.now)


PAGE = Page(
    "/stops",
    "stops.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    acts={
        "pause": Act(Role.OPERATOR, _pause),
        "resume": Act(Role.OPERATOR, _resume),
        "release": Act(Role.OPERATOR, _release),
        "arm": Act(Role.ADMIN, _arm),
        "disarm": Act(Role.OPERATOR, _disarm),
    },
)
