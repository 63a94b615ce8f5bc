"""Step 5: the plan of the next days, and with it the shop is put in service."""

from dataclasses import dataclass
from datetime import date, datetime

from tasks.plan import outlooks
from tasks.set_up.service import is_armed, put_in_service, wait_until_taken_up
from tasks.workers import at_work
from web.pages import Act, Look, Page
from web.pages.guide.checked import step_with_keys
from web.pages.guide.frame import Frame, frame
from web.person import Role

DAYS = 7


@dataclass(frozen=True, slots=True)
class Planned:
    """One request that would go out."""

    order_id: str
    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Service:
    """seen = sent + coming + the sum of `by_reason`. `entries`: the first of those that are coming, the soonest first;
    `by_day`: how many go out on each day; `ramp_up`: how many may go out on the first days;
    `has_worker`: somebody is at work who would send them.
    """

    guide: Frame
    days: int
    seen: int
    sent: int
    coming: int
    entries: list[Planned]
    by_day: dict[date, int]
    by_reason: dict[str, int]
    ramp_up: tuple[int, ...]
    is_live: bool
    is_armed: bool
    has_worker: bool


MOST = 20


def show(look: Look) -> Service:
    step = step_with_keys(look)
    seller = step.seller
    found = outlooks(look.app.ledger, {seller.name: seller}, look.now, DAYS, {}, look.app.stop_file).requests
    with look.app.ledger.read() as connection:
        has_worker = bool(at_work(connection, look.now))
    return Service(
        frame(look, "service", step.standing, step.seller.name),
        DAYS,
        found.seen,
        found.sent,
        len(found.entries),
        [
            Planned(each.order_id, each.due_at.astimezone(seller.zone), each.reason.value)
            for each in found.entries[:MOST]
        ],
        found.by_day,
        dict(found.by_reason.most_common()),
        seller.ramp_up,
        seller.live,
        is_armed(look.app.ledger, seller.name),
        has_worker,
    )


def _arm(look: Look) -> str:
    step = step_with_keys(look)
    put_in_service(step.standing, look.app.ledger, step.seller.name, look.by, look.now)
    wait_until_taken_up(step.folder.app, look.app.clock)
    return "/"


PAGE = Page("/guide/service", "guide/service.html", show, role=Role.ADMIN, acts={"arm": Act(Role.ADMIN, _arm)})
