"""An invented world on a fixed clock: one seller's folder, or that of twenty, after some days of work."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest
from click.testing import CliRunner, Result

from ledger.database import open_ledger
from ledger.process_identity import this_process
from marketplace.amazon.client import Amazon
from marketplace.simulator.demo_world import ACCOUNT, demo_orders
from marketplace.simulator.faults import Fault
from marketplace.simulator.server import Options
from marketplace.simulator.sim_order import SimOrder
from settings.complaints import Complaint
from settings.environment import SELLER_VARIABLES, Credentials, environment_prefix
from settings.marketplaces import MARKETPLACES
from settings.sellers import read_sellers
from tasks.app import App
from tasks.entrypoints import whole_pass
from tasks.settings_file import SettingsFile
from tests.armed import arm
from tests.forked import ForkedSimulator
from tests.tasks.bookkeeping import ENVIRONMENT, VAULT
from worker import demo
from worker.clock import SimulatedClock, SystemClock
from worker.commands import askonce
from worker.commands.session import simulated_amazon
from worker.wiring import Silent, connector

ASK = "createProductReviewAndSellerFeedbackSolicitation"
NOW = datetime(2026, 11, 26, 15, 30, 20, tzinfo=UTC)  # a Thursday, 16:30 in Paris
DAY = timedelta(days=1)
WIDEST = 120
SECRETS = [variable.name for variable in SELLER_VARIABLES]
FOLDER = "/tmp/shop-of-claire-d"
SHOPS = (
    *("atelier-brun", "au-bon-lin", "bains-du-sud", "blauhaus", "bonbon-bleu", "casa-lupo", "dune-und-meer"),
    *("eikenhof", "feinkost-ott", "garden-gate", "holzwerk-nord", "ivory-lane", "jardin-vert", "kaffee-krug"),
    *("lumiere", "maison-durand", "oak-and-ash", "papeterie-rose", "souk-lane", "tante-emma"),
)
PLACES = {"garden-gate": "UK", "ivory-lane": "UK", "oak-and-ash": "UK", "souk-lane": "AE"}
"""The marketplace of a shop; of the others FR and DE."""
SHOP = """
[sellers.{name}]
region = "eu"
marketplaces = {places}
live = true
ramp_up = []
unavailable_sources = ["merchant_returns"]
"""


@dataclass
class World:
    """A folder of sellers, in which commands are typed."""

    folder: Path
    environ: dict[str, str]
    clock: SimulatedClock
    names: Sequence[str]
    amazon: Amazon

    @property
    def set_up(self) -> dict[str, str]:
        """The variables of a process of this folder, wherever it stands."""
        return {**self.environ, "SELLERS_FILE": str(self.folder / "sellers.toml")}

    @contextmanager
    def app(self) -> Iterator[App]:
        """The application on this world, as a worker has it."""
        with _app(self.folder, self.names, self.amazon, self.clock) as app:
            yield replace(app, settings_file=SettingsFile(self.folder / "sellers.toml", self.environ))

    def shows(self, line: str, columns: int) -> str:
        """What a terminal of that width shows when this is typed, without what differs from run to run."""
        done = self._types(line, columns)
        code = f"[exit code {done.exit_code}]\n" if done.exit_code else ""
        return _steady(done.output, self.folder) + code

    def orders(self) -> dict[str, str]:
        """One order of the first seller for each reason, and one with an invoice that was sent."""
        entries = json.loads(self._types("askonce history --json", WIDEST).stdout)["entries"]
        planned = json.loads(self._types("askonce plan --json", WIDEST).stdout)["entries"]
        return {each["reason"]: each["order_id"] for each in reversed(entries + planned)}

    def _types(self, line: str, columns: int) -> Result:
        with chdir(self.folder), _on(self.clock):
            return CliRunner().invoke(askonce, line.split()[1:], env=self.environ | {"COLUMNS": str(columns)})


def _steady(shown: str, folder: Path) -> str:
    shown = shown.replace(str(folder), FOLDER)
    shown = re.sub(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", "2026-11-26 16:30:20,000", shown)
    shown = re.sub(r"[0-9a-f]{64}", "f" * 64, shown)
    shown = re.sub(r"[0-9.]+ MB", "1.9 MB", shown)
    shown = re.sub(r"command line of \w+ on \S+", "command line of shop on server", shown)
    return re.sub(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", "01234567-89ab-cdef-0123-456789abcdef", shown)


@contextmanager
def _on(clock: SimulatedClock) -> Iterator[None]:
    """Commands read the time from this clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: clock.now())
        patch.setattr(SystemClock, "sleep", lambda _, seconds: clock.sleep(seconds))
        yield


