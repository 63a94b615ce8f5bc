"""askonce invoice"""

import click

from worker.commands import Commands
from worker.commands.options import examples

NAMED = {
    "list": "documents with number, total, state and reason, and sums that add up",
    "show": "every document of one order, and what became of it",
    "export": "documents as PDF, as XML, or as CSV for the accountant",
    "credit": "take back a part of an invoice",
    "correct": "take back an invoice, and make a new one",
    "resend": "send the same document again, on purpose",
}


@click.group(
    cls=Commands,
    named=NAMED,
    package=__name__,
    epilog=examples("invoice list --since 7d", "invoice show 406-1234567-1234567", "invoice export --to invoices"),
)
def command() -> None:
    """Invoices and credit notes: list them, show them, export them, take them back, send them again."""
