"""One order: its life, why it stands where it stands, and what a person may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ledger.history import Attempt
from ledger.state import State
from rules.readable import recognised
from rules.reason import Reason
from tasks import ask, controls, left_out
from tasks.explain import Explanation, explain
from tasks.kept_words import KEPT_WORDS
from tasks.order_ids import NoSuchOrder, Unseen, find
from web.pages import Act, Look, Missing, Page
from web.pages.known import known
from web.person import Role


@dataclass(frozen=True, slots=True)
class Moment:
    """One point of its life: `what` of ordered, shipped, counted_delivered, asked_from, shuts, or an action.

    `reason`: what an answer led to; `times`: how often it came in a row, `since` then.
    """

    at: datetime
    what: str
    words: str = ""
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
    """What happened, and what is to come, in order."""
    facts = {each.name: each.value for each in found.facts}
    answer = found.answer
    points = [Moment(facts["purchased_at"], "ordered")]
    if shipped := facts.get("shipped_seen_at") or facts.get("fba_first_shipped_at"):
        points.append(Moment(shipped, "shipped"))
    if answer.delivered_from:
        at = answer.delivered_from
        points.append(Moment(at, "counted_delivered", answer.rests_on, to_come=at > now))
    points += _answers(found.attempts)
    if answer.due_at and answer.due_at > now:
        points.append(Moment(answer.due_at, "asked_from", to_come=True))
    if answer.shuts_at and answer.shuts_at > now and not answer.is_final:
        points.append(Moment(answer.shuts_at, "shuts", to_come=True))
    return sorted(points, key=lambda point: point.at)


def _answers(attempts: Sequence[Attempt]) -> list[Moment]:
    """Amazon's answers and what people said; of the same one several times in a row, the last."""
    points: list[Moment] = []
    for each in attempts:
        words = each.detail if each.state in _IN_FULL or recognised(each.detail, KEPT_WORDS) is not each.detail else ""
        point = Moment(each.at, each.action, words, reason=each.reason, since=each.at)
        last = next((known for known in reversed(points) if known.what == point.what), None)
        if last and (last.reason, last.words) == (point.reason, point.words):
            points.remove(last)
            point = replace(point, times=last.times + 1, since=last.since)
        points.append(point)
    return points


_IN_FULL = (State.HELD, State.REFUSED, State.UNCLEAR)
"""What led there is shown in the words that came."""


def why_no_ask(found: Explanation) -> str:
    """Why nobody can want it asked now; empty: one can."""
    if found.state not in ask.OPEN:
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


def _resolve(look: Look, *, sent: bool) -> None:
    found = show(look)
    controls.resolve(look.app.ledger, [found.seller], found.order_id, look.by, look.now, sent=sent)


def _resolve_sent(look: Look) -> None:
    _resolve(look, sent=True)


def _resolve_not_sent(look: Look) -> None:
    _resolve(look, sent=False)


PAGE = Page(
    "/orders/{order_id}",
    "order.html",
    show,
    role=Role.VIEWER,
    is_by_seller=True,
    helpers={"life": life, "why_no_ask": why_no_ask, "known": known},
    acts={
        "ask": Act(Role.OPERATOR, _ask),
        "skip": Act(Role.OPERATOR, _skip),
        "undo-skip": Act(Role.OPERATOR, _undo_skip),
        "resolve-sent": Act(Role.OPERATOR, _resolve_sent),
        "resolve-not-sent": Act(Role.OPERATOR, _resolve_not_sent),
    },
)
