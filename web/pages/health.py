"""Health: workers, sources, versions, the last errors."""

from tasks.health import Health, health
from web.pages import Look, Page
from web.person import Role


def show(look: Look) -> Health:
    return health(look.app.ledger, look.chosen, look.now, look.app.stop_file)


PAGE = Page("/health", "health.html", show, role=Role.VIEWER, is_by_seller=True)
