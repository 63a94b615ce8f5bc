"""What a small shop asks of Amazon: 300 requests in 30 days, by a daemon that ticks, with reports that take a while."""

from collections.abc import Iterator

import pytest

from benchmarks.calls_per_request import SHOPS, START, Shop, run
from ledger.database import Ledger
from marketplace.simulator.process import SimulatorProcess
from marketplace.simulator.server import Options
from tests.forked import ForkedSimulator


@pytest.fixture(scope="module")
def amazon() -> Iterator[SimulatorProcess]:
    with ForkedSimulator(Options(start=START, follows_client=True)) as simulator:
        yield simulator


@pytest.mark.long
@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_a_small_shop_asks_little(shop: Shop, amazon: SimulatorProcess, sqlite_ledger: Ledger) -> None:
    """A merchant's at most 4 calls for each accepted request, one that is half FBA at most 4.5 with one slot."""
    calls, accepted = run(shop, amazon, sqlite_ledger)
    assert accepted == 300
    assert calls.total() / accepted <= shop.goal, calls
