"""Wiring: builds the object that every task needs from settings, ledger, clock, Amazon and doorbell."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from invoices.vault import Vault
from ledger import identities, meta, sources
from ledger.database import Ledger, LedgerError, sqlite_file
from ledger.process_identity import this_process
from ledger.seen import Seen
from marketplace.amazon.client import Amazon
from marketplace.ecb import CentralBank
from marketplace.pace import Clock, Pace
from marketplace.port import Marketplace
from rules.order import Source
from settings.environment import Credentials
from settings.load import Settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Exclude, RuleSet, Seller
from tasks import audit, identity, new_settings
from tasks.app import App, Doorbell
from tasks.check.identity import EMPTY
from tasks.settings_file import SettingsFile
from tasks.stop_file import StopFile
from worker.ping import ping_of
from worker.receivers import receivers

log = logging.getLogger("askonce.wiring")


class Silent:
    """A doorbell for commands that do all the work in their own process."""

    def ring(self, task: str, seller: str) -> None:
        """Does nothing: no worker listens."""


def wire(
    settings: Settings,
    ledger: Ledger,
    clock: Clock,
    amazon: Amazon,
    doorbell: Doorbell,
    stopping: threading.Event,
) -> App:
    """The app for these settings, on a ledger of real orders. Raises LedgerError on a ledger of simulated ones."""
    with ledger.read() as connection:
        if meta.get(connection, meta.SIMULATED):
            raise LedgerError(
                f"{ledger.name} holds a simulation's orders. "
                "Set DATABASE_URL to another ledger, or type: unset DATABASE_URL"
            )
    if settings.environment.ledger_elsewhere:
        log.warning("%s", settings.environment.ledger_elsewhere)
    _warn_if_empty(ledger, settings.sellers)
    none = connector(amazon, {})
    stop_file = StopFile(settings.environment.stop_file)
    for stop in stop_file.stops():
        log.warning("%s: %s. To do: %s", stop.reason.meaning, stop.detail, stop.reason.remedy)
    rates = settings.environment.rates_endpoint
    bank = CentralBank(rates, stopping) if rates else None
    app = App(
        {},
        ledger,
        clock,
        none,
        this_process(),
        doorbell,
        stopping,
        central_bank=bank,
        stop_file=stop_file,
        seen=seen_here(ledger),
        settings_file=SettingsFile(settings.environment.sellers_file, os.environ),
    )
    return with_settings(app, settings, amazon)


def simulated(
    seller: Seller,
    ledger: Ledger,
    clock: Clock,
    amazon: Amazon,
    doorbell: Doorbell,
    stopping: threading.Event,
    vault: Vault | None = None,
) -> App:
    """The app of one seller, on a simulated Amazon."""
    connect = connector(amazon, {seller.name: Credentials("simulated", "simulated", seller.name)})
    return App({seller.name: seller}, ledger, clock, connect, this_process(), doorbell, stopping, vault=vault)


def seen_here(ledger: Ledger) -> Seen:
    """Where this machine writes down what it has seen of the ledger: beside the file, and in the user's state folder
    (XDG Base Directory Specification), which does not go back when the folder is restored."""
    with ledger.begin() as connection:
        name = identities.fingerprint(connection, "ledger", "")[:16]
    file = sqlite_file(str(ledger.engine.url)) if ledger.is_file else None
    beside = [file.with_name(f"{file.name}.seen")] if file else []
    with suppress(RuntimeError):  # a user without a home
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
        return Seen((*beside, state / "askonce" / name))
    return Seen(beside)


def with_settings(app: App, settings: Settings, amazon: Amazon) -> App:
    """The same application with other settings, all of them. Raises LedgerError."""
    ledger, now = app.ledger, app.clock.now()
    notice_settings(ledger, settings.sellers, now)
    key = settings.environment.invoice_key
    return replace(
        app,
        sellers=settings.sellers,
        connect=connector(amazon, settings.credentials),
        vault=Vault(key) if key else None,
        fingerprints=identity.recognise(ledger, settings.credentials, audit.the_file(app.holder), now),
        receivers=receivers(ledger, settings.environment.alert_urls),
        ping=ping_of(settings.environment.ping_url),
        settings=new_settings.digest(ledger, settings.sellers, settings.credentials, key),
        replaced=threading.Event(),
    )


def greet(app: App) -> None:
    """A worker begins: log for whom it works, and for whom not."""
    with app.ledger.read() as connection:
        refused = identity.refusals(connection, app.sellers)
    for why in refused.values():
        log.error("%s", why)
    log.info("working for %s", ", ".join(name for name in app.sellers if name not in refused) or "nobody")


def _warn_if_empty(ledger: Ledger, sellers: Mapping[str, Seller]) -> None:
    live = [name for name, seller in sellers.items() if seller.live]
    with ledger.read() as connection:
        if live and identities.is_empty(connection):
            log.warning("%s: %s. Live: %s", ledger.name, EMPTY, ", ".join(live))


def connector(amazon: Amazon, credentials: Mapping[str, Credentials]) -> Callable[[Seller, Pace], Marketplace]:
    """Returns the function that connects to Amazon with a seller's own credentials, region, marketplaces and pace."""

    def connect(seller: Seller, pace: Pace) -> Marketplace:
        ids = [MARKETPLACES[code].marketplace_id for code in seller.marketplaces]
        return amazon.seller(
            credentials[seller.name],
            region=seller.region,
            marketplace_ids=ids,
            pace=pace,
            optional_data=_not_needed(seller),
            with_country=seller.review_requests.exclude.shipped_abroad,
        )

    return connect


def _not_needed(seller: Seller) -> list[str]:
    """The kinds of orders' data on which no decision rests with these settings."""
    wish, exclude = seller.review_requests, seller.review_requests.exclude
    choosing: list[Exclude | RuleSet] = [exclude, *wish.rules]
    by_value = any(each.order_value_below or each.order_value_above for each in choosing)
    needs_value = by_value or wish.partial_refunds == "allow" or seller.invoices.enabled
    unneeded = {"PROMOTION": not any(each.promotions for each in choosing), "PROCEEDS": not needs_value}
    return [kind for kind, yes in unneeded.items() if yes]


def notice_settings(ledger: Ledger, sellers: Mapping[str, Seller], now: datetime) -> None:
    """Have the next tick ring for sellers whose settings are new to the ledger: their orders are to be read again."""
    with ledger.begin() as connection:
        for seller in sellers.values():
            if new_settings.are_new(connection, seller):
                sources.read_soon(connection, seller.name, Source.ORDERS, now)
