"""The route of an invoice. One worker after another is killed, each a step further, on one and the same ledger."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from celery import Celery
from sqlalchemy import update

from ledger import meta
from ledger.tables import invoices, lanes
from marketplace.simulator.faults import Fault
from marketplace.simulator.sim_order import SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimAccount, SimBuyer, SimPrice
from rules.order import Money
from settings.marketplaces import MARKETPLACES
from tests.crash.kills import PATIENCE, Route, Servers, route, wait_until
from tests.tasks.bookkeeping import ENVIRONMENT, SETTINGS
from tests.worker.seller_folder import DAY, SELLER, Running, delivered

FEED, MESSAGE = "createFeed", "sendInvoice"
JEAN = SimBuyer("Jean Petit", ("3 rue du Port",), postal_code="33000", city="Bordeaux", country="FR")
MUG = SimPrice(Decimal("36.00"), tax_rate=Decimal(20), title="Mug")
HOUR = DAY / 24
LIST = f"pending_invoices:{SELLER}"
RUNS = 25
"""After so many whole passes, in which all that is put off comes at once, everything is at its end."""


def shipped(number: int, hours_ago: float = 2, **more: Any) -> SimOrder:
    """An order on its way to its buyer."""
    order = delivered(number, delivered_at=None, prices=(MUG,), value=Money(Decimal(0), "EUR"), buyer=JEAN)
    return replace(order, **{"shipped_at": datetime.now(UTC) - hours_ago * HOUR, **more})


OWN = SimAccount()


@dataclass(frozen=True)
class Story:
    """`steps`: at which workers are killed. `ends`: state and reason of each document in the end, by its number."""

    orders: tuple[SimOrder, ...]
    steps: tuple[Callable[[Route], Running], ...]
    ends: dict[str, tuple[str, str]]
    region: str = "eu"
    account: SimAccount = OWN
    accepted: int | None = None  # how many documents Amazon has in the end; None: all
    more: str = ""  # settings


def while_the_order_is_read(on: Route) -> Running:
    return at_the_call(on, "getOrder")


def while_a_number_is_taken(on: Route) -> Running:
    assert documents(on) == {}
    return in_the_midst_of(on, "UPDATE ON invoice_series", "NEW.next = OLD.next + 1")


def while_the_document_is_kept(on: Route) -> Running:
    assert documents(on) == {}
    let_time_pass(on)
    return in_the_midst_of(on, "UPDATE ON invoices", "OLD.number IS NULL AND NEW.number IS NOT NULL")


def before_the_upload(on: Route) -> Running:
    assert on.folder.rows("SELECT * FROM invoice_series") == []  # of that document nothing is left
    return at_the_call(on, "createFeedDocument")


def during_the_upload(on: Route) -> Running:
    assert list(documents(on)) == ["2026-000001"]
    return at_the_call(on, "upload")


def in_the_midst_of_the_claim(on: Route) -> Running:
    return in_the_midst_of(on, "UPDATE ON invoices", "NEW.state = 'sending'")


def between_claim_and_call(on: Route) -> Running:
    return _between_claim_and(on, FEED)


def between_claim_and_message(on: Route) -> Running:
    return _between_claim_and(on, MESSAGE)


def _between_claim_and(on: Route, call: str) -> Running:
    """The worker waits four seconds for a token of its own bucket."""
    assert list(documents(on).values()) == ["due"]
    _pace(on, {call: {"full_at": 9e9, "per_second": 0.3, "told_at": datetime.now(UTC).timestamp()}})
    on.ends.callback(_pace, on, {})
    worker = start(on)
    wait_until(lambda: "sending" in documents(on).values())
    assert on.calls(call) == 0
    return worker


def _pace(on: Route, buckets: dict[str, object]) -> None:
    with on.folder.ledger.begin() as connection:
        connection.execute(update(lanes).values(pace=json.dumps(buckets)))


def after_amazon_took_it(on: Route) -> Running:
    return _taken(on, FEED)


def after_amazon_took_the_message(on: Route) -> Running:
    return _taken(on, MESSAGE)


def after_amazon_took_it_at_last(on: Route) -> Running:
    passes(on, lambda: "due" in documents(on).values())
    let_time_pass(on)
    return _taken(on, FEED)


def _taken(on: Route, call: str) -> Running:
    assert on.amazon.summary()["invoices_total"] == 0
    let_time_pass(on)
    on.slow(call)
    worker = start(on)
    wait_until(lambda: on.amazon.summary()["invoices_total"])
    return worker


def after_a_call_that_amazon_never_processed(on: Route) -> Running:
    on.amazon.faults(Fault("drop_before", FEED, times=1))
    on.hold("INSERT ON attempts", "NEW.action = 'invoice'")
    worker = start(on)
    on.called(FEED)
    on.until_held()
    return worker


def while_the_claim_is_found(on: Route) -> Running:
    assert "sending" in documents(on).values()
    return in_the_midst_of(on, "UPDATE ON invoices", "NEW.state = 'unclear'")


def during_the_look(on: Route) -> Running:
    passes(on, lambda: "unclear" in documents(on).values())
    let_time_pass(on)
    return at_the_call(on, "getFeeds")


def with_the_look_half_written(on: Route) -> Running:
    assert "unclear" in documents(on).values()
    let_time_pass(on)
    return in_the_midst_of(on, "UPDATE ON invoices", "OLD.state = 'unclear'")


def with_the_last_look_half_written(on: Route) -> Running:
    passes(on, lambda: on.folder.rows("SELECT 1 FROM invoices WHERE state = 'unclear' AND tries = 3"))
    let_time_pass(on)
    return in_the_midst_of(on, "UPDATE ON invoices", "OLD.state = 'unclear' AND NEW.state = 'due'")


def while_amazon_is_asked_what_it_has_read(on: Route) -> Running:
    let_time_pass(on)
    return at_the_call(on, "getFeed")


def while_the_report_is_asked_for(on: Route) -> Running:
    assert "submitted" in documents(on).values()
    let_time_pass(on)
    return at_the_call(on, "getFeedDocument")


def while_the_report_is_loaded(on: Route) -> Running:
    let_time_pass(on)
    return at_the_call(on, "download")


def with_the_report_half_written(on: Route) -> Running:
    assert "sent" not in documents(on).values()
    let_time_pass(on)
    return in_the_midst_of(on, "UPDATE ON invoices", "NEW.state = 'sent'")


def while_amazon_is_asked_whether_it_takes_it(on: Route) -> Running:
    return at_the_call(on, "getMessagingActionsForOrder")


def before_the_attachment(on: Route) -> Running:
    return at_the_call(on, "createUploadDestinationForResource")


def while_the_list_is_ordered(on: Route) -> Running:
    return at_the_call(on, "createReport")


def while_the_list_is_loaded(on: Route) -> Running:
    let_time_pass(on)
    return at_the_call(on, "download")


def while_the_row_becomes_the_shipments(on: Route) -> Running:
    let_time_pass(on)
    return in_the_midst_of(on, "UPDATE ON invoices", "NEW.part <> OLD.part")


def while_the_credit_note_is_kept(on: Route) -> Running:
    return in_the_midst_of(on, "UPDATE ON invoices", "OLD.number IS NULL AND NEW.number LIKE 'C%'")


def while_it_is_said_to_be_kept(on: Route) -> Running:
    return in_the_midst_of(on, "UPDATE ON invoices", "NEW.reason = 'credit_note_kept'")


SENT = ("sent", "invoiced")
THREE = (shipped(0, 6), shipped(1, 4), shipped(2, 2))
THREE_SENT = {f"2026-00000{number}": SENT for number in (1, 2, 3)}
REFUNDED = shipped(
    0,
    8 * 24,
    delivered_at=datetime.now(UTC) - 7 * DAY - HOUR / 6,
    refunds=(SimRefund(datetime.now(UTC) - HOUR, Money(Decimal("9.90"), "EUR")),),
)
"""The refund is listed twice: deferred, and since ten minutes released."""
AMERICAN = shipped(0, marketplace_id=MARKETPLACES["US"].marketplace_id, value=Money(Decimal(0), "USD"))
STORIES = {
    "making": Story(
        THREE,
        (
            while_the_order_is_read,
            while_a_number_is_taken,
            while_the_document_is_kept,
            before_the_upload,
            during_the_upload,
            in_the_midst_of_the_claim,
            between_claim_and_call,
        ),
        THREE_SENT,
    ),
    "proving": Story(
        THREE,
        (
            after_amazon_took_it,
            while_the_claim_is_found,
            during_the_look,
            with_the_look_half_written,
            while_amazon_is_asked_what_it_has_read,
            while_the_report_is_asked_for,
            while_the_report_is_loaded,
            with_the_report_half_written,
        ),
        THREE_SENT,
    ),
    "a lost call": Story(
        (shipped(0),),
        (after_a_call_that_amazon_never_processed, with_the_last_look_half_written, after_amazon_took_it_at_last),
        {"2026-000001": SENT},
    ),
    "a message": Story(
        (AMERICAN,),
        (
            while_amazon_is_asked_whether_it_takes_it,
            before_the_attachment,
            during_the_upload,
            between_claim_and_message,
        ),
        {"2026-000001": ("held", "unclear")},
        region="na",
        accepted=0,
    ),
    "a message taken": Story(
        (AMERICAN,),
        (in_the_midst_of_the_claim, after_amazon_took_the_message, while_the_claim_is_found),
        {"2026-000001": ("held", "unclear")},
        region="na",
    ),
    "amazon's VAT": Story(
        (shipped(0),),
        (
            while_the_list_is_ordered,
            while_the_list_is_loaded,
            while_the_row_becomes_the_shipments,
            while_the_document_is_kept,
            after_amazon_took_it,
        ),
        {"2026-000001": SENT},
        account=SimAccount(invoicing="vcs"),
        more="vat_calculation_service = true",
    ),
    "a credit note": Story(
        (REFUNDED,),
        (while_the_credit_note_is_kept, while_it_is_said_to_be_kept),
        {"2026-000001": SENT, "C2026-000001": ("skipped", "credit_note_kept")},
        accepted=1,
    ),
}
"""Each step leaves its worker in the midst of something; the kill follows."""


def killed_step_by_step(name: str, place: tuple[str, str], path: Path, servers: Servers) -> int:
    """Returns the number of kills."""
    story = STORIES[name]
    with invoicing(story, place, path, servers) as on:
        for step in story.steps:
            try:
                on.kill(step(on))
                assert on.amazon.summary()["invoices_repeated"] == 0
            except AssertionError as error:
                error.add_note(step.__name__)
                raise
        passes(on, lambda: verdicts(on) == story.ends)
        is_right(on, story.ends, len(story.ends) if story.accepted is None else story.accepted)
        return on.kills


@contextmanager
def invoicing(story: Story, place: tuple[str, str], path: Path, servers: Servers) -> Iterator[Route]:
    """The route of a seller who wants invoices."""
    with route(place, path, servers, story.orders) as on:
        toml, env = on.folder.path / "sellers.toml", on.folder.path / ".env"
        seller = toml.read_text()
        if story.region == "na":
            seller = seller.replace('region = "eu"', 'region = "na"').replace('["FR", "DE"]', '["US"]')
        toml.write_text(seller + SETTINGS.format(name=SELLER, more=story.more))
        env.write_text(env.read_text() + "".join(f"{name}={value}\n" for name, value in ENVIRONMENT.items()))
        on.amazon.set_account(SELLER, story.account)
        yield on


def start(on: Route) -> Running:
    """A worker that finds something to do at once."""
    if on.mode != "celery":
        return on.start()
    with Celery(broker=on.folder.variables["REDIS_URL"]) as app:
        for task in ("sweep", "reconcile"):
            app.send_task(f"tasks.{task}")
    return on.start()


def passes(on: Route, enough: Callable[[], object]) -> None:
    """Whole passes, one after another; what is put off comes at once."""
    for _ in range(RUNS):
        let_time_pass(on)
        said = on.folder.askonce("sweep", expect=None, seconds=PATIENCE).stderr
        if enough():
            return
    raise AssertionError(f"not at its end: {verdicts(on)}\n{said}")


def let_time_pass(on: Route) -> None:
    now = datetime.now(UTC)
    with on.folder.ledger.begin() as connection:
        put_off = (invoices.c.next_look_at > now) & (invoices.c.state != "sending")
        connection.execute(update(invoices).where(put_off).values(next_look_at=now))
        if last := meta.get(connection, LIST):
            meta.put(connection, LIST, json.dumps(json.loads(last) | {"next_read_at": now.isoformat()}))


def documents(on: Route) -> dict[str, str]:
    """The state of each document that is made, by its number."""
    return dict(on.folder.rows("SELECT number, state FROM invoices WHERE number IS NOT NULL ORDER BY number"))


def verdicts(on: Route) -> dict[str, tuple[str, str]]:
    """State and reason of each document, by its number."""
    rows = on.folder.rows("SELECT number, state, reason FROM invoices")
    return {number: (state, reason) for number, state, reason in rows}


def is_right(on: Route, ends: Mapping[str, tuple[str, str]], accepted: int) -> None:
    """Every document is at its end, Amazon has each once, and the numbers have no gap."""
    assert verdicts(on) == ends
    found = on.amazon.invoices()
    assert len(found) == len({each.subject for each in found}) == accepted
    assert {each.sha256 for each in found} <= {sha for (sha,) in on.folder.rows("SELECT sha256 FROM invoices")}
    assert not (broken := on.folder.broken_invariants()), broken


def at_the_call(on: Route, operation: str) -> Running:
    seen = on.calls(operation)
    on.slow(operation)
    worker = start(on)
    on.called(operation, seen + 1)
    return worker


def in_the_midst_of(on: Route, write: str, row: str) -> Running:
    on.hold(write, row)
    worker = start(on)
    on.until_held()
    return worker
