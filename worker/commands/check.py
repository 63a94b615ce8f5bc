"""askonce check"""

import os
from collections.abc import Iterator
from dataclasses import asdict

import click

from ledger import meta
from ledger.database import Ledger, LedgerError, open_ledger
from marketplace.amazon.client import Amazon
from marketplace.pace import Pace
from settings.complaints import SettingsError
from settings.load import Settings, load_settings
from settings.marketplaces import MARKETPLACES
from settings.schema import Seller
from tasks.check import Check, Outcome, Probe, check_amazon, check_ledger, check_seller
from worker.clock import SystemClock
from worker.commands.common import examples, json_option, print_json, print_table
from worker.wiring import SIMULATED


@click.command(epilog=examples("check", "check --json", "check || echo something needs attention"))
@json_option
def command(as_json: bool) -> None:
    """Look at settings, database, broker, credentials, marketplaces, clock and sources. Nothing can be sent from here.

    Exit code 1: something failed; 2: the settings are wrong. Made for supervisors too.
    """
    try:
        settings = load_settings(os.environ)
    except SettingsError as error:
        checks = [
            Check("settings", Outcome.FAIL, f"{each.where}: {each.what}", each.remedy) for each in error.complaints
        ]
        code = 2
    else:
        checks = list(_checks(settings))
        code = 1 if any(check.verdict is Outcome.FAIL for check in checks) else 0
    if as_json:
        print_json({"checks": [asdict(check) for check in checks]})
    else:
        print_table(
            ("", "check", "what was seen", "what to do"),
            [(_MARKS[check.verdict], check.name, check.detail, check.remedy) for check in checks],
        )
    raise SystemExit(code)


_MARKS = {Outcome.PASS: "pass", Outcome.FAIL: "[bold red]FAIL", Outcome.UNKNOWN: "[yellow]unknown"}


def _checks(settings: Settings) -> Iterator[Check]:
    detail = f"{settings.environment.sellers_file}: {', '.join(settings.sellers)}"
    yield Check("settings", Outcome.PASS, detail)
    yield _broker(settings.environment.redis_url)
    clock = SystemClock()
    amazon = Amazon(clock, settings.environment.sp_api_endpoint, settings.environment.lwa_endpoint)
    for seller in settings.sellers.values():
        yield from check_amazon(seller, _probe(amazon, settings, seller, clock), clock.now())
    amazon.close()
    try:
        ledger = open_ledger(settings.environment.database_url_or_default)
    except LedgerError as error:
        yield Check("database", Outcome.FAIL, str(error), "as it says")
        return
    yield from check_ledger(ledger, _is_simulated(ledger))
    for seller in settings.sellers.values():
        yield from check_seller(ledger, seller, clock.now())
    ledger.close()


def _probe(amazon: Amazon, settings: Settings, seller: Seller, clock: SystemClock) -> Probe:
    ids = [MARKETPLACES[code].marketplace_id for code in seller.marketplaces]
    credentials = settings.credentials[seller.name]
    return amazon.seller(credentials, region=seller.region, marketplace_ids=ids, pace=Pace(clock))


def _is_simulated(ledger: Ledger) -> bool:
    with ledger.read() as connection:
        return meta.get(connection, SIMULATED) is not None


def _broker(url: str | None) -> Check:
    from redis import Redis, RedisError

    if url is None:
        return Check("broker", Outcome.PASS, "REDIS_URL is not set: `askonce run` needs none")
    try:
        Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5).ping()
    except (RedisError, ValueError) as error:
        return Check("broker", Outcome.FAIL, f"Redis does not answer: {type(error).__name__}", "start it: redis-server")
    return Check("broker", Outcome.PASS, "Redis answers")
