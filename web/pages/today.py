"""Today: what happened, what comes next, and what waits for you; of one seller, or of many, worst first."""

from dataclasses import dataclass, replace
from functools import partial
from math import ceil

from tasks.status import Health
from tasks.today import PARTS, Shop, Today, today
from web.pages import Look, Page
from web.pages.health import without_names
from web.person import Role

SORTS = {
    "seller": lambda shop: shop.seller,
    "seen": lambda shop: -shop.sum.seen,
    "sent": lambda shop: -shop.sum.sent,
    "waiting": lambda shop: -shop.sum.waiting,
    "skipped": lambda shop: -shop.sum.skipped,
    "refused": lambda shop: -shop.sum.refused,
    "held": lambda shop: -shop.status.held,
}
"""By the query's `sort`; else worst first."""
GROUPS = {"stopped": (Health.STOPPED, Health.STALE), "look": (Health.LOOK,), "well": (Health.WELL, Health.NEW)}
"""By the query's `is`."""
ON_A_PAGE = 100
"""Sellers."""


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the sellers. `first`: the place of its first among all, from 1; `sum`: of all that are wanted."""

    number: int
    pages: int
    first: int
    sellers: list[Shop]
    sum: dict[str, int]


def show(look: Look) -> Today:
    found = look.shared(look.kept.today, partial(today, look.app.ledger, look.chosen, look.now, look.app.stop_file))
    if look.person.sellers is not None:
        found = replace(found, workers=without_names(found.workers))
    kept = [shop for shop in found.sellers if _is_wanted(shop, look)]
    if by := SORTS.get(look.query.get("sort", "")):
        kept.sort(key=by)
    return replace(found, sellers=kept)


def _is_wanted(shop: Shop, look: Look) -> bool:
    group, marketplace = look.query.get("is", ""), look.query.get("marketplace", "")
    return (
        look.query.get("q", "").casefold() in shop.seller
        and (group not in GROUPS or shop.status.health in GROUPS[group])
        and (not marketplace or marketplace in look.sellers[shop.seller].marketplaces)
    )


def shown(look: Look, found: Today) -> Part:
    """Those of the sellers that stand on the page that is asked for; the JSON has all of them."""
    pages = max(ceil(len(found.sellers) / ON_A_PAGE), 1)
    number = min(look.page, pages)
    first = (number - 1) * ON_A_PAGE
    sums = {part: sum(getattr(shop.sum, part) for shop in found.sellers) for part in ("seen", "sent", *PARTS)}
    return Part(number, pages, first + 1, found.sellers[first : first + ON_A_PAGE], sums)


def stopped(found: Today) -> list[Shop]:
    """Those for whom nothing is sent."""
    return [shop for shop in found.sellers if shop.status.health in GROUPS["stopped"]]


PAGE = Page(
    "/",
    "today.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    json="/status.json",
    helpers={"shown": shown, "stopped": stopped},
)
