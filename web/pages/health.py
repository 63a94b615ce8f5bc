"""Health: workers, sources, versions, the last errors."""

from dataclasses import replace

from rules.readable import said
from tasks.check.outcome import Check, Outcome
from tasks.health import Health, health
from web.pages import Look, Page
from web.person import Role

OF_ALL = ("beat", "work")
"""What whoever sees some sellers alone is told of the installation; not where it is, and whom it alerts."""


def show(look: Look) -> Health:
    found = health(look.app.ledger, look.chosen, look.now, look.app.stop_file)
    if look.person.sellers is None:
        return found
    return replace(found, database="", checks=without_names(found.checks))


def without_names(checks: list[Check]) -> list[Check]:
    """Those that concern every seller's work, without names of machines and what to type there."""
    workers = {each.verdict for each in checks if each.name.startswith("worker")}
    stands = [Check("worker", Outcome.FAIL, said("No worker is at work: nothing goes out."), "")]
    kept = [replace(each, remedy="") for each in checks if each.name in OF_ALL]
    return (stands if Outcome.FAIL in workers and Outcome.PASS not in workers else []) + kept


PAGE = Page("/health", "health.html", show, role=Role.VIEWER, is_by_seller=True)
