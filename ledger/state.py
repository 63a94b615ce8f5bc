"""The states of an entry (one action for one order), drawn in docs/architecture.md; beside each, who moves it on."""

from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"  # sweep, at next_look_at; new facts bring that forward to now
    DUE = "due"  # send_due, nearest deadline first
    SENDING = "sending"  # the worker that claimed it; reconcile, when that worker's lane is no longer its own
    UNCLEAR = "unclear"  # reconcile, by looking at what Amazon still offers
    SUBMITTED = "submitted"  # invoices only: follow, when Amazon has read the document
    SENT = "sent"  # nobody; when it was inferred from a look, reconcile looks once more a day later
    REFUSED = "refused"  # nobody
    SKIPPED = "skipped"  # sweep, when a fact or the settings change
    HELD = "held"  # a person (`askonce resolve`); reconcile, a day later, when Amazon surely did nothing


class Action(StrEnum):
    """What is done once per order; credit notes, once per refund."""

    REVIEW = "review"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


OPEN = (State.WAITING, State.DUE, State.SENDING, State.UNCLEAR, State.SUBMITTED)
"""States that askonce moves on by itself: together they are the `waiting` of every total."""
