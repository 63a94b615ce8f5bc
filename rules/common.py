"""Rules that are the same for every action."""

from collections.abc import Callable, Sequence

from rules.case import Case
from rules.readable import Said, said
from rules.reason import Reason
from rules.table import Rule
from settings.schema import Seller


def _cancelled(case: Case) -> bool:
    every_line = bool(case.order.items) and not case.items
    return every_line or case.order.status in ("CANCELLED", "UNFULFILLABLE")


def _lines(case: Case) -> Said:
    lines = len(case.order.items)
    given = {"status": case.order.status, "cancelled": lines - len(case.items), "lines": lines}
    return said("status {status}; {cancelled} of {lines} lines cancelled", **given)


def status(case: Case) -> Said:
    """Amazon's word for where the order is."""
    return said("status: {status}", status=case.order.status)


def marketplace_not_enabled(enabled: Callable[[Seller], Sequence[str]]) -> Rule[Case]:
    """The order is of none of these marketplaces of the seller."""
    return Rule(
        Reason.MARKETPLACE_NOT_ENABLED,
        lambda case: case.country not in enabled(case.seller),
        lambda case: said(
            "marketplace: {place}; enabled: {places}", place=case.country, places=tuple(enabled(case.seller))
        ),
    )


NOT_AMAZON_ORDER: Rule[Case] = Rule(
    Reason.NOT_AMAZON_ORDER,
    lambda case: case.order.channel != "AMAZON",
    lambda case: said("channel: {channel}", channel=case.order.channel),
)
CANCELLED: Rule[Case] = Rule(Reason.CANCELLED, _cancelled, _lines)
NOT_FETCHED_YET: Rule[Case] = Rule(
    Reason.NOT_FETCHED_YET,
    lambda case: case.facts.to_fetch,
    lambda case: said("known by the All Orders report alone: {alone}", alone=case.facts.to_fetch),
    lambda case: case.given_up_at,
)
NOT_SHIPPED: Rule[Case] = Rule(
    Reason.NOT_SHIPPED,
    lambda case: case.order.status != "SHIPPED",
    status,
    lambda case: case.given_up_at,
)
