"""askonce sweep"""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import click

from rules.reason import Reason
from worker.commands.options import examples, json_option, seller_option
from worker.commands.output import print_json, print_totals, say, totals_document
from worker.commands.session import app_of, sellers_named, settings_of

if TYPE_CHECKING:
    from ledger.database import Connection
    from settings.schema import Seller

LANE_PATIENCE = 150
"""Seconds to wait for a lane that a daemon is using: longer than its turn."""
NEEDS_ATTENTION = {
    Reason.NOT_ARMED,
    Reason.STALE_FACTS,
    Reason.NOT_AUTHORISED,
    Reason.INVOICES_NOT_AUTHORISED,
    Reason.BROKEN,
}

BRAKE = ("seller", "marketplace", "brake", "cause")


@click.command(epilog=examples("sweep", "sweep --seller maison-durand --dry-run", "sweep --json | jq .sent"))
@seller_option
@click.option("--dry-run", is_flag=True, help="Refresh and decide, but send nothing.")
@json_option
def command(seller: str | None, dry_run: bool, as_json: bool) -> None:
    """One whole pass now, in this process: refresh, decide, send what is due, reconcile.

    The totals are those of the orders that were open when the pass began. Exit code 1: something needs attention.
    """
    from ledger import history
    from ledger.errors import LedgerError
    from ledger.lanes import LaneLost
    from tasks.brakes.release import braked
    from tasks.entrypoints import whole_pass
    from tasks.fetch_rates import fetch_rates
    from tasks.identity import SameAccount
    from tasks.line import name_of

    settings = settings_of()
    sellers = sellers_named(settings, seller)
    calls: Counter[str] = Counter()
    busy: list[str] = []
    failed: dict[str, str] = {}
    refused: dict[str, str] = {}
    with app_of(settings, quiet=as_json) as app:
        began = app.clock.now()
        fetch_rates(app)
        for name in sellers:
            try:
                with app.patient_session(name, LANE_PATIENCE) as session:
                    if session is None:
                        busy.append(name)
                        continue
                    whole_pass(session, send_too=not dry_run)
                    calls += session.marketplace.calls
            except LaneLost:
                busy.append(name)
            except SameAccount as why:
                refused[name] = str(why)
            except LedgerError:
                raise
            except Exception as bug:  # noqa: BLE001  one seller's trouble is not the others'
                failed[name] = name_of(bug)
        with app.ledger.read() as connection:
            totals = history.totals(connection, list(sellers), closed_since=began)
            documents = history.invoice_totals(connection, list(sellers), closed_since=began)
            brakes = [each.braking for each in braked(app.ledger, sellers)]
            stale = [each for name in sellers for each in _stale(connection, sellers[name], app.clock.now())]
    if as_json:
        done = {
            "calls": calls,
            "busy": busy,
            "failed": failed,
            "same_account": refused,
            "stale": stale,
            "brakes": [{name: getattr(each, name) for name in BRAKE} for each in brakes],
            "invoices": totals_document(documents),
        }
        print_json({**totals_document(totals), **done})
    else:
        print_totals(totals)
        if documents.seen:
            click.echo("\nInvoices and credit notes:\n")
            print_totals(documents, of="documents")
        say("calls to Amazon: " + (", ".join(f"{count} {name}" for name, count in calls.items()) or "none"))
        for name in busy:
            click.echo(f"{name}: another askonce is working for this seller. Type: askonce history --seller {name}")
        for why_not in refused.values():
            say(why_not)
        for name, bug_name in failed.items():
            say(f"{name}: {bug_name}. Please report this as a bug; then type: askonce sweep --seller {name}")
        for each in stale:
            error = each["error"] or "it was not read in time"
            say(f"{each['seller']}: the source {each['source']} cannot be relied on: {error}. Type: askonce check")
        for braking in brakes:
            where = ", ".join(filter(None, (braking.seller, braking.marketplace)))
            say(f"{where}: braked: {braking.cause}. Type: askonce brakes --seller {braking.seller}")
    waits = totals.held or documents.held or NEEDS_ATTENTION & {*totals.by_reason, *documents.by_reason}
    if waits or busy or failed or refused or stale or brakes:
        raise SystemExit(1)


def _stale(connection: "Connection", seller: "Seller", now: datetime) -> list[dict[str, str | None]]:
    """Sources without which nothing is sent, and why they could not be read."""
    from ledger import sources
    from rules import freshness

    readings = sources.readings(connection, seller.name)
    return [
        {"seller": seller.name, "source": source, "error": readings[source].error}
        for source in freshness.stale(seller, sources.freshness(readings), now)
    ]
