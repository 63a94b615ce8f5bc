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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def any_invoicing(one_simulator: SimulatorProcess, request: pytest.FixtureRequest) -> Iterator[InvoiceWorkshop]:
    """The same on SQLite, and in the long tests on PostgreSQL: tests/ledger has its documents on both anyway."""
    ledger: Ledger = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_ledger")
    with invoice_workshop(one_simulator, ledger) as made:
        yield made
