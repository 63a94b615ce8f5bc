"""Orders: what became of each, filtered by what the address says, so that a link shows a colleague the same."""

from datetime import datetime, time, timedelta

from ledger.state import Action, State
from rules.reason import Reason
from tasks.orders import PARTS, Orders, Wanted, orders
from web.pages import Look, Page

MOST_PAGES = 2_000


def show(look: Look) -> Orders:
    return orders(look.app.ledger, look.chosen, wanted(look))


def wanted(look: Look) -> Wanted:
    """What the query asks for; what cannot be understood is left out."""
    query = look.query
    action = query.get("action", "")
    number = query.get("page", "")
    return Wanted(
        action=action if action in set(Action) else Action.REVIEW,
        state=_one_of(query.get("state"), {*PARTS, *State}),
        reason=_one_of(query.get("reason"), set(Reason)),
        marketplace=query.get("marketplace") or None,
        product=(query.get("sku") or "").strip() or None,
        order_id="".join((query.get("q") or "").split()) or None,
        since=_day(look, query.get("since")),
        until=_day(look, query.get("until"), after=1),
        page=min(max(int(number), 1), MOST_PAGES) if number.isascii() and number.isdigit() else 1,
    )


def _one_of(value: str | None, known: set[str]) -> str | None:
    return value if value in known else None


def _day(look: Look, value: str | None, after: int = 0) -> datetime | None:
    """The start of a day of the page's zone, or of one so many days after it."""
    try:
        day = datetime.fromisoformat(value or "").date() + timedelta(days=after)
        return datetime.combine(day, time(), look.zone)
    except (ValueError, OverflowError):
        return None


PAGE = Page("/orders", "orders.html", show)
