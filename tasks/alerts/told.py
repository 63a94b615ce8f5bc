"""What a person asks: what is wrong, who was told, and does a message arrive?"""

from dataclasses import dataclass
from datetime import datetime

from ledger import alerts, messages, meta
from ledger.alerts import Alert
from ledger.database import Ledger
from ledger.messages import Message
from marketplace.pace import Clock
from tasks.alerts.receiver import Ping, Receiver, Tone
from tasks.check.alerts import PING

TITLE = "askonce: a test"
BODY = "If you read this, alerts arrive here. Nothing is wrong."


@dataclass(frozen=True, slots=True)
class Tried:
    """Who was to be told, and why that failed; empty: it did not."""

    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was wrong at the last look, the oldest first; when that was; and the last messages, the newest first."""

    raised: list[Alert]
    looked_at: datetime | None
    messages: list[Message]


def told(ledger: Ledger, count: int) -> Told:
    """As the workers have found it; `count`: how many messages."""
    with ledger.read() as connection:
        raised = [each for each in alerts.known(connection).values() if each.over_at is None]
        return Told(raised, alerts.looked_at(connection), messages.last(connection, count))


def test(ledger: Ledger, receivers: tuple[Receiver, ...], ping: Ping | None, clock: Clock) -> list[Tried]:
    """Send a message to each now, and record what became of it. The switch is told that all is well."""
    tried = [Tried(each.name, _send(ledger, each, clock)) for each in receivers]
    if ping:
        trouble = ping("")
        with ledger.begin() as connection:
            meta.put(connection, PING, trouble)
        tried.append(Tried("PING_URL", trouble))
    return tried


def _send(ledger: Ledger, receiver: Receiver, clock: Clock) -> str:
    error = receiver.post(TITLE, BODY, Tone.NEWS)
    with ledger.begin() as connection:
        to = receiver.fingerprint, receiver.name
        messages.record(connection, to, Tone.NEWS, (TITLE, BODY), error, clock.now())
    return error
