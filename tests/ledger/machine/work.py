"""The queues on which the machine runs, and how their work differs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import documents, history, requests
from ledger.database import Connection
from ledger.documents import DOCUMENTS
from ledger.history import Totals
from ledger.queue import Queue
from ledger.requests import REVIEWS
from ledger.state import Action, State
from ledger.transitions import Key
from rules.reason import Reason
from tests.ledger.examples import DAY
from tests.ledger.machine.amazon import Amazon, Uploads

Call = Callable[..., Any]
"""Carries out one of the ledger's functions: on the ledger, or on the model."""


@dataclass(frozen=True, slots=True)
class Work:
    """One queue. Documents are made, with a number, before they can be claimed; what is made, facts wake no more."""

    queue: Queue[Any]
    action: Action
    first: Reason  # why a new row waits
    denied: Reason  # the stop after Amazon denied the action
    in_doubt: tuple[State, ...]  # looked at again
    open: tuple[State, ...]  # must come to their end by themselves, once they are due
    looks: int  # so many looks, at most, settle a doubt
    amazon: Callable[[], Amazon]
    totals: Callable[[Connection, list[str]], Totals]
    counted: Callable[[Call, str, datetime], Any]
    """What only this queue counts."""

    @property
    def is_made_first(self) -> bool:
        return self.queue is DOCUMENTS

    def key(self, order_id: str) -> Key:
        return Key(order_id, self.action)


REQUESTS = Work(
    REVIEWS,
    Action.REVIEW,
    first=Reason.NOT_DELIVERED,
    denied=Reason.NOT_AUTHORISED,
    in_doubt=(State.UNCLEAR, State.SENT, State.HELD),
    open=(State.DUE, State.SENDING, State.UNCLEAR),
    looks=1,
    amazon=Amazon,
    totals=history.totals,
    counted=lambda call, seller, now: call(requests.asked_since, seller, Action.REVIEW, now - DAY),
)
INVOICES = Work(
    DOCUMENTS,
    Action.INVOICE,
    first=Reason.NOT_SHIPPED,
    denied=Reason.INVOICES_NOT_AUTHORISED,
    in_doubt=(State.SUBMITTED, State.UNCLEAR),
    open=(State.DUE, State.SENDING, State.UNCLEAR, State.SUBMITTED),
    looks=6,
    amazon=Uploads,
    totals=history.invoice_totals,
    counted=lambda call, seller, _now: call(documents.any_unclear, seller),
)
WORK = {"requests": REQUESTS, "documents": INVOICES}
