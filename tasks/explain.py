"""Explain: everything that is known of one order, and what follows from it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ledger import document_reports, history, sources
from ledger.controls import Stop
from ledger.database import Ledger
from ledger.history import Attempt
from ledger.requests import REVIEWS, Request
from ledger.sources import Reading
from ledger.state import Action, State
from ledger.transitions import Key
from rules import freshness, invoices, reviews
from rules.delivery import Delivered, delivery
from rules.order import Facts, Money, Source
from rules.readable import moment
from rules.reason import Reason
from rules.table import RuleVerdict
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks import new_settings, terms
from tasks.answer import AHEAD, Answer, answer
from tasks.gate import Gate, closed
from tasks.invoices.present import ShownDocument, shown
from tasks.reviews.plan import ChosenSet, chosen_set, foreseen, plan
from tasks.stop_file import NO_STOP_FILE, StopFile
from tasks.stops import in_force
from tasks.where import place_of


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known. `value` is plain data, for JSON; `text` is what a person reads."""

    name: str
    value: Any
    source: Source
    as_of: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class ShownSource:
    """How old one source of facts is, and what follows."""

    source: Source
    as_of: datetime | None
    verdict: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All about one order; its fields are the contract's `explain`. Times are aware, in UTC."""

    seller: str
    order_id: str
    state: State
    reason: Reason
    meaning: str
    remedy: str
    delivered_at: datetime | None
    delivered_basis: str | None
    facts: list[Fact]
    sources: list[ShownSource]
    rules: tuple[RuleVerdict, ...]
    attempts: list[Attempt]
    asked_at: datetime | None
    next_look_at: datetime | None
    documents: list[ShownDocument]
    invoice_rules: tuple[RuleVerdict, ...]
    stops: list[Stop]  # those that concern the order, of whichever action
    answer: Answer
    rule_set: ChosenSet | None


def explain(
    ledger: Ledger, seller: Seller, order_id: str, now: datetime, stop_file: StopFile = NO_STOP_FILE
) -> Explanation | None:
    """The explanation; None: no such order in the ledger."""
    with ledger.read() as connection:
        request = REVIEWS.one(connection, seller.name, Key(order_id, Action.REVIEW))
        if request is None:
            return None
        attempts = history.attempts_of(connection, seller.name, order_id)
        documents = list(document_reports.listed(connection, [seller.name], order_id=order_id))
        place = place_of(request.facts)
        invoices_shut = closed(connection, terms.INVOICE, seller, now, stop_file, place)
        readings = sources.readings(connection, seller.name)
        gate = Gate.read(connection, terms.REVIEW, seller, now, stop_file)
        shut = gate.closed(connection, now, place)
        stops = in_force(connection, [seller], now, stop_file)
        anew = new_settings.are_new(connection, seller)
    delivered = delivery(request.facts, now)
    limited = gate.asked is not None or bool(terms.set_limits(seller))
    foreseen_at = _foreseen(ledger, request, seller, now, shut, anew=anew, limited=limited)
    reason = shut if shut and request.state is State.DUE else request.reason
    return Explanation(
        seller=seller.name,
        order_id=order_id,
        state=request.state,
        reason=reason,
        meaning=reason.meaning,
        remedy=reason.remedy,
        delivered_at=delivered.at if isinstance(delivered, Delivered) else None,
        delivered_basis=delivered.basis if isinstance(delivered, Delivered) else None,
        facts=[
            Fact(name, _plain(value), source, readings[source].as_of, _text(_named(name, value), seller.zone))
            for name, value, source in _facts(request.facts)
        ],
        sources=[shown_source(seller, source, reading, now) for source, reading in readings.items()],
        rules=reviews.explain(request.facts, seller, now),
        attempts=attempts,
        asked_at=request.asked_at,
        next_look_at=request.next_look_at,
        documents=[shown(each, invoices_shut, seller.zone) for each in documents],
        invoice_rules=invoices.explain(request.facts, seller, now),
        stops=[each for each in stops if each.of.marketplace in ("", place)],
        answer=answer(request, seller, now, *foreseen_at),
        rule_set=chosen_set(request.facts.order, seller),
    )


