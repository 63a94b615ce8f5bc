"""Check: do alerts reach somebody?"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ledger import messages, meta
from ledger.database import Ledger
from ledger.messages import Message
from rules.readable import listed, said
from tasks.alerts.receiver import Receiver
from tasks.check.outcome import Check, Outcome

LATELY = timedelta(days=2)
"""A receiver of whom nothing was heard for so long may have left the settings."""
PING = "ping_trouble"
"""Key in the ledger's `meta`: why PING_URL did not answer last; empty: it did."""
TEST = "askonce alerts test"


def check_told(ledger: Ledger, now: datetime) -> Iterator[Check]:
    """Who was not to be reached lately, as the ledger alone knows it."""
    with ledger.read() as connection:
        last = messages.last_of_each(connection)
        ping = meta.get(connection, PING)
    yield from (_receiver(each) for each in last if each.error and now - each.made_at < LATELY)
    if ping:
        yield Check("PING_URL", Outcome.FAIL, ping, said("look at PING_URL in .env"))


def check_receivers(ledger: Ledger, receivers: Sequence[Receiver]) -> Iterator[Check]:
    """Of each receiver that the settings name: what became of the last message to it."""
    if not receivers:
        yield Check("alerts", Outcome.PASS, "ALERT_URLS is not set: nobody is told when something is wrong")
        return
    with ledger.read() as connection:
        last = {each.receiver: each for each in messages.last_of_each(connection)}
    unused = [each.name for each in receivers if each.fingerprint not in last]
    yield from (_receiver(last[each.fingerprint], each.name) for each in receivers if each.fingerprint in last)
    if unused:
        yield Check("alerts", Outcome.UNKNOWN, f"nothing was ever sent to {listed(unused)}", TEST)


def _receiver(last: Message, name: str = "") -> Check:
    to = said("alerts to {name}", name=name or last.receiver_name)
    if last.error and last.next_at:
        what = said("the last message was not taken: {why}; it is tried again", why=last.error)
        return Check(to, Outcome.FAIL, what, TEST)
    if last.error:
        what = said("the last message was not taken: {why}; it is not tried again", why=last.error)
        return Check(to, Outcome.FAIL, what, TEST)
    sent_at = last.sent_at.astimezone(UTC) if last.sent_at else None
    return Check(to, Outcome.PASS, said("the last message was taken, {at}", at=sent_at))
