"""PDFs in the invoice folder that fit no order: most often an id that was typed wrong."""

from datetime import UTC, datetime, time, timedelta

from invoices import folder
from invoices.text import plain
from ledger import documents
from ledger.database import Connection
from settings.schema import Seller

A_DAY = timedelta(days=1)


def unmatched(connection: Connection, seller: Seller) -> list[str]:
    """Their names, as they can be shown. Those from before the day on which the seller's invoices begin are left out.

    Raises OSError.
    """
    wish = seller.invoices
    if not (wish.enabled and wish.source == "folder" and wish.folder and wish.since):
        return []
    since = datetime.combine(wish.since, time(), UTC) - A_DAY  # that day may begin earlier elsewhere
    written = dict(folder.look(wish.folder).written(since))
    known = documents.known_orders(connection, None, list({each for orders in written.values() for each in orders}))
    return [plain(name) for name, orders in written.items() if not orders & known]
