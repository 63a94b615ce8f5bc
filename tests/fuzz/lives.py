"""Amazon's replies: days of a seller's life in which one reply of a few is spoilt, and days after, in which none is.

What is right: no error that nobody expected; every order asked once at the most; none that Amazon readably said to be
refunded, returned or replaced; and in the end all others, unless a reply lied about them.
"""

import gzip
import json
import logging
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

from invoices.vault import Vault
from ledger import document_reports, history
from ledger.database import Ledger, open_ledger
from ledger.process_identity import this_process
from ledger.state import State
from marketplace.amazon.client import Amazon
from marketplace.simulator.app import Simulator
from marketplace.simulator.clock import SimClock
from marketplace.simulator.sim_order import SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from marketplace.simulator.world import World
from rules.order import Item, Money
from settings.environment import Credentials
from settings.invoices import Invoices
from settings.marketplaces import MARKETPLACES
from settings.schema import ReviewRequests, Seller
from tasks.app import App
from tasks.entrypoints import whole_pass
from tasks.explain import explain
from tasks.reviews.plan import plan
from tasks.session import SellerSession
from tests.armed import arm
from tests.emptied import empty
from tests.fuzz import spoil
from tests.fuzz.door import Case, Tally, Wrong
from tests.fuzz.shaky_amazon import ShakyAmazon, shaky_amazon
from tests.invoices.test_invoice_folder import PDF
from worker.clock import SimulatedClock
from worker.wiring import Silent, connector, notice_settings

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAME = "maison-durand"
KEY = bytes(range(32))
EVERY = 6 * HOUR
SPOILT, HEALTHY = 10, 48
"""Passes in which replies are spoilt, and most passes until all are asked: 60 hours, and 12 days."""
SEEN = 8 * HOUR
"""A refund younger than this when the request was made may be one that the facts at hand did not have yet."""
LONGEST_PASS = 3 * HOUR
"""In the simulated time. A pass that Amazon keeps waiting ends by itself."""
JEAN = SimBuyer("Jean Petit", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
MAKER: dict[str, Any] = {
    "name": "Maison Durand SARL",
    "lines": ["12 rue des Lilas"],
    "postal_code": "75011",
    "city": "Paris",
    "country": "FR",
    "vat_numbers": {"FR": "FR11123456782", "DE": "DE123456788"},
}
WISHES: dict[str, dict[str, Any]] = {
    "reviews": {},
    "invoices": {},
    "invoices after Amazon's VAT": {"vat_calculation_service": True},
    "invoices from a folder": {"source": "folder"},
    "invoices in America": {},
}
ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")
DOES = re.compile(r"/productReviewAndSellerFeedback$|/feeds$|/messages/invoice$")
"""What can't be taken back. A no to what was done is no reply that can be told from a true one, so there is none."""
ENDED = (State.SENT, State.HELD, State.REFUSED, State.SKIPPED)
WAITS_FOR_SELLER = {"waiting/pdf_missing"}
UNEXPECTED = re.compile(r"unexpected \w+ at |report this as a bug")
LISTS = {"/orders/2026-01-01/orders": ("orders",), "/finances/2024-06-19/transactions": ("payload", "transactions")}


@dataclass
class _World:
    """What is true. `barred`: since when an order must not be asked; `wanted`: those that must be asked in the end."""

    orders: list[SimOrder] = field(default_factory=list)
    barred: dict[str, datetime] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)


