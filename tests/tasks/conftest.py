from collections.abc import Iterator

import pytest

from ledger.database import Ledger
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from tests.forked import ForkedSimulator
from tests.tasks.invoice_workshop import InvoiceWorkshop, invoice_workshop
from tests.tasks.workshop import NOW, Workshop, workshop


@pytest.fixture(scope="session")
def one_simulator() -> Iterator[SimulatorProcess]:
    """It follows its client's clock, and accepts a repeated request, so that it can be counted."""
    with ForkedSimulator(Options(start=NOW, follows_client=True, accept_repeats=True)) as simulator:
        yield simulator


@pytest.fixture
def shop(one_simulator: SimulatorProcess, sqlite_ledger: Ledger) -> Iterator[Workshop]:
    """A workshop on SQLite."""
    with workshop(one_simulator, sqlite_ledger) as made:
        yield made


@pytest.fixture
def any_shop(one_simulator: SimulatorProcess, ledger: Ledger) -> Iterator[Workshop]:
    """A workshop on each database in turn."""
    with workshop(one_simulator, ledger) as made:
        yield made


@pytest.fixture
def invoicing(one_simulator: SimulatorProcess, sqlite_ledger: Ledger) -> Iterator[InvoiceWorkshop]:
    """A workshop of a seller who wants invoices, on SQLite."""
    with invoice_workshop(one_simulator, sqlite_ledger) as made:
        yield made


@pytest.fixture
def any_invoicing(one_simulator: SimulatorProcess, ledger: Ledger) -> Iterator[InvoiceWorkshop]:
    """The same on each database in turn."""
    with invoice_workshop(one_simulator, ledger) as made:
        yield made