@contextmanager
def one_seller() -> Iterator[World]:
    """The demo's seller, four days after the demo began."""
    begins = NOW - 4 * DAY
    since = begins.date() - timedelta(days=demo.INVOICED_DAYS)
    _, *more = (order.order_id for order in demo_orders(begins) if order.refunds)
    orders = [order for order in demo_orders(begins) if order.order_id not in more]  # credit notes come in any order
    faults = [Fault("unknown_403", ASK, order_id=order.order_id) for order in orders[2:5]]
    toml = demo.SELLER.format(name=ACCOUNT, since=since)
    with _worked(toml, [ACCOUNT], orders, faults, days=4) as made:
        yield made


@contextmanager
def twenty_sellers() -> Iterator[World]:
    """An agency: in four marketplaces, with some orders each, of which one seller cannot be read."""
    places = {name: [PLACES[name]] if name in PLACES else ["FR", "DE"] for name in SHOPS}
    toml = "".join(SHOP.format(name=name, places=json.dumps(places[name])) for name in SHOPS)
    orders = [order for number, name in enumerate(SHOPS) for order in _orders(number, name)]
    with _worked(toml, SHOPS, orders, [Fault("denied", account="lumiere")], days=1) as made:
        yield made


def _orders(shop: int, name: str) -> Iterator[SimOrder]:
    for number, days_ago in enumerate((3, 9, 11, 20)[: 1 + shop % 4]):
        at = NOW - days_ago * DAY
        yield SimOrder(
            order_id=f"404-{7355230 + shop * 7919:07}-{2721500 + number * 6101:07}",
            account=name,
            marketplace_id=MARKETPLACES[PLACES.get(name, "FR")].marketplace_id,
            purchased_at=at - 4 * DAY,
            shipped_at=at - 3 * DAY,
            delivered_at=at,
        )


@contextmanager
def _worked(
    toml: str, names: Sequence[str], orders: Sequence[SimOrder], faults: Sequence[Fault], days: int
) -> Iterator[World]:
    """The folder after a pass on each of these days; the last of them is an hour ago."""
    clock = SimulatedClock(NOW - days * DAY)
    options = Options(start=clock.now(), follows_client=True, throttled=False)
    with (
        TemporaryDirectory(prefix="shop-of-", dir="/tmp") as place,
        ForkedSimulator(options) as simulator,
        simulated_amazon(simulator.url, clock) as amazon,
    ):
        folder = Path(place)
        (folder / "sellers.toml").write_text(toml)
        (folder / "edited.toml").write_text(toml.replace("[5, 25]", "[7, 12]").replace('["GIFT-*"]', "[]"))
        simulator.post_orders(orders)
        simulator.faults(*faults)
        _work(folder, names, amazon, clock, days)
        variables = {
            "SP_API_ENDPOINT": simulator.url,
            "LWA_ENDPOINT": simulator.url,
            "HOME": place,
            "ASKONCE_PERSON": "claire",
            **ENVIRONMENT,
        }
        for name in names:
            variables |= {f"{environment_prefix(name)}_{each}": name for each in SECRETS}
        yield World(folder, variables, clock, names, amazon)


def _work(folder: Path, names: Sequence[str], amazon: Amazon, clock: SimulatedClock, days: int) -> None:
    with _app(folder, names, amazon, clock) as app:
        for _ in range(days + 1):
            for name in names:
                with app.session(name) as session:
                    assert session
                    whole_pass(session, send_too=True)
            clock.advance_to(min(clock.now() + DAY, NOW))


@contextmanager
def _app(folder: Path, names: Sequence[str], amazon: Amazon, clock: SimulatedClock) -> Iterator[App]:
    complaints: list[Complaint] = []
    _, sellers = read_sellers(folder / "sellers.toml", complaints)
    assert complaints == []
    credentials = {name: Credentials("client", "secret", name) for name in names}
    with closing(open_ledger(f"sqlite:///{folder}/var/askonce.db", durable=False)) as ledger:
        arm(ledger, *sellers, at=clock.now())
        yield App(sellers, ledger, clock, connector(amazon, credentials), this_process(), Silent(), Event(), VAULT)
