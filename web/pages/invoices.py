"""Invoices and credit notes: where each stands, until when it is due, and sending one again."""

from dataclasses import replace

from ledger.state import Action
from tasks.invoices.listing import chosen
from tasks.invoices.resend import resend
from tasks.not_done import NotDone
from tasks.orders import Listed, Orders, Wanted, every, orders
from web.pages import Act, Download, File, Look, Missing, Page, Wrong
from web.pages.orders import wanted
from web.pages.table import csv_of
from web.person import Role


def show(look: Look) -> Orders:
    return orders(look.app.ledger, look.chosen, _wanted(look))


def as_csv(look: Look) -> File:
    """All that match, on whatever page."""
    rows = every(look.app.ledger, look.chosen, _wanted(look))
    return File("invoices.csv", "text/csv", csv_of(Listed, rows, look.chosen))


def _wanted(look: Look) -> Wanted:
    asked = wanted(look)
    return replace(asked, action=asked.action if asked.action == Action.CREDIT_NOTE else Action.INVOICE)


def _resend(look: Look) -> None:
    """The same bytes go to Amazon once more, at the worker's next turn."""
    name, order_id = look.form.get("seller", ""), look.form.get("order", "")
    if name not in look.sellers:
        raise Missing
    why = look.form.get("why", "").strip()
    if not why:
        raise Wrong(**{f"why-{order_id}": look.tongue.say("Say why: it stands in the record.")})
    if look.app.vault is None:
        raise NotDone("INVOICE_KEY is not set, and documents are kept encrypted")
    document = chosen(look.app.ledger, [name], order_id, look.form.get("action", ""), look.form.get("part"))
    said = f"sent again by {look.person.name}: {why}"
    resend(look.app.ledger, look.app.vault, look.sellers[name], document, said, look.by, look.now)


PAGE = Page(
    "/invoices",
    "invoices.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    acts={"resend": Act(Role.OPERATOR, _resend)},
)
CSV = Download("/invoices.csv", as_csv, role=Role.VIEWER, is_by_seller=True)
