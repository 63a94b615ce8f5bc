"""Follow what was sent until Amazon has accepted it, and settle what is in doubt by looking, never by sending again.

SUBMITTED   Amazon's processing report is read: SENT, or what the report's codes say
UNCLEAR     Europe: the upload is looked for in Amazon's list: there → SUBMITTED; not there, again and again → DUE
            North America: nothing tells whether a message went out → HELD, for a person
"""

from datetime import datetime, timedelta

from ledger import documents
from ledger.documents import Document
from ledger.state import State
from ledger.transitions import Answered, Transition
from marketplace.errors import Broken
from marketplace.port import Feed, FeedResult
from rules.reason import Reason
from tasks.invoices.send import LOOK_AFTER, READ_AFTER
from tasks.kept_words import ACCEPTED, NOT_ACCEPTED
from tasks.line import CALL_TAKES, Found, rest
from tasks.session import SellerSession

LONGEST_PAUSE = timedelta(minutes=15)
FOLLOWED_FOR = timedelta(days=2)
"""How long after an upload Amazon's word on it is waited for."""
SELDOM = timedelta(hours=3)
"""How often Amazon is asked after the first hours."""
LOOKS = 4
"""So many looks that find no upload, in some ten minutes: there is none."""
SKEW = timedelta(minutes=2)
"""How far our clock may be from Amazon's."""


def look_again(session: SellerSession, document: Document) -> Found:
    """Look at Amazon for one document that is under way or in doubt."""
    return (_read if document.state is State.SUBMITTED else _look_for)(session, document)


def _read(session: SellerSession, document: Document) -> Found:
    """Read what Amazon says of an upload."""
    assert document.feed_id
    try:
        feed = session.marketplace.feed(document.feed_id)
        if not feed.done:
            return _still_waiting(session, document, "Amazon is still reading it")
        if feed.result_id is None:
            ended = Answered("Amazon ended the upload without a report")
            return Found(Transition(document.key, State.HELD, Reason.INVOICE_REJECTED), ended)
        result = session.marketplace.feed_result(feed.result_id)
    except Broken as answer:  # it knows of no such upload, or nobody can read what it says
        return _still_waiting(session, document, answer.detail)
    if result.accepted is None:
        return _still_waiting(session, document, "the processing report cannot be judged")
    words = "; ".join(f"{problem.code} {problem.message}" for problem in result.problems)
    return Found(
        _verdict(session, document, result), Answered(words or (ACCEPTED if result.accepted else NOT_ACCEPTED))
    )


def _still_waiting(session: SellerSession, document: Document, why: str) -> Found:
    """Look again, less and less often; in the end a person has to look."""
    now, key, tries = session.clock.now(), document.key, document.tries
    if now - (document.asked_at or document.changed_at) > FOLLOWED_FOR:
        return Found(Transition(key, State.HELD, Reason.NO_RESULT), Answered(why))
    pause = min(READ_AFTER * 2 ** min(tries, 10), LONGEST_PAUSE if tries < 20 else SELDOM)
    return Found(Transition(key, State.SUBMITTED, Reason.SUBMITTED, now + pause, tries=tries + 1), Answered(why))


def _verdict(session: SellerSession, document: Document, result: FeedResult) -> Transition:
    """What the processing report makes of the document."""
    if result.accepted:
        return Transition(document.key, State.SENT, Reason.INVOICED)
    state, reason = next((REJECTIONS[each.code] for each in result.problems if each.code in REJECTIONS), REJECTED)
    return Transition(document.key, state, reason, session.clock.now() if state is State.DUE else None)


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


def _look_for(session: SellerSession, document: Document) -> Found:
    """Look for the upload whose answer was lost."""
    now, key = session.clock.now(), document.key
    if session.seller.region == "na":
        nobody_knows = Answered("no call of Amazon tells whether the message went out")
        return Found(Transition(key, State.HELD, Reason.UNCLEAR), nobody_knows)
    assert document.asked_at
    since = document.asked_at - CALL_TAKES - SKEW
    feeds = _unknown(session, session.marketplace.feeds(since=since), until=document.asked_at + LONGEST_PAUSE)
    if len(feeds) == 1:
        move = Transition(key, State.SUBMITTED, Reason.SUBMITTED, now, feed_id=feeds[0].feed_id)
        return Found(move, Answered("found among Amazon's uploads"))
    if feeds:
        return Found(Transition(key, State.HELD, Reason.UNCLEAR), Answered("Amazon has several uploads of that moment"))
    if document.tries + 1 < LOOKS:
        move = Transition(key, State.UNCLEAR, Reason.UNCLEAR, now + LOOK_AFTER, tries=document.tries + 1)
        return Found(move, Answered("not among Amazon's uploads yet"))
    move = Transition(key, State.DUE, Reason.BUSY, now + rest(session, key, Reason.BUSY, Reason.UNCLEAR))
    return Found(move, Answered("not among Amazon's uploads: it was not sent"))


def _unknown(session: SellerSession, feeds: tuple[Feed, ...], until: datetime) -> list[Feed]:
    """Uploads of that time which no other document accounts for."""
    in_time = [feed for feed in feeds if feed.created_at <= until]
    with session.ledger.read() as connection:
        known = documents.known_feeds(connection, session.name, [feed.feed_id for feed in in_time])
    return [feed for feed in in_time if feed.feed_id not in known]
