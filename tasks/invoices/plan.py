"""Plan, the part about invoices: what would go out, and when, and how many business orders would get theirs late."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from msgspec.structs import replace

from ledger import controls, document_reports, documents
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS, Document
from ledger.state import Action, State
from ledger.transitions import Key
from rules.invoices import defect_rate, forecast
from rules.reason import Reason
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks import new_settings
from tasks.actions import CREDIT_NOTE, INVOICE
from tasks.gate import Gate, day_of, day_start, most_on, next_day
from tasks.invoices.decide import decided, facts_of
from tasks.invoices.make import PATIENT
from tasks.reviews.plan import TO_PLAN, Plan, Planned, is_open, why_not_now
from tasks.stop_file import NO_STOP_FILE, StopFile

COUNTED = timedelta(days=14)
"""Amazon's rate of a day is that of the orders placed 13 to 7 days before (Seller Central help, "Invoice Defect Rate");
the forecast takes all that this rate counts today or within the next week."""
MOST_DEFECTS = Decimal("0.05")
RATED = ("DE", "ES", "FR", "IT", "UK")
"""Marketplaces with such a rate (the same page)."""

Tried = Mapping[Key, Reason | None]


@dataclass(frozen=True, slots=True)
class DefectRate:
    """Of one marketplace: `rate` from 0 to 1 of so many business orders. Amazon wants less than 0.05."""

    seller: str
    marketplace: str
    orders: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class InvoicePlan(Plan):
    """The plan of a seller's documents, and the forecast of its defect rates. `to_make`: what would be made, the
    nearest deadline first.
    """

    defect_rates: list[DefectRate] = field(default_factory=list)
    to_make: list[Document] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Foresight:
    """What decides of a document when it goes out. `tried`: why it cannot be made, None: it can."""

    connection: Connection
    seller: Seller
    now: datetime
    until: datetime
    anew: bool  # with other settings than those of the last decision, so that all is decided now
    tried: Tried

    def of(self, document: Document) -> tuple[datetime | None, Reason]:
        """When it goes out (None: not before `until`, or not at all), and why not now."""
        anew = self.anew and is_open(document, self.now) and (document.state is not State.HELD or not document.is_made)
        look = self.now if document.state is State.DUE or anew else document.next_look_at
        if document.state not in DOCUMENTS.undecided or look is None:
            return None, document.reason
        if look > self.now:
            return self._at(document, look)
        became = decided(document, self._original(document), self.seller, self.now)
        if became.state is State.DUE:
            return self._made(document, self.now)
        is_known = became.state is State.WAITING and became.reason not in PATIENT
        due_at = became.next_look_at if is_known else None
        return self._forecast(document, due_at), became.reason

    def _at(self, document: Document, look: datetime) -> tuple[datetime | None, Reason]:
        """It waits for a look that is still to come."""
        if document.reason in PATIENT:
            due_at, why = self._made(document, look)
            return due_at if document.key in self.tried else None, document.reason if why is Reason.DUE else why
        return self._forecast(document, look), document.reason

    def _made(self, document: Document, at: datetime) -> tuple[datetime | None, Reason]:
        """The rules let it go then; can it be made, and does Amazon take it?"""
        if why_not := self.tried.get(document.key):
            return None, why_not
        if document.is_credit_note and not self.seller.invoices.gives_credit_notes:
            return None, Reason.CREDIT_NOTE_KEPT
        return at if at < self.until else None, Reason.DUE

    def _forecast(self, document: Document, at: datetime | None) -> datetime | None:
        if at is None or document.state is State.HELD:
            return None
        if document.is_made:
            return at if at < self.until else None
        is_invoice = document.key.action == Action.INVOICE
        return forecast(facts_of(document), self.seller, at, self.until) if is_invoice else None

    def _original(self, document: Document) -> Document | None:
        """The invoice that a credit note takes back, as it will be."""
        if not document.is_credit_note:
            return None
        original = documents.original(self.connection, self.seller.name, document.order_id, document.shipping_id)
        if original is None or original.is_made:
            return original
        due_at, reason = self.of(original)
        if due_at is not None and reason is Reason.DUE:
            return replace(original, number="to be made")
        return replace(original, state=State.WAITING if original.state is State.DUE else original.state, reason=reason)


def plan_invoices(
    ledger: Ledger,
    seller: Seller,
    now: datetime,
    days: int,
    tried: Tried = MappingProxyType({}),
    stop_file: StopFile = NO_STOP_FILE,
) -> InvoicePlan:
    """The plan of a seller's documents for the next days, from the facts that the ledger has, with these settings.

    `tried`: what was found when they were made for a trial (tasks/invoices/trial.py); what was not is taken to be fit.
    """
    until = now + timedelta(days=days)
    planned: dict[Key, Planned] = {}
    by_reason: Counter[str] = Counter()
    to_make: list[Document] = []
    with ledger.read() as connection:
        gates = {
            line.action: Gate.read(connection, line.terms, seller, now, stop_file) for line in (INVOICE, CREDIT_NOTE)
        }
        shut = {action: gate.closed(connection, now) for action, gate in gates.items()}
        stops = {
            action: controls.stopped_marketplaces(connection, seller.name, now, gate.terms.denied, action)
            for action, gate in gates.items()
        }
        if documents.any_unclear(connection, seller.name):
            shut = {action: why or Reason.BUSY for action, why in shut.items()}
        foresight = _Foresight(connection, seller, now, until, new_settings.are_new(connection, seller), tried)
        for each in DOCUMENTS.in_states(connection, seller.name, TO_PLAN):
            due_at, reason = foresight.of(each) if seller.invoices.enabled else (None, each.reason)
            if due_at is None:
                by_reason[reason] += 1
            else:
                action = each.key.action
                why = why_not_now(each, reason, shut[action], stops[action])
                planned[each.key] = Planned(seller.name, each.order_id, action, due_at, why)
            if not each.is_made and (reason is Reason.PDF_MISSING or (due_at is not None and reason is Reason.DUE)):
                to_make.append(each)
        planned = _ramped_up(planned, gates, seller, now)
        later = [key for key, each in planned.items() if each.due_at >= until]
        by_reason[Reason.RAMP_UP] += len(later)
        for key in later:
            del planned[key]
        rates = _defect_rates(connection, seller, {} if shut[Action.INVOICE] else planned, now, until)
    entries = sorted(planned.values(), key=lambda entry: entry.due_at)
    to_make.sort(key=lambda document: document.deadline or now)
    return InvoicePlan(entries, +by_reason, shut[Action.INVOICE], defect_rates=rates, to_make=to_make)


def _ramped_up(
    planned: Mapping[Key, Planned], gates: Mapping[str, Gate], seller: Seller, now: datetime
) -> dict[Key, Planned]:
    """Moves to the next day what exceeds the most of a day."""
    spent = Counter({(action, day_start(seller, now)): gate.asked or 0 for action, gate in gates.items()})
    found: dict[Key, Planned] = {}
    for key, each in sorted(planned.items(), key=lambda item: item[1].due_at):
        action, at, reason = key.action, each.due_at, each.reason
        gate = gates[action]
        while (most := most_on(gate.terms, seller, gate.armed_at or now, day_of(seller, at))) is not None:
            if spent[action, day_start(seller, at)] < most:
                break
            at, reason = next_day(seller, at), Reason.RAMP_UP
        spent[action, day_start(seller, at)] += 1
        found[key] = dataclasses.replace(each, due_at=at, reason=reason)
    return found


def _defect_rates(
    connection: Connection, seller: Seller, planned: dict[Key, Planned], now: datetime, until: datetime
) -> list[DefectRate]:
    """As they will stand at `until`, if all goes as planned."""
    found: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for document, accepted_at in document_reports.of_business_orders(connection, seller.name, now - COUNTED):
        order = document.facts.order
        market = marketplace_of(order.marketplace_id)
        if market and market.code in RATED and order.purchased_at >= now - COUNTED:
            due = planned.get(document.key)
            sent_at = first_sent_at(document, accepted_at) or (due.due_at if due else None)
            found[market.code].append((document.deadline or now, sent_at))
    rates = ((code, pairs, defect_rate(pairs, until)) for code, pairs in sorted(found.items()))
    return [DefectRate(seller.name, code, len(pairs), rate) for code, pairs, rate in rates if rate is not None]


def first_sent_at(document: Document, accepted_at: datetime | None) -> datetime | None:
    """When it was first sent: sending again later does not make it late. Amazon's answers name no shipment."""
    times = [document.asked_at] if document.state in (State.SENT, State.SUBMITTED) else []
    if not document.key.part:
        times.append(accepted_at)
    return min(filter(None, times), default=None)
