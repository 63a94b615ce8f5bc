"""Invoices and credit notes: where each stands, until when it is due, and sending one again."""

from dataclasses import dataclass, fields, replace
from datetime import timedelta

from ledger.documents import DOCUMENTS
from ledger.state import Action
from ledger.transitions import Key
from tasks.invoices.defects import Defects, defects
from tasks.orders import Listed, Orders, Wanted, every, orders
from web.pages import Download, File, Look, Page, settle
from web.pages.orders import wanted
from web.pages.table import csv_of
from web.person import Role

RATED_AT_ONCE = 20
"""Sellers."""


@dataclass(frozen=True, slots=True)
class Invoices(Orders):
    """One page of documents. `defects`: of the sellers who send invoices, if they are not too many to be looked at.

    `opened`: the one whose PDF is shown beside.
    """

    defects: list[Defects]
    opened: Listed | None


def show(look: Look) -> Invoices:
    found = orders(look.app.ledger, look.chosen, _wanted(look))
    senders = [seller for seller in look.chosen.values() if seller.invoices.enabled]
    rates = defects(look.app.ledger, senders, look.now) if len(senders) <= RATED_AT_ONCE else []
    values = {field.name: getattr(found, field.name) for field in fields(Orders)}
    return Invoices(**values, defects=rates, opened=_opened(look, found))


def _opened(look: Look, found: Orders) -> Listed | None:
    """The one that the query names, of those on the page."""
    meant = (look.query.get("show"), look.query.get("part", ""))
    return next((each for each in found.entries if (each.order_id, each.part) == meant and each.number), None)


def why_not_again(look: Look, opened: Listed) -> str:
    """Why the document that is opened cannot be sent again now; empty: it can."""
    with look.app.ledger.read() as connection:
        document = DOCUMENTS.one(connection, opened.seller, Key(opened.order_id, opened.action, opened.part))
    return settle.why_not_again(look, document) if document else ""


def last_month(look: Look) -> str:
    """The month before this one, as `2026-10`."""
    return f"{look.now.astimezone(look.zone).replace(day=1) - timedelta(days=1):%Y-%m}"


def as_csv(look: Look) -> File:
    """All that match, on whatever page."""
    rows = every(look.app.ledger, look.chosen, _wanted(look))
    return File("invoices.csv", "text/csv", csv_of(Listed, rows, look.chosen))


def _wanted(look: Look) -> Wanted:
    asked = wanted(look)
    return replace(asked, action=asked.action if asked.action == Action.CREDIT_NOTE else Action.INVOICE)


PAGE = Page(
    "/invoices",
    "invoices.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    acts=settle.RESEND,
    helpers={"why_not_again": why_not_again, "last_month": last_month},
)
CSV = Download("/invoices.csv", as_csv, role=Role.VIEWER, is_by_seller=True)
