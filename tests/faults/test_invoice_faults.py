"""Every kind of fault in every call of an invoice's route: Amazon has each document once, and everything heals."""

from collections.abc import Iterator
from itertools import cycle, product

import pytest

from ledger.database import Ledger
from ledger.state import State
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from rules.reason import Reason
from tests.faults.invoice_matrix import (
    CREDITED,
    MATRIX,
    SAMPLE,
    SENT,
    SPELLS,
    WORLDS,
    Cell,
    invoices_of,
    may_end,
    play,
)
from tests.forked import ForkedSimulator
from tests.tasks.invoice_workshop import InvoiceWorkshop, invoice_workshop
from tests.tasks.workshop import NOW


@pytest.fixture(scope="module")
def simulator_of_all() -> Iterator[SimulatorProcess]:
    with ForkedSimulator(Options(start=NOW, follows_client=True, accept_repeats=True)) as simulator:
        yield simulator


@pytest.fixture
def shop(simulator_of_all: SimulatorProcess, ledger: Ledger) -> Iterator[InvoiceWorkshop]:
    """A workshop on each database in turn."""
    with invoice_workshop(simulator_of_all, ledger) as made:
        yield made


DATABASES = cycle(["sqlite", "postgresql"])
SAMPLED = [
    pytest.param(database, cell, id=f"{cell.name}-{database}")
    for cell, database in zip(SAMPLE, DATABASES, strict=False)
]
ALL = [
    pytest.param(database, cell, spell, id=f"{cell.name}-{spell}-{database}")
    for (spell, cell), database in zip(product(SPELLS, MATRIX), DATABASES, strict=False)
]
"""Every second one on the other database, and so each call and each kind on both."""


def _plays_well(shop: InvoiceWorkshop, cell: Cell, spell: str) -> None:
    orders = play(shop, cell, spell)
    rows = [row for order in orders for row in invoices_of(shop, order)]
    ends = {(row.state, row.reason) for row in rows}
    assert ends <= may_end(cell, spell), ends
    assert len(rows) == len(orders)
    made = sorted(row.number for row in rows if row.number)
    assert made == [f"2026-00000{number}" for number in range(1, 1 + len(made))]
    for row in rows:
        accepted = [each.sha256 for each in shop.got(row.order_id)]
        assert accepted in ([], [row.sha256])
        assert (row.state == State.SENT) <= (accepted == [row.sha256])
    if cell.world == "refunds" and rows[-1].number:
        notes = sorted(shop.credit_notes(orders[-1]), key=lambda row: row.total)
        assert [(row.total, row.reason) for row in notes] == [(each, Reason.CREDIT_NOTE_KEPT) for each in CREDITED]
    # must_hold looks at the rest when the workshop closes


@pytest.mark.parametrize(("ledger", "cell"), SAMPLED, indirect=["ledger"])
def test_amazon_has_each_document_once_and_everything_heals(shop: InvoiceWorkshop, cell: Cell) -> None:
    _plays_well(shop, cell, "a few times")


@pytest.mark.long
@pytest.mark.parametrize(("ledger", "cell", "spell"), ALL, indirect=["ledger"])
def test_so_it_is_for_every_fault_in_every_call(shop: InvoiceWorkshop, cell: Cell, spell: str) -> None:
    _plays_well(shop, cell, spell)


def test_the_sample_has_every_call_of_every_world() -> None:
    found = {(cell.world, cell.operation) for cell in SAMPLE} | {("vat", "getReportDocument")}
    calls = {(world, operation) for world, calls in WORLDS.items() for operation in calls.values()}
    alike = {("america", operation) for operation in ("lwa", "getOrder", "GetAttributes")}
    assert calls - alike <= found
    assert set(SAMPLE) <= set(MATRIX)
    assert SENT in may_end(SAMPLE[0], "once")
