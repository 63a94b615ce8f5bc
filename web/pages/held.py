"""For you to settle: cases that only a person can settle, with what to look at and two equal answers."""

from dataclasses import asdict, dataclass
from datetime import datetime

from tasks.held import HeldCase, Seen, held, seen_in
from web.pages import Look, Page, settle
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
    shown = cases[:MOST]
    return Held([_case(*each) for each in zip(shown, seen_in(look.app.ledger, shown), strict=True)], len(cases))


def _case(case: HeldCase, seen: Seen) -> Case:
    return Case(**asdict(case), meaning=case.reason.meaning, remedy=case.remedy, **asdict(seen))


PAGE = Page(
    "/held",
    "held.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    acts=settle.RESOLVE,
)
