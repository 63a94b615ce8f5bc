"""Plan: what would go out of all actions for several sellers, and when, if no fact changed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from ledger import history
from ledger.controls import Stop
from ledger.database import Ledger
from rules.reason import Reason
from settings.schema import Seller
from tasks.actions import REVIEW
from tasks.entrypoints import catch_up
from tasks.invoices.plan import DefectRate, Tried, plan_invoices
from tasks.invoices.trial import tried
from tasks.reviews.against import Difference, difference
from tasks.reviews.missing import Missing, missing
from tasks.reviews.plan import Plan, Planned, SlotLoad, TooLate, plan, planned, read
from tasks.route import decide_due
from tasks.session import SellerSession
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.stops import in_force


@dataclass(frozen=True, slots=True)
class Outlook:
    """What goes out, soonest first; the rest by reason; what went out; and why nothing of a seller does at present.

    `by_day`: how many go out on each of the sellers' days. seen = sent + entries + the sum of `by_reason`.
    """

    entries: list[Planned]
    by_reason: Counter[str]
    sent: int
    by_day: dict[date, int]
    closed: dict[str, Reason]

    @property
    def seen(self) -> int:
        return self.sent + len(self.entries) + self.by_reason.total()


@dataclass(frozen=True, slots=True)
class Outlooks:
    """That of the requests, that of the documents, the forecasts of Amazon's Invoice Defect Rate, the orders that are
    too late, where a wider day range would save some, and the stops in force; each slot of the next 30 days, the orders
    that will miss their window, and what the settings of another file would change.
    """

    requests: Outlook
    documents: Outlook
    defect_rates: list[DefectRate]
    too_late: list[TooLate]
    stops: list[Stop]
    slots: list[SlotLoad]
    missing: list[Missing]
    differences: list[Difference]

    @property
    def entries(self) -> list[Planned]:
        """All that goes out, soonest first."""
        return _soonest_first([*self.requests.entries, *self.documents.entries])


def look(session: SellerSession, days: int) -> Tried:
    """Bring a seller's facts up to date, and try whether the documents of the next days can be made."""
    catch_up(session)
    decide_due(session, REVIEW)
    if not session.seller.invoices.enabled:
        return {}
    planned = plan_invoices(session.ledger, session.seller, session.clock.now(), days)
    return tried(session, planned.to_make)


def outlooks(
    ledger: Ledger,
    sellers: Mapping[str, Seller],
    now: datetime,
    days: int,
    looks: Mapping[str, Tried],
    stop_file: StopFile = NO_STOP_FILE,
    others: Mapping[str, Seller] | None = None,
) -> Outlooks:
    """The plan for the next days, from what the ledger knows and the looks found, by seller.

    `others`: the same sellers with other settings, to tell what these would change.
    """
    found = {
        name: _of_seller(ledger, seller, (others or {}).get(name), now, days, stop_file)
        for name, seller in sellers.items()
    }
    requests = {name: each.plan for name, each in found.items()}
    documents = {
        name: plan_invoices(ledger, seller, now, days, looks.get(name, {}), stop_file)
        for name, seller in sellers.items()
    }
    with ledger.read() as connection:
        asked = history.totals(connection, list(sellers)).sent
        sent = history.invoice_totals(connection, list(sellers)).sent
        stops = in_force(connection, sellers.values(), now, stop_file)
    return Outlooks(
        _outlook(requests, asked, sellers),
        _outlook(documents, sent, sellers),
        [rate for each in documents.values() for rate in each.defect_rates],
        [each.too_late for each in requests.values() if each.too_late],
        stops,
        [each for of_seller in requests.values() for each in of_seller.slots],
        [each.missing for each in found.values() if each.missing],
        [each.difference for each in found.values() if each.difference],
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of one seller's requests; what each of them becomes is not kept for all sellers at once."""

    plan: Plan
    missing: Missing | None
    difference: Difference | None


def _of_seller(
    ledger: Ledger, seller: Seller, other: Seller | None, now: datetime, days: int, stop_file: StopFile
) -> _Found:
    known = read(ledger, seller, now, stop_file)
    now_planned = planned(known, seller, now, days)
    missed = missing(known, now_planned.places, seller, now)
    changed = difference(seller.name, now_planned, plan(ledger, other, now, days, stop_file)) if other else None
    return _Found(replace(now_planned, places=[]), missed, changed)


def _outlook(plans: Mapping[str, Plan], sent: int, sellers: Mapping[str, Seller]) -> Outlook:
    entries = _soonest_first(entry for each in plans.values() for entry in each.entries)
    days = Counter(entry.due_at.astimezone(sellers[entry.seller].zone).date() for entry in entries)
    return Outlook(
        entries,
        sum((each.by_reason for each in plans.values()), Counter[str]()),
        sent,
        dict(sorted(days.items())),
        {name: each.closed for name, each in plans.items() if each.closed},
    )


def _soonest_first(entries: Iterable[Planned]) -> list[Planned]:
    return sorted(entries, key=lambda entry: entry.due_at)
