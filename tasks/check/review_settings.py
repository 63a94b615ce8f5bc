"""Check, the part about what the settings want of review requests: whom they leave out, and rule sets without use."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ledger import history
from ledger.database import Ledger
from rules.reach import unreachable, without_time
from rules.readable import listed
from rules.reason import Reason
from settings.schema import Exclude, Seller
from tasks.answer import BY_SETTINGS
from tasks.check.outcome import Check, Outcome

SAID = {
    "skus": "SKUs",
    "asins": "ASINs",
    "promotions": "promotions",
    "fulfilled_by": "fulfilled by",
    "business_orders": "business orders",
    "order_value_below": "worth less than",
    "order_value_above": "worth more than",
    "delivered_late": "delivered late",
    "shipped_abroad": "sent abroad",
}
"""What orders are left out by, in words."""
REASONS = [each for each in BY_SETTINGS if each not in (Reason.DISABLED, Reason.MARKETPLACE_NOT_ENABLED)]


def check_review_settings(ledger: Ledger, seller: Seller, now: datetime) -> Iterator[Check]:
    """Is each rule set of use, is there an hour for every order, and who is left out?"""
    where = f"under [sellers.{seller.name}.review_requests]"
    for rule, why in unreachable(seller):
        detail, remedy = f"{rule.name} can never count: {why}", f"move it up, change it or remove it, {where}"
        yield Check(f"{seller.name}: rule sets", Outcome.FAIL, detail, remedy)
    for name, why in without_time(seller, now.astimezone(seller.zone).date()):
        detail = f"{f'rule set {name}: ' if name else ''}some orders are never asked: {why}"
        remedy = f"a wider day_range, other weekdays or hours, {where}"
        yield Check(f"{seller.name}: days and hours", Outcome.UNKNOWN, detail, remedy)
    yield _left_out(ledger, seller)


def _left_out(ledger: Ledger, seller: Seller) -> Check:
    """Amazon wants nobody chosen for the answer that is expected: what the settings choose is said."""
    name, wish = f"{seller.name}: left out by settings", seller.review_requests
    said = [*_words(wish.exclude), *(f"rule set {rule.name}" for rule in wish.rules if not rule.ask)]
    if not said:
        return Check(name, Outcome.PASS, "nobody, beside those whom askonce never asks")
    with ledger.read() as connection:
        by_reason = history.totals(connection, [seller.name]).by_reason
    count = sum(by_reason.get(reason, 0) for reason in REASONS)
    orders = f"{count:,} order{'' if count == 1 else 's'} so far"
    policy = "its review policy forbids asking only buyers who had a good experience"
    return Check(name, Outcome.PASS, f"{'; '.join(said)}: {orders}. You answer to Amazon for it: {policy}")


def _words(exclude: Exclude) -> Iterator[str]:
    for key, words in SAID.items():
        match getattr(exclude, key):
            case True:
                yield words
            case Decimal() as limit:
                yield f"{words} {limit:f}"
            case (_, *_) as named:
                yield f"{words} {listed(named)}"
