"""All doors, with what comes in at each."""

from functools import partial

from tests.fuzz.door import Door
from tests.fuzz.files import all_orders, amazon_reports, pdfs, sold
from tests.fuzz.lives import lives
from tests.fuzz.messages import messages
from tests.fuzz.people import command_line, settings


def doors(database_url: str | None = None) -> dict[str, Door]:
    """By name. `database_url`: of the ledger of the sellers' lives; None: SQLite."""
    all_doors = (
        Door("amazon", "Amazon's replies, each call, in sellers' lives", 0.3, 120, partial(lives, database_url)),
        Door("reports", "returns, shipments, processing reports", 0.12, 10, amazon_reports),
        Door("sold", "VAT invoice data report and getOrder, to the page", 0.1, 30, sold),
        Door("orders", "All Orders report", 0.1, 10, all_orders),
        Door("pdfs", "PDFs of the seller's bookkeeping", 0.08, 30, pdfs),
        Door("settings", "sellers.toml and .env", 0.12, 10, settings),
        Door("messages", "Celery messages", 0.12, 10, messages),
        Door("commands", "command line", 0.06, 60, command_line),
    )
    return {door.name: door for door in all_doors}