def _foreseen(
    ledger: Ledger, request: Request, seller: Seller, now: datetime, shut: Reason | None, *, anew: bool, limited: bool
) -> tuple[datetime | None, Reason]:
    """When it is asked, and why not now: as in the plan, which moves what exceeds a limit of the day."""
    due_at, reason = foreseen(request, seller, now, now + AHEAD, anew=anew)
    if due_at and limited:
        planned = plan(ledger, seller, now, AHEAD.days).entries
        due_at, reason = next(
            ((each.due_at, each.reason) for each in planned if each.order_id == request.order_id),
            (None, Reason.DAILY_LIMIT),
        )
    return due_at, shut if shut and reason is Reason.DUE else reason


def _facts(facts: Facts) -> Iterator[tuple[str, Any, Source]]:
    order = facts.order
    yield from (
        ("channel", order.channel, Source.ORDERS),
        ("marketplace_id", order.marketplace_id, Source.ORDERS),
        ("status", order.status, Source.ORDERS),
        ("fulfilled_by", order.fulfilled_by, Source.ORDERS),
        ("purchased_at", order.purchased_at, Source.ORDERS),
        ("updated_at", order.updated_at, Source.ORDERS),
        ("items", order.items, Source.ORDERS),
        ("value", order.value, Source.ORDERS),
        ("programs", order.programs, Source.ORDERS),
        ("packages", order.packages, Source.ORDERS),
        ("deliver_by", order.deliver_by, Source.ORDERS),
        ("not_delivered_at", facts.not_delivered_at, Source.ORDERS),
        ("seen_delivered_at", facts.seen_delivered_at, Source.ORDERS),
        ("replaces", order.original_order_ids, Source.ORDERS),
        ("replaced_by", facts.replaced_by, Source.ORDERS),
        ("refunds", facts.refunds, Source.FINANCES),
        ("funds_released_for", facts.funds_released_for, Source.FINANCES),
        ("returned_by", facts.returned_by, facts.returned_by or Source.MERCHANT_RETURNS),
        ("shipped_seen_at", facts.shipped_seen_at, Source.ORDERS),
        ("fba_arrival", facts.fba_arrival, Source.FBA_SHIPMENTS),
        ("fba_first_shipped_at", facts.fba_first_shipped_at, Source.FBA_SHIPMENTS),
        ("fba_last_shipped_at", facts.fba_last_shipped_at, Source.FBA_SHIPMENTS),
    )


def _named(fact: str, value: Any) -> Any:
    """A marketplace by its code, as people know it."""
    marketplace = marketplace_of(value) if fact == "marketplace_id" else None
    return marketplace.code if marketplace else value


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _text(value: Any, zone: ZoneInfo) -> str:
    """As a person writes it, in the seller's zone."""
    match value:
        case None:
            return ""
        case Money(amount, currency):
            return f"{amount} {currency}"
        case datetime():
            return moment(value, zone)
        case tuple():
            return "; ".join(_text(each, zone) for each in value)
        case _ if hasattr(value, "__dataclass_fields__"):
            named = ((name, getattr(value, name)) for name in value.__dataclass_fields__)
            return ", ".join(
                f"{name.replace('_', ' ')} {_text(each, zone)}" for name, each in named if each not in (None, (), False)
            )
        case _:
            return str(value)


def shown_source(seller: Seller, source: Source, reading: Reading, now: datetime) -> ShownSource:
    """One source for people, as of now."""
    if source in seller.unavailable_sources:
        verdict = "not looked at: the settings name it in unavailable_sources"
    elif freshness.stale(seller, {source: reading.as_of}, now, (source,)):
        verdict = "not needed yet" if reading.not_needed else "stale"
    else:
        verdict = "fresh"
    return ShownSource(source, reading.as_of, verdict, reading.error)