class _Log(logging.Handler):
    """Errors that nobody expected, also those that were caught and cost one order or one source."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.unexpected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            said = f"{said}: {record.exc_info[1]!r}"
        elif not UNEXPECTED.search(said) and record.levelno < logging.CRITICAL:
            return
        said = re.sub(r"\u2026\S+|\d{3}-\d{7}-\d{7}", "an order", said)
        self.unexpected.append(re.sub(r"; goes on in .*", "", said)[:400])


@dataclass
class _Spoiler:
    """Spoils one reply in `one_in`. `lied_about`: orders of which a readable reply said something that is not so."""

    chance: Random
    tally: Tally
    one_in: int
    lied_about: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)

    def __call__(self, method: str, path: str, status: int, body: bytes) -> bytes | None:
        if path.startswith("/simulator") or self.chance.randrange(self.one_in):
            return None
        self.tally.inputs += 1
        new_status, sent, headers = self._reply(status, body)
        if method == "POST" and DOES.search(path) and status < 300 <= new_status < 500:
            new_status = self.chance.choice((500, 503, 408))
        if sent != body or new_status != status:
            self._note(path, status, new_status, body, sent)
        return b"HTTP/1.1 %s\r\n%s\r\n" % (_status_line(self.chance, new_status), headers) + sent

    def _reply(self, status: int, body: bytes) -> tuple[int, bytes, bytes]:
        chance, new_status, new, headers = self.chance, status, body, b""
        known = _parsed(body)
        match chance.randrange(10):
            case 0:
                new_status = chance.choice((200, 201, 202, 204, 206, 302, 400, 401, 403, 404, 413, 429, 500, 503, 999))
            case 1:
                new = chance.choice(
                    (b"", b"<html><h1>Sign in</h1>", b"[" * 100_000, b"null", b"{}", b"[]", b'"x"', b"\xff")
                )
            case 2:
                new = body[: chance.randrange(len(body) + 1)]
            case 3:
                headers = _odd_headers(chance)
            case 4:
                said = {"errors": [{"code": spoil.value(chance), "message": spoil.value(chance), "details": ""}]}
                new_status = chance.choice((400, 401, 403, 404, 413, 429, 500, 503))
                new = spoil.as_json(chance, chance.choice((said, spoil.document(chance, said))))
            case _ if known is not None:
                new = spoil.as_json(chance, spoil.document(chance, known))
            case _:
                new = _spoilt_file(chance, body)
        whole = chance.random() > 0.05
        if b"ontent-" not in headers and b"ransfer-" not in headers:
            headers += b"Content-Length: %d\r\n" % (len(new) if whole else len(new) + 7)
        return new_status, new, headers + b"Content-Type: application/json\r\nConnection: close\r\n"

    def _note(self, path: str, status: int, new_status: int, body: bytes, sent: bytes) -> None:
        """Which orders the reply now lies about. What can't be read is no lie."""
        if not 200 <= new_status < 300:
            return
        if status >= 400:
            self.lied_about |= {*ORDER_ID.findall(path)}
        before, after = (_elements(path, each) if path in LISTS else _lines(each) for each in (body, sent))
        if before is None or after is None:
            return
        gone = [each for each in before if each not in after]
        for each in (*gone, *(each for each in after if each not in before)):
            self.lied_about |= {*ORDER_ID.findall(each)}
        for each in gone:
            named = {*ORDER_ID.findall(each)}
            self.hidden |= {order for order in named if not any(_still_says(order, other) for other in after)}


def _still_says(order_id: str, element: str) -> bool:
    """A refund that names its order is one, whatever else is odd about it."""
    said = _parsed(element.encode())
    if not isinstance(said, dict) or said.get("transactionType") != "Refund":
        return False
    named = said.get("relatedIdentifiers")
    name = {"relatedIdentifierName": "ORDER_ID", "relatedIdentifierValue": order_id}
    return isinstance(named, list) and name in named


def _status_line(chance: Random, status: int) -> bytes:
    if chance.random() < 0.02:
        return chance.choice((b"abc Odd", b"-1 Odd", b"99999999999999999999 Odd", b"", b"200"))
    return b"%d Odd" % status


def _odd_headers(chance: Random) -> bytes:
    wild = (
        b"9" * 5000,
        b"-1",
        b"1e-300",
        b"1e300",
        b"nan",
        b"inf",
        b"0",
        b"",
        b"\xff\xfe",
        b"Mon, 01 Jan 0001 00:00:00 +1400",
        b"x" * 300,
    )
    names = (
        b"Retry-After",
        b"x-amzn-RateLimit-Limit",
        b"Date",
        b"x-amzn-RequestId",
        b"Content-Encoding",
        b"Location",
        b"Set-Cookie",
    )
    lines = [b"%s: %s\r\n" % (chance.choice(names), chance.choice(wild)) for _ in range(chance.choice((1, 2, 3)))]
    whole = (b"Content-Length: -1\r\n", b"Content-Length: 1180591620717411303424\r\n", b"Content-Length: x\r\n")
    others = (
        b"Transfer-Encoding: chunked\r\n",
        b"X: y\r\n" * 200,
        b"X: " + b"y" * 70_000 + b"\r\n",
        b"no header\r\n",
        b": x\r\n",
    )
    if chance.random() < 0.3:
        lines.append(chance.choice((*whole, *others)))
    return b"".join(lines)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _plain(body: bytes) -> bytes:
    try:
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    except (OSError, EOFError, zlib.error):
        return b""


def _spoilt_file(chance: Random, body: bytes) -> bytes:
    plain = _plain(body)
    if plain == body or not plain or chance.random() < 0.3:
        return spoil.octets(chance, body)
    table = [line.split("\t") for line in plain.decode("latin-1").splitlines()]
    made = spoil.rows(chance, table[0], table[1:] or [[""]]).encode("utf-8", "surrogatepass")
    return gzip.compress(made, compresslevel=1) if chance.random() < 0.8 else made


