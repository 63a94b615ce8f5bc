"""For you to settle: cases that only a person can settle, with what to look at and two equal answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.state import Action
from settings.schema import Seller
from tasks import controls
from tasks.held import HeldCase, held, seen_in
from web.pages import Act, Look, Missing, Page
from web.person import Role

MOST = 50
"""So many are shown at once, the oldest: a person settles one after another."""


@dataclass(frozen=True, slots=True)
class Case:
    """`link`: the order's page in Seller Central; None: the marketplace is not known. `items`: SKUs and quantities."""

    seller: str
    order_id: str
    action: str
    part: str
    number: str | None
    reason: str
    meaning: str
    remedy: str
    since: datetime
    said: str
    link: str | None
    items: str


@dataclass(frozen=True, slots=True)
class Held:
    """`entries`: the oldest first; `total`: how many there are, shown or not."""

    entries: list[Case]
    total: int


def show(look: Look) -> Held:
    cases = held(look.app.ledger, list(look.chosen))
    return Held([_case(look, each) for each in cases[:MOST]], len(cases))


def _case(look: Look, case: HeldCase) -> Case:
    seen = seen_in(look.app.ledger, case)
    return Case(
        seller=case.seller,
        order_id=case.order_id,
        action=case.action,
        part=case.part,
        number=case.number,
        reason=case.reason,
        meaning=case.reason.meaning,
        remedy=case.remedy,
        since=case.since,
        said=seen.said,
        link=seen.link,
        items=seen.items,
    )


def _resolve(look: Look, *, sent: bool) -> None:
    mine = _named(look)
    action, part = look.form.get("action") or Action.REVIEW.value, look.form.get("part", "")
    order_id = look.form.get("order", "")
    controls.resolve(look.app.ledger, list(mine), order_id, look.by, look.now, sent=sent, action=action, part=part)


def _named(look: Look) -> Mapping[str, Seller]:
    name = look.form.get("seller", "")
    if name not in look.sellers:
        raise Missing
    return {name: look.sellers[name]}


def resolve_sent(look: Look) -> None:
    """It went out: close it."""
    _resolve(look, sent=True)


def resolve_not_sent(look: Look) -> None:
    """It did not: decide it anew."""
    _resolve(look, sent=False)


PAGE = Page(
    "/held",
    "held.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    acts={
        "resolve-sent": Act(Role.OPERATOR, resolve_sent),
        "resolve-not-sent": Act(Role.OPERATOR, resolve_not_sent),
    },
)
