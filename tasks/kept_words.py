"""Our own sentences that the ledger keeps as text, by their templates: a page recognises them, and says them in its
language. A word in braces stands for what differs."""

from marketplace.pace import PACE
from rules.brakes import CAUSES

PERSON_SENT = "a person said: sent"
PERSON_NOT_SENT = "a person said: not-sent"
TO_BE_ASKED = "to be asked now, by {name}"
LEFT_OUT = "left out by {name}: {why}"
NOT_LEFT_OUT = "{name} took back that it was left out"
NOT_IMPORTED = "{name} took back the import of {file}"
STILL_OFFERED = "still offered"
NOT_OFFERED = "no longer offered"
ACCEPTED = "accepted"
NOT_ACCEPTED = "rejected"
KEPT_WORDS = (
    *CAUSES,
    *(PERSON_SENT, PERSON_NOT_SENT, TO_BE_ASKED, LEFT_OUT, NOT_LEFT_OUT, NOT_IMPORTED, STILL_OFFERED, NOT_OFFERED),
    *(ACCEPTED, NOT_ACCEPTED, PACE),
)
