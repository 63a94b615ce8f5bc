"""Follow what was sent until Amazon has accepted it, and settle what is in doubt by looking, never by sending again.

SUBMITTED   Amazon's processing report is read: SENT, or what the report's codes say
UNCLEAR     Europe: the upload is looked for in Amazon's list: there → SUBMITTED; not there, again and again → DUE
            North America: nothing tells whether a message went out → HELD, for a person
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger import controls, invoices
from ledger.entries import Answered
from ledger.invoices import Move, key_of
from ledger.state import State
from marketplace.errors import Answer
from marketplace.port import Feed, FeedResult
from rules.reason import Reason
from tasks.house import Shop
from tasks.invoices.send import LOOK_AFTER, READ_AFTER, rest_of
from tasks.send import CALL_TAKES, STOPPED_FOR, mask

log = logging.getLogger("askonce.invoices")

FOLLOWED = (State.SUBMITTED, State.UNCLEAR)
BATCH = 50
LONGEST_PAUSE = timedelta(minutes=15)
TRY_AGAIN = timedelta(minutes=5)
LOOKS = 4
"""So many looks that find no upload, in some ten minutes: there is none."""
SKEW = timedelta(minutes=2)
"""How far our clock may be from Amazon's."""


def follow(shop: Shop) -> None:
    """Move claims of ended workers to UNCLEAR, then look at every document that is under way or in doubt."""
    now = shop.clock.now()
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        for key in invoices.orphaned(connection, shop.name, shop.lane.token, now, now + LOOK_AFTER):
            log.warning("%s: %s of order %s was in mid-send", shop.name, key.kind, mask(key.order_id))
        rows = invoices.looks(connection, shop.name, FOLLOWED, now, BATCH)
    for row in rows:
        if shop.stopping.is_set():
            return
        try:
            found = _read(shop, row) if row.state == State.SUBMITTED else _look_for(shop, row)
        except Answer as answer:
            later = shop.clock.now() + TRY_AGAIN
            again = Move(key_of(row), State(row.state), Reason(row.reason), later, tries=row.tries)
            found = Found(again, Answered(answer.detail, answer.status, answer.request_id))
        _record(shop, row, found)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at Amazon makes of a document. `feed_id`: the upload that was found."""

    move: Move
    answered: Answered
    feed_id: str | None = None


def _read(shop: Shop, row: Any) -> Found:
    """Read what Amazon says of an upload."""
    key = key_of(row)
    feed = shop.marketplace.feed(row.feed_id)
    if not feed.done:
        later = shop.clock.now() + min(READ_AFTER * 2 ** min(row.tries, 10), LONGEST_PAUSE)
        move = Move(key, State.SUBMITTED, Reason.SUBMITTED, later, tries=row.tries + 1)
        return Found(move, Answered("Amazon is still reading it"))
    if feed.result_id is None:
        return Found(
            Move(key, State.HELD, Reason.INVOICE_REJECTED), Answered("Amazon ended the upload without a report")
        )
    result = shop.marketplace.feed_result(feed.result_id)
    if result.accepted is None:
        move = Move(key, State.SUBMITTED, Reason.SUBMITTED, shop.clock.now() + TRY_AGAIN, tries=row.tries + 1)
        return Found(move, Answered("a processing report that cannot be judged"))
    words = "; ".join(f"{problem.code} {problem.message}" for problem in result.problems)
    return Found(_verdict(shop, row, result), Answered(words or "accepted"))


def _verdict(shop: Shop, row: Any, result: FeedResult) -> Move:
    """What the processing report makes of the document."""
    if result.accepted:
        return Move(key_of(row), State.SENT, Reason.INVOICED)
    state, reason = next((REJECTIONS[each.code] for each in result.problems if each.code in REJECTIONS), REJECTED)
    return Move(key_of(row), state, reason, shop.clock.now() if state is State.DUE else None)


REJECTIONS = {
    "79503": (State.HELD, Reason.PDF_UNUSABLE),  # not a PDF
    "79509": (State.DUE, Reason.INVOICES_NOT_AUTHORISED),  # the account may not upload invoices
    "79513": (State.HELD, Reason.BROKEN),  # what goes with the PDF is incomplete
    "79523": (State.HELD, Reason.BROKEN),  # not exactly one marketplace that takes invoices
    "79525": (State.REFUSED, Reason.INVOICED_BY_AMAZON),  # Amazon makes this account's invoices itself
    "79540": (State.HELD, Reason.PDF_UNUSABLE),  # the file is empty
}
"""By Amazon's code (SP-API docs, "VAT Calculation Service Error Handling"; selling-partner-api-docs issue 2425)."""
REJECTED = (State.HELD, Reason.INVOICE_REJECTED)


def _look_for(shop: Shop, row: Any) -> Found:
    """Look for the upload whose answer was lost."""
    now, key = shop.clock.now(), key_of(row)
    if shop.seller.region == "na":
        nobody_knows = Answered("no call of Amazon tells whether the message went out")
        return Found(Move(key, State.HELD, Reason.UNCLEAR), nobody_knows)
    since = row.asked_at - CALL_TAKES - SKEW
    feeds = _unknown(shop, shop.marketplace.feeds(since=since), until=row.asked_at + LONGEST_PAUSE)
    if len(feeds) == 1:
        move = Move(key, State.SUBMITTED, Reason.SUBMITTED, now)
        return Found(move, Answered("found among Amazon's uploads"), feeds[0].feed_id)
    if feeds:
        return Found(Move(key, State.HELD, Reason.UNCLEAR), Answered("Amazon has several uploads of that moment"))
    if row.tries + 1 < LOOKS:
        move = Move(key, State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=row.tries + 1)
        return Found(move, Answered("not among Amazon's uploads yet"))
    move = Move(key, State.DUE, Reason.BUSY, now + rest_of(shop, row))
    return Found(move, Answered("not among Amazon's uploads: it was not sent"))


def _unknown(shop: Shop, feeds: tuple[Feed, ...], until: datetime) -> list[Feed]:
    """Uploads of that time which no other document accounts for."""
    in_time = [feed for feed in feeds if feed.created_at <= until]
    with shop.ledger.read() as connection:
        known = invoices.known_feeds(connection, shop.name, [feed.feed_id for feed in in_time])
    return [feed for feed in in_time if feed.feed_id not in known]


def _record(shop: Shop, row: Any, found: Found) -> None:
    now, move = shop.clock.now(), found.move
    with shop.ledger.begin() as connection:
        shop.renew(connection)
        state = State(row.state)
        invoices.move_on(connection, shop.name, move, found.answered, now, out_of=[state], feed_id=found.feed_id)
        if move.reason is Reason.INVOICES_NOT_AUTHORISED:
            until = now + STOPPED_FOR
            controls.stop(connection, shop.name, move.reason, until=until, detail=found.answered.detail)
    log.info("%s: order %s: %s: %s", shop.name, mask(move.key.order_id), move.key.kind, move.reason)
