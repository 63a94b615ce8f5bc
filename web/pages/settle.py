"""What a person does to one request or document, on whichever page: the form says which."""

from functools import partial

from ledger.documents import Document
from ledger.state import Action
from tasks import controls
from tasks.invoices.listing import chosen
from tasks.invoices.resend import must_be_resendable
from tasks.invoices.resend import resend as send_again
from tasks.not_done import NotDone
from web.pages import Act, Look, Missing, Wrong
from web.pages.papers import vault
from web.person import Role


def seller_named(look: Look) -> str:
    """That of the form. Raises Missing: there is none, or not for this person."""
    name = look.form.get("seller", "")
    if name not in look.sellers:
        raise Missing
    return name


def _resolve(look: Look, *, sent: bool) -> None:
    action, part = look.form.get("action") or Action.REVIEW.value, look.form.get("part", "")
    seller, order_id = seller_named(look), look.form.get("order", "")
    controls.resolve(look.app.ledger, [seller], order_id, look.by, look.now, sent=sent, action=action, part=part)


def _resend(look: Look) -> None:
    """The same bytes go to Amazon once more, at the worker's next turn."""
    seller, order_id, why = seller_named(look), look.form.get("order", ""), look.form.get("why", "").strip()
    if not why:
        field = f"why-{order_id}-{look.form.get('part', '')}"
        raise Wrong(**{field: look.tongue.say("Say why: it stands in the record.")})
    document = chosen(look.app.ledger, [seller], order_id, look.form.get("action", ""), look.form.get("part"))
    said = f"sent again by {look.person.name}: {why}"
    send_again(look.app.ledger, vault(look), look.sellers[seller], document, said, look.by, look.now)


def why_not_again(look: Look, document: Document) -> str:
    """Why a document cannot be sent again now; empty: it can."""
    try:
        must_be_resendable(look.sellers[document.seller], document)
    except NotDone as why:
        return why.words
    return ""


RESOLVE = {
    "resolve-sent": Act(Role.OPERATOR, partial(_resolve, sent=True)),
    "resolve-not-sent": Act(Role.OPERATOR, partial(_resolve, sent=False)),
}
RESEND = {"resend": Act(Role.OPERATOR, _resend)}
