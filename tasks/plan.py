"""Plan: what would go out of all actions for several sellers, and when, if no fact changed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.database import Ledger
from rules.reason import Reason
from settings.schema import Seller
from tasks.invoices.plan import DefectRate, plan_invoices
from tasks.reviews.plan import Plan, Planned, plan


@dataclass(frozen=True, slots=True)
class Outlook:
    """What goes out, soonest first; the rest by reason; and why nothing of a seller goes out at present."""

    entries: list[Planned]
    by_reason: Counter[str]
    closed: dict[str, Reason]


@dataclass(frozen=True, slots=True)
class Outlooks:
    """That of the requests, that of the documents, and the forecasts of Amazon's Invoice Defect Rate."""

    requests: Outlook
    documents: Outlook
    defect_rates: list[DefectRate]

    @property
    def entries(self) -> list[Planned]:
        """All that goes out, soonest first."""
        return _soonest_first([*self.requests.entries, *self.documents.entries])


def outlooks(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime, days: int) -> Outlooks:
    """The plan for the next days, from what the ledger knows."""
    requests = {name: plan(ledger, seller, now, days) for name, seller in sellers.items()}
    documents = {name: plan_invoices(ledger, seller, now, days) for name, seller in sellers.items()}
    return Outlooks(
        _outlook(requests), _outlook(documents), [rate for each in documents.values() for rate in each.defect_rates]
    )


def _outlook(plans: Mapping[str, Plan]) -> Outlook:
    return Outlook(
        _soonest_first(entry for each in plans.values() for entry in each.entries),
        sum((each.by_reason for each in plans.values()), Counter[str]()),
        {name: each.closed for name, each in plans.items() if each.closed},
    )


def _soonest_first(entries: Iterable[Planned]) -> list[Planned]:
    return sorted(entries, key=lambda entry: entry.due_at)
