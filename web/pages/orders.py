"""Orders: what became of each, filtered by what the address says, so that a link shows a colleague the same."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ledger.state import Action, State
from rules.reason import Reason
from tasks.bulk import KINDS, Kind
from tasks.orders import PARTS, Listed, Orders, Wanted, every, orders
from web.pages import Download, File, Look, Page
from web.pages.table import csv_of
from web.person import Role

MOST_PAGES = 2_000


def show(look: Look) -> Orders:
    return orders(look.app.ledger, look.chosen, wanted(look))


def as_csv(look: Look) -> File:
    """All that match, on whatever page."""
    rows = every(look.app.ledger, look.chosen, wanted(look))
    return File("orders.csv", "text/csv", csv_of(Listed, rows, look.chosen))


def wanted(look: Look) -> Wanted:
    """What the query asks for; what cannot be understood is left out."""
    query = look.query
    action = query.get("action", "")
    return Wanted(
        action=action if action in set(Action) else Action.REVIEW,
        state=_one_of(query.get("state"), {*PARTS, *State}),
        reason=_one_of(query.get("reason"), set(Reason)),
        marketplace=query.get("marketplace") or None,
        product=(query.get("sku") or query.get("asin") or "").strip() or None,
        order_id="".join((query.get("q") or "").split()) or None,
        since=start_of(look, query.get("since")),
        until=start_of(look, query.get("until"), after=1),
        page=min(look.page, MOST_PAGES),
    )


def misread(look: Look) -> list[str]:
    """The names of filters that cannot be understood, and are left out."""
    query, asked = look.query, wanted(look)
    read = {name: getattr(asked, name) for name in ("state", "reason", "since", "until")}
    odd = [name for name, value in read.items() if query.get(name) and value is None]
    odd += ["action"] if (query.get("action") or asked.action) != asked.action else []
    return odd + (["asin"] if query.get("sku") and query.get("asin") else [])


@dataclass(frozen=True, slots=True)
class Possible:
    """What can be done to all that match. `up_to`: the number is not known without counting, and at most this."""

    act: str
    number: int
    up_to: bool


def possible(look: Look, page: Orders) -> list[Possible]:
    """What can be done to all that match, and to how many: the page that asks first counts exactly."""
    asked = wanted(look)
    kinds = {act: kind for act, kind in KINDS.items() if kind.of_documents or asked.action == Action.REVIEW}
    counted = {act: _number(kind, asked, page) for act, kind in kinds.items() if not misread(look)}
    up_to = page.sum is None
    return [Possible(act, number, up_to) for act, number in counted.items() if number]


def _number(kind: Kind, asked: Wanted, page: Orders) -> int:
    if asked.reason and not kind.fits(asked.reason):
        return 0
    if asked.state and asked.state not in PARTS:
        return page.total if asked.state in kind.states else 0
    parts = [part for part in PARTS if State(part) in kind.states and asked.state in (None, part)]
    if page.sum is None:
        return page.total if parts and (asked.state or State.WAITING in kind.states) else 0
    why = page.sum.why.get("skipped", {}) if "skipped" in parts else {}
    unfit = sum(number for reason, number in why.items() if not kind.fits(reason))
    return sum(int(getattr(page.sum, part)) for part in parts) - unfit


def _one_of(value: str | None, known: set[str]) -> str | None:
    return value if value in known else None


def start_of(look: Look, value: str | None, after: int = 0) -> datetime | None:
    """The start of a day of the page's zone, or of one so many days after it; None: it is no day."""
    try:
        day = datetime.fromisoformat(value or "").date() + timedelta(days=after)
        return datetime.combine(day, time(), look.zone)
    except (ValueError, OverflowError):
        return None


PAGE = Page(
    "/orders",
    "orders.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={"misread": misread, "possible": possible},
)
CSV = Download("/orders.csv", as_csv, role=Role.VIEWER, is_by_seller=True)
