"""Eight workers, many orders: one number each, 1 to the last, whatever the interleaving and whoever is killed."""

import subprocess
import sys

import pytest
from sqlalchemy import select

from ledger import history
from ledger.database import open_ledger
from ledger.tables import invoices
from tests.ledger.examples import SELLER
from tests.ledger.invoice_examples import SERIES, due

ORDERS = 1000
ONE, THREE = (SELLER,), (SELLER, "shop-b", "shop-c")
DEADLY = 600
"""Statements and commits, of which one is deadly."""


def given(url: str, seed: int, sellers: tuple[str, ...], deadly: int, count: int = ORDERS) -> int:
    """Numbers given by eight workers to so many orders, and looked at. Returns how many workers were killed."""
    ledger = open_ledger(url, durable=False)
    orders = [(sellers[number % len(sellers)], f"order-{number:04}") for number in range(count)]
    with ledger.begin() as connection:
        for seller in sellers:
            due(connection, *(order_id for owner, order_id in orders if owner == seller), seller=seller)
    ledger.close()
    command = [sys.executable, "-m", "tests.ledger.numbering_processes", url, str(seed), str(deadly)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    ledger = open_ledger(url)
    with ledger.read() as connection:
        assert history.broken_invariants(connection) == {}
        columns = (invoices.c[name] for name in ("seller", "order_id", "serial", "number"))
        found = connection.execute(select(*columns)).all()
    ledger.close()
    assert sorted((seller, order_id) for seller, order_id, _, _ in found) == sorted(orders)
    for seller in sellers:
        mine = sorted(serial for owner, _, serial, _ in found if owner == seller)
        assert mine == list(range(1, 1 + len(mine)))
    assert all(number == SERIES.format(number=serial) for _, _, serial, number in found)
    return int(done.stdout)


def test_eight_workers_some_of_them_killed_in_mid_keep_give_each_order_one_number_without_a_gap(
    database_url: str,
) -> None:
    assert given(database_url, 1, ONE, DEADLY // 4, count=250) >= 3


@pytest.mark.long
def test_each_of_three_sellers_has_a_sequence_of_its_own(database_url: str) -> None:
    assert given(database_url, 2, THREE, DEADLY // 4, count=150) >= 3


@pytest.mark.long
def test_the_same_with_nobody_killed(database_url: str) -> None:
    assert given(database_url, 3, ONE, deadly=0) == 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4, 14))
def test_the_same_with_many_more_kills(database_url: str, seed: int) -> None:
    assert given(database_url, seed, ONE if seed % 2 else THREE, DEADLY // 4) >= 10
