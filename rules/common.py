"""Rules that are the same for every action."""

from rules.case import Case
from rules.readable import switch
from rules.reason import Reason
from rules.table import Rule


def _cancelled(case: Case) -> bool:
    every_line = bool(case.order.items) and not case.items
    return every_line or case.order.status in ("CANCELLED", "UNFULFILLABLE")


def _lines(case: Case) -> str:
    lines = len(case.order.items)
    return f"status {case.order.status or 'unknown'}; {lines - len(case.items)} of {lines} lines cancelled"


NOT_AMAZON_ORDER: Rule[Case] = Rule(
    Reason.NOT_AMAZON_ORDER,
    lambda case: case.order.channel != "AMAZON",
    lambda case: f"channel: {case.order.channel or 'unknown'}",
)
CANCELLED: Rule[Case] = Rule(Reason.CANCELLED, _cancelled, _lines)
NOT_FETCHED_YET: Rule[Case] = Rule(
    Reason.NOT_FETCHED_YET,
    lambda case: case.facts.to_fetch,
    lambda case: f"known by the All Orders report alone: {switch(case.facts.to_fetch)}",
    lambda case: case.given_up_at,
)
NOT_SHIPPED: Rule[Case] = Rule(
    Reason.NOT_SHIPPED,
    lambda case: case.order.status != "SHIPPED",
    lambda case: f"status: {case.order.status or 'unknown'}",
    lambda case: case.given_up_at,
)
