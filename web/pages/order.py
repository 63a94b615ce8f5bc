"""One order: its life, why it stands where it stands, and what a person may do with it now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from ledger.documents import DOCUMENTS
from ledger.history import Attempt
from ledger.state import Action, State
from rules.readable import recognised
from rules.reason import Reason
from settings.marketplaces import zone_of
from tasks import ask, left_out
from tasks.explain import Explanation, explain
from tasks.invoices.present import ShownDocument
from tasks.kept_words import KEPT_WORDS
from tasks.order_ids import NoSuchOrder, Unseen, find
from tasks.order_outcome import UNSENT
from web.pages import Act, Look, Missing, Page, settle
from web.pages.known import known
from web.person import Role
from web.render import standing

SKIPPABLE = (*UNSENT, State.HELD)


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of its life: `what` of ordered, shipped, refunded, counted_delivered, said, document, now, asked_from,
    document_due, shuts. `about`: a document's kind and number, or what a refund gave back. `reason`: what an answer led
    to; `times`: how often it came in a row, `since` then.
    """

    at: datetime
    what: str
    words: str = ""
    about: tuple[str, ...] = ()
    to_come: bool = False
    reason: str = ""
    times: int = 1
    since: datetime | None = None


def show(look: Look) -> Explanation:
    """What `askonce explain` says. Raises Missing."""
    sellers = look.chosen
    try:
        seller, order_id = find(look.app.ledger, sellers, look.path["order_id"])
    except (NoSuchOrder, Unseen):
        raise Missing from None
    found = explain(look.app.ledger, sellers[seller], order_id, look.now, look.app.stop_file)
    if found is None:
        raise Missing
    return found


def life(found: Explanation, now: datetime) -> list[Moment]:
    """What happened, and what is to come, in order, with now between."""
    points = [*_happened(found, now), Moment(now, "now"), *_to_come(found, now)]
    return sorted(points, key=lambda point: (point.at, point.to_come))


def _happened(found: Explanation, now: datetime) -> Iterator[Moment]:
    facts, answer = {each.name: each.value for each in found.facts}, found.answer
    yield Moment(facts["purchased_at"], "ordered")
    if shipped := facts.get("shipped_seen_at") or facts.get("fba_first_shipped_at"):
        yield Moment(shipped, "shipped")
    for refund in facts.get("refunds") or ():
        if refund["posted_at"]:
            amount = refund["amount"]
            yield Moment(refund["posted_at"], "refunded", about=(str(amount["amount"]), amount["currency"]))
    if answer.delivered_from:
        yield Moment(answer.delivered_from, "counted_delivered", answer.rests_on, to_come=answer.delivered_from > now)
    yield from _answers(each for each in found.attempts if each.action == Action.REVIEW)
    for document in found.documents:
        if document.sent_at:
            yield Moment(document.sent_at, "document", document.meaning, (document.action, document.number or ""))


def _answers(attempts: Iterable[Attempt]) -> list[Moment]:
    """Amazon's answers and what people said; of the same one several times in a row, the last."""
    points: list[Moment] = []
    for each in attempts:
        in_full = each.state in _IN_FULL or recognised(each.detail, KEPT_WORDS) is not each.detail
        point = Moment(each.at, "said", each.detail if in_full else "", reason=each.reason, since=each.at)
        if points and (points[-1].reason, points[-1].words) == (point.reason, point.words):
            last = points.pop()
            point = replace(point, times=last.times + 1, since=last.since)
        points.append(point)
    return points


_IN_FULL = (State.HELD, State.REFUSED, State.UNCLEAR)
"""What led there is shown in the words that came."""


def _to_come(found: Explanation, now: datetime) -> Iterator[Moment]:
    answer = found.answer
    if answer.due_at and answer.due_at > now:
        yield Moment(answer.due_at, "asked_from", to_come=True)
    if answer.shuts_at and answer.shuts_at > now and not answer.is_final:
        yield Moment(answer.shuts_at, "shuts", to_come=True)
    for document in found.documents:
        if document.deadline and document.deadline > now and standing(document.state) in ("waiting", "held"):
            about = (document.action, document.number or "")
            yield Moment(document.deadline, "document_due", document.meaning, about, to_come=True)


def papers(look: Look, found: Explanation) -> list[tuple[ShownDocument, str]]:
    """The documents of the order, each with why it cannot be sent again now (empty: it can)."""
    with look.app.ledger.read() as connection:
        documents = DOCUMENTS.of_order(connection, found.seller, found.order_id)
    why = {(each.key.action, each.key.part): settle.why_not_again(look, each) for each in documents}
    return [(each, why.get((each.action, each.part), "")) for each in found.documents]


def there(found: Explanation) -> tzinfo:
    """The zone of its marketplace."""
    return zone_of(next((fact.value for fact in found.facts if fact.name == "marketplace_id"), None))


def why_no_skip(found: Explanation) -> str:
    """Why nobody can leave it out now; empty: one can."""
    if found.state in SKIPPABLE and not found.answer.is_final:
        return ""
    return found.answer.when


def why_no_ask(found: Explanation) -> str:
    """Why nobody can want it asked now; empty: one can."""
    if found.state not in UNSENT:
        return found.answer.when
    return found.meaning if found.reason is Reason.LEFT_OUT else ""


def _ask(look: Look) -> None:
    """Ask as soon as a worker has the seller's turn: within the minute, if one is at work."""
    found = show(look)
    if not ask.wish(look.app, found.seller, found.order_id, look.by):
        raise Missing
    look.app.doorbell.ring("sweep", found.seller)


def _skip(look: Look) -> None:
    found = show(look)
    mine = {found.seller: look.sellers[found.seller]}
    why = look.form.get("why", "").strip() or "from the page"
    left_out.leave_out(look.app.ledger, mine, found.order_id, look.by, why, look.now)


def _undo_skip(look: Look) -> None:
    found = show(look)
    mine = {found.seller: look.sellers[found.seller]}
    left_out.take_back(look.app.ledger, mine, found.order_id, look.by, look.now)


PAGE = Page(
    "/orders/{order_id}",
    "order.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={
        "life": life,
        "why_no_ask": why_no_ask,
        "why_no_skip": why_no_skip,
        "papers": papers,
        "there": there,
        "known": known,
    },
    acts={
        "ask": Act(Role.OPERATOR, _ask),
        "skip": Act(Role.OPERATOR, _skip),
        "undo-skip": Act(Role.OPERATOR, _undo_skip),
        **settle.RESOLVE,
        **settle.RESEND,
    },
)