def _lines(body: bytes) -> list[str] | None:
    return _plain(body).decode("latin-1").splitlines() or None


def _elements(path: str, body: bytes) -> list[str] | None:
    node = _parsed(body)
    for key in LISTS[path]:
        node = node.get(key) if isinstance(node, dict) else None
    return [json.dumps(each, sort_keys=True) for each in node] if isinstance(node, list) else None


def _world(chance: Random, region: str) -> _World:
    world = _World()
    american = region == "na"
    ids = iter(range(1, 100))

    def add(days_ago: float, barred_at: datetime | None = None, *, wanted: bool = False, **changes: Any) -> SimOrder:
        delivered = NOW - timedelta(days=days_ago)
        number = next(ids)
        given: dict[str, Any] = {
            "order_id": f"402-{number:07}-{chance.randrange(10**7):07}",
            "purchased_at": delivered - 3 * DAY,
            "marketplace_id": MARKETPLACES["US" if american else chance.choice(("FR", "FR", "DE"))].marketplace_id,
            "value": Money(Decimal(0), "USD" if american else "EUR"),
            "items": (Item(f"SKU-{number}", f"B{number}"),),
            "prices": (SimPrice(Decimal("36.00"), shipping=Decimal("4.90"), tax_rate=Decimal(20), title="Mug"),),
            "buyer": JEAN,
            "shipped_at": delivered - 2 * DAY,
            "delivered_at": delivered,
            "fulfilled_by": chance.choice(("MERCHANT", "AMAZON")),
        }
        order = SimOrder(**given | changes)
        world.orders.append(order)
        if barred_at:
            world.barred[order.order_id] = barred_at
        if wanted:
            world.wanted.add(order.order_id)
        return order

    def ago() -> float:
        return chance.uniform(5.5, 12)

    for _ in range(chance.randrange(2, 6)):
        add(ago(), wanted=True)
    add(chance.uniform(-4, 5), wanted=True)  # on its way
    refunded = NOW - chance.uniform(-2, 4) * DAY
    money = Money(Decimal(chance.choice(("5.00", "40.90"))), "USD" if american else "EUR")
    add(ago(), refunded, refunds=(SimRefund(refunded, money, chance.choice(("Refund", "GuaranteeClaim"))),))
    back = NOW - chance.uniform(1, 4) * DAY
    add(ago(), back, fulfilled_by="MERCHANT", return_requested_at=back, returned_at=back)
    add(ago(), back, fulfilled_by="AMAZON", returned_at=back)
    add(ago(), cancelled_at=NOW - 13 * DAY, shipped_at=None, delivered_at=None)
    add(ago(), channel="NON_AMAZON", marketplace_id=None)
    first = add(ago())
    add(1, replaces=first.order_id)
    world.barred[first.order_id] = NOW
    return world


def _seller(wish: str, pdfs: Path) -> Seller:
    american = wish == "invoices in America"
    given: dict[str, Any] = {"enabled": True, "since": date(2026, 1, 1)} | WISHES[wish]
    given |= {"folder": pdfs} if given.get("source") == "folder" else {"seller": MAKER}
    return Seller(
        name=NAME,
        region="na" if american else "eu",
        marketplaces=("US",) if american else ("FR", "DE"),
        live=True,
        ramp_up=(),
        review_requests=ReviewRequests(day_range=(5, 28)),
        invoices=Invoices() if wish == "reviews" else Invoices(**given),
    )


