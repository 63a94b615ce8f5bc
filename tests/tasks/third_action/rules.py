"""Whether an order gets a postcard: when it is shipped, within two weeks."""

from datetime import datetime, timedelta

from rules.case import Case
from rules.common import CANCELLED, NOT_SHIPPED
from rules.reason import Reason
from rules.table import Rule, Table


class PostcardCase(Case):
    @property
    def deadline(self) -> datetime:
        return self.order.purchased_at + timedelta(days=14) if self.order.purchased_at else self.now


RULES: Table[PostcardCase] = Table(
    PostcardCase,
    (
        CANCELLED,
        NOT_SHIPPED,
        Rule(Reason.TOO_LATE, lambda case: case.now > case.deadline, lambda case: f"until {case.deadline}"),
    ),
)
