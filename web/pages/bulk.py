"""The same act on all orders that fit a filter: what it would do, asked first; and how far such acts are."""

from dataclasses import dataclass, replace
from threading import Thread

from ledger.bulk_acts import STILL, BulkAct
from tasks import bulk
from tasks.bulk import KINDS, Asked
from tasks.orders import orders
from web.pages import Act, Look, Missing, Page
from web.pages.orders import misread, wanted
from web.person import Role
from web.render import address


@dataclass(frozen=True, slots=True)
class Bulk:
    """`asked`: what the act of the query would do; None: none is asked for. `acts`: the newest first."""

    asked: Asked | None
    acts: list[BulkAct]


def show(look: Look) -> Bulk:
    acts = bulk.newest(look.app.ledger, look.sellers, of_all=look.person.sellers is None)
    return Bulk(_asked(look) if look.query.get("act") in KINDS else None, acts)


def _asked(look: Look) -> Asked:
    asked = replace(wanted(look), page=1)
    matching = orders(look.app.ledger, look.chosen, asked).total
    return bulk.asked(look.app.ledger, look.chosen, asked, look.query["act"], matching)


def _do(look: Look) -> str:
    act = look.form["act"]
    if act != look.query.get("act") or misread(look):
        raise Missing
    why = look.form.get("why", "").strip() or "from the page"
    shown = look.form.get("shown", "")
    number = bulk.begin(look.app, look.chosen, wanted(look), act, shown, look.by, why)
    _work(look, number)
    return address("/orders/acts")


def _go_on(look: Look) -> str:
    """With one that has stopped."""
    number = look.form.get("number", "")
    if number not in {str(each.id) for each in show(look).acts}:
        raise Missing
    _work(look, int(number))
    return address("/orders/acts")


def _work(look: Look, number: int) -> None:
    """Beside the request: it may take minutes."""
    Thread(target=bulk.work, args=(look.app, number), name=f"act {number}", daemon=True).start()


def is_still(each: BulkAct, look: Look) -> bool:
    """Whether nobody works on it any more."""
    return each.ended_at is None and (each.worked_at is None or look.now - each.worked_at > STILL)


PAGE = Page(
    "/orders/acts",
    "bulk.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={"is_still": is_still, "misread": misread},
    acts={"go-on": Act(Role.OPERATOR, _go_on)} | dict.fromkeys(KINDS, Act(Role.OPERATOR, _do)),
)
