"""What each action needs to go out; what it does is in tasks/actions.py, which a look at the gate need not load."""

from dataclasses import replace

from ledger.state import Action
from rules import freshness
from rules.order import Facts, Source
from rules.reason import Reason
from rules.rule_sets import chosen
from settings.schema import Seller
from tasks.gate import Terms


def set_limits(seller: Seller) -> dict[str, int]:
    """The daily limits of the seller's rule sets, by name."""
    return {rule.name: rule.daily_limit for rule in seller.review_requests.rules if rule.daily_limit is not None}


def set_of(facts: Facts, seller: Seller) -> str | None:
    """The name of the order's rule set."""
    rule = chosen(facts.order, seller.review_requests.rules)
    return rule.name if rule else None


REVIEW = Terms(
    Action.REVIEW,
    needs=freshness.EVERY_ORDER,
    daily_limit=lambda seller: seller.review_requests.daily_limit,
    set_limits=set_limits,
    set_of=set_of,
)
INVOICE = Terms(Action.INVOICE, needs=(Source.ORDERS,), denied=Reason.INVOICES_NOT_AUTHORISED)
CREDIT_NOTE = replace(INVOICE, action=Action.CREDIT_NOTE)