@dataclass
class _Life:
    amazon: ShakyAmazon
    ledger: Ledger
    log: _Log
    pdfs: Path

    def __call__(self, chance: Random, tally: Tally) -> None:
        self._empty()
        wish = chance.choices(list(WISHES), (4, 3, 2, 1, 2))[0]
        seller = _seller(wish, self.pdfs)
        world = _world(chance, seller.region)
        book = self._open(world, wish)
        self._put_pdfs(world, chance)
        clock = SimulatedClock(NOW)
        client = Amazon(clock, self.amazon.url, self.amazon.url, lambda: {"x-simulated-now": clock.now().isoformat()})
        connect = connector(client, {NAME: Credentials("client", "secret", NAME)})
        arm(self.ledger, NAME)
        app = App({NAME: seller}, self.ledger, clock, connect, this_process(), Silent(), Event(), Vault(KEY))
        notice_settings(self.ledger, app.sellers, clock.now())
        spoiler = _Spoiler(chance, tally, chance.choice((2, 4, 8, 16)))
        self.log.unexpected.clear()
        try:
            self.amazon.spoil = spoiler
            for _ in range(SPOILT):
                self._pass(app, clock)
            self.amazon.spoil = None
            self._looked_at(seller, world, clock)
            for _ in range(HEALTHY):
                self._pass(app, clock)
                if clock.now() > NOW + 10 * DAY and world.wanted - spoiler.lied_about <= book.accepted.keys():
                    break
        finally:
            self.amazon.spoil = None
            client.close()
            for said in dict.fromkeys(self.log.unexpected):
                tally.add("traceback", said)
        self._must_hold(world, book, spoiler)

    def _open(self, world: _World, wish: str) -> World:
        book = World(accept_repeats=True)
        book.put(world.orders, NOW)
        book.accounts[NAME] = SimAccount(invoicing="vcs" if "VAT" in wish else "own")
        self.amazon.simulator = Simulator(book, SimClock(NOW, lambda: 0.0, follows_client=True))
        return book

    def _put_pdfs(self, world: _World, chance: Random) -> None:
        for old in self.pdfs.iterdir():
            old.unlink()
        for order in world.orders:
            if chance.random() < 0.7:
                name = f"RE-{order.order_id[4:11]}_{order.order_id}.pdf"
                (self.pdfs / name).write_bytes(PDF + order.order_id.encode())

    def _pass(self, app: App, clock: SimulatedClock) -> None:
        started = clock.now()
        with app.session(NAME) as session:
            assert isinstance(session, SellerSession), "the lane is not free"
            whole_pass(session, send_too=True)
        if clock.now() - started > LONGEST_PASS:
            raise Wrong(f"a pass took {clock.now() - started}")
        clock.advance_to(max(started + EVERY, clock.now()))

    def _looked_at(self, seller: Seller, world: _World, clock: SimulatedClock) -> None:
        """What is kept can be read: nothing odd in it spoils a person's look at it."""
        for order in world.orders:
            explain(self.ledger, seller, order.order_id, clock.now())
        plan(self.ledger, seller, clock.now(), 30)

    def _must_hold(self, world: _World, book: World, spoiler: _Spoiler) -> None:
        wrong: list[str] = []
        for order_id, accepted in book.accepted.items():
            if accepted.count > 1:
                wrong.append(f"an order was asked {accepted.count} times")
            barred = world.barred.get(order_id)
            if barred and order_id not in spoiler.hidden and accepted.at > barred + SEEN:
                wrong.append("an order was asked that must not be")
        if missing := world.wanted - spoiler.lied_about - book.accepted.keys():
            wrong.append(f"{len(missing)} orders were not asked in the end: {self._why(missing)}")
        with self.ledger.read() as connection:
            wrong += [f"broken: {name}" for name in history.broken_invariants(connection)]
            if history.totals(connection, [NAME]).seen != len(history.verdicts(connection, NAME)):
                wrong.append("the totals do not add up")
            rows = list(document_reports.listed(connection, [NAME]))
        invoices = book.invoices.accepted
        if len({each.subject for each in invoices}) != len(invoices):
            wrong.append("Amazon accepted a document twice")
        if {row.sha256 for row in rows if row.state == State.SENT} - {each.sha256 for each in invoices}:
            wrong.append("a document is said to be sent that Amazon has not")
        known = {order.order_id for order in world.orders} - spoiler.lied_about
        under_way = {
            f"{row.state}/{row.reason}" for row in rows if row.state not in ENDED and row.order_id in known
        } - WAITS_FOR_SELLER
        if under_way:
            wrong.append(f"documents still under way: {', '.join(sorted(under_way))}")
        if wrong:
            raise Wrong("; ".join(sorted(set(wrong))))

    def _why(self, order_ids: set[str]) -> str:
        with self.ledger.read() as connection:
            verdicts = history.verdicts(connection, NAME)
        return ", ".join(sorted({"/".join(verdicts.get(each, ("not seen", ""))) for each in order_ids}))

    def _empty(self) -> None:
        with self.ledger.begin() as connection:
            empty(connection)


@contextmanager
def lives(database_url: str | None = None) -> Iterator[Case]:
    """`database_url`: None: a SQLite file of its own."""
    log = _Log()
    logger = logging.getLogger("askonce")
    with TemporaryDirectory() as name, shaky_amazon() as amazon:
        pdfs = Path(name) / "pdfs"
        pdfs.mkdir()
        ledger = open_ledger(database_url or f"sqlite:///{name}/askonce.db", durable=False)
        logger.addHandler(log)
        try:
            yield _Life(amazon, ledger, log, pdfs)
        finally:
            logger.removeHandler(log)
            ledger.close()
